package dashly_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	"github.com/deskbridge/deskbridge/internal/contract"
	"github.com/deskbridge/deskbridge/internal/contract/contracttest"
)

const token = "app.123.s3cret"

// desk answers with the given function and keeps what it was asked.
type desk struct {
	*httptest.Server
	mu    sync.Mutex
	asked []request
}

// request is one call as it arrived.
type request struct {
	method, path, query, body string
	form                      map[string]string
	file, fileName            string
	header                    http.Header
}

// newDesk starts a desk whose requests are held against the API's description where that is on this machine.
func newDesk(t *testing.T, answer http.HandlerFunc) *desk {
	t.Helper()
	d := &desk{}
	var h http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.keep(t, r)
		answer(w, r)
	})
	if s, ok := contracttest.Find(t); ok {
		h = s.Dashly(h)
		t.Cleanup(func() {
			for _, v := range s.Violations() {
				require.NotEqual(t, contract.Request, v.Side, "%s", v)
			}
		})
	}
	d.Server = httptest.NewServer(h)
	t.Cleanup(d.Close)
	return d
}

func (d *desk) keep(t *testing.T, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	q := request{method: r.Method, path: r.URL.EscapedPath(), query: r.URL.RawQuery, body: string(body), header: r.Header.Clone(), form: map[string]string{}}
	if kind := r.Header.Get("Content-Type"); strings.HasPrefix(kind, "multipart/") {
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		m, err := r.MultipartReader()
		require.NoError(t, err)
		for {
			p, err := m.NextPart()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			content, err := io.ReadAll(p)
			require.NoError(t, err)
			q.form[p.FormName()] = string(content)
			if p.FileName() != "" {
				q.file, q.fileName = p.FormName(), p.FileName()
			}
		}
	} else if v, err := url.ParseQuery(string(body)); err == nil {
		for k := range v {
			q.form[k] = v.Get(k)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, q)
}

func (d *desk) last() request {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked[len(d.asked)-1]
}

func (d *desk) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.asked)
}

// client talks to the desk, without waiting between calls.
func (d *desk) client(t *testing.T, change ...func(*apidashly.Options)) *apidashly.Client {
	t.Helper()
	o := apidashly.Options{BaseURL: d.URL, Token: token, MaxRate: 1e6, Attempts: 1}
	for _, f := range change {
		f(&o)
	}
	c, err := apidashly.New(o)
	require.NoError(t, err)
	return c
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func failure(t *testing.T, err error) *api.Error {
	t.Helper()
	var e *api.Error
	require.ErrorAs(t, err, &e)
	require.NotContains(t, err.Error(), "s3cret")
	return e
}
