package proof_test

import (
	"os"
	"testing"
)

// figure is how many rounds a test makes: as many as its variable says; without that the usual number, or the whole one
// when DESKBRIDGE_TEST_FULL is set.
func figure(t *testing.T, variable string, usual, whole int64) int64 {
	t.Helper()
	if os.Getenv("DESKBRIDGE_TEST_FULL") != "" {
		usual = whole
	}
	return number(t, variable, usual)
}
