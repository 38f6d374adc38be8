package engine

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// asIfNamed is the scene as if the customer had said what names nobody and may be a deleted contact's. Copies are recognised
// so, and nothing else: what is not ours stays a note that names nobody.
func (s *scene) asIfNamed() *scene {
	named := *s
	for i, v := range s.sides {
		if v.conv == nil || !slices.ContainsFunc(v.conv.Entries, func(e mapping.Entry) bool { return e.Authorless }) {
			continue
		}
		c := *v.conv
		c.Entries = slices.Clone(c.Entries)
		for k, e := range c.Entries {
			if e.Authorless {
				e.Kind, e.Doubt, e.Author.Role = mapping.Message, false, mapping.Customer
				c.Entries[k] = e
			}
		}
		named.sides[i].conv = &c
	}
	return &named
}

func (a *adopter) provesEcho(t mapping.Entry) bool {
	if t.Kind != mapping.Message {
		return false
	}
	_, ok := mapping.ParseMarker(a.opts.Name, t.Marker)
	return ok
}

func (a *adopter) byMarker(t mapping.Entry) bool {
	m, ok := mapping.ParseMarker(a.opts.Name, t.Marker)
	if !ok {
		return false
	}
	a.echo = a.echo || a.provesEcho(t)
	if m.Source.IsZero() { // hashed: ask each entry for its marker
		for _, e := range a.entries {
			m.Source, m.Entry = a.sides[a.from].conv.Ref, e.ID
			if m.String() == t.Marker {
				break
			}
			m.Source = mapping.Ref{}
		}
	}
	if m.Source != a.sides[a.from].conv.Ref || strings.HasPrefix(string(m.Entry), "@") {
		if a.byToken(t) {
			return true
		}
		a.take(adoption{written: t.ID, intent: a.intentOf(t.Marker)})
		return true
	}
	if _, ok := a.byID[m.Entry]; !ok {
		a.take(adoption{written: t.ID, intent: a.intentOf(t.Marker)})
		return true
	}
	a.take(adoption{written: t.ID, entry: m.Entry, part: m.Part, of: m.Of, intent: a.intentOf(t.Marker), named: t.Made == mapping.ByAPI, at: t.At})
	return true
}

func (a *adopter) intentOf(id string) string {
	if _, ok := a.ledger.Intents[id]; ok && !a.spent[id] {
		return id
	}
	return ""
}

// byToken adopts a note that ends in a valid token. A note with a token is ours whatever it names: it is never mirrored.
func (a *adopter) byToken(t mapping.Entry) bool {
	if t.Kind != mapping.Note {
		return false
	}
	text := t.Body.Text()
	tok, ok := mapping.FindToken(text)
	if !ok && t.Made != mapping.ByHuman { // lines for files once stood below it
		tok, ok = mapping.FindToken(lastToken.ReplaceAllString(text, "$1"))
	}
	if !ok || tok.Pair != a.opts.Name {
		return false
	}
	f := adoption{written: t.ID, at: t.At}
	if tok.Source == a.sides[a.from].conv.Ref {
		f.named = t.Made == mapping.ByAPI
		switch {
		case tok.IsActs():
			f.acts, f.folds = true, a.toldBy(tok)
			f.intent = a.intentOf(a.marker(actEntry+string(tok.First), tok.Part, tok.Of))
		case tok.First == "":
			f.link = tok.Copy == a.sides[a.to].conv.ID
			f.intent = a.intentOf(a.marker(linkEntry, tok.Part, tok.Of))
		case tok.Fold:
			f.link = tok.Copy == a.sides[a.to].conv.ID
			f.folds = a.between(tok.First, tok.Last)
			f.intent = a.intentOf(a.marker(foldEntry+string(tok.First), tok.Part, tok.Of))
		default:
			f.intent = a.intentOf(a.marker(string(tok.First), tok.Part, tok.Of))
			if _, known := a.byID[tok.First]; known {
				f.entry, f.part, f.of, f.stub = tok.First, tok.Part, tok.Of, tok.Stub
			}
		}
	}
	a.take(f)
	return true
}

var lastToken = regexp.MustCompile(`(\[db1 [^\[\]]*\])(?:\s+\[[^\[\]]*\])+\s*$`)

