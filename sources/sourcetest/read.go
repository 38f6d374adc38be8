package sourcetest

import (
	"net/http"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
)

// story lets a conversation of every usual kind of entry come about, an hour ago.
func (x *exam) story() string {
	jane, tom := x.desk.Facts.Agents[0], x.desk.Facts.Agents[1]
	at := func(second int) stage.Human { return x.human(time.Hour - time.Duration(second)*time.Second) }
	id, _ := at(0).Open(x.customer("crm-1"), "Hello, where is my order 881?")
	at(10).Bot(id, "We will be with you shortly.")
	at(20).Assign(id, jane, tom)
	at(30).Note(id, jane, "VIP, 5 < 7 & see the other thread first")
	at(40).Reply(id, tom, "It left the house on Monday & arrives today.", stage.Upload{Name: "slip.txt", Type: "text/plain", Content: []byte("slip")})
	for range 3 { // one second
		at(50).Write(id, "Thanks!")
	}
	at(50).Reply(id, jane, "You are welcome.")
	at(60).Tag(id, jane, "delivery")
	at(70).Write(id, "", stage.Upload{Name: "photo.png", Type: "image/png", Content: []byte("\x89PNG photo")})
	at(80).Close(id, tom)
	return id
}

// whole: Read gives every entry once, in order, the opening first and flagged, each for what it is.
func whole(x *exam) {
	id := x.story()
	c, t := x.read(id), x.thread(id)
	require.Equal(x, deskIDs(t), entryIDs(c), "every entry once, in the desk's order")
	for i, want := range t.Entries {
		got := c.Entries[i]
		require.Equal(x, i == 0, got.Opening, "only the first entry opens: %s", want.ID)
		require.Equal(x, want.At.Unix(), got.At.Unix(), "%s", want.Native)
		require.Zero(x, got.At.Nanosecond(), "second resolution")
		require.Equal(x, kindOf(want), got.Kind, "%s %q", want.Native, want.Text)
		if got.Kind == mapping.Event {
			require.True(x, got.Covers != "" || got.Skip != "", "%s is carried by a field or skipped by a rule", want.Native)
			continue
		}
		require.Equal(x, roleOf(want), got.Author.Role, "%s %q", want.Native, want.Text)
		require.Equal(x, mapping.Letters(want.Text), mapping.Letters(got.Body.Words()))
		require.Len(x, got.Files, len(want.Files))
		for j, f := range want.Files {
			require.Equal(x, f.Name, got.Files[j].Name)
			require.NotEmpty(x, got.Files[j].URL)
		}
	}
	require.Equal(x, mapping.State(t.State), c.Fields.State)
	require.Equal(x, mapping.PersonID(t.Assignee), c.Fields.Assignee)
	require.Equal(x, t.Tags, c.Fields.Tags)
	require.Zero(x, c.Truncated)
	require.Equal(x, "crm-1", c.Customer.ExternalID)
	require.True(x, c.Customer.Identified)
	for _, e := range c.Entries {
		if e.Author.Role == mapping.Customer && e.Kind == mapping.Message {
			require.Equal(x, c.Customer.ID, e.Author.ID, "the customer's entries name the customer")
		}
	}
	require.False(x, c.DeskTime.IsZero())
}

func kindOf(e stage.Entry) mapping.Kind {
	switch {
	case e.Text == "" && len(e.Files) == 0:
		return mapping.Event
	case e.Visible:
		return mapping.Message
	}
	return mapping.Note
}

func roleOf(e stage.Entry) mapping.Role {
	return map[string]mapping.Role{stage.SideCustomer: mapping.Customer, stage.SideTeam: mapping.Agent, stage.SideBot: mapping.Bot}[e.Side]
}

// headerFirst: whatever happens between the calls of a Read, nothing in the header is newer than the entries. A version
// that is the desk's present one goes with all of the desk's present entries; a closed state with its event.
func headerFirst(x *exam) {
	for moment := 1; moment <= 8; moment++ {
		for _, c := range []change{byMessage, byClose, byTag, byNote} {
			id := x.story()
			x.human(30*time.Minute).Reopen(id, x.desk.Facts.Agents[0])
			x.reopen()
			x.wire.watch(func(n int, _ *http.Request) func() (*http.Response, error) {
				if n == moment {
					x.change(x.human(0), id, c)
				}
				return nil
			})
			got := x.read(id)
			calls := x.wire.calls
			x.wire.watch(nil)
			if calls < moment {
				continue
			}
			x.pass(x.lag())
			now := x.between(sources.Window{})[mapping.ConversationID(id)]
			if got.Version == now.Version {
				require.Equal(x, deskIDs(x.thread(id)), entryIDs(got), "%s before call %d of a read", c, moment)
			}
			if c == byClose && got.Fields.State == mapping.Closed {
				require.Contains(x, entryIDs(got), x.lastID(id), "the event of the closed state")
			}
			x.human(0).Delete(id)
		}
	}
}

func (x *exam) lastID(id string) string {
	ids := deskIDs(x.thread(id))
	return ids[len(ids)-1]
}

// versions: Changed, Between and Read agree while nothing changes, and differ after each kind of change.
func versions(x *exam) {
	id, _ := x.human(time.Minute).Open(x.customer("crm-1"), "Hello")
	before := mapping.Version("")
	for _, c := range []change{"nothing yet", byMessage, byNote, byAssign, byTag, byClose, byReopen, byUntag, byUnassign, byMessage} {
		x.change(x.human(0), id, c)
		x.pass(x.lag() + time.Second)
		changed, _ := x.changed("", time.Time{})
		swept := x.between(sources.Window{})
		read := x.read(id)
		ref := mapping.ConversationID(id)
		require.NotEmpty(x, read.Version)
		require.Equal(x, read.Version, changed[ref].Version, "Changed and Read after %s", c)
		require.Equal(x, read.Version, swept[ref].Version, "Between and Read after %s", c)
		require.Equal(x, read.Updated.Unix(), swept[ref].Updated.Unix())
		require.NotEqual(x, before, read.Version, "a listing shows a %s", c)
		x.pass(time.Hour)
		require.Equal(x, read.Version, x.between(sources.Window{})[ref].Version, "time alone changes nothing")
		require.Equal(x, read.Version, x.read(id).Version)
		before = read.Version
	}
}
