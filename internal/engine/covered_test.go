package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/state"
)

// TestWhatIsLostOfAChangeThatAFieldCarries to Dashly, which neither snoozes nor opens, and sets no channel.
func TestWhatIsLostOfAChangeThatAFieldCarries(t *testing.T) {
	status := func(need mapping.Ability) mapping.Entry { return mapping.Entry{Covers: mapping.Status, Needs: need} }
	assigned := func(to string, also mapping.Field) mapping.Entry {
		return mapping.Entry{Covers: mapping.Assignee, Also: also, Target: to}
	}
	told := func(f mapping.Field, act mapping.Act) mapping.Entry { return mapping.Entry{Covers: f, Act: act} } // as Dashly does
	tags := func(added, taken []string) mapping.Entry {
		return mapping.Entry{Covers: mapping.Tags, Tagged: added, Untagged: taken}
	}
	able := func(s *scene) {
		s.sides[1].features.Snooze, s.sides[1].features.Reopen, s.sides[1].features.Team = mapping.Full, mapping.Full, mapping.Full
	}
	mapped := func(s *scene) {
		able(s)
		s.opts.TeamMap = []map[mapping.Desk]string{{intercom.Desk: "77", dashly.Desk: "1"}}
	}
	ruled := func(becomes mapping.State) func(*scene) {
		return func(s *scene) { s.opts.States = StateRules{intercom.Desk: {mapping.Snoozed: becomes}} }
	}
	held := func(f mapping.Field, value string) func(*scene) {
		return func(s *scene) {
			s.ledger.SetDesk(dashly.Desk, state.DeskState{Held: map[mapping.Field]string{f: value}})
		}
	}
	const now, unset = mapping.LossEventTimeNow, mapping.LossFieldUnset
	for name, c := range map[string]struct {
		entry mapping.Entry
		in    func(*scene)
		lost  []mapping.Loss
	}{
		"a close":                        {status(""), nil, []mapping.Loss{now}},
		"a snooze":                       {status(mapping.ToSnooze), nil, []mapping.Loss{mapping.LossSnoozeUnsupported}},
		"a snooze, where the desk can":   {status(mapping.ToSnooze), able, []mapping.Loss{now}},
		"a snooze that is kept":          {status(mapping.ToSnooze), ruled(StateKept), []mapping.Loss{mapping.LossStateKept}},
		"a snooze that becomes a close":  {status(mapping.ToSnooze), ruled(mapping.Closed), []mapping.Loss{now}},
		"an opening":                     {status(mapping.ToReopen), nil, []mapping.Loss{mapping.LossReopenUnsupported}},
		"an opening, where the desk can": {status(mapping.ToReopen), able, []mapping.Loss{now}},
		"an agent":                       {assigned("28", ""), nil, []mapping.Loss{now}},
		"an agent whom the desk refuses": {assigned("28", ""), held(mapping.Assignee, "14712"), []mapping.Loss{unset}},
		"an agent without a counterpart": {assigned("29", ""), nil, []mapping.Loss{mapping.LossUnmappedAgent}},
		"the same, in another place":     {told(mapping.Assignee, mapping.Act{Agent: "29"}), nil, []mapping.Loss{mapping.LossUnmappedAgent}},
		"nobody":                         {assigned(mapping.Nobody, mapping.Team), nil, []mapping.Loss{now}},
		"nobody, in another place":       {told(mapping.Assignee, mapping.Act{Agent: mapping.Nobody}), nil, []mapping.Loss{now}},
		"it does not tell whom":          {assigned("", mapping.Team), nil, []mapping.Loss{now}},
		"a team":                         {assigned("77", mapping.Team), nil, []mapping.Loss{unset}},
		"a team without a counterpart":   {assigned("77", mapping.Team), able, []mapping.Loss{mapping.LossUnmappedTeam}},
		"a team of the map":              {assigned("77", mapping.Team), mapped, []mapping.Loss{now}},
		"a channel of the map":           {told(mapping.Team, mapping.Act{Team: "77"}), mapped, []mapping.Loss{now}},
		"a channel of no map":            {told(mapping.Team, mapping.Act{Team: "78"}), mapped, []mapping.Loss{mapping.LossUnmappedTeam}},
		"tags":                           {tags([]string{"vip", "a,b"}, nil), nil, []mapping.Loss{now, mapping.LossTagUnsafe}},
		"tags that are not told":         {tags(nil, nil), nil, []mapping.Loss{now}},
		"a tag that is kept":             {tags([]string{"vip"}, nil), func(s *scene) { s.opts.Tags.Drop = []string{"vip"} }, []mapping.Loss{mapping.LossTagKept}},
		"a tag that the desk refuses":    {tags([]string{"vip"}, nil), held(mapping.Tags, "+vip"), []mapping.Loss{unset}},
		"tags that go, one never given":  {tags(nil, []string{"vip", "a,b"}), nil, []mapping.Loss{now}},
		"a vote that an attribute holds": {mapping.Entry{Also: mapping.Rating}, nil, nil},
	} {
		s := ratedScene(t, 0)
		s.people = NewPeople([]map[mapping.Desk]mapping.PersonID{{intercom.Desk: "28", dashly.Desk: "14712"}})
		if c.in != nil {
			c.in(s)
		}
		require.Equal(t, c.lost, s.covered(0, c.entry).Losses, name)
	}
}
