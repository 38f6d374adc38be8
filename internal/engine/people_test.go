package engine

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

func agent(id mapping.PersonID, name, email string) mapping.Person {
	return mapping.Person{Role: mapping.Agent, ID: id, Name: name, Email: email}
}

// TestCounterparts: who is whom, with the teams of both desks. One desk lists its team; who is not in it has left.
func TestCounterparts(t *testing.T) {
	type people = []mapping.Person
	maria, maria7, maria9 := agent("d1", "Maria", ""), agent("7", "Maria", ""), agent("9", "Maria", "")
	for name, c := range map[string]struct {
		operators, working, left people
		// pairs gives, of those of whom it matters, the counterpart: empty for none.
		pairs map[mapping.PersonID]mapping.PersonID
	}{
		"one address, two names":              {people{agent("d1", "Olga", "o@example.org")}, people{agent("9", "Ольга", "O@example.org")}, nil, map[mapping.PersonID]mapping.PersonID{"d1": "9", "9": "d1"}},
		"one name, no address":                {people{maria}, people{maria9}, nil, map[mapping.PersonID]mapping.PersonID{"d1": "9", "9": "d1"}},
		"one name, one address is known":      {people{maria}, people{agent("9", " maria", "m@example.org")}, nil, map[mapping.PersonID]mapping.PersonID{"d1": "9", "9": "d1"}},
		"one name, two addresses":             {people{agent("d1", "Anna", "anna.k@example.org")}, people{agent("9", "Anna", "anna.p@example.org")}, nil, map[mapping.PersonID]mapping.PersonID{"d1": "", "9": ""}},
		"her admin left, a namesake works":    {people{agent("d1", "Anna", "anna.k@example.org")}, people{agent("9", "Anna", "")}, people{agent("7", "Anna K.", "anna.k@example.org")}, map[mapping.PersonID]mapping.PersonID{"d1": "", "9": ""}},
		"the operator of that address":        {people{maria, agent("d2", "M. Weiss", "m@example.org")}, people{agent("9", "Maria", "m@example.org")}, nil, map[mapping.PersonID]mapping.PersonID{"d1": "", "d2": "9", "9": "d2"}},
		"a namesake left":                     {people{maria}, people{maria9}, people{maria7}, map[mapping.PersonID]mapping.PersonID{"d1": "", "9": "", "7": ""}},
		"a namesake left, with her address":   {people{agent("d1", "Maria", "m@example.org")}, people{agent("9", "Maria", "n@example.org")}, people{agent("7", "Maria", "m@example.org")}, map[mapping.PersonID]mapping.PersonID{"d1": "", "9": "", "7": "d1"}},
		"a namesake of another address left":  {people{agent("d1", "Maria", "m@example.org")}, people{maria9}, people{agent("7", "Maria", "n@example.org")}, map[mapping.PersonID]mapping.PersonID{"d1": "9", "7": ""}},
		"she left and came back":              {people{agent("d1", "Maria", "m@example.org")}, people{agent("9", "Maria", "m@example.org")}, people{agent("7", "Maria", "m@example.org")}, map[mapping.PersonID]mapping.PersonID{"d1": "9", "9": "d1", "7": "d1"}},
		"she came back, her name alone":       {people{maria}, people{agent("9", "Maria", "m@example.org")}, people{agent("7", "Maria", "m@example.org")}, map[mapping.PersonID]mapping.PersonID{"d1": "9", "9": "d1", "7": "d1"}},
		"an address that was handed on":       {people{agent("d1", "Support", "s@example.org")}, people{agent("9", "Olga", "s@example.org")}, people{agent("7", "Maria", "s@example.org")}, map[mapping.PersonID]mapping.PersonID{"d1": "", "9": "", "7": ""}},
		"she left, nobody is called so":       {people{maria}, people{agent("9", "Olga", "")}, people{maria7}, map[mapping.PersonID]mapping.PersonID{"d1": "", "7": "d1"}},
		"two of one name work":                {people{agent("d1", "Sam", "sam@example.org")}, people{agent("8", "Sam", "sam.one@example.org"), agent("9", "Sam", "")}, nil, map[mapping.PersonID]mapping.PersonID{"d1": "", "8": "", "9": ""}},
		"two of one address, told by name":    {people{agent("d1", "Ann", "s@example.org"), agent("d2", "Bob", "s@example.org")}, people{agent("8", "Ann", "s@example.org"), agent("9", "Bob", "s@example.org")}, nil, map[mapping.PersonID]mapping.PersonID{"d1": "8", "d2": "9", "8": "d1", "9": "d2"}},
		"a name that the panel shows":         {people{{Role: mapping.Agent, ID: "d1", NameInternal: "Maria"}}, people{maria9}, nil, map[mapping.PersonID]mapping.PersonID{"d1": "9", "9": "d1"}},
		"somebody without a name and address": {people{agent("d1", "", "")}, people{agent("9", "", "")}, nil, map[mapping.PersonID]mapping.PersonID{"d1": "", "9": ""}},
	} {
		p := NewPeople(nil)
		p.Recall(intercom.Desk, c.left)
		p.List(intercom.Desk, c.working)
		p.Learn(dashly.Desk, c.operators)
		for _, a := range slices.Concat(c.operators, c.working, c.left) {
			want, ok := c.pairs[a.ID]
			if !ok {
				continue
			}
			from, to := intercom.Desk, dashly.Desk
			if slices.Contains(c.operators, a) {
				from, to = to, from
			}
			got, _ := p.Counterpart(from, mapping.Person{Role: mapping.Agent, ID: a.ID}, to)
			require.Equal(t, want, got.ID, "%s: the counterpart of %s", name, a.ID)
		}
	}
}

