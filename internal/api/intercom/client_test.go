package intercom

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
)

const secret = "dG9rOnNlY3JldC10b2tlbg=="

// recorded is one request as the desk saw it.
type recorded struct {
	Method, Path string
	Header       http.Header
	Body         map[string]any
}

// desk answers every request by one handler and keeps what was asked.
type desk struct {
	mu  sync.Mutex
	log []recorded
}

func (d *desk) last(t *testing.T) recorded {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	require.NotEmpty(t, d.log, "nothing was asked")
	return d.log[len(d.log)-1]
}

func (d *desk) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.log)
}

func serve(t *testing.T, version string, answer http.HandlerFunc) (*Client, *desk) {
	t.Helper()
	d := &desk{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		rec := recorded{Method: r.Method, Path: r.URL.EscapedPath(), Header: r.Header.Clone()}
		_ = json.Unmarshal(raw, &rec.Body)
		d.mu.Lock()
		d.log = append(d.log, rec)
		d.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(srv.Close)
	c, err := New(Options{BaseURL: srv.URL, Token: secret, Version: version, Attempts: 1})
	require.NoError(t, err)
	return c, d
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

const conversation = `{"type":"conversation","id":"1","created_at":5,"conversation_parts":{"conversation_parts":[],"total_count":0}}`

func TestNewChecksItsOptions(t *testing.T) {
	good := Options{Region: "eu", Token: "t", Version: "2.15"}
	c, err := New(good)
	require.NoError(t, err)
	require.Equal(t, "api.eu.intercom.io", c.Host())
	require.Equal(t, "api.eu.intercom.io:443", c.Address())
	for name, change := range map[string]func(*Options){
		"both":        func(o *Options) { o.BaseURL = "https://example.org" },
		"region":      func(o *Options) { o.Region = "mars" },
		"token":       func(o *Options) { o.Token = "" },
		"token lines": func(o *Options) { o.Token = secret + "\r\nX-Evil: 1" },
		"old":         func(o *Options) { o.Version = "2.6" },
		"new":         func(o *Options) { o.Version = "2.17" },
		"scheme":      func(o *Options) { o.Region, o.BaseURL = "", "ftp://example.org" },
	} {
		o := good
		change(&o)
		_, err := New(o)
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), secret)
	}
}

func TestEveryCallIsAuthorisedAndPinned(t *testing.T) {
	c, d := serve(t, "2.15", says(200, `{"type":"admin","id":"25","app":{"id_code":"ws1","name":"Acme"}}`))
	me, err := c.Me(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, "ws1", me.App.Value.Code)
	h := d.last(t).Header
	require.Equal(t, "Bearer "+secret, h.Get("Authorization"))
	require.Equal(t, "2.15", h.Get("Intercom-Version"))
	require.Equal(t, "application/json", h.Get("Accept"))
}

