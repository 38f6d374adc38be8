package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Front stands before a desk's own handler: it keeps the clock, the log and the faults, and serves /_sandbox/.
type Front struct {
	Name string // of the desk
	Log  *Log
	// Now is the desk's clock.
	Now func() time.Time
	// Serve does the work of one call.
	Serve http.Handler
	// Refusal writes the desk's own error body for a status.
	Refusal func(w http.ResponseWriter, status int)
	// Human, Dump and Knobs serve the control endpoints.
	Human func(at time.Time) Human
	Dump  func() []Thread
	Knobs func(change []byte) (any, error)
	// Facts are for exams.
	Facts Facts

	mu   sync.Mutex
	fail func(*http.Request) Fault
	late []lateCall
}

type lateCall struct {
	due time.Time
	run func()
}

// Fail installs the function that decides about each call to the API; nil removes it. It sees the request with its
// body still unread, and may read it.
func (f *Front) Fail(decide func(r *http.Request) Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = decide
}

// Settle does the late work that is due by now. Desks call it before anybody looks at them.
func (f *Front) Settle() {
	now := f.Now()
	for {
		f.mu.Lock()
		i := slices.IndexFunc(f.late, func(l lateCall) bool { return !l.due.After(now) })
		if i < 0 {
			f.mu.Unlock()
			return
		}
		for j, l := range f.late { // the earliest of those that are due
			if l.due.Before(f.late[i].due) {
				i = j
			}
		}
		call := f.late[i]
		f.late = slices.Delete(f.late, i, i+1)
		f.mu.Unlock()
		call.run()
	}
}

type timeKey struct{}

// TimeOf is when a call takes place: the time of a late call, else the clock.
func (f *Front) TimeOf(r *http.Request) time.Time {
	if t, ok := r.Context().Value(timeKey{}).(time.Time); ok {
		return t
	}
	return f.Now()
}

// ServeHTTP logs the call, lets it go wrong if a test wants so, and serves it. A cut connection is the panic
// http.ErrAbortHandler, which servers turn into a closed connection.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
	}
	rewind := func() { r.Body = io.NopCloser(bytes.NewReader(body)) }
	rewind()
	f.Settle()
	if strings.HasPrefix(r.URL.Path, "/_sandbox/") {
		f.control(w, r)
		return
	}
	f.mu.Lock()
	decide := f.fail
	f.mu.Unlock()
	var fault Fault
	if decide != nil {
		fault = decide(r)
		rewind()
	}
	entry := Request{Desk: f.Name, Method: r.Method, Path: pathOf(r), At: f.Now().UTC(), Fault: fault.Kind}
	a := f.answer(r, fault, body)
	if a != nil {
		entry.Status = a.status
	}
	f.Log.add(entry)
	if fault.Kind == HangBefore || fault.Kind == HangAfter {
		<-r.Context().Done()
	}
	if a == nil {
		panic(http.ErrAbortHandler)
	}
	a.header.Set("Date", f.Now().UTC().Format(http.TimeFormat))
	a.header.Set("Content-Length", strconv.Itoa(a.body.Len()))
	for k, v := range a.header {
		w.Header()[k] = v
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes())
}

// answer does the work and returns the answer; nil when none is to be given.
func (f *Front) answer(r *http.Request, fault Fault, body []byte) *buffer {
	switch fault.Kind {
	case CutBefore, HangBefore:
		return nil
	case Refuse:
		return f.refusal(fault)
	case Late:
		f.schedule(r, fault, body)
		return nil
	}
	a := newBuffer()
	f.Serve.ServeHTTP(a, r)
	switch fault.Kind {
	case CutAfter, HangAfter:
		return nil
	case FailAfter:
		return f.refusal(fault)
	case TruncateAfter:
		a.body.Truncate(a.body.Len() / 2)
	case Nulls, WrongTypes, Doubled, Omit, Repeat:
		changed := distort(a.body.Bytes(), fault.Kind)
		a.body.Reset()
		a.body.Write(changed)
	}
	return a
}

func (f *Front) refusal(fault Fault) *buffer {
	a := newBuffer()
	status := fault.Status
	if status == 0 {
		status = http.StatusInternalServerError
	}
	if fault.RetryAfter != "" {
		a.header.Set("Retry-After", fault.RetryAfter)
	}
	if fault.Location != "" {
		a.header.Set("Location", fault.Location)
	}
	if fault.HTML {
		a.header.Set("Content-Type", "text/html")
		a.WriteHeader(status)
		a.body.WriteString(gatewayPage)
		return a
	}
	f.Refusal(a, status)
	return a
}

func (f *Front) schedule(r *http.Request, fault Fault, body []byte) {
	due := f.Now().Add(fault.Delay)
	again := r.Clone(context.WithValue(context.WithoutCancel(r.Context()), timeKey{}, due))
	again.Body = io.NopCloser(bytes.NewReader(body))
	f.mu.Lock()
	defer f.mu.Unlock()
	f.late = append(f.late, lateCall{due: due, run: func() { f.Serve.ServeHTTP(newBuffer(), again) }})
}

// pathOf is the path and query without a token.
func pathOf(r *http.Request) string {
	q := r.URL.Query()
	if q.Has("auth_token") {
		q.Set("auth_token", "xxx")
	}
	if len(q) == 0 {
		return r.URL.EscapedPath()
	}
	return r.URL.EscapedPath() + "?" + q.Encode()
}

type buffer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newBuffer() *buffer { return &buffer{header: http.Header{}, status: http.StatusOK} }

func (b *buffer) Header() http.Header         { return b.header }
func (b *buffer) WriteHeader(status int)      { b.status = status }
func (b *buffer) Write(p []byte) (int, error) { return b.body.Write(p) }

// WriteJSON answers with v as JSON.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic("sandbox: an answer that is no JSON: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
