package engine

import (
	"slices"

	"github.com/deskbridge/deskbridge/mapping"
)

// What was copied may be edited or erased at home afterwards. A bridge whose store was lost since, or put back, does not know
// such a copy by its words: its second is left, where the desk keeps the one that was chosen, and its place. What is not
// known is taken for somebody's own words, and told on the desk where it was taken back.

// byPlace recognises one whose original was edited or erased since: nothing but its second is left. That is enough only for
// what is older than this ledger, or is shown to have changed, and provably came over the API, or opened a conversation that
// holds our back-link. Where the desk does not say how it came, the original must be shown to have changed, the place must
// fit, too, and the original must be older than this ledger or the second the very one that the bridge would have chosen, on a
// desk that is seen to keep what it chooses.
func (a *adopter) byPlace(t mapping.Entry) bool {
	target, customer := a.sides[a.to], t.Author.Role == mapping.Customer
	linked := a.ledger.Meta.Linked || slices.ContainsFunc(a.found, func(f adoption) bool { return f.link })
	if !a.mayBeOurs(t) || a.marked() || target.features.ChosenTime != mapping.Full {
		return false
	}
	proven, opens := t.Made == mapping.ByAPI, t.Opening && linked && customer
	for i, e := range a.entries {
		if e.Kind == mapping.Event || a.isFolded(e) || !(e.HasText() || e.Removed) || (e.Author.Role == mapping.Customer) != customer || len(a.filled[e.ID]) > 0 ||
			t.At.Unix() < e.At.Unix() || t.At.Unix() >= e.At.Unix()+a.crowd(e) {
			continue
		}
		old, differs := a.before(e), changed(e, a.sides[a.from], target, t)
		if proven && (old || differs) || opens && old || differs && a.inPlace(i, t) && (old || t.At.Unix() == a.chosen[e.ID].Unix() && a.honours(t, false)) {
			a.take(adoption{written: t.ID, entry: e.ID, part: 1, of: 1})
			return true
		}
	}
	return false
}

// byLink recognises the first message of the copy by the back-link behind it, where neither words nor second are left: it
// stands for the customer's first message that was erased or edited.
func (a *adopter) byLink(t mapping.Entry) bool {
	from, to, opened := a.sides[a.from], a.sides[a.to], a.ledger.Meta.Opened
	if a.ledger.Meta.Origin != from.conv.Ref || !a.opensCopy(t, *to.conv, from.conv.Ref) {
		return false
	}
	for i, e := range a.entries {
		if opened != "" && e.ID != opened || !ownWords(e) || !changed(e, from, to, t) || a.isFolded(e) || len(a.filled[e.ID]) > 0 ||
			!a.before(e) || to.real(t.At).Before(from.real(e.At).Add(-to.side.Settle)) || !a.inPlace(i, t) {
			continue
		}
		a.opened = e.ID
		a.take(adoption{written: t.ID, entry: e.ID, part: 1, of: 1})
		return true
	}
	return false
}

// byNeighbours recognises the copy of an entry that was erased or edited, of which neither words nor second are left, by its
// place: it stands after every twin of what came before its original, and before every twin of what came after.
func (a *adopter) byNeighbours(t mapping.Entry) bool {
	from, to, customer := a.sides[a.from], a.sides[a.to], t.Author.Role == mapping.Customer
	if !a.mayBeOurs(t) || a.marked() || t.Made != mapping.ByAPI {
		return false
	}
	for i, e := range a.entries {
		if !changed(e, from, to, t) || a.isFolded(e) || (e.Author.Role == mapping.Customer) != customer || len(a.filled[e.ID]) > 0 ||
			!a.before(e) || to.real(t.At).Before(from.real(e.At).Add(-to.side.Settle)) {
			continue
		}
		if a.inPlace(i, t) {
			a.take(adoption{written: t.ID, entry: e.ID, part: 1, of: 1})
			return true
		}
	}
	return false
}

// before reports whether an entry is older than this ledger.
func (a *adopter) before(e mapping.Entry) bool {
	return a.sides[a.from].real(e.At).Before(a.ledger.Meta.Since)
}

func erased(e mapping.Entry) bool { return e.Removed && !e.HasText() }

// changed reports whether a message was erased, or edited after t was written: then t may be its copy, whatever it says.
func changed(e mapping.Entry, from, to sideView, t mapping.Entry) bool {
	return erased(e) || e.Kind == mapping.Message && !e.Edited.IsZero() && !from.real(e.Edited).Before(to.real(t.At))
}

// opensCopy reports whether t is the message with which the bridge opened a conversation as the copy of another one: the
// back-link follows it, and nobody said anything between.
func (s *scene) opensCopy(t mapping.Entry, c mapping.Conversation, of mapping.Ref) bool {
	if !t.Opening || t.Made == mapping.ByHuman || t.Author.Role != mapping.Customer {
		return false
	}
	for _, e := range c.Entries {
		if e.ID == t.ID || !e.HasText() || e.Author.Role == mapping.Bot {
			continue
		}
		original, ok := s.opts.backLink(e, c)
		return ok && original == of
	}
	return false
}
