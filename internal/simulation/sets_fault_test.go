package simulation_test

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/simulation"
	"github.com/deskbridge/deskbridge/state"
)

// unanswered are the kinds of faults of writes that are done: their answers are lost, late, cut, half, doubled or tell of a
// failure.
var unanswered = []string{"cut after send", "hang after", "late by 60s", "late by 110s", "half an answer", "answer twice", "500 after", "html after", "303 after"}

// counts tells whether a call is one of those of which so many are to be seen: any read, or a write that is unanswered.
func (c struckCall) counts() bool {
	f := c.faults[0]
	return f.Reads || slices.ContainsFunc(unanswered, func(kind string) bool { return strings.HasPrefix(f.String(), kind+" on ") })
}

// struckCall is a call of a scenario and what goes wrong with it, and with the next one of its sort.
type struckCall struct {
	told
	faults []simulation.Fault
	desk   string
}

func (c struckCall) play(t *testing.T) error {
	plan := simulation.Plan{Faults: c.faults}
	if !strings.HasPrefix(c.faults[0].String(), omitted) {
		plan.Failed = c.waitForParked
		return c.Run(t, plan).Like(c.calm)
	}
	plan.Lenient, plan.Before = true, c.lookAgain
	calm, err := c.swept(t)
	return errors.Join(err, anonymous(c.Run(t, plan)).Like(anonymous(calm)))
}

// waitForParked lets a pass be made again after an hour, when nothing but what is parked is left to do: one failure more may
// be one hour more until the try that a story tells of.
func (c struckCall) waitForParked(w *simulation.World, line int, err error) (again bool, wrong error) {
	items, unread := w.Agenda()
	waits := slices.ContainsFunc(items, func(it state.Item) bool { return it.Tries < 3 })
	if unread != nil || !waits || !c.works(line) || !parked(w) {
		return false, errors.Join(err, unread)
	}
	w.Sleep(61 * time.Minute)
	return true, nil
}

// anonymous leaves out of a result the lines that name an author: agents of Dashly are learnt from its lists, and whose
// conversation was left out of them is named.
func anonymous(r simulation.Result) simulation.Result {
	r.Essence.Threads = slices.Clone(r.Essence.Threads)
	for i, thread := range r.Essence.Threads {
		r.Essence.Threads[i] = author.ReplaceAllString(thread, "$1")
	}
	return r
}

// swept are the undisturbed runs with a sweep after each pass, by the names of their scenarios.
var swept sync.Map

func (s told) swept(t *testing.T) (simulation.Result, error) {
	calm, ok := swept.Load(s.Name)
	if !ok {
		calm, _ = swept.LoadOrStore(s.Name, s.Run(t, simulation.Plan{Lenient: true, Before: s.lookAgain}))
	}
	res := calm.(simulation.Result)
	return res, res.Err
}

// lookAgain lets the bridge sweep after each of its passes: a list that leaves something out does not show it, and what
// a line says about it may not be so until then.
func (s told) lookAgain(w *simulation.World, line int) error {
	if line == 0 || !s.works(line-1) {
		return nil
	}
	return w.Sync(engine.Request{Command: "sync", Sweep: true}, true)
}

// worse are the kinds of faults that may change the end: a desk that forbids something, an answer that comes after the
// time in which the bridge believes that it may come.
var worse = []string{"403", "late by 5m"}

// paged are the calls whose answers are pages of a list.
var paged = regexp.MustCompile(`/conversations\?|/parts\?|/conversations/search`)

// ofLists are the kinds of faults that only pages of lists can have.
var ofLists = []string{omitted, "repeat an item"}

const omitted = "omit an item"

// ofWrites are the kinds of faults that say something about writes only: whether they were done. A read that was led on
// elsewhere is not made again within its pass.
var ofWrites = []string{"303 before", "303 after"}

