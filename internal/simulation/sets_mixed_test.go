package simulation_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/simulation"
	"github.com/deskbridge/deskbridge/mapping"
)

// troublesEach is how many troubles befall each drawn scenario under its mixture of quirks.
const troublesEach = 8

// mixed is a scenario under a mixture of quirks, with its undisturbed run under that very mixture.
type mixed struct {
	reading
	settings []string // of all runs
}

// trouble is one thing that goes wrong in a run, or two deaths.
type trouble struct {
	kind, text    string
	deaths, stops []int
	stopFor       time.Duration
	faults        []simulation.Fault
	strikes       []simulation.StoreStrike
	loss          *loss
	outage        *outage // its loss is loss
}

// storyOf gives the scenario of a world: the one whose name and number come first, so that a new scenario takes some worlds
// and leaves the others as they are.
func storyOf(world int, stories []told) told {
	return slices.MinFunc(stories, func(a, b told) int { return bytes.Compare(lot(world, a.Name), lot(world, b.Name)) })
}

func lot(world int, name string) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", world, name))
	return sum[:]
}

// drawMixed draws a scenario, a mixture and whether the store makes a step in several writes, and plays the scenario
// undisturbed.
func drawMixed(t *testing.T, rng *rand.Rand, s told) mixed {
	m := mixed{reading: s.read(0, mixture(rng)...)}
	if rng.IntN(2) == 0 {
		m.settings = []string{inParts}
	}
	m.calm = m.Run(t, m.under(trouble{}))
	return m
}

// under is the plan of a run with a trouble.
func (m mixed) under(tr trouble) simulation.Plan {
	plan := m.plan()
	plan.Settings, plan.RecordPoints = m.settings, tr.kind == ""
	plan.DieAt, plan.Faults, plan.StoreStrikes = tr.deaths, tr.faults, tr.strikes
	plan.StopAt, plan.StopFor = tr.stops, tr.stopFor
	if tr.loss == nil {
		return plan
	}
	var begun sync.Map
	if tr.outage != nil {
		plan.Desk = tr.outage.refuse(&begun)
	}
	before, failed := plan.Before, plan.Failed
	plan.Before = func(w *simulation.World, line int) error {
		if err := before(w, line); err != nil || line != tr.loss.line {
			return err
		}
		w.Disk.RollBack(min(tr.loss.kept, w.Disk.Writes()))
		begun.Store(w, time.Now())
		if line < m.Lines() {
			return nil
		}
		if tr.outage != nil {
			if _, err := w.Pass(engine.Request{Command: "sync"}); err != nil {
				return err
			}
			w.Sleep(2 * outageLasts)
		}
		err := w.Sync(engine.Request{Command: "sync"}, true)
		if tr.loss.notices(err) {
			err = nil // it looks as if the other one were still at work, once
		}
		return errors.Join(err, before(w, line))
	}
	plan.Failed = func(w *simulation.World, line int, err error) (again bool, wrong error) {
		if tr.loss.line < m.Lines() { // what follows may show another state on the way, as in TestEveryLostMemory
			return false, nil
		}
		return failed(w, line, err)
	}
	return plan
}

// draw draws a trouble.
func (m mixed) draw(t *testing.T, rng *rand.Rand) trouble {
	points, writes, reads := m.calm.Points, m.calls(true), m.calls(false)
	at := rng.IntN(len(points))
	switch p, n := points[at], rng.IntN(13); {
	case n < 2:
		return trouble{kind: "death", text: p.String(), deaths: p.DieAt()}
	case n < 3:
		second := 1 + rng.IntN(max(1, m.calm.Count-p.N)+20)
		return trouble{kind: "two deaths", text: fmt.Sprintf("%s, then at %d", p, second), deaths: append(p.DieAt(), second)}
	case n < 4:
		span := spans[rng.IntN(len(spans))]
		return trouble{kind: "stop", text: fmt.Sprintf("for %s at %s", span, p), stops: []int{at + 1}, stopFor: span}
	case n < 6 && len(writes) > 0:
		nth := rng.IntN(len(writes))
		return drawFault(t, "write", nth, writes[nth], plainFaults(true, false), rng)
	case n < 7 && len(reads) > 0:
		nth := rng.IntN(len(reads))
		return drawFault(t, "read", nth, reads[nth], plainFaults(false, paged.MatchString(reads[nth].Subject)), rng)
	case n < 8:
		return m.drawStrike(t, rng)
	case n < 9:
		return m.drawOutage(rng)
	case n < 11:
		return m.drawLoss(m.Lines(), rng)
	case n < 12:
		return m.drawLoss(rng.IntN(m.Lines()), rng)
	default:
		return m.lose(rng.IntN(m.Lines()), 0)
	}
}

