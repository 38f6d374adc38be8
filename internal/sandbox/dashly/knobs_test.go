package dashly

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// seen is what tests look at in an answer.
type seen struct {
	ID           json.RawMessage `json:"id"`
	Type         string          `json:"type"`
	From         json.RawMessage `json:"from"`
	SentVia      string          `json:"sent_via"`
	ExternalID   *string         `json:"external_id"`
	Created      json.RawMessage `json:"created"`
	Removed      *int64          `json:"removed"`
	User         json.RawMessage `json:"user"`
	Assignee     json.RawMessage `json:"assignee"`
	Attachments  []struct{ URL string }
	Conversation json.RawMessage `json:"conversation"`
}

// parts are the parts of the conversation, newest first, with ids as text.
func (b *bench) parts() (out []seen) {
	b.ok("GET", b.on("parts")+"?id_as_string=true", nil, &out)
	return out
}

func (b *bench) say(pairs ...string) seen {
	b.t.Helper()
	var out seen
	b.ok("POST", b.on("reply"), form(append([]string{"body", "text"}, pairs...)...), &out)
	return out
}

func TestExternalIDs(t *testing.T) {
	note := []string{"from_admin", Jane, "type", "note", "external_id", "db1:note"}
	b := newBench(t, func(k *Knobs) { k.NoteExternalID = "refuse" })
	b.refused("ValidationError", "POST", b.on("reply"), form(append(note, "body", "x")...))
	b.say("from_admin", Jane, "external_id", "db1:reply")

	b = newBench(t, func(k *Knobs) { k.UniqueExternalID, k.RepeatedExternalID = true, "existing" })
	first := b.say(note...)
	require.Equal(t, first.ID, b.say(note...).ID)
	require.Len(t, b.parts(), 2, "the second made nothing")

	b = newBench(t, func(k *Knobs) { k.ExternalIDLimit = 5 })
	b.refused("ValidationError", "POST", b.on("reply"), form("body", "x", "from_admin", Jane, "external_id", "123456"))
	require.Equal(t, "12345", *b.say("from_admin", Jane, "external_id", "12345").ExternalID)
	b.d.SetKnobs(func(k *Knobs) { k.CutExternalIDs = true })
	require.Equal(t, "12345", *b.say("from_admin", Jane, "external_id", "123456").ExternalID)
}

func TestWhoMadeSystemParts(t *testing.T) {
	for from, want := range map[string]string{"admin": `"name":"Jane"`, "null": "null", "site": "default_admin", "id": `"14709"`} {
		b := newBench(t, func(k *Knobs) { k.SystemFrom, k.SystemVia = from, "web_panel" })
		b.ok("POST", b.on("close"), form("from_admin", Jane), nil)
		require.Contains(t, string(b.parts()[0].From), want)
		require.Equal(t, "web_panel", b.parts()[0].SentVia)
	}
	b := newBench(t, nil)
	b.d.People().Close(b.conv, Jane)
	require.Contains(t, string(b.parts()[0].From), `"name":"Jane"`)
	b.d.SetKnobs(func(k *Knobs) { k.PanelEvents = "system" })
	b.d.People().Tag(b.conv, Jane, "vip")
	require.Equal(t, "null", string(b.parts()[0].From))
	require.Equal(t, "system", b.parts()[0].SentVia)
}

func TestWhatAssigns(t *testing.T) {
	b := newBench(t, nil)
	b.say("from_user", "default_user")
	b.say("from_admin", Tom, "type", "note")
	require.Empty(t, b.thread().Assignee)
	b.d.SetKnobs(func(k *Knobs) { k.UserReplyAssigns = true })
	b.say("from_user", "default_user")
	require.Equal(t, Jane, b.thread().Assignee)

	b = newBench(t, func(k *Knobs) { k.NoteAssigns = true })
	b.say("from_admin", Tom, "type", "note")
	require.Equal(t, Tom, b.thread().Assignee)

	for _, opens := range []bool{false, true} {
		b = newBench(t, func(k *Knobs) { k.AssignReopens = opens })
		b.d.People().Close(b.conv, Jane)
		b.ok("POST", b.on("assign"), form("admin", Tom, "from_admin", Jane), nil)
		require.Equal(t, opens, b.thread().State == "open")
	}
}

