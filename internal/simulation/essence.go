package simulation

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// Essence is what must be identical however often the bridge died and whatever went wrong on the way. Ids, the times of
// the desks and system entries are no part of it.
type Essence struct {
	// Threads are the conversations of both desks, sorted: customer and fields, then the ordered entries by side,
	// visibility, letters and digits, and hashes of files.
	Threads []string
	// Delivered is what customers were sent, sorted: desk, by whom, letters and digits.
	Delivered []string
	// Ledger is what the bridge remembers of each pair, sorted, without ids.
	Ledger []string
	// Buckets are the sums of the report of a dry run over everything. Empty for unfinished runs.
	Buckets []string
}

// Diff tells how another essence differs, readably; empty when they are identical.
func (e Essence) Diff(other Essence) string { return cmp.Diff(e, other) }

func (w *World) essence() (Essence, error) {
	var e Essence
	for _, desk := range []mapping.Desk{dashlyDesk, intercomDesk} {
		for _, t := range w.front(desk).Dump() {
			e.Threads = append(e.Threads, essenceOf(desk, t))
		}
	}
	for _, n := range w.Log.Notifications() {
		e.Delivered = append(e.Delivered, fmt.Sprintf("%s %s by %s: %s", n.Desk, n.Kind, n.By, mapping.Letters(tame(n.Text))))
	}
	ledgers, err := w.Ledgers()
	for _, l := range ledgers {
		if l.Meta.Twin.IsZero() && len(l.Entries) == 0 {
			continue // somebody has looked at a conversation of which nothing is carried
		}
		e.Ledger = append(e.Ledger, essenceOfLedger(l))
	}
	e.Buckets = w.buckets
	slices.Sort(e.Threads)
	slices.Sort(e.Delivered)
	slices.Sort(e.Ledger)
	return e, err
}

func essenceOf(desk mapping.Desk, t stage.Thread) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s %q %v %q %q\n", desk, tame(t.Customer), t.State, t.Agent, t.Tags, t.Title, t.Team)
	for _, name := range slices.Sorted(maps.Keys(t.Attributes)) {
		fmt.Fprintf(&b, "  %s=%q\n", name, tame(t.Attributes[name]))
	}
	for _, e := range t.Entries {
		letters := mapping.Letters(plainly(e))
		if e.Side == stage.SideSystem || letters == "" && len(e.Files) == 0 {
			continue
		}
		fmt.Fprintf(&b, "  %s visible=%v %s", e.Side, e.Visible, letters)
		for _, f := range e.Files {
			b.WriteString(" " + f.SHA256)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func essenceOfLedger(l *state.Ledger) string {
	sums := map[string]int{}
	for k, r := range l.Entries {
		what := fmt.Sprintf("%s %s as %d", k.Desk, r.Outcome, len(r.Twins))
		if r.Refused {
			what += ", refused"
		}
		if !r.Complete() {
			what += ", incomplete"
		}
		sums[what]++
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, twin %v, linked %v", l.Meta.Origin.Desk, !l.Meta.Twin.IsZero(), l.Meta.Linked)
	for _, what := range slices.Sorted(maps.Keys(sums)) {
		fmt.Fprintf(&b, "; %s: %d", what, sums[what])
	}
	for _, desk := range slices.Sorted(maps.Keys(l.Desks)) {
		if l.Desks[desk].Gone {
			fmt.Fprintf(&b, "; %s gone", desk)
		}
	}
	return b.String()
}

// bucketsOf are the sums of a report. Covered entries are left out: a system entry that the bridge caused counts as the
// desk's own when the answer that named it was lost.
func bucketsOf(rep report.Report) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(rep.Directions)) {
		d := rep.Directions[name]
		out = append(out, fmt.Sprintf("%s: mirrored %d, folded %d, skipped %d by %v, parked %d by %v, pending %d", name,
			d.Entries.Mirrored, d.Entries.Folded, d.Entries.Skipped, d.SkippedBy, d.Entries.Parked, d.ParkedBy, d.Entries.Pending))
	}
	return out
}
