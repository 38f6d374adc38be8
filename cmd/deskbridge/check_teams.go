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

// listing is what a desk answered when it was asked for its teams.
type listing struct {
	teams []sources.Team
	err   error
}

// teamsOf gives the teams or channels of a desk, for which it is asked once however many rules name some. Not ok: the desk
// has no such list.
func (x *examiner) teamsOf(ctx context.Context, i int) (teams []sources.Team, ok bool, err error) {
	lister, ok := x.sides[i].Source.(sources.TeamLister)
	if !ok {
		return nil, false, nil
	}
	if x.listed[i] == nil {
		x.listed[i] = &listing{}
		x.listed[i].teams, x.listed[i].err = lister.Teams(ctx)
	}
	return x.listed[i].teams, true, x.listed[i].err
}
