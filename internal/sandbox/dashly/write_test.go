package dashly

import (
	"encoding/json"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

func TestWhoHearsOfWhat(t *testing.T) {
	b := newBench(t, nil)
	b.ok("POST", b.on("reply"), form("body", "to you", "from_admin", Jane), nil)
	b.ok("POST", b.on("reply"), form("body", "internal", "from_admin", Jane, "type", "note"), nil)
	b.ok("POST", b.on("reply"), form("body", "from you", "from_user", "default_user"), nil)
	b.ok("POST", b.on("assign"), form("admin", Tom, "from_admin", Jane), nil)
	b.ok("POST", b.on("close"), form("from_admin", Jane), nil)
	b.d.People().Reply(b.conv, Tom, "typed")
	b.d.People().Bot(b.conv, "beep")
	var heard []string
	for _, n := range b.d.Log.Notifications() {
		require.Equal(t, "crm-1", n.Person)
		require.Equal(t, b.conv, n.Conversation)
		heard = append(heard, n.By+" "+n.Kind+": "+n.Text)
	}
	require.Equal(t, []string{"bridge reply: to you", "desk reply: typed", "desk bot: beep"}, heard)
}

func TestABotAnswersEntriesOfTheAPIToo(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.AutoBot = "I am a robot" })
	b.ok("POST", b.on("reply"), form("body", "more", "from_user", b.user), nil)
	b.ok("POST", "users/crm-2/startconversation", form("body", "new", "by_user_id", "true"), nil)
	b.d.People().Write(b.conv, "typed")
	var got []string
	for _, n := range b.d.Log.Notifications() {
		got = append(got, n.By+" because of "+n.Cause+" to "+n.Person)
	}
	require.Equal(t, []string{"desk because of bridge to crm-1", "desk because of bridge to crm-2", "desk because of desk to crm-1"}, got)
}

func TestStateChangesMakeSystemParts(t *testing.T) {
	b := newBench(t, nil)
	var receipt struct{ ID, Group json.Number }
	b.ok("POST", b.on("assign"), form("admin", Tom, "from_admin", Jane), &receipt)
	require.NotEmpty(t, receipt.ID)
	out := b.ok("POST", b.on("assign"), form("admin", Tom, "from_admin", Jane), nil)
	require.JSONEq(t, `{}`, string(out.Data), "assigning again does nothing (8.5)")
	b.ok("POST", b.on("tag"), form("tag", " vip ", "from_admin", Jane), nil)
	b.refused("ConversationTagAlreadyAssigned", "POST", b.on("tag"), form("tag", "vip"))
	require.Equal(t, []string{"vip"}, b.thread().Tags)
	b.ok("DELETE", b.on("tag"), form("tag", "vip"), nil)
	b.refused("ConversationTagIsNotAssigned", "DELETE", b.on("tag"), form("tag", "vip"))
	b.ok("POST", b.on("close"), form("from_admin", "default_admin"), nil)
	out = b.ok("POST", b.on("close"), form("from_admin", Jane), nil)
	require.JSONEq(t, `{}`, string(out.Data))
	require.Equal(t, "reply_user assigned tag_added tag_deleted closed", b.natives())
	require.Equal(t, "closed", b.thread().State)
	require.Equal(t, Tom, b.thread().Assignee)
	b.ok("POST", b.on("assign"), form("admin", "", "from_admin", Jane), nil)
	require.Empty(t, b.thread().Assignee)
}

