package dashly_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/sinks/dashly"
)

var (
	customer = mapping.Person{Role: mapping.Customer, ID: "13587"}
	agent    = mapping.Person{Role: mapping.Agent, ID: "14709"}
	bot      = mapping.Person{Role: mapping.Bot, ID: "sender:3"}
	hello    = mapping.PlainBody("Hello <b> & you")
)

const receipt = `{"id":"71","part_group":"70"}`

// one gives an operation on conversation 5.
func one(kind sinks.Kind, class sinks.Class, author mapping.Person, change ...func(*sinks.Operation)) sinks.Operation {
	op := sinks.Operation{ID: "db1:m", Kind: kind, Class: class, Author: author, Conversation: "5"}
	if kind == sinks.PostMessage || kind == sinks.PostNote || kind == sinks.OpenConversation {
		op.Body = hello
	}
	for _, f := range change {
		f(&op)
	}
	return op
}

func TestEveryOperationIsOneWrite(t *testing.T) {
	state := func(s mapping.State) func(*sinks.Operation) { return func(o *sinks.Operation) { o.State = s } }
	tag := func(o *sinks.Operation) { o.Tag = "vip" }
	assign := func(id mapping.PersonID) func(*sinks.Operation) {
		return func(o *sinks.Operation) { o.Assignee = id }
	}
	const body = "body=Hello+%3C%E2%80%8Bb%3E+%26+you"
	for _, row := range []struct {
		op   sinks.Operation
		want string
	}{
		{one(sinks.PostMessage, sinks.Quiet, customer), "POST /conversations/5/reply " + body + "&external_id=db1%3Am&from_user=13587"},
		{one(sinks.PostMessage, sinks.Delivered, agent), "POST /conversations/5/reply " + body + "&external_id=db1%3Am&from_admin=14709&type=reply_admin"},
		{one(sinks.PostMessage, sinks.Delivered, mapping.Person{Role: mapping.Agent}), "POST /conversations/5/reply " + body + "&external_id=db1%3Am&from_admin=default_admin&type=reply_admin"},
		{one(sinks.PostNote, sinks.Silent, agent), "POST /conversations/5/reply " + body + "&from_admin=14709&type=note"},
		{one(sinks.PostNote, sinks.Silent, bot), "POST /conversations/5/reply " + body + "&from_admin=default_admin&type=note"},
		{one(sinks.PostNote, sinks.Silent, mapping.Person{Role: mapping.Customer}), "POST /conversations/5/reply " + body + "&from_admin=default_admin&type=note"},
		{one(sinks.SetState, sinks.Quiet, agent, state(mapping.Closed)), "POST /conversations/5/close from_admin=14709"},
		{one(sinks.SetAssignee, sinks.Quiet, mapping.Person{}, assign("14710")), "POST /conversations/5/assign admin=14710&from_admin=default_admin"},
		{one(sinks.SetAssignee, sinks.Quiet, agent), "POST /conversations/5/assign from_admin=14709"},
		{one(sinks.AddTag, sinks.Quiet, agent, tag), "POST /conversations/5/tag from_admin=14709&tag=vip"},
		{one(sinks.RemoveTag, sinks.Quiet, agent, tag), "DELETE /conversations/5/tag from_admin=14709&tag=vip"},
	} {
		kind := "reply_admin"
		switch {
		case row.op.Kind == sinks.PostNote:
			kind = "note"
		case row.op.Author.Role == mapping.Customer:
			kind = "reply_user"
		}
		d := &desk{answers: map[string]string{"POST /conversations/5/reply": `{"id":"71","type":"` + kind + `"}`, "POST /conversations/5/close": receipt, "POST /conversations/5/assign": receipt, "POST /conversations/5/tag": receipt, "DELETE /conversations/5/tag": receipt}}
		res, err := start(t, d, dashly.Options{}).Do(t.Context(), row.op)
		require.NoError(t, err, row.want)
		require.Equal(t, []string{row.want}, d.asked)
		require.Equal(t, sinks.Result{Entries: []mapping.EntryID{"71"}}, res)
	}
}

