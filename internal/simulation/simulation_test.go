package simulation_test

import (
	"flag"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/simulation"
	"github.com/deskbridge/deskbridge/internal/thin"
)

var update = flag.Bool("update", false, "draw the pictures of the scenarios anew")

var loaded = sync.OnceValues(func() ([]*simulation.Scenario, error) { return simulation.Load("testdata/scenarios") })

func scenarios(t testing.TB) []*simulation.Scenario {
	t.Helper()
	all, err := loaded()
	require.NoError(t, err)
	return slices.Clone(all)
}

func scenario(t testing.TB, name string) *simulation.Scenario {
	t.Helper()
	s, err := simulation.LoadFile("testdata/scenarios/" + name + ".txtar")
	require.NoError(t, err)
	return s
}

// TestScenarios plays each scenario undisturbed, twice: the pictures are those of the file, and the traces are equal. So it does
// with stories of a moment in which people act: a death elsewhere would make other stories of them.
func TestScenarios(t *testing.T) {
	moments, err := simulation.Load("testdata/moments")
	require.NoError(t, err)
	for i, s := range slices.Concat(scenarios(t), moments) {
		if i%thin.By != 0 {
			continue // a sample is enough under the race detector
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			res := s.Run(t, simulation.Plan{})
			require.NoError(t, res.Err)
			if *update {
				require.NoError(t, s.Redraw(res))
			} else {
				require.NoError(t, s.Drawn(res))
			}
			again := s.Run(t, simulation.Plan{})
			require.NoError(t, again.Err)
			require.Equal(t, res.Hash, again.Hash, "the same seed, another trace")
			require.Empty(t, res.Essence.Diff(again.Essence))
			t.Logf("%d points, %d write calls, %d passes, %d writes of the store", res.Count, res.Writes, len(res.Reports), res.DiskWrites)
		})
	}
}

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // many short runs: a fifth of the time otherwise
	m.Run()
}

// TestReplay plays one run again, named by the environment as a failure tells it, and prints its trace.
func TestReplay(t *testing.T) {
	name := os.Getenv("DESKBRIDGE_TEST_SCENARIO")
	if name == "" {
		t.Skip("no run is named")
	}
	plan := simulation.Plan{Readable: true}
	var err error
	if v := os.Getenv("DESKBRIDGE_TEST_SEED"); v != "" {
		plan.Seed, err = strconv.ParseUint(v, 10, 64)
		require.NoError(t, err)
	}
	plan.DieAt, plan.StopAt = numbers(t, "DESKBRIDGE_TEST_DIE_AT"), numbers(t, "DESKBRIDGE_TEST_STOP_AT")
	if v := os.Getenv("DESKBRIDGE_TEST_STOP_FOR"); v != "" {
		plan.StopFor, err = time.ParseDuration(v)
		require.NoError(t, err)
	}
	plan.Settings = split(os.Getenv("DESKBRIDGE_TEST_SETTINGS"))
	for _, v := range split(os.Getenv("DESKBRIDGE_TEST_FAULTS")) {
		f, err := simulation.ParseFault(v)
		require.NoError(t, err)
		plan.Faults = append(plan.Faults, f)
	}
	for _, v := range split(os.Getenv("DESKBRIDGE_TEST_STORE")) {
		s, err := simulation.ParseStoreStrike(v)
		require.NoError(t, err)
		plan.StoreStrikes = append(plan.StoreStrikes, s)
	}
	s := scenario(t, name)
	calm := s.Run(t, simulation.Plan{})
	res := s.Run(t, plan)
	for _, e := range res.Trace {
		t.Log(e)
	}
	for _, part := range []string{"dashly", "intercom", "delivered"} {
		t.Logf("%s\n%s", part, res.Pictures[part])
	}
	require.NoError(t, res.Err)
	require.Empty(t, calm.Essence.Diff(res.Essence))
}

// numbers reads a list such as 12,40.
func numbers(t *testing.T, variable string) (all []int) {
	t.Helper()
	for _, v := range strings.FieldsFunc(os.Getenv(variable), func(r rune) bool { return r == ',' }) {
		n, err := strconv.Atoi(v)
		require.NoError(t, err)
		all = append(all, n)
	}
	return all
}

func split(list string) []string {
	all := strings.FieldsFunc(list, func(r rune) bool { return r == ';' })
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}
