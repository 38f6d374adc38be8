package simulation_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/simulation"
	"github.com/deskbridge/deskbridge/state"
)

// reading is a scenario at desks that behave in other ways than the likely ones.
type reading struct {
	told
	quirks []sandbox.Quirk
	traits sandbox.Traits // of all of them
	dieAt  int            // 0: never
}

func (s told) read(dieAt int, quirks ...sandbox.Quirk) reading {
	r := reading{told: s, quirks: quirks, dieAt: dieAt}
	for _, q := range quirks {
		r.traits = r.traits.And(q.Traits)
	}
	for _, t := range talkative {
		r.traits.Speaks = r.traits.Speaks || slices.Contains(t.scenarios, r.Name) && r.has(t.quirks)
	}
	return r
}

func (r reading) String() string {
	var names []string
	for _, q := range r.quirks {
		names = append(names, fmt.Sprintf("%q", q.Name))
	}
	return fmt.Sprintf("%s under %s, death at %d", r.Name, strings.Join(names, ", "), r.dieAt)
}

// looksAt are the lines that look at a desk.
var looksAt = regexp.MustCompile(`^(dashly|intercom) shows `)

func (r reading) run(t *testing.T) simulation.Result { return r.Run(t, r.plan()) }

// plan plays a scenario under a reading. Every line has to do what it says, but those that look at a desk on the way. What
// a desk forbids it allows when the script cannot go on, at the latest in the end.
func (r reading) plan() simulation.Plan {
	var likely func()
	granted := false
	grant := func(w *simulation.World) error {
		granted = true
		w.Sleep(2 * time.Hour)
		likely()
		return r.settle(w)
	}
	plan := simulation.Plan{Before: func(w *simulation.World, line int) error {
		switch {
		case line == 0:
			likely, granted = r.set(w), false
		case line < r.Lines():
			if r.works(line) {
				w.Sleep(r.traits.Lag)
			}
		default:
			if r.traits.Blocks && !granted {
				return grant(w)
			}
			return r.settle(w)
		}
		return nil
	}, Failed: func(w *simulation.World, line int, err error) (again bool, wrong error) {
		switch {
		case looksAt.MatchString(r.Line(line)): // on the way a desk may show something else
			return false, nil
		case r.excused(story) && (granted || !r.traits.Blocks):
			return false, nil
		case r.traits.Softens && r.works(line) && parked(w): // what a desk refuses waits for a day, and the script goes on
			return false, nil
		case !r.traits.Blocks || granted:
			return false, err
		case r.works(line): // nothing comes to an end until somebody grants what is missing
			return false, nil
		default: // which is when somebody wants to act in a copy that is not there yet
			return true, grant(w)
		}
	}}
	if r.dieAt > 0 {
		plan.DieAt = []int{r.dieAt}
	}
	return plan
}

// parked reports whether nothing but what is parked is left to do.
func parked(w *simulation.World) bool {
	items, err := w.Agenda()
	return err == nil && !slices.ContainsFunc(items, func(it state.Item) bool { return !it.Parked })
}

// tally counts how much of the runs was compared with the undisturbed ones.
type tally struct {
	sync.Mutex
	extents map[string]int
}

func (sum *tally) count(extent string) {
	sum.Lock()
	defer sum.Unlock()
	if sum.extents == nil {
		sum.extents = map[string]int{}
	}
	sum.extents[extent]++
}

func (sum *tally) tell(t *testing.T) {
	t.Helper()
	var all []string
	for _, extent := range slices.Sorted(maps.Keys(sum.extents)) {
		all = append(all, fmt.Sprintf("%d %s", sum.extents[extent], extent))
	}
	t.Logf("compared: %s", strings.Join(all, ", "))
}

// play makes a run and compares its end with that of the undisturbed one, as far as the reading lets them be alike.
func (r reading) play(t *testing.T, sum *tally) error {
	res := r.run(t)
	got := r.end(res)
	if res.Err != nil {
		return fmt.Errorf("%s: %w", r, res.Err)
	}
	sum.count(r.extent(got))
	diffs := r.compare(res)
	var wrong []error
	for _, a := range aspects {
		if diffs[a] != "" && !r.excused(a) {
			wrong = append(wrong, fmt.Errorf("%s: %s: %s", r, a, diffs[a]))
		}
	}
	return errors.Join(wrong...)
}

