package simulation_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/deskbridge/deskbridge/internal/simulation"
)

// death is a scenario and the points at which its first lives end.
type death struct {
	told
	at []int
}

func (d death) play(t *testing.T) error {
	return d.Run(t, simulation.Plan{DieAt: d.at}).Like(d.calm)
}

// points are those at which a scenario of up to 20 entries is cut: all. A longer one is cut at 200 that are spread
// evenly, and around its first write, its last one, and those that make a thread as long as Intercom shows it.
func (s told) points() (all []int) {
	if all = s.spread(s.calm.Count); s.entries() <= 20 {
		return all
	}
	writes := s.calls(true)
	for n, p := range writes {
		if n == 0 || n == len(writes)-1 || n >= 498 && n <= 500 {
			all = append(all, p.N-1, p.N, p.N+1)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// distinct are those of the points at which another world is left than at the one before: nothing that outlives a process
// changes where a desk is read, or an answer travels. A story in which somebody dies anyway has more points than are told.
func (s told) distinct() []int {
	p := s.calm.Points
	return slices.DeleteFunc(s.points(), func(n int) bool { return n > 1 && n <= len(p) && p[n-1].World == p[n-2].World })
}

// TestEveryDistinctDeath kills the process once in every world that a death at a point of a scenario can leave. Longer
// scenarios are cut at all of their points.
func TestEveryDistinctDeath(t *testing.T) {
	var set []death
	points := 0
	for _, s := range all(t) {
		which := s.points()
		points += len(which)
		if s.entries() <= 20 {
			which = s.distinct()
		}
		for _, n := range which {
			set = append(set, death{s, []int{n}})
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
		for _, n := range s.points() {
			set = append(set, death{s, []int{n}})
		}
	}
	enumerate(t, "deaths", wanted(t, 400, len(set)), set, func(t *testing.T, d death) error { return d.play(t) })
}

// onward plays a run, and gives it with one more death: at each point of what followed, or at some that are drawn.
func (d death) onward(t *testing.T, some int) ([]death, error) {
	res := d.Run(t, simulation.Plan{DieAt: d.at})
	if err := res.Like(d.calm); err != nil {
		return nil, err
	}
	points := rand.New(rand.NewPCG(uint64(d.at[0]), uint64(len(d.at)))).Perm(res.Count)
	if some > 0 {
		points = points[:min(some, len(points))]
	}
	next := make([]death, 0, len(points))
	for _, n := range points {
		next = append(next, death{d.told, append(slices.Clone(d.at), n+1)})
	}
	return next, nil
}

// firsts are the deaths at single points that more deaths can follow, in scenarios of up to 20 entries.
func firsts(t *testing.T) (set []death) {
	t.Helper()
	for _, s := range all(t) {
		if s.entries() > 20 {
			continue
		}
		for n := range s.calm.Count {
			set = append(set, death{s, []int{n + 1}})
		}
	}
	return set
}

// core are short scenarios whose recoveries are cut everywhere: between them they open conversations on both desks, carry
// messages and notes both ways, write fields and restore them, and change hosts.
var core = []string{"taken-over", "dashly-campaign", "intercom-campaign", "restored-in-vain"}

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
