package simulation_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/simulation"
	"github.com/deskbridge/deskbridge/internal/thin"
)

// The tests of the files sets_*_test.go go through large sets of runs. How many they make is said by the environment:
//
//	(nothing)              the small number that a developer waits for
//	DESKBRIDGE_TEST_RUNS=n  n of each set, spread evenly over it
//	DESKBRIDGE_TEST_FULL=1  the whole set, which may take hours
//
// Under the race detector a tenth of it, as ever.

// told is a scenario and how it ends undisturbed.
type told struct {
	*simulation.Scenario
	calm simulation.Result
}

// again counts the runs of all sets. Each of the first of every so many is played twice.
var again atomic.Int64

const everySoMany = 20

// Run plays the scenario. Every 20th run of the sets, and one that is made alone, is played once more: the same plan has
// the same trace. So a hook must not remember what it saw.
func (s told) Run(t *testing.T, plan simulation.Plan) simulation.Result {
	t.Helper()
	res := s.Scenario.Run(t, plan)
	if n := again.Add(1); !alone() && n%everySoMany != 1 {
		return res
	}
	if second := s.Scenario.Run(t, plan); second.Hash != res.Hash {
		res.Err = errors.Join(res.Err, fmt.Errorf("the same plan has two traces: %s", s.Replay(plan)))
	}
	return res
}

// entries is how many entries a scenario has, each with its copy.
func (s told) entries() int {
	lines := 0
	for _, thread := range s.calm.Essence.Threads {
		lines += strings.Count(thread, "\n  ")
	}
	return (lines + 1) / 2
}

// long tells whether a scenario has more entries than are enumerated completely.
func (s told) long() bool { return s.entries() > 20 }

// calls are the points at which the answers of the desks arrive, of the calls that read or of those that write.
func (s told) calls(write bool) (all []simulation.Point) {
	for _, p := range s.calm.Points {
		if p.Kind == simulation.AfterSend && p.Write == write {
			all = append(all, p)
		}
	}
	return all
}

// works tells whether a line, counted from 0, lets the bridge work.
func (s told) works(line int) bool {
	verbs := []string{"sync", "sweep", "serve", "one pass", "backfill", "idle", "rebuild"}
	return slices.ContainsFunc(verbs, func(verb string) bool { return strings.HasPrefix(s.Line(line), verb) })
}

// spread gives the numbers up to n, of which a scenario of more than 20 entries has 200 at most: what happens to one of
// its entries happens to the next.
func (s told) spread(n int) (all []int) {
	few := n
	if s.long() {
		few = min(n, 200)
	}
	for i := range few {
		all = append(all, 1+i*n/few)
	}
	return all
}

var calm struct {
	sync.Mutex
	all []told
}

// all plays every scenario undisturbed, once for all tests, or those that DESKBRIDGE_TEST_SCENARIO names (a; b). Under the
// race detector they are the core and a tenth of the others.
func all(t *testing.T) []told {
	t.Helper()
	calm.Lock()
	defer calm.Unlock()
	if calm.all == nil {
		var list []*simulation.Scenario
		named := split(os.Getenv("DESKBRIDGE_TEST_SCENARIO"))
		for i, s := range scenarios(t) {
			if len(named) == 0 && (i%thin.By == 0 || slices.Contains(core, s.Name)) || slices.Contains(named, s.Name) {
				list = append(list, s)
			}
		}
		played := make([]told, len(list))
		simulation.Each(t, len(list), func(t *testing.T, i int) {
			played[i] = told{list[i], list[i].Run(t, simulation.Plan{RecordPoints: true})}
			require.NoError(t, played[i].calm.Err)
		})
		require.False(t, t.Failed())
		if complete() {
			require.GreaterOrEqual(t, len(played), 60, "scenarios")
		}
		calm.all = played
	}
	return calm.all
}

// complete tells that the sets are about all scenarios.
func complete() bool { return thin.By == 1 && os.Getenv("DESKBRIDGE_TEST_SCENARIO") == "" }

// full tells whether whole sets are wanted.
func full() bool { return os.Getenv("DESKBRIDGE_TEST_FULL") != "" }

// alone tells whether one run of a set is made, not the set.
func alone() bool { return os.Getenv("DESKBRIDGE_TEST_CASE") != "" }

// floor demands at least so many of something where nothing narrows the sets. How many CI must see is in .ci/run.
func floor(t *testing.T, least, n int, what string) {
	t.Helper()
	if full() && complete() && !alone() {
		require.GreaterOrEqual(t, n, least, what)
	}
}

// figure is how much of something without a whole is wanted, unless a variable of its own says it.
func figure(usual, whole int) int {
	if full() {
		return whole
	}
	return usual
}

// wanted is how many of n runs are made.
func wanted(t *testing.T, usual, n int) int {
	t.Helper()
	if full() {
		return n
	}
	if v, ok := os.LookupEnv("DESKBRIDGE_TEST_RUNS"); ok {
		runs, err := strconv.Atoi(v)
		require.NoError(t, err)
		return min(runs, n)
	}
	return min(max(1, usual/thin.By), n)
}

// most is how many failures are told before a set is given up; of a whole one more, so that each kind is seen.
func most() int { return figure(20, 500) }

// places gives the places of n runs in a set: of a whole one in its order, else in steps of the golden section, which meet
// no order within the set. A run has its place whatever n is.
func places(n, all int) func(i int) int {
	if n >= all {
		return func(i int) int { return i }
	}
	step := max(1, int(float64(all)*(math.Sqrt(5)-1)/2))
	for new(big.Int).GCD(nil, nil, big.NewInt(int64(step)), big.NewInt(int64(all))).Int64() != 1 {
		step++
	}
	return func(i int) int { return i * step % all }
}

// enumerate makes n runs of a set, spread evenly over it. It goes on after a failure, so that one look shows more than
// one. DESKBRIDGE_TEST_CASE names one run of the set, as a failure tells it, to be made alone.
func enumerate[T any](t *testing.T, what string, n int, set []T, run func(t *testing.T, one T) error) {
	t.Helper()
	require.NotEmpty(t, set)
	n = min(max(1, n), len(set))
	place := places(n, len(set))
	if alone() {
		one, err := strconv.Atoi(os.Getenv("DESKBRIDGE_TEST_CASE"))
		require.NoError(t, err)
		n, place = 1, func(int) int { return one }
	}
	var mu sync.Mutex
	var wrong []error
	made := 0
	simulation.Each(t, n, func(t *testing.T, i int) {
		mu.Lock()
		enough := len(wrong) >= most()
		mu.Unlock()
		if enough {
			return
		}
		err := run(t, set[place(i)])
		mu.Lock()
		defer mu.Unlock()
		if made++; full() && made%max(1, n/20) == 0 {
			t.Logf("%d of %d %s so far, %d wrong", made, n, what, len(wrong))
		}
		if err != nil {
			text := err.Error()
			if len(text) > 2000 && n > 1 {
				text = text[:2000] + " …"
			}
			wrong = append(wrong, fmt.Errorf("DESKBRIDGE_TEST_CASE=%d: %s", place(i), text))
		}
	})
	t.Logf("%d of %d %s, %d wrong; every %dth run twice, with the same trace", made, len(set), what, len(wrong), everySoMany)
	require.NoError(t, errors.Join(wrong...))
}
