package sinktest

import (
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// effects: every kind of operation makes one call that writes, and shows at the desk as it says.
func effects(x *exam) {
	x.each(func(o operation) {
		before := len(x.made(o))
		require.Zero(x, before)
		result, err := x.sink.Do(x.Context(), o.op)
		require.NoError(x, err, o.name)
		require.Equal(x, 1, x.wire.wrote, "%s is one call that writes", o.name)
		require.Equal(x, 1, x.happened(o), "%s shows once", o.name)
		if o.field != nil {
			return
		}
		x.shows(o, x.made(o)[0])
		x.readBack(o, result)
	})
}

// sameWords: two operations with the same words, by the same person, in the same second, are two entries, and each
// result names its own.
func sameWords(x *exam) {
	x.each(func(o operation) {
		if o.field != nil {
			return
		}
		first, err := x.sink.Do(x.Context(), o.op)
		require.NoError(x, err, o.name)
		o.op.ID += "-again"
		second, err := x.sink.Do(x.Context(), o.op)
		require.NoError(x, err, o.name)
		require.Equal(x, 2, x.happened(o), o.name)
		for _, id := range second.Entries {
			require.NotContains(x, first.Entries, id, "%s: the other one's entry", o.name)
		}
	})
}

// shows compares an entry with the operation that made it.
func (x *exam) shows(o operation, e stage.Entry) {
	x.Helper()
	side := stage.SideTeam
	if o.op.Author.Role == mapping.Customer {
		side = stage.SideCustomer
	}
	require.Equal(x, side, e.Side, o.name)
	require.Equal(x, o.op.Kind != sinks.PostNote, e.Visible, "%s: who sees it", o.name)
	if !o.op.Body.IsEmpty() {
		require.Equal(x, text, strings.ReplaceAll(strings.TrimSpace(e.Text), "\u200b", ""), o.name)
	}
	require.Len(x, e.Files, len(o.op.Files), o.name)
	for i, f := range o.op.Files {
		require.Equal(x, stage.FileOf(f.Name, f.Content), e.Files[i], o.name)
	}
	if x.sink.Features().ChosenTime == mapping.Full && o.op.Kind != sinks.PostNote {
		require.Equal(x, o.op.At, e.At, "%s: the chosen time", o.name)
	}
}

// readBack holds the result and the marker against what a source reads.
func (x *exam) readBack(o operation, result sinks.Result) {
	x.Helper()
	id := o.op.Conversation
	if o.op.Kind == sinks.OpenConversation {
		require.NotEmpty(x, result.Conversation, "an opening tells what it opened")
		id = result.Conversation
	}
	c, err := x.source.Read(x.Context(), id)
	require.NoError(x, err)
	entry := mapping.EntryID(x.made(o)[0].ID)
	if len(result.Entries) > 0 {
		require.Equal(x, []mapping.EntryID{entry}, result.Entries, "%s tells the id of what it made", o.name)
	}
	level := x.sink.Features().Marker
	if o.op.Kind == sinks.PostNote {
		level = x.sink.Features().NoteMarker
	}
	for _, e := range c.Entries {
		switch {
		case e.ID != entry:
			require.NotEqual(x, o.op.ID, e.Marker, "another entry has the marker")
		case level == mapping.Full && o.op.Kind != sinks.OpenConversation:
			require.Equal(x, o.op.ID, e.Marker, o.name)
		case level == mapping.Dropped:
			require.Empty(x, e.Marker, o.name)
		}
		if e.ID == entry {
			require.NotEqual(x, mapping.ByHuman, e.Made, "%s could never be adopted", o.name)
		}
	}
}

// reach: silent and quiet writes send nothing to anybody, a delivered one exactly one message.
func reach(x *exam) {
	x.each(func(o operation) {
		_, err := x.sink.Do(x.Context(), o.op)
		require.NoError(x, err, o.name)
		want := 0
		if o.op.Class == sinks.Delivered {
			want = 1
		}
		require.Len(x, x.told(), want, "%s, %s", o.name, o.op.Class)
	})
	// A desk whose bot answers every customer: what is silent does not wake it either.
	x.each(func(o operation) {
		if o.op.Class != sinks.Silent {
			return
		}
		_, err := x.desk.Knobs([]byte(`{"auto_bot": "Hello, I am the bot"}`))
		require.NoError(x, err)
		_, err = x.sink.Do(x.Context(), o.op)
		require.NoError(x, err, o.name)
		require.Empty(x, x.desk.Log.Notifications(), "%s wakes the automation", o.name)
	})
}

// history: what is older than the start is never delivered, and is quiet only where the automation is off.
func history(x *exam) {
	for _, off := range []bool{false, true} {
		x.automation = off
		x.each(func(o operation) {
			o.op.Historic = true
			_, err := x.sink.Do(x.Context(), o.op)
			switch {
			case o.op.Class == sinks.Delivered:
				require.Equal(x, api.Refused, api.ClassOf(err), "%s: %v", o.name, err)
				require.Zero(x, x.wire.calls, "%s: refused before any call", o.name)
			case o.op.Class == sinks.Quiet && !off:
				require.Equal(x, api.Refused, api.ClassOf(err), "%s: %v", o.name, err)
				require.Zero(x, x.wire.wrote, "%s: refused before anything is written", o.name)
			default:
				require.NoError(x, err, o.name)
				require.Equal(x, 1, x.happened(o))
			}
			require.Empty(x, x.told(), "history is never delivered")
		})
	}
}

// unfitClasses: an operation that claims to reach fewer than its call does, or to deliver what nobody gets, is Refused
// before any call.
func unfitClasses(x *exam) {
	x.each(func(o operation) {
		before := x.everything()
		for _, claim := range []sinks.Class{"", "loud", sinks.Silent, sinks.Quiet, sinks.Delivered} {
			milder := claim == sinks.Silent && o.op.Class != sinks.Silent || claim == sinks.Quiet && o.op.Class == sinks.Delivered
			if milder && o.op.Kind == sinks.PostMessage && o.op.Author.Role == mapping.Agent && claim == sinks.Silent && x.sink.Features().SilentReply == mapping.Full {
				continue // the same words, without a notification
			}
			if o.op.Kind == sinks.PostMessage && o.op.Author.Role == mapping.Agent && claim == sinks.Delivered {
				continue // the same words, with one
			}
			if known := claim == sinks.Silent || claim == sinks.Quiet; known && !milder || claim == o.op.Class {
				continue
			}
			op := o.op
			op.Class = claim
			_, err := x.sink.Do(x.Context(), op)
			require.Equal(x, api.Refused, api.ClassOf(err), "%s as %q: %v", o.name, claim, err)
			require.Zero(x, x.wire.calls, "%s as %q: refused before any call", o.name, claim)
		}
		require.Equal(x, before, x.everything())
	})
}

// beyondTheDesk: what the features do not promise, and what makes no sense, is Refused before any call.
func beyondTheDesk(x *exam) {
	f := x.sink.Features()
	agent := mapping.Person{Role: mapping.Agent, ID: mapping.PersonID(x.desk.Facts.Agents[0])}
	customer := mapping.Person{Role: mapping.Customer, ID: mapping.PersonID(x.customer)}
	body := mapping.PlainBody("Hello")
	files := make([]sinks.Upload, f.FilesPerEntry+1)
	for i := range files {
		files[i] = sinks.Upload{Name: "a.txt", Type: "text/plain", Content: []byte("a")}
	}
	rows := map[string]sinks.Operation{
		"a kind that does not exist":  {Kind: "dance", Class: sinks.Quiet, Author: agent},
		"opening by an agent":         {Kind: sinks.OpenConversation, Class: sinks.Quiet, Author: agent, Body: body},
		"opening without words":       {Kind: sinks.OpenConversation, Class: sinks.Quiet, Author: customer},
		"empty message":               {Kind: sinks.PostMessage, Class: sinks.Quiet, Author: customer, Body: mapping.PlainBody(" \n ")},
		"empty note":                  {Kind: sinks.PostNote, Class: sinks.Silent, Author: agent},
		"too many files":              {Kind: sinks.PostNote, Class: sinks.Silent, Author: agent, Body: body, Files: files},
		"message of a nameless":       {Kind: sinks.PostMessage, Class: sinks.Quiet, Author: mapping.Person{Role: mapping.Customer}, Body: body},
		"a state that does not exist": {Kind: sinks.SetState, Class: sinks.Quiet, Author: agent, State: "asleep"},
		"no tag":                      {Kind: sinks.AddTag, Class: sinks.Quiet, Author: agent},
	}
	unless := func(level mapping.Level, name string, op sinks.Operation) {
		if level == mapping.Dropped {
			rows[name] = op
		}
	}
	unless(f.SilentReply, "silent message", sinks.Operation{Kind: sinks.PostMessage, Class: sinks.Silent, Author: agent, Body: body})
	unless(f.Reopen, "reopen", sinks.Operation{Kind: sinks.SetState, Class: sinks.Quiet, Author: agent, State: mapping.Open})
	unless(f.Snooze, "snooze", sinks.Operation{Kind: sinks.SetState, Class: sinks.Quiet, Author: agent, State: mapping.Snoozed, Until: x.desk.Now().Add(time.Hour)})
	unless(f.Title, "title", sinks.Operation{Kind: sinks.SetTitle, Class: sinks.Quiet, Author: agent, Title: "Order"})
	unless(f.Rating, "rating", sinks.Operation{Kind: sinks.SetRating, Class: sinks.Quiet, Author: agent, Rating: "5"})
	unless(f.Backlink, "backlink", sinks.Operation{Kind: sinks.SetBacklink, Class: sinks.Quiet, Author: agent, Backlink: "https://example.org/1"})
	unless(f.Team, "team", sinks.Operation{Kind: sinks.SetTeam, Class: sinks.Quiet, Author: agent, Team: x.desk.Facts.Teams[0]})
	unless(f.Team, "no team", sinks.Operation{Kind: sinks.SetTeam, Class: sinks.Quiet, Author: agent})
	unless(f.CommaInTags, "comma in a tag", sinks.Operation{Kind: sinks.AddTag, Class: sinks.Quiet, Author: agent, Tag: "a,b"})
	if f.TagRunes > 0 {
		rows["tag that is too long"] = sinks.Operation{Kind: sinks.AddTag, Class: sinks.Quiet, Author: agent, Tag: strings.Repeat("ä", f.TagRunes+1)}
	}
	if f.FileBytes > 0 {
		rows["file too big"] = sinks.Operation{Kind: sinks.PostNote, Class: sinks.Silent, Author: agent, Body: body,
			Files: []sinks.Upload{{Name: "a.txt", Type: "text/plain", Content: make([]byte, f.FileBytes+1)}}}
	}
	if f.FileTypes != nil {
		rows["file of a strange type"] = sinks.Operation{Kind: sinks.PostNote, Class: sinks.Silent, Author: agent, Body: body,
			Files: []sinks.Upload{{Name: "a.exe", Content: []byte("a")}}}
	}
	before := x.everything()
	x.wire.count()
	for name, op := range rows {
		if op.Kind != sinks.OpenConversation {
			op.Conversation = mapping.ConversationID(x.conversation)
		}
		_, err := x.sink.Do(x.Context(), op)
		require.Equal(x, api.Refused, api.ClassOf(err), "%s: %v", name, err)
		require.Zero(x, x.wire.calls, "%s: refused before any call", name)
	}
	require.Equal(x, before, x.everything())
}

// twice: setting a field to what it is already is a success and leaves it so.
func twice(x *exam) {
	x.each(func(o operation) {
		if o.field == nil {
			return
		}
		for round := range 3 {
			if round == 2 {
				x.reopen() // by a sink that knows nothing
			}
			_, err := x.sink.Do(x.Context(), o.op)
			require.NoError(x, err, "%s, time %d", o.name, round+1)
			require.Equal(x, 1, x.happened(o), o.name)
			require.LessOrEqual(x, x.wire.wrote, round+1)
		}
		require.Empty(x, x.told())
	})
}

// besides: who has the conversation stays when it is given to a team, and the other way round.
func besides(x *exam) {
	if x.sink.Features().Team != mapping.Full {
		return
	}
	jane, team := x.desk.Facts.Agents[0], x.desk.Facts.Teams[1]
	author := mapping.Person{Role: mapping.Agent, ID: mapping.PersonID(jane)}
	for _, op := range []sinks.Operation{
		{ID: "team", Kind: sinks.SetTeam, Team: team}, {ID: "assignee", Kind: sinks.SetAssignee, Assignee: mapping.PersonID(jane)},
	} {
		op.Class, op.Author, op.Conversation = sinks.Quiet, author, mapping.ConversationID(x.conversation)
		_, err := x.sink.Do(x.Context(), op)
		require.NoError(x, err)
	}
	require.Equal(x, jane, x.thread().Assignee)
	require.Equal(x, team, x.thread().Team)
	c, err := x.source.Read(x.Context(), mapping.ConversationID(x.conversation))
	require.NoError(x, err)
	require.Equal(x, team, c.Fields.Team)
	require.False(x, c.Fields.TeamHidden)
}

// gone: a conversation that does not exist is Refused with NotFound, whatever is to be written.
func gone(x *exam) {
	x.each(func(o operation) {
		if o.op.Kind == sinks.OpenConversation {
			return
		}
		x.human(0).Delete(x.conversation)
		_, err := x.sink.Do(x.Context(), o.op)
		require.Equal(x, api.Refused, api.ClassOf(err), "%s: %v", o.name, err)
		require.True(x, api.IsNotFound(err), "%s: %v", o.name, err)
		require.LessOrEqual(x, x.wire.wrote, 1, "it is not tried again")
	})
}
