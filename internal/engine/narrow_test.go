package engine_test

import (
	"fmt"
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

// TestAFirstRunInOneDirection opens what nobody has carried, whatever the other desk holds and however little of it can be read. The
// survey is made once; later ones look at what is new.
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
		for _, words := range []string{"Five", "Six"} { // what was new in the last survey is looked at once more
			w.pause(time.Hour)
			i.Open(i.Customer(sandbox.Customer{Own: "crm-3", Name: "Carol"}), words)
			w.done()
		}
		w.pause(time.Hour)
		before := w.log.Requests()
		i.Open(i.Customer(sandbox.Customer{Own: "crm-4", Name: "Dora"}), "Seven")
		w.done()
		for _, r := range w.log.Requests()[len(before):] {
			require.False(t, r.Desk == "dashly" && r.Method == http.MethodGet && strings.Contains(r.Path, "/conversations/"+unread), r.Path)
		}
		require.Len(t, w.dashly.Dump(), 7)
	})
}

// TestAnOlderStoreInOneDirection: the store is put back to before a copy was opened, its customer was taken out of that since, and the
// runs list the other desk only. Nobody notices an older store; the copy is found all the same.
func TestAnOlderStoreInOneDirection(t *testing.T) {
	t.Parallel()
	for name, way := range narrow {
		t.Run(name, func(t *testing.T) {
			inWorld(t, setup{adjust: way.adjust}, func(w *world) {
				p := w.intercom.People()
				bob, carl := p.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), p.Customer(sandbox.Customer{Own: "crm-9", Name: "Carl"})
				first, _ := p.Open(bob, "An earlier matter")
				w.pause(time.Minute)
				w.run(way.req(first))
				w.rest()
				w.copyFile("bridge.db", "older.db")
				van, _ := p.Open(bob, "We need a van")
				w.pause(time.Minute)
				require.Equal(t, report.Done, w.run(way.req(van)).Status)
				w.rest()
				p.WriteAs(van, carl, "A big one")
				w.pause(time.Minute)
				require.Equal(t, report.Done, w.run(way.req(van)).Status)
				w.rest()
				p.TakeOut(van, bob)
				w.rest()
				w.forget("older.db")
				require.Equal(t, report.Done, w.run(way.req(van)).Status)
				require.Len(t, w.dashly.Dump(), 2, w.picture())
				w.idle()
			})
		})
	}
}

// TestATrialOfALostStore: a run for one conversation, or for the newest of a period, looks at all that may be a copy of it, however much
// that is, and not at what is older. It does not look a second time.
func TestATrialOfALostStore(t *testing.T) {
	t.Parallel()
	for name, trial := range map[string]func(original string) engine.Request{
		"for one conversation": narrow["for one conversation"].req,
		"for the newest": func(string) engine.Request {
			window := windowOf(time.Now().Add(-40 * 24 * time.Hour))
			window.Limit = 1
			return engine.Request{Command: "backfill", From: "intercom", Window: window}
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, setup{start: 20 * 24 * time.Hour}, func(w *world) {
				d := w.dashly.People()
				for n := range 30 {
					d.Open(d.Customer(sandbox.Customer{Own: fmt.Sprint("crm-old", n), Name: "Somebody"}), "Long ago")
				}
				w.pause(48 * time.Hour)
				w.setup.adjust = narrow["by configuration"].adjust
				leftToCarl(w)
				van := w.thread(w.intercom.Dump()).ID
				w.pause(time.Hour)
				for n := range 110 {
					d.Open(d.Customer(sandbox.Customer{Own: fmt.Sprint("crm-d", n), Name: "Somebody"}), "Not carried")
				}
				w.pause(2 * time.Hour)
				w.forget("")
				there := len(w.dashly.Dump())
				reads := func() (n int) {
					before := len(w.log.Requests())
					require.Equal(t, report.Done, w.run(trial(van)).Status)
					for _, r := range w.log.Requests()[before:] {
						if r.Desk == "dashly" && r.Method == http.MethodGet && strings.Contains(r.Path, "/conversations/") && !strings.Contains(r.Path, "/parts") {
							n++
						}
					}
					return n
				}
				first := reads()
				require.Greater(t, first, 110)
				require.Less(t, first, 130)
				require.Len(t, w.dashly.Dump(), there, "the copy is found")
				w.rest()
				require.Less(t, reads(), 10)
			})
		})
	}
}

// TestASureStoreDoesWithoutASurvey: where the list of the other desk fails, the run does all the same what it has to do.
func TestASureStoreDoesWithoutASurvey(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{adjust: narrow["by configuration"].adjust}, func(w *world) {
		d, i := w.dashly.People(), w.intercom.People()
		d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Not carried")
		known, _ := i.Open(i.Customer(sandbox.Customer{Own: "crm-3", Name: "Dora"}), "A matter")
		w.pause(time.Minute)
		w.done()
		w.rest()
		cannotGet(w, func(r *http.Request) bool {
			return strings.Contains(r.URL.Path, "/apps/") && strings.Contains(r.URL.RawQuery, "count=50")
		})
		i.Write(known, "Please hurry")
		i.Open(i.Customer(sandbox.Customer{Own: "crm-4", Name: "Erin"}), "Another matter")
		w.pause(10 * time.Minute)
		w.sync()
		require.Contains(t, lines(thatSays(w, w.dashly.Dump(), "A matter")), "customer says: Please hurry")
	})
}