func TestWritesOnTheWire(t *testing.T) {
	at := time.Unix(1767225600, 0)
	silent, quiet, delivered := Act{Reach: api.Silent}, Act{Reach: api.Quiet}, Act{Reach: api.Delivered}
	for name, tc := range map[string]struct {
		version string
		do      func(*Client) error
		want    string // method and path
		body    string
	}{
		"contact": {"2.15", func(c *Client) error {
			_, err := c.Reply(t.Context(), "1", Reply{Contact: "abc", Body: "hi", CreatedAt: at}, quiet)
			return err
		}, "POST /conversations/1/reply", `{"message_type":"comment","type":"user","intercom_user_id":"abc","body":"hi","created_at":1767225600}`},
		"contact before 2.11": {"2.10", func(c *Client) error {
			_, err := c.Reply(t.Context(), "1", Reply{Contact: "abc", Body: "hi", CreatedAt: at}, quiet)
			return err
		}, "POST /conversations/1/reply", `{"message_type":"comment","type":"user","intercom_user_id":"abc","body":"hi"}`},
		"silent admin": {"2.15", func(c *Client) error {
			_, err := c.Reply(t.Context(), "1", Reply{Admin: "25", Body: "<p>hi</p>", CreatedAt: at, SkipNotifications: true}, silent)
			return err
		}, "POST /conversations/1/reply", `{"message_type":"comment","type":"admin","admin_id":"25","body":"<p>hi</p>","created_at":1767225600,"skip_notifications":true}`},
		"delivered admin": {"2.7", func(c *Client) error {
			_, err := c.Reply(t.Context(), "1", Reply{Admin: "25", Body: "<p>hi</p>"}, delivered)
			return err
		}, "POST /conversations/1/reply", `{"message_type":"comment","type":"admin","admin_id":"25","body":"<p>hi</p>"}`},
		"note with a file": {"2.14", func(c *Client) error {
			_, err := c.Reply(t.Context(), "1", Reply{Admin: "25", Note: true, Body: "n", SkipNotifications: true, Files: []File{{Name: "a.txt", Type: "text/plain", Content: []byte("abc")}}}, silent)
			return err
		}, "POST /conversations/1/reply", `{"message_type":"note","type":"admin","admin_id":"25","body":"n","attachment_files":[{"content_type":"text/plain","name":"a.txt","data":"YWJj"}]}`},
		"open": {"2.15", func(c *Client) error {
			_, err := c.OpenConversation(t.Context(), Opening{Contact: "abc", Lead: true, Body: "hi", CreatedAt: at}, quiet)
			return err
		}, "POST /conversations", `{"from":{"type":"lead","id":"abc"},"body":"hi","created_at":1767225600}`},
		"unassign": {"2.15", func(c *Client) error {
			_, err := c.Manage(t.Context(), "1", Manage{MessageType: "assignment", Type: "admin", AdminID: "25", AssigneeID: "0"}, quiet)
			return err
		}, "POST /conversations/1/parts", `{"message_type":"assignment","type":"admin","admin_id":"25","assignee_id":"0"}`},
		"title":  {"2.15", func(c *Client) error { return c.SetTitle(t.Context(), "1", "T", quiet) }, "PUT /conversations/1", `{"title":"T"}`},
		"attach": {"2.15", func(c *Client) error { return c.AttachTag(t.Context(), "1", "7", "25", quiet) }, "POST /conversations/1/tags", `{"id":"7","admin_id":"25"}`},
		"detach": {"2.15", func(c *Client) error { return c.DetachTag(t.Context(), "1", "7", "25", quiet) }, "DELETE /conversations/1/tags/7", `{"admin_id":"25"}`},
		"contact, new": {"2.15", func(c *Client) error {
			_, err := c.CreateContact(t.Context(), NewContact{Role: "user", ExternalID: "deskbridge:main:5", Name: "Ann"})
			return err
		}, "POST /contacts", `{"role":"user","external_id":"deskbridge:main:5","name":"Ann"}`},
	} {
		t.Run(name, func(t *testing.T) {
			c, d := serve(t, tc.version, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/conversations" {
					fmt.Fprint(w, `{"type":"user_message","id":"9","conversation_id":"1"}`)
					return
				}
				fmt.Fprint(w, conversation)
			})
			require.NoError(t, tc.do(c))
			got := d.last(t)
			require.Equal(t, tc.want, got.Method+" "+got.Path)
			body, err := json.Marshal(got.Body)
			require.NoError(t, err)
			require.JSONEq(t, tc.body, string(body))
			require.Equal(t, "application/json", got.Header.Get("Content-Type"))
		})
	}
}

func TestAReplyThatReachesAnotherNeverLeaves(t *testing.T) {
	c, d := serve(t, "2.14", says(200, conversation))
	for _, r := range []Reply{{Admin: "25", SkipNotifications: true}, {Admin: "25"}, {Contact: "a"}} {
		_, err := c.Reply(t.Context(), "1", r, Act{Reach: api.Silent})
		require.Equal(t, api.Refused, api.ClassOf(err), "below 2.15 the flag does nothing")
	}
	_, err := c.Reply(t.Context(), "1", Reply{Admin: "25"}, Act{Reach: api.Delivered, Historic: true})
	require.Equal(t, api.Refused, api.ClassOf(err), "history is never delivered")
	_, err = c.Reply(t.Context(), "1", Reply{Contact: "a"}, Act{Reach: api.Quiet, Historic: true})
	require.Equal(t, api.Refused, api.ClassOf(err), "automation is not confirmed to be off")
	require.Zero(t, d.count())
}

