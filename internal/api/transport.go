package api

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Reach is whom a call can reach; the values are those of sinks.Class. Reads have none.
type Reach string

const (
	Silent    Reach = "silent"
	Quiet     Reach = "quiet"
	Delivered Reach = "delivered"
)

// Call is one HTTP request of a typed client.
type Call struct {
	Name        string // for messages: "reply", "get conversation"
	Ref         string // to what
	Method      string
	Path        string // joined to the base URL
	Query       url.Values
	Header      http.Header
	Body        []byte
	ContentType string
	// Write tells that the call changes something: it is then never repeated once it may have happened.
	Write bool
	// Reach and Historic are for writes. What would hurt a customer never leaves.
	Reach    Reach
	Historic bool
	// Exists tells that a 409 is the answer that what is to be made exists already; of any other call it is a collision.
	Exists bool
}

// Answer is a complete answer of status 2xx.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Time   time.Time // the desk's clock (Date header), zero when it did not tell
}

// Options of a Transport.
type Options struct {
	Desk      string
	BaseURL   string
	Authorize func(http.Header) // sets the credentials
	Limiter   *rate.Limiter     // nil: no pacing of our own
	OneAtOnce bool              // one call in flight
	// Pace reads the quota headers of an answer and tells until when to wait before the next call; may be nil.
	Pace func(h http.Header, now time.Time) time.Time
	// Explain reads the desk's code and message from an error body.
	Explain func(status int, body []byte) (code, message string)
	// AutomationOff confirms that the desk's automation is switched off: historic quiet writes are allowed.
	AutomationOff bool
	HTTP          *http.Client  // nil: a client of our own
	Timeout       time.Duration // of one attempt; 0: 60 s
	Attempts      int           // for calls that certainly did not happen; 0: 4
	Most          int64         // bytes of an answer that are read, the rest is cut off; 0: 64 MB
	// Jitter picks a time below n, for the pause before a repetition; nil: at random.
	Jitter func(n time.Duration) time.Duration
	// Seen is told of every request that was made, by several goroutines at once; may be nil.
	Seen func(Attempt)
}

// Attempt is one request of a call, for a log: neither a token nor a parameter nor a body is in it.
type Attempt struct {
	Desk, Method, Path string
	Status             int // 0 when no answer came
	Try                int // from 1
	Took               time.Duration
}

// Counts are the calls made so far.
type Counts struct {
	Read, Write, Throttled      int
	VisibleLive, VisibleHistory int
}

// Transport sends the calls of one desk: paced, classified, counted, and with a token that never shows.
type Transport struct {
	opts                              Options
	base                              *url.URL
	client                            *http.Client
	turn                              chan struct{}
	mu                                sync.Mutex
	notBefore                         time.Time
	reads, writes, throttled, visible atomic.Int64
}

const maxAnswer = 64 << 20

// NewTransport checks the base URL.
func NewTransport(o Options) (*Transport, error) {
	u, err := url.Parse(strings.TrimRight(o.BaseURL, "/"))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, &Error{Class: Refused, Desk: o.Desk, Call: "connect", Reason: "base URL is not an http(s) address"}
	}
	if o.Timeout == 0 {
		o.Timeout = 60 * time.Second
	}
	if o.Attempts == 0 {
		o.Attempts = 4
	}
	if o.Jitter == nil {
		o.Jitter = rand.N[time.Duration]
	}
	client := o.HTTP
	if client == nil {
		client = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	}
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t := &Transport{opts: o, base: u, client: &own, turn: make(chan struct{}, 1)}
	return t, nil
}

// Count gives the calls made so far.
func (t *Transport) Count() Counts {
	return Counts{Read: int(t.reads.Load()), Write: int(t.writes.Load()), Throttled: int(t.throttled.Load()), VisibleLive: int(t.visible.Load())}
}

// Host is the host and port that the calls go to.
func (t *Transport) Host() string { return t.base.Host }

