//go:build !race

package simulation_test

// slower is by how much enumerations are thinner under the race detector.
const slower = 1
