package intercom

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

func TestWhoHearsOfWhat(t *testing.T) {
	b := newBench(t, nil)
	b.ok("POST", b.on("/reply"), b.comment("body", "loud"))
	b.ok("POST", b.on("/reply"), b.comment("body", "silent", "skip_notifications", true))
	b.ok("POST", b.on("/reply"), b.note("body", "internal"))
	b.ok("POST", b.on("/reply"), b.says("body", "mine"))
	b.ok("POST", b.on("/parts"), obj{"message_type": "assignment", "type": "admin", "admin_id": Jane, "assignee_id": Tom, "body": "hands"})
	b.ok("POST", b.on("/parts"), obj{"message_type": "close", "type": "admin", "admin_id": Jane, "body": "bye"})
	b.ok("POST", b.on("/parts"), obj{"message_type": "open", "admin_id": Jane})
	b.ok("POST", b.on("/parts"), obj{"message_type": "close", "type": "admin", "admin_id": Jane})
	b.d.People().Reply(b.conv, Tom, "typed")
	require.Equal(t, "bridge reply: loud; bridge assignment: hands; bridge close: bye; desk reply: typed", heard(b.d))
}

func TestSkippingNotificationsNeedsItsVersion(t *testing.T) {
	b := newBench(t, nil)
	b.version = "2.14"
	b.refused(400, "parameter_invalid", "POST", b.on("/reply"), b.comment("skip_notifications", true))
	require.Empty(t, heard(b.d))
	b.d.SetKnobs(func(k *Knobs) { k.Lax = true })
	b.ok("POST", b.on("/reply"), b.comment("skip_notifications", true))
	require.Equal(t, "bridge reply: text", heard(b.d), "an older version that ignores the switch delivers")
}

func TestABotAnswersEntriesOfTheAPIToo(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.AutoBot = "I am a robot" })
	b.ok("POST", b.on("/reply"), b.says())
	b.ok("POST", "conversations", obj{"from": obj{"type": "user", "id": b.contact}, "body": "new"})
	b.d.People().Write(b.conv, "typed")
	var got []string
	for _, n := range b.d.Log.Notifications() {
		got = append(got, n.By+" because of "+n.Cause)
	}
	require.Equal(t, []string{"desk because of bridge", "desk because of bridge", "desk because of desk"}, got)
}

func TestStatesAndTheirParts(t *testing.T) {
	hour := noon.Add(time.Hour)
	do := map[string]func(b *bench){
		"closed":  func(b *bench) { b.d.People().Close(b.conv, Jane) },
		"snoozed": func(b *bench) { b.d.People().Snooze(b.conv, Jane, hour) },
		"open":    func(*bench) {},
	}
	manage := func(extra ...any) func(b *bench) {
		return func(b *bench) { b.ok("POST", b.on("/parts"), with(obj{"admin_id": Jane}, extra...)) }
	}
	reply := func(body func(*bench) obj) func(b *bench) {
		return func(b *bench) { b.ok("POST", b.on("/reply"), body(b)) }
	}
	assign := manage("message_type", "assignment", "type", "admin", "assignee_id", Tom)
	note := reply(func(b *bench) obj { return b.note() })
	comment := reply(func(b *bench) obj { return b.comment() })
	says := reply(func(b *bench) obj { return b.says() })
	cases := []struct {
		name, before string
		knobs        func(*Knobs)
		act          func(*bench)
		after, kind  string
	}{
		{"contact on closed", "closed", nil, says, "open", "open"},
		{"contact on snoozed", "snoozed", nil, says, "open", "comment"},
		{"assign closed", "closed", nil, assign, "open", "assign_and_reopen"},
		{"assign snoozed", "snoozed", nil, assign, "open", "assign_and_unsnooze"},
		{"assign open", "open", nil, assign, "open", "assignment"},
		{"note on snoozed", "snoozed", nil, note, "open", "note_and_unsnooze"},
		{"note on snoozed, asleep", "snoozed", func(k *Knobs) { k.NoteWakes = false }, note, "snoozed", "note"},
		{"note on closed", "closed", nil, note, "closed", "note"},
		{"note on closed, reopening", "closed", func(k *Knobs) { k.NoteReopens = true }, note, "open", "note_and_reopen"},
		{"comment on closed", "closed", nil, comment, "closed", "comment"},
		{"comment on closed, reopening", "closed", func(k *Knobs) { k.CommentReopens = true }, comment, "open", "comment"},
		{"comment on snoozed", "snoozed", nil, comment, "open", "comment"},
		{"open closed", "closed", nil, manage("message_type", "open"), "open", "open"},
		{"open snoozed", "snoozed", nil, manage("message_type", "open"), "open", "unsnoozed"},
		{"close", "open", nil, manage("message_type", "close", "type", "admin"), "closed", "close"},
		{"snooze", "open", nil, manage("message_type", "snoozed", "snoozed_until", hour.Unix()), "snoozed", "snoozed"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, tc.knobs)
			do[tc.before](b)
			tc.act(b)
			require.Equal(t, tc.after, b.state())
			require.Equal(t, tc.kind, b.last()["part_type"])
			require.Equal(t, "bridge-app", b.last()["app_package_code"])
		})
	}
}

