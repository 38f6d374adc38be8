package simulation_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

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
	return r
}

func (r reading) String() string {
	var names []string
	for _, q := range r.quirks {
		names = append(names, fmt.Sprintf("%q", q.Name))
	}
	return fmt.Sprintf("%s under %s, death at %d", r.Name, strings.Join(names, ", "), r.dieAt)
}

func (r reading) run(t *testing.T) simulation.Result {
	var likely func()
	plan := simulation.Plan{Lenient: true, Before: func(w *simulation.World, line int) error {
		switch {
		case line == 0:
			likely = remembered(w)
			for _, q := range r.quirks {
				q.Set(w.Dashly, w.Intercom)
			}
		case line < r.Lines():
			if r.works(line) {
				w.Sleep(r.traits.Lag)
			}
		default:
			if r.traits.Blocks { // until somebody grants what is missing
				w.Sleep(2 * time.Hour)
				likely()
			}
			return r.settle(w)
		}
		return nil
	}}
	if r.dieAt > 0 {
		plan.DieAt = []int{r.dieAt}
	}
	return r.Run(t, plan)
}

// resigned counts the runs of hopeless readings, and those of them in which a promise did not hold.
type resigned struct{ made, broken atomic.Int64 }

func (all *resigned) tell(t *testing.T) {
	t.Helper()
	t.Logf("%d of them under hopeless readings, %d of which broke a promise", all.made.Load(), all.broken.Load())
}

// play demands of a hopeless reading only that no customer is hurt.
func (r reading) play(t *testing.T, hopeless *resigned) error {
	res := r.run(t)
	if r.hopeless() {
		hopeless.made.Add(1)
		if res.Err != nil {
			hopeless.broken.Add(1)
		}
		return res.Hurt
	}
	if res.Err != nil {
		return fmt.Errorf("%s: %w", r, res.Err)
	}
	want, got := r.words(r.calm), r.words(res)
	if diff := cmp.Diff(want, got); diff != "" {
		return fmt.Errorf("%s: %s", r, diff)
	}
	return nil
}

// remembered gives what puts the knobs back to what they are.
func remembered(w *simulation.World) func() {
	var d dashly.Knobs
	var i intercom.Knobs
	w.Dashly.SetKnobs(func(k *dashly.Knobs) { d = *k })
	w.Intercom.SetKnobs(func(k *intercom.Knobs) { i = *k })
	return func() {
		w.Dashly.SetKnobs(func(k *dashly.Knobs) { *k = d })
		w.Intercom.SetKnobs(func(k *intercom.Knobs) { *k = i })
	}
}

