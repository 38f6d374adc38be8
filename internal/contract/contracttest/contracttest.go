// Package contracttest gives tests the published API descriptions, where they stand beside the checkout.
package contracttest

import (
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/contract"
)

var loaded = sync.OnceValues(func() (*contract.Suite, error) {
	dir, err := contract.Dir()
	if err != nil {
		return nil, err
	}
	return contract.Load(dir)
})

// Suite gives an empty suite. It skips the test where there are no descriptions, and fails it where
// [contract.EnvRequired] is 1.
func Suite(t testing.TB) *contract.Suite {
	t.Helper()
	s, ok := Find(t)
	if !ok {
		t.Skipf("%v; set %s=1 to fail instead", contract.ErrAbsent, contract.EnvRequired)
	}
	return s
}

// Find gives an empty suite, or false where there are no descriptions, for tests that have something to show without.
// It fails the test where [contract.EnvRequired] is 1.
func Find(t testing.TB) (*contract.Suite, bool) {
	t.Helper()
	s, err := loaded()
	if errors.Is(err, contract.ErrAbsent) && os.Getenv(contract.EnvRequired) != "1" {
		return nil, false
	}
	require.NoError(t, err)
	return s.Fresh(), true
}
