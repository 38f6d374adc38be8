package dashly_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	"github.com/deskbridge/deskbridge/mapping/dashly"
)

var quiet = apidashly.Write{Reach: api.Quiet}

const done = `{"meta":{"status":200},"data":{"id":"7936758","part_group":"7936750"}}`

func TestBaseURLs(t *testing.T) {
	for base, path := range map[string]string{"": "/v2/conversations/5", "/": "/v2/conversations/5", "/v2": "/v2/conversations/5", "/v2.10.5/": "/v2.10.5/conversations/5", "/proxy": "/proxy/v2/conversations/5"} {
		d := &desk{}
		c, err := apidashly.New(apidashly.Options{BaseURL: "https://desk.example" + base, Token: token, HTTP: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			d.keep(t, r)
			return reply(200, `{"meta":{"status":200},"data":{"id":"5"}}`), nil
		})}})
		require.NoError(t, err)
		_, _, err = c.Conversation(t.Context(), "5")
		require.NoError(t, err)
		require.Equal(t, path, d.last().path)
		require.Equal(t, "Token "+token, d.last().header.Get("Authorization"))
	}
	for _, o := range []apidashly.Options{
		{BaseURL: "https://desk.example/v1", Token: "t"}, {BaseURL: "https://desk.example/v3", Token: "t"}, {BaseURL: "ftp://desk.example", Token: "t"},
		{BaseURL: "https://desk.example"}, {BaseURL: "https://desk.example", Token: "a b"}, {BaseURL: "https://desk.example", Token: "t", App: "my site"},
	} {
		_, err := apidashly.New(o)
		require.Equal(t, api.Refused, api.ClassOf(err), o)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func reply(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

func TestReadsOnTheWire(t *testing.T) {
	d := newDesk(t, func(w http.ResponseWriter, r *http.Request) {
		body := `{"meta":{"status":200,"next_before_position":null},"data":[]}`
		if strings.HasSuffix(r.URL.Path, "/1882298") || strings.HasSuffix(r.URL.Path, "/13587") {
			body = fmt.Sprintf(`{"meta":{"status":200},"data":{"id":%q}}`, r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:])
		}
		says(200, body)(w, r)
	})
	c := d.client(t)
	wire := func(err error, path string, has ...string) {
		t.Helper()
		require.NoError(t, err)
		require.Equal(t, path, d.last().path)
		q, err := url.ParseQuery(d.last().query)
		require.NoError(t, err)
		require.Equal(t, "true", q.Get("id_as_string"))
		for i := 0; i < len(has); i += 2 {
			require.Equal(t, has[i+1], q.Get(has[i]), has[i])
		}
	}
	all := func(apidashly.Page[dashly.Conversation]) (bool, error) { return true, nil }
	wire(c.Conversations(t.Context(), 50, all), "/v2/apps/$self_app/conversations", "include_not_assigned", "true", "include_no_tags", "true", "include_channel", "true", "include_part_last", "true", "include_user", "true", "paginate_count", "50", "closed", "")
	_, at, err := c.Conversation(t.Context(), "1882298")
	wire(err, "/v2/conversations/1882298", "include_channel", "true", "include_part_last", "true")
	require.WithinDuration(t, time.Now(), at, time.Minute)
	_, err = c.Parts(t.Context(), "1882298")
	wire(err, "/v2/conversations/1882298/parts", "include_attachments", "true", "include_assignee", "true")
	_, err = c.User(t.Context(), apidashly.UserRef{ID: "13587"}, true)
	wire(err, "/v2/users/13587", "email_status", "true", "by_user_id", "false")
	wire(c.UserConversations(t.Context(), apidashly.UserRef{ID: "a/b c?d@example.org", Own: true}, "sdk", 50, all), "/v2/users/a%2Fb%20c%3Fd@example.org/conversations", "by_user_id", "true", "recipient_type", "sdk")
	_, _, err = c.Leads(t.Context(), "$email", `"q"@example.org`)
	wire(err, "/v2/apps/$self_app/users", "filters", `{"type":"and","filters":[{"type":"str_eq","property_name":"$email","value":{"value":"\"q\"@example.org"}}]}`)
	require.Equal(t, api.Counts{Read: 6}, c.Count())
}

func TestWritesOnTheWire(t *testing.T) {
	d := newDesk(t, says(200, done))
	c := d.client(t)
	wire := func(err error, method, path string, form map[string]string) {
		t.Helper()
		require.NoError(t, err)
		form["id_as_string"] = "true"
		require.Equal(t, method, d.last().method)
		require.Equal(t, path, d.last().path)
		require.Equal(t, form, d.last().form)
		require.Empty(t, d.last().query)
	}
	ids, err := c.Reply(t.Context(), "5", apidashly.Reply{Body: "Hi & bye", FromUser: "13587", ExternalID: "db1:x"}, quiet)
	wire(err, "POST", "/v2/conversations/5/reply", map[string]string{"body": "Hi & bye", "from_user": "13587", "external_id": "db1:x"})
	require.Empty(t, ids, "the receipt may be that of an assignment (U21)")
	_, err = c.Reply(t.Context(), "5", apidashly.Reply{Body: "Hi", FromAdmin: "default_admin"}, apidashly.Write{Reach: api.Delivered})
	wire(err, "POST", "/v2/conversations/5/reply", map[string]string{"body": "Hi", "from_admin": "default_admin", "type": "reply_admin"})
	_, err = c.Reply(t.Context(), "5", apidashly.Reply{Body: "Hi", FromAdmin: "25", Note: true}, apidashly.Write{Reach: api.Silent, Historic: true})
	wire(err, "POST", "/v2/conversations/5/reply", map[string]string{"body": "Hi", "from_admin": "25", "type": "note"})
	_, err = c.Reply(t.Context(), "5", apidashly.Reply{FromAdmin: "25", Note: true, File: &apidashly.File{Name: "größe.png", Type: "image/png", Content: []byte("png")}}, apidashly.Write{Reach: api.Silent})
	wire(err, "POST", "/v2/conversations/5/reply", map[string]string{"from_admin": "25", "type": "note", "attachment": "png", "attachment_file_name": "größe.png"})
	require.Equal(t, "attachment", d.last().file)
	_, err = c.Assign(t.Context(), "5", "14709", "25", quiet)
	wire(err, "POST", "/v2/conversations/5/assign", map[string]string{"admin": "14709", "from_admin": "25"})
	_, err = c.Assign(t.Context(), "5", "", "25", quiet)
	wire(err, "POST", "/v2/conversations/5/assign", map[string]string{"from_admin": "25"})
	_, err = c.Close(t.Context(), "5", "25", quiet)
	wire(err, "POST", "/v2/conversations/5/close", map[string]string{"from_admin": "25"})
	_, err = c.AddTag(t.Context(), "5", "sales & more", "25", quiet)
	wire(err, "POST", "/v2/conversations/5/tag", map[string]string{"tag": "sales & more", "from_admin": "25"})
	_, err = c.RemoveTag(t.Context(), "5", "sales", "25", quiet)
	wire(err, "DELETE", "/v2/conversations/5/tag", map[string]string{"tag": "sales", "from_admin": "25"})
	id, at, err := c.StartConversation(t.Context(), "13587", "Hello", nil, quiet)
	wire(err, "POST", "/v2/users/13587/startconversation", map[string]string{"body": "Hello"})
	require.Equal(t, "7936758", id)
	require.WithinDuration(t, time.Now(), at, time.Minute)
	_, _, err = c.StartConversation(t.Context(), "13587", "Hello", &apidashly.File{Name: "a.pdf", Content: []byte("pdf")}, quiet)
	wire(err, "POST", "/v2/users/13587/startconversation", map[string]string{"body": "Hello", "file": "pdf", "filename": "a.pdf"})
	_, err = c.SetOnce(t.Context(), apidashly.UserRef{ID: "deskbridge:main:9", Own: true}, []apidashly.Property{{Key: "$name", Value: strings.Repeat("ä", 300)}}, quiet)
	wire(err, "POST", "/v2/users/deskbridge:main:9/props", map[string]string{"by_user_id": "true", "parse_custom_props_type": "false", "operations": `[{"op":"set_once","key":"$name","value":"` + strings.Repeat("ä", 255) + `"}]`})
	require.Equal(t, api.Counts{Write: 12, VisibleLive: 1}, c.Count())
}

func TestReplyNamesWhatItMade(t *testing.T) {
	for data, want := range map[string][]string{
		`{"id":"71","type":"note"}`:                                 {"71"},
		`[{"id":"70","type":"assigned"},{"id":"71","type":"note"}]`: {"71"},
		`{"id":"70","type":"assigned"}`:                             nil,
		`{"id":"71"}`:                                               nil,
		`{}`:                                                        nil,
	} {
		d := newDesk(t, says(200, `{"meta":{"status":200},"data":`+data+`}`))
		ids, err := d.client(t).Reply(t.Context(), "5", apidashly.Reply{Body: "Hi", FromAdmin: "25", Note: true}, apidashly.Write{Reach: api.Silent})
		require.NoError(t, err)
		require.Equal(t, want, ids, data)
	}
}

func TestAnEmptyPageIsTheEndOnlyWithoutANewCursor(t *testing.T) {
	pages := []string{
		`{"meta":{"status":200,"next_before_position":[9.5,1]},"data":[]}`, `{"meta":{"status":200,"next_before_position":[8.5,1]},"data":[{"id":1}]}`,
		`{"meta":{"status":200,"next_before_position":[7.5,1]},"data":[]}`, `{"meta":{"status":200,"next_before_position":[7.5,1]},"data":[]}`,
	}
	asked := 0
	count := func(answer func() string) (items int, err error) {
		asked = 0
		c, err := apidashly.New(apidashly.Options{BaseURL: "https://desk.example", Token: token, MaxRate: 1e6, HTTP: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			asked++
			return reply(200, answer()), nil
		})}})
		require.NoError(t, err)
		err = c.Conversations(t.Context(), 50, func(p apidashly.Page[dashly.Conversation]) (bool, error) {
			items += len(p.Items)
			return true, nil
		})
		return items, err
	}
	items, err := count(func() string { return pages[asked-1] })
	require.NoError(t, err)
	require.Equal(t, 1, items)
	require.Equal(t, 4, asked)
	_, err = count(func() string {
		return fmt.Sprintf(`{"meta":{"status":200,"next_before_position":[1.5,%d]},"data":[]}`, asked)
	})
	require.Error(t, err, "a list without an end")
}

