package contract_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/contract/contracttest"

	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

func intercomKeys() []string {
	return []string{
		"intercom GET /me", "intercom GET /admins", "intercom GET /teams", "intercom GET /tags", "intercom POST /tags",
		"intercom GET /conversations", "intercom POST /conversations", "intercom POST /conversations/search",
		"intercom GET /conversations/{conversation_id}", "intercom PUT /conversations/{conversation_id}",
		"intercom POST /conversations/{conversation_id}/reply", "intercom POST /conversations/{conversation_id}/parts",
		"intercom POST /conversations/{conversation_id}/tags", "intercom DELETE /conversations/{conversation_id}/tags/{tag_id}",
		"intercom GET /contacts", "intercom POST /contacts", "intercom POST /contacts/search",
		"intercom GET /contacts/find_by_external_id/{external_id}", "intercom GET /contacts/{contact_id}",
		"intercom PUT /contacts/{contact_id}",
	}
}

func TestIntercomSandboxKeepsTheContract(t *testing.T) {
	variants := map[string]func(*intercom.Knobs){
		"default": func(*intercom.Knobs) {},
		"other readings": func(k *intercom.Knobs) {
			k.Bounds, k.TagTwice, k.UntagAbsent, k.UnassignedZero = "strict", true, "not_found", true
			k.PartOrder, k.MaxParts, k.AppCode, k.TagParts = "desc", 5, "", false
			k.SharedEmails, k.ContactHTML, k.RetryAfter, k.AutoBot = false, true, true, "We are asleep"
			k.LastPage, k.ReplyTakes = "cursor", true
			k.CloseClosedPart, k.CommentReopens, k.NoteReopens = true, true, true
		},
	}
	for name, change := range variants {
		t.Run(name, func(t *testing.T) {
			s := contracttest.Suite(t)
			knobs := intercom.DefaultKnobs()
			knobs.Attributes = []string{"origin"}
			change(&knobs)
			desk := intercom.New(intercom.Options{Knobs: &knobs, Fetch: func(string) ([]byte, string, error) {
				return []byte("x"), "image/png", nil
			}})
			v := visitor{t: t, handler: s.Intercom(desk), header: map[string]string{"Intercom-Version": "2.15"}}
			id, contact := liveAtIntercom(desk)
			readIntercom(v, id, contact)
			writeIntercom(v, id, contact)
			failIntercom(v, desk, id)
			require.NoError(t, s.Err())
			requireCovered(t, s, intercomKeys())
		})
	}
}

// liveAtIntercom makes a conversation with an entry of every kind.
func liveAtIntercom(desk *intercom.Desk) (conversation, contact string) {
	people := desk.People()
	contact = people.Customer(stage.Customer{Own: "crm-42", Name: "Alice", Email: "alice@example.org", Phone: "+1", Confirmed: true})
	conversation, opening := people.Open(contact, "Hello", stage.Upload{Name: "a.txt", Content: []byte("x")})
	people.Write(conversation, "More")
	people.Reply(conversation, intercom.Jane, "Hi", stage.Upload{Name: "b.png", Content: []byte("y")})
	people.Note(conversation, intercom.Tom, "Aside")
	people.Assign(conversation, intercom.Jane, intercom.Tom)
	people.Assign(conversation, intercom.Jane, "")
	people.AssignWith(conversation, intercom.Jane, "team", intercom.Support, "Please")
	people.Tag(conversation, intercom.Jane, "sales")
	people.Untag(conversation, intercom.Jane, "sales")
	people.Title(conversation, intercom.Jane, "A title")
	people.Prioritise(conversation, intercom.Jane, true)
	people.Snooze(conversation, intercom.Jane, time.Now().Add(time.Hour))
	people.CloseWith(conversation, intercom.Jane, "Bye")
	people.Reopen(conversation, intercom.Jane)
	people.Bot(conversation, "I am a bot")
	people.Vote(conversation, 5, "fine")
	people.Event(conversation, "language_detection_details")
	people.Erase(conversation, people.Write(conversation, "Oops"))
	people.Campaign(contact, "News")
	anonymous := people.Customer(stage.Customer{})
	people.WriteAs(conversation, anonymous, "Me too")
	other, _ := people.Open(anonymous, "")
	people.Close(other, intercom.Jane)
	people.Erase(conversation, opening)
	return conversation, contact
}

