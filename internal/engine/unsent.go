package engine

import (
	"slices"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// What people say on a desk from which nothing is carried waits until that direction is enabled; so do the fields that they change
// there. Meanwhile both desks are left as they are: each look agrees on what it sees, so that nothing is put back and an old
// change wins over no newer one. Beside it stands what was agreed before those changes, as far as they would still be
// carried if they could: when the direction is enabled, that is what the desk is compared with.

// unsent gives the fields of side i as they were agreed before the changes that nothing carries, in the place of those that
// are agreed now; nil where there are none.
func (s *scene) unsent(i int, now mapping.Fields) *mapping.Fields {
	if s.sides[i].side.Send {
		return nil
	}
	enabled, as := *s.sides[i].side, *s
	enabled.Send = true
	as.sides[i].side = &enabled
	bases, _ := as.agreed()
	base := bases[i]
	if base == nil { // nothing was agreed yet: as if all had been alike
		base = &mapping.Fields{State: s.sides[1-i].conv.Fields.State, Until: s.sides[1-i].conv.Fields.Until}
	}
	plan, then := as.planFields(), now
	then.Tags = slices.Clone(now.Tags)
	for _, op := range plan.writes[1-i] {
		value, carries := plan.carries[op.ID]
		if !carries {
			continue
		}
		switch fieldOf(op.Kind) {
		case mapping.Status:
			then.State, then.Until = base.State, base.Until
		case mapping.Assignee:
			then.Assignee = base.Assignee
		case mapping.Team:
			then.Team, then.TeamHidden = base.Team, base.TeamHidden
		case mapping.Title:
			then.Title = base.Title
		case mapping.Rating:
			then.Rating = base.Rating
		case mapping.Tags:
			undone := "+"
			if op.Kind == sinks.AddTag {
				undone = "-"
			}
			setField(&then, mapping.Tags, undone+value[1:])
		}
	}
	if then = then.Normal(); sameFields(then, now) {
		return nil
	}
	return &then
}

// sameFields compares what was agreed.
func sameFields(a, b mapping.Fields) bool {
	x, y := a.Normal(), b.Normal()
	return !differentStates(&x, &y) && x.Assignee == y.Assignee && x.Team == y.Team && x.TeamHidden == y.TeamHidden && x.Title == y.Title &&
		x.Rating == y.Rating && x.Backlink == y.Backlink && slices.Equal(x.Tags, y.Tags)
}
