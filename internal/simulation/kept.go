package simulation

import (
	"errors"
	"fmt"
	"strings"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// halves are both conversations of every pair that the bridge remembers, where both desks show theirs: the original, then
// its copy.
func (w *World) halves() ([][2]stage.Thread, error) {
	threads := map[mapping.Ref]stage.Thread{}
	for _, desk := range []mapping.Desk{dashlyDesk, intercomDesk} {
		for _, t := range w.front(desk).Dump() {
			threads[mapping.Ref{Desk: desk, ID: mapping.ConversationID(t.ID)}] = t
		}
	}
	ledgers, err := w.Ledgers()
	var all [][2]stage.Thread
	for _, l := range ledgers {
		original, shown := threads[l.Meta.Origin]
		twin, copied := threads[l.Meta.Twin]
		if shown && copied {
			all = append(all, [2]stage.Thread{original, twin})
		}
	}
	return all, err
}

// nothingLost holds the memory of the bridge against the desks: what it calls mirrored stands in the other half, each
// entry for one original only, and with the words of its original, unless people have changed or erased either since.
func (w *World) nothingLost() error {
	halves, err := w.halves()
	errs := []error{err}
	byID := map[string]stage.Thread{}
	for _, pair := range halves {
		for _, t := range pair {
			byID[t.ID] = t
		}
	}
	ledgers, err := w.Ledgers()
	errs = append(errs, err)
	for _, l := range ledgers {
		for _, way := range [][2]mapping.Ref{{l.Meta.Origin, l.Meta.Twin}, {l.Meta.Twin, l.Meta.Origin}} {
			from, ok := byID[string(way[0].ID)]
			to, both := byID[string(way[1].ID)]
			if !ok || !both {
				continue
			}
			if err := w.stands(l, way[0].Desk, from, to); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w\n%s", l.Pair, err, w.picture(dashlyDesk)+"\n"+w.picture(intercomDesk)))
			}
		}
	}
	return errors.Join(errs...)
}

// stands compares the entries of one half that the ledger calls mirrored with their twins.
func (w *World) stands(l *state.Ledger, desk mapping.Desk, from, to stage.Thread) error {
	written := map[mapping.EntryID]stage.Entry{}
	for _, e := range to.Entries {
		written[placed(e.ID)] = e
	}
	records := map[mapping.EntryID]state.EntryRecord{}
	for k, r := range l.Entries {
		if k.Desk == desk {
			records[placed(string(k.ID))] = r
		}
	}
	taken := map[mapping.EntryID]bool{}
	var errs []error
	for _, e := range from.Entries {
		r, ok := records[placed(e.ID)]
		if !ok || r.Outcome != state.Mirrored {
			continue
		}
		said := strings.TrimSpace(e.Text)
		for _, id := range r.Twins {
			if id == "" || id == "?" || strings.HasPrefix(string(id), "event:") {
				continue // not written yet, which nothingOpen judges; or an event, of which no conversation shows anything
			}
			t, ok := written[placed(string(id))]
			switch {
			case !ok:
				errs = append(errs, fmt.Errorf("%q is called mirrored by %s, which the other desk does not show", said, id))
			case taken[id]:
				errs = append(errs, fmt.Errorf("%s is the copy of %q and of another entry", id, said))
			case r.Refused || len(r.Twins) > 1 || w.rewritten[e.ID] || w.rewritten[t.ID]:
			case !strings.Contains(mapping.Letters(t.Text), mapping.Letters(said)):
				errs = append(errs, fmt.Errorf("%q is called mirrored by %q", said, t.Text))
			}
			taken[id] = true
		}
	}
	return errors.Join(errs...)
}

// placed is the id of an entry; an opening, of which a conversation has one, may have another id where it is read.
func placed(id string) mapping.EntryID {
	if strings.HasPrefix(id, "source:") {
		return "source:"
	}
	return mapping.EntryID(id)
}
