package stage

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// counter is a front whose only effect is to count its calls, with the times at which they took place.
type counter struct {
	*Front
	mu sync.Mutex
	at []time.Time
}

func (c *counter) times() []time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.at)
}

func newCounter() *counter {
	c := &counter{}
	c.Front = &Front{
		Name: "desk", Log: &Log{}, Now: time.Now,
		Refusal: func(w http.ResponseWriter, status int) {
			WriteJSON(w, status, map[string]any{"meta": map[string]int{"status": status}})
		},
	}
	c.Serve = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.at = append(c.at, c.TimeOf(r))
		c.mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		WriteJSON(w, http.StatusOK, map[string]any{"id": 7, "type": "thing", "body": string(body), "open": true, "none": nil})
	})
	return c
}

func (c *counter) fault(f Fault) { c.Fail(func(*http.Request) Fault { return f }) }

func TestFaultsOverARealConnection(t *testing.T) {
	cases := []struct {
		name    string
		fault   Fault
		effects int
		status  int    // 0: no answer
		body    string // exactly, when not empty
		retry   string
	}{
		{name: "none", effects: 1, status: 200, body: `{"body":"hi","id":7,"none":null,"open":true,"type":"thing"}`},
		{name: "refused", fault: Fault{Kind: Refuse, Status: 429, RetryAfter: "3"}, status: 429, body: `{"meta":{"status":429}}`, retry: "3"},
		{name: "gateway", fault: Fault{Kind: Refuse, Status: 502, HTML: true}, status: 502, body: gatewayPage},
		{name: "cut before", fault: Fault{Kind: CutBefore}},
		{name: "cut after", fault: Fault{Kind: CutAfter}, effects: 1},
		{name: "failed after", fault: Fault{Kind: FailAfter}, effects: 1, status: 500, body: `{"meta":{"status":500}}`},
		{name: "truncated", fault: Fault{Kind: TruncateAfter}, effects: 1, status: 200, body: `{"body":"hi","id":7,"none":nu`},
		{name: "nulls", fault: Fault{Kind: Nulls}, effects: 1, status: 200, body: `{"body":null,"id":7,"none":null,"open":null,"type":"thing"}`},
		{name: "wrong types", fault: Fault{Kind: WrongTypes}, effects: 1, status: 200, body: `{"body":["hi"],"id":"7","none":null,"open":"yes","type":"thing"}`},
		{name: "twice", fault: Fault{Kind: Doubled}, effects: 1, status: 200, body: `{"body":"hi","id":7,"none":null,"open":true,"type":"thing"}{"body":"hi","id":7,"none":null,"open":true,"type":"thing"}`},
		{name: "no list", fault: Fault{Kind: Omit}, effects: 1, status: 200, body: `{"body":"hi","id":7,"none":null,"open":true,"type":"thing"}`},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := newCounter()
			c.fault(tc.fault)
			server := httptest.NewServer(c)
			defer server.Close()
			resp, err := http.Post(server.URL+"/x?auth_token=secret", "text/plain", stringBody("hi"))
			require.Len(t, c.times(), tc.effects)
			require.Equal(t, "/x?auth_token=xxx", c.Log.Requests()[0].Path, "the log must not hold a token")
			require.Equal(t, tc.fault.Kind, c.Log.Requests()[0].Fault)
			if tc.status == 0 {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			defer func() { _ = resp.Body.Close() }()
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.Equal(t, tc.status, resp.StatusCode)
			require.Equal(t, tc.body, string(body))
			require.Equal(t, tc.retry, resp.Header.Get("Retry-After"))
		})
	}
}

func stringBody(s string) io.Reader { return io.LimitReader(&repeat{s: s}, int64(len(s))) }

// repeat reads a text without telling its length, as a chunked request does.
type repeat struct{ s string }

func (r *repeat) Read(p []byte) (int, error) { return copy(p, r.s), nil }

