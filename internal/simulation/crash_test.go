package simulation_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/simulation"
	"github.com/deskbridge/deskbridge/internal/thin"
)

// TestDeathAtEveryPoint is the example of an enumeration: one scenario, a death at each of its points, and the end is
// identical to that of the undisturbed run.
func TestDeathAtEveryPoint(t *testing.T) {
	s := scenario(t, "dashly-thread")
	calm := s.Run(t, simulation.Plan{RecordPoints: true})
	require.NoError(t, calm.Err)
	require.Len(t, calm.Points, calm.Count)
	simulation.Each(t, calm.Count/thin.By, func(t *testing.T, i int) {
		point := calm.Points[i*thin.By]
		res := s.Run(t, simulation.Plan{DieAt: []int{point.N}})
		require.NoError(t, res.Like(calm), "killed at %s", point)
		require.Equal(t, []int{point.N}, res.Lives)
	})
	t.Logf("%d points", calm.Count)
}

// TestDeathInTheRecovery is the example of pairs and triples: a death, one more in what follows it, and a third one.
func TestDeathInTheRecovery(t *testing.T) {
	s := scenario(t, "intercom-thread")
	calm := s.Run(t, simulation.Plan{})
	require.NoError(t, calm.Err)
	simulation.Each(t, max(20, 200/thin.By), func(t *testing.T, i int) {
		rng := rand.New(rand.NewPCG(uint64(i), 7))
		plan := simulation.Plan{Seed: uint64(i), DieAt: []int{1 + rng.IntN(calm.Count), 1 + rng.IntN(100), 1 + rng.IntN(100)}}
		if i%4 == 0 {
			plan.Settings = append(plan.Settings, "processes on another host: true", "state.parted: true")
		}
		res := s.Run(t, plan)
		require.NoError(t, res.Like(calm))
		require.NotEmpty(t, res.Lives)
	})
}

// TestPointsAreEverywhere: each kind of point is there, around calls that read and calls that write, around commands to
// the store of both sorts, and between the writes of a commit that is made of several.
func TestPointsAreEverywhere(t *testing.T) {
	s := scenario(t, "dashly-thread")
	whole := s.Run(t, simulation.Plan{RecordPoints: true})
	require.NoError(t, whole.Err)
	type sort struct {
		kind  simulation.Kind
		write bool
	}
	counts := map[sort]int{}
	for i, p := range whole.Points {
		require.Equal(t, i+1, p.N)
		require.NotEmpty(t, p.Subject)
		counts[sort{p.Kind, p.Write}]++
	}
	for _, kind := range []simulation.Kind{simulation.BeforeSend, simulation.AfterSend, simulation.AtAnswer, simulation.HalfRead, simulation.BeforeStore, simulation.AfterStore} {
		for _, write := range []bool{true, false} {
			require.NotZero(t, counts[sort{kind, write}], "%s, write %v", kind, write)
		}
	}
	require.Equal(t, whole.Writes, counts[sort{simulation.AfterSend, true}])

	parted := s.Run(t, simulation.Plan{RecordPoints: true, Settings: []string{"state.parted: true"}})
	require.NoError(t, parted.Like(whole))
	require.Greater(t, parted.Count, whole.Count)
}

// TestWhatIsUnderWayArrivesOrNot: a call whose process dies meanwhile, through another goroutine, is done in some worlds
// and not in others, and the end is the same.
func TestWhatIsUnderWayArrivesOrNot(t *testing.T) {
	s := scenario(t, "crowd-small")
	calm := s.Run(t, simulation.Plan{})
	require.NoError(t, calm.Err)
	writes := make([]int, max(12, 60/thin.By))
	simulation.Each(t, len(writes), func(t *testing.T, i int) {
		res := s.Run(t, simulation.Plan{DieAt: []int{400 + 5*i*thin.By}})
		require.NoError(t, res.Like(calm))
		writes[i] = res.Writes
	})
	require.Contains(t, writes, calm.Writes)
}