func (a *adopter) marker(entry string, part, of int) string {
	return mapping.Marker{Pair: a.opts.Name, Source: a.sides[a.from].conv.Ref, Entry: mapping.EntryID(entry), Part: part, Of: of}.String()
}

// between gives the entries that a transcript holds, by the first and the last that its token names. The first may lie
// below what can be read of its desk by now: then the transcript reaches to the oldest part that can.
func (a *adopter) between(first, last mapping.EntryID) (ids []mapping.EntryID) {
	_, readable := a.byID[first]
	_, ends := a.byID[last]
	in := !readable && ends && a.sides[a.from].conv.Truncated > 0
	for _, e := range a.entries {
		in = in || e.ID == first
		if in && (e.HasText() || e.Removed) && (readable || !e.Opening) && !(isAct(e) && a.choice(a.from, e) == mapping.ChooseActivity) {
			ids = append(ids, e.ID)
		}
		if e.ID == last {
			break
		}
	}
	return ids
}

// byOpening recognises the first message of a conversation that we opened: no desk keeps a marker on it.
func (a *adopter) byOpening(t mapping.Entry) bool {
	origin := a.ledger.Meta.Origin == a.sides[a.from].conv.Ref
	if !t.Opening && !a.mayBegin(t) || !origin || t.Made == mapping.ByHuman || t.Author.Role != mapping.Customer {
		return false
	}
	for _, e := range a.entries {
		opened := a.ledger.Meta.Opened
		if opened != "" && e.ID != opened || e.Kind != mapping.Message || e.Author.Role != mapping.Customer || a.filled[e.ID][1] || a.isFolded(e) {
			continue
		}
		print := textPrint(true, true, t.Body)
		prints := a.asCut(printsOf(true, e.Body, e.Files, a.sides[a.to].features, true))
		fits := slices.IndexFunc(prints, func(p partPrint) bool { return p.n == 1 && p.print == print })
		if fits < 0 && (opened == "" || len(prints) == 0) {
			continue
		}
		a.opened = e.ID
		of := prints[max(fits, 0)].of
		a.take(adoption{written: t.ID, entry: e.ID, part: 1, of: of, intent: a.intentOf(a.marker(string(e.ID), 1, of))})
		return true
	}
	return false
}

// mayBegin reports whether a message is the first that can be read of a conversation with a gap, of which its desk does not tell what
// it began with.
func (a *adopter) mayBegin(t mapping.Entry) bool {
	c := a.sides[a.to].conv
	first := slices.IndexFunc(c.Entries, func(e mapping.Entry) bool { return e.Opening || e.Kind == mapping.Message })
	return gap(c) && first >= 0 && c.Entries[first].ID == t.ID
}

// byPromise recognises a message by an open intent, where there is no slot for a marker: by side, visibility, time and
// words, counted as a multiset because every match fills one part.
func (a *adopter) byPromise(t mapping.Entry) bool {
	return a.mayBeOurs(t) && a.byIntent(t, t.Author.Role == mapping.Customer, a.marked())
}

// byChosenTime recognises one without any memory: the desk let us choose the second.
func (a *adopter) byChosenTime(t mapping.Entry) bool {
	return a.mayBeOurs(t) && !a.marked() && a.byTime(t, true)
}

// byOrder recognises one whose time the desk did not let us choose, or did not keep, if it came over the desk's API. Where
// the desk never tells how anything came, equal words are enough: the store may have been lost or put back, and a second
// copy is worse than a word that was said on both desks and stands on each of them once.
func (a *adopter) byOrder(t mapping.Entry) bool {
	target, customer := a.sides[a.to], t.Author.Role == mapping.Customer
	if !a.mayBeOurs(t) || a.marked() {
		return false
	}
	if t.Made != mapping.ByAPI {
		chosen := target.choosesTime(customer)
		if t.Made != mapping.Unknown || a.tells() && !a.forgotten(t) || chosen && a.honours(t, false) && !a.answered(t) || !chosen && !customer {
			return false
		}
	}
	return a.byTime(t, false)
}

