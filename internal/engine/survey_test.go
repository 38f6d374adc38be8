package engine_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
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
		"until it can be read":              {time.Hour, true, 1},
		"while a day goes by":               {20 * time.Hour, false, 1},
		"when a day has passed":             {25 * time.Hour, false, 2},
		"even then it is asked once more":   {25 * time.Hour, true, 1},
		"how long nobody has asked is none": {90 * time.Hour, true, 1},
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

// TestASurveyOutlivesIdlePasses: passes in which nothing is due do not end the doubt of a store, nor does a run that takes up what
// waits for a survey.
func TestASurveyOutlivesIdlePasses(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"serve", "sync"} {
		t.Run(command, func(t *testing.T) {
			inWorld(t, setup{start: 72 * time.Hour}, func(w *world) {
				leftToCarl(w)
				w.rest()
				w.forget("")
				w.setup.adjust = narrow["by configuration"].adjust
				cannotRead(w, w.thread(w.dashly.Dump()).ID)
				for range 6 {
					w.run(engine.Request{Command: command})
					w.pause(time.Minute)
				}
				w.thread(w.dashly.Dump())
			})
		})
	}
}

// TestASurveyTakesOneNotFoundForNothing: a copy that its desk does not find once, or again after it had failed in another
// way, is waited for, as everywhere.
func TestASurveyTakesOneNotFoundForNothing(t *testing.T) {
	t.Parallel()
	for _, answers := range [][]int{{404}, {500, 404}, {404, 500, 404}} {
		t.Run(fmt.Sprint(answers), func(t *testing.T) {
			inWorld(t, setup{}, func(w *world) {
				leftToCarl(w)
				w.rest()
				w.forget("")
				w.setup.adjust = narrow["by configuration"].adjust
				id := w.thread(w.dashly.Dump()).ID
				for _, status := range answers {
					w.dashly.Fail(func(r *http.Request) sandbox.Fault {
						if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/conversations/"+id) {
							return sandbox.Fault{}
						}
						return sandbox.Fault{Kind: stage.Refuse, Status: status}
					})
					require.Equal(t, report.Incomplete, w.run(engine.Request{Command: "serve"}).Status)
					w.rest()
				}
				w.dashly.Fail(nil)
				w.persist()
				w.thread(w.dashly.Dump())
			})
		})
	}
}

// TestASurveyGoesOn: a survey that is stopped, time and again, ends in the end, and reads nothing twice.
func TestASurveyGoesOn(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		leftToCarl(w)
		d := w.dashly.People()
		alice := d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"})
		for range 12 {
			d.Open(alice, "Not carried")
		}
		w.rest()
		w.forget("")
		w.setup.adjust = func(o *engine.Options) {
			narrow["by configuration"].adjust(o)
			o.Workers = 1
		}
		copied, asked := w.dashly.Dump()[0].ID, map[string]int{}
		for range 40 {
			stop, begun := make(chan struct{}), len(asked)
			var once sync.Once
			w.dashly.Fail(func(r *http.Request) sandbox.Fault {
				if _, id, found := strings.Cut(r.URL.Path, "/conversations/"); found && r.Method == http.MethodGet && !strings.Contains(id, "/") {
					asked[id]++
					if len(asked) == begun+2 {
						once.Do(func() { close(stop) })
					}
				}
				return sandbox.Fault{}
			})
			w.bridge(func(e *engine.Engine) { e.Run(context.Background(), stop, engine.Request{Command: "serve"}) })
			if len(asked) == begun {
				break
			}
		}
		w.dashly.Fail(nil)
		for id, n := range asked {
			require.True(t, n == 1 || id == copied, "%s was read %d times", id, n)
		}
		require.GreaterOrEqual(t, len(asked), 13)
		w.persist()
		require.Len(t, w.dashly.Dump(), 13)
	})
}

// TestASurveyReachesAsFarAsItsRun: the start was moved forward after the loss, and what is carried is older.
func TestASurveyReachesAsFarAsItsRun(t *testing.T) {
	t.Parallel()
	for name, req := range map[string]func(original string) engine.Request{
		"over a period": func(string) engine.Request {
			return engine.Request{Command: "backfill", From: "intercom", Window: windowOf(time.Now().Add(-40 * 24 * time.Hour))}
		},
		"for one conversation": narrow["for one conversation"].req,
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, setup{automation: true}, func(w *world) {
				leftToCarl(w)
				w.pause(20 * 24 * time.Hour)
				w.forget("")
				w.cutOver()
				w.intercom.People().Write(w.thread(w.intercom.Dump()).ID, "One more")
				w.rest()
				w.run(req(w.thread(w.intercom.Dump()).ID))
				w.thread(w.dashly.Dump())
			})
		})
	}
}

// TestASurveyTakesUpWhatIsNotListed: the copy was written to since the start, its original was not. It is known all the same when
// somebody writes in that, long after the doubt has ended.
func TestASurveyTakesUpWhatIsNotListed(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		leftToCarl(w)
		w.pause(5 * 24 * time.Hour)
		van := w.thread(w.intercom.Dump()).ID
		w.dashly.People().Reply(w.thread(w.dashly.Dump()).ID, dashly.Jane, "On its way")
		w.pause(time.Minute)
		w.forget("")
		w.cutOver()
		w.setup.adjust = narrow["by configuration"].adjust
		i := w.intercom.People()
		i.Open(i.Customer(sandbox.Customer{Own: "crm-77", Name: "Zoe"}), "Something else")
		w.done()
		w.rest()
		i.Write(van, "One more")
		w.done()
		require.Len(t, w.dashly.Dump(), 2, w.picture())
	})
}