// drawLoss puts the store back to an earlier write.
func (m mixed) drawLoss(line int, rng *rand.Rand) trouble {
	return m.lose(line, rng.IntN(max(1, m.calm.Stored[line])))
}

// drawOutage lets a desk be unreadable from a line in which the bridge works, or after the end. The store is as it is.
func (m mixed) drawOutage(rng *rand.Rand) trouble {
	lines := []int{m.Lines()}
	for line := range m.Lines() {
		if m.works(line) {
			lines = append(lines, line)
		}
	}
	names := slices.Sorted(maps.Keys(outages))
	tr := m.lose(lines[rng.IntN(len(lines))], m.calm.DiskWrites)
	tr.outage = &outage{*tr.loss, []mapping.Desk{"dashly", "intercom"}[rng.IntN(2)], names[rng.IntN(len(names))]}
	tr.kind, tr.text = "outage", tr.outage.String()
	return tr
}

// plainFaults are the kinds of faults after which the end is that of the undisturbed run: those of writes, of reads, or of
// reads of a page. What a page omits is found by a sweep only, for which TestEveryBadRead has runs of its own.
func plainFaults(write, page bool) []string {
	return slices.DeleteFunc(simulation.FaultKinds(), func(kind string) bool {
		return slices.Contains(worse, kind) || kind == omitted || (write || !page) && slices.Contains(ofLists, kind) || !write && slices.Contains(ofWrites, kind)
	})
}

func drawFault(t *testing.T, sort string, nth int, p simulation.Point, kinds []string, rng *rand.Rand) trouble {
	t.Helper()
	f, err := simulation.ParseFault(fmt.Sprintf("%s on the %dth %s", kinds[rng.IntN(len(kinds))], nth+1, sort))
	if err != nil {
		t.Fatal(err)
	}
	return trouble{kind: "bad " + sort, text: fmt.Sprintf("%s (%s)", f, p.Subject), faults: []simulation.Fault{f}}
}

func (m mixed) drawStrike(t *testing.T, rng *rand.Rand) trouble {
	t.Helper()
	nth := rng.IntN(len(m.calm.StoreCalls))
	c, n := m.calm.StoreCalls[nth], 0
	for _, other := range m.calm.StoreCalls[:nth+1] {
		if other.Done == c.Done {
			n++
		}
	}
	kinds := simulation.StoreStrikes(c.Done)
	text := fmt.Sprintf("%s on the %dth %s", kinds[rng.IntN(len(kinds))], n, map[bool]string{false: "command", true: "answer"}[c.Done])
	s, err := simulation.ParseStoreStrike(text)
	if err != nil {
		t.Fatal(err)
	}
	return trouble{kind: "store", text: fmt.Sprintf("%s (%s)", text, c.Doing), strikes: []simulation.StoreStrike{s}}
}

func (m mixed) lose(line, kept int) trouble {
	l := &loss{told: m.told, line: line, kept: kept, parted: m.settings != nil}
	return trouble{kind: "lost memory", text: fmt.Sprintf("%d writes left before line %d", kept, line), loss: l}
}

// play makes one run with a trouble. What it compares is the whole essence of the undisturbed run under the same mixture;
// after a lost memory what TestEveryLostMemory compares.
func (m mixed) play(t *testing.T, tr trouble) error {
	return m.judge(tr, m.Run(t, m.under(tr)))
}

func (m mixed) judge(tr trouble, res simulation.Result) error {
	if m.suffers(tr, "") {
		return res.Hurt
	}
	plain := func(lines []string) []string { return m.plain(tr, lines) }
	if tr.loss != nil {
		if m.suffers(tr, "works") && tr.loss.line < m.Lines() {
			res.Failed = slices.DeleteFunc(slices.Clone(res.Failed), func(err error) bool { return strings.Contains(err.Error(), "an idle pass made") })
		}
		if m.excused(story) { // what is parked may keep a pass from its end, as it does undisturbed
			res.Failed = slices.DeleteFunc(slices.Clone(res.Failed), func(err error) bool { return strings.Contains(err.Error(), "no pass came to an end: parked") })
		}
		return tr.loss.judge(res, plain)
	}
	if res.Err != nil {
		return res.Err
	}
	if tr.strikes != nil && res.StoreStruck != 1 {
		return fmt.Errorf("%d strikes came to pass", res.StoreStruck)
	}
	missing, extra := compared(plain(whole(m.calm)), plain(whole(res)))
	if len(missing)+len(extra) > 0 {
		return fmt.Errorf("it is not as undisturbed:\n- %s\n+ %s", strings.Join(missing, "\n- "), strings.Join(extra, "\n+ "))
	}
	return nil
}

