package contract_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/contract"
	"github.com/deskbridge/deskbridge/internal/contract/contracttest"
)

const (
	intercomError = `{"type":"error.list","request_id":null,"errors":[{"code":"not_found","message":null}]}`

	intercomPart = `{"type":"conversation_part","id":"300","part_type":"comment","body":"<p>Hello</p>","created_at":1700000001,
		"updated_at":1700000001,"notified_at":null,"assigned_to":null,"author":{"type":"admin","id":"274","name":"Ann","email":null},
		"attachments":[{"type":"upload","name":"a.txt","url":"https://example.org/a.txt","content_type":"text/plain","filesize":3,
		"width":null,"height":null}],"external_id":null,"redacted":false,"app_package_code":null,"email_message_metadata":null,
		"metadata":null,"event_details":null,"state":"open","tags":null}`

	intercomHeader = `"type":"conversation","id":"215473840934085","title":null,"created_at":1700000000,"updated_at":1700000001,
		"waiting_since":null,"snoozed_until":null,"open":true,"state":"open","read":false,"priority":"not_priority",
		"admin_assignee_id":null,"team_assignee_id":0,"company":null,"ai_agent":null,"conversation_rating":null,"sla_applied":null,
		"first_contact_reply":null,"teammates":null,"custom_attributes":{"plan":"pro","seats":2.5,"vip":true,"none":null},
		"contacts":{"type":"contact.list","contacts":[{"type":"contact","id":"5ba682d23d7cf92bef87bfd4","external_id":null}]},
		"tags":{"type":"tag.list","tags":[]},"statistics":{"type":"conversation_statistics","first_close_at":null},
		"source":{"type":"conversation","id":"100","delivered_as":"customer_initiated","subject":"","body":null,"url":null,
		"author":{"type":"user","id":"5ba682d23d7cf92bef87bfd4","name":"Alice","email":"alice@example.org"},"attachments":[],
		"redacted":false}`

	intercomConversation = `{` + intercomHeader +
		`,"conversation_parts":{"type":"conversation_part.list","conversation_parts":[` + intercomPart + `],"total_count":1}}`

	intercomList = `{"type":"conversation.list","pages":{"type":"pages","page":1,"per_page":150,"total_pages":2,
		"next":{"page":2,"starting_after":"abc"}},"total_count":151,"conversations":[{` + intercomHeader + `}]}`
)

func intercomReply() exchange {
	return exchange{
		desk: contract.Intercom, method: "POST", target: "/conversations/215473840934085/reply", status: 200, answer: intercomConversation,
		header: map[string]string{"Intercom-Version": "2.15", "Accept": "application/json"},
		json: `{"message_type":"comment","type":"admin","admin_id":"274","body":"<p>x</p>","created_at":1700000001,
			"skip_notifications":true,"attachment_files":[{"content_type":"text/plain","name":"a.txt","data":"aGVsbG8K"}]}`,
	}
}

func intercomSearch() exchange {
	return exchange{
		desk: contract.Intercom, method: "POST", target: "/conversations/search", status: 200, answer: intercomList,
		json: `{"query":{"operator":"AND","value":[{"field":"updated_at","operator":">","value":1700000000},
			{"operator":"OR","value":[{"field":"state","operator":"=","value":"open"}]}]},
			"pagination":{"per_page":150,"starting_after":null},"sort":{"field":"updated_at","order":"ascending"}}`,
	}
}

func intercomOpening() exchange {
	return exchange{
		desk: contract.Intercom, method: "POST", target: "/conversations", status: 200,
		answer: `{"type":"user_message","id":"100","created_at":1700000000,"body":"Hi","message_type":"inapp","conversation_id":"1"}`,
		json:   `{"from":{"type":"user","id":"5ba682d23d7cf92bef87bfd4"},"body":"Hi","created_at":1700000000}`,
	}
}

