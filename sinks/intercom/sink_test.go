package intercom

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

const contactID = "5ba682d23d7cf92bef87bfd4"

var (
	at       = time.Unix(1767225600, 0).UTC()
	customer = mapping.Person{Role: mapping.Customer, ID: contactID}
	agent    = mapping.Person{Role: mapping.Agent, ID: "274"}
	rich     = mapping.Body{Blocks: []mapping.Block{{Runs: []mapping.Run{{Text: "a < b & "}, {Text: "bold", Bold: true}}}}}
	answer   = `{"id":"1","updated_at":1753970000,"conversation_parts":{"conversation_parts":[]}}`
)

// operations are one of each kind that leaves, with the write that it is.
func operations() map[string]struct {
	op    sinks.Operation
	write string
	body  string
} {
	type row = struct {
		op    sinks.Operation
		write string
		body  string
	}
	reply, parts := "POST /conversations/1/reply", "POST /conversations/1/parts"
	return map[string]row{
		"opening": {sinks.Operation{Kind: sinks.OpenConversation, Class: sinks.Quiet, Author: customer, Body: rich, At: at},
			"POST /conversations", `{"from":{"type":"user","id":"` + contactID + `"},"body":"a < b & bold","created_at":1767225600}`},
		"customer": {sinks.Operation{Kind: sinks.PostMessage, Class: sinks.Quiet, Conversation: "1", Author: customer, Body: mapping.PlainBody("1 <b>2"), At: at},
			reply, `{"message_type":"comment","type":"user","intercom_user_id":"` + contactID + `","body":"1 <` + "\u200b" + `b>2","created_at":1767225600}`},
		"silent agent": {sinks.Operation{Kind: sinks.PostMessage, Class: sinks.Silent, Conversation: "1", Author: agent, Body: rich, At: at},
			reply, `{"message_type":"comment","type":"admin","admin_id":"274","body":"<p>a &lt; b &amp; <b>bold</b></p>","created_at":1767225600,"skip_notifications":true}`},
		"delivered agent": {sinks.Operation{Kind: sinks.PostMessage, Class: sinks.Delivered, Conversation: "1", Author: agent, Body: rich},
			reply, `{"message_type":"comment","type":"admin","admin_id":"274","body":"<p>a &lt; b &amp; <b>bold</b></p>"}`},
		"note of nobody in particular": {sinks.Operation{Kind: sinks.PostNote, Class: sinks.Silent, Conversation: "1", Body: mapping.PlainBody("n"), Files: []sinks.Upload{{Name: "a.txt", Content: []byte("abc")}}},
			reply, `{"message_type":"note","type":"admin","admin_id":"25","body":"<p>n</p>","skip_notifications":true,"attachment_files":[{"content_type":"application/octet-stream","name":"a.txt","data":"YWJj"}]}`},
		"close": {sinks.Operation{Kind: sinks.SetState, Class: sinks.Quiet, Conversation: "1", Author: agent, State: mapping.Closed},
			parts, `{"message_type":"close","type":"admin","admin_id":"274"}`},
		"reopen": {sinks.Operation{Kind: sinks.SetState, Class: sinks.Quiet, Conversation: "1", Author: agent, State: mapping.Open},
			parts, `{"message_type":"open","admin_id":"274"}`},
		"snooze": {sinks.Operation{Kind: sinks.SetState, Class: sinks.Quiet, Conversation: "1", Author: agent, State: mapping.Snoozed, Until: at},
			parts, `{"message_type":"snoozed","admin_id":"274","snoozed_until":1767225600}`},
		"assign": {sinks.Operation{Kind: sinks.SetAssignee, Class: sinks.Quiet, Conversation: "1", Author: agent, Assignee: "30"},
			parts, `{"message_type":"assignment","type":"admin","admin_id":"274","assignee_id":"30"}`},
		"unassign": {sinks.Operation{Kind: sinks.SetAssignee, Class: sinks.Quiet, Conversation: "1"},
			parts, `{"message_type":"assignment","type":"admin","admin_id":"25","assignee_id":"0"}`},
		"tag": {sinks.Operation{Kind: sinks.AddTag, Class: sinks.Quiet, Conversation: "1", Tag: "vip, gold"},
			"POST /conversations/1/tags", `{"id":"7","admin_id":"25"}`},
		"untag": {sinks.Operation{Kind: sinks.RemoveTag, Class: sinks.Quiet, Conversation: "1", Tag: "vip, gold"},
			"DELETE /conversations/1/tags/7", `{"admin_id":"25"}`},
		"title": {sinks.Operation{Kind: sinks.SetTitle, Class: sinks.Quiet, Conversation: "1", Title: "T"},
			"PUT /conversations/1", `{"title":"T"}`},
	}
}

