package simulation_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/simulation"
)

// inParts is the setting under which the store makes a step in several writes, as Redis does.
const inParts = "state.parted: true"

var parted struct {
	sync.Mutex
	calm map[string]told
}

// partedOnes plays some scenarios undisturbed on a store that makes a step in several writes, each once for all tests.
// Their points are others than those of the usual store.
func partedOnes(t *testing.T, stories []told) []told {
	t.Helper()
	parted.Lock()
	defer parted.Unlock()
	if parted.calm == nil {
		parted.calm = map[string]told{}
	}
	out := slices.Clone(stories)
	simulation.Each(t, len(out), func(t *testing.T, i int) {
		if _, ok := parted.calm[out[i].Name]; !ok {
			res := out[i].Run(t, simulation.Plan{RecordPoints: true, Settings: []string{inParts}})
			require.NoError(t, res.Like(out[i].calm), "the store in parts changes the end")
			out[i].calm = res
		}
	})
	require.False(t, t.Failed())
	for i, s := range out {
		if known, ok := parted.calm[s.Name]; ok {
			out[i] = known
		}
		parted.calm[s.Name] = out[i]
	}
	return out
}

// partedDeaths are the deaths that leave a world of their own on a store that makes a step in several writes: those
// between the writes of one step are among them.
func partedDeaths(t *testing.T, stories []told) (set []death) {
	t.Helper()
	points, within := 0, 0
	for _, s := range partedOnes(t, stories) {
		points += len(s.points())
		for _, p := range s.worlds() {
			set = append(set, death{told: s, at: p.DieAt(), settings: []string{inParts}})
			if betweenWrites(s.calm.Points, p) {
				within++
			}
		}
	}
	t.Logf("%d points leave %d worlds, %d of them between the writes of a step", points, len(set), within)
	require.NotZero(t, within)
	return set
}

// betweenWrites tells whether a death at a point leaves a step of which one write was done and another was not.
func betweenWrites(all []simulation.Point, p simulation.Point) bool {
	step, begun := strings.CutPrefix(p.Subject, "commit ")
	if p.Kind != simulation.BeforeStore || !begun || !p.Write {
		return false
	}
	if strings.HasSuffix(step, ": item done") {
		return true
	}
	for _, q := range slices.Backward(all[:slices.Index(all, p)]) {
		if q.Kind == simulation.BeforeStore && q.Write && strings.HasPrefix(q.Subject, "commit "+step) {
			return strings.HasSuffix(q.Subject, ": index and item")
		}
	}
	return false
}

// TestEveryPartedDeath kills the process once in every world that a death can leave on a store that makes a step in
// several writes, as Redis does, and demands the end of the undisturbed run.
func TestEveryPartedDeath(t *testing.T) {
	set := partedDeaths(t, all(t))
	enumerate(t, "deaths", wanted(t, 400, len(set)), set, func(t *testing.T, d death) error { return d.play(t) })
}

// TestEveryPartedDeathOfCoreScenarios is the same for them alone.
func TestEveryPartedDeathOfCoreScenarios(t *testing.T) {
	set := partedDeaths(t, cores(t))
	enumerate(t, "deaths in core scenarios", wanted(t, 100, len(set)), set, func(t *testing.T, d death) error { return d.play(t) })
}
