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

// TestWhoDrawsFirstIsNoMatterOfLuck: two who do the same at the same moment draw the same, whoever of them came first.
func TestWhoDrawsFirstIsNoMatterOfLuck(t *testing.T) {
	one := simulation.Turns(1, 5, 3, 9)
	require.Equal(t, one, simulation.Turns(1, 9, 5, 3))
	require.Len(t, one, 3)
	require.NotEqual(t, one[3], one[5])
}
