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
	if complete() {
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
	floor(t, 10_000, len(set), "crash points")
	enumerate(t, "deaths", wanted(t, 400, len(set)), set, func(t *testing.T, d death) error { return d.play(t) })
}

// TestDeathsInEqualWorlds kills the process where no other world is left than at the point before: at those points of
// short scenarios that TestEveryDistinctDeath leaves out, because they would end alike.
func TestDeathsInEqualWorlds(t *testing.T) {
	var set []death
	for _, s := range all(t) {
		if s.long() {
			continue
		}
		distinct := s.distinct()
		for _, p := range s.points() {
			if !slices.Contains(distinct, p) {
				set = append(set, death{told: s, at: p.DieAt()})
			}
		}
	}
	enumerate(t, "deaths in worlds that another death leaves too", wanted(t, 200, len(set)), set, func(t *testing.T, d death) error { return d.play(t) })
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
	floor(t, 10_000, len(set), "crash points")
	enumerate(t, "deaths", wanted(t, 400, len(set)), set, func(t *testing.T, d death) error { return d.play(t) })
}

// onward plays a run, and gives it with one more death: at the points of what followed that are chosen.
func (d death) onward(t *testing.T, choose func(d death, points []simulation.Point) []simulation.Point) ([]death, error) {
	plan := d.plan()
	plan.RecordPoints = true
	res := d.Run(t, plan)
	if err := res.Like(d.calm); err != nil {
		return nil, err
	}
	points := choose(d, slices.DeleteFunc(res.Points, func(p simulation.Point) bool { return p.Life < len(d.at) }))
	next := make([]death, 0, len(points))
	for _, p := range points {
		at := p.DieAt()
		copy(at, d.at)
		next = append(next, death{d.told, at, d.settings})
	}
	return next, nil
}

// every chooses all points.
func every(_ death, points []simulation.Point) []simulation.Point { return points }

// eachWorld chooses one point for each world that a death can leave.
func eachWorld(_ death, points []simulation.Point) []simulation.Point { return distinct(points) }

// drawn chooses some points.
func drawn(some int) func(d death, points []simulation.Point) []simulation.Point {
	return func(d death, points []simulation.Point) []simulation.Point {
		rng := rand.New(rand.NewPCG(uint64(d.at[len(d.at)-1]), uint64(len(d.at))))
		rng.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
		return points[:min(some, len(points))]
	}
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

// pairs plays runs with one more death, at the points that are chosen, and counts them.
func pairs(count *atomic.Int64, choose func(d death, points []simulation.Point) []simulation.Point) func(t *testing.T, d death) error {
	return func(t *testing.T, d death) error {
		next, err := d.onward(t, choose)
		for _, pair := range next {
			err = errors.Join(err, pair.play(t))
			count.Add(1)
		}
		return err
	}
}

// TestEveryPairOfWorlds kills the process in every world that a death at a point of a core scenario can leave, then what
// is started after it in every world that a death at a point of the recovery can leave: all ordered pairs.
func TestEveryPairOfWorlds(t *testing.T) {
	var set []death
	for _, s := range cores(t) {
		for _, p := range s.distinct() {
			set = append(set, death{told: s, at: p.DieAt()})
		}
	}
	var count atomic.Int64
	enumerate(t, "first deaths in core scenarios", wanted(t, 10, len(set)), set, pairs(&count, eachWorld))
	t.Logf("%d pairs", count.Load())
}

// literal are the core scenarios of which, in full, every pair of points is played, those that leave equal worlds too. The
// others have some 385,000 of them each.
var literal = []string{"dashly-campaign", "intercom-campaign"}

// TestEveryDeathInTheRecovery kills the process at one point, then what is started after it at another one: five drawn
// pairs for each of some first points of all scenarios, and in full every pair of some.
func TestEveryDeathInTheRecovery(t *testing.T) {
	const some = 5
	var count atomic.Int64
	set := firsts(t)
	enumerate(t, "first deaths", wanted(t, 200, 60_000)/some, set, pairs(&count, drawn(some)))
	if full() {
		set = slices.DeleteFunc(set, func(d death) bool { return !slices.Contains(literal, d.Name) })
		enumerate(t, "first deaths of which every pair is played", len(set), set, pairs(&count, every))
	}
	t.Logf("%d pairs", count.Load())
	floor(t, 200_000, int(count.Load()), "pairs of deaths")
}

// TestThreeDeaths kills a process, what is started after it, and what is started after that: ten drawn triples for each
// of some first points. Some lack a few: in full there are as many more as make 50,000 sure.
func TestThreeDeaths(t *testing.T) {
	const some, each = 5, 2
	var triples atomic.Int64
	enumerate(t, "first deaths", wanted(t, 100, 51_000)/(some*each), firsts(t), func(t *testing.T, d death) error {
		next, err := d.onward(t, drawn(some))
		for _, pair := range next {
			last, wrong := pair.onward(t, drawn(each))
			err = errors.Join(err, wrong)
			for _, triple := range last {
				err = errors.Join(err, triple.play(t))
				triples.Add(1)
			}
		}
		return err
	})
	t.Logf("%d triples", triples.Load())
	floor(t, 50_000, int(triples.Load()), "triples of deaths")
}
