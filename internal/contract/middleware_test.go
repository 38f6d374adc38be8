package contract_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/contract"
	"github.com/deskbridge/deskbridge/internal/contract/contracttest"
)

func TestPathsBesideTheAPIPassUnvalidated(t *testing.T) {
	s := contracttest.Suite(t)
	for _, target := range []string{"/_sandbox/log", "/files/1/a.txt", "/downloads/x", "/_sandbox"} {
		dashlyParts("").with(func(e *exchange) { e.target, e.answer, e.kind = target, "anything", "text/plain" }).run(t, s)
		intercomRead(target, "anything").with(func(e *exchange) { e.kind = "text/plain" }).run(t, s)
	}
	require.NoError(t, s.Err())
	require.Empty(t, s.Checked())
	require.NotEmpty(t, dashlyParts("").with(func(e *exchange) { e.target = "/filesystem" }).run(t, s))
}

func TestTheHandlerSeesTheRequestAsItWasSent(t *testing.T) {
	s := contracttest.Suite(t)
	e := dashlyTagDelete()
	sent := e.form.Encode()
	var got []byte
	var query string
	h := s.Dashly(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var err error
		got, err = io.ReadAll(r.Body)
		require.NoError(t, err)
		query = r.URL.RawQuery
		w.Header().Set("Content-Type", "application/json")
		_, err = io.WriteString(w, dashlyOK)
		require.NoError(t, err)
	}))
	r := httptest.NewRequest("DELETE", e.target, strings.NewReader(sent))
	r.Header.Set("Authorization", "Bearer x")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	h.ServeHTTP(httptest.NewRecorder(), r)
	require.Equal(t, sent, string(got))

	// A list has a dozen parameters with defaults; none of them may be written into the query.
	h.ServeHTTP(httptest.NewRecorder(), func() *http.Request {
		r := httptest.NewRequest("GET", "/v2/apps/$self_app/users?limit=5", nil)
		r.Header.Set("Authorization", "Bearer x")
		return r
	}())
	require.Equal(t, "limit=5", query)
}

func TestCutAnswersAreNotJudged(t *testing.T) {
	s := contracttest.Suite(t)
	server := httptest.NewServer(s.Dashly(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/conversations/1":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"meta":`)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		default:
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		}
	})))
	defer server.Close()
	for _, path := range []string{"/conversations/1", "/conversations/2"} {
		r, err := http.NewRequest("GET", server.URL+path, nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer x")
		answer, err := server.Client().Do(r)
		if err == nil {
			_, err = io.ReadAll(answer.Body)
			require.NoError(t, answer.Body.Close())
		}
		require.Error(t, err, "the cut has to reach the client")
	}
	require.NoError(t, s.Err())
	require.Equal(t, map[string]contract.Count{"dashly GET /conversations/{id}": {Requests: 2}}, s.Checked())
}

func TestARequestThatDoesNotArriveWholeIsNotJudged(t *testing.T) {
	s := contracttest.Suite(t)
	broken := errors.New("connection reset")
	var got error
	var read []byte
	h := s.Dashly(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		read, got = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusBadRequest)
	}))
	body := io.MultiReader(strings.NewReader("bod"), &errReader{broken})
	r := httptest.NewRequest("POST", "/v2/conversations/1/reply", body)
	h.ServeHTTP(httptest.NewRecorder(), r)
	require.ErrorIs(t, got, broken, "the handler has to see the same failure")
	require.Equal(t, "bod", string(read))
	require.NoError(t, s.Err())
	require.Empty(t, s.Checked())
}

type errReader struct{ err error }

func (r *errReader) Read([]byte) (int, error) { return 0, r.err }

func TestCompressedAnswersAreOpened(t *testing.T) {
	answer := func(text string) exchange {
		return dashlyParts("").with(func(e *exchange) {
			var packed bytes.Buffer
			w := gzip.NewWriter(&packed)
			_, err := io.WriteString(w, text)
			require.NoError(t, err)
			require.NoError(t, w.Close())
			e.answer = packed.String()
		})
	}
	send := func(e exchange) []contract.Violation {
		s := contracttest.Suite(t)
		h := s.Dashly(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Encoding", "gzip")
			_, err := io.WriteString(w, e.answer)
			require.NoError(t, err)
		}))
		r := httptest.NewRequest(e.method, e.target, nil)
		r.Header.Set("Authorization", "Bearer x")
		h.ServeHTTP(httptest.NewRecorder(), r)
		return s.Violations()
	}
	require.Empty(t, send(answer(`{"meta":{"status":200},"data":[]}`)))
	requireReported(t, send(answer(`{"meta":{"status":200}}`)), contract.Response, `"data" is missing`)
}

func TestErrorsOfUnknownPathsHaveTheDesksEnvelope(t *testing.T) {
	page := dashlyParts("").with(func(e *exchange) { e.target, e.status, e.answer = "/v2/conversation", 404, "<html>" })
	good := page.with(func(e *exchange) { e.answer = `{"meta":{"status":404,"error":"Error404"},"data":{}}` })
	require.Len(t, good.run(t, contracttest.Suite(t)), 1, "the request alone is at fault")
	require.Len(t, page.run(t, contracttest.Suite(t)), 2)
}

func TestSuiteCountsAndSums(t *testing.T) {
	s := contracttest.Suite(t)
	require.NoError(t, s.Err())
	bad := dashlyReply().with(func(e *exchange) { e.form.Set("frm", "1") })
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() { bad.send(s) })
	}
	group.Wait()
	dashlyReply().with(func(e *exchange) { e.status, e.answer = 400, dashlyError }).run(t, s)
	const key = "dashly POST /conversations/{id}/reply"
	require.Equal(t, map[string]contract.Count{key: {Requests: 21, Successes: 20, Errors: 1}}, s.Checked())
	require.Contains(t, s.Operations(), key)
	require.Len(t, s.Violations(), 20)
	require.ErrorContains(t, s.Err(), "1 contract violations:\ndashly POST /v2/conversations/1160406004324630614/reply: request: ")
	require.ErrorContains(t, s.Err(), "(20 times)")
	require.NoError(t, s.Fresh().Err())
}

func TestAbsentDescriptionsAreReported(t *testing.T) {
	t.Setenv(contract.EnvDir, "")
	_, err := contract.Load(t.TempDir())
	require.ErrorIs(t, err, contract.ErrAbsent)

	elsewhere := t.TempDir()
	t.Setenv(contract.EnvDir, elsewhere)
	dir, err := contract.Dir()
	require.Equal(t, elsewhere, dir)
	require.ErrorIs(t, err, contract.ErrAbsent)

	t.Setenv(contract.EnvDir, "")
	t.Chdir(elsewhere)
	_, err = contract.Dir()
	require.ErrorIs(t, err, contract.ErrAbsent)
}
