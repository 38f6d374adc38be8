package simulation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/simulation"
)

// TestEverythingHasItsOwnMoment, though the span is narrow and the same thing happens again and again; and another
// seed gives other moments.
func TestEverythingHasItsOwnMoment(t *testing.T) {
	const n = 1000
	one := simulation.Moments(1, n)
	seen := map[time.Time]bool{}
	for _, at := range one {
		require.False(t, seen[at])
		seen[at] = true
	}
	require.Equal(t, one, simulation.Moments(1, n))
	require.NotEqual(t, one, simulation.Moments(2, n))
}
