package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/sources"
)

// channels looks for the channels and teams of the map on their desks. One that a desk does not list is a warning: what is
// carried to it fails, or nothing is. Without a map that can be used no desk is asked.
func (x *examiner) channels(ctx context.Context) {
	if len(x.cfg.Teams.Map) == 0 || !x.teamsCarried() {
		return
	}
	for i, s := range x.sides {
		desk := s.Source.Desk()
		about := string(desk) + " teams"
		listed, ok, err := x.teamsOf(ctx, i)
		if !ok {
			continue
		}
		if err != nil {
			why := "%v"
			if api.ClassOf(err) == api.Denied {
				why = "the token may not list them (%v)"
			}
			x.say(report.Warning, about, "teams.map could not be checked: "+why, err)
			continue
		}
		found := 0
		for n, same := range x.cfg.Teams.Map {
			if slices.ContainsFunc(listed, func(t sources.Team) bool { return t.ID == string(same[desk]) }) {
				found++
				continue
			}
			x.say(report.Warning, fmt.Sprintf("teams.map[%d].%s", n, desk), "%s does not list %s: write the id of one that exists", desk, same[desk])
		}
		if found == len(x.cfg.Teams.Map) {
			x.say(report.OK, about, "the desk lists every one of teams.map, %d in all", found)
		}
	}
}
