package contract_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/contract"
)

// visitor drives a stand-in desk through the middleware, by plain HTTP and without any of the bridge's own code.
type visitor struct {
	t       *testing.T
	handler http.Handler
	header  map[string]string
}

// send wants that status and gives the decoded answer.
func (v visitor) send(want int, method, target, kind, body string) map[string]any {
	v.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer token")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for key, value := range v.header {
		r.Header.Set(key, value)
	}
	w := httptest.NewRecorder()
	v.handler.ServeHTTP(w, r)
	require.Equal(v.t, want, w.Code, "%s %s: %s", method, target, w.Body)
	var answer map[string]any
	dec := json.NewDecoder(w.Body)
	dec.UseNumber()
	require.NoError(v.t, dec.Decode(&answer))
	return answer
}

func (v visitor) get(want int, target string) map[string]any {
	v.t.Helper()
	return v.send(want, "GET", target, "", "")
}

// form sends pairs of key and value.
func (v visitor) form(want int, method, target string, pairs ...string) map[string]any {
	v.t.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return v.send(want, method, target, "application/x-www-form-urlencoded", values.Encode())
}

func (v visitor) json(want int, method, target, body string) map[string]any {
	v.t.Helper()
	return v.send(want, method, target, "application/json", body)
}

func (v visitor) upload(want int, target string, fields map[string]string, file, name string) {
	v.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for key, value := range fields {
		require.NoError(v.t, w.WriteField(key, value))
	}
	part, err := w.CreateFormFile(file, name)
	require.NoError(v.t, err)
	_, err = part.Write([]byte("content"))
	require.NoError(v.t, err)
	require.NoError(v.t, w.Close())
	v.send(want, "POST", target, w.FormDataContentType(), body.String())
}

// dig follows keys and indexes, and gives the text of what it finds.
func dig(t *testing.T, in any, path ...any) string {
	t.Helper()
	for _, step := range path {
		switch s := step.(type) {
		case string:
			object, ok := in.(map[string]any)
			require.True(t, ok, "no object at %v", s)
			in = object[s]
		case int:
			list, ok := in.([]any)
			require.True(t, ok && len(list) > s, "no element %d", s)
			in = list[s]
		}
	}
	require.NotNil(t, in, "nothing at %v", path)
	return fmt.Sprint(in)
}

// requireCovered wants each operation to have been seen with success and with an error.
func requireCovered(t *testing.T, s *contract.Suite, operations []string) {
	t.Helper()
	checked := s.Checked()
	for _, key := range operations {
		require.Positive(t, checked[key].Successes, "%s never succeeded", key)
		require.Positive(t, checked[key].Errors, "%s never failed", key)
	}
}

func requireNoAnswerAtFault(t *testing.T, s *contract.Suite) {
	t.Helper()
	for _, v := range s.Violations() {
		require.NotEqual(t, contract.Response, v.Side, "%s", v)
	}
}

func operationsOf(s *contract.Suite, desk string) []string {
	var keys []string
	for _, key := range s.Operations() {
		if strings.HasPrefix(key, desk+" ") {
			keys = append(keys, key)
		}
	}
	return keys
}

const unknownID = "999"
