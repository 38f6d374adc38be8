package simulation_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/simulation"
	"github.com/deskbridge/deskbridge/internal/thin"
)

// The tests of the files sets_*_test.go go through large sets of runs. How many they make is said by the environment:
//
//	(nothing)              the small number that a developer waits for
//	DESKBRIDGE_TEST_RUNS=n  n of each set, spread evenly over it
//	DESKBRIDGE_TEST_FULL=1  the whole set, which may take half an hour
//
// Under the race detector a tenth of it, as ever.

// told is a scenario and how it ends undisturbed.
type told struct {
	*simulation.Scenario
	calm simulation.Result
}

// entries is how many entries a scenario has, each with its copy.
func (s told) entries() int {
	lines := 0
	for _, thread := range s.calm.Essence.Threads {
		lines += strings.Count(thread, "\n  ")
	}
	return (lines + 1) / 2
}

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
	if s.entries() > 20 {
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
		calm.all = played
	}
	return calm.all
}

// full tells whether whole sets are wanted.
func full() bool { return os.Getenv("DESKBRIDGE_TEST_FULL") != "" }

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

// most is how many failures are told before a set is given up.
const most = 20

// enumerate makes n runs of a set, spread evenly over it. It goes on after a failure, so that one look shows more than
// one. DESKBRIDGE_TEST_CASE names one run of the set, as a failure tells it, to be made alone.
func enumerate[T any](t *testing.T, what string, n int, set []T, run func(t *testing.T, one T) error) {
	t.Helper()
	require.NotEmpty(t, set)
	n = min(max(1, n), len(set))
	place := func(i int) int { return i * len(set) / n }
	if v, ok := os.LookupEnv("DESKBRIDGE_TEST_CASE"); ok {
		alone, err := strconv.Atoi(v)
		require.NoError(t, err)
		n, place = 1, func(int) int { return alone }
	}
	var mu sync.Mutex
	var wrong []error
	made := 0
	simulation.Each(t, n, func(t *testing.T, i int) {
		mu.Lock()
		enough := len(wrong) >= most
		mu.Unlock()
		if enough {
			return
		}
		err := run(t, set[place(i)])
		mu.Lock()
		defer mu.Unlock()
		if made++; err != nil {
			text := err.Error()
			if len(text) > 2000 && n > 1 {
				text = text[:2000] + " …"
			}
			wrong = append(wrong, fmt.Errorf("DESKBRIDGE_TEST_CASE=%d: %s", place(i), text))
		}
	})
	t.Logf("%d of %d %s, %d wrong", made, len(set), what, len(wrong))
	require.NoError(t, errors.Join(wrong...))
}
