package simulation_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/simulation"
	"github.com/deskbridge/deskbridge/internal/thin"
)

// death is a scenario and the points at which its first lives end.
type death struct {
	told
	at       []int
	settings []string // of the plan; the undisturbed run had them too
}

func (d death) plan() simulation.Plan { return simulation.Plan{DieAt: d.at, Settings: d.settings} }

func (d death) play(t *testing.T) error { return d.Run(t, d.plan()).Like(d.calm) }

// firstOfLong and lastOfLong are the parts of a copy around which it is cut: Intercom shows the newest 500.
const firstOfLong, lastOfLong = 498, 502

// points are those at which a scenario of up to 20 entries is cut: all, those of each life where the script lets one end.
// A longer one is cut at 200 that are spread evenly, and around its first write, its last one, and the parts that make a
// copy as long as Intercom shows it.
func (s told) points() (some []simulation.Point) {
	every := s.calm.Points
	if !s.long() {
		return every
	}
	cut := map[int]bool{}
	for _, n := range s.spread(len(every)) {
		cut[n-1] = true
	}
	writes, parts := s.calls(true), s.longParts()
	for i, p := range every {
		if p == writes[0] || p == writes[len(writes)-1] || slices.Contains(parts, p) {
			cut[i-1], cut[i], cut[i+1] = true, true, true
		}
	}
	for i, p := range every {
		if cut[i] {
			some = append(some, p)
		}
	}
	return some
}

// longParts are the answers to the calls that write the parts 498 to 502 of a copy.
func (s told) longParts() (all []simulation.Point) {
	replies := map[string]int{} // by the conversation
	for _, p := range s.calls(true) {
		if !strings.HasSuffix(p.Subject, "/reply") {
			continue
		}
		if replies[p.Subject]++; replies[p.Subject] >= firstOfLong && replies[p.Subject] <= lastOfLong {
			all = append(all, p)
		}
	}
	return all
}

// TestLongThreadsAreCutAroundTheirLimit: what is written part by part dies before, at and after the answer to each of the
// parts 498 to 502, and long scenarios die at 200 points at least.
func TestLongThreadsAreCutAroundTheirLimit(t *testing.T) {
	around := map[string]int{}
	for _, s := range all(t) {
		if !s.long() {
			continue
		}
		points := s.points()
		require.GreaterOrEqual(t, len(points), min(200, len(s.calm.Points)), s.Name)
		for _, p := range s.longParts() {
			i := slices.Index(s.calm.Points, p)
			require.Subset(t, points, s.calm.Points[i-1:i+2], s.Name)
			around[s.Name]++
		}
		t.Logf("%s: cut at %d of %d points, around %d of the parts 498 to 502", s.Name, len(points), len(s.calm.Points), around[s.Name])
	}
	if thin.By == 1 {
		require.Equal(t, 1+lastOfLong-firstOfLong, around["parts-700-forgotten"])
	}
}

// distinct are those of the points at which another world is left than at the one before: nothing that outlives a process
// changes where a desk is read, or an answer travels.
func (s told) distinct() []simulation.Point { return distinct(s.calm.Points) }

func distinct(every []simulation.Point) (some []simulation.Point) {
	for i, p := range every {
		if p.N == 1 || p.World != every[i-1].World {
			some = append(some, p)
		}
	}
	return some
}

// worlds are the points at which a set of deaths cuts a scenario: the distinct ones, and all of a longer one.
func (s told) worlds() []simulation.Point {
	if s.long() {
		return s.points()
	}
	return s.distinct()
}

// TestEveryDistinctDeath kills the process once in every world that a death at a point of a scenario can leave. Longer
// scenarios are cut at all of their points.
func TestEveryDistinctDeath(t *testing.T) {
	var set []death
	points := 0
	for _, s := range all(t) {
		points += len(s.points())
		for _, p := range s.worlds() {
			set = append(set, death{told: s, at: p.DieAt()})
		}
	}
	t.Logf("%d points leave %d worlds", points, len(set))
	enumerate(t, "deaths", wanted(t, 400, len(set)), set, func(t *testing.T, d death) error { return d.play(t) })
}

