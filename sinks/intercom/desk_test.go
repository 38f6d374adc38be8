package intercom

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
)

type request struct {
	Method, Path string
	Body         any
}

// desk answers by "METHOD path"; a missing answer is a 404. It keeps every request.
type desk struct {
	mu      sync.Mutex
	answers map[string]string // body, or "status body"
	log     []request
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	rec := request{Method: r.Method, Path: r.URL.Path}
	_ = json.Unmarshal(raw, &rec.Body)
	d.mu.Lock()
	d.log = append(d.log, rec)
	key := r.Method + " " + r.URL.Path
	answer, ok := d.answers[key]
	if field := strings.Split(string(raw), `"field":"`); len(field) > 1 { // searches are told apart by their field
		if a, special := d.answers[key+" "+strings.SplitN(field[1], `"`, 2)[0]]; special {
			answer, ok = a, true
		}
	}
	d.mu.Unlock()
	w.Header().Set("Date", "Mon, 02 Nov 2026 12:00:00 GMT")
	if !ok {
		w.WriteHeader(404)
		fmt.Fprint(w, `{"type":"error.list","errors":[{"code":"not_found","message":"Resource Not Found"}]}`)
		return
	}
	var status int
	if n, _ := fmt.Sscanf(answer, "%3d ", &status); n == 1 && status >= 100 {
		w.WriteHeader(status)
		answer = answer[4:]
	}
	fmt.Fprint(w, answer)
}

// set changes an answer.
func (d *desk) set(call, answer string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers[call] = answer
}

// asked lists what was asked, as "METHOD path".
func (d *desk) asked() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []string
	for _, r := range d.log {
		out = append(out, r.Method+" "+r.Path)
	}
	return out
}

func (d *desk) writes() []request {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []request
	for _, r := range d.log {
		if r.Method != http.MethodGet && !strings.HasSuffix(r.Path, "/search") {
			out = append(out, r)
		}
	}
	return out
}

func open(t *testing.T, version, match string, answers map[string]string) (*Sink, *desk) {
	t.Helper()
	d := &desk{answers: answers}
	srv := httptest.NewServer(d)
	t.Cleanup(srv.Close)
	c, err := apiintercom.New(apiintercom.Options{BaseURL: srv.URL, Token: "t", Version: version, Attempts: 1})
	require.NoError(t, err)
	return New(c, Options{Name: "main", Match: match, Fallback: "25"}), d
}
