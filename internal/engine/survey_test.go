package engine_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/mapping"
)

// narrow are the ways in which a run lists Intercom only: by its configuration, by its request, over a period, or for one conversation.
var narrow = map[string]struct {
	adjust func(o *engine.Options)
	req    func(original string) engine.Request
}{
	"by configuration": {
		func(o *engine.Options) { o.Sides[0].Send = false },
		func(string) engine.Request { return engine.Request{Command: "sync"} },
	},
	"by request": {
		nil,
		func(string) engine.Request { return engine.Request{Command: "sync", From: "intercom"} },
	},
	"over a period": {
		nil,
		func(string) engine.Request {
			return engine.Request{Command: "backfill", From: "intercom", Window: windowOf(time.Now().Add(-24 * time.Hour))}
		},
	},
	"for one conversation": {
		nil,
		func(original string) engine.Request {
			return engine.Request{Command: "sync", Conversations: []mapping.Ref{{Desk: "intercom", ID: mapping.ConversationID(original)}}}
		},
	},
}

// TestNarrowRunsFindCopiesOfLostStores: the customer of a conversation was taken out, and the store is lost. A run that lists
// the conversation's desk only finds its copy on the other one all the same.
func TestNarrowRunsFindCopiesOfLostStores(t *testing.T) {
	t.Parallel()
	for name, way := range narrow {
		t.Run(name, func(t *testing.T) {
			inWorld(t, setup{}, func(w *world) {
				leftToCarl(w)
				w.rest()
				w.forget("")
				w.setup.adjust = way.adjust
				rep := w.run(way.req(w.thread(w.intercom.Dump()).ID))
				require.Equal(t, report.Done, rep.Status, "%+v", rep.Error)
				w.thread(w.dashly.Dump())
				w.idle()
			})
		})
	}
}

// TestASurveyWaitsForWhatItCannotRead: the copy cannot be read when the store is new. What may be a second one waits for a day,
// and no longer: it may be no copy at all.
func TestASurveyWaitsForWhatItCannotRead(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rest   time.Duration
		mended bool
		want   int
	}{
		"until it can be read":  {time.Hour, true, 1},
		"while a day goes by":   {20 * time.Hour, false, 1},
		"when a day has passed": {25 * time.Hour, false, 2},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, setup{start: 72 * time.Hour}, func(w *world) {
				leftToCarl(w)
				w.rest()
				w.forget("")
				w.setup.adjust = narrow["by configuration"].adjust
				cannotRead(w, w.thread(w.dashly.Dump()).ID)
				require.Equal(t, report.Incomplete, w.sync().Status)
				w.thread(w.dashly.Dump())
				w.pause(tc.rest)
				if tc.mended {
					w.dashly.Fail(nil)
				}
				w.sync()
				require.Len(t, w.dashly.Dump(), tc.want)
			})
		})
	}
}

// TestAFirstRunInOneDirection opens what nobody has carried, whatever the other desk holds and however little of it can be read. The
// survey is made once.
func TestAFirstRunInOneDirection(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{adjust: narrow["by configuration"].adjust}, func(w *world) {
		d, i := w.dashly.People(), w.intercom.People()
		alice := d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"})
		d.Open(alice, "One")
		d.Open(alice, "Two")
		unread, _ := d.Open(alice, "Three")
		i.Open(i.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Four")
		cannotRead(w, unread)
		w.sync()
		require.Len(t, w.dashly.Dump(), 4)
		require.Len(t, w.intercom.Dump(), 1)
		w.dashly.Fail(nil)
		w.rest()
		w.done()
		before := w.log.Requests()
		i.Open(i.Customer(sandbox.Customer{Own: "crm-3", Name: "Carol"}), "Five")
		w.done()
		for _, r := range w.log.Requests()[len(before):] {
			require.False(t, r.Desk == "dashly" && r.Method == http.MethodGet && strings.Contains(r.Path, "/conversations/"+unread), r.Path)
		}
		require.Len(t, w.dashly.Dump(), 5)
	})
}

// TestASurveyIsMadeOnce: runs in one direction, or over periods, survey the other desk once as long as the store may have forgotten
// something, and know what was found then.
func TestASurveyIsMadeOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		leftToCarl(w)
		d := w.dashly.People()
		stranger, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Not carried")
		w.pause(3 * time.Hour)
		w.forget("")
		reads := func(run func()) (n int) {
			before := len(w.log.Requests())
			run()
			for _, r := range w.log.Requests()[before:] {
				if r.Desk == "dashly" && r.Method == http.MethodGet && strings.Contains(r.Path, "/conversations/"+stranger) {
					n++
				}
			}
			return n
		}
		period := func(since time.Duration) func() {
			return func() {
				window := windowOf(time.Now().Add(-since))
				w.run(engine.Request{Command: "backfill", From: "intercom", Window: window})
			}
		}
		from := func() { w.run(engine.Request{Command: "sync", From: "intercom"}) }
		require.Zero(t, reads(period(time.Minute)), "there is nothing that could be a copy's original")
		require.NotZero(t, reads(period(24*time.Hour)))
		require.Zero(t, reads(period(24*time.Hour)))
		require.Zero(t, reads(from))
		require.Zero(t, reads(from))
		require.Len(t, w.dashly.Dump(), 2)
		require.Len(t, w.intercom.Dump(), 1)
		w.done()
		require.Len(t, w.dashly.Dump(), 2)
		require.Len(t, w.intercom.Dump(), 2)
		w.idle()
	})
}

// TestASurveyIsRemembered: what a survey found is of use to a later run, whose period holds the original.
func TestASurveyIsRemembered(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		leftToCarl(w)
		w.pause(3 * time.Hour)
		p := w.intercom.People()
		p.Open(p.Customer(sandbox.Customer{Own: "crm-3", Name: "Dora"}), "Another matter")
		w.rest()
		w.forget("")
		recent, all := windowOf(time.Now().Add(-time.Hour)), windowOf(time.Now().Add(-24*time.Hour))
		w.run(engine.Request{Command: "backfill", From: "intercom", Window: recent})
		require.Len(t, w.dashly.Dump(), 2)
		before := len(w.log.Requests())
		w.run(engine.Request{Command: "backfill", From: "intercom", Window: all})
		for _, r := range w.log.Requests()[before:] {
			require.False(t, r.Desk == "dashly" && strings.HasPrefix(r.Path, "/apps/") && strings.Contains(r.Path, "/conversations?"), "it is not listed again: %s", r.Path)
		}
		require.Len(t, w.dashly.Dump(), 2)
		w.idle()
	})
}
