package simulation

import (
	"errors"
	"fmt"
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
