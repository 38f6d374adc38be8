package contract_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/contract/contracttest"

	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

func TestDashlySandboxKeepsTheContract(t *testing.T) {
	variants := map[string]func(*dashly.Knobs){
		"default": func(*dashly.Knobs) {},
		"other readings": func(k *dashly.Knobs) {
			k.UserVia, k.SystemVia, k.SystemFrom, k.LastUpdate = "web_user", "system", "null", "everything"
			k.StartReturns, k.ReplyAnswer, k.EndOfList, k.TextCursors = "part", "receipt", "missing", true
			k.OldUserCursor, k.OptionalPartFields, k.LeadsEnvelope, k.BodyAs = true, "asked", "array", "html"
			k.CloseClosed, k.AutoBot, k.RemovedConversation = "part", "We are asleep", "object"
		},
		"empty last page": func(k *dashly.Knobs) { k.EndOfList = "empty" },
	}
	for name, change := range variants {
		for _, text := range []string{"false", "true"} {
			t.Run(name+", id_as_string="+text, func(t *testing.T) {
				s := contracttest.Suite(t)
				knobs := dashly.DefaultKnobs()
				change(&knobs)
				desk := dashly.New(dashly.Options{Knobs: &knobs})
				v := visitor{t: t, handler: s.Dashly(desk)}
				id, customer := liveAtDashly(desk)
				readDashly(v, id, customer, text)
				writeDashly(v, desk, id, customer, text)
				failDashly(v)
				require.NoError(t, s.Err())
				requireCovered(t, s, operationsOf(s, "dashly"))
			})
		}
	}
}

// liveAtDashly makes a conversation with an entry of every kind.
func liveAtDashly(desk *dashly.Desk) (conversation, customer string) {
	people := desk.People()
	customer = people.Customer(stage.Customer{Own: "crm/42", Name: "Alice", Email: "alice@example.org", Phone: "+1", Confirmed: true})
	conversation, opening := people.Open(customer, "Hello", stage.Upload{Name: "a.txt", Content: []byte("x")})
	people.WriteVia(conversation, "By mail", "email_user")
	people.Reply(conversation, dashly.Jane, "Hi", stage.Upload{Name: "b.png", Content: []byte("y")})
	people.Note(conversation, dashly.Tom, "Aside")
	people.Article(conversation, dashly.Jane, "How to")
	people.Assign(conversation, dashly.Jane, "")
	people.Assign(conversation, dashly.Jane, dashly.Tom)
	people.Tag(conversation, dashly.Jane, "sales")
	people.Untag(conversation, dashly.Jane, "sales")
	people.Snooze(conversation, dashly.Jane, time.Now().Add(time.Hour))
	people.Close(conversation, dashly.Jane)
	people.Reopen(conversation, dashly.Jane)
	people.Bot(conversation, "I am a bot")
	people.Ask(conversation, "Choose", "Yes", "No")
	people.AutoReply(conversation, "We are asleep")
	people.Service(conversation, "service", "Something happened")
	people.Service(conversation, "final_closed", "")
	people.Service(conversation, "opened", "")
	people.Legacy(conversation, dashly.Jane, "Old")
	people.Vote(conversation, 5, "fine")
	people.Move(conversation, dashly.Jane, "0")
	people.Edit(conversation, people.Write(conversation, "Typo"), "Mended")
	people.Erase(conversation, opening)
	people.Campaign(customer, "News")
	people.Open(people.Customer(stage.Customer{}), "Anonymous")
	return conversation, customer
}