// struckCalls are all calls of all scenarios but the few with over 100 writes, each with every kind of fault: alone, and for a
// write also with a second fault, which the kinds take turns in, at the write after it, a repetition perhaps.
func struckCalls(t *testing.T, write bool) (set []struckCall) {
	t.Helper()
	sort := map[bool]string{true: "write", false: "read"}[write]
	usual := slices.DeleteFunc(simulation.FaultKinds(), func(kind string) bool {
		return slices.Contains(worse, kind) || write && slices.Contains(ofLists, kind) || !write && slices.Contains(ofWrites, kind)
	})
	for _, s := range all(t) {
		if s.calm.Writes > 100 {
			continue // one of its writes is like the next
		}
		for n, p := range s.calls(write) {
			desk, _, _ := strings.Cut(p.Subject, " ")
			fault := func(kind string, nth int) simulation.Fault {
				f, err := simulation.ParseFault(fmt.Sprintf("%s on the %dth %s", kind, nth, sort))
				require.NoError(t, err)
				return f
			}
			for i, kind := range usual {
				if slices.Contains(ofLists, kind) && !paged.MatchString(p.Subject) {
					continue
				}
				set = append(set, struckCall{s, []simulation.Fault{fault(kind, n+1)}, desk})
				if write {
					second := usual[(i+n)%len(usual)]
					set = append(set, struckCall{s, []simulation.Fault{fault(kind, n+1), fault(second, n+2)}, desk})
				}
			}
		}
	}
	return set
}

// TestEveryLostAnswer lets one write go wrong in one way, or two writes in a row: the answer is lost, late, half, doubled
// or nonsense, the write is refused or done and denied. The end is that of the undisturbed run.
func TestEveryLostAnswer(t *testing.T) { strike(t, true, 400) }

// TestEveryBadRead does the same to one read.
func TestEveryBadRead(t *testing.T) { strike(t, false, 400) }

func strike(t *testing.T, write bool, usual int) {
	t.Helper()
	var mu sync.Mutex
	struck, whole := map[string]int{}, map[string]int{}
	set := struckCalls(t, write)
	for _, c := range set {
		if c.counts() {
			whole[c.desk]++
		}
	}
	enumerate(t, "calls", wanted(t, usual, len(set)), set, func(t *testing.T, c struckCall) error {
		if c.counts() {
			mu.Lock()
			struck[c.desk]++
			mu.Unlock()
		}
		return c.play(t)
	})
	what := map[bool]string{true: "unanswered writes", false: "bad reads"}[write]
	for _, desk := range slices.Sorted(maps.Keys(whole)) {
		t.Logf("%d of %d %s at %s", struck[desk], whole[desk], what, desk)
	}
	if !complete() {
		return
	}
	require.Len(t, whole, 2)
	for desk, n := range whole {
		require.GreaterOrEqual(t, n, 10_000, "%s at %s", what, desk)
		floor(t, 10_000, struck[desk], what+" at "+desk)
	}
}

func sum(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

// TestLaterThanSettle shows what a call does that a desk carries out after the time in which the bridge believes that it
// may: what it was to write stands there once more, and the bridge comes to rest beside it.
func TestLaterThanSettle(t *testing.T) {
	twice := 0
	for _, name := range []string{"dashly-thread", "intercom-thread"} {
		s := scenario(t, name)
		calm := s.Run(t, simulation.Plan{})
		require.NoError(t, calm.Err)
		for n := range calm.Writes {
			f, err := simulation.ParseFault(fmt.Sprintf("late by 5m on the %dth write", n+1))
			require.NoError(t, err)
			res := s.Run(t, simulation.Plan{Faults: []simulation.Fault{f}, Unfinished: true, Before: func(w *simulation.World, line int) error {
				if line < s.Lines() {
					return nil
				}
				w.Sleep(10 * time.Minute)
				return errors.Join(w.Sync(engine.Request{Command: "sync"}, false), w.Idle(1))
			}})
			require.NoError(t, res.Err)
			more := told{s, res}.entries() - told{s, calm}.entries()
			require.LessOrEqual(t, more, 2, "an entry twice, or a conversation twice with its link: %s", f)
			require.LessOrEqual(t, len(res.Essence.Delivered), len(calm.Essence.Delivered)+1)
			if more > 0 {
				twice++
			}
		}
	}
	require.NotZero(t, twice, "it was not late at all")
	t.Logf("%d writes stand twice", twice)
}
