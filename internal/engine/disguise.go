package engine

import (
	"slices"

	"github.com/deskbridge/deskbridge/mapping"
)

// byDisguise recognises a customer's message of ours in a pair that the ledger knows, where the desk keeps no marker, lets
// nobody choose the time or is not known to keep it, and shows what the bridge wrote as the customer as if a browser had sent
// it (U38): a store that was put back lacks what was written since, and nothing but words and place tells it from a customer's
// own. What the customer said in the same words on both desks, while no bridge was at work, looks alike: then it stands on each
// of them once, as it was said there, and is not carried. It is not taken for ours where a word of the team stands between,
// which it may answer, unless something else of ours was found that the store had forgotten.
func (a *adopter) byDisguise(t mapping.Entry) bool {
	to := a.sides[a.to]
	if t.Author.Role != mapping.Customer || t.Made != mapping.Unknown || !t.HasText() || !a.mayBeOurs(t) || a.marked() || to.choosesTime(true) && a.honours(t, true) ||
		!a.disguises() || slices.Contains(a.ledger.Desks[to.desk].Known, t.ID) {
		return false
	}
	i := slices.IndexFunc(a.entries, a.toFollow)
	if i < 0 {
		return false
	}
	e := a.entries[i]
	if to.real(t.At).Before(a.sides[a.from].real(e.At).Add(-to.side.Settle)) || !a.inPlace(i, t) || a.answers(e, t) && !a.forgot() {
		return false
	}
	return a.byWords(t, e, textPrint(true, true, t.Body))
}

// disguises reports whether the desk shows what the bridge is known to have written here as the customer, and nothing of it
// as what came over its API.
func (a *adopter) disguises() bool {
	shown := map[mapping.EntryID]mapping.Provenance{}
	for _, t := range a.sides[a.to].conv.Entries {
		shown[t.ID] = t.Made
	}
	disguised := false
	for _, e := range a.entries {
		made, ok := shown[a.twins[e.ID]]
		if !ok || e.Author.Role != mapping.Customer || e.Kind != mapping.Message {
			continue
		}
		if made != mapping.Unknown {
			return false
		}
		disguised = true
	}
	return disguised
}

// toFollow tells of the customer's words whose copy is the next to be written: copies are written in order, so the first of
// those that lack one.
func (a *adopter) toFollow(e mapping.Entry) bool {
	return e.Kind == mapping.Message && e.Author.Role == mapping.Customer && e.HasText() && !e.Doubt && a.included(a.from, e) && a.current(a.from, e) &&
		!a.isFolded(e) && slices.ContainsFunc(a.variants(e, true), func(p partPrint) bool { return !a.filled[e.ID][p.n] })
}

// inPlace reports whether t stands behind every twin of what came before the entry at i, and before every twin of what came
// after it.
func (a *adopter) inPlace(i int, t mapping.Entry) bool {
	place := map[mapping.EntryID]int{}
	for p, o := range a.sides[a.to].conv.Entries {
		place[o.ID] = p
	}
	for k, o := range a.entries {
		if p, ok := place[a.twins[o.ID]]; ok && k != i && (k < i) != (p < place[t.ID]) {
			return false
		}
	}
	return true
}

// answers reports whether the team said something here after e and before t.
func (a *adopter) answers(e, t mapping.Entry) bool {
	to := a.sides[a.to]
	ours := a.ledger.OursOn(to.desk)
	for _, f := range a.found {
		ours[f.written] = true
	}
	for _, o := range to.conv.Entries {
		if o.ID == t.ID {
			break
		}
		if o.Kind == mapping.Message && o.Author.Role != mapping.Customer && o.HasText() && !ours[o.ID] && to.real(o.At).After(a.sides[a.from].real(e.At)) {
			return true
		}
	}
	return false
}

// forgot reports whether something of ours was found in this look that the ledger should know.
func (a *adopter) forgot() bool {
	return a.older || slices.ContainsFunc(a.found, func(f adoption) bool { return a.proves(a.to, f) })
}

// proves reports whether an adoption shows that the ledger is older than the desks: the desk says that the entry came over
// its API, and it was not under way.
func (s *scene) proves(to int, f adoption) bool {
	return f.intent == "" && slices.ContainsFunc(s.sides[to].conv.Entries, func(t mapping.Entry) bool { return t.ID == f.written && t.Made == mapping.ByAPI })
}
