package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
)

// rules warns of filters and rules for tags that can never fit. Lists of teams and tags are asked for only where one is
// named that something may be carried from.
func (x *examiner) rules(ctx context.Context) {
	f := &x.cfg.Filters
	for i, only := range f.Tags.Only {
		if slices.ContainsFunc(f.Tags.Except, func(not config.TagName) bool { return mapping.TagMatches(string(not), string(only)) }) {
			x.say(report.Warning, fmt.Sprintf("filters.tags.only[%d]", i), "%s is excepted too: no conversation is carried because of it", only)
		}
	}
	x.teamFilter(&f.Teams)
	x.channelFilter(&f.Channels)
	if f.CreatedAfter.After(time.Now()) {
		x.say(report.Warning, "filters.created_after", "it is a time to come: until then no conversation is carried")
	}
	if !f.CreatedBefore.IsZero() && !f.CreatedAfter.Before(f.CreatedBefore.Time) {
		x.say(report.Warning, "filters.created_before", "can never match: it is not later than filters.created_after, so no conversation is carried")
	}
	x.tagRules(&x.cfg.Tags)
	x.commas()
	x.tagsExist(ctx)
	for i, s := range x.sides {
		if x.hosts[i] != "" && s.Send {
			x.teamsExist(ctx, i, &f.Teams)
		}
	}
}

func (x *examiner) teamFilter(f *config.TeamFilter) {
	for i, except := range f.Except {
		desk, _ := except.Split()
		x.off(desk, fmt.Sprintf("filters.teams.except[%d]", i))
	}
	for i, only := range f.Only {
		desk, _ := only.Split()
		if x.off(desk, fmt.Sprintf("filters.teams.only[%d]", i)) {
			continue
		}
		if slices.Contains(f.Except, only) || slices.Contains(f.Except, anyTeam(desk)) {
			x.say(report.Warning, fmt.Sprintf("filters.teams.only[%d]", i), "%s is excepted too: no conversation is carried because of it", only)
		}
	}
	for _, s := range x.sides {
		desk := s.Source.Desk()
		named := slices.ContainsFunc(f.Only, func(t config.TeamRef) bool { d, _ := t.Split(); return d == desk })
		if s.Send && len(f.Only) > 0 && !named {
			x.say(report.Warning, "filters.teams.only", "it names nothing of %s: no conversation that begins there is carried; add %s if all of them are to be", desk, anyTeam(desk))
		}
	}
}

func anyTeam(desk mapping.Desk) config.TeamRef {
	return config.TeamRef(string(desk) + ":" + engine.AnyTeam)
}

// teamsExist looks for the teams of a desk that the filters name.
func (x *examiner) teamsExist(ctx context.Context, i int, f *config.TeamFilter) {
	s := x.sides[i].Source
	type place struct{ key, id string }
	var wanted []place
	for _, list := range []struct {
		key   string
		teams []config.TeamRef
	}{{"filters.teams.only", f.Only}, {"filters.teams.except", f.Except}} {
		for i, t := range list.teams {
			if desk, id := t.Split(); desk == s.Desk() && id != engine.AnyTeam {
				wanted = append(wanted, place{fmt.Sprintf("%s[%d]", list.key, i), id})
			}
		}
	}
	if len(wanted) == 0 {
		return
	}
	all, can, err := x.teamsOf(ctx, i)
	switch {
	case !can:
		return
	case err != nil:
		x.say(report.Info, string(s.Desk())+" teams", "whether those of filters.teams exist cannot be seen: %v", err)
		return
	}
	for _, w := range wanted {
		if !slices.ContainsFunc(all, func(t sources.Team) bool { return t.ID == w.id }) {
			var have []string
			for _, t := range all {
				have = append(have, strings.TrimSpace(t.ID+" "+t.Name))
			}
			x.say(report.Warning, w.key, "%s has no team or channel %s, so no conversation is in it; there are: %s", s.Desk(), w.id, strings.Join(have, ", "))
		}
	}
}