func TestTheFallbackActsWhereNoOperatorIsGiven(t *testing.T) {
	d := &desk{answers: map[string]string{"POST /conversations/5/close": `{}`}}
	res, err := start(t, d, dashly.Options{Fallback: "25"}).Do(t.Context(), one(sinks.SetState, sinks.Quiet, bot, func(o *sinks.Operation) { o.State = mapping.Closed }))
	require.NoError(t, err)
	require.Equal(t, []string{"POST /conversations/5/close from_admin=25"}, d.asked)
	require.Empty(t, res.Entries, "no part was made")
}

func TestWhatIsRefusedBeforeAnythingLeaves(t *testing.T) {
	file := func(files ...sinks.Upload) func(*sinks.Operation) {
		return func(o *sinks.Operation) { o.Files = files }
	}
	ok := sinks.Upload{Name: "a.png", Content: []byte("x")}
	for _, row := range []struct {
		op   sinks.Operation
		code string
	}{
		{one(sinks.PostMessage, sinks.Silent, agent), "wrong_class"},
		{one(sinks.PostMessage, sinks.Quiet, agent), "wrong_class"},
		{one(sinks.PostMessage, sinks.Silent, customer), "wrong_class"},
		{one(sinks.PostMessage, sinks.Delivered, customer), "wrong_class"},
		{one(sinks.PostMessage, sinks.Delivered, bot), "unsupported"},
		{one(sinks.PostNote, sinks.Quiet, agent), "wrong_class"},
		{one(sinks.OpenConversation, sinks.Silent, customer), "wrong_class"},
		{one(sinks.OpenConversation, sinks.Delivered, agent), "unsupported"},
		{one(sinks.SetState, sinks.Silent, agent, func(o *sinks.Operation) { o.State = mapping.Closed }), "wrong_class"},
		{one(sinks.SetState, sinks.Quiet, agent, func(o *sinks.Operation) { o.State = mapping.Open }), "unsupported"},
		{one(sinks.SetState, sinks.Quiet, agent, func(o *sinks.Operation) { o.State = mapping.Snoozed }), "unsupported"},
		{one(sinks.SetTitle, sinks.Quiet, agent), "unsupported"},
		{one("invented", sinks.Quiet, agent), "unsupported"},
		{one(sinks.PostNote, sinks.Silent, agent, func(o *sinks.Operation) { o.Conversation = "../users/1" }), "invalid"},
		{one(sinks.PostMessage, sinks.Quiet, mapping.Person{Role: mapping.Customer}), "invalid"},
		{one(sinks.SetAssignee, sinks.Quiet, agent, func(o *sinks.Operation) { o.Assignee = "jane" }), "invalid"},
		{one(sinks.PostNote, sinks.Silent, agent, func(o *sinks.Operation) { o.Body = mapping.Body{} }), "empty"},
		{one(sinks.PostNote, sinks.Silent, agent, file(ok, ok)), "too_many_files"},
		{one(sinks.PostNote, sinks.Silent, agent, file(sinks.Upload{Name: "a.exe"})), "file_type"},
		{one(sinks.PostNote, sinks.Silent, agent, file(sinks.Upload{Name: "a.png", Content: make([]byte, 10<<20+1)})), "file_too_big"},
		{one(sinks.PostMessage, sinks.Delivered, agent, func(o *sinks.Operation) { o.Historic = true }), "historic_delivery"},
		{one(sinks.PostMessage, sinks.Quiet, customer, func(o *sinks.Operation) { o.Historic = true }), "automation_not_confirmed"},
		{one(sinks.AddTag, sinks.Quiet, agent, func(o *sinks.Operation) { o.Tag = "a,b" }), "invalid"},
	} {
		d := &desk{}
		_, err := start(t, d, dashly.Options{}).Do(t.Context(), row.op)
		e := failure(t, err)
		require.Equal(t, api.Refused, e.Class, row)
		require.Equal(t, row.code, e.Code, row)
		require.False(t, e.NotFound)
		require.Empty(t, d.asked)
	}
}