// TestEveryDeathOfEveryScenario kills the process at the points of every scenario and demands the end of the undisturbed
// run.
func TestEveryDeathOfEveryScenario(t *testing.T) {
	var set []death
	for _, s := range all(t) {
		for _, p := range s.points() {
			set = append(set, death{told: s, at: p.DieAt()})
		}
	}
	enumerate(t, "deaths", wanted(t, 400, len(set)), set, func(t *testing.T, d death) error { return d.play(t) })
}

// onward plays a run, and gives it with one more death: in each world that a death in what followed can leave, or at some
// points of it that are drawn.
func (d death) onward(t *testing.T, some int) ([]death, error) {
	plan := d.plan()
	plan.RecordPoints = true
	res := d.Run(t, plan)
	if err := res.Like(d.calm); err != nil {
		return nil, err
	}
	points := slices.DeleteFunc(res.Points, func(p simulation.Point) bool { return p.Life < len(d.at) })
	if some > 0 {
		rng := rand.New(rand.NewPCG(uint64(d.at[len(d.at)-1]), uint64(len(d.at))))
		rng.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
		points = points[:min(some, len(points))]
	}
	next := make([]death, 0, len(points))
	for _, p := range points {
		at := p.DieAt()
		copy(at, d.at)
		next = append(next, death{d.told, at, d.settings})
	}
	return next, nil
}

// firsts are the deaths at single points that more deaths can follow, in scenarios of up to 20 entries.
func firsts(t *testing.T) (set []death) {
	t.Helper()
	for _, s := range all(t) {
		if s.long() {
			continue
		}
		for _, p := range s.calm.Points {
			set = append(set, death{told: s, at: p.DieAt()})
		}
	}
	return set
}

// core are short scenarios whose recoveries are cut everywhere: between them they open conversations on both desks, carry
// messages and notes both ways, write fields and restore them, and change hosts.
var core = []string{"taken-over", "dashly-campaign", "intercom-campaign", "restored-in-vain"}

// cores are the core scenarios.
func cores(t *testing.T) []told {
	t.Helper()
	return slices.DeleteFunc(slices.Clone(all(t)), func(s told) bool { return !slices.Contains(core, s.Name) })
}

// TestEveryDeathInTheRecovery kills the process at one point, then what is started after it at another one: five drawn
// pairs for each of some first points of all scenarios; in full also every pair of the core scenarios.
func TestEveryDeathInTheRecovery(t *testing.T) {
	const some = 5
	var pairs atomic.Int64
	follow := func(some int) func(t *testing.T, d death) error {
		return func(t *testing.T, d death) error {
			next, err := d.onward(t, some)
			for _, pair := range next {
				err = errors.Join(err, pair.play(t))
				pairs.Add(1)
			}
			return err
		}
	}
	set := firsts(t)
	enumerate(t, "first deaths", wanted(t, 200, 60_000)/some, set, follow(some))
	if full() {
		set = slices.DeleteFunc(set, func(d death) bool { return !slices.Contains(core, d.Name) })
		enumerate(t, "first deaths in core scenarios", len(set), set, follow(0))
	}
	t.Logf("%d pairs", pairs.Load())
}

// TestThreeDeaths kills a process, what is started after it, and what is started after that: ten drawn triples for each
// of some first points.
func TestThreeDeaths(t *testing.T) {
	const some, each = 5, 2
	var triples atomic.Int64
	enumerate(t, "first deaths", wanted(t, 100, 50_000)/(some*each), firsts(t), func(t *testing.T, d death) error {
		next, err := d.onward(t, some)
		for _, pair := range next {
			last, wrong := pair.onward(t, each)
			err = errors.Join(err, wrong)
			for _, triple := range last {
				err = errors.Join(err, triple.play(t))
				triples.Add(1)
			}
		}
		return err
	})
	t.Logf("%d triples", triples.Load())
}
