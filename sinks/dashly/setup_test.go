package dashly_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	"github.com/deskbridge/deskbridge/sinks/dashly"
)

// desk plays answers by "METHOD path" and keeps what it was asked, with the sorted form of a write after a space. What
// it has no answer for is an unknown id.
type desk struct {
	mu      sync.Mutex
	answers map[string]string
	asked   []string
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/v2")
	q := r.URL.Query()
	for _, name := range []string{"by_user_id", "recipient_type"} {
		if v := q.Get(name); v != "" && v != "false" && v != "web" {
			path += " " + name + "=" + v
		}
	}
	if f := q.Get("filters"); f != "" {
		path += " " + f[strings.Index(f, `"$`)+1:strings.Index(f, `","value"`)]
	}
	key := r.Method + " " + path
	form, err := url.ParseQuery(string(body))
	if err == nil && len(body) > 0 && r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
		form.Del("id_as_string")
		path += " " + form.Encode()
	}
	d.asked = append(d.asked, r.Method+" "+path)
	answer, ok := d.answers[key]
	status := http.StatusOK
	switch {
	case !ok:
		status, answer = 400, `{"meta":{"status":400,"error":"LookupError","error_message":"no such object"},"data":{}}`
	case strings.HasPrefix(answer, "400 "):
		status, answer = 400, fmt.Sprintf(`{"meta":{"status":400,"error":%q},"data":{}}`, answer[4:])
	case strings.HasPrefix(answer, "502"):
		status = 502
	case strings.HasPrefix(answer, "404"):
		status, answer = 404, "<html>Not Found</html>"
	default:
		answer = `{"meta":{"status":200},"data":` + answer + `}`
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(answer))
}

// writes gives the write calls alone.
func (d *desk) writes() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []string
	for _, a := range d.asked {
		if !strings.HasPrefix(a, "GET ") {
			out = append(out, a)
		}
	}
	return out
}

func start(t *testing.T, d *desk, o dashly.Options) *dashly.Sink {
	t.Helper()
	srv := httptest.NewServer(d)
	t.Cleanup(srv.Close)
	c, err := apidashly.New(apidashly.Options{BaseURL: srv.URL, Token: "token", MaxRate: 1e6, Attempts: 1})
	require.NoError(t, err)
	if o.Name == "" {
		o.Name = "main"
	}
	return dashly.New(c, o)
}

func failure(t *testing.T, err error) *api.Error {
	t.Helper()
	var e *api.Error
	require.ErrorAs(t, err, &e)
	return e
}

func now() int64 { return time.Now().Unix() }
