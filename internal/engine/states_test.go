package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// stateCase is the states of a pair that began on Dashly: as agreed, empty where nothing was, and as they are read.
type stateCase struct {
	rules     StateRules
	base, now [2]mapping.State // base empty: nothing was agreed
	said      [2]time.Duration // ago, when an agent changed it there; 0: nobody did
	asked     [2]time.Duration // ago, when the customer wrote there last; 0: not since it was opened
	before    mapping.State    // what it was on Intercom before our own writes there; empty: there were none
	policy    string
	began     mapping.Desk
	wants     [2]mapping.State
	kept      [2]int // losses of the direction that leads to this side
	conflicts [2]int
}

const (
	open, closed, snoozed = mapping.Open, mapping.Closed, mapping.Snoozed
)

func rulesFrom(desk mapping.Desk, from, to mapping.State) StateRules {
	return StateRules{desk: {from: to}}
}

func TestStatesBecomeWhatTheRulesSay(t *testing.T) {
	const m = time.Minute
	asleepIsOpen, asleepIsClosed := rulesFrom(dashly.Desk, snoozed, open), rulesFrom(dashly.Desk, snoozed, closed)
	closedStays, openIsClosed := rulesFrom(intercom.Desk, closed, StateKept), rulesFrom(dashly.Desk, open, closed)
	asleepStays := rulesFrom(intercom.Desk, snoozed, StateKept)
	for name, c := range map[string]stateCase{
		"nothing changed, alike":                  {rules: asleepIsOpen, base: [2]mapping.State{open, open}, now: [2]mapping.State{open, open}},
		"nothing changed, apart":                  {rules: asleepIsOpen, base: [2]mapping.State{snoozed, open}, now: [2]mapping.State{snoozed, open}},
		"a snooze that is open there":             {rules: asleepIsOpen, base: [2]mapping.State{closed, closed}, now: [2]mapping.State{snoozed, closed}, wants: [2]mapping.State{1: open}},
		"a snooze that is open there already":     {rules: asleepIsOpen, base: [2]mapping.State{open, open}, now: [2]mapping.State{snoozed, open}},
		"its end":                                 {rules: asleepIsOpen, base: [2]mapping.State{snoozed, open}, now: [2]mapping.State{open, open}},
		"a snooze that is closed there":           {rules: asleepIsClosed, base: [2]mapping.State{open, open}, now: [2]mapping.State{snoozed, open}, wants: [2]mapping.State{1: closed}},
		"the end of that":                         {rules: asleepIsClosed, base: [2]mapping.State{snoozed, closed}, now: [2]mapping.State{open, closed}, wants: [2]mapping.State{1: open}},
		"a rule says nothing of other states":     {rules: asleepIsClosed, base: [2]mapping.State{closed, closed}, now: [2]mapping.State{open, closed}, wants: [2]mapping.State{1: open}},
		"nor of the other direction":              {rules: openIsClosed, base: [2]mapping.State{open, closed}, now: [2]mapping.State{open, open}},
		"what stays is told once":                 {rules: closedStays, base: [2]mapping.State{open, open}, now: [2]mapping.State{open, closed}, kept: [2]int{1, 0}},
		"what stays and is so there, too":         {rules: closedStays, base: [2]mapping.State{closed, open}, now: [2]mapping.State{closed, closed}},
		"a change on the other desk":              {rules: closedStays, base: [2]mapping.State{open, closed}, now: [2]mapping.State{closed, closed}},
		"back from what stays":                    {rules: closedStays, base: [2]mapping.State{open, closed}, now: [2]mapping.State{open, open}},
		"both, what stays last":                   {rules: closedStays, base: [2]mapping.State{closed, open}, now: [2]mapping.State{snoozed, closed}, said: [2]time.Duration{9 * m, m}, kept: [2]int{1, 0}},
		"both, what stays first":                  {rules: asleepStays, base: [2]mapping.State{open, open}, now: [2]mapping.State{closed, snoozed}, said: [2]time.Duration{m, 9 * m}, wants: [2]mapping.State{1: closed}, conflicts: [2]int{0, 1}},
		"both, alike by the rule":                 {rules: asleepIsClosed, base: [2]mapping.State{open, open}, now: [2]mapping.State{snoozed, closed}, said: [2]time.Duration{9 * m, m}},
		"both, alike by the rule, Intercom rules": {rules: asleepIsClosed, base: [2]mapping.State{open, open}, now: [2]mapping.State{snoozed, closed}, policy: "intercom"},
		"both, not alike":                         {rules: asleepIsClosed, base: [2]mapping.State{snoozed, open}, now: [2]mapping.State{open, closed}, said: [2]time.Duration{9 * m, m}, wants: [2]mapping.State{closed}, conflicts: [2]int{1, 0}},

		"our own words woke it":                           {rules: asleepStays, base: [2]mapping.State{open, snoozed}, now: [2]mapping.State{open, open}, before: snoozed, wants: [2]mapping.State{1: snoozed}},
		"the customer's words woke it":                    {rules: asleepStays, base: [2]mapping.State{open, snoozed}, now: [2]mapping.State{open, open}, before: snoozed, asked: [2]time.Duration{m, 0}},
		"they woke it, where open is closed":              {rules: openIsClosed, base: [2]mapping.State{open, closed}, now: [2]mapping.State{open, open}, before: closed, asked: [2]time.Duration{m, 0}, wants: [2]mapping.State{1: closed}},
		"the customer wrote on Intercom":                  {rules: asleepStays, base: [2]mapping.State{open, snoozed}, now: [2]mapping.State{open, open}, asked: [2]time.Duration{0, m}},
		"our words moved it, the other state stays":       {rules: rulesFrom(dashly.Desk, open, StateKept), base: [2]mapping.State{closed, closed}, now: [2]mapping.State{open, open}, before: closed, asked: [2]time.Duration{m, 0}, wants: [2]mapping.State{1: closed}},
		"a state that stays, moved by our words":          {rules: closedStays, base: [2]mapping.State{open, open}, now: [2]mapping.State{open, open}, before: closed, said: [2]time.Duration{0, 9 * m}, wants: [2]mapping.State{1: closed}, kept: [2]int{1, 0}},
		"no rule: our own words, as always":               {base: [2]mapping.State{open, snoozed}, now: [2]mapping.State{open, open}, before: snoozed, asked: [2]time.Duration{m, 0}, wants: [2]mapping.State{1: snoozed}},
		"a copy of what is closed":                        {rules: asleepIsOpen, now: [2]mapping.State{closed, open}, wants: [2]mapping.State{1: closed}},
		"a copy of what is snoozed":                       {rules: asleepIsClosed, now: [2]mapping.State{snoozed, open}, wants: [2]mapping.State{1: closed}},
		"a copy of what stays":                            {rules: rulesFrom(dashly.Desk, closed, StateKept), now: [2]mapping.State{closed, open}, kept: [2]int{0, 1}},
		"a copy whose own state would stay":               {rules: rulesFrom(intercom.Desk, open, StateKept), now: [2]mapping.State{closed, open}, wants: [2]mapping.State{1: closed}},
		"a copy that is to be closed":                     {rules: openIsClosed, now: [2]mapping.State{open, open}, wants: [2]mapping.State{1: closed}},
		"forgotten, apart by the rule":                    {rules: asleepIsClosed, now: [2]mapping.State{snoozed, closed}, policy: "intercom", said: [2]time.Duration{9 * m, m}},
		"forgotten, apart by the rule, began there":       {rules: asleepIsClosed, now: [2]mapping.State{snoozed, closed}, began: intercom.Desk},
		"forgotten, closed there and kept":                {rules: closedStays, now: [2]mapping.State{open, closed}, said: [2]time.Duration{0, m}, kept: [2]int{1, 0}},
		"forgotten, closed there and kept, Dashly rules":  {rules: closedStays, now: [2]mapping.State{open, closed}, said: [2]time.Duration{0, m}, policy: "dashly"},
		"forgotten, closed there, and it began there":     {rules: closedStays, now: [2]mapping.State{open, closed}, began: intercom.Desk, kept: [2]int{1, 0}},
		"forgotten, kept there, and changed here later":   {rules: asleepStays, now: [2]mapping.State{closed, snoozed}, said: [2]time.Duration{m, 9 * m}, wants: [2]mapping.State{1: closed}},
		"forgotten, kept there, our own words moved it":   {rules: asleepStays, now: [2]mapping.State{open, open}, before: snoozed, said: [2]time.Duration{0, m}, wants: [2]mapping.State{1: snoozed}, kept: [2]int{1, 0}},
		"forgotten, kept there, the customer's words":     {rules: asleepStays, now: [2]mapping.State{open, open}, before: snoozed, said: [2]time.Duration{0, 9 * m}, asked: [2]time.Duration{m, 0}},
		"forgotten, opened there by hand":                 {rules: openIsClosed, now: [2]mapping.State{open, open}, said: [2]time.Duration{0, m}, policy: "dashly"},
		"forgotten, no rule":                              {now: [2]mapping.State{open, closed}, said: [2]time.Duration{0, m}, policy: "dashly", wants: [2]mapping.State{1: open}},
		"forgotten, a rule that is about something else ": {rules: asleepIsClosed, now: [2]mapping.State{open, closed}, said: [2]time.Duration{0, m}, policy: "dashly", wants: [2]mapping.State{1: open}},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.scene(t)
			p := s.planFields()
			for i := range s.sides {
				require.Equal(t, c.wants[i], stateWritten(t, p.writes[i]), "written on side %d", i)
				kept := 0
				for _, loss := range p.losses[i] {
					if loss == mapping.LossStateKept {
						kept++
					}
				}
				require.Equal(t, c.kept[i], kept, "kept from side %d", i)
				require.Equal(t, c.now[i], p.base[i].State, "what is agreed is what is read")
			}
			require.Equal(t, c.conflicts, p.conflicts)
			for i := range s.sides {
				for _, op := range p.writes[i] {
					s.sides[i].conv.Fields.State, s.sides[i].conv.Fields.Until = op.State, op.Until
				}
			}
			again := s.planFields()
			require.Empty(t, append(again.writes[0], again.writes[1]...), "in the same look")
			s.agree(again)
			again = s.planFields()
			require.Empty(t, append(again.writes[0], again.writes[1]...), "in the next look")
			require.Empty(t, append(again.losses[0], again.losses[1]...), "it is told once")
		})
	}
}

