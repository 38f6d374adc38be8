package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/mapping"
)

// someAgents draws agents of a desk: some of one name, with and without an address, and some whom only the panel names.
func someAgents(t *rapid.T, prefix string) (all []mapping.Person) {
	for n := range rapid.IntRange(0, 3).Draw(t, "agents "+prefix) {
		a := mapping.Person{Role: mapping.Agent, ID: mapping.PersonID(fmt.Sprint(prefix, n+1)),
			Name:  rapid.SampledFrom([]string{"Anna", "Anna", "anna ", "Maria", ""}).Draw(t, "name"),
			Email: rapid.SampledFrom([]string{"", "", "a@example.org", "A@example.org", "b@example.org"}).Draw(t, "address")}
		if a.Name == "" {
			a.NameInternal = rapid.SampledFrom([]string{"", "Anna", "panelname"}).Draw(t, "internal name")
		}
		all = append(all, a)
	}
	return all
}

// meetAgents lets the bridge meet the agents of a desk as desks show them: each at several times, of which none may tell
// all, before and after a restart; and, where the desk lists its team, without those who have left.
func meetAgents(t *rapid.T, p *People, desk mapping.Desk, all []mapping.Person) *People {
	yes := func(label string) bool { return rapid.Bool().Draw(t, label) }
	var working []mapping.Person
	lists, stored := yes("lists its team"), map[mapping.PersonID]mapping.Person{}
	for _, a := range all {
		if !yes("has left") {
			working = append(working, a)
		}
	}
	for range 2 {
		for _, a := range all {
			for _, told := range []mapping.Person{{Name: a.Name}, {Email: a.Email}, {NameInternal: a.NameInternal}, a} {
				if told.Role, told.ID = a.Role, a.ID; told == a || yes("is seen like this") {
					p.Learn(desk, []mapping.Person{told})
				}
			}
			if yes("is seen by the id alone, at last") {
				p.Learn(desk, []mapping.Person{{Role: mapping.Agent, ID: a.ID}})
			}
		}
		if yes("is started anew") {
			for _, a := range p.Remember(desk) {
				stored[a.ID] = a
			}
			delete(p.known, desk)
			delete(p.kept, desk)
			p.Recall(desk, slices.Collect(maps.Values(stored)))
		}
	}
	if lists {
		p.List(desk, working)
	}
	return p
}

// anotherPerson tells why b, of the desk `there`, may be somebody else than a, of the desk `here`, by all that was ever
// shown of the agents of both; empty when nothing speaks for that.
func (p *People) anotherPerson(here, there mapping.Desk, a, b mapping.Person, ours, theirs []mapping.Person) string {
	for _, row := range p.fixed {
		if row[here] == a.ID || row[there] == b.ID {
			return map[bool]string{true: "", false: "the configuration says so"}[row[here] == a.ID && row[there] == b.ID]
		}
	}
	name := func(p mapping.Person) string {
		if p.Name == "" {
			p.Name = p.NameInternal
		}
		return strings.ToLower(strings.TrimSpace(p.Name))
	}
	address := func(p mapping.Person) string { return strings.ToLower(p.Email) }
	others := func(desk mapping.Desk, all []mapping.Person, but mapping.Person) []mapping.Person {
		return slices.DeleteFunc(slices.Clone(all), func(c mapping.Person) bool {
			return c.ID == but.ID || slices.ContainsFunc(p.fixed, func(row map[mapping.Desk]mapping.PersonID) bool { return row[desk] == c.ID })
		})
	}
	named, known := name(a) != "" && name(a) == name(b), address(a) != "" && address(b) != ""
	switch {
	case a.ID == "":
		return "a team is nobody"
	case known && address(a) != address(b):
		return "they have two addresses"
	case known && named:
		return ""
	case !known && !named:
		return "they have neither an address nor a name in common"
	}
	for _, c := range others(here, ours, a) {
		switch {
		case known && address(c) == address(a) && name(c) != "" && name(a) != "" && name(c) != name(a):
			return "the address is that of several people here"
		case !known && name(c) == name(a) && (address(c) == "" || address(c) != address(a)):
			return "several bear the name here"
		case !known && address(b) != "" && address(c) == address(b):
			return "it is somebody else who has the address here"
		}
	}
	for _, c := range others(there, theirs, b) {
		switch {
		case known && address(c) == address(b) && name(c) != "" && name(b) != "" && name(c) != name(b):
			return "the address is that of several people there"
		case !known && name(c) == name(a) && address(c) == "" && address(b) == "":
			return "several bear the name there"
		case !known && address(a) != "" && address(c) == address(a):
			return "it is somebody else who has the address there"
		case !known && name(c) == name(a) && address(a) == "" && address(c) != address(b):
			return "it may be the other one of the name there"
		}
	}
	return ""
}

// nobodySpeaksForAnother: the counterpart of an agent is at work, and nothing that was ever shown of both teams says that it
// may be somebody else. It decides over texts and assignments alike, both ways.
func nobodySpeaksForAnother(t *rapid.T) {
	s := aScene(t)
	for _, a := range s.sides[0].conv.Agents {
		i := map[bool]int{true: 0, false: 1}[strings.HasPrefix(string(a.ID), "a")]
		if b, ok := s.counterpart(i, mapping.Person{Role: mapping.Agent, ID: a.ID}); ok {
			s.speaksForNobodyElse(t, i, a.ID, b.ID)
		}
	}
}

// speaksForNobodyElse holds the counterpart b of an agent a of side i to that. The drawn agents of both sides stand together.
func (s *scene) speaksForNobodyElse(t *rapid.T, i int, a, b mapping.PersonID) {
	var all [2][]mapping.Person
	var who [2]mapping.Person
	for _, p := range s.sides[0].conv.Agents {
		side := map[bool]int{true: 0, false: 1}[strings.HasPrefix(string(p.ID), "a")]
		all[side] = append(all[side], p)
		if p.ID == a || p.ID == b {
			who[side] = p
		}
	}
	if who[0].ID == "" || who[1].ID == "" {
		return // of those who are always there
	}
	here, there := s.sides[i].desk, s.sides[1-i].desk
	if team, listed := s.people.listed[there]; listed {
		require.True(t, team[b], "%s has left", b)
	}
	require.Empty(t, s.people.anotherPerson(here, there, who[i], who[1-i], all[i], all[1-i]), "%+v is %+v; %+v", who[i], who[1-i], all)
}