func TestErrorClasses(t *testing.T) {
	list := func(code string) string {
		return `{"type":"error.list","request_id":null,"errors":[{"code":"` + code + `","message":"about ann@example.org","field":null}]}`
	}
	for _, tc := range []struct {
		status      int
		body        string
		read, write api.Class
		code        string
		notFound    bool
	}{
		{400, list("parameter_invalid"), api.Refused, api.Refused, "parameter_invalid", false},
		{400, `{"errors":[{"type":"client_error"}]}`, api.Refused, api.Refused, "client_error", false},
		{401, list("unauthorized"), api.Denied, api.Denied, "unauthorized", false},
		{403, list("api_plan_restricted"), api.Denied, api.Denied, "api_plan_restricted", false},
		{404, list("not_found"), api.Refused, api.Refused, "not_found", true},
		{404, "<html><body>Not Found</body></html>", api.TryLater, api.Refused, "", false}, // of somebody in between
		{408, "", api.TryLater, api.MayHaveHappened, "", false},
		{409, list("resource_conflict"), api.TryLater, api.TryLater, "resource_conflict", false}, // somebody else writes there, too
		{410, list("contact_merged"), api.Refused, api.Refused, "contact_merged", true},
		{413, list("payload_too_large"), api.Refused, api.Refused, "payload_too_large", false},
		{422, list("unprocessable_entity"), api.Refused, api.Refused, "unprocessable_entity", false},
		{423, list("locked"), api.TryLater, api.TryLater, "locked", false},
		{429, list("rate_limit_exceeded"), api.TryLater, api.TryLater, "rate_limit_exceeded", false},
		{500, list("server_error"), api.TryLater, api.MayHaveHappened, "server_error", false},
		{502, "<html><body>Bad Gateway</body></html>", api.TryLater, api.MayHaveHappened, "", false},
		{503, "", api.TryLater, api.MayHaveHappened, "", false},
		{302, "", api.Refused, api.MayHaveHappened, "", false},
	} {
		t.Run(fmt.Sprint(tc.status), func(t *testing.T) {
			c, d := serve(t, "2.15", says(tc.status, tc.body))
			_, readErr := c.Conversation(t.Context(), "1")
			_, writeErr := c.Reply(t.Context(), "1", Reply{Contact: "a", Body: "private words"}, Act{Reach: api.Quiet})
			for err, class := range map[error]api.Class{readErr: tc.read, writeErr: tc.write} {
				e, ok := errors.AsType[*api.Error](err)
				require.True(t, ok)
				require.Equal(t, class, e.Class)
				require.Equal(t, tc.status, e.Status)
				require.Equal(t, tc.code, e.Code)
				require.Equal(t, tc.notFound || tc.status == 404 && class == tc.write, e.NotFound)
				require.NotContains(t, err.Error(), secret)
				require.NotContains(t, err.Error(), "example.org")
				require.NotContains(t, err.Error(), "private")
			}
			require.Equal(t, 2, d.count())
		})
	}
}

func TestAnswersThatCannotBeUsed(t *testing.T) {
	for name, body := range map[string]string{"empty": "", "cut": conversation[:40], "page": "<html>ok</html>", "no id": `{"type":"conversation"}`, "null": "null"} {
		t.Run(name, func(t *testing.T) {
			c, _ := serve(t, "2.15", says(200, body))
			_, err := c.Conversation(t.Context(), "1")
			require.Equal(t, api.TryLater, api.ClassOf(err))
			_, err = c.Reply(t.Context(), "1", Reply{Contact: "a", Body: "x"}, Act{Reach: api.Quiet})
			require.Equal(t, api.MayHaveHappened, api.ClassOf(err))
			_, err = c.OpenConversation(t.Context(), Opening{Contact: "a", Body: "x"}, Act{Reach: api.Quiet})
			require.Equal(t, api.MayHaveHappened, api.ClassOf(err))
			require.NotContains(t, err.Error(), "html")
		})
	}
}