func TestAFieldThatIsAsWishedAlready(t *testing.T) {
	d := &desk{answers: map[string]string{
		"POST /conversations/5/tag": "400 ConversationTagAlreadyAssigned", "DELETE /conversations/5/tag": "400 ConversationTagIsNotAssigned",
		"POST /conversations/5/assign": `{}`, "POST /conversations/5/close": "400 BadRequest", "GET /conversations/5": `{"id":5,"closed":true}`,
	}}
	s := start(t, d, dashly.Options{})
	closed := func(o *sinks.Operation) { o.State = mapping.Closed }
	for _, op := range []sinks.Operation{
		one(sinks.AddTag, sinks.Quiet, agent, func(o *sinks.Operation) { o.Tag = "a" }), one(sinks.RemoveTag, sinks.Quiet, agent, func(o *sinks.Operation) { o.Tag = "a" }),
		one(sinks.SetAssignee, sinks.Quiet, agent), one(sinks.SetState, sinks.Quiet, agent, closed),
	} {
		_, err := s.Do(t.Context(), op)
		require.NoError(t, err, op.Kind)
	}
	d.answers["GET /conversations/5"] = `{"id":5,"closed":false}`
	_, err := s.Do(t.Context(), one(sinks.SetState, sinks.Quiet, agent, closed))
	require.Equal(t, "BadRequest", failure(t, err).Code)
	require.Len(t, d.writes(), 5)
}

func TestAnUnknownOperatorDoesNotMakeTheConversationGone(t *testing.T) {
	d := &desk{answers: map[string]string{"GET /conversations/5": `{"id":5}`}}
	s := start(t, d, dashly.Options{})
	_, err := s.Do(t.Context(), one(sinks.PostNote, sinks.Silent, agent))
	e := failure(t, err)
	require.Equal(t, api.Refused, e.Class)
	require.False(t, e.NotFound)
	delete(d.answers, "GET /conversations/5")
	_, err = s.Do(t.Context(), one(sinks.PostNote, sinks.Silent, agent))
	require.True(t, api.IsNotFound(err))
}

// TestWhoIsNotReadIsNotGone: a customer's message is refused because some id is unknown, and the user cannot be read just
// now. Nothing is decided by that: it is tried again.
func TestWhoIsNotReadIsNotGone(t *testing.T) {
	d := &desk{answers: map[string]string{"GET /conversations/5": `{"id":5,"user":{"id":13587}}`, "GET /users/13587": "502 Bad gateway"}}
	_, err := start(t, d, dashly.Options{}).Do(t.Context(), one(sinks.PostMessage, sinks.Quiet, customer))
	e := failure(t, err)
	require.Equal(t, api.TryLater, e.Class)
	require.False(t, e.AuthorGone)
	require.Len(t, d.writes(), 1)
}

// TestAPageOfSomebodyInBetweenDecidesNothing: a write is answered with "not found" by somebody in between, or is refused
// because some id is unknown while the conversation cannot be read. It was not done, and it is tried again.
func TestAPageOfSomebodyInBetweenDecidesNothing(t *testing.T) {
	const read, post, page, gateway, unknown = "GET /conversations/5", "POST /conversations/5/reply", "404 page", "502 Bad gateway", "400 LookupError"
	for name, answers := range map[string]map[string]string{
		"in front of both":          {post: page, read: page},
		"in front of the write":     {post: page, read: `{"id":5,"user":{"id":13587}}`},
		"the read fails":            {post: page, read: gateway},
		"in front of the read":      {post: unknown, read: page},
		"an id, and the read fails": {post: unknown, read: gateway},
	} {
		for what, op := range map[string]sinks.Operation{"note": one(sinks.PostNote, sinks.Silent, agent), "words": one(sinks.PostMessage, sinks.Quiet, customer)} {
			t.Run(what+", "+name, func(t *testing.T) {
				d := &desk{answers: answers}
				answers["GET /conversations/6"] = `{"id":6}`
				s := start(t, d, dashly.Options{})
				closing := one(sinks.SetState, sinks.Quiet, agent, func(o *sinks.Operation) { o.Conversation, o.State = "6", mapping.Closed })
				answers["POST /conversations/6/close"] = `{}`
				_, err := s.Do(t.Context(), closing) // the paths are right, as is known from then on
				require.NoError(t, err)
				_, err = s.Do(t.Context(), op)
				e := failure(t, err)
				require.Equal(t, api.TryLater, e.Class)
				require.False(t, e.NotFound || e.AuthorGone || e.AuthorMoved)
				require.Len(t, d.writes(), 2)
			})
		}
	}
}

