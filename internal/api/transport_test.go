package api_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
)

const secret = "very-secret-token"

func transport(t *testing.T, url string, change func(*api.Options)) *api.Transport {
	t.Helper()
	o := api.Options{Desk: "desk", BaseURL: url, Authorize: func(h http.Header) { h.Set("Authorization", "Bearer "+secret) }, Attempts: 2}
	if change != nil {
		change(&o)
	}
	tr, err := api.NewTransport(o)
	require.NoError(t, err)
	return tr
}

// History is never delivered: no call leaves, whatever the options say.
func TestTheGate(t *testing.T) {
	var calls atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer server.Close()
	for _, c := range []struct {
		reach         api.Reach
		historic, off bool
		refused       string
	}{
		{api.Delivered, true, false, "historic_delivery"},
		{api.Delivered, true, true, "historic_delivery"},
		{api.Quiet, true, false, "automation_not_confirmed"},
		{api.Quiet, true, true, ""},
		{api.Silent, true, false, ""},
		{api.Delivered, false, false, ""},
		{api.Quiet, false, false, ""},
	} {
		tr := transport(t, server.URL, func(o *api.Options) { o.AutomationOff = c.off })
		before := calls.Load()
		_, err := tr.Do(t.Context(), api.Call{Name: "write", Method: http.MethodPost, Path: "/x", Write: true, Reach: c.reach, Historic: c.historic})
		if c.refused == "" {
			require.NoError(t, err)
			require.Equal(t, before+1, calls.Load())
			continue
		}
		e, ok := errors.AsType[*api.Error](err)
		require.True(t, ok)
		require.Equal(t, api.Refused, e.Class)
		require.Equal(t, c.refused, e.Code)
		require.Equal(t, before, calls.Load(), "no call may leave")
		require.Zero(t, tr.Count().Write)
	}
}

// The class of an error says whether the call may have happened; only what certainly did not is repeated.
func TestClasses(t *testing.T) {
	status := func(code int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	cut := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	half := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("half"))
	}
	soon := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(429)
	}
	for name, c := range map[string]struct {
		answer      func(http.ResponseWriter, *http.Request)
		read, write api.Class
		readCalls   int32
		writeCalls  int32
	}{
		"400":        {status(400), api.TryLater, api.Refused, 2, 1}, // without a word of the desk's own
		"401":        {status(401), api.Denied, api.Denied, 1, 1},
		"403":        {status(403), api.Denied, api.Denied, 1, 1},
		"404":        {status(404), api.TryLater, api.Refused, 2, 1}, // a page of somebody in between, perhaps
		"408":        {status(408), api.TryLater, api.MayHaveHappened, 2, 1},
		"409":        {status(409), api.TryLater, api.TryLater, 2, 2}, // somebody else writes there, too
		"423":        {status(423), api.TryLater, api.TryLater, 2, 2},
		"429":        {soon, api.TryLater, api.TryLater, 2, 2},
		"500":        {status(500), api.TryLater, api.MayHaveHappened, 2, 1},
		"502":        {status(502), api.TryLater, api.MayHaveHappened, 2, 1},
		"redirect":   {status(302), api.Refused, api.MayHaveHappened, 1, 1},
		"see there":  {status(303), api.Refused, api.MayHaveHappened, 1, 1},
		"304":        {status(304), api.Refused, api.MayHaveHappened, 1, 1},
		"connection": {cut, api.TryLater, api.MayHaveHappened, 2, 1},
		"half":       {half, api.TryLater, api.MayHaveHappened, 2, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { calls.Add(1); c.answer(w, r) }))
			defer server.Close()
			tr := transport(t, server.URL, nil)
			calls.Store(0)
			_, err := tr.Do(t.Context(), api.Call{Name: "read", Method: http.MethodGet, Path: "/x"})
			require.Equal(t, c.read, api.ClassOf(err), "%v", err)
			require.GreaterOrEqual(t, calls.Load(), c.readCalls)
			calls.Store(0)
			_, err = tr.Do(t.Context(), api.Call{Name: "write", Method: http.MethodPost, Path: "/x", Write: true, Reach: api.Silent, Body: []byte("b")})
			require.Equal(t, c.write, api.ClassOf(err), "%v", err)
			require.Equal(t, c.writeCalls, calls.Load())
			require.NotContains(t, err.Error(), secret)
			require.NotContains(t, err.Error(), server.URL)
		})
	}
}

