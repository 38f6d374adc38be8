package engine

import (
	"strings"
	"sync"

	"github.com/deskbridge/deskbridge/mapping"
)

// People maps the agents of one desk to those of the other: by configuration, then by e-mail, then by name, each only
// when exactly one candidate fits. It learns agents from what is read.
type People struct {
	fixed []map[mapping.Desk]mapping.PersonID

	mu    sync.Mutex
	known map[mapping.Desk]map[mapping.PersonID]mapping.Person
	// gone are agents that a complete list of the team no longer names: they cannot post.
	listed map[mapping.Desk]map[mapping.PersonID]bool
}

// NewPeople starts with the configured map.
func NewPeople(fixed []map[mapping.Desk]mapping.PersonID) *People {
	return &People{fixed: fixed, known: map[mapping.Desk]map[mapping.PersonID]mapping.Person{}, listed: map[mapping.Desk]map[mapping.PersonID]bool{}}
}

// List sets the complete team of a desk.
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

// Learn adds agents that were seen.
func (p *People) Learn(desk mapping.Desk, seen []mapping.Person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known[desk] == nil {
		p.known[desk] = map[mapping.PersonID]mapping.Person{}
	}
	for _, a := range seen {
		if a.ID != "" && a.Role == mapping.Agent {
			p.known[desk][a.ID] = a
		}
	}
}

// Counterpart gives the agent of desk to who is the same person as a of desk from; false when there is none.
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

func (p *People) fixedTo(desk mapping.Desk, id mapping.PersonID) bool {
	for _, row := range p.fixed {
		if row[desk] == id {
			return true
		}
	}
	return false
}
