package engine

import (
	"slices"
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
	acts     bool              // it is an activity note that holds them, in their present state
	link     bool
	stub     bool   // the note stands for an entry that was refused
	intent   string // the intent that this resolves, if any
	named    bool   // its own marker or token says so, and the desk that it came over the API
	at       time.Time
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
	s = s.asIfNamed()
	source, target := s.sides[from], s.sides[to]
	if source.conv == nil || target.conv == nil {
		return nil
	}
	a := adopter{scene: s, from: from, to: to, byID: map[mapping.EntryID]int{}, filled: map[mapping.EntryID]map[int]bool{}, folded: map[mapping.EntryID]bool{}, spent: map[string]bool{}, twins: map[mapping.EntryID]mapping.EntryID{}, prints: map[variantKey][]partPrint{}}
	// What bears our marker or our token for an entry of the other conversation is nobody's original, though the ledger may
	// not know it yet: a word of that desk's people would be taken for its copy. Nor is what the copy was opened with.
	a.entries = slices.DeleteFunc(s.natives(from), func(e mapping.Entry) bool {
		if s.ledger.Meta.Origin == target.conv.Ref && s.opensCopy(e, *source.conv, target.conv.Ref) {
			return true
		}
		if m, ok := mapping.ParseMarker(s.opts.Name, e.Marker); ok && m.Source == target.conv.Ref {
			return true
		}
		tok, ok := mapping.FindToken(e.Body.Text())
		return ok && e.Kind == mapping.Note && tok.Pair == s.opts.Name && tok.Source == target.conv.Ref
	})
	if s.ledger.Meta.Origin == source.conv.Ref {
		a.opened = s.ledger.Meta.Opened
	}
	for i, e := range a.entries {
		a.byID[e.ID] = i
		if r, ok := s.record(from, e.ID); ok {
			for p, twin := range r.Twins {
				if twin != "" && twin != "?" && !r.Refused {
					a.fill(e.ID, p+1)
				}
				a.twins[e.ID] = twin
			}
		}
	}
	a.chosen, a.latest = s.chosenTimes(from), mapping.ChosenTimes(source.conv.Entries)
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
	for _, match := range []func(mapping.Entry) bool{a.byOpening, a.byPromise, a.byChosenTime, a.byOrder, a.byPlace, a.byLink, a.byNeighbours, a.byDisguise} {
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
	latest   map[mapping.EntryID]time.Time
	folded   map[mapping.EntryID]bool
	spent    map[string]bool                     // intents that are resolved
	twins    map[mapping.EntryID]mapping.EntryID // the last part of each entry that has a twin
	opened   mapping.EntryID                     // the entry that the conversation was opened with: its files follow it
	echo     bool                                // this desk is proven to keep markers on messages
	found    []adoption
	prints   map[variantKey][]partPrint   // see variants
	standing map[standingPart]bool        // see stands
	likely   []mapping.Entry              // see likelyFirst
	team     []map[mapping.EntryID]string // see overTeam
}

func (a *adopter) fill(e mapping.EntryID, part int) {
	if a.filled[e] == nil {
		a.filled[e] = map[int]bool{}
	}
	a.filled[e][part] = true
}

func (a *adopter) take(f adoption) {
	if f.entry != "" {
		if !f.stub {
			a.fill(f.entry, f.part)
		}
		a.twins[f.entry] = f.written
	}
	for _, id := range f.folds {
		a.folded[id] = true
	}
	if f.intent != "" {
		a.spent[f.intent] = true
	}
	a.found = append(a.found, f)
}

// recordAdoption applies an adoption to the ledger.
func (s *scene) recordAdoption(from, to int, f adoption) {
	l := s.ledger
	src, dst := s.sides[from], s.sides[to]
	if f.intent != "" {
		l.DropIntent(f.intent)
	}
	for _, id := range f.folds {
		k := state.EntryKey{Desk: src.desk, ID: id}
		r, ok := l.Entries[k]
		begun := !f.acts && r.Outcome == state.Mirrored && !r.Complete()
		for _, t := range r.Twins {
			if begun {
				s.partOfRefused(to, t)
			}
		}
		if !ok || begun || f.acts && (r.Refused || r.Text != s.sourcePrint(from, id)) {
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
	if first := s.sides[to].conv.Entries; l.Meta.Opened == "" && from == s.origin() && len(first) > 0 && first[0].Opening && first[0].ID == f.written {
		m := l.Meta // how its words and files were cut depends on it
		m.Opened = f.entry
		l.SetMeta(m)
	}
	k := state.EntryKey{Desk: src.desk, ID: f.entry}
	r := l.Entries[k]
	if r.Outcome == "" {
		r.Outcome = state.Mirrored
	}
	if r.Text == "" {
		r.Text = s.sourcePrint(from, f.entry)
	}
	switch {
	case f.stub:
		for _, t := range r.Twins {
			s.partOfRefused(to, t)
		}
		r.Refused, r.Twins = true, []mapping.EntryID{f.written}
		l.SetEntry(k, r)
		return
	case r.Refused, r.Outcome == state.Folded: // only its stub, or a transcript, stands for it
		s.partOfRefused(to, f.written)
		return
	case f.part <= len(r.Twins) && r.Twins[f.part-1] != "" && r.Twins[f.part-1] != "?":
		l.SetOurs(state.EntryKey{Desk: dst.desk, ID: f.written}, "second copy") // somebody wrote it twice
		return
	}
	for len(r.Twins) < max(f.of, f.part) {
		r.Twins = append(r.Twins, "")
	}
	r.Twins[f.part-1] = f.written
	l.SetEntry(k, r)
}

// partOfRefused records a part that stands beside the stub of its refused entry, or beside a transcript that holds the entry: it
// is ours, and nobody's twin.
func (s *scene) partOfRefused(to int, written mapping.EntryID) {
	if written != "" && written != "?" {
		s.ledger.SetOurs(state.EntryKey{Desk: s.sides[to].desk, ID: written}, "part of a refused entry")
	}
}

func (s *scene) sourcePrint(i int, id mapping.EntryID) mapping.Print {
	for _, e := range s.sides[i].conv.Entries {
		if e.ID == id && isAct(e) {
			return actPrint(e)
		} else if e.ID == id {
			return textPrint(e.Author.Role == mapping.Customer, e.Kind == mapping.Message, e.Body)
		}
	}
	return ""
}
