package simulation_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/simulation"
)

// TestAStoreOfBeforeItsFirstWorkWaits puts the store back to each of its first writes right after the first copy was
// opened, where the other desk's search shows that only later: as long as the store does not know that any run has begun
// its work, it counts as new, and nothing is opened before what an earlier bridge wrote can be seen.
func TestAStoreOfBeforeItsFirstWorkWaits(t *testing.T) {
	story := scenario(t, "hard-times")
	s := told{story, story.Run(t, simulation.Plan{RecordPoints: true})}
	require.NoError(t, s.calm.Err)
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