func TestWhatAReplyDoesToTheState(t *testing.T) {
	cases := []struct {
		name   string
		knobs  func(*Knobs)
		form   url.Values
		closed bool // after a reply to a closed conversation
		awake  bool // after a reply to a delayed one
	}{
		{"user", nil, form("from_user", "default_user"), false, true},
		{"user, careful", func(k *Knobs) { k.UserReplyReopens, k.UserReplyWakes = false, false }, form("from_user", "default_user"), true, false},
		{"admin", nil, form("from_admin", Jane), true, true},
		{"admin reopens", func(k *Knobs) { k.AdminReplyReopens = true }, form("from_admin", Jane), false, true},
		{"note", nil, form("from_admin", Jane, "type", "note"), true, false},
		{"note does all", func(k *Knobs) { k.NoteReopens, k.NoteWakes = true, true }, form("from_admin", Jane, "type", "note"), false, true},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			tc.form.Set("body", "text")
			b := newBench(t, tc.knobs)
			b.d.People().Close(b.conv, Jane)
			b.ok("POST", b.on("reply"), tc.form, nil)
			require.Equal(t, tc.closed, b.thread().State == "closed")
			b = newBench(t, tc.knobs)
			b.d.People().Snooze(b.conv, Jane, noon.Add(time.Hour))
			b.ok("POST", b.on("reply"), tc.form, nil)
			require.Equal(t, tc.awake, b.thread().State == "open")
			b.now = noon.Add(2 * time.Hour)
			require.Equal(t, "open", b.thread().State, "a delay ends by itself")
		})
	}
}

func TestWhatMovesLastUpdate(t *testing.T) {
	update := func(b *bench) int64 {
		var c struct {
			LastUpdate int64 `json:"last_update"`
		}
		b.ok("GET", "conversations/"+b.conv, nil, &c)
		return c.LastUpdate
	}
	for setting, want := range map[string][3]bool{"replies": {true, false, false}, "notes": {true, true, false}, "everything": {true, true, true}} {
		b := newBench(t, func(k *Knobs) { k.LastUpdate = setting })
		for i, do := range []func(){
			func() { b.ok("POST", b.on("reply"), form("body", "x", "from_admin", Jane), nil) },
			func() { b.ok("POST", b.on("reply"), form("body", "x", "from_admin", Jane, "type", "note"), nil) },
			func() { b.ok("POST", b.on("tag"), form("tag", "t"), nil) },
		} {
			before := update(b)
			b.now = b.now.Add(time.Minute)
			do()
			require.Equal(t, want[i], update(b) > before, "%s, change %d", setting, i)
		}
	}
}

func TestMarkersAndAnswersOfReplies(t *testing.T) {
	type part struct {
		ID         json.Number `json:"id"`
		Type       *string     `json:"type"`
		ExternalID *string     `json:"external_id"`
		SentVia    string      `json:"sent_via"`
		RandomID   *int        `json:"random_id"`
	}
	for _, echo := range []bool{true, false} {
		b := newBench(t, func(k *Knobs) {
			k.EchoExternalIDReplies, k.EchoExternalIDNotes = echo, !echo
			k.UserVia = "web_user"
		})
		var p part
		b.ok("POST", b.on("reply"), form("body", "a", "from_user", b.user, "external_id", "m1", "random_id", "77"), &p)
		require.Equal(t, "web_user", p.SentVia)
		require.Equal(t, 77, *p.RandomID)
		b.ok("POST", b.on("reply"), form("body", "b", "from_admin", Jane, "type", "note", "external_id", "m2"), nil)
		var parts []part
		b.ok("GET", b.on("parts"), nil, &parts)
		require.Equal(t, echo, parts[1].ExternalID != nil)
		require.Equal(t, !echo, parts[0].ExternalID != nil)
		require.Nil(t, parts[1].RandomID, "random_id is not promised in lists (8.16)")
	}
	b := newBench(t, func(k *Knobs) { k.ReplyAnswer, k.UniqueExternalID = "receipt", true })
	var p part
	b.ok("POST", b.on("reply"), form("body", "a", "from_admin", Jane, "external_id", "m1"), &p)
	require.Nil(t, p.Type)
	b.refused("ValidationError", "POST", b.on("reply"), form("body", "a", "from_admin", Jane, "external_id", "m1"))
}