// set makes the desks behave as the quirks of a reading say, and gives what puts the knobs that it turned back.
func (r reading) set(w *simulation.World) func() {
	var d [2]dashly.Knobs
	var i [2]intercom.Knobs
	look := func(n int) {
		w.Dashly.SetKnobs(func(k *dashly.Knobs) { d[n] = *k })
		w.Intercom.SetKnobs(func(k *intercom.Knobs) { i[n] = *k })
	}
	look(0)
	for _, q := range r.quirks {
		q.Set(w.Dashly, w.Intercom)
	}
	look(1)
	return func() {
		w.Dashly.SetKnobs(func(k *dashly.Knobs) { putBack(k, d[0], d[1]) })
		w.Intercom.SetKnobs(func(k *intercom.Knobs) { putBack(k, i[0], i[1]) })
	}
}

// putBack gives those fields of knobs the value from before that were changed.
func putBack[K any](knobs *K, before, changed K) {
	was, is, now := reflect.ValueOf(before), reflect.ValueOf(changed), reflect.ValueOf(knobs).Elem()
	for n := range was.NumField() {
		if !reflect.DeepEqual(was.Field(n).Interface(), is.Field(n).Interface()) {
			now.Field(n).Set(was.Field(n))
		}
	}
}

// settle lets the bridge work until nothing is left to do; a sweep finds what has moved no time, or
// did so long before it could be read. What is parked has its
// time, too: a right that was missing, or a refusal, is tried again after a day at the latest.
func (r reading) settle(w *simulation.World) error {
	next := time.Now().Add(2*time.Minute + r.traits.Lag)
	for range 6 {
		w.Sleep(time.Until(next))
		if err := w.Sync(engine.Request{Command: "sync", Sweep: r.traits.Hidden || r.traits.Blocks}, true); err != nil {
			return err
		}
		w.Sleep(2*time.Minute + r.traits.Lag)
		if err := w.Sync(engine.Request{Command: "sync", Sweep: r.traits.Hidden || r.traits.Blocks}, true); err != nil {
			return err
		}
		items, err := w.Agenda()
		if err != nil || len(items) == 0 {
			return err
		}
		next = slices.MaxFunc(items, func(a, b state.Item) int { return a.RetryAt.Compare(b.RetryAt) }).RetryAt.Add(time.Second)
	}
	return nil
}

// readings are some stories under each quirk alone, or under those that DESKBRIDGE_TEST_QUIRK names (a; b).
func readings(stories []told) (set []reading) {
	named := split(os.Getenv("DESKBRIDGE_TEST_QUIRK"))
	for _, s := range stories {
		for _, q := range sandbox.Quirks() {
			if len(named) == 0 || slices.Contains(named, q.Name) {
				set = append(set, s.read(0, q))
			}
		}
	}
	return set
}

// TestEveryReading plays every scenario under each quirk alone.
func TestEveryReading(t *testing.T) {
	set := readings(all(t))
	var sum tally
	enumerate(t, "readings", wanted(t, 300, len(set)), set, func(t *testing.T, r reading) error { return r.play(t, &sum) })
	sum.tell(t)
}

// mixtures is how many there are of TestRandomReadings.
const mixtures = 20_000

// TestRandomReadings plays scenarios under random mixtures of quirks, one in sixteen of them, with a death somewhere.
func TestRandomReadings(t *testing.T) {
	stories := slices.DeleteFunc(slices.Clone(all(t)), func(s told) bool { return s.entries() > 20 })
	set := make([]int, mixtures)
	for i := range set {
		set[i] = i
	}
	var compared tally
	enumerate(t, "random mixtures", wanted(t, 300, len(set)), set, func(t *testing.T, i int) error {
		rng := rand.New(rand.NewPCG(uint64(i), 0x6d697874))
		s := storyOf(i, stories)
		some := mixture(rng)
		return s.read(1+rng.IntN(s.calm.Count), some...).play(t, &compared)
	})
	compared.tell(t)
	floor(t, 20_000, sum(compared.extents), "random mixtures")
}

// mixture draws one in sixteen of the quirks that block nothing.
func mixture(rng *rand.Rand) (some []sandbox.Quirk) {
	for _, q := range sandbox.Quirks() {
		if rng.IntN(16) == 0 && !q.Blocks {
			some = append(some, q)
		}
	}
	return some
}