func willing() map[string]string {
	return map[string]string{
		"GET /contacts/" + contactID:     `{"id":"` + contactID + `","role":"user"}`,
		"POST /conversations":            `{"type":"user_message","id":"900","created_at":1,"body":"x","message_type":"inapp","conversation_id":"1"}`,
		"POST /conversations/1/reply":    answer,
		"POST /conversations/1/parts":    answer,
		"PUT /conversations/1":           answer,
		"GET /tags":                      `{"type":"list","data":[{"type":"tag","id":"7","name":"vip, gold"},{"id":"8","name":"VIP"}]}`,
		"POST /conversations/1/tags":     `{"type":"tag","id":"7"}`,
		"DELETE /conversations/1/tags/7": `{"type":"tag","id":"7"}`,
	}
}

func TestEachOperationIsOneWrite(t *testing.T) {
	for name, tc := range operations() {
		t.Run(name, func(t *testing.T) {
			s, d := open(t, "2.15", "identified", willing())
			_, err := s.Do(t.Context(), tc.op)
			require.NoError(t, err)
			require.Len(t, d.writes(), 1)
			got := d.writes()[0]
			require.Equal(t, tc.write, got.Method+" "+got.Path)
			body, err := json.Marshal(got.Body)
			require.NoError(t, err)
			require.JSONEq(t, tc.body, string(body))
		})
	}
}

func TestRefusedBeforeAnyCall(t *testing.T) {
	message := sinks.Operation{Kind: sinks.PostMessage, Class: sinks.Silent, Conversation: "1", Author: agent, Body: rich}
	with := func(op sinks.Operation, change func(*sinks.Operation)) sinks.Operation {
		change(&op)
		return op
	}
	all := operations()
	for name, tc := range map[string]struct {
		version string
		op      sinks.Operation
		code    string
	}{
		"silence before 2.15":          {"2.14", message, "silent_unsupported"},
		"a silent customer":            {"2.15", with(message, func(o *sinks.Operation) { o.Author = customer }), "class_mismatch"},
		"a quiet agent is delivered":   {"2.15", with(message, func(o *sinks.Operation) { o.Class = sinks.Quiet }), "class_mismatch"},
		"no class":                     {"2.15", with(message, func(o *sinks.Operation) { o.Class = "" }), "class_mismatch"},
		"a delivered note":             {"2.15", with(message, func(o *sinks.Operation) { o.Kind, o.Class = sinks.PostNote, sinks.Delivered }), "class_mismatch"},
		"a silent close":               {"2.15", with(all["close"].op, func(o *sinks.Operation) { o.Class = sinks.Silent }), "class_mismatch"},
		"history delivered":            {"2.15", with(message, func(o *sinks.Operation) { o.Class, o.Historic = sinks.Delivered, true }), "historic_delivery"},
		"history without confirmation": {"2.15", with(all["customer"].op, func(o *sinks.Operation) { o.Historic = true }), "automation_not_confirmed"},
		"files on an opening":          {"2.15", with(all["opening"].op, func(o *sinks.Operation) { o.Files = []sinks.Upload{{Name: "a"}} }), "files_on_opening"},
		"an opening by an agent":       {"2.15", with(all["opening"].op, func(o *sinks.Operation) { o.Author = agent }), "opening_by_team"},
		"an opening without words":     {"2.15", with(all["opening"].op, func(o *sinks.Operation) { o.Body = mapping.Body{} }), "empty_body"},
		"a message without anything":   {"2.15", with(message, func(o *sinks.Operation) { o.Body = mapping.Body{} }), "empty_body"},
		"eleven files":                 {"2.15", with(message, func(o *sinks.Operation) { o.Files = make([]sinks.Upload, 11) }), "too_many_files"},
		"a huge file":                  {"2.15", with(message, func(o *sinks.Operation) { o.Files = []sinks.Upload{{Content: make([]byte, 20<<20+1)}} }), "file_too_big"},
		"a long text":                  {"2.15", with(message, func(o *sinks.Operation) { o.Body = mapping.PlainBody(strings.Repeat("ы", 20001)) }), "body_too_long"},
		"a note by a customer":         {"2.15", with(all["note of nobody in particular"].op, func(o *sinks.Operation) { o.Author = customer }), "not_by_customer"},
		"a customer without id":        {"2.15", with(all["customer"].op, func(o *sinks.Operation) { o.Author.ID = "" }), "no_author"},
		"nowhere":                      {"2.15", with(message, func(o *sinks.Operation) { o.Conversation = "" }), "no_conversation"},
		"an endless snooze":            {"2.15", with(all["snooze"].op, func(o *sinks.Operation) { o.Until = time.Time{} }), "snooze_without_end"},
		"a title before 2.13":          {"2.12", all["title"].op, "title_unsupported"},
		"a tag without a name":         {"2.15", with(all["tag"].op, func(o *sinks.Operation) { o.Tag = "" }), "no_tag"},
		"an unknown state":             {"2.15", with(all["close"].op, func(o *sinks.Operation) { o.State = "melted" }), "unknown_state"},
		"an unknown operation":         {"2.15", with(message, func(o *sinks.Operation) { o.Kind = "dance" }), "unknown_operation"},
	} {
		t.Run(name, func(t *testing.T) {
			s, d := open(t, tc.version, "identified", willing())
			_, err := s.Do(t.Context(), tc.op)
			e, ok := errors.AsType[*api.Error](err)
			require.True(t, ok)
			require.Equal(t, api.Refused, e.Class)
			require.Equal(t, tc.code, e.Code)
			require.Empty(t, d.asked())
		})
	}
}