func intercomContact() exchange {
	return exchange{
		desk: contract.Intercom, method: "POST", target: "/contacts", status: 200,
		json: `{"role":"user","external_id":"deskbridge:main:1","name":"Alice","custom_attributes":{"a":1}}`,
		answer: `{"type":"contact","id":"5ba682d23d7cf92bef87bfd4","role":"user","external_id":"deskbridge:main:1","email":null,
			"name":"Alice","avatar":null,"owner_id":null,"created_at":1700000000,"last_seen_at":null,"custom_attributes":{}}`,
	}
}

func intercomRead(target, answer string) exchange {
	return exchange{desk: contract.Intercom, method: "GET", target: target, status: 200, answer: answer}
}

func TestIntercomAcceptsWhatIsRight(t *testing.T) {
	cases := map[string]exchange{
		"reply":               intercomReply(),
		"search":              intercomSearch(),
		"opening":             intercomOpening(),
		"contact":             intercomContact(),
		"read":                intercomRead("/conversations/1?display_as=plaintext", intercomConversation),
		"list, last page":     intercomRead("/conversations?per_page=150&starting_after=abc", `{"type":"conversation.list","pages":{"type":"pages","next":null},"conversations":[]}`),
		"list without cursor": intercomRead("/conversations", `{"type":"conversation.list","pages":{"type":"pages"},"conversations":[]}`),
		"state change": intercomReply().with(func(e *exchange) {
			e.target = "/conversations/1/parts"
			e.json = `{"message_type":"snoozed","admin_id":"274","snoozed_until":1800000000}`
		}),
		"untag by DELETE": {
			desk: contract.Intercom, method: "DELETE", target: "/conversations/1/tags/2", status: 200,
			json: `{"admin_id":"274"}`, answer: `{"type":"tag","id":"2","name":"vip","applied_at":null,"applied_by":null}`,
		},
		"quick reply without a body": intercomReply().with(func(e *exchange) {
			e.json = `{"message_type":"quick_reply","type":"admin","admin_id":"1","reply_options":[{"text":"Yes","uuid":"a5e1c524-5ddd-4c3e-9328-6bca5d6e3edb"}]}`
		}),
		"empty body beside a file": intercomReply().with(func(e *exchange) { e.json = swap(t, e.json, "<p>x</p>", "") }),
		"contact exists":           intercomContact().with(func(e *exchange) { e.status, e.answer = 409, intercomError }),
		"limit":                    intercomSearch().with(func(e *exchange) { e.status, e.answer = 429, intercomError }),
		"gone":                     intercomRead("/contacts/1", intercomError).with(func(e *exchange) { e.status = 410 }),
		"a gateway":                intercomReply().with(func(e *exchange) { e.status, e.answer, e.kind = 502, "<html>", "text/html" }),
		"an empty 503":             intercomReply().with(func(e *exchange) { e.status, e.answer, e.kind = 503, "", "" }),
		"null in a nullable reference": intercomRead("/me",
			`{"type":"admin","id":"274","name":"Ann","email":"ann@example.org","app":null,"avatar":{"type":"avatar","image_url":null}}`),
	}
	var bodies []json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(fixture(t, "intercom-reply-requests.json")), &bodies))
	require.Len(t, bodies, 5)
	for i, body := range bodies {
		cases[fmt.Sprintf("reply fixture %d", i+1)] = intercomReply().with(func(e *exchange) { e.json = string(body) })
	}
	for name, e := range cases {
		t.Run(name, func(t *testing.T) {
			s := contracttest.Suite(t)
			require.Empty(t, e.run(t, s))
			require.Len(t, s.Checked(), 1, "nothing was checked")
		})
	}
}

