package sinktest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strconv"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// way is a way in which a call that writes goes wrong.
type way struct {
	name string
	fail func(r *http.Request, next http.RoundTripper) (*http.Response, error)
	// once: how the operation ends when only its first call goes wrong; always: when all do.
	once, always api.Class
}

// ok is no error.
const ok api.Class = ""

var errReset = errors.New("connection reset by peer")

// left reports the steps of a request as a real transport does.
func left(r *http.Request, sent bool) {
	trace := httptrace.ContextClientTrace(r.Context())
	if trace == nil {
		return
	}
	if trace.GetConn != nil {
		trace.GetConn(r.URL.Host)
	}
	if sent && trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
}

// work lets the desk do its work and reports it.
func work(r *http.Request, next http.RoundTripper) *http.Response {
	left(r, true)
	res, err := next.RoundTrip(r)
	if err != nil {
		panic(err)
	}
	return res
}

func instead(status int, header http.Header, body string) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
		Body: io.NopCloser(bytes.NewReader([]byte(body))), ContentLength: int64(len(body)),
	}
}

// ending is a body that ends before its time.
type ending struct{ io.Reader }

func (ending) Close() error { return nil }

func (e ending) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func half(res *http.Response) []byte {
	whole, _ := io.ReadAll(res.Body)
	_ = res.Body.Close()
	return whole[:len(whole)/2]
}

const page = "<html><head><title>502 Bad Gateway</title></head><body>s3cr3t-t0ken-of-the-exam ann@example.org</body></html>"

var ways = []way{
	{"no connection", func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
		left(r, false)
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	}, ok, api.TryLater},
	{"cut before the desk saw it", func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
		left(r, true)
		return nil, errReset
	}, api.MayHaveHappened, api.MayHaveHappened},
	{"a transport that tells nothing", func(*http.Request, http.RoundTripper) (*http.Response, error) {
		return nil, errReset
	}, api.MayHaveHappened, api.MayHaveHappened},
	{"cut before the answer", func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		work(r, next)
		return nil, io.ErrUnexpectedEOF
	}, api.MayHaveHappened, api.MayHaveHappened},
	{"cut in the answer", func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		res := work(r, next)
		res.Body = ending{bytes.NewReader(half(res))}
		return res, nil
	}, api.MayHaveHappened, api.MayHaveHappened},
	{"500 after the work", func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		work(r, next)
		return instead(http.StatusInternalServerError, nil, `{"meta":{"status":500}}`), nil
	}, api.MayHaveHappened, api.MayHaveHappened},
	{"502 page after the work", func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		work(r, next)
		return instead(http.StatusBadGateway, nil, page), nil
	}, api.MayHaveHappened, api.MayHaveHappened},
	{"503 before the work", func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
		left(r, true)
		return instead(http.StatusServiceUnavailable, nil, page), nil
	}, api.MayHaveHappened, api.MayHaveHappened},
	{"408", func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
		left(r, true)
		return instead(http.StatusRequestTimeout, nil, ""), nil
	}, api.MayHaveHappened, api.MayHaveHappened},
	{"the client's patience ends", func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		work(r, next)
		<-r.Context().Done()
		return nil, r.Context().Err()
	}, api.MayHaveHappened, api.MayHaveHappened},
}

// cut: for every kind of write and every way to fail, the class is TryLater only if nothing happened, and one Do never
// makes two entries.
func cut(x *exam) {
	for _, w := range ways {
		for _, always := range []bool{false, true} {
			x.each(func(o operation) {
				x.wire.cut = func(n int, r *http.Request, next http.RoundTripper) (*http.Response, error) {
					if n == 1 || always {
						return w.fail(r, next)
					}
					left(r, true)
					return next.RoundTrip(r)
				}
				want := w.once
				if always {
					want = w.always
				}
				_, err := x.sink.Do(x.Context(), o.op)
				x.ended(o, w.name, want, err)
			})
		}
	}
}

// cutAside: where a call fails that prepares or confirms a write, TryLater and Refused still mean that nothing happened,
// no error means that it did, and nothing is written twice.
func cutAside(x *exam) {
	for _, w := range ways {
		for n, more := 1, true; more; n++ {
			more = false
			x.each(func(o operation) {
				reached := false
				x.wire.aside = func(at int, r *http.Request, next http.RoundTripper) (*http.Response, error) {
					left(r, true)
					if at < n {
						return next.RoundTrip(r)
					}
					reached = true
					return w.fail(r, next)
				}
				_, err := x.sink.Do(x.Context(), o.op)
				x.wire.aside = nil
				more = more || reached
				require.LessOrEqual(x, x.wire.wrote, 1, "%s: %s at call %d", o.name, w.name, n)
				switch class := api.ClassOf(err); {
				case err == nil:
					require.Equal(x, 1, x.happened(o), "%s: %s at call %d", o.name, w.name, n)
				case class == api.TryLater || class == api.Refused:
					require.Zero(x, x.happened(o), "%s: %s at call %d: %v", o.name, w.name, n, err)
				default:
					require.Equal(x, api.MayHaveHappened, class, "%s: %s at call %d: %v", o.name, w.name, n, err)
				}
			})
		}
	}
}