func stateWritten(t *testing.T, ops []sinks.Operation) mapping.State {
	t.Helper()
	if len(ops) == 0 {
		return ""
	}
	require.Len(t, ops, 1)
	require.Equal(t, sinks.SetState, ops[0].Kind)
	require.Equal(t, sinks.Quiet, ops[0].Class)
	require.Equal(t, ops[0].State == snoozed, !ops[0].Until.IsZero())
	return ops[0].State
}

func (c stateCase) scene(t *testing.T) *scene {
	t.Helper()
	s := teamCase{unagreed: c.base[0] == "", policy: c.policy, began: c.began}.scene(t)
	s.opts.States, s.opts.TeamMap, s.opts.Conflicts = c.rules, nil, map[mapping.Field]string{mapping.Status: c.policy}
	fields := func(st mapping.State) mapping.Fields {
		f := mapping.Fields{State: st}
		if st == snoozed {
			f.Until = s.now.Add(48 * time.Hour)
		}
		return f
	}
	for i := range s.sides {
		v := &s.sides[i]
		v.features.Reopen, v.features.Snooze = mapping.Full, mapping.Full // a third desk could
		v.conv.Fields = fields(c.now[i])
		if i == s.origin() {
			v.conv.Entries = append(v.conv.Entries, mapping.Entry{ID: "1", Kind: mapping.Message, Opening: true, At: s.now.Add(-time.Hour), Author: mapping.Person{Role: mapping.Customer, ID: "alice"}, Body: mapping.PlainBody("Hello")})
		}
		if ago := c.said[i]; ago > 0 {
			v.conv.Entries = append(v.conv.Entries, mapping.Entry{ID: "said", Kind: mapping.Event, At: s.now.Add(-ago), Author: mapping.Person{Role: mapping.Agent, ID: "jane"}, Made: mapping.ByHuman, Covers: mapping.Status})
		}
		if ago := c.asked[i]; ago > 0 {
			v.conv.Entries = append(v.conv.Entries, mapping.Entry{ID: "asked", Kind: mapping.Message, At: s.now.Add(-ago), Author: mapping.Person{Role: mapping.Customer, ID: "alice"}, Made: mapping.ByHuman, Body: mapping.PlainBody("Well?")})
		}
		d := state.DeskState{Known: []mapping.EntryID{"1"}}
		if c.base[i] != "" {
			base := fields(c.base[i])
			d.Base = &base
		}
		if i == 1 && c.before != "" {
			before := fields(c.before)
			d.Consequence, d.Before, d.BeforeAt = state.Stirred, &before, s.now.Add(-30*time.Second)
		}
		s.ledger.SetDesk(v.desk, d)
	}
	return s
}

