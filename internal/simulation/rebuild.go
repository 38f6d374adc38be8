package simulation

import (
	"fmt"

	"github.com/google/go-cmp/cmp"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/sources"
)

// rebuild does what an operator does with "state rebuild": looks at its plan, which changes nothing, then forgets
// everything on purpose, again until a rebuild has come to its end. Neither writes to a desk, and what the plan has told
// comes true.
func (w *World) rebuild() error { return w.own(w.forgotten()) }

func (w *World) forgotten() error {
	begun := len(w.reports)
	stored := w.Disk.Writes()
	req := engine.Request{Command: "state rebuild", Rebuild: true, DryRun: true, Window: &sources.Window{}}
	if err := w.sync(req, false); err != nil {
		return fmt.Errorf("the plan of a rebuild: %w", err)
	}
	plan := w.reports[len(w.reports)-1]
	if now := w.Disk.Writes(); now != stored {
		return fmt.Errorf("the plan of a rebuild made %d writes of the store", now-stored)
	}
	req.DryRun = false
	if err := w.sync(req, false); err != nil {
		return fmt.Errorf("a rebuild: %w", err)
	}
	done := w.reports[len(w.reports)-1]
	for _, rep := range w.reports[begun:] {
		if rep.Sent != 0 {
			return fmt.Errorf("a rebuild made write calls: %v", w.lastWrites(rep.Sent))
		}
	}
	// A list that omits one is another list, and a pass that the store ended is repeated on what it has left.
	if diff := cmp.Diff(sums(plan), sums(done)); diff != "" && len(w.plan.Faults) == 0 && w.asked.struck == 0 {
		return fmt.Errorf("a rebuild did not do what its plan had told (-plan +rebuild):\n%s", diff)
	}
	return nil
}

// sums are what a report says about the entries of each direction.
func sums(rep PassReport) map[string]report.Entries {
	all := map[string]report.Entries{}
	for name, d := range rep.Directions {
		all[name] = d.Entries
	}
	return all
}