func TestChosenTimesBefore211(t *testing.T) {
	for _, tc := range []struct {
		op   string
		want bool
	}{{"customer", false}, {"opening", false}, {"note of nobody in particular", true}} {
		s, d := open(t, "2.10", "identified", willing())
		op := operations()[tc.op].op
		op.At = at
		_, err := s.Do(t.Context(), op)
		require.NoError(t, err)
		_, has := d.writes()[0].Body.(map[string]any)["created_at"]
		require.Equal(t, tc.want, has, tc.op)
		require.NotContains(t, d.writes()[0].Body, "skip_notifications")
	}
}

func TestResultNamesWhatWasMade(t *testing.T) {
	part := func(id, kind, author, body string, at int64, more string) string {
		return fmt.Sprintf(`{"id":%q,"part_type":%q,"author":{"type":"admin","id":%q},"body":%q,"created_at":%d%s}`, id, kind, author, body, at, more)
	}
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC).Unix()
	silent, closing := operations()["silent agent"].op, operations()["close"].op
	body := "<p>a &lt; b &amp; <b class=\"x\">bold</b></p>"
	for name, tc := range map[string]struct {
		op    sinks.Operation
		parts []string
		want  []mapping.EntryID
	}{
		"ours among others": {silent, []string{
			part("9", "comment", "274", body, at.Unix()-1, ""), part("10", "comment", "274", body, at.Unix(), ""),
			part("11", "language_detection_details", "274", "", at.Unix(), ""), part("12", "comment", "30", body, at.Unix(), ""),
		}, []mapping.EntryID{"10"}},
		"the newest of two alike":              {silent, []string{part("100", "comment", "274", body, at.Unix(), ""), part("99", "comment", "274", body, at.Unix(), "")}, []mapping.EntryID{"100"}},
		"the time was not honoured":            {silent, []string{part("10", "comment", "274", body, now, "")}, nil},
		"a human's":                            {silent, []string{part("10", "comment", "274", body, at.Unix(), `,"app_package_code":null`)}, nil},
		"other words":                          {silent, []string{part("10", "comment", "274", "<p>else</p>", at.Unix(), "")}, nil},
		"a note is no message":                 {silent, []string{part("10", "note", "274", body, at.Unix(), "")}, nil},
		"a reply that took the conversation":   {silent, []string{part("10", "assignment", "274", body, at.Unix(), `,"assigned_to":{"type":"admin","id":"274"}`)}, []mapping.EntryID{"10"}},
		"a human's that took the conversation": {silent, []string{part("10", "assignment", "274", body, at.Unix(), `,"app_package_code":null`)}, nil},
		"the event just now":                   {closing, []string{part("10", "close", "274", "", now-500, ""), part("11", "close", "274", "", now, "")}, []mapping.EntryID{"11"}},
		"two events just now":                  {closing, []string{part("10", "close", "274", "", now, ""), part("11", "close", "274", "", now, "")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			answers := willing()
			conv := `{"id":"1","conversation_parts":{"conversation_parts":[` + strings.Join(tc.parts, ",") + `]}}`
			answers["POST /conversations/1/reply"], answers["POST /conversations/1/parts"] = conv, conv
			s, _ := open(t, "2.15", "identified", answers)
			r, err := s.Do(t.Context(), tc.op)
			require.NoError(t, err)
			require.Equal(t, tc.want, r.Entries)
		})
	}

	s, _ := open(t, "2.15", "identified", willing())
	r, err := s.Do(t.Context(), operations()["opening"].op)
	require.NoError(t, err)
	require.Equal(t, sinks.Result{Conversation: "1"}, r, "the message's id need not be that of the source")
}