func TestALostAnswerIsNotRepeated(t *testing.T) {
	d := &desk{answers: map[string]string{"POST /conversations/5/reply": "502 Bad gateway", "POST /users/13587/startconversation": "502 Bad gateway"}}
	s := start(t, d, dashly.Options{})
	_, err := s.Do(t.Context(), one(sinks.PostMessage, sinks.Quiet, customer))
	require.Equal(t, api.MayHaveHappened, api.ClassOf(err))
	_, err = s.Do(t.Context(), one(sinks.OpenConversation, sinks.Quiet, customer))
	require.Equal(t, api.MayHaveHappened, api.ClassOf(err))
	require.Len(t, d.asked, 2)
}

func TestOpeningTellsTheConversationUnderEitherReading(t *testing.T) {
	const opening = "POST /users/13587/startconversation"
	conv := func(id int, user string, created int64, last int) string {
		return fmt.Sprintf(`{"id":%d,"created":%d,"user":{"id":%s},"parts_count":1,"part_last":{"id":%d}}`, id, created, user, last)
	}
	for name, row := range map[string]struct {
		answers map[string]string
		want    sinks.Result
	}{
		"the conversation's id": {map[string]string{opening: `{"id":900}`, "GET /conversations/900": conv(900, "13587", now(), 901)}, sinks.Result{Conversation: "900", Entries: []mapping.EntryID{"901"}}},
		"the part's id": {map[string]string{opening: `{"id":901}`, "GET /users/13587/conversations": "[" + conv(900, "13587", now(), 901) + "]"},
			sinks.Result{Conversation: "900", Entries: []mapping.EntryID{"901"}}},
		"the part's id, something came after it": {map[string]string{
			opening: `{"id":901}`, "GET /users/13587/conversations": "[" + conv(900, "13587", now(), 902) + "," + conv(800, "13587", now()-86400, 801) + "]",
			"GET /conversations/900/parts": `[{"id":902},{"id":901}]`,
		}, sinks.Result{Conversation: "900", Entries: []mapping.EntryID{"901"}}},
		"an id that is another customer's conversation": {map[string]string{
			opening: `{"id":901}`, "GET /conversations/901": conv(901, "99", now(), 1), "GET /users/13587/conversations": "[" + conv(900, "13587", now(), 901) + "]",
		}, sinks.Result{Conversation: "900", Entries: []mapping.EntryID{"901"}}},
		"an old conversation of that id": {map[string]string{opening: `{"id":901}`, "GET /conversations/901": conv(901, "13587", now()-86400, 1), "GET /users/13587/conversations": `[]`}, sinks.Result{}},
		"no id":                          {map[string]string{opening: `{}`}, sinks.Result{}},
		"nothing confirms it":            {map[string]string{opening: `{"id":900}`}, sinks.Result{}},
	} {
		t.Run(name, func(t *testing.T) {
			d := &desk{answers: row.answers}
			op := one(sinks.OpenConversation, sinks.Quiet, customer)
			op.Conversation = ""
			res, err := start(t, d, dashly.Options{}).Do(t.Context(), op)
			require.NoError(t, err)
			require.Equal(t, row.want, res)
			require.Len(t, d.writes(), 1)
		})
	}
}
