//go:build race

package engine_test

// slower thins the enumerations out under the race detector, which they would make last for minutes.
const slower = 10
