package proof_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// gate stands before both desks, counts the calls in their order, and lets a test act at one of them.
type gate struct {
	mu    sync.Mutex
	calls int
	at    func(n int, call stage.Request) deed // nil: every call passes
	late  sync.WaitGroup                       // calls that take effect after the death of who made them
}

// deed is what a test does to one call.
type deed struct {
	before func() bool // false: the call never reached the desk, or only so much later
	late   time.Duration
	served func() bool // false: its answer never arrived
	after  func()      // the answer is on its way
}

// watch installs at and begins to count anew.
func (g *gate) watch(at func(n int, call stage.Request) deed) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls, g.at = 0, at
}

func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.calls
}

func (g *gate) guard(desk string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		g.calls++
		var d deed
		if g.at != nil {
			d = g.at(g.calls, stage.Request{Desk: desk, Method: r.Method, Path: r.URL.Path})
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

// blow is a moment of a run at which the process is killed.
type blow struct {
	call  int    // the number of a call to either desk; 0: by time alone
	write bool   // that one, or else the first write after it
	when  string // relative to it: before; late, and it takes effect after delay; served; answered, and delay after it
	delay time.Duration
}

// strike arms a blow against a process that has not started yet.
func (g *gate) strike(b blow, p *process) {
	dead := func() bool {
		p.kill()
		<-p.done
		return false
	}
	later := func() { time.AfterFunc(b.delay, p.kill) }
	struck := b.call == 0
	g.watch(func(n int, call stage.Request) deed {
		if struck || n < b.call || b.write && !writes(call) {
			return deed{}
		}
		struck = true
		switch {
		case b.when == "before":
			return deed{before: dead}
		case b.when == "late":
			return deed{before: dead, late: b.delay}
		case b.when == "served":
			return deed{served: dead}
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

// writes reports whether a call can change a desk.
func writes(r stage.Request) bool {
	path, _, _ := strings.Cut(r.Path, "?")
	return r.Method != http.MethodGet && !strings.HasSuffix(path, "/search")
}
