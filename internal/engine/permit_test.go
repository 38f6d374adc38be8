package engine_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/state"
)

// deaf is a store that answers no renewal while silent says so.
type deaf struct {
	state.Store
	silent func() bool
}

func (d deaf) Renew(ctx context.Context, l state.Lease) (state.Lease, error) {
	if d.silent() {
		return l, errors.New("no answer")
	}
	return d.Store.Renew(ctx, l)
}

// throttle answers the first reply of a desk with 429 and the given wait.
func throttle(w *world, wait string) (throttled func() bool, replies func() int) {
	var n atomic.Int64
	w.intercom.Fail(func(r *http.Request) sandbox.Fault {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/reply") {
			return sandbox.Fault{}
		}
		if n.Add(1) == 1 {
			return sandbox.Fault{Kind: stage.Refuse, Status: 429, RetryAfter: wait}
		}
		return sandbox.Fault{}
	})
	return func() bool { return n.Load() > 0 }, func() int { return int(n.Load()) }
}

// TestNoCallLeavesUnderALeaseThatRanOut lets the lease run out while a throttled write waits for its repetition: it is
// not repeated, and the next run carries it, once.
func TestNoCallLeavesUnderALeaseThatRanOut(t *testing.T) {
	silent := func() bool { return false }
	inWorld(t, setup{store: func(s state.Store) state.Store { return deaf{s, func() bool { return silent() }} }}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.done()
		w.pause(time.Minute)
		d.Write(conv, "Anybody there?")
		var replies func() int
		silent, replies = throttle(w, "60")
		rep := w.sync()
		require.Equal(t, report.Locked, rep.Status, "%+v", rep.Error)
		require.Equal(t, "lease_lost", rep.Error.Code)
		require.Equal(t, 1, replies(), "nothing leaves after the lease ran out")
		silent = func() bool { return false }
		w.persist()
		require.Equal(t, 2, replies())
		require.Equal(t, "customer says: Anybody there?", last(lines(w.thread(w.intercom.Dump()))))
		w.idle()
	})
}

// TestAWriteThatWaitedLongIsPromisedAnew lets a throttled write wait for longer than its promise says: it is planned
// again from what the desks hold then, so that a note which came meanwhile keeps its place and nothing is written twice.
func TestAWriteThatWaitedLongIsPromisedAnew(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.done()
		w.pause(time.Minute)
		d.Note(conv, dashly.Jane, "A known case")
		_, replies := throttle(w, "100")
		rep := w.done()
		require.Equal(t, 2, replies())
		require.Equal(t, 1, rep.Directions["dashly_to_intercom"].Entries.Written)
		require.Equal(t, "team note: A known case", last(lines(w.thread(w.intercom.Dump()))))
		w.idle()
	})
}

func last(lines []string) string { return lines[len(lines)-1] }