// TestMapComesFirst: who is in the configured map is nobody else's namesake, and nobody whom a list no longer names.
func TestMapComesFirst(t *testing.T) {
	p := NewPeople([]map[mapping.Desk]mapping.PersonID{{dashly.Desk: "d1", intercom.Desk: "9"}, {dashly.Desk: "d3", intercom.Desk: "6"}})
	p.Recall(intercom.Desk, []mapping.Person{agent("7", "Maria", "")})
	p.List(intercom.Desk, []mapping.Person{agent("9", "Maria", "p@example.org")})
	p.Learn(dashly.Desk, []mapping.Person{agent("d1", "Maria", "k@example.org"), agent("d2", "Maria", "")})
	for id, want := range map[mapping.PersonID]mapping.PersonID{"9": "d1", "7": "d2"} {
		b, ok := p.Counterpart(intercom.Desk, agent(id, "Maria", ""), dashly.Desk)
		require.True(t, ok)
		require.Equal(t, want, b.ID)
	}
	_, ok := p.Counterpart(dashly.Desk, agent("d3", "Lena", ""), intercom.Desk)
	require.False(t, ok, "6 has left")
}

// TestWhatWasKnownStaysKnown: a later sight of somebody may tell less, here and in the store; what it tells otherwise counts.
func TestWhatWasKnownStaysKnown(t *testing.T) {
	p := NewPeople(nil)
	p.List(intercom.Desk, []mapping.Person{agent("9", "Anna", "anna.p@example.org")})
	p.Recall(dashly.Desk, []mapping.Person{agent("d1", "Anna", "anna.k@example.org")})
	p.Learn(dashly.Desk, []mapping.Person{agent("d1", "Anna", ""), agent("d1", "", "")})
	require.Equal(t, agent("d1", "Anna", "anna.k@example.org"), p.Known(dashly.Desk, "d1"))
	require.Empty(t, p.Remember(dashly.Desk), "nothing is new")
	_, ok := p.Counterpart(dashly.Desk, agent("d1", "Anna", ""), intercom.Desk)
	require.False(t, ok)
	require.Equal(t, []mapping.Person{agent("9", "Anna", "anna.p@example.org")}, p.Remember(intercom.Desk), "who is listed is remembered: she may leave")
	p.Learn(dashly.Desk, []mapping.Person{agent("d1", "", "anna.p@example.org")})
	require.Equal(t, []mapping.Person{agent("d1", "Anna", "anna.p@example.org")}, p.Remember(dashly.Desk))
	b, _ := p.Counterpart(dashly.Desk, agent("d1", "", ""), intercom.Desk)
	require.Equal(t, mapping.PersonID("9"), b.ID)
}