// TestWhatIsNoAnswerConfirmsNoWrite: also of a write of whose answer nothing is used, somebody else's page is none.
func TestWhatIsNoAnswerConfirmsNoWrite(t *testing.T) {
	quiet := Act{Reach: api.Quiet}
	for name, write := range map[string]func(*Client) error{
		"title":     func(c *Client) error { return c.SetTitle(t.Context(), "1", "T", quiet) },
		"attribute": func(c *Client) error { return c.SetAttribute(t.Context(), "1", "A", "v", quiet) },
		"attach":    func(c *Client) error { return c.AttachTag(t.Context(), "1", "7", "25", quiet) },
		"detach":    func(c *Client) error { return c.DetachTag(t.Context(), "1", "7", "25", quiet) },
		"fill":      func(c *Client) error { return c.FillContact(t.Context(), "1", Filling{Name: "Ann"}) },
	} {
		for _, answer := range []struct {
			status int
			body   string
			done   bool
		}{
			{200, `{"type":"tag","id":"7"}`, true}, {200, "", true}, {202, "", true}, {204, "", true},
			{200, "<html>sign in</html>", false}, {202, "<html>sign in</html>", false}, {200, `{"type":"tag"`, false}, {200, "null", false}, {200, `"ok"`, false},
		} {
			c, _ := serve(t, "2.15", says(answer.status, answer.body))
			err := write(c)
			if answer.done {
				require.NoError(t, err, "%s: %d %q", name, answer.status, answer.body)
				continue
			}
			require.Equal(t, api.MayHaveHappened, api.ClassOf(err), "%s: %d %q", name, answer.status, answer.body)
			require.NotContains(t, err.Error(), "html")
		}
	}
}

func TestCutConnections(t *testing.T) {
	hijack := func(write string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, buf, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			_, _ = buf.WriteString(write)
			_ = buf.Flush()
			_ = conn.Close()
		}
	}
	t.Run("before the call", func(t *testing.T) {
		c, err := New(Options{BaseURL: "http://127.0.0.1:1", Token: secret, Version: "2.15", Attempts: 1})
		require.NoError(t, err)
		_, err = c.Reply(t.Context(), "1", Reply{Contact: "a", Body: "x"}, Act{Reach: api.Quiet})
		require.Equal(t, api.TryLater, api.ClassOf(err))
	})
	for name, part := range map[string]string{
		"before the answer":       "",
		"in the answer's headers": "HTTP/1.1 200 OK\r\nContent-Le",
		"in the answer's body":    "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"type\":",
	} {
		t.Run(name, func(t *testing.T) {
			c, d := serve(t, "2.15", hijack(part))
			_, err := c.Reply(t.Context(), "1", Reply{Contact: "a", Body: "x"}, Act{Reach: api.Quiet})
			require.Equal(t, api.MayHaveHappened, api.ClassOf(err))
			require.Equal(t, 1, d.count(), "a write that may have happened is not repeated")
			_, err = c.Conversation(t.Context(), "1")
			require.Equal(t, api.TryLater, api.ClassOf(err))
		})
	}
}

func TestPaceFollowsTheDesksClock(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		header map[string]string
		want   time.Time
	}{
		"no headers":      {nil, time.Time{}},
		"budget left":     {map[string]string{"X-RateLimit-Remaining": "3", "X-RateLimit-Reset": fmt.Sprint(now.Unix() + 9)}, time.Time{}},
		"spent":           {map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": fmt.Sprint(now.Unix() + 9)}, now.Add(9 * time.Second)},
		"spent, no reset": {map[string]string{"X-RateLimit-Remaining": "0"}, time.Time{}},
		"its clock is an hour ahead": {map[string]string{
			"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": fmt.Sprint(now.Unix() + 3604), "Date": now.Add(time.Hour).Format(http.TimeFormat),
		}, now.Add(4 * time.Second)},
		"a reset in the past": {map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "5"}, time.Time{}},
		"absurd":              {map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": fmt.Sprint(now.Unix() + 86400)}, now.Add(time.Minute)},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.Header{}
			for k, v := range tc.header {
				h.Set(k, v)
			}
			require.Equal(t, tc.want, pace(h, now))
		})
	}
}

