package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/contract"
	"github.com/deskbridge/deskbridge/internal/contract/contracttest"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// world is two seeded desks behind the contract check, with a client.
type world struct {
	t     *testing.T
	d     *DashlyDesk
	i     *IntercomDesk
	suite *contract.Suite
	http  http.Client
	now   time.Time
}

func newWorld(t *testing.T, conversations int) *world {
	t.Helper()
	suite := contracttest.Suite(t)
	w := &world{t: t, suite: suite, now: noon.Add(7 * time.Hour)}
	w.d, w.i = NewPair(Options{Now: func() time.Time { return w.now }})
	SeedPlan(w.d, w.i, Plan{Conversations: conversations, Seed: 7, Start: noon, History: 0.2})
	w.http.Transport = stage.Transport{"dashly.sandbox": suite.Dashly(w.d), "intercom.sandbox": suite.Intercom(w.i)}
	return w
}

// do sends a request and decodes the answer. A form is sent urlencoded, anything else as JSON.
func (w *world) do(method, target string, body any) (int, map[string]any) {
	w.t.Helper()
	var in io.Reader
	media := ""
	switch b := body.(type) {
	case nil:
	case url.Values:
		in, media = strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	case upload:
		buf, boundary := b.encode(w.t)
		in, media = buf, boundary
	default:
		j, err := json.Marshal(b)
		require.NoError(w.t, err)
		in, media = bytes.NewReader(j), "application/json"
	}
	req, err := http.NewRequest(method, target, in)
	require.NoError(w.t, err)
	req.Header.Set("Authorization", "Bearer token")
	if strings.HasPrefix(target, IntercomURL) {
		req.Header.Set("Intercom-Version", "2.15")
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	resp, err := w.http.Do(req)
	require.NoError(w.t, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	var out map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	require.NoError(w.t, dec.Decode(&out), "%s %s: %s", method, target, raw)
	return resp.StatusCode, out
}

// ok is do, and the call must succeed.
func (w *world) ok(method, target string, body any) map[string]any {
	w.t.Helper()
	status, out := w.do(method, target, body)
	require.Equal(w.t, http.StatusOK, status, "%s %s: %v", method, target, out)
	return out
}

type upload struct {
	fields map[string]string
	field  string
	name   string
	data   string
}

func (u upload) encode(t *testing.T) (*bytes.Buffer, string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range u.fields {
		require.NoError(t, w.WriteField(k, v))
	}
	f, err := w.CreateFormFile(u.field, u.name)
	require.NoError(t, err)
	_, err = io.WriteString(f, u.data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return &b, w.FormDataContentType()
}

func TestEveryDashlyAnswerFitsTheContract(t *testing.T) {
	w := newWorld(t, 120)
	base := DashlyURL + "/v2/"
	pages, seen, position := 0, map[string]bool{}, ""
	for {
		page := w.ok("GET", base+"apps/$self_app/conversations?id_as_string=true&include_not_assigned=true&include_no_tags=true&paginate_count=7"+position, nil)
		for _, c := range page["data"].([]any) {
			id := c.(map[string]any)["id"].(string)
			require.False(t, seen[id], "a conversation came twice")
			seen[id] = true
			w.ok("GET", base+"conversations/"+id+"?include_channel=true", nil)
			w.ok("GET", base+"conversations/"+id+"/parts?paginate_count=50&include_attachments=true&include_read=true", nil)
		}
		pages++
		next := page["meta"].(map[string]any)["next_before_position"]
		if next == nil {
			break
		}
		pair := next.([]any)
		position = "&paginate_position=" + url.QueryEscape(fmt.Sprintf("[%v,%v]", pair[0], pair[1]))
	}
	require.Greater(t, pages, 4)
	require.Greater(t, len(seen), 40)
	w.dashlyWrites(base)
	require.NoError(t, w.suite.Err())
	w.covered("dashly", "sendmessage")
}

// covered demands that every operation of a desk was checked in an answer of success, but those named.
func (w *world) covered(desk string, but ...string) {
	w.t.Helper()
	seen := w.suite.Checked()
	for _, op := range w.suite.Operations() {
		if strings.HasPrefix(op, desk) && !strings.HasSuffix(op, but[0]) {
			require.Positive(w.t, seen[op].Successes, op)
		}
	}
}

func (w *world) dashlyWrites(base string) {
	t := w.t
	started := w.ok("POST", base+"users/crm-new/startconversation", url.Values{"by_user_id": {"true"}, "body": {"Hello"}, "id_as_string": {"true"}})
	id := started["data"].(map[string]any)["id"].(string)
	conv := base + "conversations/" + id
	for _, form := range []url.Values{
		{"body": {"Hi"}, "from_admin": {dashly.Jane}, "external_id": {"db1:x"}, "random_id": {"5"}},
		{"body": {"A note"}, "from_admin": {"default_admin"}, "type": {"note"}, "id_as_string": {"true"}},
		{"body": {"Again"}, "from_user": {"default_user"}},
	} {
		w.ok("POST", conv+"/reply", form)
	}
	w.ok("POST", conv+"/reply", upload{map[string]string{"from_admin": dashly.Tom, "attachment_file_name": "a.txt"}, "attachment", "a.txt", "x"})
	w.ok("POST", conv+"/assign", url.Values{"admin": {dashly.Tom}, "from_admin": {dashly.Jane}})
	w.ok("POST", conv+"/assign", url.Values{"from_admin": {dashly.Jane}})
	w.ok("POST", conv+"/tag", url.Values{"tag": {"sales"}, "from_admin": {dashly.Jane}})
	w.ok("DELETE", conv+"/tag", url.Values{"tag": {"sales"}, "from_admin": {dashly.Jane}})
	w.ok("POST", conv+"/close", url.Values{"from_admin": {dashly.Jane}})
	w.ok("POST", conv+"/close", url.Values{"from_admin": {dashly.Jane}})
	w.ok("POST", conv+"/settyping", url.Values{"body": {"x"}, "from_admin": {dashly.Jane}})
	w.ok("GET", conv+"/parts", nil)
	user := w.ok("GET", base+"users/crm-new?by_user_id=true&props_custom=true&email_status=true&notes=true&tags=true", nil)
	uid := fmt.Sprint(user["data"].(map[string]any)["id"])
	w.ok("POST", base+"users/"+uid+"/props", url.Values{"operations": {`[{"op":"update_or_create","key":"$email","value":"new@example.org"},{"op":"add","key":"n","value":2}]`}})
	w.ok("POST", base+"users/"+uid+"/events", url.Values{"event": {"Migrated"}, "created": {"1684923942.123456"}, "params": {`{"a":1}`}})
	w.ok("GET", base+"users/"+uid+"/events", nil)
	w.ok("GET", base+"users/"+uid+"/conversations", nil)
	w.ok("GET", base+"apps/12/channels", nil)
	filter := `{"type":"and","filters":[{"type":"str_eq","property_name":"$email","value":{"value":"NEW@example.org"}}]}`
	leads := w.ok("GET", base+"apps/12/users?filters="+url.QueryEscape(filter), nil)
	require.EqualValues(t, "1", fmt.Sprint(leads["data"].(map[string]any)["total"]))
	for _, refused := range []struct {
		status       int
		method, path string
		body         any
	}{
		{400, "GET", "conversations/77", nil},
		{400, "GET", "users/nobody?by_user_id=true", nil},
		{400, "DELETE", "conversations/" + id + "/tag", url.Values{"tag": {"sales"}}},
		{403, "GET", "apps/13/channels", nil},
	} {
		status, _ := w.do(refused.method, base+refused.path, refused.body)
		require.Equal(t, refused.status, status, refused.path)
	}
}

func TestEveryIntercomAnswerFitsTheContract(t *testing.T) {
	w := newWorld(t, 120)
	base := IntercomURL + "/"
	for _, path := range []string{"me", "admins", "teams", "tags", "contacts?per_page=5", "conversations?per_page=5"} {
		w.ok("GET", base+path, nil)
	}
	query := map[string]any{
		"query":      map[string]any{"operator": "AND", "value": []any{map[string]any{"field": "updated_at", "operator": ">", "value": noon.AddDate(0, 0, -90).Unix()}}},
		"sort":       map[string]any{"field": "updated_at", "order": "ascending"},
		"pagination": map[string]any{"per_page": 9},
	}
	seen := map[string]bool{}
	for {
		page := w.ok("POST", base+"conversations/search", query)
		for _, c := range page["conversations"].([]any) {
			id := c.(map[string]any)["id"].(string)
			require.False(t, seen[id], "a conversation came twice")
			seen[id] = true
			w.ok("GET", base+"conversations/"+id, nil)
		}
		next, _ := page["pages"].(map[string]any)["next"].(map[string]any)
		if next == nil {
			break
		}
		query["pagination"] = map[string]any{"per_page": 9, "starting_after": next["starting_after"]}
	}
	require.Len(t, seen, 60)
	w.intercomWrites(base)
	require.NoError(t, w.suite.Err())
	require.Zero(t, w.suite.Skipped())
	require.Positive(t, w.suite.Checked()["intercom POST /conversations/{conversation_id}/reply"].Successes)
	require.Positive(t, w.suite.Checked()["intercom DELETE /conversations/{conversation_id}/tags/{tag_id}"].Successes)
}

func (w *world) intercomWrites(base string) {
	t := w.t
	person := w.ok("POST", base+"contacts", map[string]any{"external_id": "crm-new", "email": "new@example.org", "name": "New"})
	pid := person["id"].(string)
	w.ok("PUT", base+"contacts/"+pid, map[string]any{"phone": "+15550100"})
	w.ok("GET", base+"contacts/"+pid, nil)
	w.ok("GET", base+"contacts/find_by_external_id/crm-new", nil)
	w.ok("POST", base+"contacts/search", map[string]any{"query": map[string]any{"field": "email", "operator": "=", "value": "new@example.org"}})
	message := w.ok("POST", base+"conversations", map[string]any{"from": map[string]any{"type": "user", "id": pid}, "body": "Hello", "created_at": noon.Unix()})
	conv := base + "conversations/" + message["conversation_id"].(string)
	for _, body := range []map[string]any{
		{"message_type": "comment", "type": "user", "intercom_user_id": pid, "body": "More", "created_at": noon.Unix() + 5},
		{"message_type": "comment", "type": "user", "user_id": "crm-new", "body": "More"},
		{"message_type": "comment", "type": "user", "email": "new@example.org", "body": "More"},
		{"message_type": "comment", "type": "admin", "admin_id": intercom.Jane, "body": "<p>Yes</p>", "skip_notifications": true,
			"attachment_files": []any{map[string]any{"content_type": "text/plain", "name": "a.txt", "data": "aGVsbG8="}}},
		{"message_type": "note", "type": "admin", "admin_id": intercom.Tom, "body": "internal"},
	} {
		w.ok("POST", conv+"/reply", body)
	}
	tag := w.ok("POST", base+"tags", map[string]any{"name": "fresh"})["id"]
	w.ok("POST", conv+"/tags", map[string]any{"id": tag, "admin_id": intercom.Jane})
	w.ok("DELETE", conv+"/tags/"+tag.(string), map[string]any{"admin_id": intercom.Jane})
	w.ok("PUT", conv, map[string]any{"title": "A title", "read": true})
	for _, body := range []map[string]any{
		{"message_type": "assignment", "type": "admin", "admin_id": intercom.Jane, "assignee_id": intercom.Tom},
		{"message_type": "assignment", "type": "team", "admin_id": intercom.Jane, "assignee_id": intercom.Support},
		{"message_type": "assignment", "type": "admin", "admin_id": intercom.Jane, "assignee_id": "0"},
		{"message_type": "snoozed", "admin_id": intercom.Jane, "snoozed_until": w.now.Unix() + 3600},
		{"message_type": "open", "admin_id": intercom.Jane},
		{"message_type": "close", "type": "admin", "admin_id": intercom.Jane},
	} {
		w.ok("POST", conv+"/parts", body)
	}
	status, out := w.do("POST", base+"contacts", map[string]any{"external_id": "crm-new"})
	require.Equal(t, http.StatusConflict, status)
	require.Contains(t, fmt.Sprint(out), "already exists with id="+pid)
	status, _ = w.do("GET", base+"conversations/1", nil)
	require.Equal(t, http.StatusNotFound, status)
}
