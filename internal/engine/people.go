package engine

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/deskbridge/deskbridge/mapping"
)

// People maps the agents of one desk to those of the other: by configuration, then by e-mail, then by name, each only
// when exactly one candidate fits, and a name only if no address speaks against it. Whoever may be somebody else has no
// counterpart: their words stand under a line that names them. It learns agents from lists, before anything is written,
// and from what is read; what it has learnt of a person stays known when a later sight of them tells less.
type People struct {
	fixed []map[mapping.Desk]mapping.PersonID

	mu    sync.Mutex
	known map[mapping.Desk]map[mapping.PersonID]mapping.Person
	met   map[mapping.Desk]map[mapping.PersonID]bool           // since Remember
	kept  map[mapping.Desk]map[mapping.PersonID]mapping.Person // as the store has them
	// listed is the complete team, where a desk tells it: who is known and is not in it has left, and cannot post.
	listed map[mapping.Desk]map[mapping.PersonID]bool
}

// NewPeople starts with the configured map.
func NewPeople(fixed []map[mapping.Desk]mapping.PersonID) *People {
	return &People{fixed: fixed, known: map[mapping.Desk]map[mapping.PersonID]mapping.Person{}, met: map[mapping.Desk]map[mapping.PersonID]bool{}, kept: map[mapping.Desk]map[mapping.PersonID]mapping.Person{}, listed: map[mapping.Desk]map[mapping.PersonID]bool{}}
}

// List sets the complete team of a desk. It is remembered as well: who is missing next time has left, and a namesake who
// comes after them is somebody else.
func (p *People) List(desk mapping.Desk, team []mapping.Person) {
	p.Learn(desk, team)
	p.mu.Lock()
	defer p.mu.Unlock()
	all := map[mapping.PersonID]bool{}
	for _, a := range team {
		all[a.ID] = true
	}
	p.listed[desk] = all
}

// Recall adds agents that the store remembers.
func (p *People) Recall(desk mapping.Desk, stored []mapping.Person) {
	p.add(p.kept, desk, stored)
	p.add(p.known, desk, stored)
}

// Learn adds agents whom a list or a conversation shows.
func (p *People) Learn(desk mapping.Desk, seen []mapping.Person) {
	p.add(p.known, desk, seen)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.met[desk] == nil {
		p.met[desk] = map[mapping.PersonID]bool{}
	}
	for _, a := range seen {
		p.met[desk][a.ID] = true
	}
}

func (p *People) add(to map[mapping.Desk]map[mapping.PersonID]mapping.Person, desk mapping.Desk, seen []mapping.Person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if to[desk] == nil {
		to[desk] = map[mapping.PersonID]mapping.Person{}
	}
	for _, a := range seen {
		if a.ID != "" && a.Role == mapping.Agent {
			to[desk][a.ID] = cmp.Or(to[desk][a.ID], a).With(a)
		}
	}
}

// Known gives an agent of a desk with what the desk has told of them so far: the id at least.
func (p *People) Known(desk mapping.Desk, id mapping.PersonID) mapping.Person {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.known[desk][id]
	a.ID, a.Role = id, mapping.Agent
	return a
}

// Remember gives the agents of a desk who were learnt and are new to the store, or changed.
func (p *People) Remember(desk mapping.Desk) (fresh []mapping.Person) {
	p.mu.Lock()
	for _, id := range slices.Sorted(maps.Keys(p.met[desk])) {
		if a, ok := p.known[desk][id]; ok && p.kept[desk][id] != a {
			fresh = append(fresh, a)
		}
	}
	delete(p.met, desk)
	p.mu.Unlock()
	p.add(p.kept, desk, fresh)
	return fresh
}

// Counterpart gives the agent of desk to who is the same person as a of desk from; false when there is none, or when it
// may be another one, here or there.
func (p *People) Counterpart(from mapping.Desk, a mapping.Person, to mapping.Desk) (mapping.Person, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a.ID == "" {
		return mapping.Person{}, false
	}
	for _, row := range p.fixed {
		if row[from] == a.ID && row[to] != "" {
			if p.left(to, row[to]) {
				return mapping.Person{}, false
			}
			who := p.known[to][row[to]]
			who.ID, who.Role = row[to], mapping.Agent
			return who, true
		}
	}
	a = a.With(p.known[from][a.ID])
	if b, ok := p.byAddress(from, a, to); ok {
		return b, true
	}
	return p.byName(from, a, to)
}

