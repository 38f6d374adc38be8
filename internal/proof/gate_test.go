package proof_test

import (
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
}

// deed is what a test does to one call.
type deed struct {
	before func() bool // false: the call never reached the desk
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

// blow is a moment of a run at which the process is killed.
type blow struct {
	call  int    // the number of a call to either desk; 0: by time alone
	when  string // relative to it: before, served, answered
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
	g.watch(func(n int, _ stage.Request) deed {
		switch {
		case n != b.call:
			return deed{}
		case b.when == "before":
			return deed{before: dead}
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