// ensureCut: whichever call fails in whichever way, asking again gives the one contact.
func ensureCut(x *exam) {
	c := mapping.Contact{ID: "901", Name: "Gil", Email: "gil@example.org", Identified: true}
	for _, w := range ways {
		for n, more := 1, true; more; n++ {
			more = false
			x.fresh()
			people := x.contacts()
			x.wire.aside = func(at int, r *http.Request, next http.RoundTripper) (*http.Response, error) {
				left(r, true)
				if at == n {
					more = true
					return w.fail(r, next)
				}
				return next.RoundTrip(r)
			}
			first, err := x.sink.Ensure(x.Context(), other, c)
			if err != nil {
				require.NotContains(x, err.Error(), token)
				require.NotContains(x, err.Error(), "example.org", w.name)
			}
			x.wire.aside = nil
			again := x.ensured(c)
			require.Equal(x, people+1, x.contacts(), "%s at call %d", w.name, n)
			if err == nil {
				require.Equal(x, first.ID, again.ID, "%s at call %d", w.name, n)
			}
			require.Equal(x, "gil@example.org", again.Email, "%s at call %d: made whole or not at all", w.name, n)
		}
	}
}

// ended holds the end of an operation against the desk.
func (x *exam) ended(o operation, how string, want api.Class, err error) {
	x.Helper()
	if want == ok {
		require.NoError(x, err, "%s: %s", o.name, how)
		require.Equal(x, 1, x.happened(o), "%s: %s", o.name, how)
		return
	}
	require.Error(x, err, "%s: %s", o.name, how)
	require.Equal(x, want, api.ClassOf(err), "%s: %s: %v", o.name, how, err)
	require.NotContains(x, err.Error(), token)
	require.NotContains(x, err.Error(), "example.org")
	switch want {
	case api.MayHaveHappened:
		require.Equal(x, 1, x.wire.wrote, "%s: %s: never sent again", o.name, how)
		require.LessOrEqual(x, x.happened(o), 1)
	default:
		require.Zero(x, x.happened(o), "%s: %s: %s, but it happened", o.name, how, want)
	}
	require.LessOrEqual(x, len(x.told()), 1)
}

// throttled: 429 does nothing; it is tried again by and by, or TryLater.
func throttled(x *exam) {
	soon := func() http.Header { return http.Header{"Retry-After": {"2"}} }
	for name, header := range map[string]func() http.Header{
		"bare": func() http.Header { return nil }, "retry after": soon,
		"date": func() http.Header {
			return http.Header{"Retry-After": {time.Now().Add(3 * time.Second).UTC().Format(http.TimeFormat)}}
		},
		"reset": func() http.Header {
			return http.Header{"X-Ratelimit-Reset": {strconv.FormatInt(time.Now().Unix()+3, 10)}, "X-Ratelimit-Remaining": {"0"}}
		},
	} {
		for _, always := range []bool{false, true} {
			x.each(func(o operation) {
				var first, second time.Time
				x.wire.cut = func(n int, r *http.Request, next http.RoundTripper) (*http.Response, error) {
					left(r, true)
					switch n {
					case 1:
						first = time.Now()
					case 2:
						second = time.Now()
					}
					if n == 1 || always {
						return instead(http.StatusTooManyRequests, header(), "slow down"), nil
					}
					return next.RoundTrip(r)
				}
				want := ok
				if always {
					want = api.TryLater
				}
				_, err := x.sink.Do(x.Context(), o.op)
				x.ended(o, "429 "+name, want, err)
				if name == "retry after" {
					require.GreaterOrEqual(x, second.Sub(first), 2*time.Second, "the desk's own word counts")
				}
			})
		}
	}
}

// denied: 401 and 403 are Denied at once, do nothing, and show no token.
func denied(x *exam) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		x.each(func(o operation) {
			x.wire.cut = func(_ int, r *http.Request, _ http.RoundTripper) (*http.Response, error) {
				left(r, true)
				return instead(status, nil, `{"meta":{"status":401,"error":"NotAuthenticated","error_message":"token `+token+` of ann@example.org"}}`), nil
			}
			_, err := x.sink.Do(x.Context(), o.op)
			x.ended(o, strconv.Itoa(status), api.Denied, err)
			require.Equal(x, 1, x.wire.wrote, "it is not tried again")
		})
	}
}

// sockets: over real connections, a desk that is down certainly did nothing, and one that hangs up may have done it.
func sockets(x *exam) {
	note := sinks.Operation{
		ID: "db1:exam:other:1:1:0:1/1", Kind: sinks.PostNote, Class: sinks.Silent, Conversation: mapping.ConversationID(x.conversation),
		Author: mapping.Person{Role: mapping.Agent, ID: mapping.PersonID(x.desk.Facts.Agents[0])}, Body: mapping.PlainBody(text),
	}
	o := operation{name: "note", op: note}
	hangUp := false
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hangUp && x.desk.Facts.Writes(r) {
			x.desk.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		x.desk.ServeHTTP(w, r)
	}))
	srv.Config.ErrorLog = nil
	sink, _ := x.open(Access{URL: srv.URL})
	_, err := sink.Do(x.Context(), note)
	require.NoError(x, err)
	require.Len(x, x.made(o), 1)

	hangUp = true
	_, err = sink.Do(x.Context(), note)
	require.Equal(x, api.MayHaveHappened, api.ClassOf(err), "%v", err)
	require.Len(x, x.made(o), 2)

	srv.Close()
	ctx, stop := context.WithTimeout(x.Context(), 200*time.Millisecond) // it would be tried again for seconds
	defer stop()
	_, err = sink.Do(ctx, note)
	require.Contains(x, []api.Class{api.TryLater, api.Stopped}, api.ClassOf(err), "%v", err)
	require.Len(x, x.made(o), 2)
}