func TestThrottledCallsAreRepeated(t *testing.T) {
	calls := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls == 1 {
			w.Header().Set("X-RateLimit-Remaining", "0")
			w.Header().Set("X-RateLimit-Reset", "1")
			w.WriteHeader(429)
			return
		}
		fmt.Fprint(w, conversation)
	}))
	t.Cleanup(srv.Close)
	c, err := New(Options{BaseURL: srv.URL, Token: secret, Version: "2.15"})
	require.NoError(t, err)
	_, err = c.Reply(t.Context(), "1", Reply{Contact: "a", Body: "x"}, Act{Reach: api.Quiet})
	require.NoError(t, err, "a throttled write certainly did not happen")
	require.Equal(t, 2, calls)
	require.Equal(t, 1, c.Count().Throttled)
	require.Equal(t, 2, c.Count().Write)
}

func TestMergedContactsAreFollowed(t *testing.T) {
	c, d := serve(t, "2.16", func(w http.ResponseWriter, r *http.Request) {
		next := map[string]string{"/contacts/a": "b", "/contacts/b": "c"}[r.URL.Path]
		if next == "" {
			fmt.Fprint(w, `{"type":"contact","id":"c","role":"user"}`)
			return
		}
		w.Header().Set("Link", "</contacts/"+next+`>; rel="canonical"`)
		w.WriteHeader(http.StatusGone)
		fmt.Fprint(w, `{"type":"error.list","errors":[{"code":"contact_merged","message":"gone"}]}`)
	})
	got, err := c.Contact(t.Context(), "a")
	require.NoError(t, err)
	require.EqualValues(t, "c", got.ID)
	require.Equal(t, 3, d.count())

	c, d = serve(t, "2.16", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</contacts/"+r.URL.Path[len(r.URL.Path)-1:]+`x>; rel="canonical"`)
		w.WriteHeader(http.StatusGone)
	})
	_, err = c.Contact(t.Context(), "a")
	require.True(t, api.IsNotFound(err), "an endless chain ends")
	require.LessOrEqual(t, d.count(), 4)
}

func TestConflictsNameTheContact(t *testing.T) {
	for message, want := range map[string]ConflictError{
		"A contact matching those details already exists with id=5ba682d23d7cf92bef87bfd4":           {ID: "5ba682d23d7cf92bef87bfd4"},
		"An archived contact matching those details already exists with id=5ba682d23d7cf92bef87bfd4": {ID: "5ba682d23d7cf92bef87bfd4", Archived: true},
		"Conflict": {},
	} {
		c, _ := serve(t, "2.15", says(409, `{"type":"error.list","errors":[{"code":"conflict","message":"`+message+`"}]}`))
		_, err := c.CreateContact(t.Context(), NewContact{Role: "user"})
		conflict, ok := errors.AsType[*ConflictError](err)
		require.True(t, ok)
		require.Equal(t, want.ID, conflict.ID)
		require.Equal(t, want.Archived, conflict.Archived)
		require.Equal(t, api.Refused, api.ClassOf(err))
	}
}

