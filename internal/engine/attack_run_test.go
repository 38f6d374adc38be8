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
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/internal/thin"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
)

// TestALongThreadIsCarriedOnce has more parts than a desk shows.
func TestALongThreadIsCarriedOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		d, i := w.dashly.People(), w.intercom.People()
		w.intercom.SetKnobs(func(k *intercom.Knobs) { k.MaxParts = 30 })
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello")
		for n := range 40 {
			w.pause(time.Second)
			d.Write(conv, fmt.Sprint("part ", n))
		}
		back, _ := i.Open(i.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Hello")
		for n := range 40 {
			w.pause(time.Second)
			i.Write(back, fmt.Sprint("part ", n))
		}
		w.done()
		w.idle()
		want := w.spoken()
		w.pause(time.Minute)
		w.forget("")
		w.persist()
		w.idle()
		require.Equal(t, want, w.spoken())
	})
}

// TestABoundedRunHidesNothing interrupts runs of one conversation and bounded ones; the normal run that follows takes
// everything up.
func TestABoundedRunHidesNothing(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		var convs []string
		for _, own := range []string{"a", "b", "c"} {
			conv, _ := d.Open(d.Customer(sandbox.Customer{Own: own, Name: own}), "Hello from "+own)
			d.Reply(conv, dashly.Jane, "Hi "+own)
			d.Tag(conv, dashly.Jane, own)
			convs = append(convs, conv)
		}
		w.run(engine.Request{Command: "sync", MaxWrites: 4, Conversations: []mapping.Ref{{Desk: "dashly", ID: mapping.ConversationID(convs[1])}}})
		w.pause(time.Hour)
		w.run(engine.Request{Command: "sync", MaxWrites: 3})
		w.pause(time.Hour)
		d.Write(convs[2], "and?")
		w.run(engine.Request{Command: "backfill", MaxWrites: 2, From: "dashly", Window: windowOf(time.Now().Add(-3 * time.Hour))})
		w.pause(time.Hour)
		w.done()
		require.Len(t, w.intercom.Dump(), 3, w.picture())
		for _, th := range w.intercom.Dump() {
			require.Len(t, th.Tags, 1, w.picture())
			require.GreaterOrEqual(t, len(lines(th)), 3, w.picture())
		}
		w.idle()
	})
}

// TestTwoBridgesOnOneStore run at once, one of them slow enough to lose its lease.
func TestTwoBridgesOnOneStore(t *testing.T) {
	t.Parallel()
	for _, delay := range thin.Few(9*time.Second, time.Second, 11*time.Second, 35*time.Second) {
		inWorld(t, setup{}, func(w *world) {
			second := crowded(w)
			var g sync.WaitGroup
			for n := range 3 {
				g.Go(func() {
					w.pause(time.Duration(n) * delay)
					w.bridge(func(e *engine.Engine) {
						e.Run(context.Background(), make(chan struct{}), engine.Request{Command: "sync"})
					})
				})
			}
			g.Wait()
			w.persist()
			second()
			w.persist()
			w.idle()
			require.Len(t, w.delivered("dashly", "bridge"), 5, w.picture())
		})
	}
}

// TestClocksThatDifferByMinutes on both desks.
func TestClocksThatDifferByMinutes(t *testing.T) {
	t.Parallel()
	var want string
	for n, skew := range [][2]time.Duration{{0, 0}, {5 * time.Minute, -7 * time.Minute}, {-9 * time.Minute, 4 * time.Minute}} {
		for _, wipe := range []bool{false, true} {
			inWorld(t, setup{}, func(w *world) {
				w.pause(time.Hour)
				w.dashly.SetKnobs(func(k *dashly.Knobs) { k.ClockSkew = stage.Duration(skew[0]) })
				w.intercom.SetKnobs(func(k *intercom.Knobs) { k.ClockSkew = stage.Duration(skew[1]) })
				second := tellings["a thread on Dashly"].tell(w)
				w.persist()
				second()
				w.persist()
				w.idle()
				if wipe {
					w.forget("")
					w.persist()
				}
				w.pause(time.Hour)
				w.persist()
				w.idle()
				if n == 0 && !wipe {
					want = w.spoken()
				}
				require.Equal(t, want, w.spoken(), "skew %v wipe %v", skew, wipe)
				require.Len(t, w.delivered("dashly", "bridge"), 1)
				require.Empty(t, w.delivered("intercom", "bridge"))
			})
		}
	}
}

// TestOneSecondOnBothDesks has equal words of the customer on both sides in the same second, then agents on both.
func TestOneSecondOnBothDesks(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.13", "2.15"} {
		inWorld(t, setup{version: version}, func(w *world) {
			d, i := w.dashly.People(), w.intercom.People()
			conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "hi")
			w.done()
			twin := w.thread(w.intercom.Dump())
			w.pause(3 * time.Minute)
			d.Write(conv, "hi")
			i.Write(twin.ID, "hi")
			d.Reply(conv, dashly.Jane, "hello")
			i.Reply(twin.ID, intercom.Jane, "hello")
			w.done()
			w.idle()
			for _, th := range append(w.dashly.Dump(), w.intercom.Dump()...) {
				says, answers := 0, 0
				for _, e := range th.Entries {
					if e.Side == "customer" {
						says++
					} else if mapping.Letters(e.Text) == "hello" || len(e.Text) > 20 && e.Side == "team" && e.Text[:3] == "Jan" {
						answers++
					}
				}
				require.Equal(t, 3, says, "%s %s", version, w.picture())
				require.Equal(t, 2, answers, "%s %s", version, w.picture())
			}
		})
	}
}

// TestADeathDuringALateIndex kills at each step of an opening while searches lag behind.
func TestADeathDuringALateIndex(t *testing.T) {
	t.Parallel()
	for at := 1; at < 90; at += stride(11) {
		inWorld(t, setup{}, func(w *world) {
			w.reaper = &reaper{at: at}
			w.intercom.SetKnobs(func(k *intercom.Knobs) {
				k.IndexDelay, k.ContactIndexDelay = stage.Duration(100*time.Second), stage.Duration(100*time.Second)
			})
			second := tellings["a thread on Dashly"].tell(w)
			w.endure()
			w.pause(2 * time.Minute)
			second()
			w.pause(2 * time.Minute)
			w.reaper.revive()
			w.endure()
			w.idle()
			require.Len(t, w.intercom.Dump(), 1, "killed at %d", at)
			require.Len(t, w.delivered("dashly", "bridge"), 1, "killed at %d\n%s", at, w.picture())
		})
	}
}

// TestAnAnswerOfNullsIsNotTakenForHistory demands that a conversation whose times are unknown is looked at again.
func TestAnAnswerOfNullsIsNotTakenForHistory(t *testing.T) {
	t.Parallel()
	for at := 1; at < 24; at += thin.By {
		inWorld(t, setup{}, func(w *world) {
			crowdedBack(w)
			n := 0
			decide := func(r *http.Request) sandbox.Fault {
				if !strings.HasPrefix(r.URL.Path, "/conversations/2") || r.Method != http.MethodGet {
					return sandbox.Fault{}
				}
				if n++; n == at {
					return sandbox.Fault{Kind: stage.Nulls}
				}
				return sandbox.Fault{}
			}
			w.intercom.Fail(decide)
			rep := w.sync()
			require.Zero(t, rep.Directions["intercom_to_dashly"].SkippedBy["dropped_by_operator"])
			w.persist()
			require.Len(t, w.dashly.Dump(), 1, w.picture())
		})
	}
}

func windowOf(since time.Time) *sources.Window { return &sources.Window{Since: since} }
