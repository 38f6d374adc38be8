//go:build race

package thin

// By is 10: a test that takes a second takes ten here.
const By = 10