func TestIntercomReportsWhatIsWrong(t *testing.T) {
	contracttest.Suite(t) // skips where there is nothing
	body := func(e exchange, from, to string) exchange {
		return e.with(func(e *exchange) { e.json = swap(t, e.json, from, to) })
	}
	answer := func(e exchange, from, to string) exchange {
		return e.with(func(e *exchange) { e.answer = swap(t, e.answer, from, to) })
	}
	status := func(e exchange, status int) exchange {
		return e.with(func(e *exchange) { e.status, e.answer = status, intercomError })
	}
	authorization := func(value string) exchange {
		return intercomReply().with(func(e *exchange) { e.header = map[string]string{"Authorization": value} })
	}
	cases := map[string]struct {
		e    exchange
		side contract.Side
		says string
	}{
		"misspelt key":             {body(intercomReply(), "skip_notifications", "skip_notification"), contract.Request, "undeclared key skip_notification"},
		"misspelt key in a file":   {body(intercomReply(), `"name"`, `"filename"`), contract.Request, "undeclared key filename"},
		"key of a younger version": {body(intercomReply(), `"skip_notifications"`, `"skip_unsnooze"`), contract.Request, "undeclared key skip_unsnooze"},
		"admins' key in a contact's reply": {intercomReply().with(func(e *exchange) {
			e.json = `{"message_type":"comment","type":"user","user_id":"1","body":"x","skip_notifications":true}`
		}), contract.Request, "undeclared key skip_notifications"},
		"two ways to name a contact": {intercomReply().with(func(e *exchange) {
			e.json = `{"message_type":"comment","type":"user","user_id":"1","email":"alice@example.org","body":"x"}`
		}), contract.Request, "matches more than one schema"},
		"empty opening": {body(intercomOpening(), `"body":"Hi"`, `"body":""`), contract.Request, "/body: minimum string length"},
		"empty note": {intercomReply().with(func(e *exchange) {
			e.json = `{"message_type":"note","type":"admin","admin_id":"1","body":""}`
		}), contract.Request, `doesn't match any schema from "anyOf"`},
		"unknown role":       {body(intercomContact(), `"role":"user"`, `"role":"visitor"`), contract.Request, "/role: value is not one of"},
		"wrong type":         {body(intercomReply(), `"274"`, `274`), contract.Request, "/admin_id: value must be a string"},
		"closed enum broken": {body(intercomReply(), `"comment"`, `"coment"`), contract.Request, "/message_type: value is not one of"},
		"missing body":       {body(intercomReply(), `"body":"<p>x</p>",`, ""), contract.Request, `"body" is missing`},
		"missing author":     {body(intercomReply(), `"admin_id":"274",`, ""), contract.Request, `"admin_id" is missing`},
		"milliseconds":       {body(intercomReply(), "1700000001", "1700000001000"), contract.Request, "/created_at: number must be at most"},
		"not base64":         {body(intercomReply(), "aGVsbG8K", "hello!"), contract.Request, "/attachment_files/0/data"},
		"short contact id":   {body(intercomOpening(), "5ba682d23d7cf92bef87bfd4", "123"), contract.Request, "/from/id: minimum string length"},
		"no body at all":     {intercomOpening().with(func(e *exchange) { e.json = "" }), contract.Request, "body /: missing"},
		"body is no JSON":    {intercomOpening().with(func(e *exchange) { e.json = "{" }), contract.Request, "not JSON"},
		"form body": {intercomOpening().with(func(e *exchange) {
			e.header = map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
		}), contract.Request, "is not described"},
		"unknown operator":       {body(intercomSearch(), `">"`, `"gt"`), contract.Request, "/operator: value is not one of"},
		"unknown order":          {body(intercomSearch(), "ascending", "asc"), contract.Request, "/sort/order: value is not one of"},
		"page too large":         {body(intercomSearch(), `150`, `151`), contract.Request, "/pagination/per_page: number must be at most"},
		"page in the pagination": {body(intercomSearch(), `"starting_after"`, `"page"`), contract.Request, "undeclared key page"},
		"cursor in the query":    {intercomSearch().with(func(e *exchange) { e.target += "?starting_after=abc" }), contract.Request, "undeclared query parameter starting_after"},
		"contact without a key":  {body(intercomContact(), `"role":"user","external_id":"deskbridge:main:1",`, ""), contract.Request, `doesn't match any schema from "anyOf"`},
		"list page of text":      {intercomRead("/conversations?per_page=all", intercomList), contract.Request, "query parameter per_page: cannot be read as its type"},
		"unknown display":        {intercomRead("/conversations/1?display_as=text", intercomConversation), contract.Request, "query parameter display_as"},
		"unknown path":           {intercomRead("/conversation/1", intercomConversation), contract.Request, "no such path"},
		"unknown method":         {intercomReply().with(func(e *exchange) { e.method = "PUT" }), contract.Request, "not with this method"},
		"unknown version":        {intercomReply().with(func(e *exchange) { e.header = map[string]string{"Intercom-Version": "9.9"} }), contract.Request, "header parameter Intercom-Version"},
		"wrong scheme":           {authorization("Token abc"), contract.Request, "authorization"},
		"basic scheme":           {authorization("Basic abc"), contract.Request, "authorization"},
		"no token":               {authorization(""), contract.Request, "authorization"},

		"undocumented status":      {status(intercomReply(), 418), contract.Response, "status is not described"},
		"created":                  {intercomOpening().with(func(e *exchange) { e.status = 201 }), contract.Response, "status is not described"},
		"conflict where none is":   {status(intercomSearch(), 409), contract.Response, "status is not described"},
		"error of the other desk":  {intercomReply().with(func(e *exchange) { e.status, e.answer = 404, dashlyError }), contract.Response, `property "type" is missing`},
		"error without a code":     {answer(status(intercomReply(), 404), `"code"`, `"kind"`), contract.Response, `/errors/0/code: property "code" is missing`},
		"error of another type":    {answer(status(intercomReply(), 404), "error.list", "error"), contract.Response, "/type: value is not one of"},
		"error that is a page":     {intercomReply().with(func(e *exchange) { e.status, e.answer, e.kind = 404, "<html>", "text/html" }), contract.Response, `Content-Type "text/html"`},
		"server error, other JSON": {intercomReply().with(func(e *exchange) { e.status, e.answer = 500, `{}` }), contract.Response, `property "errors" is missing`},
		"state unknown":            {answer(intercomReply(), `"state":"open","read"`, `"state":"opened","read"`), contract.Response, "/state: value is not one of"},
		"state missing":            {answer(intercomReply(), `"state":"open","read"`, `"read"`), contract.Response, `property "state" is missing`},
		"priority of 2.16":         {answer(intercomReply(), "not_priority", "none"), contract.Response, "/priority: value is not one of"},
		"id as a number":           {answer(intercomReply(), `"id":"300"`, `"id":300`), contract.Response, "/conversation_parts/conversation_parts/0/id: value must be a string"},
		"part without its kind":    {answer(intercomReply(), `"part_type":"comment",`, ""), contract.Response, `property "part_type" is missing`},
		"parts without count":      {answer(intercomReply(), `,"total_count":1`, ""), contract.Response, `property "total_count" is missing`},
		"time as text":             {answer(intercomReply(), `"updated_at":1700000001,`, `"updated_at":"2023-11-14T22:13:21Z",`), contract.Response, "/updated_at: value must be an integer"},
		"assignee as text":         {answer(intercomReply(), `"admin_assignee_id":null`, `"admin_assignee_id":"1"`), contract.Response, "/admin_assignee_id: value must be an integer"},
		"wrong list key":           {answer(intercomSearch(), `"conversations":`, `"data":`), contract.Response, `property "conversations" is missing`},
		"next as an address":       {answer(intercomSearch(), `{"page":2,"starting_after":"abc"}`, `"https://example.org"`), contract.Response, "/pages/next: value must be an object"},
		"message without thread":   {answer(intercomOpening(), `,"conversation_id":"1"`, ""), contract.Response, `property "conversation_id" is missing`},
		"answer cut short":         {intercomOpening().with(func(e *exchange) { e.answer = e.answer[:20] }), contract.Response, "not JSON"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			requireReported(t, c.e.run(t, contracttest.Suite(t)), c.side, c.says)
		})
	}
}

func TestOtherVersionsAreCountedButNotChecked(t *testing.T) {
	for _, version := range []string{"2.9", "2.16", "Preview"} {
		s := contracttest.Suite(t)
		e := intercomReply().with(func(e *exchange) {
			e.header = map[string]string{"Intercom-Version": version}
			e.json, e.answer = `{"skip_unsnooze":true}`, `{}`
		})
		require.Empty(t, e.run(t, s), version)
		require.Empty(t, s.Checked(), version)
		require.Equal(t, 1, s.Skipped(), version)
	}
}
