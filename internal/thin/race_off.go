//go:build !race

package thin

// By is 1: nothing is left out.
const By = 1
