package proof_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// gate stands before both desks, knows who makes which call in what order, and lets a test act at one of them.
type gate struct {
	mu    sync.Mutex
	calls []call                   // since the last watch
	at    func(n int, c call) deed // nil: every call passes
	late  sync.WaitGroup           // calls that take effect after the death of who made them
}

// call is what the gate knows of a call before it is served.
type call struct {
	stage.Request
	by int // the process; 0: it showed no token, as for a file
}

// Every process calls with a token of its own, which the gate takes for the one that the desk accepts.
const (
	callerVariable = "DESKBRIDGE_PROOF_CALLER"
	rateVariable   = "DESKBRIDGE_PROOF_RATE"
)

// recognise tells who calls, and leaves the token that all have in common.
func recognise(desk string, r *http.Request) call {
	token, caller, _ := strings.Cut(r.Header.Get("Authorization"), ".")
	by, _ := strconv.Atoi(caller)
	if by > 0 {
		r.Header.Set("Authorization", token)
	}
	return call{stage.Request{Desk: desk, Method: r.Method, Path: r.URL.Path, At: time.Now()}, by}
}

// deed is what a test does to one call.
type deed struct {
	before func() bool // false: the call never reached the desk, or only so much later
	late   time.Duration
	served func() bool // false: its answer never arrived
	after  func()      // the answer is on its way
}

// watch installs at and begins to count anew.
func (g *gate) watch(at func(n int, c call) deed) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls, g.at = nil, at
}

// seen gives the calls since the last watch.
func (g *gate) seen() []call {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.calls)
}

func (g *gate) count() int { return len(g.seen()) }

// of gives those of one process, butOf those of all others. What shows no token is in neither.
func of(p *process, calls []call) []call {
	return slices.DeleteFunc(calls, func(c call) bool { return c.by != p.id })
}

func butOf(p *process, calls []call) []call {
	return slices.DeleteFunc(calls, func(c call) bool { return c.by == p.id || c.by == 0 })
}

func (g *gate) guard(desk string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := recognise(desk, r)
		g.mu.Lock()
		g.calls = append(g.calls, c)
		var d deed
		if g.at != nil {
			d = g.at(len(g.calls), c)
		}
		g.mu.Unlock()
		if d.late > 0 {
			g.postpone(d.late, next, r)
		}
		if d.before != nil && !d.before() {
			panic(http.ErrAbortHandler)
		}
		if d.served != nil {
			held := httptest.NewRecorder()
			next.ServeHTTP(held, r)
			if !d.served() {
				panic(http.ErrAbortHandler)
			}
			for k, v := range held.Header() {
				w.Header()[k] = v
			}
			w.WriteHeader(held.Code)
			_, _ = w.Write(held.Body.Bytes())
			return
		}
		next.ServeHTTP(w, r)
		if d.after != nil {
			d.after()
		}
	})
}

// postpone lets a call take effect after a while, whether its maker is still there or not.
func (g *gate) postpone(by time.Duration, next http.Handler, r *http.Request) {
	again := r.Clone(context.WithoutCancel(r.Context()))
	body, _ := io.ReadAll(r.Body)
	again.Body = io.NopCloser(bytes.NewReader(body))
	g.late.Add(1)
	time.AfterFunc(by, func() {
		defer g.late.Done()
		next.ServeHTTP(httptest.NewRecorder(), again)
	})
}

// blow is a moment of a run at which something happens to the process.
type blow struct {
	call  int    // the number of a call to either desk; 0: by time alone
	write bool   // that one, or else the first write after it
	when  string // relative to it: before; late, and it takes effect after delay; served; handed, and its answer waits; answered, and delay after it
	delay time.Duration
}

// strike arms a blow against a process that has not started yet. hit returns when it has happened.
func (g *gate) strike(b blow, p *process, hit func()) {
	gone := func() bool {
		hit()
		return false
	}
	later := func() { time.AfterFunc(b.delay, hit) }
	struck := b.call == 0
	g.watch(func(n int, c call) deed {
		if struck || n < b.call || b.write && !writes(c.Request) {
			return deed{}
		}
		struck = true
		switch b.when {
		case "before":
			return deed{before: gone}
		case "late":
			return deed{before: gone, late: b.delay}
		case "served":
			return deed{served: gone}
		case "handed":
			return deed{before: func() bool { return !gone() }}
		}
		return deed{after: later}
	})
	if b.call == 0 {
		go func() {
			<-p.started
			later()
		}()
	}
}

// fell is what kills a process, and returns when it has ended.
func fell(p *process) func() {
	return func() {
		p.kill()
		<-p.done
	}
}

// writes reports whether a call can change a desk.
func writes(r stage.Request) bool {
	path, _, _ := strings.Cut(r.Path, "?")
	return r.Method != http.MethodGet && !strings.HasSuffix(path, "/search")
}