func readDashly(v visitor, id, customer, text string) {
	v.t.Helper()
	list := v.get(200, "/v2/apps/$self_app/conversations?paginate_count=1&include_not_assigned=true&include_channel=true&id_as_string="+text)
	require.NotEmpty(v.t, list["data"])
	next, err := json.Marshal(list["meta"].(map[string]any)["next_before_position"])
	require.NoError(v.t, err)
	v.get(200, "/v2/apps/$self_app/conversations?paginate_position="+url.QueryEscape(string(next))+"&id_as_string="+text)
	v.get(200, "/v2/apps/12/users?limit=50&id_as_string="+text+"&filters="+url.QueryEscape(
		`{"type":"and","filters":[{"type":"str_eq","property_name":"$email","value":{"value":"alice@example.org"}}]}`))
	v.get(200, "/v2/apps/$self_app/channels?id_as_string="+text)
	v.get(200, "/v2/conversations/"+id+"?id_as_string="+text)

	// All parts, page by page, by the cursor that the desk gives.
	base, seen := "/conversations/"+id+"/parts?paginate_count=7&include_conversation=true&include_assignee=true&include_tag=true"+
		"&include_channel=true&include_inbound_email=true&include_read=true&include_first=true&include_attachments=true&id_as_string="+text, 0
	target := base
	for range 20 {
		page := v.get(200, target)
		seen += len(page["data"].([]any))
		next := page["meta"].(map[string]any)["next_before_position"]
		if next == nil {
			break
		}
		cursor, err := json.Marshal(next)
		require.NoError(v.t, err)
		target = base + "&paginate_position=" + url.QueryEscape(string(cursor))
	}
	require.Greater(v.t, seen, 20)

	v.get(200, "/v2/users/"+customer+"?props_custom=true&email_status=true&notes=true&tags=true&segments=true&id_as_string="+text)
	v.get(200, "/v2/users/"+url.PathEscape("crm/42")+"?by_user_id=true&id_as_string="+text)
	v.get(200, "/v2/users/"+customer+"/conversations?paginate_count=1&recipient_type=web&id_as_string="+text)
}

func writeDashly(v visitor, desk *dashly.Desk, id, customer, text string) {
	v.t.Helper()
	base := "/v2/conversations/" + id
	v.form(200, "POST", base+"/reply", "body", "Hi", "from_admin", dashly.Jane, "external_id", "db1:x", "random_id", "7",
		"id_as_string", text, "include_random_id", "true")
	v.form(200, "POST", base+"/reply", "body", "Aside", "from_admin", "default_admin", "type", "note", "id_as_string", text)
	v.form(200, "POST", base+"/reply", "body", "Again", "from_user", "default_user", "id_as_string", text)
	v.upload(200, base+"/reply", map[string]string{"from_admin": dashly.Jane, "attachment_file_name": "c.txt", "id_as_string": text}, "attachment", "c.txt")
	v.form(200, "POST", base+"/assign", "admin", dashly.Jane, "from_admin", dashly.Tom, "id_as_string", text)
	v.form(200, "POST", base+"/assign", "admin", dashly.Jane, "from_admin", dashly.Tom, "id_as_string", text) // nothing to do
	v.form(200, "POST", base+"/assign", "from_admin", dashly.Tom, "id_as_string", text)
	v.form(200, "POST", base+"/tag", "tag", "vip", "from_admin", dashly.Jane, "id_as_string", text)
	v.form(400, "POST", base+"/tag", "tag", "vip", "from_admin", dashly.Jane)
	v.form(200, "DELETE", base+"/tag", "tag", "vip", "from_admin", dashly.Jane, "id_as_string", text)
	v.form(400, "DELETE", base+"/tag", "tag", "vip", "from_admin", dashly.Jane)
	v.form(200, "POST", base+"/settyping", "body", "Wait", "from_admin", dashly.Jane)
	v.form(200, "POST", base+"/close", "from_admin", dashly.Jane, "id_as_string", text)
	v.form(200, "POST", base+"/close", "from_admin", dashly.Jane, "id_as_string", text) // closed already

	user := "/v2/users/" + customer
	v.form(200, "POST", user+"/startconversation", "body", "New", "random_id", "1", "id_as_string", text)
	v.upload(200, user+"/startconversation", map[string]string{"filename": "d.png"}, "file", "d.png")
	v.form(200, "POST", user+"/sendmessage", "body", "Offer", "type", "popup_chat", "id_as_string", text)
	v.form(200, "POST", "/v2/users/new-one/props", "by_user_id", "true", "parse_custom_props_type", "false", "operations",
		`[{"op":"update_or_create","key":"$name","value":"Bob"},{"op":"set_once","key":"plan","value":"pro"},{"op":"delete","key":"x"}]`)
	v.form(200, "POST", user+"/events", "event", "Migrated message", "created", "1684923942.123456", "params", `{"a":1}`, "id_as_string", text)
	v.get(200, user+"/events?paginate_count=1&filter_name=Migrated+message&id_as_string="+text)

	desk.People().Delete(id)
	v.get(200, "/v2/apps/$self_app/conversations?closed=false&answered=true&delayed=false&id_as_string="+text)
}