// Do sends one call. It repeats it only while certainly nothing has happened (reads; writes that were throttled or
// never left), a bounded number of times. The error is always an *Error.
func (t *Transport) Do(ctx context.Context, c Call) (*Answer, error) {
	if err := t.allowed(c); err != nil {
		return nil, err
	}
	if t.opts.OneAtOnce {
		select {
		case t.turn <- struct{}{}:
			defer func() { <-t.turn }()
		case <-ctx.Done():
			return nil, t.fail(c, Stopped, ctx.Err())
		}
	}
	for attempt := 1; ; attempt++ {
		a, err := t.once(ctx, c, attempt)
		if err == nil {
			return a, nil
		}
		if err.Class != TryLater || attempt >= t.opts.Attempts {
			return nil, err
		}
		pause := max(err.RetryAfter, t.backoff(250*time.Millisecond, attempt))
		if err.untold {
			pause = t.backoff(untoldUnit, attempt)
		}
		if pause > LongestPause {
			return nil, err
		}
		if !sleep(ctx, pause) {
			if askedToStop(ctx) {
				return nil, t.fail(c, Stopped, context.Canceled)
			}
			return nil, err
		}
	}
}

// allowed is the gate that no configuration opens: history is never delivered.
func (t *Transport) allowed(c Call) error {
	if !c.Write || !c.Historic {
		return nil
	}
	switch {
	case c.Reach == Delivered:
		return &Error{Class: Refused, Desk: t.opts.Desk, Call: c.Name, Ref: c.Ref, Code: "historic_delivery", Reason: "history is never delivered to a customer"}
	case c.Reach == Quiet && !t.opts.AutomationOff:
		return &Error{Class: Refused, Desk: t.opts.Desk, Call: c.Name, Ref: c.Ref, Code: "automation_not_confirmed", Reason: "history that may wake the desk's automation needs history.automation_off"}
	}
	return nil
}

func (t *Transport) once(ctx context.Context, c Call, try int) (*Answer, *Error) {
	if err := t.wait(ctx, c); err != nil {
		return nil, err
	}
	if err := permitted(ctx); err != nil {
		return nil, t.fail(c, Stopped, err)
	}
	ctx, cancel := context.WithTimeout(ctx, t.opts.Timeout)
	defer cancel()
	ctx, refused, end := guarded(ctx)
	defer end()
	// A transport that reports its steps tells whether the request left; of any other we must assume that it did.
	var traced, left atomic.Bool
	trace := &httptrace.ClientTrace{GetConn: func(string) { traced.Store(true) }, WroteHeaders: func() { left.Store(true) }}
	u := *t.base
	u.Path = t.base.Path + c.Path
	u.RawPath = ""
	if strings.Contains(c.Path, "%") {
		u.RawPath = t.base.EscapedPath() + c.Path
		u.Path, _ = url.PathUnescape(u.RawPath)
	}
	u.RawQuery = c.Query.Encode()
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), c.Method, u.String(), bytes.NewReader(c.Body))
	if err != nil {
		return nil, t.fail(c, Refused, errors.New("malformed request"))
	}
	if len(c.Body) == 0 {
		req.Body = http.NoBody
	}
	for k, v := range c.Header {
		req.Header[k] = v
	}
	if c.ContentType != "" {
		req.Header.Set("Content-Type", c.ContentType)
	}
	req.Header.Set("User-Agent", "deskbridge")
	t.opts.Authorize(req.Header)
	t.tally(c)
	began := time.Now()
	res, err := t.client.Do(req)
	if t.opts.Seen != nil {
		seen := Attempt{Desk: t.opts.Desk, Method: c.Method, Path: c.Path, Try: try, Took: time.Since(began)}
		if err == nil {
			seen.Status = res.StatusCode
		}
		t.opts.Seen(seen)
	}
	if err != nil {
		if why := refused(); why != nil && !left.Load() {
			return nil, t.fail(c, Stopped, why)
		}
		class := TryLater
		if c.Write && (left.Load() || !traced.Load()) {
			class = MayHaveHappened
		}
		return nil, t.fail(c, class, plain(err))
	}
	defer res.Body.Close()
	body, readErr := io.ReadAll(io.LimitReader(res.Body, cmp.Or(t.opts.Most, maxAnswer)))
	return t.answer(c, res, body, readErr)
}