func TestAHangingCallEndsWhenTheClientGivesUp(t *testing.T) {
	for kind, effects := range map[FaultKind]int{HangBefore: 0, HangAfter: 1} {
		synctest.Test(t, func(t *testing.T) {
			c := newCounter()
			c.fault(Fault{Kind: kind})
			client := http.Client{Transport: Transport{"desk": c}}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, "POST", "http://desk/x", nil)
			require.NoError(t, err)
			began := time.Now()
			_, err = client.Do(req) //nolint:bodyclose // there is no answer
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, 30*time.Second, time.Since(began))
			require.Len(t, c.times(), effects)
		})
	}
}

func TestALateCallTakesEffectAtItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCounter()
		c.Fail(func(r *http.Request) Fault {
			body, _ := io.ReadAll(r.Body)
			delays := map[string]time.Duration{"slow": time.Minute, "quick": 10 * time.Second}
			return Fault{Kind: Late, Delay: delays[string(body)]}
		})
		client := http.Client{Transport: Transport{"desk": c}}
		began := time.Now()
		for _, body := range []string{"slow", "quick"} {
			_, err := client.Post("http://desk/x", "text/plain", stringBody(body)) //nolint:bodyclose // there is no answer
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		}
		c.Settle()
		require.Empty(t, c.times())
		time.Sleep(30 * time.Second)
		c.Settle()
		require.Equal(t, []time.Time{began.Add(10 * time.Second)}, c.times())
		time.Sleep(time.Hour)
		c.Settle()
		require.Equal(t, []time.Time{began.Add(10 * time.Second), began.Add(time.Minute)}, c.times())
	})
}

func TestTransportKnowsItsHostsOnly(t *testing.T) {
	client := http.Client{Transport: Transport{"desk": newCounter()}}
	_, err := client.Get("http://elsewhere/") //nolint:bodyclose // there is no answer
	require.ErrorContains(t, err, "no such host")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	req, err := http.NewRequestWithContext(ctx, "GET", "http://desk/", nil)
	require.NoError(t, err)
	_, err = client.Do(req) //nolint:bodyclose // there is no answer
	require.ErrorIs(t, err, context.Canceled)
}

func TestDurationReadsAndWritesText(t *testing.T) {
	var v struct{ D Duration }
	require.NoError(t, json.Unmarshal([]byte(`{"D":"90s"}`), &v))
	require.Equal(t, Duration(90*time.Second), v.D)
	out, err := json.Marshal(v)
	require.NoError(t, err)
	require.Equal(t, `{"D":"1m30s"}`, string(out))
	require.Error(t, json.Unmarshal([]byte(`{"D":"soon"}`), &v))
}

func TestListsThatChangeBetweenPages(t *testing.T) {
	const list = `{"data":[{"id":1},{"id":2}],"ids":[1,2],"meta":{"next":[{"id":3}]}}`
	require.JSONEq(t, `{"data":[{"id":1}],"ids":[1,2],"meta":{"next":[{"id":3}]}}`, string(distort([]byte(list), Omit)))
	require.JSONEq(t, `{"data":[{"id":1},{"id":2},{"id":2}],"ids":[1,2],"meta":{"next":[{"id":3}]}}`, string(distort([]byte(list), Repeat)))
	require.Equal(t, "no JSON", string(distort([]byte("no JSON"), Repeat)))
}

func TestAnswerServesInTheCallersGoroutine(t *testing.T) {
	c := newCounter()
	call := func() (*http.Response, []byte) {
		r, err := http.NewRequest(http.MethodPost, "https://desk/x", stringBody("hi"))
		require.NoError(t, err)
		return Answer(c, r)
	}
	res, body := call()
	require.Equal(t, 200, res.StatusCode)
	again, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, body, again)
	require.Contains(t, string(body), `"body":"hi"`)
	c.fault(Fault{Kind: CutAfter})
	res, body = call()
	require.Nil(t, res)
	require.Nil(t, body)
	require.Len(t, c.times(), 2)
}
