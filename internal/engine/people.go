package engine

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/deskbridge/deskbridge/mapping"
)

// People maps the agents of one desk to those of the other: by configuration, then by e-mail, then by name, each only
// when exactly one candidate fits. It learns agents from lists, before anything is written, and from what is read.
type People struct {
	fixed []map[mapping.Desk]mapping.PersonID

	mu    sync.Mutex
	known map[mapping.Desk]map[mapping.PersonID]mapping.Person
	met   map[mapping.Desk]map[mapping.PersonID]mapping.Person // since Remember
	kept  map[mapping.Desk]map[mapping.PersonID]mapping.Person // as the store has them
	// gone are agents that a complete list of the team no longer names: they cannot post.
	listed map[mapping.Desk]map[mapping.PersonID]bool
}

// NewPeople starts with the configured map.
func NewPeople(fixed []map[mapping.Desk]mapping.PersonID) *People {
	return &People{fixed: fixed, known: map[mapping.Desk]map[mapping.PersonID]mapping.Person{}, met: map[mapping.Desk]map[mapping.PersonID]mapping.Person{}, kept: map[mapping.Desk]map[mapping.PersonID]mapping.Person{}, listed: map[mapping.Desk]map[mapping.PersonID]bool{}}
}

// List sets the complete team of a desk.
func (p *People) List(desk mapping.Desk, team []mapping.Person) {
	p.add(p.known, desk, team)
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
	p.add(p.met, desk, seen)
}

func (p *People) add(to map[mapping.Desk]map[mapping.PersonID]mapping.Person, desk mapping.Desk, seen []mapping.Person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if to[desk] == nil {
		to[desk] = map[mapping.PersonID]mapping.Person{}
	}
	for _, a := range seen {
		if a.ID != "" && a.Role == mapping.Agent {
			to[desk][a.ID] = a
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
		if a := p.met[desk][id]; p.kept[desk][id] != a {
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
			if all, ok := p.listed[to]; ok && !all[row[to]] {
				return mapping.Person{}, false // departed
			}
			who := p.known[to][row[to]]
			who.ID, who.Role = row[to], mapping.Agent
			return who, true
		}
	}
	if known, ok := p.known[from][a.ID]; ok {
		a = known
	}
	for _, same := range []func(b mapping.Person) bool{
		func(b mapping.Person) bool { return a.Email != "" && strings.EqualFold(a.Email, b.Email) },
		func(b mapping.Person) bool {
			return a.Name != "" && strings.EqualFold(strings.TrimSpace(a.Name), strings.TrimSpace(b.Name))
		},
	} {
		if p.several(from, same) {
			continue
		}
		var found []mapping.Person
		for id, b := range p.known[to] {
			if all, ok := p.listed[to]; ok && !all[id] || p.fixedTo(to, id) {
				continue
			}
			if same(b) {
				found = append(found, b)
			}
		}
		if len(found) == 1 {
			return found[0], true
		}
	}
	return mapping.Person{}, false
}

// several reports whether more than one agent who still works at a desk is the same by an address or a name: then
// neither of them can be told from the other.
func (p *People) several(desk mapping.Desk, same func(mapping.Person) bool) bool {
	n := 0
	for id, b := range p.known[desk] {
		if all, ok := p.listed[desk]; (!ok || all[id]) && !p.fixedTo(desk, id) && same(b) {
			n++
		}
	}
	return n > 1
}

func (p *People) fixedTo(desk mapping.Desk, id mapping.PersonID) bool {
	for _, row := range p.fixed {
		if row[desk] == id {
			return true
		}
	}
	return false
}
