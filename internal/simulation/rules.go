package simulation

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/mapping"
)

// rules are the settings about which conversations and which tags are carried.
type rules struct {
	filters      engine.Filters
	createdAfter time.Duration // before the world begins; 0: however old
	tags         engine.TagRules
	states       engine.StateRules
}

// setStates reads "dashly snoozed = closed", what a state of that desk becomes on the other one, and adds it.
func setStates(s *Settings, v string) error {
	left, to, _ := strings.Cut(v, "=")
	f := strings.Fields(left)
	states := []mapping.State{mapping.Open, mapping.Closed, mapping.Snoozed, engine.StateKept}
	if len(f) != 2 || !slices.Contains(states[:3], mapping.State(f[1])) || !slices.Contains(states, mapping.State(strings.TrimSpace(to))) {
		return errors.New("write for example \"dashly snoozed = closed\"")
	}
	desk, ok := deskOf(f[0])
	if !ok {
		return fmt.Errorf("%q is no desk", f[0])
	}
	all := engine.StateRules{}
	for d, rules := range s.states {
		all[d] = maps.Clone(rules)
	}
	if all[desk] == nil {
		all[desk] = map[mapping.State]mapping.State{}
	}
	all[desk][mapping.State(f[1])] = mapping.State(strings.TrimSpace(to))
	s.states = all
	return nil
}

// list cuts "a | b".
func list(v string) (all []string) {
	for _, one := range strings.Split(v, "|") {
		all = append(all, strings.TrimSpace(one))
	}
	return all
}

func patterns(at func(*Settings) *[]string) func(*Settings, string) error {
	return func(s *Settings, v string) error { *at(s) = list(v); return nil }
}

// inTeams reads "dashly Support | intercom *".
func inTeams(at func(*Settings) *[]engine.Team) func(*Settings, string) error {
	return func(s *Settings, v string) error {
		var all []engine.Team
		for _, one := range list(v) {
			name, team, _ := strings.Cut(one, " ")
			desk, ok := deskOf(name)
			id, known := teams[desk][team]
			if team == engine.AnyTeam {
				id, known = team, true
			}
			if !ok || !known {
				return fmt.Errorf("%q is no team: write for example \"dashly Support | intercom *\"", one)
			}
			all = append(all, engine.Team{Desk: desk, ID: id})
		}
		*at(s) = all
		return nil
	}
}

func setStatus(s *Settings, v string) error {
	s.filters.Status = nil
	for _, one := range list(v) {
		state := mapping.State(one)
		if !slices.Contains([]mapping.State{mapping.Open, mapping.Closed, mapping.Snoozed}, state) {
			return fmt.Errorf("%q is no state", one)
		}
		s.filters.Status = append(s.filters.Status, state)
	}
	return nil
}

// setTags reads "dashly vip = intercom VIP customer" and adds it.
func setTags(s *Settings, v string) error {
	row := map[mapping.Desk]string{}
	for _, side := range strings.Split(v, "=") {
		name, tag, _ := strings.Cut(strings.TrimSpace(side), " ")
		desk, ok := deskOf(name)
		if tag = strings.TrimSpace(tag); !ok || tag == "" {
			return errors.New("write for example \"dashly vip = intercom VIP customer\"")
		}
		row[desk] = tag
	}
	s.tags.Map = append(s.tags.Map, row)
	return nil
}
