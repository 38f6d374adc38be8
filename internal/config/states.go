package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/deskbridge/deskbridge/mapping"
)

// StateRules tell what the states of one desk become on the other one, by direction. A state that is not named becomes
// itself.
type StateRules struct {
	ToIntercom map[mapping.State]mapping.State `yaml:"dashly_to_intercom" json:"dashly_to_intercom"`
	ToDashly   map[mapping.State]mapping.State `yaml:"intercom_to_dashly" json:"intercom_to_dashly"`
}

// Keep in place of a state tells that a state is not carried.
const Keep mapping.State = "keep"

// Of gives the rules for the states of a desk.
func (r StateRules) Of(desk mapping.Desk) map[mapping.State]mapping.State {
	if desk == Dashly {
		return r.ToIntercom
	}
	return r.ToDashly
}

// checkStates refuses what is no state, and a snooze of what has no end.
func (l *loader) checkStates(r StateRules) {
	for _, direction := range []string{DashlyToIntercom, IntercomToDashly} {
		rules := r.ToIntercom
		if direction == IntercomToDashly {
			rules = r.ToDashly
		}
		for _, from := range slices.Sorted(maps.Keys(rules)) {
			keys := []string{"status", direction, string(from)}
			switch to := rules[from]; {
			case !slices.Contains(States, from):
				l.wrong(fmt.Sprintf("%s is no state: write open, snoozed or closed, and what it becomes on the other desk", strconv.Quote(string(from))), keys...)
			case to == mapping.Snoozed && from != mapping.Snoozed:
				l.wrong(fmt.Sprintf("%s has no time at which it ends, and a snooze needs one: write open, closed or keep", from), keys...)
			default:
				l.oneOf(string(to), []string{"open", "snoozed", "closed", "keep"}, keys...)
			}
		}
	}
}
