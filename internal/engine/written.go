package engine

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// A look may end between the write of a field and the agreement on it: a process dies, a desk is busy. Who puts back meanwhile what
// stood there before makes it look as if nothing had happened on that desk, and the write would be repeated over them. So
// writes are remembered until the next agreement, and one that people have changed the field after counts as agreed.

// agreed gives, of each side, the fields as they were agreed, and as they were before our own entries may have moved them; nil
// where they were not. A snooze that has come to its end since was not ended by our entries.
func (s *scene) agreed() (bases, befores [2]*mapping.Fields) {
	var overruled []state.Intent
	for i, v := range s.sides {
		d := s.ledger.Desks[v.desk]
		bases[i], befores[i] = ownCopy(d.Base), ownCopy(d.Before)
		if v.side.Send && d.Unsent != nil {
			bases[i] = ownCopy(d.Unsent)
		}
		sent := slices.Clone(d.Written)
		for _, in := range s.ledger.Intents {
			if in.Kind == "field" && in.Desk == v.desk {
				sent = append(sent, in)
			}
		}
		overruled = append(overruled, slices.DeleteFunc(sent, func(in state.Intent) bool { return !s.overruled(i, in) })...)
	}
	slices.SortFunc(overruled, func(a, b state.Intent) int {
		return cmp.Or(a.SentAt.Compare(b.SentAt), strings.Compare(a.ID, b.ID))
	})
	for _, in := range overruled {
		i := s.index(in.Desk)
		f, value := in.Field()
		setField(bases[i], f, value)
		setField(befores[i], f, value)
		if in.Carries != nil {
			setField(bases[1-i], f, *in.Carries)
		}
	}
	for i, v := range s.sides {
		if b := befores[i]; b != nil && b.State == mapping.Snoozed && !b.Until.IsZero() && !b.Until.After(v.deskNow(s.now)) {
			b.State, b.Until = mapping.Open, time.Time{}
		}
	}
	return bases, befores
}

func ownCopy(f *mapping.Fields) *mapping.Fields {
	if f == nil {
		return nil
	}
	own := *f
	own.Tags = slices.Clone(f.Tags)
	return &own
}

// overruled reports whether side i shows that people changed a field after it was written there.
func (s *scene) overruled(i int, in state.Intent) bool {
	v, known := s.sides[i], s.ledger.Desks[in.Desk].Known
	f, value := in.Field()
	return slices.ContainsFunc(s.natives(i), func(e mapping.Entry) bool {
		return !slices.Contains(known, e.ID) && !v.real(e.At).Before(in.SentAt.Truncate(time.Second)) && byPeople(e, f) &&
			(f != mapping.Tags || hasTag(slices.Concat(e.Tagged, e.Untagged), value[1:]))
	})
}

// byPeople reports whether an entry tells that a person changed a field.
func byPeople(e mapping.Entry, f mapping.Field) bool {
	if e.Made == mapping.ByAPI && e.Kind == mapping.Event || e.Author.Role != mapping.Agent && e.Author.Role != mapping.Customer {
		return false
	}
	return about(e, f) || f == mapping.Status && ownWords(e)
}

// setField puts the value of a field, as an intent holds it, into fields; what they are nil for is not known.
func setField(to *mapping.Fields, f mapping.Field, value string) {
	if to == nil {
		return
	}
	switch f {
	case mapping.Status:
		state, until, _ := strings.Cut(value, "@")
		to.State = mapping.State(state)
		to.Until, _ = time.Parse(time.RFC3339, until) // none: the zero time
	case mapping.Assignee:
		to.Assignee = mapping.PersonID(value)
	case mapping.Team:
		to.Team, to.TeamHidden = value, false
	case mapping.Title:
		to.Title = value
	case mapping.Tags:
		tag := value[1:]
		to.Tags = slices.DeleteFunc(to.Tags, func(t string) bool { return mapping.TagKey(t) == mapping.TagKey(tag) })
		if value[0] == '+' {
			to.Tags = append(to.Tags, tag)
		}
	}
}

// carried is the value of side w that an operation gives to the other side, spelt like those of intents.
func (m merger) carried(w int, op sinks.Operation) string {
	f := fieldOf(op.Kind)
	if f == mapping.Tags {
		if name, ok := m.opts.Tags.carried(op.Tag, m.sides[1-w].desk, m.sides[w].desk); ok {
			op.Tag = name
		}
		return fieldValue(op)
	}
	claim := m.sides[w].conv.Fields
	if differs, ok := different[f]; ok {
		claim, _ = m.claim(w, f, differs)
	}
	return fieldValue(sinks.Operation{Kind: op.Kind, State: claim.State, Until: claim.Until, Assignee: claim.Assignee, Team: claim.Team, Title: claim.Title, Rating: op.Rating, Backlink: op.Backlink})
}

// different compares single fields.
var different = map[mapping.Field]func(a, b *mapping.Fields) bool{
	mapping.Status:   differentStates,
	mapping.Assignee: func(a, b *mapping.Fields) bool { return a.Assignee != b.Assignee },
	mapping.Team:     differentTeams,
	mapping.Title:    func(a, b *mapping.Fields) bool { return a.Title != b.Title },
}