// TestWhatExistsIsRefused: where a 409 tells that what is to be made is there already, asking again changes nothing.
func TestWhatExistsIsRefused(t *testing.T) {
	for status, want := range map[int]struct {
		class api.Class
		calls int32
	}{http.StatusConflict: {api.Refused, 1}, http.StatusLocked: {api.TryLater, 2}} {
		var calls atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { calls.Add(1); w.WriteHeader(status) }))
		defer server.Close()
		_, err := transport(t, server.URL, nil).Do(t.Context(), api.Call{Name: "create", Method: http.MethodPost, Path: "/x", Write: true, Reach: api.Quiet, Exists: true})
		require.Equal(t, want.class, api.ClassOf(err), "%v", err)
		require.Equal(t, want.calls, calls.Load())
	}
}

func TestADeskThatIsNotThereCertainlyDidNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	_, err = transport(t, "http://"+address, nil).Do(t.Context(), api.Call{Name: "write", Method: http.MethodPost, Path: "/x", Write: true, Reach: api.Delivered})
	require.Equal(t, api.TryLater, api.ClassOf(err))
}

// A transport that does not report its steps may have sent the request.
type silent struct{}

func (silent) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("gone") }

func TestInDoubtAWriteMayHaveHappened(t *testing.T) {
	tr := transport(t, "http://desk.test", func(o *api.Options) { o.HTTP = &http.Client{Transport: silent{}} })
	_, err := tr.Do(t.Context(), api.Call{Name: "write", Method: http.MethodPost, Path: "/x", Write: true, Reach: api.Silent})
	require.Equal(t, api.MayHaveHappened, api.ClassOf(err))
}

func TestThrottlingIsWaitedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := true
		tr := transport(t, "http://desk.test", func(o *api.Options) {
			o.HTTP = &http.Client{Transport: roundTrip(func(*http.Request) *http.Response {
				rec := httptest.NewRecorder()
				if first {
					first = false
					rec.Header().Set("Retry-After", "7")
					rec.WriteHeader(429)
				}
				return rec.Result()
			})}
		})
		began := time.Now()
		_, err := tr.Do(t.Context(), api.Call{Name: "write", Method: http.MethodPost, Path: "/x", Write: true, Reach: api.Silent})
		require.NoError(t, err)
		require.GreaterOrEqual(t, time.Since(began), 7*time.Second)
		require.Equal(t, 1, tr.Count().Throttled)
	})
}

// TestALongThrottlingIsNotBroken: what the desk has forbidden for longer than a call waits is not sent before.
func TestALongThrottlingIsNotBroken(t *testing.T) {
	date := func(after time.Duration) string { return time.Now().Add(after).UTC().Format(http.TimeFormat) }
	for name, c := range map[string]struct {
		says func(h http.Header)
		wait time.Duration
	}{
		"an hour":           {func(h http.Header) { h.Set("Retry-After", "3600") }, time.Hour},
		"a year":            {func(h http.Header) { h.Set("Retry-After", "31536000") }, 24 * time.Hour},
		"until a date":      {func(h http.Header) { h.Set("Retry-After", date(time.Hour)) }, time.Hour},
		"until a far date":  {func(h http.Header) { h.Set("Retry-After", date(9999*time.Hour)) }, 24 * time.Hour},
		"by a clock behind": {func(h http.Header) { h.Set("Date", date(-time.Hour)); h.Set("Retry-After", date(0)) }, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				tr := transport(t, "http://desk.test", func(o *api.Options) {
					o.HTTP = &http.Client{Transport: roundTrip(func(*http.Request) *http.Response {
						rec := httptest.NewRecorder()
						if sent++; sent == 1 {
							c.says(rec.Header())
							rec.WriteHeader(429)
						}
						return rec.Result()
					})}
				})
				call := api.Call{Name: "write", Method: http.MethodPost, Path: "/x", Write: true, Reach: api.Silent}
				began := time.Now()
				for _, after := range []time.Duration{0, c.wait / 2} {
					time.Sleep(time.Until(began.Add(after))) //nolint:forbidigo // simulated time
					_, err := tr.Do(t.Context(), call)
					e, ok := errors.AsType[*api.Error](err)
					require.True(t, ok)
					require.Equal(t, api.TryLater, e.Class)
					require.InDelta(t, c.wait-after, e.RetryAfter, float64(time.Second))
					require.Equal(t, 1, sent)
				}
				require.Equal(t, c.wait/2, time.Since(began), "nobody waits")
				time.Sleep(time.Until(began.Add(c.wait - time.Minute))) //nolint:forbidigo // simulated time
				_, err := tr.Do(t.Context(), call)
				require.NoError(t, err)
				require.GreaterOrEqual(t, time.Since(began), c.wait)
			})
		})
	}
}