func TestWhatNeverLeaves(t *testing.T) {
	d := newDesk(t, says(200, done))
	c := d.client(t)
	_, noAuthor := c.Reply(t.Context(), "5", apidashly.Reply{Body: "x"}, quiet)
	_, twoAuthors := c.Reply(t.Context(), "5", apidashly.Reply{Body: "x", FromUser: "1", FromAdmin: "2"}, quiet)
	_, userNote := c.Reply(t.Context(), "5", apidashly.Reply{Body: "x", FromUser: "1", Note: true}, quiet)
	_, nothing := c.Reply(t.Context(), "5", apidashly.Reply{FromUser: "1"}, quiet)
	_, history := c.Reply(t.Context(), "5", apidashly.Reply{Body: "x", FromAdmin: "1"}, apidashly.Write{Reach: api.Delivered, Historic: true})
	_, automation := c.Close(t.Context(), "5", "1", apidashly.Write{Reach: api.Quiet, Historic: true})
	_, comma := c.AddTag(t.Context(), "5", "a,b", "1", quiet)
	_, noTag := c.AddTag(t.Context(), "5", "", "1", quiet)
	_, _, empty := c.StartConversation(t.Context(), "1", "", nil, quiet)
	for i, err := range []error{noAuthor, twoAuthors, userNote, nothing, history, automation, comma, noTag, empty} {
		require.Equal(t, api.Refused, failure(t, err).Class, i)
	}
	require.Zero(t, d.count())
	off := d.client(t, func(o *apidashly.Options) { o.AutomationOff = true })
	_, err := off.Close(t.Context(), "5", "1", apidashly.Write{Reach: api.Quiet, Historic: true})
	require.NoError(t, err)
	_, err = off.Reply(t.Context(), "5", apidashly.Reply{Body: "x", FromAdmin: "1"}, apidashly.Write{Reach: api.Delivered, Historic: true})
	require.Equal(t, "historic_delivery", failure(t, err).Code)
}

