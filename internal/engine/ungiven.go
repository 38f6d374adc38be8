package engine

import (
	"slices"
	"strings"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// notGiven names the fields of side i whose present value the other desk could not be given, which was counted as a loss.
func (s *scene) notGiven(i int) (names []string) {
	var there mapping.Fields
	if c := s.sides[1-i].conv; c != nil {
		there = c.Fields
	}
	held := s.ledger.Desks[s.sides[1-i].desk].Held
	for _, f := range []mapping.Field{mapping.Status, mapping.Assignee, mapping.Team, mapping.Tags, mapping.Title} {
		value, ok := held[f]
		if ok && s.lacks(i, there, f, value) || f == mapping.Tags && s.lacksTags(i) {
			names = append(names, string(f))
		}
	}
	return names
}

// lacks reports whether the other desk, which shows these fields, lacks the present value of one of side i, by the value
// that is held there.
func (s *scene) lacks(i int, there mapping.Fields, f mapping.Field, held string) bool {
	here := s.sides[i].conv.Fields
	switch f {
	case mapping.Status:
		want, carried := merger{scene: s}.becomes(i, here)
		refused := fieldValue(sinks.Operation{Kind: sinks.SetState, State: want.State, Until: want.Until})
		opened := want.State == mapping.Snoozed && held == string(mapping.Open) // which a desk is that cannot snooze
		return carried && differentStates(&want, &there) && (held == string(want.State) || held == refused || opened)
	case mapping.Assignee:
		who, _ := s.counterpart(i, mapping.Person{Role: mapping.Agent, ID: here.Assignee})
		return held == unmapped+string(here.Assignee) || held == string(who.ID) && who.ID != there.Assignee
	case mapping.Team:
		team, _ := s.otherTeam(i, here.Team)
		return held == notGiven+here.Team || held == unmapped+here.Team || held == team && team != there.Team
	case mapping.Tags:
		added := strings.HasPrefix(held, "+")
		return held != "" && s.givesTag(i, held[1:]) == added && hasTag(there.Tags, held[1:]) != added
	}
	return held == notGiven+here.Title || held == here.Title && here.Title != there.Title
}

// lacksTags reports whether side i shows a tag that the other desk cannot hold and that was counted: only the last of several
// is held.
func (s *scene) lacksTags(i int) bool {
	base := s.ledger.Desks[s.sides[i].desk].Base
	return base != nil && slices.ContainsFunc(s.sides[i].conv.Fields.Tags, func(tag string) bool {
		return hasTag(base.Tags, tag) && s.tagLoss(i, tag) == mapping.LossTagUnsafe
	})
}
