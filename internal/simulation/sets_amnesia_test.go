package simulation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/simulation"
)

// loss is a scenario and how its store is put back.
type loss struct {
	told
	line   int  // before it, counted from 0
	kept   int  // writes of the store that are left
	parted bool // as is the store of told
}

func (l loss) String() string {
	return fmt.Sprintf("%s: %d writes left before line %d, parted %v", l.Name, l.kept, l.line, l.parted)
}

func (l loss) run(t *testing.T) simulation.Result {
	// A bridge that begins anew looks at everything, merges fields and knows of no second bridge: the lines that follow may
	// show another state on the way. Its own work must go well all the same.
	plan := simulation.Plan{Lenient: l.line < l.Lines(), Before: func(w *simulation.World, line int) error {
		if line != l.line {
			return nil
		}
		w.Disk.RollBack(min(l.kept, w.Disk.Writes()))
		if line < l.Lines() {
			return nil
		}
		err := w.Sync(engine.Request{Command: "sync"}, true)
		if l.notices(err) {
			err = w.Sync(engine.Request{Command: "sync"}, true) // it looks as if the other one were still at work, once
		}
		return err
	}}
	if l.parted {
		plan.Settings = []string{"state.parted: true"}
	}
	return l.Run(t, plan)
}

// notices reports whether the bridge has noticed the second one that is at work in some scenarios.
func (l loss) notices(err error) bool {
	return err != nil && strings.HasPrefix(l.Name, "second-bridge") && strings.Contains(err.Error(), engine.SecondBridge)
}

func (l loss) play(t *testing.T) error {
	return l.judge(l.run(t), func(lines []string) []string { return lines })
}

// judge compares what a run with a lost memory has left with what the undisturbed one has, each as plain gives it.
func (l loss) judge(res simulation.Result, plain func([]string) []string) error {
	if res.Err != nil && l.breaks(res.Err) {
		return res.Hurt
	}
	if res.Err != nil {
		return fmt.Errorf("%s: %w", l, res.Err)
	}
	for _, err := range res.Failed {
		if !l.mayWork(err) && !l.notices(err) {
			return fmt.Errorf("%s: the bridge's own work failed: %w", l, err)
		}
	}
	missing, extra := compared(plain(kept(l.calm)), plain(kept(res)))
	if err := l.excused(missing, extra); err != nil {
		return fmt.Errorf("%s: %w", l, err)
	}
	return nil
}

// compared gives what only one of two sorted lists has, each as often as it has it more often than the other.
func compared(calm, this []string) (missing, extra []string) {
	for len(calm) > 0 || len(this) > 0 {
		switch {
		case len(this) == 0 || len(calm) > 0 && calm[0] < this[0]:
			missing, calm = append(missing, calm[0]), calm[1:]
		case len(calm) == 0 || this[0] < calm[0]:
			extra, this = append(extra, this[0]), this[1:]
		default:
			calm, this = calm[1:], this[1:]
		}
	}
	return missing, extra
}

// kept is what a loss of the store must not change, sorted: what was delivered; every conversation with its words, files
// and customer; its fields; where each entry stands in the report; what is parked; and what was taken away by a call.
func kept(res simulation.Result) (all []string) {
	for _, thread := range res.Essence.Threads {
		head, words, _ := strings.Cut(thread, "\n")
		all = append(all, "words: "+strings.Join(strings.Fields(head)[:2], " ")+"\n"+words, "fields: "+head)
	}
	for what, list := range map[string][]string{"delivered": res.Essence.Delivered, "entries": res.Essence.Buckets, "parked": res.Parked, "removed": res.Removed} {
		for _, one := range list {
			all = append(all, what+": "+one)
		}
	}
	slices.Sort(all)
	return all
}

// losses are all ways in which the memory of some scenarios is lost. While not all of them are wanted, those of long
// scenarios, which take long, are fewer: a case that a full set has found is replayed with DESKBRIDGE_TEST_FULL=1.
func losses(t *testing.T, stories []told) (set []loss) {
	t.Helper()
	parted := partedOnes(t, stories)
	for i, s := range stories {
		for _, n := range s.prefixes(s.Lines()) {
			set = append(set, loss{s, s.Lines(), n, false})
		}
		for _, n := range parted[i].prefixes(s.Lines()) {
			set = append(set, loss{parted[i], s.Lines(), n, true})
		}
		for n := range s.Lines() {
			set = append(set, loss{s, n, 0, false})
		}
	}
	return set
}

// prefixes are the numbers of writes that may be left before a line, without all of them.
func (s told) prefixes(line int) (all []int) {
	n := s.calm.Stored[line]
	which := s.spread(n)
	if full() {
		which = nil
		for i := range n {
			which = append(which, i+1)
		}
	}
	for _, i := range which {
		all = append(all, i-1)
	}
	return all
}

// TestEveryLostMemory puts the store back to each of its earlier writes, at the end of each scenario, and to nothing
// between any two of its lines. The bridge recognises what it has written, sends nothing again and takes nothing away.
func TestEveryLostMemory(t *testing.T) {
	set := losses(t, all(t))
	enumerate(t, "lost memories", wanted(t, 300, len(set)), set, func(t *testing.T, l loss) error { return l.play(t) })
}

// TestEveryLostMemoryOnTheWay puts the store back to each of its earlier writes before each line in which the bridge works:
// before any other line it is the same as before the next of these.
func TestEveryLostMemoryOnTheWay(t *testing.T) {
	var set []loss
	for _, s := range all(t) {
		for line := range s.Lines() {
			if !s.works(line) {
				continue
			}
			for _, n := range s.prefixes(line) {
				set = append(set, loss{s, line, n, false})
			}
		}
	}
	enumerate(t, "lost memories between lines", wanted(t, 200, len(set)), set, func(t *testing.T, l loss) error { return l.play(t) })
}

// TestEveryLostMemoryOfCoreScenarios is the same for them alone.
func TestEveryLostMemoryOfCoreScenarios(t *testing.T) {
	set := losses(t, cores(t))
	enumerate(t, "lost memories of core scenarios", wanted(t, 100, len(set)), set, func(t *testing.T, l loss) error { return l.play(t) })
}

// TestIdleCycles lets the bridge look 5 times, in full 1,000 times, at each world that is at rest: it writes nothing.
func TestIdleCycles(t *testing.T) {
	cycles := wanted(t, 5, 1000)
	enumerate(t, fmt.Sprintf("scenarios of %d idle cycles", cycles), len(all(t)), all(t), func(t *testing.T, s told) error {
		return s.Run(t, simulation.Plan{Before: func(w *simulation.World, line int) error {
			if line < s.Lines() {
				return nil
			}
			if err := w.Idle(1); err != nil {
				return err
			}
			for range cycles {
				w.Sleep(2 * time.Minute)
				if err := w.Idle(1); err != nil {
					return err
				}
			}
			return nil
		}}).Err
	})
}
