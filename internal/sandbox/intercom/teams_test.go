package intercom

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhatATeamMoves: under the likely reading a team opens what is closed, as an agent does, and both slots stand apart.
func TestWhatATeamMoves(t *testing.T) {
	team := obj{"message_type": "assignment", "type": "team", "admin_id": Jane, "assignee_id": Sales}
	agent := obj{"message_type": "assignment", "type": "admin", "admin_id": Jane, "assignee_id": Tom}
	for name, tc := range map[string]struct {
		knobs        func(*Knobs)
		first, then  obj
		team, agent  string
		closedBefore bool
		state        string
	}{
		"both":                 {nil, agent, team, Sales, Tom, false, "open"},
		"a team opens":         {nil, agent, team, Sales, Tom, true, "open"},
		"a team opens nothing": {func(k *Knobs) { k.TeamReopens = false }, agent, team, Sales, Tom, true, "closed"},
		"an agent opens":       {func(k *Knobs) { k.TeamReopens = false }, team, agent, Sales, Tom, true, "open"},
		"a team clears":        {func(k *Knobs) { k.TeamClears = true }, agent, team, Sales, "", false, "open"},
		"no agent is cleared":  {func(k *Knobs) { k.TeamClears = true }, team, agent, Sales, Tom, false, "open"},
		"an agent clears":      {func(k *Knobs) { k.AdminClears = true }, team, agent, "", Tom, false, "open"},
		"no team is cleared":   {func(k *Knobs) { k.AdminClears = true }, agent, team, Sales, Tom, false, "open"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, tc.knobs)
			b.ok("POST", b.on("/parts"), tc.first)
			if tc.closedBefore {
				b.d.People().Close(b.conv, Jane)
			}
			b.ok("POST", b.on("/parts"), tc.then)
			got := b.d.Dump()[0]
			require.Equal(t, []string{tc.team, tc.agent, tc.state}, []string{got.Team, got.Assignee, got.State})
		})
	}
}

// TestTeamsAreRouted: a rule gives a team to what has none.
func TestTeamsAreRouted(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.TeamRouting = Sales })
	b.ok("POST", b.on("/reply"), b.says())
	require.Equal(t, Sales, b.d.Dump()[0].Team)
	b.d.People().AssignWith(b.conv, Jane, "team", Support, "")
	b.ok("POST", b.on("/reply"), b.says())
	require.Equal(t, Support, b.d.Dump()[0].Team)
}
