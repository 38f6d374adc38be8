package engine

import (
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// adoption is one recognised entry: t, on the written side, is our own earlier work.
type adoption struct {
	written mapping.EntryID
	// entry, part and of tell which entry of the source it is the twin of; entry is empty for a note about the pair.
	entry    mapping.EntryID
	part, of int
	folds    []mapping.EntryID // entries of the source that a transcript holds
	link     bool
	intent   string // the intent that this resolves, if any
}

// Names of work on a pair that is no entry's twin, in the place of an entry's id within a marker.
const (
	linkEntry  = "@link"
	foldEntry  = "@fold"
	fieldEntry = "@field"
)

// adopt recognises our own earlier work on side `to` among the entries that the ledger does not know yet: by marker,
// by token, by fingerprint, in this order. It serves a crash, a lost answer and a lost memory alike.
func (s *scene) adopt(from, to int) []adoption {
	source, target := s.sides[from], s.sides[to]
	if source.conv == nil || target.conv == nil {
		return nil
	}
	a := adopter{scene: s, from: from, to: to, byID: map[mapping.EntryID]int{}, filled: map[mapping.EntryID]map[int]bool{}, folded: map[mapping.EntryID]bool{}, spent: map[string]bool{}}
	a.entries = s.natives(from)
	if s.ledger.Meta.Origin == source.conv.Ref {
		a.opened = s.ledger.Meta.Opened
	}
	for i, e := range a.entries {
		a.byID[e.ID] = i
		if r, ok := s.record(from, e.ID); ok {
			for p, twin := range r.Twins {
				if twin != "" && twin != "?" {
					a.fill(e.ID, p+1)
				}
			}
		}
	}
	a.chosen = s.chosenTimes(from)
	ours := s.ledger.OursOn(target.desk)
	known := map[mapping.EntryID]bool{}
	for k := range s.ledger.Entries {
		if k.Desk == target.desk {
			known[k.ID] = true
		}
	}
	var left []mapping.Entry
	for _, t := range target.conv.Entries {
		if ours[t.ID] || known[t.ID] {
			a.echo = a.echo || a.provesEcho(t)
			continue
		}
		if !a.byMarker(t) && !a.byToken(t) {
			left = append(left, t)
		}
	}
	for _, match := range []func(mapping.Entry) bool{a.byOpening, a.byPromise, a.byChosenTime, a.byOrder, a.byPlace} {
		left = slices.DeleteFunc(left, match) // the surest first: every match takes an entry away from the vaguer ones
	}
	return a.found
}

type adopter struct {
	*scene
	from, to int
	entries  []mapping.Entry
	byID     map[mapping.EntryID]int
	filled   map[mapping.EntryID]map[int]bool // parts that have a twin
	chosen   map[mapping.EntryID]time.Time
	folded   map[mapping.EntryID]bool
	spent    map[string]bool // intents that are resolved
	opened   mapping.EntryID // the entry that the conversation was opened with: its files follow it
	echo     bool            // this desk is proven to keep markers on messages
	found    []adoption
}

func (a *adopter) fill(e mapping.EntryID, part int) {
	if a.filled[e] == nil {
		a.filled[e] = map[int]bool{}
	}
	a.filled[e][part] = true
}

func (a *adopter) take(f adoption) {
	if f.entry != "" {
		a.fill(f.entry, f.part)
	}
	for _, id := range f.folds {
		a.folded[id] = true
	}
	if f.intent != "" {
		a.spent[f.intent] = true
	}
	a.found = append(a.found, f)
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
	a.take(adoption{written: t.ID, entry: m.Entry, part: m.Part, of: m.Of, intent: a.intentOf(t.Marker)})
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
	tok, ok := mapping.FindToken(t.Body.Text())
	if !ok || tok.Pair != a.opts.Name {
		return false
	}
	f := adoption{written: t.ID}
	if tok.Source == a.sides[a.from].conv.Ref {
		switch {
		case tok.First == "":
			f.link = true
			f.intent = a.intentOf(a.marker(linkEntry, tok.Part, tok.Of))
		case tok.Fold:
			f.link = true
			f.folds = a.between(tok.First, tok.Last)
			f.intent = a.intentOf(a.marker(foldEntry+string(tok.First), tok.Part, tok.Of))
		default:
			f.intent = a.intentOf(a.marker(string(tok.First), tok.Part, tok.Of))
			if _, known := a.byID[tok.First]; known {
				f.entry, f.part, f.of = tok.First, tok.Part, tok.Of
			}
		}
	}
	a.take(f)
	return true
}

func (a *adopter) marker(entry string, part, of int) string {
	return mapping.Marker{Pair: a.opts.Name, Source: a.sides[a.from].conv.Ref, Entry: mapping.EntryID(entry), Part: part, Of: of}.String()
}

func (a *adopter) between(first, last mapping.EntryID) (ids []mapping.EntryID) {
	in := false
	for _, e := range a.entries {
		in = in || e.ID == first
		if in && (e.HasText() || e.Removed) {
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
	if !t.Opening || !origin || t.Made == mapping.ByHuman || t.Author.Role != mapping.Customer {
		return false
	}
	for _, e := range a.entries {
		opened := a.ledger.Meta.Opened
		if opened != "" && e.ID != opened || e.Kind != mapping.Message || e.Author.Role != mapping.Customer || a.filled[e.ID][1] || a.isFolded(e) {
			continue
		}
		parts, _ := pieces(e.Body, e.Files, a.sides[a.to].features, a.room(), true)
		if len(parts) == 0 {
			continue
		}
		if opened != "" || textPrint(true, true, parts[0].op.Body) == textPrint(true, true, t.Body) {
			a.opened = e.ID
			id := a.marker(string(e.ID), 1, len(parts))
			a.take(adoption{written: t.ID, entry: e.ID, part: 1, of: len(parts), intent: a.intentOf(id)})
			return true
		}
	}
	return false
}

func (a *adopter) room() int { return a.sides[a.to].features.BodyRunes }

// byPromise recognises a message by an open intent, where there is no slot for a marker: by side, visibility, time and
// words, counted as a multiset because every match fills one part.
func (a *adopter) byPromise(t mapping.Entry) bool {
	return a.mayBeOurs(t) && a.byIntent(t, t.Author.Role == mapping.Customer, a.marked())
}

// byChosenTime recognises one without any memory: the desk let us choose the second.
func (a *adopter) byChosenTime(t mapping.Entry) bool {
	return a.mayBeOurs(t) && !a.marked() && a.byTime(t, true)
}

// byOrder recognises one whose time the desk did not let us choose, if it came over the desk's API.
func (a *adopter) byOrder(t mapping.Entry) bool {
	return a.mayBeOurs(t) && !a.marked() && t.Made == mapping.ByAPI && a.byTime(t, false)
}

// byPlace recognises one whose original was edited or erased since a ledger that is lost: nothing but its second is
// left. That is enough only for what is older than this ledger and provably came over the API, or opened a conversation
// that holds our back-link.
func (a *adopter) byPlace(t mapping.Entry) bool {
	target, customer := a.sides[a.to], t.Author.Role == mapping.Customer
	linked := a.ledger.Meta.Linked || slices.ContainsFunc(a.found, func(f adoption) bool { return f.link })
	if !a.mayBeOurs(t) || a.marked() || target.features.ChosenTime != mapping.Full || t.Made != mapping.ByAPI && !(t.Opening && linked && customer) {
		return false
	}
	for _, e := range a.entries {
		if e.Kind == mapping.Event || a.isFolded(e) || !(e.HasText() || e.Removed) || (e.Author.Role == mapping.Customer) != customer || len(a.filled[e.ID]) > 0 ||
			!e.At.Before(a.ledger.Meta.Since) || t.At.Unix() < e.At.Unix() || t.At.Unix() >= e.At.Unix()+a.crowd(e) {
			continue
		}
		a.take(adoption{written: t.ID, entry: e.ID, part: 1, of: 1})
		return true
	}
	return false
}

func (a *adopter) mayBeOurs(t mapping.Entry) bool {
	return t.Kind == mapping.Message && t.Made != mapping.ByHuman && (t.HasText() || t.Removed)
}

// marked reports whether this desk is proven to keep markers: a message without one is then not ours.
func (a *adopter) marked() bool { return a.echo && a.sides[a.to].features.Marker == mapping.Full }

// byIntent matches what we know that we were about to write.
func (a *adopter) byIntent(t mapping.Entry, customer, doneOnly bool) bool {
	target := a.sides[a.to]
	print := textPrint(customer, true, t.Body)
	for _, e := range a.entries {
		for id, in := range a.ledger.Intents {
			if a.spent[id] || in.Desk != target.desk || len(in.Entries) != 1 || in.Entries[0] != e.ID || in.Kind != "message" || doneOnly && !in.Done {
				continue
			}
			soon := !t.At.Before(in.SentAt.Add(target.skew-target.side.Settle)) && !t.At.After(in.SentAt.Add(target.skew+target.side.Settle))
			chosen := !in.Chosen.IsZero() && t.At.Unix() == in.Chosen.Unix()
			if in.Print == print && (chosen || soon) || t.Removed && chosen {
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
	chosenHere := target.features.ChosenTime == mapping.Full || target.features.ChosenTime == mapping.Partial && !customer
	if exact && !chosenHere {
		return false
	}
	print := textPrint(customer, true, t.Body)
	for _, e := range a.entries {
		if a.isFolded(e) || !e.HasText() || (e.Author.Role == mapping.Customer) != customer {
			continue
		}
		if exact && (t.At.Unix() < e.At.Unix() || t.At.Unix() > e.At.Unix()+a.crowd(e)) || t.At.Before(e.At.Add(-target.side.Settle)) {
			continue
		}
		if t.Removed && exact && t.At.Unix() == a.chosen[e.ID].Unix() && !a.filled[e.ID][1] {
			a.take(adoption{written: t.ID, entry: e.ID, part: 1, of: 1})
			return true
		}
		for part, of := range a.variants(e, customer) {
			if !a.filled[e.ID][part.n] && part.print == print {
				a.take(adoption{written: t.ID, entry: e.ID, part: part.n, of: of})
				return true
			}
		}
	}
	return false
}

// isFolded reports whether an entry is part of a transcript, or was dropped: no message stands for it.
func (a *adopter) isFolded(e mapping.Entry) bool {
	r, ok := a.record(a.from, e.ID)
	return a.folded[e.ID] || ok && r.Outcome != state.Mirrored
}

// crowd counts the entries of e's second: by so many seconds at most was its time moved.
func (a *adopter) crowd(e mapping.Entry) (n int64) {
	for _, o := range a.sides[a.from].conv.Entries {
		if o.At.Unix() == e.At.Unix() {
			n++
		}
	}
	return n
}

type partPrint struct {
	n     int
	print mapping.Print
}

// variants are the fingerprints under which an entry's parts may have been written: with and without the line that
// names its author.
func (a *adopter) variants(e mapping.Entry, customer bool) map[partPrint]int {
	out := map[partPrint]int{}
	bodies := []mapping.Body{e.Body}
	if !customer {
		bodies = append(bodies, a.attributed(a.from, e))
	}
	for _, b := range bodies {
		parts, _ := pieces(b, e.Files, a.sides[a.to].features, a.room(), e.ID == a.opened)
		for i, p := range parts {
			out[partPrint{n: i + 1, print: textPrint(customer, true, p.op.Body)}] = len(parts)
		}
	}
	return out
}

// record applies an adoption to the ledger.
func (s *scene) recordAdoption(from, to int, f adoption) {
	l := s.ledger
	src, dst := s.sides[from], s.sides[to]
	if f.intent != "" {
		l.DropIntent(f.intent)
	}
	for _, id := range f.folds {
		k := state.EntryKey{Desk: src.desk, ID: id}
		if _, ok := l.Entries[k]; !ok {
			l.SetEntry(k, state.EntryRecord{Outcome: state.Folded, Text: s.sourcePrint(from, id)})
		}
	}
	if f.entry == "" {
		l.SetOurs(state.EntryKey{Desk: dst.desk, ID: f.written}, "note")
		if f.link && !l.Meta.Linked {
			m := l.Meta
			m.Linked = true
			l.SetMeta(m)
		}
		return
	}
	k := state.EntryKey{Desk: src.desk, ID: f.entry}
	r := l.Entries[k]
	r.Outcome = state.Mirrored
	for len(r.Twins) < max(f.of, f.part) {
		r.Twins = append(r.Twins, "")
	}
	r.Twins[f.part-1] = f.written
	if r.Text == "" {
		r.Text = s.sourcePrint(from, f.entry)
	}
	l.SetEntry(k, r)
}

func (s *scene) sourcePrint(i int, id mapping.EntryID) mapping.Print {
	for _, e := range s.sides[i].conv.Entries {
		if e.ID == id {
			return textPrint(e.Author.Role == mapping.Customer, e.Kind == mapping.Message, e.Body)
		}
	}
	return ""
}
