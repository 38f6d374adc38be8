package simulation_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/simulation"
	"github.com/deskbridge/deskbridge/internal/thin"
)

// TestASeedIsATrace plays a crowd of conversations with eight workers, and a short story, under many seeds, each twice:
// one seed has one trace, two seeds have two, and the end is the same under all of them. DESKBRIDGE_TEST_SEEDS says how
// many.
func TestASeedIsATrace(t *testing.T) {
	for name, usual := range map[string]int{"crowd": 6, "crowd-small": 60} {
		t.Run(name, func(t *testing.T) {
			s := scenario(t, name)
			n := max(2, figure(usual, 10*usual)/thin.By)
			if v, err := strconv.Atoi(os.Getenv("DESKBRIDGE_TEST_SEEDS")); err == nil {
				n = v
			}
			calm := s.Run(t, simulation.Plan{})
			hashes := make([]string, n)
			simulation.Each(t, n, func(t *testing.T, i int) {
				plan := simulation.Plan{Seed: uint64(i)}
				a, b := s.Run(t, plan), s.Run(t, plan)
				require.NoError(t, a.Like(calm))
				require.Equal(t, a.Hash, b.Hash, "seed %d has two traces", i)
				hashes[i] = a.Hash
			})
			seen := map[string]int{}
			for i, h := range hashes {
				require.NotContains(t, seen, h, "seeds %d and %d have one trace", i, seen[h])
				seen[h] = i
			}
		})
	}
}

// TestASeedIsATraceInTrouble does the same while answers get lost, the store is slow, processes die and every pause
// before a repetition is drawn.
func TestASeedIsATraceInTrouble(t *testing.T) {
	s := scenario(t, "crowd-small")
	var faults []simulation.Fault
	for _, text := range []string{"429 on the 3rd read, 2 times", "500 before on the 9th read, 3 times", "cut after send on the 5th write", "hang before on the 20th read", "429 retry after 7 on the 30th read"} {
		f, err := simulation.ParseFault(text)
		require.NoError(t, err)
		faults = append(faults, f)
	}
	calm := s.Run(t, simulation.Plan{})
	simulation.Each(t, max(2, 40/thin.By), func(t *testing.T, i int) {
		plan := simulation.Plan{Seed: uint64(i), Faults: faults, DieAt: []int{10 * (i + 1), 7 * (i + 1)}, Settings: []string{"processes on another host: " + strconv.FormatBool(i%2 == 0)},
			Store: func(_ *simulation.World, c simulation.StoreCall) simulation.StoreFault {
				return simulation.StoreFault{Slow: map[bool]simulation.StoreFault{true: {Slow: 3e9}}[c.Doing == "read the agenda" && !c.Done].Slow}
			}}
		a, b := s.Run(t, plan), s.Run(t, plan)
		require.NoError(t, a.Like(calm))
		require.Equal(t, a.Hash, b.Hash, "seed %d has two traces", i)
		require.Len(t, a.Lives, 2)
	})
}
