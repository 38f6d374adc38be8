package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/state"
)

// TestAPromisedFieldFindsItsEntry: an assignment to agent 26 was promised in the name of agent 25, ten minutes ago, and no
// answer told which entry the desk made of it.
func TestAPromisedFieldFindsItsEntry(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	promise := state.Intent{ID: "p", Kind: "field", Desk: intercom.Desk, Author: "25", Value: "assignee=26", SentAt: now.Add(-10 * time.Minute)}
	entry := mapping.Entry{ID: "7", Kind: mapping.Event, Covers: mapping.Assignee, Target: "26", Author: mapping.Person{Role: mapping.Agent, ID: "25"}, At: promise.SentAt}
	for name, c := range map[string]struct {
		change func(e *mapping.Entry, in *state.Intent, d *state.DeskState)
		want   mapping.EntryID
	}{
		"it is":                  {func(*mapping.Entry, *state.Intent, *state.DeskState) {}, "7"},
		"it took effect late":    {func(e *mapping.Entry, _ *state.Intent, _ *state.DeskState) { e.At = e.At.Add(time.Minute) }, "7"},
		"the desk does not tell": {func(e *mapping.Entry, _ *state.Intent, _ *state.DeskState) { e.Target = "" }, "7"},
		"over the API":           {func(e *mapping.Entry, _ *state.Intent, _ *state.DeskState) { e.Made = mapping.ByAPI }, "7"},
		"nobody": {func(e *mapping.Entry, in *state.Intent, _ *state.DeskState) {
			e.Target, in.Value = mapping.Nobody, "assignee="
		}, "7"},
		"a team": {func(e *mapping.Entry, in *state.Intent, _ *state.DeskState) {
			e.Also, in.Value = mapping.Team, "team=26"
		}, "7"},
		"by nobody": {func(e *mapping.Entry, _ *state.Intent, _ *state.DeskState) {
			e.Author = mapping.Person{Role: mapping.System}
		}, "7"},
		"not a team":       {func(_ *mapping.Entry, in *state.Intent, _ *state.DeskState) { in.Value = "team=26" }, ""},
		"to another agent": {func(e *mapping.Entry, _ *state.Intent, _ *state.DeskState) { e.Target = "27" }, ""},
		"taken away":       {func(e *mapping.Entry, _ *state.Intent, _ *state.DeskState) { e.Target = mapping.Nobody }, ""},
		"by another agent": {func(e *mapping.Entry, _ *state.Intent, _ *state.DeskState) { e.Author.ID = "26" }, ""},
		"by hand":          {func(e *mapping.Entry, _ *state.Intent, _ *state.DeskState) { e.Made = mapping.ByHuman }, ""},
		"of another field": {func(e *mapping.Entry, _ *state.Intent, _ *state.DeskState) { e.Covers = mapping.Status }, ""},
		"words":            {func(e *mapping.Entry, _ *state.Intent, _ *state.DeskState) { e.Kind = mapping.Note }, ""},
		"known before":     {func(_ *mapping.Entry, _ *state.Intent, d *state.DeskState) { d.Known = []mapping.EntryID{"7"} }, ""},
		"shown before it was written": {func(e *mapping.Entry, in *state.Intent, _ *state.DeskState) {
			e.Author, in.Shown = mapping.Person{Role: mapping.System}, []mapping.EntryID{"7"}
		}, ""},
		"long before":               {func(e *mapping.Entry, _ *state.Intent, _ *state.DeskState) { e.At = e.At.Add(-time.Hour) }, ""},
		"long after":                {func(e *mapping.Entry, _ *state.Intent, _ *state.DeskState) { e.At = now }, ""},
		"promised by an older life": {func(_ *mapping.Entry, in *state.Intent, _ *state.DeskState) { in.Author = "" }, ""},
		"words were promised":       {func(_ *mapping.Entry, in *state.Intent, _ *state.DeskState) { in.Kind = "message" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			ref := mapping.Ref{Desk: intercom.Desk, ID: "2"}
			ledger, err := state.ReadLedger(state.PairOf(ref), nil)
			require.NoError(t, err)
			ledger.SetMeta(state.Meta{Origin: ref, Since: now.Add(-24 * time.Hour)})
			e, in, d := entry, promise, state.DeskState{}
			c.change(&e, &in, &d)
			ledger.SetDesk(intercom.Desk, d)
			ledger.SetIntent(in)
			opts := &Options{Sides: [2]Side{{}, {Settle: 2 * time.Minute}}}
			s := scene{opts: opts, ledger: ledger, now: now, sides: [2]sideView{
				{side: &opts.Sides[0]},
				{side: &opts.Sides[1], desk: intercom.Desk, conv: &mapping.Conversation{Ref: ref, Entries: []mapping.Entry{e}}},
			}}
			s.adoptFields()
			if c.want == "" {
				require.Contains(t, ledger.Intents, in.ID)
				require.Empty(t, ledger.Ours)
				return
			}
			require.Empty(t, ledger.Intents)
			require.True(t, ledger.OursOn(intercom.Desk)[c.want])
			s.adoptFields()
			require.Len(t, ledger.Ours, 1)
		})
	}
}