// whole is the essence of a run, by the line: what a lost memory must not change, but for the calls that take something
// away, which a death may repeat, and what the bridge remembers.
func whole(res simulation.Result) []string {
	all := slices.DeleteFunc(kept(res), func(line string) bool { return strings.HasPrefix(line, "removed: ") })
	for _, one := range res.Essence.Ledger {
		all = append(all, "ledger: "+one)
	}
	return all
}

// plain leaves out of what is compared what the mixture makes depend on the moment: who is named as the author of a copy,
// where the desk tells sooner or later who that was; the order of what stands at the time at which it was written; and which
// of two people said first what both said, where the desk does not name them, or the clocks differ and the bridge died or did
// not learn what became of a write.
func (m mixed) plain(tr trouble, lines []string) (all []string) {
	for _, line := range lines {
		if m.traits.Introduces {
			line = author.ReplaceAllString(line, "$1")
		}
		if head, said, ok := strings.Cut(line, "\n"); ok {
			line = head + "\n" + strings.Join(m.arranged(strings.Split(said, "\n")), "\n")
		}
		what, _, _ := strings.Cut(line, ": ")
		if (what == "entries" || what == "ledger") && (m.traits.Nameless || m.has(skewed) && (tr.deaths != nil || tr.loss != nil || tr.kind == "bad write")) || m.suffers(tr, what) {
			continue
		}
		all = append(all, line)
	}
	slices.Sort(all)
	return all
}

// arranged are the lines of a thread: in no order where that is the mixture's, else with what the desk's own automation said
// behind the rest, because it speaks when something arrives.
func (m mixed) arranged(said []string) []string {
	if m.unordered() {
		for i := range said {
			said[i] = unordered(said[i])
		}
		slices.Sort(said)
		return said
	}
	if !m.traits.Speaks {
		return said
	}
	var own []string
	rest := slices.DeleteFunc(said, func(line string) bool {
		spoke := robots.MatchString(line)
		if spoke {
			own = append(own, line)
		}
		return spoke
	})
	slices.Sort(own)
	return slices.Concat(rest, own)
}

func (m mixed) String() string {
	return fmt.Sprintf("%s %q", strings.TrimSuffix(m.reading.String(), ", death at 0"), m.settings)
}

// TestTroubleUnderReadings plays scenarios under random mixtures of quirks: first undisturbed, then eight times with
// something that goes wrong: a death or two, a stop, a call that goes wrong, a desk that cannot be read, a fault of the store, a
// lost memory.
func TestTroubleUnderReadings(t *testing.T) {
	stories := slices.DeleteFunc(slices.Clone(all(t)), func(s told) bool { return s.long() })
	set := make([]int, 2500)
	for i := range set {
		set[i] = i
	}
	var mu sync.Mutex
	kinds := map[string]int{}
	enumerate(t, "mixtures", wanted(t, 160, len(set)*troublesEach)/troublesEach, set, func(t *testing.T, i int) error {
		rng := rand.New(rand.NewPCG(uint64(i), 0x74726f75))
		m := drawMixed(t, rng, storyOf(i, stories))
		if m.calm.Err != nil {
			return fmt.Errorf("%s: undisturbed: %w", m, m.calm.Err)
		}
		var wrong []error
		for range troublesEach {
			tr := m.draw(t, rng)
			if err := m.play(t, tr); err != nil {
				wrong = append(wrong, fmt.Errorf("%s: %s: %s: %w", m, tr.kind, tr.text, err))
			}
			mu.Lock()
			if kinds[tr.kind]++; m.suffers(tr, "") {
				kinds["of them hopeless"]++
			}
			mu.Unlock()
		}
		return errors.Join(wrong...)
	})
	t.Logf("troubled runs: %v", kinds)
}