func readIntercom(v visitor, id, contact string) {
	v.t.Helper()
	v.get(200, "/me")
	v.get(200, "/admins")
	v.get(200, "/teams")
	v.get(200, "/tags")
	v.get(200, "/contacts?per_page=1")
	list := v.get(200, "/conversations?per_page=1")
	v.get(200, "/conversations?per_page=1&starting_after="+url.QueryEscape(dig(v.t, list, "pages", "next", "starting_after")))
	v.get(200, "/conversations/"+id)
	v.get(200, "/conversations/"+id+"?display_as=plaintext")
	found := v.json(200, "POST", "/conversations/search", `{"query":{"operator":"AND","value":[{"field":"updated_at","operator":">","value":1},
		{"field":"state","operator":"IN","value":["open","closed","snoozed"]}]},"pagination":{"per_page":1},"sort":{"field":"updated_at","order":"ascending"}}`)
	v.json(200, "POST", "/conversations/search", fmt.Sprintf(
		`{"query":{"field":"updated_at","operator":">","value":1},"pagination":{"per_page":1,"starting_after":%q},"sort":{"field":"updated_at","order":"ascending"}}`,
		dig(v.t, found, "pages", "next", "starting_after")))
	v.json(200, "POST", "/contacts/search", `{"query":{"field":"external_id","operator":"=","value":"crm-42"}}`)
	v.get(200, "/contacts/find_by_external_id/crm-42")
	v.get(200, "/contacts/"+contact)
}

func writeIntercom(v visitor, id, contact string) {
	v.t.Helper()
	reply, parts := "/conversations/"+id+"/reply", "/conversations/"+id+"/parts"
	file := base64.StdEncoding.EncodeToString([]byte("content"))
	v.json(200, "POST", reply, `{"message_type":"comment","type":"admin","admin_id":"25","body":"<p>Hi</p>","created_at":1700000000,
		"skip_notifications":true,"attachment_files":[{"content_type":"text/plain","name":"c.txt","data":"`+file+`"}]}`)
	v.json(200, "POST", reply, `{"message_type":"note","type":"admin","admin_id":"25","body":"Aside"}`)
	v.json(200, "POST", reply, `{"message_type":"comment","type":"user","intercom_user_id":"`+contact+`","body":"Again","created_at":1700000001}`)
	v.json(200, "POST", reply, `{"message_type":"comment","type":"user","user_id":"crm-42","body":"Again","attachment_urls":["https://example.org/x.png"]}`)
	v.json(200, "POST", reply, `{"message_type":"comment","type":"user","email":"alice@example.org","body":"Again"}`)
	v.json(200, "POST", reply, `{"message_type":"quick_reply","type":"admin","admin_id":"25",
		"reply_options":[{"text":"Yes","uuid":"a5e1c524-5ddd-4c3e-9328-6bca5d6e3edb"}]}`)
	v.json(200, "POST", parts, `{"message_type":"assignment","type":"admin","admin_id":"25","assignee_id":"26"}`)
	v.json(200, "POST", parts, `{"message_type":"assignment","type":"team","admin_id":"25","assignee_id":"5017691"}`)
	v.json(200, "POST", parts, `{"message_type":"assignment","type":"admin","admin_id":"25","assignee_id":"0"}`)
	v.json(200, "POST", parts, fmt.Sprintf(`{"message_type":"snoozed","admin_id":"25","snoozed_until":%d}`, time.Now().Add(time.Hour).Unix()))
	v.json(200, "POST", parts, `{"message_type":"open","admin_id":"25"}`)
	v.json(200, "POST", parts, `{"message_type":"close","type":"admin","admin_id":"25"}`)
	v.json(200, "POST", parts, `{"message_type":"close","type":"admin","admin_id":"25"}`)
	v.json(200, "PUT", "/conversations/"+id, `{"read":true,"title":"Title","custom_attributes":{"origin":"dashly:1"}}`)

	tag := dig(v.t, v.json(200, "POST", "/tags", `{"name":"vip"}`), "id")
	v.json(200, "POST", "/tags", `{"name":"vip"}`)
	v.json(200, "POST", "/conversations/"+id+"/tags", `{"id":"`+tag+`","admin_id":"25"}`)
	v.get(200, "/conversations/"+id)
	v.json(200, "DELETE", "/conversations/"+id+"/tags/"+tag, `{"admin_id":"25"}`)

	made := dig(v.t, v.json(200, "POST", "/contacts", `{"role":"user","external_id":"deskbridge:main:1","name":"Bob","email":"bob@example.org","phone":"+2"}`), "id")
	v.json(200, "PUT", "/contacts/"+made, `{"name":"Robert","custom_attributes":{}}`)
	v.json(200, "POST", "/contacts", `{"role":"lead","name":"Nobody"}`)
	opened := v.json(200, "POST", "/conversations", `{"from":{"type":"user","id":"`+made+`"},"body":"First","created_at":1700000000}`)
	v.get(200, "/conversations/"+dig(v.t, opened, "conversation_id"))
}

