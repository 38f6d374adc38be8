package engine

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// habits are what a desk does beside what it was told (intercom-api.md 9.3, 9.4).
type habits struct {
	wakes    bool // an assignment opens what is closed or snoozed
	oneOwner bool // an assignment to a team takes the agent away, and one to an agent the team
}

// fieldScene draws a conversation that stands on both desks with any fields there, agreed before or not, and with moved
// perhaps moved by our own writes since; desks that can hold each field or cannot, by any policies.
func fieldScene(t *rapid.T, moved bool) *scene {
	s, _ := standing(t)
	entries := s.sides[0].conv.Entries
	if ahead := entries[len(entries)-1].At.Sub(s.now); ahead >= 0 { // a scene is read after what it shows
		for i := range entries {
			entries[i].At = entries[i].At.Add(-ahead - time.Second)
		}
	}
	yes := func(label string) bool { return rapid.Bool().Draw(t, label) }
	from, to := s.sides[0].desk, s.sides[1].desk
	s.sides[0].features, _ = dashly.Features("")
	if from == intercom.Desk {
		s.sides[0].features, _ = intercom.Features("2.15")
	}
	if yes("teams are mapped") {
		s.opts.TeamMap = []map[mapping.Desk]string{{from: "7", to: "70"}, {from: "8", to: "80"}}
	}
	s.opts.States = someStateRules(t, from, to)
	s.opts.Conflicts = map[mapping.Field]string{}
	for _, f := range []mapping.Field{mapping.Status, mapping.Assignee, mapping.Team, mapping.Title, mapping.Tags} {
		s.opts.Conflicts[f] = rapid.SampledFrom([]string{"", "newest", string(from), string(to)}).Draw(t, "policy")
	}
	agents := [2][]mapping.PersonID{{"", "jane", "tom", "olga"}, {"", "jane2", "fallback", "stranger"}}
	teams := [2][]string{{"", "7", "8", "9"}, {"", "70", "80", "90"}}
	for i := range s.sides {
		v := &s.sides[i]
		for _, can := range []*mapping.Level{&v.features.Reopen, &v.features.Team, &v.features.Title} {
			*can = rapid.SampledFrom([]mapping.Level{*can, mapping.Full, mapping.Dropped}).Draw(t, "can")
		}
		v.features.Snooze = v.features.Reopen // no desk can do one of them alone
		some := func() *mapping.Fields {
			f := mapping.Fields{State: rapid.SampledFrom(someStates).Draw(t, "state"), Assignee: rapid.SampledFrom(agents[i]).Draw(t, "assignee"),
				Team: rapid.SampledFrom(teams[i]).Draw(t, "team"), Title: rapid.SampledFrom([]string{"", "Order", "Refund"}).Draw(t, "title"), Tags: someTags(t, "tags")}
			if f.State == mapping.Snoozed { // a desk opens by itself what was snoozed until a time that has come
				f.Until = rapid.SampledFrom([]time.Time{{}, s.now.Add(time.Hour), s.now.Add(24 * time.Hour)}).Draw(t, "until")
			}
			if rapid.IntRange(0, 5).Draw(t, "hidden") == 5 {
				f.Team, f.TeamHidden = "", true
			}
			f = f.Normal()
			return &f
		}
		v.conv.Fields, v.readAt = *some(), s.now
		var d state.DeskState
		if yes("agreed before") {
			d.Base = some()
			if yes("nothing has changed") {
				*d.Base = v.conv.Fields
			}
			if moved && yes("we wrote since") {
				d.Consequence, d.Before, d.BeforeAt = rapid.SampledFrom([]state.Consequence{state.Stirred, state.Restored}).Draw(t, "consequence"), some(), s.now.Add(-time.Minute)
			}
		}
		if i == 1 {
			for n := range rapid.IntRange(0, 3).Draw(t, "events there") {
				v.conv.Entries = append(v.conv.Entries, mapping.Entry{ID: mapping.EntryID("e" + string(rune('0'+n))), Kind: mapping.Event, Author: mapping.Person{Role: mapping.Agent, ID: "jane2"},
					At: s.now.Add(-time.Duration(rapid.IntRange(1, 7200).Draw(t, "seconds ago")) * time.Second), Made: rapid.SampledFrom([]mapping.Provenance{mapping.Unknown, mapping.ByHuman, mapping.ByAPI}).Draw(t, "made"),
					Covers: rapid.SampledFrom([]mapping.Field{mapping.Status, mapping.Assignee, mapping.Team, mapping.Tags}).Draw(t, "about")})
			}
		}
		for _, e := range v.conv.Entries {
			if yes("known") {
				d.Known = append(d.Known, e.ID)
			}
		}
		s.ledger.SetDesk(v.desk, d)
	}
	return s
}

// someStateRules draws what states become on the other desk; often nothing else than they are.
func someStateRules(t *rapid.T, desks ...mapping.Desk) StateRules {
	rules := StateRules{}
	for _, desk := range desks {
		rules[desk] = map[mapping.State]mapping.State{}
		for _, from := range someStates {
			to := rapid.SampledFrom([]mapping.State{from, from, mapping.Open, mapping.Closed, StateKept}).Draw(t, "becomes")
			if to != from {
				rules[desk][from] = to
			}
		}
	}
	return rules
}

