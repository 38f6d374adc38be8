package engine_test

import (
	"context"
	"fmt"
	"net/http"
	"path"
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
	"github.com/deskbridge/deskbridge/state"
)

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
				cannotGet(w, func(r *http.Request) bool { return bad[path.Base(r.URL.Path)] })
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