// failIntercom lets every operation fail in a way that a right request can.
func failIntercom(v visitor, desk *intercom.Desk, id string) {
	v.t.Helper()
	none := "/conversations/" + unknownID
	nobody := "ffffffffffffffffffffffff"
	v.get(404, none)
	v.json(404, "PUT", none, `{"read":true}`)
	v.json(404, "POST", none+"/reply", `{"message_type":"note","type":"admin","admin_id":"25","body":"x"}`)
	v.json(404, "POST", "/conversations/"+id+"/reply", `{"message_type":"note","type":"admin","admin_id":"999","body":"x"}`)
	v.json(404, "POST", "/conversations/"+id+"/reply", `{"message_type":"comment","type":"user","intercom_user_id":"`+nobody+`","body":"x"}`)
	v.json(404, "POST", none+"/parts", `{"message_type":"open","admin_id":"25"}`)
	v.json(404, "POST", "/conversations/"+id+"/parts", `{"message_type":"assignment","type":"admin","admin_id":"25","assignee_id":"999"}`)
	v.json(404, "POST", none+"/tags", `{"id":"1","admin_id":"25"}`)
	v.json(404, "POST", "/conversations/"+id+"/tags", `{"id":"999","admin_id":"25"}`)
	v.json(404, "DELETE", none+"/tags/1", `{"admin_id":"25"}`)
	v.get(404, "/contacts/"+nobody)
	v.get(404, "/contacts/find_by_external_id/nobody")
	v.json(404, "PUT", "/contacts/"+nobody, `{"name":"x"}`)
	v.json(409, "POST", "/contacts", `{"role":"user","external_id":"crm-42"}`)
	v.json(404, "POST", "/conversations", `{"from":{"type":"user","id":"`+nobody+`"},"body":"x"}`)
	v.json(400, "POST", "/conversations/search", `{"query":{"field":"no_such_field","operator":"=","value":"x"}}`)
	v.json(400, "POST", "/contacts/search", `{"query":{"field":"no_such_field","operator":"=","value":"x"}}`)
	v.get(400, "/conversations?starting_after=broken")
	v.get(400, "/contacts?starting_after=broken")

	for _, status := range []int{400, 401, 403, 429, 500, 502, 503} {
		desk.Fail(func(*http.Request) stage.Fault { return stage.Fault{Kind: stage.Refuse, Status: status} })
		for _, target := range []string{"/me", "/admins", "/teams", "/tags"} {
			v.get(status, target)
		}
		v.json(status, "POST", "/tags", `{"name":"x"}`)
	}
	desk.Fail(nil)
	desk.SetKnobs(func(k *intercom.Knobs) { k.RateLimit = 1 })
	v.get(429, "/me")
}

func TestIntercomSandboxRefusesInItsOwnEnvelope(t *testing.T) {
	s := contracttest.Suite(t)
	knobs := intercom.DefaultKnobs()
	knobs.MaxBody = 5
	desk := intercom.New(intercom.Options{Knobs: &knobs, Token: "token"})
	v := visitor{t: t, handler: s.Intercom(desk), header: map[string]string{"Intercom-Version": "2.15"}}
	people := desk.People()
	id, _ := people.Open(people.Customer(stage.Customer{Own: "crm-42"}), "Hello")
	reply := "/conversations/" + id + "/reply"
	v.json(422, "POST", reply, `{"message_type":"note","type":"admin","admin_id":"25","body":"far too long"}`)
	v.json(400, "PUT", "/conversations/"+id, `{"custom_attributes":{"unknown":"x"}}`)
	v.json(400, "POST", "/conversations/search", `{"query":{"field":"id","operator":"=","value":"1"},"pagination":{"starting_after":"broken"}}`)
	require.NoError(t, s.Err(), "these requests are right")

	v.json(400, "POST", reply, `{"message_type":"note","type":"admin","admin_id":"25","body":"x","skip_notification":true}`)
	v.json(400, "POST", reply, `{"message_type":"note"`)
	v.json(400, "POST", "/contacts", `{"name":"x"}`)
	v.get(400, "/conversations?page=2")
	v.get(404, "/nothing")
	v.get(405, reply)
	with := func(key, value string) visitor {
		return visitor{t: t, handler: v.handler, header: map[string]string{key: value}}
	}
	with("Authorization", "Bearer other").get(401, "/me")
	with("Authorization", "Token token").get(401, "/me")
	with("Intercom-Version", "9.9").get(400, "/me")
	with("Accept", "text/html").get(406, "/me")
	requireNoAnswerAtFault(t, s)
	require.GreaterOrEqual(t, len(s.Violations()), 8, "eight requests were wrong: %v", s.Violations())
}