func TestWhatAReplyAnswers(t *testing.T) {
	for setting, want := range map[string]string{
		"part": `"type":"reply_admin"`, "receipt": `{"id":`, "empty": `{}`, "list": `"type":"assigned"`, "assignment": `{"id":`,
	} {
		b := newBench(t, func(k *Knobs) { k.ReplyAnswer, k.APIReplyAssigns = setting, true })
		out := b.ok("POST", b.on("reply")+"?id_as_string=true", form("body", "x", "from_admin", Jane), nil)
		require.Contains(t, string(out.Data), want, setting)
		parts := b.parts() // the reply, its assignment, the opening
		switch setting {
		case "receipt":
			require.Contains(t, string(out.Data), string(parts[0].ID))
		case "assignment":
			require.Contains(t, string(out.Data), string(parts[1].ID))
		}
	}
}

func TestListsThatAreCut(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.EndOfList, k.PageCap = "same", 1 })
	b.d.People().Open(b.user, "Another")
	list := "apps/12/conversations?paginate_count=50"
	position := ""
	for page, want := range []int{1, 1, 0, 0} {
		var items []seen
		out := b.ok("GET", list+position, nil, &items)
		require.Len(t, items, want, "page %d", page)
		next := string(out.Meta["next_before_position"])
		if want == 0 {
			require.Equal(t, position, "&paginate_position="+next, "the same again")
		}
		position = "&paginate_position=" + next
	}
	b.d.SetKnobs(func(k *Knobs) { k.SparsePages = true })
	b.d.People().Close(b.conv, Jane)
	var items []seen
	out := b.ok("GET", list+"&closed=true", nil, &items)
	require.Empty(t, items, "the newest one is open")
	b.ok("GET", list+"&closed=true&paginate_position="+string(out.Meta["next_before_position"]), nil, &items)
	require.Len(t, items, 1)
}

func TestIDs(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.HighIDs = true })
	require.Greater(t, number(b.conv), uint64(1)<<63)
	b = newBench(t, func(k *Knobs) { k.ScatteredIDs = true })
	for range 5 {
		b.d.People().Write(b.conv, "x")
	}
	grow, fall := 0, 0
	made := b.thread().Entries
	for i := 1; i < len(made); i++ {
		if number(made[i].ID) > number(made[i-1].ID) {
			grow++
		} else {
			fall++
		}
	}
	require.NotZero(t, grow)
	require.NotZero(t, fall)
	var last uint64
	for i, p := range b.parts() { // listed by id
		id, err := strconv.Unquote(string(p.ID))
		require.NoError(t, err)
		require.True(t, i == 0 || number(id) < last)
		last = number(id)
	}
	require.Len(t, b.parts(), len(made))
	b.d.SetKnobs(func(k *Knobs) { k.ScatteredIDs = false })
	b.d.People().Write(b.conv, "x")
	ids := map[string]bool{}
	for _, e := range b.thread().Entries {
		ids[e.ID] = true
	}
	require.Len(t, ids, len(made)+1, "no id is given twice")
}

func TestHowThingsAreShown(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.ConversationUser, k.NumberAuthors, k.Times = "id", true, "iso" })
	var c seen
	b.ok("GET", "conversations/"+b.conv+"?id_as_string=true", nil, &c)
	require.Equal(t, `"`+b.user+`"`, string(c.User))
	require.Equal(t, `"2026-11-02T12:00:00"`, string(c.Created))
	require.Equal(t, b.user, string(b.parts()[0].From), "a number, whatever was asked for")
	b.d.SetKnobs(func(k *Knobs) { k.Times = "micro" })
	require.Equal(t, "1793620800.000000", string(b.parts()[0].Created))

	b = newBench(t, nil)
	b.d.People().Reply(b.conv, Tom, "bye")
	b.d.Dismiss(Tom)
	for how, want := range map[string]string{"shown": `"name":"Tom"`, "null": "null", "id": `"name":""`} {
		b.d.SetKnobs(func(k *Knobs) { k.GoneAdmins = how })
		require.Contains(t, string(b.parts()[0].From), want)
	}

	b = newBench(t, func(k *Knobs) { k.BodyAs = "mixed" })
	b.say("from_user", "default_user", "body", "1 < 2")
	b.say("from_admin", Jane, "body", "1 < 2")
	require.Equal(t, []string{"1 < 2", "<p>1 &lt; 2</p>"}, []string{b.d.convs[number(b.conv)].parts[1].body, b.d.convs[number(b.conv)].parts[2].body})
}