func TestPagingForms(t *testing.T) {
	for name, tc := range map[string]struct {
		pages, next string
		bad         bool
	}{
		"object":         {`{"type":"pages","next":{"per_page":150,"starting_after":"WzE2"}}`, "WzE2", false},
		"null next":      {`{"type":"pages","next":null}`, "", false},
		"no next":        {`{"type":"pages","page":1}`, "", false},
		"no pages":       {`null`, "", false},
		"address":        {`{"next":"https://api.intercom.io/conversations?starting_after=abc"}`, "abc", false},
		"null cursor":    {`{"next":{"per_page":150,"starting_after":null}}`, "", false},
		"empty cursor":   {`{"next":{"starting_after":""}}`, "", false},
		"no cursor":      {`{"page":1,"total_pages":1,"next":{"page":2,"per_page":150}}`, "", false},
		"nothing":        {`{"next":{}}`, "", false},
		"a list":         {`{"next":["WzE2"]}`, "", true},
		"odd cursor":     {`{"next":{"starting_after":["WzE2"]}}`, "", true},
		"page address":   {`{"next":"https://api.intercom.io/conversations?page=2"}`, "", true},
		"the same again": {`{"next":{"starting_after":"again"}}`, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			c, d := serve(t, "2.15", says(200, `{"type":"conversation.list","total_count":"1","conversations":[null,{"id":5,"updated_at":7}],"pages":`+tc.pages+`}`))
			p, err := c.SearchConversations(t.Context(), All(Filter{"updated_at", ">", 3}), Sort{"updated_at", "ascending"}, "again")
			body := d.last(t).Body
			require.Equal(t, map[string]any{"per_page": 150.0, "starting_after": "again"}, body["pagination"], "the cursor travels in the body")
			require.Equal(t, map[string]any{"field": "updated_at", "operator": ">", "value": 3.0}, body["query"])
			if tc.bad {
				require.Equal(t, api.TryLater, api.ClassOf(err))
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.next, p.Next)
			require.Len(t, p.Items, 1)
			require.Equal(t, 1, p.Total.N)
		})
	}
}

func TestContactByExternalID(t *testing.T) {
	c, d := serve(t, "2.15", says(404, `{"errors":[{"code":"not_found"}]}`))
	_, err := c.ContactByExternalID(t.Context(), "a/b ?@x")
	require.True(t, api.IsNotFound(err))
	require.Equal(t, "/contacts/find_by_external_id/a%2Fb%20%3F@x", d.last(t).Path)
	require.NotContains(t, err.Error(), "@x")

	c, d = serve(t, "2.12", says(200, `{"data":[{"id":"1","external_id":"71"},{"id":"2","external_id":"7"}]}`))
	got, err := c.ContactByExternalID(t.Context(), "7")
	require.NoError(t, err)
	require.EqualValues(t, "2", got.ID)
	require.Equal(t, "/contacts/search", d.last(t).Path)
	_, err = c.ContactByExternalID(t.Context(), "8")
	require.True(t, api.IsNotFound(err))
}

func TestErrorsNeverShowTheToken(t *testing.T) {
	c, _ := serve(t, "2.15", says(401, `{"errors":[{"code":"unauthorized","message":"bad token Bearer `+strings.Repeat("x", 60)+`"}]}`))
	_, err := c.Me(t.Context())
	require.Error(t, err)
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), secret)
	require.NotContains(t, err.Error(), strings.Repeat("x", 41))
}

// TestUnsafeHTMLNeverLeaves: an admin's body is HTML to the desk, a contact's is text.
func TestUnsafeHTMLNeverLeaves(t *testing.T) {
	c, d := serve(t, "2.15", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"type":"conversation","id":"1"}`))
	})
	for _, note := range []bool{true, false} {
		r := Reply{Admin: "25", Note: note, SkipNotifications: true, Body: `<p>Look <img src=x onerror=alert(1)></p>`}
		_, err := c.Reply(t.Context(), "1", r, Act{Reach: api.Silent})
		require.Equal(t, api.Refused, api.ClassOf(err))
		e, ok := errors.AsType[*api.Error](err)
		require.True(t, ok)
		require.Equal(t, "unsafe_html", e.Code)
		require.Zero(t, d.count())
	}
	_, err := c.Reply(t.Context(), "1", Reply{Admin: "25", Note: true, Body: "<p>Look &lt;img src=x&gt;</p>"}, Act{Reach: api.Silent})
	require.NoError(t, err)
	require.Equal(t, "<p>Look &lt;img src=x&gt;</p>", d.last(t).Body["body"])
}