// honours reports whether what stands here as the twin of a customer's message, or of an agent's, bears the time that was
// chosen for it, and the opening of a copy, or the notes of the bridge, one that could have been. A desk may take a time
// and not keep it, and may refuse one that lies ahead of its own clock. Of a customer's reply in a
// copy from before this ledger it must be shown by another one, because that an opening's time is kept tells nothing about
// replies, and in an original too, where a note of the bridge bears another time than was chosen: after an older store was put
// back it would stand twice on both desks. Of an agent's it must always be: a store that was put back does not tell, and a
// reply would be delivered twice. Where it is to be proven, it must be shown of anything.
func (a *adopter) honours(like mapping.Entry, proven bool) bool {
	customer := like.Author.Role == mapping.Customer
	if a.sides[a.to].skew < 0 {
		return false
	}
	within := func(e mapping.Entry, at time.Time) bool {
		return at.Unix() >= e.At.Unix() && at.Unix() < e.At.Unix()+a.crowd(e)
	}
	copied := a.ledger.Meta.Origin == a.sides[a.from].conv.Ref // the conversation here is the copy
	shown := customer && !proven && (!copied || like.Opening || !a.sides[a.to].real(like.At).Before(a.ledger.Meta.Since))
	written := map[mapping.EntryID]mapping.Entry{}
	for _, t := range a.sides[a.to].conv.Entries {
		written[t.ID] = t
		tok, ours := mapping.FindToken(t.Body.Text())
		if t.Kind != mapping.Note || !ours || tok.Pair != a.opts.Name || tok.Source != a.sides[a.from].conv.Ref {
			continue
		}
		i, one := a.byID[tok.First]
		switch {
		case customer:
			shown = shown && (!one || tok.Fold || tok.Stub || tok.IsActs() || within(a.entries[i], t.At))
		case !slices.ContainsFunc(a.entries, func(e mapping.Entry) bool { return within(e, t.At) }):
			return false
		default:
			shown = true
		}
	}
	opening := a.sides[a.to].conv.Entries[0]
	if customer && opening.Opening && copied &&
		!slices.ContainsFunc(a.entries, func(e mapping.Entry) bool { return within(e, opening.At) }) {
		return false
	}
	for _, e := range a.entries {
		t, ok := written[a.twins[e.ID]]
		if !ok || (t.Author.Role == mapping.Customer) != customer {
			continue
		}
		if !within(e, t.At) {
			return false
		}
		shown = shown || !t.Opening
	}
	return shown
}

// forgotten reports whether a customer's message stands in a copy from before this ledger: then the memory was lost, and a
// desk that tells how its notes came may still show what is written as the customer as if a browser had sent it (U38).
func (a *adopter) forgotten(t mapping.Entry) bool {
	target := a.sides[a.to]
	return t.Author.Role == mapping.Customer && a.sides[a.from].conv.Ref == a.ledger.Meta.Origin && target.real(t.At).Before(a.ledger.Meta.Since)
}

// answered reports whether an agent's message is older than this ledger: then the memory was lost, and what was delivered
// may not be delivered again, whatever the desk seems to do with times.
func (a *adopter) answered(t mapping.Entry) bool {
	return t.Author.Role != mapping.Customer && a.sides[a.to].real(t.At).Before(a.ledger.Meta.Since)
}

// tells reports whether the desk says of anything in this conversation how it came.
func (a *adopter) tells() bool {
	return slices.ContainsFunc(a.sides[a.to].conv.Entries, func(e mapping.Entry) bool { return e.Made != mapping.Unknown })
}

// mayBeOurs reports whether the bridge may have written a message. That with which it opened the copy was there before, and
// so was the opening of the original. A reply may be shown as an assignment that bears its words (intercom-api.md 8.2).
func (a *adopter) mayBeOurs(t mapping.Entry) bool {
	if m := a.ledger.Meta; (t.Opening || t.ID == m.Opened) && a.sides[a.to].conv.Ref == m.Origin {
		return false
	}
	took := t.Took() && t.Author.Role == mapping.Agent
	return (t.Kind == mapping.Message || took) && t.Made != mapping.ByHuman && (t.HasText() || t.Removed)
}

// marked reports whether this desk is proven to keep markers: a message without one is then not ours.
func (a *adopter) marked() bool { return a.echo && a.sides[a.to].features.Marker == mapping.Full }

