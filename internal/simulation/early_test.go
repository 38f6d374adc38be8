package simulation_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAStoreOfBeforeItsFirstWorkWaits puts the store back to each of its first writes right after the first copy was
// opened, where the other desk's search shows that only later: as long as the store does not know that any run has begun
// its work, it counts as new, and nothing is opened before what an earlier bridge wrote can be seen.
func TestAStoreOfBeforeItsFirstWorkWaits(t *testing.T) {
	i := slices.IndexFunc(all(t), func(s told) bool { return s.Name == "hard-times" })
	if i < 0 {
		t.Skip("hard-times is not among the scenarios")
	}
	s := all(t)[i]
	line := -1
	for n := range s.Lines() {
		if strings.HasPrefix(s.Line(n), "die after store") {
			line = n + 1
		}
	}
	require.Positive(t, line)
	for kept := range 6 {
		require.NoError(t, loss{s, line, kept, false}.play(t))
	}
}
