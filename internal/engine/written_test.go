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

// TestWhoPutsAFieldBackHasTheLastWord: a field of Dashly's was written to Intercom, the look ended there, and before the next one
// somebody put back on Intercom what stood there before.
func TestWhoPutsAFieldBackHasTheLastWord(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	sent := now.Add(-10 * time.Minute)
	human := mapping.Person{Role: mapping.Agent, ID: "jane"}
	event := func(f mapping.Field) mapping.Entry {
		return mapping.Entry{ID: "9", Kind: mapping.Event, Covers: f, Author: human, At: sent.Add(time.Minute)}
	}
	closed := func(f mapping.Fields) mapping.Fields { f.State = mapping.Closed; return f }
	owned := func(by mapping.PersonID) func(f mapping.Fields) mapping.Fields {
		return func(f mapping.Fields) mapping.Fields { f.Assignee = by; return f }
	}
	tagged := func(tags ...string) func(f mapping.Fields) mapping.Fields {
		return func(f mapping.Fields) mapping.Fields { f.Tags = tags; return f }
	}
	untag := event(mapping.Tags)
	untag.Untagged = []string{"vip"}
	other := event(mapping.Tags)
	other.Untagged = []string{"gold"}
	words := mapping.Entry{ID: "9", Kind: mapping.Message, Author: mapping.Person{Role: mapping.Customer, ID: "bob"}, Body: mapping.PlainBody("And now?"), At: sent.Add(time.Minute)}
	program, before, same := event(mapping.Status), event(mapping.Status), event(mapping.Status)
	program.Made, before.At, same.At = mapping.ByAPI, sent.Add(-time.Minute), sent.Truncate(time.Second)
	for name, c := range map[string]struct {
		changed func(mapping.Fields) mapping.Fields // on Dashly
		then    *mapping.Entry                      // on Intercom
		wants   [2]sinks.Kind                       // the first write on each side; empty: none
	}{
		"reopened":             {closed, new(event(mapping.Status)), [2]sinks.Kind{"", ""}}, // Dashly cannot be opened
		"by the customer":      {closed, &words, [2]sinks.Kind{"", ""}},
		"in the same second":   {closed, &same, [2]sinks.Kind{"", ""}},
		"by a program":         {closed, &program, [2]sinks.Kind{"", sinks.SetState}},
		"before it":            {closed, &before, [2]sinks.Kind{"", sinks.SetState}},
		"nobody did":           {closed, nil, [2]sinks.Kind{"", sinks.SetState}},
		"of another field":     {closed, new(event(mapping.Title)), [2]sinks.Kind{"", sinks.SetState}},
		"given back":           {owned("1"), new(event(mapping.Assignee)), [2]sinks.Kind{sinks.SetAssignee, ""}},
		"the tag taken away":   {tagged("vip"), &untag, [2]sinks.Kind{sinks.RemoveTag, ""}},
		"another tag":          {tagged("vip"), &other, [2]sinks.Kind{"", sinks.AddTag}},
		"and nothing was told": {tagged("vip"), nil, [2]sinks.Kind{"", sinks.AddTag}},
	} {
		for _, promised := range []bool{false, true} { // whether its outcome is known
			l := lookAtPair(t)
			l.now = now
			l.opts.Sides[0].Fallback, l.opts.Sides[1].Fallback = "default_admin", "25"
			l.people = NewPeople([]map[mapping.Desk]mapping.PersonID{{dashly.Desk: "1", intercom.Desk: "2"}})
			l.sides[0].features, _ = dashly.Features("")
			l.sides[1].features, _ = intercom.Features("2.15")
			l.sides[1].features.Backlink = mapping.Dropped
			agreed := mapping.Fields{State: mapping.Open}
			for i := range l.sides {
				l.sides[i].conv.Fields = agreed
				l.sides[i].readAt = now
				l.ledger.SetDesk(l.sides[i].desk, state.DeskState{Base: &agreed})
			}
			l.sides[0].conv.Fields = c.changed(agreed)
			first := l.planFields()
			require.Len(t, first.writes[1], 1, name)
			op := first.writes[1][0]
			carried := first.carries[op.ID]
			in := state.Intent{ID: op.ID, Kind: "field", Desk: intercom.Desk, Author: "25", Value: string(fieldOf(op.Kind)) + "=" + fieldValue(op), Carries: &carried, SentAt: sent}
			if promised {
				l.ledger.SetIntent(in)
			} else {
				l.ledger.Confirm(in)
			}
			if c.then != nil {
				l.sides[1].conv.Entries = []mapping.Entry{*c.then}
			}
			p := l.planFields()
			for i, want := range c.wants {
				if want == "" {
					require.Empty(t, p.writes[i], "%s, side %d", name, i)
					continue
				}
				require.NotEmpty(t, p.writes[i], "%s, side %d", name, i)
				require.Equal(t, want, p.writes[i][0].Kind, "%s, side %d", name, i)
			}
		}
	}
}