func TestClosingTwice(t *testing.T) {
	for _, again := range []bool{false, true} {
		b := newBench(t, func(k *Knobs) { k.CloseClosedPart = again })
		for range 2 {
			b.ok("POST", b.on("/parts"), obj{"message_type": "close", "type": "admin", "admin_id": Jane})
		}
		require.Len(t, b.parts(), map[bool]int{false: 1, true: 2}[again])
	}
}

func TestASnoozeEndsByItself(t *testing.T) {
	b := newBench(t, nil)
	b.d.People().Snooze(b.conv, Jane, noon.Add(time.Hour))
	require.Equal(t, true, b.ok("GET", b.on(""), nil)["open"], "a snoozed conversation is open (7.3)")
	b.now = noon.Add(2 * time.Hour)
	require.Equal(t, "open", b.state())
	require.Equal(t, "timer_unsnooze", b.last()["part_type"])
	require.EqualValues(t, noon.Add(time.Hour).Unix(), b.last()["created_at"])
}

func TestAssignmentHasTwoSlots(t *testing.T) {
	b := newBench(t, nil)
	assign := func(kind, id string) obj {
		return b.ok("POST", b.on("/parts"), obj{"message_type": "assignment", "type": kind, "admin_id": Jane, "assignee_id": id})
	}
	assign("admin", Tom)
	out := assign("team", Support)
	require.EqualValues(t, 26, out["admin_assignee_id"])
	require.EqualValues(t, 5017691, out["team_assignee_id"])
	out = assign("admin", "0")
	require.Nil(t, out["admin_assignee_id"])
	require.EqualValues(t, 5017691, out["team_assignee_id"])
	require.Equal(t, "nobody_admin", b.last()["assigned_to"].(obj)["type"])
	b.version = "2.16"
	require.EqualValues(t, 0, b.ok("GET", b.on(""), nil)["admin_assignee_id"])
	b.version = "2.15"
	b.d.SetKnobs(func(k *Knobs) { k.UnassignedZero = true })
	require.EqualValues(t, 0, b.ok("GET", b.on(""), nil)["admin_assignee_id"])
}

func TestChosenTimes(t *testing.T) {
	past := noon.AddDate(0, -1, 0).Unix()
	b := newBench(t, nil)
	b.now = noon.Add(time.Hour)
	b.ok("POST", b.on("/reply"), b.says("created_at", past))
	b.ok("POST", b.on("/reply"), b.comment("created_at", past+1, "skip_notifications", true))
	parts := b.parts()
	require.EqualValues(t, past, parts[0]["created_at"])
	require.EqualValues(t, past+1, parts[1]["created_at"])
	require.EqualValues(t, b.now.Unix(), b.ok("GET", b.on(""), nil)["updated_at"], "the conversation changes now (10)")
	message := b.ok("POST", "conversations", obj{"from": obj{"type": "user", "id": b.contact}, "body": "old", "created_at": past})
	require.EqualValues(t, past, b.ok("GET", "conversations/"+message["conversation_id"].(string), nil)["created_at"])
	b.version = "2.10"
	b.refused(400, "parameter_invalid", "POST", b.on("/reply"), b.says("created_at", past))
	b.d.SetKnobs(func(k *Knobs) { k.AdminCreatedAt = false })
	b.ok("POST", b.on("/reply"), b.comment("created_at", past))
	require.EqualValues(t, b.now.Unix(), b.last()["created_at"])
}

func TestBodies(t *testing.T) {
	b := newBench(t, nil)
	for in, want := range map[string]string{
		"Goodbye :)":                         "<p>Goodbye :)</p>",
		"a\nb\n\nc":                          "<p>a<br>b</p>\n<p>c</p>",
		"<p>1 &lt; 2</p><div>x</div>":        "<p>1 &lt; 2</p>\n<p>x</p>",
		"<p>x</p><!-- db1 --><span>y</span>": "<p>x</p>\n<p>y</p>",
	} {
		b.ok("POST", b.on("/reply"), b.note("body", in))
		require.Equal(t, want, b.last()["body"])
	}
	b.ok("POST", b.on("/reply"), b.says("body", "<b>bold</b>"))
	require.Equal(t, "<p>&lt;b&gt;bold&lt;/b&gt;</p>", b.last()["body"])
	b.d.SetKnobs(func(k *Knobs) { k.ContactHTML = true })
	b.ok("POST", b.on("/reply"), b.says("body", "<b>bold</b>"))
	require.Equal(t, "<p><b>bold</b></p>", b.last()["body"])
	plain := b.ok("GET", b.on("?display_as=plaintext"), nil)
	require.Equal(t, "Hello", plain["source"].(obj)["body"])
}

