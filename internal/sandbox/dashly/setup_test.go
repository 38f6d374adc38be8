package dashly

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// bench is a desk with a clock that the test moves, and one conversation.
type bench struct {
	t    *testing.T
	d    *Desk
	now  time.Time
	user string
	conv string
}

func newBench(t *testing.T, change func(*Knobs)) *bench {
	t.Helper()
	b := &bench{t: t, now: noon}
	k := DefaultKnobs()
	if change != nil {
		change(&k)
	}
	b.d = New(Options{Knobs: &k, Now: func() time.Time { return b.now }})
	b.user = b.d.People().Customer(stage.Customer{Own: "crm-1", Name: "Alice", Email: "alice@example.org", Confirmed: true})
	b.conv, _ = b.d.People().Open(b.user, "Hello")
	b.d.Log.Reset()
	return b
}

type reply struct {
	Meta map[string]json.RawMessage `json:"meta"`
	Data json.RawMessage            `json:"data"`
}

func (r reply) error() string { return strings.Trim(string(r.Meta["error"]), `"`) }

func (b *bench) request(method, path string, form url.Values) (int, reply) {
	b.t.Helper()
	req := httptest.NewRequest(method, "http://dashly.test/v2/"+path, strings.NewReader(form.Encode()))
	req.Header.Set("Authorization", "Token t")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	rec := httptest.NewRecorder()
	b.d.ServeHTTP(rec, req)
	var out reply
	require.NoError(b.t, json.Unmarshal(rec.Body.Bytes(), &out), rec.Body.String())
	return rec.Code, out
}

// ok does a call that must succeed and decodes its data into v, unless v is nil.
func (b *bench) ok(method, path string, form url.Values, v any) reply {
	b.t.Helper()
	status, out := b.request(method, path, form)
	require.Equal(b.t, http.StatusOK, status, "%s %s: %s", method, path, out.Meta["error_message"])
	if v != nil {
		require.NoError(b.t, json.Unmarshal(out.Data, v))
	}
	return out
}

func (b *bench) refused(name, method, path string, form url.Values) {
	b.t.Helper()
	_, out := b.request(method, path, form)
	require.Equal(b.t, name, out.error(), "%s %s %v", method, path, form)
}

func (b *bench) on(path string) string { return "conversations/" + b.conv + "/" + path }

func (b *bench) thread() stage.Thread {
	b.t.Helper()
	for _, t := range b.d.Dump() {
		if t.ID == b.conv {
			return t
		}
	}
	b.t.Fatal("the conversation is gone")
	return stage.Thread{}
}

func (b *bench) natives() string {
	var kinds []string
	for _, e := range b.thread().Entries {
		kinds = append(kinds, e.Native)
	}
	return strings.Join(kinds, " ")
}

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}
