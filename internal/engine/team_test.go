package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/mapping"
)

// teamed maps a channel to a team each.
func teamed(o *engine.Options) {
	o.TeamMap = []map[mapping.Desk]string{{"dashly": dashly.Help, "intercom": intercom.Support}, {"dashly": dashly.Mail, "intercom": intercom.Sales}}
}

// TestTeamsThatNobodyMappedAreCountedAsBefore: without a map a channel is skipped by its rule and no team is written.
func TestTeamsThatNobodyMappedAreCountedAsBefore(t *testing.T) {
	for _, mapped := range []bool{false, true} {
		s := setup{}
		if mapped {
			s.adjust = teamed
		}
		inWorld(t, s, func(w *world) {
			d := w.dashly.People()
			conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
			d.Move(conv, dashly.Jane, dashly.Help)
			rep := w.done()
			way := rep.Directions["dashly_to_intercom"]
			twin := w.thread(w.intercom.Dump())
			if mapped {
				require.Equal(t, 1, way.Entries.Covered)
				require.Empty(t, way.SkippedBy)
				require.Equal(t, intercom.Support, twin.Team)
				w.idle()
				return
			}
			require.Zero(t, way.Entries.Covered)
			require.Equal(t, map[string]int{"team_not_carried": 1}, way.SkippedBy)
			require.Empty(t, twin.Team)
			require.Equal(t, 3, rep.APICalls["intercom"].Write, "the contact, the conversation and the note")
			w.pause(time.Minute)
			w.intercom.People().AssignWith(twin.ID, intercom.Jane, "team", intercom.Sales, "")
			rep = w.done()
			require.Equal(t, 1, rep.Directions["intercom_to_dashly"].Entries.Covered)
			require.Empty(t, rep.Directions["intercom_to_dashly"].Losses)
			w.idle()
		})
	}
}

// TestATeamThatDashlyCannotHoldIsLostOnce: the loss is counted in the pass that sees the change, and in no other.
func TestATeamThatDashlyCannotHoldIsLostOnce(t *testing.T) {
	inWorld(t, setup{adjust: teamed}, func(w *world) {
		lost := func(rep report.Report, direction string) map[mapping.Loss]int {
			return rep.Directions[direction].Losses
		}
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		d.Move(conv, dashly.Jane, dashly.Help)
		w.done()
		twin := w.thread(w.intercom.Dump())

		w.pause(time.Minute)
		w.intercom.People().AssignWith(twin.ID, intercom.Jane, "team", intercom.Sales, "")
		require.Equal(t, map[mapping.Loss]int{mapping.LossFieldUnset: 1}, lost(w.done(), "intercom_to_dashly"))
		w.pause(time.Minute)
		d.Write(conv, "Still there?")
		rep := w.done()
		require.NotContains(t, lost(rep, "intercom_to_dashly"), mapping.LossFieldUnset)
		require.Equal(t, intercom.Sales, w.thread(w.intercom.Dump()).Team)
		require.Equal(t, dashly.Help, w.thread(w.dashly.Dump()).Team)

		w.pause(time.Minute)
		d.Move(conv, dashly.Jane, "78") // of no map
		d.Write(conv, "Anybody?")
		require.Equal(t, 1, lost(w.done(), "dashly_to_intercom")[mapping.LossUnmappedTeam])
		require.Equal(t, intercom.Sales, w.thread(w.intercom.Dump()).Team)
		w.idle()
		require.Empty(t, w.delivered("intercom", "bridge"))
	})
}

// TestATeamIsPlanned: the plan shows the team that it would set, and writes nothing.
func TestATeamIsPlanned(t *testing.T) {
	inWorld(t, setup{adjust: teamed}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.done()
		w.pause(time.Minute)
		d.Move(conv, dashly.Jane, dashly.Help)
		d.Close(conv, dashly.Jane)
		d.Write(conv, "One more")
		d.Close(conv, dashly.Jane)
		w.done()
		w.pause(time.Minute)
		d.Move(conv, dashly.Jane, dashly.Mail)
		rep := w.run(engine.Request{Command: "plan", DryRun: true, Sweep: true})
		require.Len(t, rep.Operations, 1)
		require.Equal(t, "team quiet "+intercom.Sales, rep.Operations[0].Kind+" "+rep.Operations[0].Class+" "+rep.Operations[0].Text)
		require.Equal(t, intercom.Support, w.thread(w.intercom.Dump()).Team)
		w.run(engine.Request{Command: "sync", Sweep: true})
		require.Equal(t, intercom.Sales, w.thread(w.intercom.Dump()).Team)
		require.Equal(t, "closed", w.thread(w.intercom.Dump()).State)
		w.idle()
	})
}

// TestATeamThatIsGoneIsRefusedOnce: a team that Intercom does not know is a loss, not a conversation that is gone.
func TestATeamThatIsGoneIsRefusedOnce(t *testing.T) {
	gone := func(o *engine.Options) {
		o.TeamMap = []map[mapping.Desk]string{{"dashly": dashly.Help, "intercom": "999"}}
	}
	inWorld(t, setup{adjust: gone}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		d.Move(conv, dashly.Jane, dashly.Help)
		rep := w.done()
		require.Equal(t, 1, rep.Directions["dashly_to_intercom"].Losses[mapping.LossFieldUnset])
		w.idle()
		w.pause(time.Minute)
		d.Write(conv, "More")
		require.Zero(t, w.done().Directions["dashly_to_intercom"].Losses[mapping.LossFieldUnset])
		require.Len(t, lines(w.thread(w.intercom.Dump())), 3)
	})
}