func TestFilesAndTheirShortLife(t *testing.T) {
	b := newBench(t, nil)
	b.ok("POST", b.on("/reply"), b.comment("attachment_files", []obj{{"name": "a b.txt", "content_type": "text/plain", "data": "aGVsbG8="}},
		"attachment_urls", []string{"https://files.example.org/x/pic.png?y=1"}))
	files := b.last()["attachments"].([]any)
	require.Len(t, files, 2)
	get := func(i int) (int, string) {
		rec := b.send("GET", files[i].(obj)["url"].(string)[len("http://intercom.test/"):], nil)
		return rec.Code, rec.Body.String()
	}
	status, body := get(1)
	require.Equal(t, "hello", body)
	require.Equal(t, http.StatusOK, status)
	_, body = get(0)
	require.Equal(t, "fetched", body)
	require.Equal(t, "pic.png", files[0].(obj)["name"])
	b.now = noon.Add(31 * time.Minute)
	status, _ = get(1)
	require.Equal(t, http.StatusForbidden, status)
	files = b.last()["attachments"].([]any)
	status, _ = get(1)
	require.Equal(t, http.StatusOK, status, "reading again gives a fresh URL (8.5)")
	entry := b.d.Dump()[0].Entries[1]
	require.Equal(t, stage.FileOf("a b.txt", []byte("hello")), entry.Files[1])
}

func TestTags(t *testing.T) {
	b := newBench(t, nil)
	id := b.ok("POST", "tags", obj{"name": "VIP"})["id"]
	require.Equal(t, id, b.ok("POST", "tags", obj{"name": "vip"})["id"], "names are case insensitive")
	for range 2 {
		b.ok("POST", b.on("/tags"), obj{"id": id, "admin_id": Jane})
	}
	require.Len(t, b.ok("GET", b.on(""), nil)["tags"].(obj)["tags"], 1)
	require.Equal(t, "conversation_tags_updated", b.last()["part_type"])
	require.Len(t, b.parts(), 1)
	for range 2 {
		b.ok("DELETE", b.on("/tags/"+id.(string)), obj{"admin_id": Jane})
	}
	b.d.SetKnobs(func(k *Knobs) { k.TagTwice, k.UntagAbsent, k.TagExisting = true, "not_found", "refuse" })
	b.refused(404, "tag_not_found", "DELETE", b.on("/tags/"+id.(string)), obj{"admin_id": Jane})
	b.refused(400, "parameter_invalid", "POST", "tags", obj{"name": "vip"})
	for range 2 {
		b.ok("POST", b.on("/tags"), obj{"id": id, "admin_id": Jane})
	}
	require.Len(t, b.ok("GET", b.on(""), nil)["tags"].(obj)["tags"], 2)
}

func TestTitlesAndAttributes(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.Attributes = []string{"twin"} })
	out := b.ok("PUT", b.on(""), obj{"title": "New", "custom_attributes": obj{"twin": "dashly:1"}})
	require.Equal(t, "New", out["title"])
	require.Equal(t, obj{"twin": "dashly:1"}, out["custom_attributes"])
	b.refused(400, "parameter_invalid", "PUT", b.on(""), obj{"custom_attributes": obj{"other": "x"}})
	b.version = "2.12"
	b.refused(400, "parameter_invalid", "PUT", b.on(""), obj{"title": "Newer"})
}

func TestWhatMovesUpdatedAt(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.Unmoved = []string{"note", "tag"} })
	updated := func() float64 { return b.ok("GET", b.on(""), nil)["updated_at"].(float64) }
	for name, tc := range map[string]struct {
		act   func()
		moves bool
	}{
		"comment": {func() { b.d.People().Reply(b.conv, Jane, "x") }, true},
		"note":    {func() { b.d.People().Note(b.conv, Jane, "x") }, false},
		"tag":     {func() { b.d.People().Tag(b.conv, Jane, "x") }, false},
		"title":   {func() { b.d.People().Title(b.conv, Jane, "x") }, true},
	} {
		before := updated()
		b.now = b.now.Add(time.Minute)
		tc.act()
		require.Equal(t, tc.moves, updated() > before, name)
	}
}