func TestATimeThatMayLieInTheFutureIsTriedLater(t *testing.T) {
	const refusal = `400 {"type":"error.list","errors":[{"code":"parameter_invalid","message":"created_at"}]}`
	for age, want := range map[time.Duration]api.Class{-time.Minute: api.TryLater, time.Minute: api.TryLater, time.Hour: api.Refused} {
		for _, name := range []string{"opening", "customer"} {
			answers := willing()
			answers["POST /conversations"], answers["POST /conversations/1/reply"] = refusal, refusal
			op := operations()[name].op
			op.At = time.Now().Add(-age)
			s, _ := open(t, "2.15", "identified", answers)
			_, err := s.Do(t.Context(), op)
			require.Equal(t, want, api.ClassOf(err), "%s, %s old", name, age)
		}
	}
}

// TestWhoIsNotReadIsNotGone: a customer's message is refused as if somebody were missing, and whom it is about cannot be
// read just now. Nothing is decided by that: it is tried again.
func TestWhoIsNotReadIsNotGone(t *testing.T) {
	answers := willing()
	delete(answers, "POST /conversations/1/reply")
	answers["GET /conversations/1"] = `{"id":"1","created_at":1,"contacts":{"contacts":[{"type":"contact","id":"` + contactID + `"}]}}`
	for contact, want := range map[string]api.Class{`503 busy`: api.TryLater, `{"id":"` + contactID + `","role":"user","created_at":1}`: api.Refused} {
		answers["GET /contacts/"+contactID] = contact
		s, d := open(t, "2.15", "identified", answers)
		_, err := s.Do(t.Context(), operations()["customer"].op)
		e, _ := errors.AsType[*api.Error](err)
		require.Equal(t, want, e.Class, contact)
		require.Equal(t, want == api.Refused, e.AuthorGone, contact)
		require.Len(t, d.writes(), 1)
	}
}

// TestAContactIsAsOldAsItsDeskSays: whom the desk does not let speak yet is known by the desk's own clock, which may be a day
// away from ours: the next contact is made only for one who was put away.
func TestAContactIsAsOldAsItsDeskSays(t *testing.T) {
	made := time.Date(2026, 11, 2, 11, 59, 0, 0, time.UTC) // a minute before, see desk
	for age, want := range map[time.Duration]api.Class{0: api.TryLater, 2 * time.Hour: api.Refused} {
		for _, name := range []string{"opening", "customer"} {
			answers := willing()
			delete(answers, "POST /conversations")
			delete(answers, "POST /conversations/1/reply")
			answers["GET /conversations/1"] = `{"id":"1","created_at":1,"contacts":{"contacts":[{"type":"contact","id":"` + contactID + `"}]}}`
			answers["GET /contacts/"+contactID] = fmt.Sprintf(`{"id":%q,"role":"user","created_at":%d}`, contactID, made.Add(-age).Unix())
			s, _ := open(t, "2.15", "identified", answers)
			_, err := s.Do(t.Context(), operations()[name].op)
			require.Equal(t, want, api.ClassOf(err), "%s, %s older", name, age)
			require.Equal(t, want == api.Refused && name == "opening", s.isMute(contactID))
		}
	}
}

func TestAnOpeningByALeadSaysSo(t *testing.T) {
	answers := willing()
	answers["GET /contacts/"+contactID] = `{"id":"` + contactID + `","role":"lead"}`
	s, d := open(t, "2.15", "email", answers)
	_, err := s.Do(t.Context(), operations()["opening"].op)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"type": "lead", "id": contactID}, d.writes()[0].Body.(map[string]any)["from"])
}