// TestASnoozeThatIsOverWasNotEndedByUs: Dashly delayed a conversation, whose copy was closed for it, and then the bridge wrote a
// note there. Whether the fields were agreed since or not: once the delay is over the copy opens.
func TestASnoozeThatIsOverWasNotEndedByUs(t *testing.T) {
	for name, c := range map[string]struct {
		unagreed bool
		ends     time.Duration // from now
		copied   mapping.State
		wants    [2]mapping.State
	}{
		"it is over":                   {ends: -time.Minute, copied: closed, wants: [2]mapping.State{1: open}},
		"nothing was agreed":           {unagreed: true, ends: -time.Minute, copied: closed, wants: [2]mapping.State{1: open}},
		"the copy was opened already":  {unagreed: true, ends: -time.Minute, copied: open},
		"it is not over: our note did": {ends: time.Hour, copied: closed, wants: [2]mapping.State{snoozed}},
	} {
		t.Run(name, func(t *testing.T) {
			s := stateCase{rules: rulesFrom(dashly.Desk, snoozed, closed), now: [2]mapping.State{open, c.copied}}.scene(t)
			before := mapping.Fields{State: snoozed, Until: s.now.Add(c.ends)}
			d := state.DeskState{Consequence: state.Stirred, Before: &before, BeforeAt: s.now.Add(-30 * time.Minute), Known: []mapping.EntryID{"1"}}
			if !c.unagreed {
				d.Base = &before
				s.ledger.SetDesk(intercom.Desk, state.DeskState{Base: &mapping.Fields{State: closed}})
			}
			s.ledger.SetDesk(dashly.Desk, d)
			s.sides[0].features.Snooze = mapping.Full
			p := s.planFields()
			for i := range s.sides {
				require.Equal(t, c.wants[i], stateWritten(t, p.writes[i]), "written on side %d", i)
			}
		})
	}
}
