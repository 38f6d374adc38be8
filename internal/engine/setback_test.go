package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/memory"
)

// lookAtPair is a look at a pair that began on Dashly, with nothing read yet.
func lookAtPair(t *testing.T) *look {
	t.Helper()
	origin, twin := mapping.Ref{Desk: dashly.Desk, ID: "1"}, mapping.Ref{Desk: intercom.Desk, ID: "2"}
	ledger, err := state.ReadLedger(state.PairOf(origin), nil)
	require.NoError(t, err)
	ledger.SetMeta(state.Meta{Origin: origin, Twin: twin, Since: time.Now()})
	l := &look{run: &run{}}
	opts := &Options{Name: "main", Sides: [2]Side{{Settle: 2 * time.Minute, Send: true}, {Settle: 2 * time.Minute, Send: true}}}
	l.scene = scene{opts: opts, ledger: ledger, now: time.Now(), people: NewPeople(nil), sides: [2]sideView{
		{side: &opts.Sides[0], desk: dashly.Desk, conv: &mapping.Conversation{Ref: origin}}, {side: &opts.Sides[1], desk: intercom.Desk, conv: &mapping.Conversation{Ref: twin}}}}
	return l
}

// TestWhatWasWrittenByAFasterClock is of now: nothing waits until our clock has come there again, and what was sent is recognised at
// whatever time before.
func TestWhatWasWrittenByAFasterClock(t *testing.T) {
	l := lookAtPair(t)
	now := time.Now().UTC()
	ahead, before := now.Add(3*time.Hour), now.Add(-time.Minute)
	m := l.ledger.Meta
	m.Since = ahead
	l.ledger.SetMeta(m)
	l.ledger.SetDesk(dashly.Desk, state.DeskState{MissingSince: ahead})
	l.ledger.SetDesk(intercom.Desk, state.DeskState{MissingSince: before, Written: []state.Intent{{ID: "done", SentAt: ahead}}})
	l.ledger.SetIntent(state.Intent{ID: "late", Desk: intercom.Desk, SentAt: ahead})
	l.ledger.SetIntent(state.Intent{ID: "right", Desk: intercom.Desk, SentAt: before})
	l.setBack(now)
	require.Equal(t, now, l.ledger.Meta.Since)
	require.Equal(t, now, l.ledger.Desks[dashly.Desk].MissingSince)
	require.Equal(t, before, l.ledger.Desks[intercom.Desk].MissingSince)
	require.Equal(t, now, l.ledger.Desks[intercom.Desk].Written[0].SentAt)
	late, right := l.ledger.Intents["late"], l.ledger.Intents["right"]
	require.Equal(t, now, late.SentAt)
	require.Equal(t, before, right.SentAt)
	v, hourAgo := l.sides[1], now.Add(-time.Hour)
	require.True(t, v.near(hourAgo, late), "nobody knows when it was sent")
	require.False(t, v.near(hourAgo, right))
	l.sides[0].conv.Entries = []mapping.Entry{{ID: "7", At: now.Add(-10 * time.Minute)}}
	late.Entries, right.Entries = []mapping.EntryID{"7"}, []mapping.EntryID{"7"}
	require.False(t, l.follows(1, late, mapping.Entry{At: hourAgo}), "it is older than what was to be written")
	require.True(t, l.follows(1, late, mapping.Entry{At: now.Add(-5 * time.Minute)}))
	require.True(t, l.follows(1, right, mapping.Entry{At: hourAgo}), "the time that it was sent at tells")
	require.False(t, v.near(now.Add(time.Hour), late))
	stored, ok := l.ledger.Pending()
	require.True(t, ok)
	for _, key := range []string{"meta", "d/dashly", "i/late"} {
		require.Contains(t, stored.Put, key, "it is stored with whatever comes next")
	}
}

// TestWhatATranscriptHoldsHasNoTwins: parts of it that stood before are ours and nobody's words, and stay so.
func TestWhatATranscriptHoldsHasNoTwins(t *testing.T) {
	l := lookAtPair(t)
	k := state.EntryKey{Desk: dashly.Desk, ID: "7"}
	l.sides[0].conv.Entries = []mapping.Entry{{ID: "7", Kind: mapping.Message, Body: mapping.PlainBody("Hello")}}
	l.ledger.SetEntry(k, state.EntryRecord{Outcome: state.Mirrored, Twins: []mapping.EntryID{"71", "?", ""}})
	l.markWritten(0, 1, draft{fold: true, entries: []mapping.EntryID{"7"}}, "80")
	require.Equal(t, state.Folded, l.ledger.Entries[k].Outcome)
	require.Empty(t, l.ledger.Entries[k].Twins)
	require.Equal(t, map[mapping.EntryID]bool{"71": true, "80": true}, l.ledger.OursOn(intercom.Desk))

	l.ledger.SetEntry(state.EntryKey{Desk: dashly.Desk, ID: "8"}, state.EntryRecord{Outcome: state.Mirrored, Twins: []mapping.EntryID{"81", ""}})
	l.recordAdoption(0, 1, adoption{written: "90", folds: []mapping.EntryID{"8"}})
	require.Equal(t, state.Folded, l.ledger.Entries[state.EntryKey{Desk: dashly.Desk, ID: "8"}].Outcome, "a transcript that was not recorded holds what was begun")
	require.True(t, l.ledger.OursOn(intercom.Desk)["81"])

	l.recordAdoption(0, 1, adoption{written: "72", entry: "7", part: 2, of: 3})
	require.Equal(t, state.Folded, l.ledger.Entries[k].Outcome, "it is told already")
	require.True(t, l.ledger.OursOn(intercom.Desk)["72"])
}