func envelope(status int, name, message string) string {
	return fmt.Sprintf(`{"meta":{"status":%d,"error":%q,"error_message":%q},"data":{}}`, status, name, message)
}

func TestErrorClasses(t *testing.T) {
	for _, row := range []struct {
		name          string
		status        int
		body          string
		read, write   api.Class
		code          string
		missing       bool // after nothing else has been answered
		missingProven bool // after another call has been
	}{
		{"validation", 400, envelope(400, "ValidationError", "tag"), api.Refused, api.Refused, "ValidationError", false, false},
		{"lookup", 400, envelope(400, "LookupError", "no"), api.Refused, api.Refused, "LookupError", true, true},
		{"too big", 400, envelope(400, "ReplyTooBig", ""), api.Refused, api.Refused, "ReplyTooBig", false, false},
		{"token", 401, envelope(401, "NotAuthenticated", ""), api.Denied, api.Denied, "NotAuthenticated", false, false},
		{"right", 403, envelope(403, "PermissionDeniedError", ""), api.Denied, api.Denied, "PermissionDeniedError", false, false},
		{"path", 404, envelope(404, "Error404", ""), api.Refused, api.Refused, "Error404", false, true},
		{"path of somebody in between", 404, "<html>Not Found</html>", api.TryLater, api.Refused, "", false, false},
		{"verb", 405, envelope(405, "MethodNotAllowed", ""), api.Refused, api.Refused, "MethodNotAllowed", false, false},
		{"limit", 429, envelope(429, "TooManyRequests", ""), api.TryLater, api.TryLater, "TooManyRequests", false, false},
		{"server", 500, envelope(500, "Error500", ""), api.TryLater, api.MayHaveHappened, "Error500", false, false},
		{"gateway", 502, "<html>Bad gateway</html>", api.TryLater, api.MayHaveHappened, "", false, false},
		{"disguised limit", 200, envelope(429, "TooManyRequests", ""), api.TryLater, api.TryLater, "TooManyRequests", false, false},
		{"disguised lookup", 200, envelope(400, "LookupError", ""), api.Refused, api.Refused, "LookupError", true, true},
		{"disguised token", 200, envelope(401, "AuthenticationFailed", ""), api.Denied, api.Denied, "AuthenticationFailed", false, false},
		{"disguised server", 200, envelope(500, "Error500", ""), api.TryLater, api.MayHaveHappened, "Error500", false, false},
		{"truncated", 200, `{"meta":{"status":200},"data":{"id"`, api.TryLater, api.MayHaveHappened, "", false, false},
		{"page", 200, `<html>login</html>`, api.TryLater, api.MayHaveHappened, "", false, false},
		{"no status", 200, `{"data":{"id":5}}`, api.TryLater, api.MayHaveHappened, "", false, false},
		{"redirect", 302, ``, api.Refused, api.MayHaveHappened, "", false, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, proven := range []bool{false, true} {
				first := proven
				d := newDesk(t, func(w http.ResponseWriter, r *http.Request) {
					if first {
						first = false
						says(200, `{"meta":{"status":200},"data":[]}`)(w, r)
						return
					}
					says(row.status, row.body)(w, r)
				})
				c := d.client(t)
				if proven {
					require.NoError(t, c.Conversations(t.Context(), 1, func(apidashly.Page[dashly.Conversation]) (bool, error) { return false, nil }))
				}
				_, _, err := c.Conversation(t.Context(), "5")
				e := failure(t, err)
				require.Equal(t, row.read, e.Class)
				require.Equal(t, row.code, e.Code)
				require.Equal(t, row.missing && !proven || row.missingProven && proven, e.NotFound)
				before := d.count()
				_, err = c.Reply(t.Context(), "5", apidashly.Reply{Body: "x", FromUser: "1"}, quiet)
				require.Equal(t, row.write, failure(t, err).Class)
				require.Equal(t, before+1, d.count(), "one call")
			}
		})
	}
}

