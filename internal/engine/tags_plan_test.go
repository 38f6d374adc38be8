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

// TestATagThatWasGivenAgain: both desks had a tag when the fields were agreed, and Intercom has none now. What Dashly shows
// of it since, and when Intercom shows it gone, decides.
func TestATagThatWasGivenAgain(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	given := mapping.Entry{ID: "g", Kind: mapping.Event, Covers: mapping.Tags, Tagged: []string{"Bug"}, Author: mapping.Person{Role: mapping.Agent}, At: now.Add(-time.Minute)}
	gone := func(ago time.Duration) *mapping.Entry {
		return &mapping.Entry{ID: "r", Kind: mapping.Event, Covers: mapping.Tags, Untagged: []string{"bug"}, At: now.Add(-ago)}
	}
	with := func(change func(e *mapping.Entry)) *mapping.Entry {
		e := given
		change(&e)
		return &e
	}
	for name, c := range map[string]struct {
		given, gone *mapping.Entry
		known       []mapping.EntryID
		skew        time.Duration // of Intercom's clock
		again       bool
	}{
		"nobody gave it again":          {gone: gone(time.Hour)},
		"given after it was taken away": {given: &given, gone: gone(time.Hour), again: true},
		"given in the same second":      {given: &given, gone: gone(time.Minute), again: true},
		"taken away after that":         {given: &given, gone: gone(time.Second)},
		"nothing tells when it went":    {given: &given, again: true},
		"by a clock that is ahead":      {given: &given, gone: gone(-time.Hour), skew: 2 * time.Hour, again: true},
		"by a clock that is behind":     {given: &given, gone: gone(time.Hour), skew: -2 * time.Hour},
		"known before":                  {given: &given, gone: gone(time.Hour), known: []mapping.EntryID{"g"}},
		"given over the API":            {given: with(func(e *mapping.Entry) { e.Made = mapping.ByAPI }), gone: gone(time.Hour)},
		"given, nobody says by whom":    {given: with(func(e *mapping.Entry) { e.Author = mapping.Person{} }), gone: gone(time.Hour), again: true},
		"another tag":                   {given: with(func(e *mapping.Entry) { e.Tagged = []string{"debug"} }), gone: gone(time.Hour)},
		"taken away":                    {given: with(func(e *mapping.Entry) { e.Tagged, e.Untagged = nil, e.Tagged }), gone: gone(time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			opts := &Options{Name: "main", Sides: [2]Side{{Send: true}, {Send: true}}}
			from, to := mapping.Ref{Desk: dashly.Desk, ID: "1"}, mapping.Ref{Desk: intercom.Desk, ID: "2"}
			ledger, err := state.ReadLedger(state.PairOf(from), nil)
			require.NoError(t, err)
			ledger.SetMeta(state.Meta{Origin: from, Twin: to, Since: now.Add(-24 * time.Hour)})
			agreed := mapping.Fields{State: mapping.Open, Tags: []string{"bug"}}
			ledger.SetDesk(dashly.Desk, state.DeskState{Base: &agreed, Known: c.known})
			ledger.SetDesk(intercom.Desk, state.DeskState{Base: &agreed})
			s := scene{opts: opts, ledger: ledger, people: NewPeople(nil), now: now, sides: [2]sideView{
				{side: &opts.Sides[0], desk: dashly.Desk, conv: &mapping.Conversation{Ref: from, Fields: agreed}},
				{side: &opts.Sides[1], desk: intercom.Desk, skew: c.skew, conv: &mapping.Conversation{Ref: to, Fields: mapping.Fields{State: mapping.Open}}},
			}}
			for i, e := range []*mapping.Entry{c.given, c.gone} {
				if e != nil {
					s.sides[i].conv.Entries = []mapping.Entry{*e}
				}
			}
			writes := s.planFields().writes
			at, kind := 0, sinks.RemoveTag
			if c.again {
				at, kind = 1, sinks.AddTag
			}
			require.Empty(t, writes[1-at])
			require.Len(t, writes[at], 1)
			require.Equal(t, kind, writes[at][0].Kind)
			require.Equal(t, "bug", writes[at][0].Tag)
		})
	}
}