// TestWhoeverIsNotNamedMayBeAnybody: in a conversation of several customers, words without an author's id are nobody's.
func TestWhoeverIsNotNamedMayBeAnybody(t *testing.T) {
	l := lookAtPair(t)
	c := l.sides[0].conv
	c.Customer = mapping.Contact{ID: "ann"}
	said := func(by mapping.PersonID) mapping.Entry {
		return mapping.Entry{Kind: mapping.Message, Author: mapping.Person{Role: mapping.Customer, ID: by}}
	}
	require.True(t, l.current(0, said("")))
	require.True(t, l.current(0, said("ann")))
	require.False(t, l.current(0, said("bob")))
	c.Others = []mapping.Contact{{ID: "bob"}}
	require.False(t, l.current(0, said("")))
	require.True(t, l.current(0, said("ann")))
}

// TestEverybodyHasALabel that makes nobody of the team of who may be none.
func TestEverybodyHasALabel(t *testing.T) {
	for want, p := range map[string]mapping.Person{
		"Jane": {Role: mapping.Agent, ID: "1", Name: "Jane"}, "Agent 1": {Role: mapping.Agent, ID: "1"}, "Agent": {Role: mapping.Agent},
		"Bot": {Role: mapping.Bot, ID: "1"}, "Customer": {Role: mapping.Customer, ID: "1"}, "Unknown author": {Role: mapping.System, ID: "1"},
	} {
		require.Equal(t, want, personLabel(p))
	}
	texts := mapping.DefaultTexts()
	require.Equal(t, texts.Bot, wroteBy(mapping.Person{Role: mapping.Bot, Name: "Jane"})(texts), "a bot that speaks under an agent's name")
	require.Equal(t, texts.Wrote, wroteBy(mapping.Person{Role: mapping.System})(texts))
}

// TestAFileWithoutAnExtension has that of what it is, where a desk decides by it.
func TestAFileWithoutAnExtension(t *testing.T) {
	can, err := dashly.Features("")
	require.NoError(t, err)
	png := []byte("\x89PNG\r\n\x1a\n")
	for _, c := range []struct {
		name, kind string
		content    []byte
		want       string
	}{
		{"image", "", png, "image.png"},
		{"image", "application/octet-stream", png, "image.png"},
		{"image", "image/jpeg", nil, "image.jpg"},
		{"bill", "application/pdf; charset=binary", nil, "bill.pdf"},
		{"notes", "", []byte("read me"), "notes.txt"},
		{"dump", "", []byte{0, 1, 2, 3}, "dump"},
		{"", "", png, "file.png"},
		{"shot.webp", "image/png", png, "shot.webp"},
	} {
		require.Equal(t, c.want, withExtension(c.name, c.kind, c.content, can), c)
	}
	all, err := intercom.Features("2.15")
	require.NoError(t, err)
	require.Equal(t, "image", withExtension("image", "", png, all), "a desk that takes all")
	unknown := mapping.File{Name: "image", URL: "https://files.example.com/image"}
	require.Empty(t, carriable(unknown, can), "its bytes will tell")
}

// TestAListingThatTellsNothingNew is left alone, but for that of a snooze whose end has come: a desk need not list that.
func TestAListingThatTellsNothingNew(t *testing.T) {
	ref := mapping.Ref{Desk: dashly.Desk, ID: "1"}
	snoozed := func(until time.Time) *mapping.Fields { return &mapping.Fields{State: mapping.Snoozed, Until: until} }
	for name, c := range map[string]struct {
		base    *mapping.Fields
		version mapping.Version
		want    bool
	}{
		"the same":             {&mapping.Fields{State: mapping.Open}, "v", true},
		"nothing agreed":       {nil, "v", true},
		"another":              {nil, "w", false},
		"nothing is told":      {nil, "", false},
		"snoozed":              {snoozed(time.Now().Add(time.Hour)), "v", true},
		"snoozed for ever":     {snoozed(time.Time{}), "v", true},
		"the snooze has ended": {snoozed(time.Now().Add(-time.Second)), "v", false},
	} {
		store := memory.Open(memory.NewDisk(memory.Manner{}), "main", &memory.Process{Host: "a", PID: 1})
		ledger, err := state.ReadLedger(state.PairOf(ref), nil)
		require.NoError(t, err)
		ledger.SetMeta(state.Meta{Origin: ref})
		ledger.SetDesk(dashly.Desk, state.DeskState{Seen: "v", Base: c.base})
		lease, err := store.Acquire(t.Context(), string(ledger.Pair), time.Minute)
		require.NoError(t, err)
		change, _ := ledger.Pending()
		require.NoError(t, store.Commit(t.Context(), lease, ledger.Pair, change))
		r := &run{Engine: &Engine{store: store}}
		same, err := r.unchanged(t.Context(), ledger.Pair, ref, c.version)
		require.NoError(t, err)
		require.Equal(t, c.want, same, name)
	}
}
