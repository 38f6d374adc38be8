package engine

import (
	"context"
	"slices"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// maxMoves is how often in one look a customer may turn out to be somebody else by now.
const maxMoves = 3

// seekBegun looks for the copy of the origin among the conversations of the other desk that began in a second that the
// bridge would have chosen, whoever they are by: the customer may have been merged since. Only a back-link counts. It is
// asked when the customer's conversations show no copy, and one may have been made and forgotten: of what has just been
// said there is none. A desk that cannot search by time is walked through only when it shows that a contact of the
// bridge's own was merged away.
func (l *look) seekBegun(ctx context.Context) (twin mapping.Ref, err error) {
	from := l.origin()
	src, dst := l.sides[from], l.sides[1-from]
	var at []time.Time
	times := mapping.ChosenTimes(src.conv.Entries)
	for _, e := range src.conv.Entries {
		if ownWords(e) {
			at = append(at, times[e.ID])
		}
	}
	if len(at) == 0 {
		return twin, nil
	}
	old := l.forgets() || l.now.Sub(src.real(at[0])) > dst.side.Settle
	switch {
	case dst.features.FindByTime == mapping.Full && dst.choosesTime(true) && old:
	case dst.features.FindByTime == mapping.Partial && l.lost:
		at = []time.Time{src.real(at[0]).Add(dst.skew - dst.side.Settle)}
	default:
		return twin, nil
	}
	found, err := dst.side.Sink.BegunAt(l.calls, at)
	if err != nil {
		return twin, err
	}
	for _, ref := range found {
		other, err := l.ledgerOf(ctx, ref)
		if err != nil {
			return twin, err
		}
		if other != nil && !other.Meta.Twin.IsZero() {
			continue // it belongs to another pair with two sides
		}
		c, err := dst.side.Source.Read(l.calls, ref.ID)
		if api.IsNotFound(err) {
			if err := l.unfound(ctx, 1-from); err != nil {
				return twin, err
			}
			continue
		}
		if err != nil {
			return twin, err
		}
		if l.namedIn(c) == src.conv.Ref {
			return ref, nil
		}
	}
	return twin, nil
}

// openings are the conversations among which one may be that an intent was to open: the customer's, whoever they were then,
// and, where the desk finds conversations by their time, that of the contact in whose name it was to be, whoever that
// has become.
func (l *look) openings(to int, in state.Intent) ([]mapping.Ref, error) {
	dst, src := l.sides[to], l.sides[1-to]
	if src.conv == nil { // it is gone, and its customer's other conversations say nothing
		return dst.side.Sink.Conversations(l.calls, in.Contact.ID)
	}
	c := src.conv.Customer
	if in.Customer != "" && in.Customer != c.ID && !slices.Contains(c.Former, in.Customer) {
		c.Former = append(slices.Clone(c.Former), in.Customer)
	}
	found, err := dst.side.Sink.Find(l.calls, src.desk, c)
	if err == nil && in.Contact.ID != "" && found.Contact.ID != in.Contact.ID {
		var more []mapping.Ref
		more, err = dst.side.Sink.Conversations(l.calls, in.Contact.ID)
		found.Conversations = append(found.Conversations, more...)
	}
	if err != nil || found.Contact.ID == in.Contact.ID || in.Chosen.IsZero() || dst.features.FindByTime != mapping.Full {
		return found.Conversations, err
	}
	begun, err := dst.side.Sink.BegunAt(l.calls, []time.Time{in.Chosen})
	if err != nil {
		return nil, err
	}
	for _, ref := range begun {
		if slices.Contains(found.Conversations, ref) {
			continue
		}
		t, err := dst.side.Source.Read(l.calls, ref.ID)
		if err != nil && !api.IsNotFound(err) {
			return nil, err
		}
		if err == nil && (t.Customer.ID == in.Contact.ID || slices.Contains(t.Customer.Former, in.Contact.ID)) {
			found.Conversations = append(found.Conversations, ref)
		}
	}
	return found.Conversations, nil
}

// moved deals with a write that was refused because the customer is somebody else by now: reading tells who.
func (l *look) moved(err error) bool {
	e, ok := asError(err)
	if !ok || !e.AuthorMoved || l.moves >= maxMoves {
		return false
	}
	l.moves++
	l.log.Info().Str("pair", string(l.ledger.Pair)).Msg("the customer is somebody else by now: looking again")
	return true
}

// forbidden deals with a customer's words that the desk forbids to write, because of the customer or because the token lost
// a right: what is forbidden once waits, as all does that is denied, and the second time a note is tried. Where that is
// forbidden too, it is the token, and the words stay the customer's; nothing but a note that stands decides. It tells
// whether to look again.
func (l *look) forbidden(from int, d draft, op sinks.Operation, err error) bool {
	e, ok := asError(err)
	if !ok || !e.AuthorGone || e.Class != api.Denied || op.Kind != sinks.PostMessage || len(d.entries) != 1 || d.part > 1 {
		return false
	}
	k := state.EntryKey{Desk: l.sides[from].desk, ID: d.entries[0]}
	rec := l.ledger.Entries[k]
	if rec.Begun() {
		return false
	}
	if rec.Forbidden {
		l.unheard[k] = true
		l.log.Warn().Err(err).Str("pair", string(l.ledger.Pair)).Msg("the desk forbids to write as the customer: trying a note")
		return true
	}
	rec.Outcome, rec.Forbidden, rec.Twins = state.Mirrored, true, []mapping.EntryID{""}
	l.ledger.SetEntry(k, rec) // it is stored with what is left open
	return false
}

// unsigned makes an entry that the desk refused from an agent one that the fallback agent writes, once: the agent may have
// left, which Dashly tells nowhere (U47).
func (l *look) unsigned(from, to int, d draft, op sinks.Operation) bool {
	if op.Kind != sinks.PostMessage && op.Kind != sinks.PostNote || len(d.entries) != 1 || d.fold || d.acts ||
		op.Author.Role != mapping.Agent || op.Author.ID == l.sides[to].side.Fallback {
		return false
	}
	k := state.EntryKey{Desk: l.sides[from].desk, ID: d.entries[0]}
	rec := l.ledger.Entries[k]
	begun := rec.Begun()
	withFiles := slices.ContainsFunc(l.natives(from), func(e mapping.Entry) bool { return e.ID == d.entries[0] && len(e.Files) > 0 })
	if rec.Unsigned || rec.Refused || begun && withFiles { // a part with files does not tell where the words go on
		return false
	}
	rec.Outcome, rec.Unsigned = state.Mirrored, true
	if len(rec.Twins) == 0 {
		rec.Twins = []mapping.EntryID{""}
	}
	l.ledger.SetEntry(k, rec)
	return true
}

// voiceless makes an entry in whose author's name nobody can write any more one that is carried as a note.
func (l *look) voiceless(ctx context.Context, from int, d draft, op sinks.Operation, err error) (bool, error) {
	e, ok := asError(err)
	if !ok || !e.AuthorGone || op.Kind != sinks.PostMessage || len(d.entries) != 1 || d.part > 1 {
		return false, nil
	}
	k := state.EntryKey{Desk: l.sides[from].desk, ID: d.entries[0]}
	rec := l.ledger.Entries[k]
	if rec.Voiceless || rec.Begun() {
		return false, nil
	}
	rec.Outcome, rec.Voiceless, rec.Twins = state.Mirrored, true, []mapping.EntryID{""}
	l.ledger.SetEntry(k, rec)
	l.log.Warn().Err(err).Str("pair", string(l.ledger.Pair)).Msg("the desk lets nobody write as the customer: their words become a note")
	return true, l.commit(ctx)
}
