package simulation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/simulation"
)

// loss is a scenario and how its store is put back.
type loss struct {
	told
	line   int // before it, counted from 0
	kept   int // writes of the store that are left
	parted bool
}

func (l loss) String() string {
	return fmt.Sprintf("%s: %d writes left before line %d, parted %v", l.Name, l.kept, l.line, l.parted)
}

func (l loss) play(t *testing.T) error {
	// A bridge that begins anew looks at everything, merges fields and knows of no second bridge: the lines that follow may
	// show another state on the way.
	plan := simulation.Plan{Lenient: l.line < l.Lines(), Before: func(w *simulation.World, line int) error {
		if line != l.line {
			return nil
		}
		w.Disk.RollBack(min(l.kept, w.Disk.Writes()))
		if line < l.Lines() {
			return nil
		}
		err := w.Sync(engine.Request{Command: "sync"}, true)
		if err != nil && l.Name == "second-bridge" && strings.Contains(err.Error(), engine.SecondBridge) {
			err = w.Sync(engine.Request{Command: "sync"}, true) // it looks as if the other one were still at work, once
		}
		return err
	}}
	if l.parted {
		plan.Settings = []string{"state.parted: true"}
	}
	res := l.Run(t, plan)
	if res.Err != nil {
		return fmt.Errorf("%s: %w", l, res.Err)
	}
	if diff := cmp.Diff(kept(l.calm), kept(res)); diff != "" && reopened[l.Name] == "" && (l.kept > 0 || doubted[l.Name] == "") {
		return fmt.Errorf("%s: -undisturbed +this\n%s", l, diff)
	}
	return nil
}

// reopened are the scenarios in which a lost memory changes what stands on the desks, and why that is so.
var reopened = map[string]string{
	"deleted":                "an original does not tell that it had a copy which somebody deleted: it is copied again",
	"deleted-copy-on-dashly": "the same on the other desk",
}

// doubted are those in which a memory that is lost whole changes it.
var doubted = map[string]string{
	"ways-of-answering-away": "what came over the API before the memory began may be the bridge's own: it stands as a note, and is not delivered",
}

// kept is what a loss of the store must not change: what was delivered, and every conversation with its words, files
// and customer. Its fields may be those of the desk that is right when the conversations are met again, and what was
// refused, or lost in translation, may be forgotten.
func kept(res simulation.Result) (all []string) {
	for _, thread := range res.Essence.Threads {
		head, words, _ := strings.Cut(thread, "\n")
		all = append(all, strings.Join(strings.Fields(head)[:2], " ")+"\n"+words)
	}
	slices.Sort(all)
	return append(all, res.Essence.Delivered...)
}

// losses are all ways in which the memory of some scenarios is lost.
func losses(stories []told) (set []loss) {
	for _, s := range stories {
		for _, n := range s.spread(s.calm.DiskWrites) {
			set = append(set, loss{s, s.Lines(), n - 1, false}, loss{s, s.Lines(), n - 1, true})
		}
		for n := range s.Lines() {
			set = append(set, loss{s, n, 0, false})
		}
	}
	return set
}

// TestEveryLostMemory puts the store back to each of its earlier writes, at the end of each scenario, and to nothing
// between any two of its lines. The bridge recognises what it has written, sends nothing again and takes nothing away.
func TestEveryLostMemory(t *testing.T) {
	set := losses(all(t))
	enumerate(t, "lost memories", wanted(t, 300, len(set)), set, func(t *testing.T, l loss) error { return l.play(t) })
}

// TestEveryLostMemoryOfCoreScenarios is the same for them alone.
func TestEveryLostMemoryOfCoreScenarios(t *testing.T) {
	set := losses(slices.DeleteFunc(slices.Clone(all(t)), func(s told) bool { return !slices.Contains(core, s.Name) }))
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
