package engine

import (
	"slices"

	"github.com/deskbridge/deskbridge/mapping"
)

// StateRules tell what the states of a desk become on the other one. A state that is not named becomes itself. The zero
// value carries each as it is.
type StateRules map[mapping.Desk]map[mapping.State]mapping.State

// StateKept in the place of a state tells that a state is not carried: the other desk stays as it is.
const StateKept mapping.State = "keep"

func differentStates(a, b *mapping.Fields) bool { return a.State != b.State || !a.Until.Equal(b.Until) }

// ruled reports whether a rule names a state of side i.
func (m merger) ruled(i int, f mapping.Fields) bool {
	_, ok := m.opts.States[m.sides[i].desk][f.State]
	return ok
}

// becomes gives what a state of side i is on the other one. Not ok: it is not carried.
func (m merger) becomes(i int, f mapping.Fields) (there mapping.Fields, ok bool) {
	switch to, ruled := m.opts.States[m.sides[i].desk][f.State]; {
	case !ruled:
		return f, true
	case to == StateKept:
		return f, false
	default:
		f.State = to
		return f.Normal(), true
	}
}

// isThere reports whether a state of side i is carried, and is there on the other one what is told.
func (m merger) isThere(i int, here, there mapping.Fields) bool {
	want, ok := m.becomes(i, here)
	return ok && !differentStates(&want, &there)
}

func (m merger) state() {
	w, conflict := m.decide(mapping.Status, differentStates)
	if w < 0 {
		m.restoreStates()
		return
	}
	claim, earlier := m.claim(w, mapping.Status, differentStates)
	want, carried := m.becomes(w, claim)
	if !carried || m.agreedByRule(w, claim, conflict) {
		if !carried && differentStates(&claim, &m.sides[1-w].conv.Fields) {
			m.plan.losses[1-w] = append(m.plan.losses[1-w], mapping.LossStateKept)
		}
		for i := range m.sides {
			m.setState(i, m.standsFor(i), true)
		}
		return
	}
	m.lost(1-w, conflict, func() { m.setState(1-w, want, false) })
	if earlier {
		m.setState(w, claim, true)
	}
}

// restoreStates gives each side the agreed state once more where our own writes have moved it.
func (m merger) restoreStates() {
	for i, v := range m.sides {
		base, other := m.baseOf(i), m.baseOf(1-i)
		if base == nil || !differentStates(base, &v.conv.Fields) {
			continue
		}
		if other != nil && m.plan.held[i][mapping.Status] != "" && m.isThere(1-i, *other, v.conv.Fields) {
			continue // it could not be made so, and our own words have done it
		}
		if !m.woken(i) {
			m.setState(i, *base, true)
		}
	}
}

// woken reports whether side i, which a rule keeps in another state than the other side's, was moved by the words of a
// customer who spoke there: had they spoken here, this desk would have done the same.
func (m merger) woken(i int) bool {
	other, base, there := m.sides[1-i], m.baseOf(i), m.baseOf(1-i)
	if there == nil || m.sides[i].side.Send && !m.ruled(i, *base) && !m.ruled(1-i, *there) || !m.isThere(1-i, other.conv.Fields, m.sides[i].conv.Fields) {
		return false
	}
	known := m.ledger.Desks[other.desk].Known
	return slices.ContainsFunc(m.natives(1-i), func(e mapping.Entry) bool { return ownWords(e) && !slices.Contains(known, e.ID) })
}

// standsFor is the state of side i without what our own writes have made of it.
func (m merger) standsFor(i int) mapping.Fields {
	claim, earlier := m.claim(i, mapping.Status, differentStates)
	if base := m.baseOf(i); !earlier && base != nil && m.consequence(i, mapping.Status) {
		return *base
	}
	return claim
}

// agreedByRule reports whether a rule explains that the sides differ though side w has the word: nothing is carried then.
// Where nothing is known of what was agreed, a state that is not carried counts as well, unless side w has spoken since. But
// a copy is open when it is made: that is nobody's word.
func (m merger) agreedByRule(w int, claim mapping.Fields, conflict bool) bool {
	o := 1 - w
	theirs := m.standsFor(o)
	if !m.ruled(o, theirs) && !m.ruled(w, claim) {
		return false
	}
	if m.baseOf(0) != nil && m.baseOf(1) != nil {
		return conflict && m.isThere(o, theirs, claim)
	}
	if o != m.origin() && theirs.State == mapping.Open && m.spokenAt(o, mapping.Status).IsZero() {
		return false
	}
	_, carried := m.becomes(o, theirs)
	return m.isThere(o, theirs, claim) || !carried && !m.spokeLast(w, mapping.Status)
}