func TestTagsThatAreAsWished(t *testing.T) {
	there := newDesk(t, says(400, envelope(400, "ConversationTagAlreadyAssigned", ""))).client(t)
	absent := newDesk(t, says(400, envelope(400, "ConversationTagIsNotAssigned", ""))).client(t)
	_, err := there.AddTag(t.Context(), "5", "a", "1", quiet)
	require.NoError(t, err)
	_, err = absent.RemoveTag(t.Context(), "5", "a", "1", quiet)
	require.NoError(t, err)
	_, err = absent.AddTag(t.Context(), "5", "a", "1", quiet)
	require.Error(t, err)
}

func TestCutConnections(t *testing.T) {
	cut := func(after string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if after != "" {
				w.Header().Set("Content-Length", "1000")
				_, _ = w.Write([]byte(after))
				w.(http.Flusher).Flush()
			}
			panic(http.ErrAbortHandler)
		}
	}
	for name, h := range map[string]http.HandlerFunc{"before the answer": cut(""), "within the answer": cut(`{"meta":{"status":200},`)} {
		c := newDesk(t, h).client(t)
		_, err := c.Reply(t.Context(), "5", apidashly.Reply{Body: "x", FromUser: "1"}, quiet)
		require.Equal(t, api.MayHaveHappened, failure(t, err).Class, name)
		_, _, err = c.Conversation(t.Context(), "5")
		require.Equal(t, api.TryLater, failure(t, err).Class, name)
	}
	d := newDesk(t, says(200, done))
	c := d.client(t)
	d.Close()
	_, err := c.Reply(t.Context(), "5", apidashly.Reply{Body: "x", FromUser: "1"}, quiet)
	require.Equal(t, api.TryLater, failure(t, err).Class, "nothing left")
}