// byIntent matches what we know that we were about to write.
func (a *adopter) byIntent(t mapping.Entry, customer, doneOnly bool) bool {
	target := a.sides[a.to]
	print := textPrint(customer, true, t.Body)
	for _, e := range a.entries {
		for _, id := range slices.Sorted(maps.Keys(a.ledger.Intents)) {
			in := a.ledger.Intents[id]
			if a.spent[id] || in.Desk != target.desk || len(in.Entries) != 1 || in.Entries[0] != e.ID || in.Kind != "message" || doneOnly && !in.Done {
				continue
			}
			chosen := !in.Chosen.IsZero() && t.At.Unix() == in.Chosen.Unix()
			said := in.Print == print || slices.ContainsFunc(a.variants(e, customer), func(p partPrint) bool { return p.n == in.Part && p.of == in.Of && p.print == print })
			if said && (chosen || target.near(t.At, in) && a.follows(a.to, in, t)) || t.Removed && chosen {
				a.take(adoption{written: t.ID, entry: e.ID, part: in.Part, of: in.Of, intent: id})
				return true
			}
		}
	}
	return false
}

// byTime matches the words of entries that have no twin yet, at the exact second or at any later time.
func (a *adopter) byTime(t mapping.Entry, exact bool) bool {
	target, customer := a.sides[a.to], t.Author.Role == mapping.Customer
	if exact && !target.choosesTime(customer) {
		return false
	}
	print := textPrint(customer, true, t.Body)
	for _, e := range a.likelyFirst() {
		if a.isFolded(e) || !e.HasText() || (e.Author.Role == mapping.Customer) != customer {
			continue
		}
		if exact && (t.At.Unix() < e.At.Unix() || t.At.Unix() > e.At.Unix()+a.crowd(e)) || !exact && target.real(t.At).Before(a.sides[a.from].real(e.At).Add(-target.side.Settle)) {
			continue
		}
		if t.Removed && exact && t.At.Unix() == a.chosen[e.ID].Unix() && !a.filled[e.ID][1] {
			a.take(adoption{written: t.ID, entry: e.ID, part: 1, of: 1})
			return true
		}
		if a.byWords(t, e, print) {
			return true
		}
	}
	return false
}

// likelyFirst are the entries in their order, but those after the others that are no messages by now, or are left out: a word
// that was never carried may not take the copy of an equal one that was.
func (a *adopter) likelyFirst() []mapping.Entry {
	if a.likely == nil {
		var last []mapping.Entry
		for _, e := range a.entries {
			if e.Kind != mapping.Message || a.dropped(a.from, e) {
				last = append(last, e)
			} else {
				a.likely = append(a.likely, e)
			}
		}
		a.likely = append(a.likely, last...)
	}
	return a.likely
}

// byWords matches the words of one entry that has no twin yet; print is that of t.
func (a *adopter) byWords(t, e mapping.Entry, print mapping.Print) bool {
	for _, part := range a.variants(e, t.Author.Role == mapping.Customer) {
		if !a.filled[e.ID][part.n] && part.print == print {
			a.take(adoption{written: t.ID, entry: e.ID, part: part.n, of: part.of})
			return true
		}
	}
	return false
}

// isFolded reports whether an entry is part of a transcript, or was dropped: no message stands for it.
func (a *adopter) isFolded(e mapping.Entry) bool {
	r, ok := a.record(a.from, e.ID)
	return a.folded[e.ID] || ok && r.Outcome != state.Mirrored
}

// crowd is by how many seconds at most e's time was moved, plus one: as if everything before it had been carried.
func (a *adopter) crowd(e mapping.Entry) int64 { return a.latest[e.ID].Unix() - e.At.Unix() + 1 }

type variantKey struct {
	entry             mapping.EntryID
	customer, opening bool
}

// variants are the fingerprints under which an entry's parts may have been written: with and without a line that names its
// author.
func (a *adopter) variants(e mapping.Entry, customer bool) (out []partPrint) {
	opening := e.ID == a.opened
	key := variantKey{e.ID, customer, opening}
	if known, ok := a.prints[key]; ok {
		return known
	}
	bodies := []mapping.Body{e.Body}
	if !customer {
		for _, led := range a.linesOver(e) {
			bodies = append(bodies, line("%s", led).Append(e.Body))
		}
	}
	var ways [][]partPrint
	for _, b := range bodies {
		ways = append(ways, a.asCut(printsOf(customer, b, e.Files, a.sides[a.to].features, opening)))
	}
	// A part of one way may have the words of another part of another way: that of which more stands comes first.
	slices.SortStableFunc(ways, func(x, y []partPrint) int { return a.partsThere(y) - a.partsThere(x) })
	out = slices.Concat(ways...)
	a.prints[key] = out
	return out
}
