package engine

import (
	"cmp"
	"slices"
	"strings"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// A desk shows an entry of its own for each state or assignment that is written. Where no answer told which one it is,
// because the answer was lost, the process died, or the desk's answers do not tell, the promise finds it: else the bridge's
// own assignment would be somebody's word, and what the desk did to the other fields by it as well.

// fieldWritten records a field that the desk confirmed. Without the entry that the desk made of it the promise stays until
// reading has shown it.
func (l *look) fieldWritten(desk mapping.Desk, in state.Intent, made []mapping.EntryID) {
	if f, _ := in.Field(); len(made) == 0 && movable(f) {
		in.Done = true
		l.ledger.SetIntent(in)
		return
	}
	l.ledger.Confirm(in)
	for _, id := range made {
		l.ledger.SetOurs(state.EntryKey{Desk: desk, ID: id}, "field")
	}
}

// adoptFields records the desks' entries about fields that were promised, and with each the end of its promise.
func (s *scene) adoptFields() {
	var sent []state.Intent
	for _, in := range s.ledger.Intents {
		if in.Kind == "field" {
			sent = append(sent, in)
		}
	}
	slices.SortFunc(sent, func(a, b state.Intent) int {
		return cmp.Or(a.SentAt.Compare(b.SentAt), strings.Compare(a.ID, b.ID))
	})
	for _, in := range sent {
		if id := s.madeBy(in); id != "" {
			s.ledger.SetOurs(state.EntryKey{Desk: in.Desk, ID: id}, "field")
			s.ledger.Confirm(in)
		}
	}
}

// madeBy finds the first entry that a promised field made.
func (s *scene) madeBy(in state.Intent) mapping.EntryID {
	if found := s.candidates(in); len(found) > 0 {
		return found[0]
	}
	return ""
}

// candidates are the entries that a promised field may have made, the likeliest first: nobody knew them and they were not shown
// before it was written, they are by the author of the promise, or else by nobody, not provably a human's, they tell of the
// field at a time at which the write may have taken effect, and name no other value.
func (s *scene) candidates(in state.Intent) (found []mapping.EntryID) {
	i := s.index(in.Desk)
	v, known := s.sides[i], s.ledger.Desks[in.Desk].Known
	f, value := in.Field()
	if in.Author == "" || !movable(f) {
		return nil
	}
	for _, author := range []mapping.PersonID{in.Author, ""} {
		for _, e := range s.natives(i) {
			if e.Kind == mapping.Event && about(e, f) && e.Author.ID == author && e.Made != mapping.ByHuman && v.near(e.At, in) &&
				(e.Target == "" || e.Target == cmp.Or(value, mapping.Nobody)) && !slices.Contains(known, e.ID) && !slices.Contains(in.Shown, e.ID) {
				found = append(found, e.ID)
			}
		}
	}
	return found
}
