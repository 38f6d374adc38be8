package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
)

// directionFrom is the direction that carries what stands on a desk.
func directionFrom(desk mapping.Desk) string {
	if desk == config.Dashly {
		return config.DashlyToIntercom
	}
	return config.IntercomToDashly
}

// off reports whether nothing is carried from a desk, and says so of a rule about what stands there.
func (x *examiner) off(desk mapping.Desk, about string) bool {
	if x.cfg.Sync.Enabled(directionFrom(desk)) {
		return false
	}
	x.say(report.Warning, about, "can never match: sync.directions lacks %s, so nothing is carried from %s", directionFrom(desk), desk)
	return true
}

// directions warns of choices for kinds, and of a map of teams, that no direction which is on can use.
func (x *examiner) directions() {
	for _, s := range x.sides {
		if desk := s.Source.Desk(); len(x.cfg.Kinds[desk]) > 0 {
			x.off(desk, "kinds."+string(desk))
		}
	}
	x.states()
	if len(x.cfg.Teams.Map) > 0 && !x.teamsCarried() {
		x.say(report.Warning, "teams.map", "nothing is ever carried by it: the directions that are on lead only to desks that have no call to set a team or channel")
	}
}

// states warns of rules for states that can never do anything: nothing is carried from the desk, or the other one cannot be
// opened by a call.
func (x *examiner) states() {
	for i, s := range x.sides {
		desk, other := s.Source.Desk(), x.sides[1-i]
		rules, key := x.cfg.Status.Of(desk), "status."+directionFrom(desk)
		if len(rules) == 0 || x.off(desk, key) {
			continue
		}
		for _, from := range config.States {
			if to := rules[from]; to == mapping.Open && from != to && other.Sink.Features().Reopen != mapping.Full {
				x.say(report.Warning, key+"."+string(from), "nothing is ever opened by it: %s has no call that opens a conversation; write keep, which says the same, or closed", other.Source.Desk())
			}
		}
	}
}

// teamsCarried reports whether a direction that is on leads to a desk that can be given a team.
func (x *examiner) teamsCarried() bool {
	for i, s := range x.sides {
		if s.Send && x.sides[1-i].Sink.Features().Team == mapping.Full {
			return true
		}
	}
	return false
}

// commas warns of filters and rules for tags with a comma, where nothing is carried from a desk that has such tags.
func (x *examiner) commas() {
	for _, s := range x.sides {
		if s.Send && s.Sink.Features().CommaInTags == mapping.Full {
			return
		}
	}
	say := func(about string) {
		x.say(report.Warning, about, "can never match, as far as the documents tell: no desk that something is carried from has tags with a comma")
	}
	f, rules := &x.cfg.Filters.Tags, &x.cfg.Tags
	for _, list := range []struct {
		key  string
		tags []config.TagName
	}{{"filters.tags.only", f.Only}, {"filters.tags.except", f.Except}, {"tags.drop", rules.Drop}} {
		for i, pattern := range list.tags {
			if strings.Contains(string(pattern), ",") && !(list.key == "tags.drop" && mapped(rules, pattern)) {
				say(fmt.Sprintf("%s[%d]", list.key, i))
			}
		}
	}
	for i, same := range rules.Map {
		for _, s := range x.sides {
			if desk := s.Source.Desk(); s.Send && strings.Contains(string(same[desk]), ",") {
				say(fmt.Sprintf("tags.map[%d].%s", i, desk))
			}
		}
	}
}

// mapped reports whether a pattern fits a name of the map: tags.drop looks at both names of a tag.
func mapped(t *config.Tags, pattern config.TagName) bool {
	return slices.ContainsFunc(t.Map, func(same map[mapping.Desk]config.TagName) bool {
		for _, name := range same {
			if mapping.TagMatches(string(pattern), string(name)) {
				return true
			}
		}
		return false
	})
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
