package intercom

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// bench is a workspace with a clock that the test moves, and one conversation.
type bench struct {
	t       *testing.T
	d       *Desk
	now     time.Time
	version string
	contact string
	conv    string
}

type obj = map[string]any

func newBench(t *testing.T, change func(*Knobs)) *bench {
	t.Helper()
	b := &bench{t: t, now: noon, version: "2.15"}
	k := DefaultKnobs()
	if change != nil {
		change(&k)
	}
	files := func(string) ([]byte, string, error) { return []byte("fetched"), "image/png", nil }
	b.d = New(Options{Knobs: &k, Now: func() time.Time { return b.now }, Fetch: files})
	b.contact = b.d.People().Customer(stage.Customer{Own: "crm-1", Name: "Alice", Email: "alice@example.org", Confirmed: true})
	b.conv, _ = b.d.People().Open(b.contact, "Hello")
	b.d.Log.Reset()
	return b
}

func (b *bench) send(method, path string, body any) *httptest.ResponseRecorder {
	b.t.Helper()
	raw := []byte{}
	if body != nil {
		var err error
		raw, err = json.Marshal(body)
		require.NoError(b.t, err)
	}
	req := httptest.NewRequest(method, "http://intercom.test/"+path, bytes.NewReader(raw))
	req.Header.Set("Authorization", "Bearer t")
	req.Header.Set("Intercom-Version", b.version)
	rec := httptest.NewRecorder()
	b.d.ServeHTTP(rec, req)
	return rec
}

// ok does a call that must succeed.
func (b *bench) ok(method, path string, body any) obj {
	b.t.Helper()
	rec := b.send(method, path, body)
	require.Equal(b.t, http.StatusOK, rec.Code, "%s %s: %s", method, path, rec.Body)
	var out obj
	require.NoError(b.t, json.Unmarshal(rec.Body.Bytes(), &out))
	return out
}

func (b *bench) refused(status int, code, method, path string, body any) string {
	b.t.Helper()
	rec := b.send(method, path, body)
	require.Equal(b.t, status, rec.Code, "%s %s %v: %s", method, path, body, rec.Body)
	var out errorList
	require.NoError(b.t, json.Unmarshal(rec.Body.Bytes(), &out))
	require.Equal(b.t, "error.list", out.Type)
	require.Equal(b.t, code, out.Errors[0].Code, "%s %s %v", method, path, body)
	return out.Errors[0].Message
}

func (b *bench) on(path string) string { return "conversations/" + b.conv + path }

func (b *bench) parts() []obj {
	b.t.Helper()
	var out []obj
	for _, p := range b.ok("GET", b.on(""), nil)["conversation_parts"].(obj)["conversation_parts"].([]any) {
		out = append(out, p.(obj))
	}
	return out
}

// last is the newest part.
func (b *bench) last() obj {
	b.t.Helper()
	all := b.parts()
	require.NotEmpty(b.t, all)
	return all[len(all)-1]
}

func (b *bench) state() string { return b.ok("GET", b.on(""), nil)["state"].(string) }

func (b *bench) comment(extra ...any) obj {
	return with(obj{"message_type": "comment", "type": "admin", "admin_id": Jane, "body": "text"}, extra...)
}

func (b *bench) note(extra ...any) obj {
	return with(obj{"message_type": "note", "type": "admin", "admin_id": Jane, "body": "text"}, extra...)
}

func (b *bench) says(extra ...any) obj {
	return with(obj{"message_type": "comment", "type": "user", "intercom_user_id": b.contact, "body": "text"}, extra...)
}

func with(o obj, extra ...any) obj {
	for i := 0; i < len(extra); i += 2 {
		o[extra[i].(string)] = extra[i+1]
	}
	return o
}

func heard(d *Desk) string {
	var out []string
	for _, n := range d.Log.Notifications() {
		out = append(out, n.By+" "+n.Kind+": "+n.Text)
	}
	return strings.Join(out, "; ")
}