// TestWhoIsAskedToStopDoesNotWait for the end of a throttling, and sends nothing.
func TestWhoIsAskedToStopDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		tr := transport(t, "http://desk.test", func(o *api.Options) {
			o.HTTP = &http.Client{Transport: roundTrip(func(*http.Request) *http.Response {
				rec := httptest.NewRecorder()
				if sent++; sent == 1 {
					rec.Header().Set("Retry-After", "90")
					rec.WriteHeader(429)
				}
				return rec.Result()
			})}
		})
		stop := make(chan struct{})
		time.AfterFunc(10*time.Second, func() { close(stop) })
		ctx, began := api.WithStop(t.Context(), stop), time.Now()
		for range 2 { // in the wait before a repetition, and in that before a call
			_, err := tr.Do(ctx, api.Call{Name: "write", Method: http.MethodPost, Path: "/x", Write: true, Reach: api.Silent})
			require.Equal(t, api.Stopped, api.ClassOf(err))
			require.ErrorIs(t, err, context.Canceled)
			require.Equal(t, 10*time.Second, time.Since(began))
		}
		require.Equal(t, 1, sent)
		time.Sleep(2 * time.Minute) //nolint:forbidigo // simulated time
		_, err := tr.Do(ctx, api.Call{Name: "read", Method: http.MethodGet, Path: "/x"})
		require.NoError(t, err, "what need not wait is sent")
	})
}

func TestThrottlingThatTellsNoTimeOutlastsAWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		tr := transport(t, "http://desk.test", func(o *api.Options) {
			o.Attempts = 4
			o.HTTP = &http.Client{Transport: roundTrip(func(*http.Request) *http.Response {
				rec := httptest.NewRecorder()
				if time.Since(began) < 10*time.Second {
					rec.WriteHeader(429)
				}
				return rec.Result()
			})}
		})
		_, err := tr.Do(t.Context(), api.Call{Name: "write", Method: http.MethodPost, Path: "/x", Write: true, Reach: api.Silent})
		require.NoError(t, err)
	})
}

type roundTrip func(*http.Request) *http.Response

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

func TestAStoppedCallerSendsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := transport(t, "http://desk.test", nil).Do(ctx, api.Call{Name: "read", Method: http.MethodGet, Path: "/x"})
	require.Equal(t, api.Stopped, api.ClassOf(err))
}

func TestMessagesAreRedacted(t *testing.T) {
	got := api.Redact("user alice@example.org with token " + strings.Repeat("x", 50) + " is  unknown")
	require.Equal(t, "user … with token … is unknown", got)
	require.LessOrEqual(t, len([]rune(api.Redact(strings.Repeat("word ", 200)))), 201)
}

// Links of strangers lead to public addresses only, also over redirects.
func TestFilesAreFetchedFromPublicAddressesOnly(t *testing.T) {
	private := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("private")) }))
	defer private.Close()
	desk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, private.URL, http.StatusFound)
		case "/big":
			_, _ = w.Write(make([]byte, 2000))
		case "/untold":
			w.(http.Flusher).Flush()
			_, _ = w.Write(make([]byte, 2000))
		case "/gone":
			w.WriteHeader(http.StatusGone)
		case "/down":
			w.WriteHeader(http.StatusBadGateway)
		default:
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write([]byte("file"))
		}
	}))
	defer desk.Close()
	f := api.NewFetcher(strings.TrimPrefix(desk.URL, "http://"))

	body, kind, err := f.Fetch(t.Context(), "desk", desk.URL+"/file", 1000)
	require.NoError(t, err)
	require.Equal(t, "file", string(body))
	require.Equal(t, "text/plain", kind)

	for link, size := range map[string]int64{"/big": 2000, "/untold": 0} {
		_, _, err := f.Fetch(t.Context(), "desk", desk.URL+link, 1999)
		large, ok := errors.AsType[*api.TooLarge](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, api.TooLarge{Most: 1999, Size: size}, *large)
		require.EqualError(t, err, "desk: fetch file: larger than 1999 bytes")
		body, _, err := f.Fetch(t.Context(), "desk", desk.URL+link, 2000)
		require.NoError(t, err)
		require.Len(t, body, 2000)
	}
	for link, class := range map[string]api.Class{
		private.URL:                          api.Refused,
		desk.URL + "/moved":                  api.Refused,
		desk.URL + "/big":                    api.Refused,
		desk.URL + "/gone":                   api.Refused,
		desk.URL + "/down":                   api.TryLater,
		"http://169.254.169.254/latest/meta": api.Refused,
		"http://[::1]:1/":                    api.Refused,
		"http://10.0.0.1/":                   api.Refused,
		"file:///etc/passwd":                 api.Refused,
		"javascript:alert(1)":                api.Refused,
		"":                                   api.Refused,
	} {
		_, _, err := f.Fetch(t.Context(), "desk", link, 1000)
		require.Equal(t, class, api.ClassOf(err), "%s: %v", link, err)
	}
}