func TestWhatIsNotThere(t *testing.T) {
	for how, name := range map[string]string{"lookup": "LookupError", "denied": "PermissionDeniedError", "not_found": "Error404"} {
		b := newBench(t, func(k *Knobs) { k.MissingConversation, k.RemovedConversation = how, how })
		b.refused(name, "GET", "conversations/4711", nil)
		b.d.People().Delete(b.conv)
		b.refused(name, "GET", "conversations/"+b.conv, nil)
		var list []seen
		b.ok("GET", "apps/12/conversations", nil, &list)
		require.Empty(t, list)
		b.d.SetKnobs(func(k *Knobs) { k.ListRemoved = true })
		b.ok("GET", "apps/12/conversations", nil, &list)
		require.NotNil(t, list[0].Removed)
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.AsUser, k.SelfApp = "deny", "refuse" })
	b.refused("PermissionDeniedError", "POST", b.on("reply"), form("body", "x", "from_user", "default_user"))
	b.refused("PermissionDeniedError", "POST", "users/"+b.user+"/startconversation", form("body", "x"))
	b.refused("PermissionDeniedError", "GET", "apps/$self_app/conversations", nil)
	b.ok("GET", "apps/12/conversations", nil, nil)
	b.say("from_admin", Jane)
}

func TestMergedUsers(t *testing.T) {
	for how, want := range map[string]string{"removed": "", "lookup": "LookupError", "successor": ""} {
		b := newBench(t, func(k *Knobs) { k.MergedUser = how })
		visitor := b.d.People().Customer(stage.Customer{Name: "Visitor"})
		conv, _ := b.d.People().Open(visitor, "Hi")
		b.d.People().Merge(visitor, b.user)
		status, out := b.request("GET", "users/"+visitor, nil)
		require.Equal(t, want, out.error(), how)
		if status == http.StatusOK {
			var u seen
			require.NoError(t, json.Unmarshal(out.Data, &u))
			require.Equal(t, how == "removed", u.Removed != nil)
			require.Equal(t, how == "successor", string(u.ID) == b.user)
		}
		b.conv = conv
		require.Equal(t, "crm-1", b.thread().Customer)
		require.Equal(t, `"`+visitor+`"`, string(b.parts()[0].From))
		b.d.SetKnobs(func(k *Knobs) { k.MergedAuthors = "new" })
		require.Equal(t, `"`+b.user+`"`, string(b.parts()[0].From))
	}
}

func TestAnAddressMergesUsers(t *testing.T) {
	operations := form("by_user_id", "true", "operations", `[{"op":"set_once","key":"$email","value":"Alice@example.org"}]`)
	b := newBench(t, nil)
	b.ok("POST", "users/new/props", operations, nil)
	b.ok("GET", "users/new?by_user_id=true", nil, nil)
	b = newBench(t, func(k *Knobs) { k.EmailMerges = true })
	b.ok("POST", "users/new/props", operations, nil)
	require.NotNil(t, b.d.users[b.d.own["new"]].heir)
}

func TestFilesAndTagsOfOtherDays(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.FileLifetime, k.TagAgain = stage.Duration(time.Minute), "ok" })
	b.d.People().Write(b.conv, "see", stage.Upload{Name: "a.txt", Content: []byte("a")})
	link := b.parts()[0].Attachments[0].URL
	get := func() int {
		w := httptest.NewRecorder()
		b.d.ServeHTTP(w, httptest.NewRequest(http.MethodGet, link, nil))
		return w.Code
	}
	require.Equal(t, http.StatusOK, get())
	b.now = b.now.Add(time.Minute)
	require.Equal(t, http.StatusForbidden, get())
	link = b.parts()[0].Attachments[0].URL
	require.Equal(t, http.StatusOK, get(), "reading again gives a fresh one")
	for range 2 {
		b.ok("POST", b.on("tag"), form("tag", "vip"), nil)
	}
	require.Equal(t, "reply_user reply_user tag_added", b.natives())
}

func TestEverythingMovesLastUpdate(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.LastUpdate = "everything" })
	entry := b.thread().Entries[0].ID
	for _, do := range []func(){
		func() { b.d.People().Edit(b.conv, entry, "x") }, func() { b.d.People().Erase(b.conv, entry) }, func() { b.d.People().Delete(b.conv) },
	} {
		b.now = b.now.Add(time.Minute)
		do()
		require.Equal(t, b.now, b.d.convs[number(b.conv)].updated)
	}
}