func TestTags(t *testing.T) {
	add := func(tag string) sinks.Operation {
		return sinks.Operation{Kind: sinks.AddTag, Class: sinks.Quiet, Conversation: "1", Tag: tag}
	}
	t.Run("a new one is made once", func(t *testing.T) {
		answers := willing()
		answers["POST /tags"] = `{"id":"9","name":"new"}`
		s, d := open(t, "2.15", "identified", answers)
		for range 2 {
			_, err := s.Do(t.Context(), add("new"))
			require.NoError(t, err)
		}
		require.Equal(t, []string{"GET /tags", "POST /tags", "POST /conversations/1/tags", "POST /conversations/1/tags"}, d.asked())
	})
	t.Run("the desk takes letter case for nothing", func(t *testing.T) {
		answers := willing()
		answers["POST /tags"] = `422 {"errors":[{"code":"unprocessable_entity"}]}`
		s, d := open(t, "2.15", "identified", answers)
		_, err := s.Do(t.Context(), add("vip"))
		require.NoError(t, err)
		writes := d.writes()
		require.Equal(t, map[string]any{"id": "8", "admin_id": "25"}, writes[len(writes)-1].Body)
	})
	remove := operations()["untag"].op
	bearing := func(tags string) string {
		return `{"id":"1","updated_at":1753970000,"tags":{"type":"tag.list","tags":[` + tags + `]},"conversation_parts":{"conversation_parts":[]}}`
	}
	t.Run("one that nobody knows is gone", func(t *testing.T) {
		answers := willing()
		answers["GET /conversations/1"] = bearing(`{"id":"7","name":"vip, gold"}`)
		s, d := open(t, "2.15", "identified", answers)
		op := remove
		op.Tag = "never seen"
		_, err := s.Do(t.Context(), op)
		require.NoError(t, err)
		require.Empty(t, d.writes())
	})
	t.Run("one that is younger than the list is taken away", func(t *testing.T) {
		answers := willing()
		answers["GET /conversations/1"] = bearing(`{"id":"7","name":"vip, gold"},{"id":"9","name":"young"}`)
		answers["DELETE /conversations/1/tags/9"] = `{"id":"9"}`
		s, d := open(t, "2.15", "identified", answers)
		op := remove
		op.Tag = "young"
		_, err := s.Do(t.Context(), op)
		require.NoError(t, err)
		require.Equal(t, []string{"GET /tags", "GET /conversations/1", "DELETE /conversations/1/tags/9"}, d.asked())
	})
	t.Run("one that was made anew under another id is taken away", func(t *testing.T) {
		answers := willing()
		delete(answers, "DELETE /conversations/1/tags/7")
		answers["GET /conversations/1"] = bearing(`{"id":"9","name":"VIP, gold"}`)
		answers["DELETE /conversations/1/tags/9"] = `{"id":"9"}`
		s, d := open(t, "2.15", "identified", answers)
		_, err := s.Do(t.Context(), remove)
		require.NoError(t, err)
		require.Contains(t, d.asked(), "DELETE /conversations/1/tags/9")
	})
	for name, shown := range map[string]string{"cannot be read": "500 {}", "is shown without its tags' ids": bearing(`{"name":"young"}`)} {
		t.Run("one of a conversation that "+name+" is not gone", func(t *testing.T) {
			answers := willing()
			answers["GET /conversations/1"] = shown
			s, _ := open(t, "2.15", "identified", answers)
			op := remove
			op.Tag = "young"
			_, err := s.Do(t.Context(), op)
			require.Equal(t, api.TryLater, api.ClassOf(err))
		})
	}
	t.Run("one that the conversation does not bear is gone", func(t *testing.T) {
		answers := willing()
		delete(answers, "DELETE /conversations/1/tags/7")
		answers["GET /conversations/1"] = answer
		s, _ := open(t, "2.15", "identified", answers)
		_, err := s.Do(t.Context(), remove)
		require.NoError(t, err)
	})
	t.Run("a conversation that does not exist is not", func(t *testing.T) {
		answers := willing()
		delete(answers, "DELETE /conversations/1/tags/7")
		s, _ := open(t, "2.15", "identified", answers)
		_, err := s.Do(t.Context(), remove)
		require.True(t, api.IsNotFound(err))
	})
}

// TestAPageOfSomebodyInBetweenDecidesNothing: a "not found" in other words than the desk's own says nothing about agents
// and contacts.
func TestAPageOfSomebodyInBetweenDecidesNothing(t *testing.T) {
	for _, name := range []string{"silent agent", "customer"} {
		answers := willing()
		answers["POST /conversations/1/reply"] = "404 <html>"
		answers["GET /conversations/1"] = answer
		s, d := open(t, "2.15", "identified", answers)
		_, err := s.Do(t.Context(), operations()[name].op)
		e, ok := errors.AsType[*api.Error](err)
		require.True(t, ok)
		require.Equal(t, api.TryLater, e.Class, name)
		require.False(t, e.NotFound || e.AuthorGone || e.AuthorMoved, name)
		require.Len(t, d.writes(), 1)
	}
}

func TestAWriteThatMayHaveHappenedIsNotRepeated(t *testing.T) {
	answers := willing()
	answers["POST /conversations/1/reply"] = "502 <html>"
	s, d := open(t, "2.15", "identified", answers)
	_, err := s.Do(t.Context(), operations()["silent agent"].op)
	require.Equal(t, api.MayHaveHappened, api.ClassOf(err))
	require.Len(t, d.writes(), 1)
}