func (t *Transport) answer(c Call, res *http.Response, body []byte, readErr error) (*Answer, *Error) {
	now := time.Now()
	if t.opts.Pace != nil {
		t.hold(t.opts.Pace(res.Header, now))
	}
	if res.StatusCode >= 200 && res.StatusCode < 300 {
		if readErr != nil {
			return nil, t.fail(c, classIf(c.Write, MayHaveHappened, TryLater), plain(readErr))
		}
		a := &Answer{Status: res.StatusCode, Header: res.Header, Body: body}
		if at, err := http.ParseTime(res.Header.Get("Date")); err == nil {
			a.Time = at
		}
		return a, nil
	}
	e := &Error{Desk: t.opts.Desk, Call: c.Name, Ref: c.Ref, Status: res.StatusCode}
	if t.opts.Explain != nil {
		e.Code, e.Reason = t.opts.Explain(res.StatusCode, body)
		e.Reason = Redact(e.Reason)
	}
	switch s := res.StatusCode; {
	case s == http.StatusTooManyRequests:
		t.throttled.Add(1)
		e.Class, e.RetryAfter = TryLater, RetryAfter(res.Header, now)
		e.untold = res.Header.Get("Retry-After") == "" && res.Header.Get("X-RateLimit-Reset") == ""
		t.hold(now.Add(e.RetryAfter))
	case s == http.StatusUnauthorized || s == http.StatusForbidden || s == http.StatusPaymentRequired:
		e.Class = Denied
	case s == http.StatusRequestTimeout || s == http.StatusTooEarly || s >= 500:
		e.Class, e.RetryAfter = classIf(c.Write, MayHaveHappened, TryLater), RetryAfter(res.Header, now)
	case s == http.StatusConflict && !c.Exists || s == http.StatusLocked: // somebody else is at it now (intercom-api.md 4: resource_conflict)
		e.Class, e.RetryAfter = TryLater, RetryAfter(res.Header, now)
	case s < 400: // "done, see there", or a proxy's "not modified", for all that we know
		e.Class, e.Reason = classIf(c.Write, MayHaveHappened, Refused), "unexpected redirect or status: is the base URL right?"
	default:
		e.Class, e.NotFound = Refused, s == http.StatusNotFound || s == http.StatusGone
		if !c.Write && e.Code == "" {
			e.Class, e.NotFound = TryLater, false // not the desk's own words: nothing is known about what was asked for
		}
	}
	return nil, e
}

func classIf(write bool, a, b Class) Class {
	if write {
		return a
	}
	return b
}

// Unusable is the error for an answer of status 2xx that cannot be understood: a write has happened, probably.
func (t *Transport) Unusable(c Call, err error) *Error {
	return t.fail(c, classIf(c.Write, MayHaveHappened, TryLater), errors.New("answer not understood: "+Redact(err.Error())))
}

func (t *Transport) fail(c Call, class Class, err error) *Error {
	return &Error{Class: class, Desk: t.opts.Desk, Call: c.Name, Ref: c.Ref, Err: err}
}

func (t *Transport) tally(c Call) {
	if !c.Write {
		t.reads.Add(1)
		return
	}
	t.writes.Add(1)
	if c.Reach == Delivered {
		t.visible.Add(1)
	}
}

// plain takes the URL, which may carry parameters, out of an HTTP error.
func plain(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// Redact shortens a desk's message and takes out what looks like an address or a long secret.
func Redact(s string) string {
	f := strings.Fields(s)
	for i, w := range f {
		if strings.Contains(w, "@") || len(w) > 40 {
			f[i] = "…"
		}
	}
	s = strings.Join(f, " ")
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200]) + "…"
	}
	return s
}

// multiplexed reports whether other calls may be under way on a connection: HTTP/2.
func multiplexed(c net.Conn) bool {
	secure, ok := c.(*tls.Conn)
	return ok && secure.ConnectionState().NegotiatedProtocol == "h2"
}
