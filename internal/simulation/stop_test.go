package simulation_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/simulation"
	"github.com/deskbridge/deskbridge/internal/thin"
)

// spans are how long processes are stopped: all longer than the lease.
var spans = []time.Duration{13 * time.Second, 20 * time.Second, time.Minute, 5 * time.Minute}

// TestStopAtEveryPoint stops the process at each point of a story for longer than its lease, as SIGSTOP does, while
// another host does the same work. It goes on when that one has just taken over, while it works, or when everything is
// done; and the end is that of the undisturbed run. That nothing leaves after the lease has run out is part of each run.
func TestStopAtEveryPoint(t *testing.T) {
	for _, name := range []string{"dashly-thread", "crowd-small"} {
		t.Run(name, func(t *testing.T) {
			s := scenario(t, name)
			calm := s.Run(t, simulation.Plan{RecordPoints: true})
			require.NoError(t, calm.Err)
			n := calm.Count / thin.By
			var lost atomic.Int64
			simulation.Each(t, n, func(t *testing.T, i int) {
				point := calm.Points[i*thin.By]
				plan := simulation.Plan{StopAt: []int{point.N}, StopFor: spans[i%len(spans)]}
				res := s.Run(t, plan)
				require.NoError(t, res.Like(calm), "stopped for %s at %s", plan.StopFor, point)
				for _, rep := range res.Reports {
					if rep.Error != nil && rep.Error.Code == "lease_lost" {
						lost.Add(1)
					}
				}
				if i%20 == 0 {
					require.Equal(t, res.Hash, s.Run(t, plan).Hash, "the same stop, another trace: %s", point)
				}
			})
			require.NotZero(t, lost.Load(), "nobody who was stopped found that another one had taken over")
			t.Logf("%d points, %d processes that lost their lease", n, lost.Load())
		})
	}
}

// TestStopsAndDeaths stops a process, the one that took over from it, and lets one of them die.
func TestStopsAndDeaths(t *testing.T) {
	s := scenario(t, "intercom-thread")
	calm := s.Run(t, simulation.Plan{})
	require.NoError(t, calm.Err)
	simulation.Each(t, max(20, 200/thin.By), func(t *testing.T, i int) {
		first := 1 + i*calm.Count/max(20, 200/thin.By)
		plan := simulation.Plan{Seed: uint64(i), StopAt: []int{first, first + 1 + 7*i%60}, StopFor: time.Duration(12+i%140) * time.Second}
		if i%2 == 0 {
			plan.DieAt = []int{first + i%90}
		}
		if i%3 == 0 {
			plan.Settings = []string{"state.parted: true"}
		}
		require.NoError(t, s.Run(t, plan).Like(calm))
	})
}