// careless is a store that may lose its last second.
type careless struct{ state.Store }

func (careless) Durable(context.Context) bool { return false }

// TestPatienceBeginsWithTheDoubt: an old store that may have lost its last second waits for what a survey cannot read as long as a new
// one.
func TestPatienceBeginsWithTheDoubt(t *testing.T) {
	t.Parallel()
	store := func(s state.Store) state.Store { return careless{s} }
	inWorld(t, setup{start: 72 * time.Hour, store: store}, func(w *world) {
		w.done()
		w.pause(48 * time.Hour)
		w.copyFile("bridge.db", "older.db")
		leftToCarl(w)
		w.rest()
		w.forget("older.db")
		w.inStore(func(ctx context.Context, s state.Store) { // a run has not ended in order
			l, err := s.Acquire(ctx, "run", time.Minute)
			require.NoError(t, err)
			require.NoError(t, s.Put(ctx, l, "term/open", []byte("1")))
			require.NoError(t, s.Release(ctx, l))
		})
		w.setup.adjust, w.setup.store = narrow["by configuration"].adjust, store
		cannotRead(w, w.thread(w.dashly.Dump()).ID)
		for range 3 {
			w.run(engine.Request{Command: "serve"})
			w.pause(10 * time.Minute)
		}
		w.thread(w.dashly.Dump())
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

// TestASurveyWaitsForNothingLater: the store was lost, and its copy is found. What comes later to the other desk and cannot be read is none
// that was forgotten: nothing waits for it.
func TestASurveyWaitsForNothingLater(t *testing.T) {
	t.Parallel()
	for name, once := range map[string]bool{"each for one pass": true, "for ever": false} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, setup{start: 72 * time.Hour}, func(w *world) {
				leftToCarl(w)
				w.rest()
				w.forget("")
				w.setup.adjust = narrow["by configuration"].adjust
				d, i := w.dashly.People(), w.intercom.People()
				bad := map[string]bool{}
				w.dashly.Fail(func(r *http.Request) sandbox.Fault {
					if id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]; r.Method == http.MethodGet && bad[id] {
						return sandbox.Fault{Kind: stage.Refuse, Status: 500}
					}
					return sandbox.Fault{}
				})
				for pass := range 8 {
					if once {
						clear(bad)
					}
					if pass > 0 {
						id, _ := d.Open(d.Customer(sandbox.Customer{Own: fmt.Sprint("crm-d", pass), Name: "Somebody"}), "Cannot be read")
						bad[id] = true
					}
					if pass == 3 {
						i.Open(i.Customer(sandbox.Customer{Own: "crm-3", Name: "Dora"}), "Another matter")
					}
					w.pause(10 * time.Minute)
					w.sync()
				}
				thatSays(w, w.dashly.Dump(), "Another matter")
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
		w.dashly.Fail(func(r *http.Request) sandbox.Fault {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/apps/") && strings.Contains(r.URL.RawQuery, "count=50") {
				return sandbox.Fault{Kind: stage.Refuse, Status: 500}
			}
			return sandbox.Fault{}
		})
		i.Write(known, "Please hurry")
		i.Open(i.Customer(sandbox.Customer{Own: "crm-4", Name: "Erin"}), "Another matter")
		w.pause(10 * time.Minute)
		w.sync()
		require.Contains(t, lines(thatSays(w, w.dashly.Dump(), "A matter")), "customer says: Please hurry")
	})
}

// TestASurveyIsNotForgotten: a survey has found the copy of what was not carried then; a run of both ways makes the store sure of itself.
// A run in one direction knows the copy all the same.
func TestASurveyIsNotForgotten(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		leftToCarl(w)
		van := w.thread(w.intercom.Dump()).ID
		i := w.intercom.People()
		i.Open(i.Customer(sandbox.Customer{Own: "crm-77", Name: "Zoe"}), "Something else")
		w.pause(24 * time.Hour)
		i.Write(van, "One thing more")
		w.run(narrow["for one conversation"].req(van))
		w.pause(4 * 24 * time.Hour)
		w.forget("")
		w.cutOver()
		window := windowOf(time.Now().Add(-40 * 24 * time.Hour))
		window.Until = time.Now().Add(-4*24*time.Hour - 12*time.Hour)
		w.run(engine.Request{Command: "backfill", From: "intercom", Window: window})
		w.thread(w.dashly.Dump())
		d := w.dashly.People()
		d.Open(d.Customer(sandbox.Customer{Own: "crm-78", Name: "Yan"}), "What is new on Dashly")
		w.rest()
		w.done()
		w.rest()
		i.Write(van, "The last thing")
		w.pause(time.Minute)
		w.run(engine.Request{Command: "sync", From: "intercom"})
		require.Len(t, w.dashly.Dump(), 2, w.picture())
	})
}