// failDashly lets every operation fail in a way that a right request can, most of them by a thing that is not there.
func failDashly(v visitor) {
	v.t.Helper()
	none := "/v2/conversations/" + unknownID
	v.get(400, none)
	v.get(400, none+"/parts")
	v.form(400, "POST", none+"/reply", "body", "x", "from_admin", dashly.Jane)
	v.form(400, "POST", none+"/assign", "from_admin", dashly.Jane)
	v.form(400, "POST", none+"/close", "from_admin", dashly.Jane)
	v.form(400, "POST", none+"/settyping", "from_admin", dashly.Jane)
	v.get(400, "/v2/users/"+unknownID)
	v.get(400, "/v2/users/"+unknownID+"/conversations")
	v.get(400, "/v2/users/"+unknownID+"/events")
	v.form(400, "POST", "/v2/users/"+unknownID+"/events", "event", "x")
	v.form(400, "POST", "/v2/users/"+unknownID+"/props", "operations", `[{"op":"add","key":"a","value":1}]`)
	v.form(400, "POST", "/v2/users/"+unknownID+"/startconversation", "body", "x")
	v.form(400, "POST", "/v2/users/"+unknownID+"/sendmessage", "body", "x")
	for _, list := range []string{"conversations", "users", "channels"} {
		answer := v.get(403, "/v2/apps/77/"+list) // another site
		require.NotEmpty(v.t, dig(v.t, answer, "meta", "error"))
	}
}

func TestDashlySandboxRefusesInItsOwnEnvelope(t *testing.T) {
	s := contracttest.Suite(t)
	knobs := dashly.DefaultKnobs()
	knobs.MaxBody, knobs.RetryAfter = 5, true
	desk := dashly.New(dashly.Options{Knobs: &knobs, Token: "token"})
	v := visitor{t: t, handler: s.Dashly(desk)}
	id, _ := desk.People().Open(desk.People().Customer(stage.Customer{}), "Hello")
	reply := "/v2/conversations/" + id + "/reply"
	v.form(400, "POST", reply, "body", "far too long", "from_admin", dashly.Jane)
	v.form(400, "POST", reply, "body", "x", "from_admin", unknownID)
	require.NoError(t, s.Err(), "these requests are right")

	v.form(400, "POST", reply, "body", "x", "frm_admin", dashly.Jane)
	v.json(400, "POST", reply, `{"body":"x"}`)
	v.get(404, "/v2/nothing")
	v.get(405, reply)
	visitor{t: t, handler: v.handler, header: map[string]string{"Authorization": "Bearer other"}}.get(401, "/v2/conversations/"+id)
	visitor{t: t, handler: v.handler, header: map[string]string{"Authorization": "Basic abc"}}.get(401, "/v2/conversations/"+id)
	for _, status := range []int{400, 401, 403, 404, 405, 429, 500, 502, 503} {
		desk.Fail(func(*http.Request) stage.Fault {
			return stage.Fault{Kind: stage.Refuse, Status: status, RetryAfter: "1"}
		})
		v.get(status, "/v2/conversations/"+id)
	}
	desk.Fail(nil)
	desk.SetKnobs(func(k *dashly.Knobs) {
		k.MissingConversation, k.CloseClosed, k.UniqueExternalID = "denied", "error", true
	})
	v.get(403, "/v2/conversations/"+unknownID)
	for _, status := range []int{200, 400} {
		v.form(status, "POST", "/v2/conversations/"+id+"/close", "from_admin", dashly.Jane)
		v.form(status, "POST", reply, "body", "x", "type", "note", "from_admin", dashly.Jane, "external_id", "db1:x")
	}
	desk.SetKnobs(func(k *dashly.Knobs) { k.RateLimit = 1 })
	v.get(200, "/v2/conversations/"+id)
	v.get(429, "/v2/conversations/"+id)
	requireNoAnswerAtFault(t, s)
	require.Len(t, s.Violations(), 5, "five requests were wrong: %v", s.Violations())
}
