package simulation_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/simulation"
)

// TestEveryDeathOfEveryScenario kills the process once at the points of every scenario and demands the end of the
// undisturbed run. It takes minutes: DESKBRIDGE_TEST_POINTS says how many points of each scenario are tried, spread
// evenly; "all" tries every one. DESKBRIDGE_TEST_FULL tries them all too.
func TestEveryDeathOfEveryScenario(t *testing.T) {
	most := -1
	switch wanted := os.Getenv("DESKBRIDGE_TEST_POINTS"); {
	case wanted == "all" || os.Getenv("DESKBRIDGE_TEST_FULL") != "":
		most = 1 << 30
	case wanted != "":
		n, err := strconv.Atoi(wanted)
		require.NoError(t, err)
		most = n
	default:
		t.Skip("only when DESKBRIDGE_TEST_POINTS or DESKBRIDGE_TEST_FULL is set")
	}
	total := 0
	for _, s := range scenarios(t) {
		t.Run(s.Name, func(t *testing.T) {
			calm := s.Run(t, simulation.Plan{})
			require.NoError(t, calm.Err)
			n := min(calm.Count, most)
			simulation.Each(t, n, func(t *testing.T, i int) {
				require.NoError(t, s.Run(t, simulation.Plan{DieAt: []int{1 + i*calm.Count/n}}).Like(calm))
			})
			total += n
		})
	}
	t.Logf("%d deaths", total)
}
