package engine_test

import (
	"os"
	"runtime/debug"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/thin"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // many short runs: much of the time otherwise
	m.Run()
}

// whole tells whether enumerations leave nothing out: DESKBRIDGE_TEST_FULL is set.
func whole() bool { return os.Getenv("DESKBRIDGE_TEST_FULL") != "" }

// stride is the step in which an enumeration goes on that usually tries every n-th of its points.
func stride(n int) int {
	if whole() {
		return 1
	}
	return n * thin.By
}

// seeds are those of a usual run, or as many as DESKBRIDGE_TEST_SEEDS says.
func seeds(t *testing.T, usual ...uint64) []uint64 {
	t.Helper()
	v, ok := os.LookupEnv("DESKBRIDGE_TEST_SEEDS")
	if !ok {
		return thin.Few(usual...)
	}
	n, err := strconv.Atoi(v)
	require.NoError(t, err)
	all := make([]uint64, n)
	for i := range all {
		all[i] = uint64(i + 1)
	}
	return all
}