// settle lets the bridge work until nothing is left to do; a sweep finds what has moved no time. What is parked has its
// time, too: a right that was missing, or a refusal, is tried again after a day at the latest.
func (r reading) settle(w *simulation.World) error {
	next := time.Now().Add(2*time.Minute + r.traits.Lag)
	for range 6 {
		w.Sleep(time.Until(next))
		if err := w.Sync(engine.Request{Command: "sync", Sweep: r.traits.Hidden}, true); err != nil {
			return err
		}
		w.Sleep(2*time.Minute + r.traits.Lag)
		if err := w.Sync(engine.Request{Command: "sync", Sweep: r.traits.Hidden}, true); err != nil {
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

// excuse says that the words of some scenarios may differ under some quirks, and why. The promises hold all the same.
type excuse struct {
	scenarios, quirks []string
	why               string
}

var (
	undated = []string{"no time is honoured", "no time is honoured and no app is named", "the time of contacts is not honoured", "the time of openings is not honoured"}
	skewed  = []string{"clocks differ", "clocks differ and no time lies in the future", "the clock of Dashly is ahead", "the clock of Intercom is behind"}
)

var excuses = []excuse{
	{[]string{"erased-copy"}, undated, "the memory is lost after copies were erased: neither their words nor their second is left to know them by"},
	{[]string{"form-to-both", "unread-before-known"}, skewed, "the desks do not say the same second, so two threads that people began are not one and its copy"},
	{[]string{"buried-copy", "parts-499", "parts-500", "parts-502"}, []string{"two hundred parts can be read"}, "what cannot be read is not carried"},
	{[]string{"parts-500"}, []string{"new conversations are routed", "new conversations are routed to a team"}, "the desk's own entry makes the oldest one unreadable"},
	{[]string{"merged-threads"}, []string{"a merge copies the messages"}, "what was said in the other conversation stands here too, an agent's reply as a note"},
	{[]string{"one-address-of-many"}, []string{"the list of leads lags"}, "who else has the address is not known yet; where it joins users, the desk refuses what follows, and the conversation is parked"},
	{[]string{"contact-put-away", "merged-copy-on-intercom"}, undated, "the memory is lost after the contact of a copy was: neither a customer nor a second is left to know it by"},
	{[]string{"contact-put-away"}, []string{"archived contacts may write"}, "words are the customer's, not a note"},
	{[]string{"merged-copy-on-intercom", "merged-twice", "merged-while-writing"}, []string{"a merged contact keeps its conversations", "a merged user keeps the conversations"}, "the desk names nobody who could speak: words are a note"},
	{[]string{"activities", "activities-forgotten"}, []string{"no channel is shown", "system parts by the system", "system parts of people name nobody"}, "whose act it was, or what the channel is called, is not told"},
	{[]string{"filtered-by-team"}, []string{"no channel is shown", "a rule sorts into a channel"}, "a conversation of which the desk tells no channel is in none, and one that a rule moves into it is"},
	{[]string{"activities", "activities-forgotten", "activities-history", "activities-wake", "texts-in-russian"}, []string{"a vote is an object", "votes are a list"}, "what the desk keeps with a vote is told as it stands"},
	{[]string{"the-same-on-both"}, skewed, "a process that died while it opened a copy takes what the customer opened there, in the same words at about that time, for it"},
	{[]string{"straddles-the-start"}, skewed, "how far a clock is off is known to some seconds: what lies so near to the start is not delivered"},
}

// excused reports whether the words may differ.
func (r reading) excused() bool {
	return slices.ContainsFunc(excuses, func(e excuse) bool { return slices.Contains(e.scenarios, r.Name) && r.has(e.quirks) })
}

// has reports whether one of some quirks is one of the reading's.
func (r reading) has(names []string) bool {
	return slices.ContainsFunc(r.quirks, func(q sandbox.Quirk) bool { return slices.Contains(names, q.Name) })
}

var (
	disguised = []string{"own user replies look like the web"}
	unnamed   = []string{"no app is named", "no time is honoured and no app is named"}
	unechoed  = []string{"external ids of replies are not echoed", "external ids are not echoed", "no external ids, answers name the assignment"}
)

// hopeless are the readings under which the promises do not hold; the runs are made all the same. Two bridges with two
// memories carry each other's copies where Dashly keeps no mark on a customer's message and says that a browser sent it:
// nothing is left by which the second bridge could be noticed. And where the memory is lost after a copy was erased, of
// which the desk keeps neither the second nor the app, nothing tells that it was one. And a desk that shows twenty parts
// and says that there are no more is believed: the documents say five hundred, and a list of that length is not. Where a
// merge copies what the bridge wrote in the name of a bot, the count of copies takes the desk's for the bridge's. An
// activity that neither the time nor the count of parts of a list shows is found when something else happens there.
func (r reading) hopeless() bool {
	return r.lost() || strings.HasPrefix(r.Name, "activities") && r.has([]string{"only comments move updated_at"}) && r.has([]string{"statistics count messages"}) || r.Name == "merged-threads" && r.has([]string{"a merge copies the messages"}) && r.traits.Speaks || r.Name == "buried-copy" && r.has([]string{"total_count ends at what is shown"}) || r.Name == "second-bridge" && r.has(disguised) && r.has(unechoed) || r.Name == "erased-copy" && r.has(undated) && r.has(unnamed)
}

// forgetting are the scenarios in which the memory is lost after a contact was merged away or put away.
var forgetting = []string{"contact-put-away", "merged-copy-on-dashly", "merged-copy-on-intercom", "merged-lead", "merged-visitor"}

// lost are mixtures under which nothing is left to know a copy by when the memory is lost after a merge: neither the
// customer nor the second of the opening, nor a sign that the bridge wrote a reply, nor that a user was merged.
func (r reading) lost() bool {
	return len(r.quirks) > 1 && slices.Contains(forgetting, r.Name) &&
		(r.has(undated) || r.has(disguised) && r.has(unechoed) || r.has([]string{"a merged user is unknown"}))
}

// words are what people said, on both desks, as far as it must be the same under the quirks of a reading.
func (r reading) words(res simulation.Result) (all []string) {
	if r.excused() || r.traits.Speaks || r.traits.Blocks || r.traits.Loses || r.traits.Softens || r.traits.Campaigns {
		return nil
	}
	for _, thread := range res.Essence.Threads {
		lines := strings.Split(thread, "\n")
		desk, _, _ := strings.Cut(lines[0], " ")
		said := lines[1:]
		if r.has(undated) { // which of two conversations was the first is not to be told after a death or a loss
			said = slices.DeleteFunc(slices.Clone(said), func(line string) bool { return strings.Contains(line, "thisconversationcontinues") })
		}
		said = gathered(said)
		if r.traits.Introduces {
			for i := range said {
				said[i] = author.ReplaceAllString(said[i], "$1")
			}
		}
		if r.traits.Reorders || r.traits.Shuffles || r.traits.Nameless {
			for i := range said {
				said[i] = unordered(said[i])
			}
			slices.Sort(said)
		}
		if r.traits.Nameless {
			said = slices.Compact(said)
		}
		all = append(all, desk+"\n"+strings.Join(said, "\n"))
	}
	slices.Sort(all)
	return all
}

// author is the line that names the author of a copy, in an essence.
var author = regexp.MustCompile(`(visible=\w+ )(?:jane|tom|olga|ольга|max)(?:dashly|intercom)`)

// gathered makes one line of the notes that tell activities: which of them one pass finds, and in which order, is the
// reading's.
func gathered(said []string) []string {
	var told []string
	rest := slices.DeleteFunc(slices.Clone(said), func(line string) bool {
		_, acts, ok := strings.Cut(line, "meanwhilein")
		if ok {
			acts = strings.TrimPrefix(strings.TrimPrefix(acts, "dashly"), "intercom")
			told = append(told, strings.Split(acts, "")...)
		}
		return ok
	})
	if len(told) == 0 {
		return said
	}
	slices.Sort(told)
	return append(rest, "meanwhile "+strings.Join(told, ""))
}

// unordered is a line of an essence; of a transcript, whose entries may stand in another order, only its letters.
func unordered(line string) string {
	if !strings.Contains(line, "earlierinthisconversation") {
		return line
	}
	letters := strings.Split(line, "")
	slices.Sort(letters)
	return strings.Join(letters, "")
}

// TestExcusesNameQuirksAndScenarios fails for an excuse that names none.
func TestExcusesNameQuirksAndScenarios(t *testing.T) {
	for _, e := range append(excuses, excuse{forgetting, []string{"a merged user is unknown"}, ""}, excuse{[]string{"second-bridge"}, slices.Concat(disguised, unechoed, unnamed), ""}) {
		for _, name := range e.quirks {
			require.True(t, slices.ContainsFunc(sandbox.Quirks(), func(q sandbox.Quirk) bool { return q.Name == name }), name)
		}
		for _, name := range e.scenarios {
			require.True(t, slices.ContainsFunc(scenarios(t), func(s *simulation.Scenario) bool { return s.Name == name }), name)
		}
	}
}

// TestEveryReading plays every scenario under each quirk alone.
func TestEveryReading(t *testing.T) {
	var set []reading
	for _, s := range all(t) {
		for _, q := range sandbox.Quirks() {
			set = append(set, s.read(0, q))
		}
	}
	var hopeless resigned
	enumerate(t, "readings", wanted(t, 300, len(set)), set, func(t *testing.T, r reading) error { return r.play(t, &hopeless) })
	hopeless.tell(t)
}

// TestRandomReadings plays scenarios under random mixtures of quirks, one in sixteen of them, with a death somewhere.
func TestRandomReadings(t *testing.T) {
	stories := slices.DeleteFunc(slices.Clone(all(t)), func(s told) bool { return s.entries() > 20 })
	set := make([]int, 20_000)
	for i := range set {
		set[i] = i
	}
	var hopeless resigned
	enumerate(t, "mixtures", wanted(t, 300, len(set)), set, func(t *testing.T, i int) error {
		rng := rand.New(rand.NewPCG(uint64(i), 0x6d697874))
		s := stories[i%len(stories)]
		var some []sandbox.Quirk
		for _, q := range sandbox.Quirks() {
			if rng.IntN(16) == 0 && !q.Blocks {
				some = append(some, q)
			}
		}
		return s.read(1+rng.IntN(s.calm.Count), some...).play(t, &hopeless)
	})
	hopeless.tell(t)
}