func TestSecretsNeverShow(t *testing.T) {
	d := newDesk(t, says(400, envelope(400, token, "token "+token+" of alice@example.org is bad, sent by Token "+token)))
	_, err := d.client(t).User(t.Context(), apidashly.UserRef{ID: "alice@example.org", Own: true}, false)
	e := failure(t, err)
	require.Empty(t, e.Code)
	for _, text := range []string{err.Error(), fmt.Sprintf("%+v", *e)} {
		require.NotContains(t, text, token)
		require.NotContains(t, text, "alice")
	}
	_, err = apidashly.New(apidashly.Options{BaseURL: "https://x.example/v9", Token: token})
	require.NotContains(t, err.Error(), "s3cret")
}

func TestPaceAndThrottling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		begin := time.Now()
		answers := []*http.Response{reply(200, done), reply(429, envelope(429, "TooManyRequests", "")), reply(429, "slow down"), reply(200, done), reply(200, done)}
		answers[1].Header.Set("Retry-After", "7")
		c, err := apidashly.New(apidashly.Options{BaseURL: "https://desk.example", Token: token, MaxRate: 2, HTTP: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			at = append(at, time.Since(begin))
			a := answers[0]
			answers = answers[1:]
			return a, nil
		})}})
		require.NoError(t, err)
		for range 3 {
			_, err = c.Close(t.Context(), "5", "1", quiet)
			require.NoError(t, err)
		}
		require.Equal(t, 500*time.Millisecond, at[1], "two calls a second")
		require.GreaterOrEqual(t, at[2]-at[1], 7*time.Second, "as long as the desk asks for")
		require.Greater(t, at[3]-at[2], 200*time.Millisecond, "a pause of our own where it does not tell")
		require.Equal(t, api.Counts{Write: 5, Throttled: 2}, c.Count())
	})
}

func TestOneCallAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		flying, most := 0, 0
		c, err := apidashly.New(apidashly.Options{BaseURL: "https://desk.example", Token: token, MaxRate: 1e6, HTTP: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			flying++
			most = max(most, flying)
			time.Sleep(time.Second)
			flying--
			return reply(200, done), nil
		})}})
		require.NoError(t, err)
		results := make(chan error)
		for range 5 {
			go func() {
				_, err := c.Close(context.Background(), "5", "1", quiet)
				results <- err
			}()
		}
		for range 5 {
			require.NoError(t, <-results)
		}
		require.Equal(t, 1, most)
	})
}
