package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// TestWhatWasRefusedOnceMayBeWantedAgain: a value that a desk refused is not written again and again, but it is when
// something else was wanted meanwhile.
func TestWhatWasRefusedOnceMayBeWantedAgain(t *testing.T) {
	agreed := mapping.Fields{State: mapping.Open}
	pair := func(here, there mapping.Fields, held map[mapping.Field]string) *scene {
		s := ratedScene(t, 0)
		s.sides[0].conv.Fields, s.sides[1].conv.Fields = here, there
		s.ledger.SetDesk(intercom.Desk, state.DeskState{Base: &agreed})
		s.ledger.SetDesk(dashly.Desk, state.DeskState{Base: &agreed, Held: held})
		return s
	}
	closed := map[mapping.Field]string{mapping.Status: "closed"}
	vip := map[mapping.Field]string{mapping.Tags: "+vip"}
	tagged := mapping.Fields{State: mapping.Open, Tags: []string{"vip"}}
	for name, c := range map[string]struct {
		scene  *scene
		writes int
		held   map[mapping.Field]string
	}{
		"a close, still wanted":     {pair(mapping.Fields{State: mapping.Closed}, agreed, closed), 0, closed},
		"a close, as both are":      {pair(mapping.Fields{State: mapping.Closed}, mapping.Fields{State: mapping.Closed}, closed), 0, map[mapping.Field]string{}},
		"a close, opened meanwhile": {pair(agreed, agreed, closed), 0, map[mapping.Field]string{}},
		"a tag, still wanted":       {pair(tagged, agreed, vip), 0, vip},
		"a tag, taken away":         {pair(agreed, agreed, vip), 0, map[mapping.Field]string{}},
		"a tag, given anew":         {pair(tagged, agreed, nil), 1, map[mapping.Field]string{}},
		"a tag that was to go":      {pair(tagged, tagged, map[mapping.Field]string{mapping.Tags: "-vip"}), 0, map[mapping.Field]string{}},
	} {
		p := c.scene.planFields()
		require.Len(t, p.writes[1], c.writes, name)
		require.Equal(t, c.held, p.held[1], name)
	}

	s := pair(agreed, agreed, map[mapping.Field]string{mapping.Assignee: "1", mapping.Tags: "+vip"})
	s.ledger.Confirm(state.Intent{ID: "x", Kind: "field", Desk: dashly.Desk, Value: string(mapping.Assignee) + "=2"})
	require.Equal(t, vip, s.ledger.Desks[dashly.Desk].Held, "another agent was assigned since")
	require.Equal(t, sinks.AddTag, pair(tagged, agreed, nil).planFields().writes[1][0].Kind)
}