// TestAFormerNameCounts: somebody was renamed because a namesake came. Whoever is called so on the other desk may be either,
// in a later run as well; stored people without former names are read as before.
func TestAFormerNameCounts(t *testing.T) {
	tom := agent("d1", "Tom", "")
	renamed, hired := agent("26", "Thomas B.", "tom@example.com"), agent("29", "Tom", "tom.new@example.com")
	kept := map[mapping.PersonID]string{}
	p := NewPeople(nil)
	keep := func() {
		for _, a := range p.Remember(intercom.Desk) {
			raw, err := json.Marshal(a)
			require.NoError(t, err)
			kept[a.ID] = string(raw)
		}
	}
	p.List(intercom.Desk, []mapping.Person{agent("26", "Tom", "tom@example.com")})
	p.Learn(dashly.Desk, []mapping.Person{tom})
	b, ok := p.Counterpart(dashly.Desk, tom, intercom.Desk)
	require.True(t, ok)
	require.Equal(t, mapping.PersonID("26"), b.ID)
	keep()
	require.JSONEq(t, `{"Role":"agent","ID":"26","Name":"Tom","Email":"tom@example.com","NameInternal":""}`, kept["26"])
	for range 3 { // runs
		p = NewPeople(nil)
		for _, raw := range kept {
			var a mapping.Person
			require.NoError(t, json.Unmarshal([]byte(raw), &a))
			p.Recall(intercom.Desk, []mapping.Person{a})
		}
		p.List(intercom.Desk, []mapping.Person{renamed, hired})
		p.Learn(dashly.Desk, []mapping.Person{tom})
		b, ok = p.Counterpart(dashly.Desk, tom, intercom.Desk)
		require.False(t, ok, "may be 26, who was called so: %v", b)
		b, ok = p.Counterpart(intercom.Desk, hired, dashly.Desk)
		require.False(t, ok, "may be the twin of 26: %v", b)
		keep()
		require.JSONEq(t, `{"Role":"agent","ID":"26","Name":"Thomas B.","Email":"tom@example.com","NameInternal":"","Former":"Tom"}`, kept["26"])
	}
}

// TestNoCustomerReadsAnInternalName: over a reply for the customer an agent without a public name is nobody but their id,
// over a note they are who the team knows. A reply that older versions posted under the internal name is known all the same.
func TestNoCustomerReadsAnInternalName(t *testing.T) {
	s := ratedScene(t, 0)
	s.forgets()
	night := mapping.Entry{ID: "2", Kind: mapping.Message, Native: "reply_admin", Author: mapping.Person{Role: mapping.Agent, ID: "31", NameInternal: "Olga (night)"}, At: s.now.Add(-30e9), Body: mapping.PlainBody("Yes")}
	require.Equal(t, "Agent 31 (Intercom):", firstLine(s.attributed(0, night)))
	require.Equal(t, "Olga (night) (Intercom):", s.label(0, night, wroteBy(night.Author))[0])
	require.Contains(t, transcriptEntry(night, intercom.Desk).Text(), "Olga (night)")
	s.sides[0].conv.Entries = append(s.sides[0].conv.Entries, night)
	for _, led := range []string{"Agent 31 (Intercom):", "Olga (night) (Intercom):", "Olga (night) aus Intercom:", "Agent 31 aus Intercom:"} {
		s.sides[1].conv.Entries = []mapping.Entry{{ID: "t1", Kind: mapping.Message, Author: mapping.Person{Role: mapping.Agent, ID: "default_admin"}, At: s.now, Body: mapping.PlainBody(led + "\n\nYes")}}
		a := adopter{scene: s, from: 0, to: 1, entries: s.natives(0)}
		require.Contains(t, a.linesOver(night), led)
	}
}