func TestRefusals(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.FreshContactDelay = stage.Duration(time.Minute); k.MaxBody = 9 })
	b.now = noon.Add(time.Hour)
	other := b.d.People().Customer(stage.Customer{Own: "crm-2"})
	b.refused(404, "not_found", "POST", b.on("/reply"), b.says("intercom_user_id", other))
	b.now = b.now.Add(time.Hour)
	b.refused(404, "not_found", "POST", b.on("/reply"), b.says("intercom_user_id", other)) // not a participant
	b.refused(404, "not_found", "GET", "conversations/1", nil)
	b.refused(404, "not_found", "POST", "conversations/last/reply", b.says())
	b.refused(404, "admin_not_found", "POST", b.on("/reply"), b.comment("admin_id", "1"))
	b.refused(400, "parameter_invalid", "POST", b.on("/reply"), b.comment("external_id", "x"))
	b.refused(400, "parameter_not_found", "POST", b.on("/reply"), b.comment("body", ""))
	b.refused(422, "data_invalid", "POST", b.on("/reply"), b.comment("body", "much too long"))
	b.refused(400, "parameter_invalid", "POST", b.on("/reply"), b.says("_fetched", []obj{}))
	b.refused(404, "not_found", "POST", "conversations", obj{"from": obj{"type": "user", "id": "x"}, "body": "x"})
	b.refused(400, "parameter_invalid", "POST", b.on("/parts"), obj{"message_type": "close", "type": "admin", "admin_id": Jane, "created_at": 1})
	b.refused(404, "assignee_not_found", "POST", b.on("/parts"), obj{"message_type": "assignment", "type": "admin", "admin_id": Jane, "assignee_id": "1"})
	require.Len(t, b.d.Dump()[0].Entries, 1, "a refused call does nothing")
	b.d.Dismiss(Tom)
	b.refused(404, "admin_not_found", "POST", b.on("/reply"), b.comment("admin_id", Tom))
	b.d.SetKnobs(func(k *Knobs) { k.NonParticipant = "accept" })
	b.ok("POST", b.on("/reply"), b.says("intercom_user_id", other))
	require.Len(t, b.ok("GET", b.on(""), nil)["contacts"].(obj)["contacts"], 2)
}

func TestContacts(t *testing.T) {
	b := newBench(t, nil)
	message := b.refused(409, "conflict", "POST", "contacts", obj{"external_id": "crm-1", "email": "other@example.org"})
	require.Equal(t, "A contact matching those details already exists with id="+b.contact, message)
	require.Regexp(t, `^[0-9a-f]{24}$`, b.contact)
	b.refused(409, "conflict", "POST", "contacts", obj{"role": "user", "email": "alice@example.org"})
	b.ok("POST", "contacts", obj{"role": "lead", "email": "alice@example.org"})
	twin := b.ok("POST", "contacts", obj{"external_id": "crm-7", "email": "alice@example.org"})["id"].(string)
	b.refused(409, "conflict", "PUT", "contacts/"+twin, obj{"external_id": "crm-1"})
	require.Equal(t, twin, b.ok("GET", "contacts/find_by_external_id/crm-7", nil)["id"])
	b.version = "2.12"
	b.refused(400, "intercom_version_invalid", "GET", "contacts/find_by_external_id/crm-7", nil)
	found := b.ok("POST", "contacts/search", obj{"query": obj{"field": "email", "operator": "=", "value": "alice@example.org"}})
	require.EqualValues(t, 3, found["total_count"])
	b.refused(400, "parameter_invalid", "POST", "contacts/search", obj{"query": obj{"field": "created_at", "operator": ">=", "value": 1}})
	b.d.SetKnobs(func(k *Knobs) { k.ContactIndexDelay, k.SharedEmails = stage.Duration(time.Minute), false })
	found = b.ok("POST", "contacts/search", obj{"query": obj{"field": "email", "operator": "=", "value": "alice@example.org"}})
	require.EqualValues(t, 0, found["total_count"])
	b.refused(409, "conflict", "POST", "contacts", obj{"external_id": "crm-8", "email": "alice@example.org"})
	b.d.People().Archive(twin)
	message = b.refused(409, "conflict", "POST", "contacts", obj{"external_id": "crm-7"})
	require.Equal(t, "An archived contact matching those details already exists with id="+twin, message)
}

func TestOneOfThoseWhoShareAnAddress(t *testing.T) {
	b := newBench(t, nil)
	b.d.People().Customer(stage.Customer{Email: "alice@example.org"})
	b.ok("POST", b.on("/reply"), with(obj{"message_type": "comment", "type": "user", "email": "alice@example.org", "body": "x"}))
	require.Equal(t, b.contact, b.last()["author"].(obj)["id"], "the participant is meant")
	b.ok("POST", b.on("/reply"), with(obj{"message_type": "comment", "type": "user", "user_id": "crm-1", "body": "y"}))
	require.Equal(t, "user", b.last()["author"].(obj)["type"])
}