// byAddress finds who has the address of a. One that was handed on from somebody to somebody else tells nobody.
func (p *People) byAddress(from mapping.Desk, a mapping.Person, to mapping.Desk) (b mapping.Person, ok bool) {
	same := func(b mapping.Person) bool { return sameAddress(a, b) }
	if b, ok = p.only(to, same); !ok || p.another(from, a, same) || p.another(to, b, same) {
		return mapping.Person{}, false
	}
	return b, true
}

// byName finds the only one of the name of a, if no address speaks against it: that of one is unknown, or they are equal.
// Nor may anybody else have been seen under that name on either desk, at work, departed or renamed, whose words or whose name
// it might be, nor anybody else who has the address of a or of b.
func (p *People) byName(from mapping.Desk, a mapping.Person, to mapping.Desk) (b mapping.Person, ok bool) {
	same := func(b mapping.Person) bool { return sameName(a, b) }
	called := func(c mapping.Person) bool { return c.Called(a.NameForTeam()) }
	if b, ok = p.only(to, same); !ok || otherAddress(a, b) || p.another(from, a, called) {
		return mapping.Person{}, false
	}
	if sameAddress(a, b) {
		return b, true
	}
	namesake := func(c mapping.Person) bool { return called(c) && !otherAddress(a, c) }
	if p.another(to, b, namesake) || p.bears(to, a, b.ID) || p.bears(from, b, a.ID) {
		return mapping.Person{}, false
	}
	return b, true
}

// only gives the one agent at work at a desk of whom same holds. Those of the configured map are somebody's already.
func (p *People) only(desk mapping.Desk, same func(mapping.Person) bool) (b mapping.Person, ok bool) {
	n := 0
	for id, c := range p.known[desk] {
		if !p.left(desk, id) && !p.fixedTo(desk, id) && same(c) {
			b, n = c, n+1
		}
	}
	return b, n == 1
}

// another reports whether same holds of anybody else at a desk, at work or departed. Who left and came back under another
// id, with the same address and name, is nobody else.
func (p *People) another(desk mapping.Desk, a mapping.Person, same func(mapping.Person) bool) bool {
	for id, b := range p.known[desk] {
		if id == a.ID || p.fixedTo(desk, id) || !same(b) {
			continue
		}
		back := (p.left(desk, id) || p.left(desk, a.ID)) && sameAddress(a, b) && (a.NameForTeam() == "" || b.NameForTeam() == "" || b.Called(a.NameForTeam()))
		if !back {
			return true
		}
	}
	return false
}

// bears reports whether somebody of a desk has the address of who, apart from one.
func (p *People) bears(desk mapping.Desk, who mapping.Person, but mapping.PersonID) bool {
	for id, b := range p.known[desk] {
		if id != but && sameAddress(who, b) {
			return true
		}
	}
	return false
}

// left reports whether an agent is missing in the complete list of a desk's team. Not every desk gives one.
func (p *People) left(desk mapping.Desk, id mapping.PersonID) bool {
	all, ok := p.listed[desk]
	return ok && !all[id]
}

func (p *People) fixedTo(desk mapping.Desk, id mapping.PersonID) bool {
	for _, row := range p.fixed {
		if row[desk] == id {
			return true
		}
	}
	return false
}

func sameAddress(a, b mapping.Person) bool {
	return a.Email != "" && strings.EqualFold(a.Email, b.Email)
}

// otherAddress reports whether two people are known to have different addresses.
func otherAddress(a, b mapping.Person) bool {
	return a.Email != "" && b.Email != "" && !strings.EqualFold(a.Email, b.Email)
}

func sameName(a, b mapping.Person) bool {
	name := strings.TrimSpace(a.NameForTeam())
	return name != "" && strings.EqualFold(name, strings.TrimSpace(b.NameForTeam()))
}
