package engine_test

import (
	"iter"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
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
	return n * slower
}

// sample goes through a table in the order of its names, under the race detector through a tenth of it.
func sample[V any](table map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for n, name := range slices.Sorted(maps.Keys(table)) {
			if n%slower == 0 && !yield(name, table[name]) {
				return
			}
		}
	}
}

// few gives all of them, under the race detector a tenth, at least one.
func few[T any](all ...T) []T { return all[:(len(all)+slower-1)/slower] }

// seeds are those of a usual run, or as many as DESKBRIDGE_TEST_SEEDS says.
func seeds(t *testing.T, usual ...uint64) []uint64 {
	t.Helper()
	v, ok := os.LookupEnv("DESKBRIDGE_TEST_SEEDS")
	if !ok {
		return few(usual...)
	}
	n, err := strconv.Atoi(v)
	require.NoError(t, err)
	all := make([]uint64, n)
	for i := range all {
		all[i] = uint64(i + 1)
	}
	return all
}
