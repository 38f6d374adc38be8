package main

import (
	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
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
