package contract_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/contract"
	"github.com/deskbridge/deskbridge/internal/contract/contracttest"
	"github.com/deskbridge/deskbridge/mapping"
)

// fixture reads a file of ../shared/fixtures.
func fixture(t *testing.T, name string) string {
	t.Helper()
	contracttest.Suite(t) // skips where there is nothing
	dir, err := contract.Dir()
	require.NoError(t, err)
	data, err := os.ReadFile(filepath.Join(dir, "..", "fixtures", name))
	require.NoError(t, err)
	return string(data)
}

// exchange is one request and the answer that the desk gives to it.
type exchange struct {
	desk   mapping.Desk
	method string
	target string
	header map[string]string
	form   url.Values // body of a Dashly write
	json   string     // body of an Intercom write
	raw    string     // any other body, with its Content-Type in header
	status int
	answer string
	kind   string // Content-Type of the answer, application/json when empty
}

// run sends the exchange through the suite and gives what it found.
func (e exchange) run(t *testing.T, s *contract.Suite) []contract.Violation {
	t.Helper()
	w := e.send(s)
	require.Equal(t, e.status, w.Code, "the traffic has to pass unchanged")
	require.Equal(t, e.answer, w.Body.String(), "the traffic has to pass unchanged")
	return s.Violations()
}

func (e exchange) send(s *contract.Suite) *httptest.ResponseRecorder {
	body := e.raw
	header := http.Header{"Authorization": {"Bearer token"}}
	switch {
	case e.form != nil:
		body = e.form.Encode()
		header.Set("Content-Type", "application/x-www-form-urlencoded")
	case e.json != "":
		body = e.json
		header.Set("Content-Type", "application/json")
	}
	for key, value := range e.header {
		header.Set(key, value)
	}
	r := httptest.NewRequest(e.method, e.target, strings.NewReader(body))
	r.Header = header
	desk := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		kind := e.kind
		if kind == "" {
			kind = "application/json; charset=utf-8"
		}
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(e.status)
		_, _ = w.Write([]byte(e.answer))
	})
	guard := s.Dashly
	if e.desk == contract.Intercom {
		guard = s.Intercom
	}
	w := httptest.NewRecorder()
	guard(desk).ServeHTTP(w, r)
	return w
}

// with gives a changed copy of an exchange, so that a broken one differs from a good one in the break alone.
func (e exchange) with(change func(*exchange)) exchange {
	form := url.Values{}
	for key, values := range e.form {
		form[key] = append([]string(nil), values...)
	}
	if e.form != nil {
		e.form = form
	}
	change(&e)
	return e
}

// swap replaces a text that has to be there.
func swap(t *testing.T, in, from, to string) string {
	t.Helper()
	require.Contains(t, in, from)
	return strings.Replace(in, from, to, 1)
}

// requireReported wants the fault among the violations, and nothing against the other side, which did no wrong.
func requireReported(t *testing.T, found []contract.Violation, side contract.Side, says string) {
	t.Helper()
	var lines []string
	reported := false
	for _, v := range found {
		lines = append(lines, v.String())
		reported = reported || v.Side == side && strings.Contains(v.Detail, says)
		stray := strings.HasPrefix(v.Detail, "something that is not described")
		require.True(t, v.Side == side || stray, "the wrong side is blamed: %s", v)
		require.NotContains(t, v.Detail, "Alice", "a value is quoted")
	}
	require.True(t, reported, "%s %q is not among:\n%s", side, says, strings.Join(lines, "\n"))
}