func TestStartingAConversation(t *testing.T) {
	for _, setting := range []string{"conversation", "part"} {
		b := newBench(t, func(k *Knobs) { k.StartReturns = setting })
		var got struct{ ID json.Number }
		b.ok("POST", "users/new%2Fone/startconversation", form("body", "Hi", "by_user_id", "1"), &got)
		threads := b.d.Dump()
		made := threads[len(threads)-1]
		require.Equal(t, "new/one", made.Customer, "a missing user is created (8.11)")
		want := made.ID
		if setting == "part" {
			want = made.Entries[0].ID
		}
		require.Equal(t, want, got.ID.String())
	}
	b := newBench(t, nil)
	b.refused("LookupError", "POST", "users/999/startconversation", form("body", "Hi"))
	b.refused("ValidationError", "POST", "users/crm-1/startconversation", form("by_user_id", "true"))
	b.refused("LookupError", "POST", "users/nobody/sendmessage", form("body", "Hi", "by_user_id", "true"))
}

func TestRefusals(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.MaxBody, k.RefuseCommaTags, k.CloseClosed = 5, true, "error" })
	cases := []struct {
		name, method, path string
		form               url.Values
	}{
		{"ValidationError", "POST", b.on("reply"), form("body", "x")},
		{"ValidationError", "POST", b.on("reply"), form("body", "x", "from_user", b.user, "from_admin", Jane)},
		{"ValidationError", "POST", b.on("reply"), form("body", "x", "from_admin", Jane, "bodyy", "y")},
		{"ValidationError", "POST", b.on("reply"), form("body", "", "from_admin", Jane)},
		{"ValidationError", "POST", b.on("reply"), form("body", "x", "from_admin", Jane, "type", "reply_user")},
		{"ReplyTooBig", "POST", b.on("reply"), form("body", "123456", "from_admin", Jane)},
		{"LookupError", "POST", b.on("reply"), form("body", "x", "from_admin", "1")},
		{"LookupError", "POST", b.on("reply"), form("body", "x", "from_user", "1")},
		{"ValidationError", "POST", b.on("tag"), form("tag", "a,b")},
		{"ValidationError", "DELETE", b.on("tag") + "?tag=a", form("from_admin", Jane)},
		{"MethodNotAllowed", "PUT", b.on("tag"), nil},
		{"Error404", "GET", "conversation/1", nil},
		{"ValidationError", "GET", b.on("parts") + "?paginate_count=51", nil},
		{"ValidationError", "GET", "apps/12/conversations?paginate_position=" + url.QueryEscape("[1.6e9,7]"), nil},
		{"PermissionDeniedError", "GET", "apps/13/conversations", nil},
		{"LookupError", "GET", "users/nobody?by_user_id=true", nil},
	}
	for _, tc := range cases {
		b.refused(tc.name, tc.method, tc.path, tc.form)
	}
	require.Len(t, b.thread().Entries, 1, "a refused call does nothing")
	b.d.People().Close(b.conv, Jane)
	b.refused("BadRequest", "POST", b.on("close"), form("from_admin", Jane))
	b.d.Dismiss(Tom)
	b.refused("LookupError", "POST", b.on("assign"), form("admin", Tom, "from_admin", Jane))
	b.d.People().Delete(b.conv)
	b.refused("LookupError", "GET", "conversations/"+b.conv, nil)
	b.d.SetKnobs(func(k *Knobs) { k.RemovedConversation, k.MissingConversation = "object", "denied" })
	var c struct{ Removed *int64 }
	b.ok("GET", "conversations/"+b.conv, nil, &c)
	require.NotNil(t, c.Removed)
	b.refused("PermissionDeniedError", "GET", "conversations/77", nil)
}

func TestTokensAndRate(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.RateLimit, k.RateWindow, k.RetryAfter = 2, stage.Duration(time.Second), true })
	b.d.opt.Token = "t"
	for i, want := range []int{200, 200, 429} {
		status, _ := b.request("GET", "conversations/"+b.conv, nil)
		require.Equal(t, want, status, "call %s", strconv.Itoa(i))
	}
	b.now = b.now.Add(time.Second)
	b.ok("GET", "conversations/"+b.conv+"?auth_token=other", nil, nil) // the header wins
	b.d.opt.Token = "other"
	b.refused("NotAuthenticated", "GET", "conversations/"+b.conv, nil)
}
