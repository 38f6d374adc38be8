//go:build race

package simulation_test

// slower is by how much enumerations are thinner.
const slower = 10
