package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/state"
)

// TestATitleThatNobodyIsToldIsCounted: once for each change since the titles were agreed, where one desk alone has them.
func TestATitleThatNobodyIsToldIsCounted(t *testing.T) {
	for name, c := range map[string]struct {
		base, now string // of Intercom
		unagreed  bool
		silent    bool // nothing is carried from Intercom
		held      string
		none      bool // that version of Intercom has no titles either
		lost      bool
	}{
		"no title":                        {},
		"as agreed":                       {base: "Order", now: "Order"},
		"a change":                        {base: "Order", now: "Refund", lost: true},
		"a first one, later":              {now: "Refund", lost: true},
		"taken away":                      {base: "Order", lost: true},
		"told before":                     {base: "Order", now: "Refund", held: "unset:Refund"},
		"another one was told before":     {base: "Order", now: "Refund", held: "unset:Return", lost: true},
		"while nothing is agreed":         {now: "Order", unagreed: true},
		"nothing is carried from there":   {base: "Order", now: "Refund", silent: true},
		"neither desk has titles":         {base: "Order", now: "Refund", none: true},
		"taken away, told before as well": {base: "Order", held: "unset:"},
	} {
		t.Run(name, func(t *testing.T) {
			s := teamCase{unagreed: c.unagreed, began: intercom.Desk}.scene(t)
			s.opts.TeamMap = nil
			s.opts.Sides[1].Send = !c.silent
			s.sides[1].conv.Fields.Title = c.now
			if c.none {
				s.sides[1].features.Title = mapping.Dropped
			}
			if d := s.ledger.Desks[intercom.Desk]; d.Base != nil {
				base := *d.Base
				base.Title = c.base
				d.Base = &base
				s.ledger.SetDesk(intercom.Desk, d)
			}
			if d := s.ledger.Desks[dashly.Desk]; c.held != "" {
				d.Held = map[mapping.Field]string{mapping.Title: c.held}
				s.ledger.SetDesk(dashly.Desk, d)
			}
			var want []mapping.Loss
			if c.lost {
				want = []mapping.Loss{mapping.LossFieldUnset}
			}
			p := s.planFields()
			require.Equal(t, [2][]mapping.Loss{want, nil}, p.losses, "of what leads to Dashly")
			require.Equal(t, [2]int{}, p.conflicts)
			require.Empty(t, append(p.writes[0], p.writes[1]...))
			require.Equal(t, c.now, p.base[1].Title)

			s.agree(p)
			again := s.planFields()
			require.Equal(t, [2][]mapping.Loss{}, again.losses, "it is counted once")
			require.Equal(t, p.held, again.held)
		})
	}
}

// TestAnExplanationTellsWhatWasNotGiven: as long as it is what the desk shows.
func TestAnExplanationTellsWhatWasNotGiven(t *testing.T) {
	s := teamCase{began: intercom.Desk}.scene(t)
	s.sides[1].conv.Fields = mapping.Fields{State: mapping.Snoozed, Title: "Refund", Team: "501", Assignee: "jane", Tags: []string{"late", "vip"}}
	s.sides[0].conv.Fields.Tags = []string{"late", "new"}
	for _, c := range []struct {
		held map[mapping.Field]string
		want []string
	}{
		{nil, nil},
		{map[mapping.Field]string{mapping.Title: "unset:Refund"}, []string{"title"}},
		{map[mapping.Field]string{mapping.Title: "unset:Order", mapping.Team: "unmapped:500", mapping.Assignee: "jane"}, nil},
		{map[mapping.Field]string{mapping.Title: "unset:Refund", mapping.Team: "unset:501", mapping.Assignee: "unmapped:jane"}, []string{"assignee", "team", "title"}},
		{map[mapping.Field]string{mapping.Title: "Refund", mapping.Team: "77"}, []string{"team", "title"}}, // refused
		{map[mapping.Field]string{mapping.Status: "snoozed", mapping.Tags: "+vip"}, []string{"status", "tags"}},
		{map[mapping.Field]string{mapping.Status: "open", mapping.Tags: "-new"}, []string{"status", "tags"}},
		{map[mapping.Field]string{mapping.Status: "closed", mapping.Tags: "+late"}, nil},
		{map[mapping.Field]string{mapping.Tags: "-vip"}, nil},
	} {
		s.ledger.SetDesk(dashly.Desk, state.DeskState{Held: c.held})
		x := explainer{look: &look{scene: *s}}
		require.Equal(t, c.want, x.notGiven(1))
		require.Empty(t, x.notGiven(0))
	}
	s.ledger.SetDesk(dashly.Desk, state.DeskState{})
	s.sides[1].conv.Fields.Tags = []string{"a,b", "c,d"}
	x := explainer{look: &look{scene: *s}}
	require.Empty(t, x.notGiven(1), "nothing is held")
	s.agree(s.planFields())
	d := s.ledger.Desks[dashly.Desk]
	d.Held = nil
	s.ledger.SetDesk(dashly.Desk, d)
	require.Equal(t, []string{"tags"}, x.notGiven(1), "of several tags the store holds one, or none any more")
}