// carryOut does what a plan of the fields has, in the order and with the memory of a look, on desks of some habits. It
// gives the writes that are put off.
func (s *scene) carryOut(p fieldPlan, h habits) (later []sinks.Operation) {
	for i := range s.sides {
		v := &s.sides[i]
		f, d := &v.conv.Fields, s.ledger.Desks[v.desk]
		now := teamFirst(p.writes[i])
		for _, op := range p.writes[i] {
			if !slices.ContainsFunc(now, func(o sinks.Operation) bool { return o.ID == op.ID }) {
				later = append(later, op)
				continue
			}
			if assigns := op.Kind == sinks.SetAssignee || op.Kind == sinks.SetTeam; assigns && d.Consequence == state.Clean {
				s.beforehand(i, &d)
				d.Consequence = state.Stirred
			}
			switch op.Kind {
			case sinks.SetState:
				f.State, f.Until = op.State, op.Until
			case sinks.SetAssignee:
				f.Assignee = op.Assignee
				if h.oneOwner && op.Assignee != "" {
					f.Team = ""
				}
			case sinks.SetTeam:
				f.Team, f.TeamHidden = op.Team, false
				if h.oneOwner && op.Team != "" {
					f.Assignee = ""
				}
			case sinks.SetTitle:
				f.Title = op.Title
			case sinks.SetBacklink:
				v.conv.Backlink = op.Backlink
			case sinks.AddTag:
				f.Tags = append(f.Tags, op.Tag)
			case sinks.RemoveTag:
				f.Tags = slices.DeleteFunc(f.Tags, func(tag string) bool { return mapping.TagKey(tag) == mapping.TagKey(op.Tag) })
			}
			if h.wakes && (op.Kind == sinks.SetAssignee || op.Kind == sinks.SetTeam) {
				f.State, f.Until = mapping.Open, time.Time{}
			}
			*f = f.Normal()
			sent := state.Intent{ID: op.ID, Kind: "field", Desk: v.desk, Value: string(fieldOf(op.Kind)) + "=" + fieldValue(op), SentAt: s.now}
			if value, ok := p.carries[op.ID]; ok {
				sent.Carries = &value
			}
			d.Written = append(d.Written, sent)
		}
		if p.restores[i] && len(now) == len(p.writes[i]) {
			d.Consequence = state.Restored
		}
		s.ledger.SetDesk(v.desk, d)
	}
	return later
}

// fieldsComeToRest: after one plan of the fields is carried out and both sides are read back, the next plan is empty, in
// the same look and, once what they come to is agreed, in the next one. One case alone needs a second plan: a state that
// was put off behind a team, because an assignment may move the state; then that state is all that is left.
func fieldsComeToRest(t *rapid.T) {
	s := fieldScene(t, false)
	p := s.planFields()
	if later := s.carryOut(p, habits{}); len(later) > 0 {
		p = s.planFields()
		require.Equal(t, later, slices.Concat(p.writes[0], p.writes[1]), "what was put off, and nothing else")
		for _, op := range later {
			require.Equal(t, sinks.SetState, op.Kind)
		}
		require.Empty(t, s.carryOut(p, habits{}))
	}
	p = s.planFields()
	require.Empty(t, slices.Concat(p.writes[0], p.writes[1]), "in the same look")
	s.agree(p)
	p = s.planFields()
	require.Empty(t, slices.Concat(p.writes[0], p.writes[1]), "in the next look")
}

// movedFieldsComeToRest: where a desk moves fields by itself when it is written to, or an earlier look was cut off after
// it did, what was moved is written once more. Then a look has no more than four plans with writes (the change, what it
// moved, what was put off, and what that moved on the other desk), and what the desk made of them is accepted: the next
// look has none.
func movedFieldsComeToRest(t *rapid.T) {
	s := fieldScene(t, true)
	h := habits{wakes: rapid.Bool().Draw(t, "assignments wake"), oneOwner: rapid.Bool().Draw(t, "one owner")}
	tried, team := map[string]bool{}, ""
	var p fieldPlan
	for plans := 0; ; plans++ {
		p = s.planFields()
		left := 0
		for i := range p.writes {
			p.writes[i] = slices.DeleteFunc(p.writes[i], func(op sinks.Operation) bool { return tried[op.ID] })
			left += len(p.writes[i])
			for _, op := range teamFirst(p.writes[i]) {
				switch tried[op.ID] = true; op.Kind {
				case sinks.SetTeam:
					team = op.ID
				case sinks.SetAssignee:
					delete(tried, team)
				}
			}
		}
		if left == 0 {
			break
		}
		require.Less(t, plans, 4, "%+v", p.writes)
		s.carryOut(p, h)
	}
	s.agree(p)
	p = s.planFields()
	require.Empty(t, slices.Concat(p.writes[0], p.writes[1]), "in the next look")
}