// TestAFileIsWhole or it is no file: a cut download is made again. Where the desk tells no size, or one that is less, two must be
// alike, and three where it tells more: the size may be one of another unit, or of the file before it was compressed anew.
func TestAFileIsWhole(t *testing.T) {
	const page = "<!DOCTYPE html><html><body>Sign in</body></html>"
	for name, c := range map[string]struct {
		size      int64
		name      string
		downloads []string
		want      string
		calls     int
		refused   bool
	}{
		"size unknown":        {downloads: []string{"file", "file"}, want: "file", calls: 2},
		"unknown, cut once":   {downloads: []string{"fi", "file", "file"}, want: "file", calls: 3},
		"unknown, cut later":  {downloads: []string{"file", "fi", "file"}, want: "file", calls: 3},
		"unknown, no two":     {downloads: []string{"fi", "file", "f"}, calls: 3, refused: true},
		"as told":             {size: 4, downloads: []string{"file"}, want: "file", calls: 1},
		"cut once":            {size: 4, downloads: []string{"fi", "file"}, want: "file", calls: 2},
		"longer than told":    {size: 1, downloads: []string{"file", "file"}, want: "file", calls: 2},
		"longer, cut once":    {size: 1, downloads: []string{"file", "fil", "file"}, want: "file", calls: 3},
		"longer, no two":      {size: 1, downloads: []string{"file", "fil", "fi"}, calls: 3, refused: true},
		"shorter than told":   {size: 9, downloads: []string{"file", "file", "file"}, want: "file", calls: 3},
		"shorter, cut once":   {size: 9, downloads: []string{"fi", "file", "file", "file"}, want: "file", calls: 4},
		"shorter, two alike":  {size: 9, downloads: []string{"file", "fil", "file", "fi"}, calls: 4, refused: true},
		"cut twice alike":     {size: 4, downloads: []string{"fi", "fi", "file"}, want: "file", calls: 3},
		"cut twice elsewhere": {size: 4, downloads: []string{"f", "fil", "file"}, want: "file", calls: 3},
		"always cut":          {size: 4, downloads: []string{"f", "fil", "f", "fi"}, calls: 4, refused: true},
		"a sign-in page":      {name: "invoice.pdf", downloads: []string{page}, calls: 1, refused: true},
		"a page when again":   {size: 4, name: "invoice.pdf", downloads: []string{"fi", page}, calls: 2, refused: true},
		"a page of its size":  {size: int64(len(page)), name: "page.html", downloads: []string{page}, want: page, calls: 1},
		"a page told shorter": {size: 9, name: "page.html", downloads: []string{page, page, page}, calls: 3, refused: true},
		"a page told longer":  {size: 99, name: "page.html", downloads: []string{page, page, page, page}, calls: 4, refused: true},
		"a page of no size":   {name: "page.HTML", downloads: []string{page, page, page}, calls: 3, refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			body, _, err := api.Whole("desk", mapping.File{Name: c.name, Size: c.size}, 1000, func() ([]byte, string, error) {
				calls++
				content := c.downloads[calls-1]
				if content == page {
					return []byte(content), "text/html; charset=utf-8", nil
				}
				return []byte(content), "text/plain", nil
			})
			require.Equal(t, c.calls, calls)
			require.Equal(t, c.want, string(body))
			require.Equal(t, c.refused, err != nil)
			if c.refused {
				require.Equal(t, api.Refused, api.ClassOf(err))
			}
		})
	}
}

// TestSeen: a log is told of every request, of repeated ones too, and of nothing that is secret.
func TestSeen(t *testing.T) {
	answers := []int{503, 200}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(answers[0])
		answers = answers[1:]
	}))
	var seen []api.Attempt
	tr := transport(t, server.URL, func(o *api.Options) { o.Seen = func(a api.Attempt) { a.Took = 0; seen = append(seen, a) } })
	read := api.Call{Name: "read", Method: http.MethodGet, Path: "/users/5", Query: url.Values{"email": {"alice@example.com"}}}
	_, err := tr.Do(t.Context(), read)
	require.NoError(t, err)
	server.Close()
	_, err = tr.Do(t.Context(), read)
	require.Error(t, err)
	require.Equal(t, []api.Attempt{
		{Desk: "desk", Method: http.MethodGet, Path: "/users/5", Status: 503, Try: 1},
		{Desk: "desk", Method: http.MethodGet, Path: "/users/5", Status: 200, Try: 2},
		{Desk: "desk", Method: http.MethodGet, Path: "/users/5", Try: 1},
		{Desk: "desk", Method: http.MethodGet, Path: "/users/5", Try: 2},
	}, seen)
}
