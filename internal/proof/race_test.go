//go:build race

package proof_test

// The program is built as its tests are.
func init() { buildFlags = append(buildFlags, "-race") }
