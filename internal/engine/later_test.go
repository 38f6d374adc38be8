package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/state"
)

// inStore works on the store between two passes.
func (w *world) inStore(work func(ctx context.Context, s state.Store)) {
	w.t.Helper()
	w.setup.store = func(s state.Store) state.Store {
		work(context.Background(), s)
		return s
	}
	w.bridge(func(*engine.Engine) {})
	w.setup.store = nil
}

// TestOurClockIsPutBack by hours after a run: nothing waits until it has come there again, neither a new store nor what the agenda
// has for later.
func TestOurClockIsPutBack(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		i := w.intercom.People()
		bob := i.Customer(stage.Customer{Own: "crm-2", Name: "Bob"})
		conv, _ := i.Open(bob, "Do you ship?")
		w.done()
		w.inStore(func(ctx context.Context, s state.Store) {
			ahead := time.Now().Add(3 * time.Hour).UTC()
			lease, err := s.Acquire(ctx, "run", time.Minute)
			require.NoError(w.t, err)
			require.NoError(w.t, s.Put(ctx, lease, "term/born", []byte(ahead.Format(time.RFC3339Nano))))
			require.NoError(w.t, s.Release(ctx, lease))
			require.NoError(w.t, s.Pairs(ctx, func(p state.Pair) error {
				lease, err := s.Acquire(ctx, string(p), time.Minute)
				require.NoError(w.t, err)
				require.NoError(w.t, s.Commit(ctx, lease, p, state.Change{Agenda: &state.Item{Pair: p, Reason: "rate_limited", Since: ahead, RetryAt: ahead.Add(time.Minute)}}))
				return s.Release(ctx, lease)
			}))
		})
		i.Write(conv, "To Malta")
		began := time.Now()
		w.done()
		require.Less(w.t, time.Since(began), 10*time.Minute)
		require.Contains(w.t, w.picture(), "To Malta")
		w.idle()
	})
}

// TestADirectionIsEnabledLater: what was said meanwhile on the desk that nobody listed is carried then.
func TestADirectionIsEnabledLater(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		w.setup.adjust = func(o *engine.Options) { o.Sides[1].Send = false }
		d := w.dashly.People()
		ann := d.Customer(stage.Customer{Own: "crm-1", Name: "Ann"})
		conv, _ := d.Open(ann, "Hello")
		w.done()
		w.pause(3 * time.Minute)
		copied := w.intercom.Dump()[0].ID
		w.intercom.People().Reply(copied, intercom.Jane, "Good morning")
		d.Write(conv, "Are you there?")
		w.done()
		require.NotContains(w.t, allWords(w.dashly.Dump()), "Good morning", "that direction is not enabled")
		w.pause(3 * time.Minute)
		w.setup.adjust = nil
		w.done()
		require.Contains(w.t, allWords(w.dashly.Dump()), "Good morning")
		w.idle()
	})
}

// TestFieldsThatChangedInADisabledDirection are carried when it is enabled, whether or not the conversation was looked at in
// between, unless a later change of the other desk has come instead. Until then nothing is put back on either desk.
func TestFieldsThatChangedInADisabledDirection(t *testing.T) {
	for name, row := range map[string]struct {
		meanwhile func(w *world, d, i string)
		looks     int
		state     string
		tags      []string
	}{
		"nobody looked": {func(*world, string, string) {}, 0, "closed", []string{"vip"}},
		"looked at for words of a colleague": {func(w *world, d, _ string) {
			w.dashly.People().Note(d, dashly.Jane, "Interesting")
		}, 1, "closed", []string{"vip"}},
		"looked at several times": {func(w *world, d, _ string) {
			w.dashly.People().Note(d, dashly.Jane, "Interesting")
		}, 3, "closed", []string{"vip"}},
		"the other desk closed it, too, and opened it again": {func(w *world, d, _ string) {
			w.dashly.People().Close(d, dashly.Jane)
			w.done()
			w.pause(time.Minute)
			w.dashly.People().Reopen(d, dashly.Jane)
		}, 1, "open", []string{"vip"}},
		"it was taken back": {func(w *world, d, i string) {
			w.dashly.People().Note(d, dashly.Jane, "Interesting")
			w.done()
			w.pause(time.Minute)
			w.intercom.People().Reopen(i, intercom.Jane)
			w.intercom.People().Untag(i, intercom.Jane, "vip")
			w.dashly.People().Note(d, dashly.Jane, "Very")
		}, 1, "open", nil},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, setup{}, func(w *world) {
				w.setup.adjust = func(o *engine.Options) { o.Sides[1].Send = false }
				d := w.dashly.People()
				conv, _ := d.Open(d.Customer(stage.Customer{Own: "crm-1", Name: "Ann"}), "Hello")
				w.done()
				w.pause(3 * time.Minute)
				copied := w.intercom.Dump()[0].ID
				i := w.intercom.People()
				i.Assign(copied, intercom.Jane, intercom.Jane)
				i.Tag(copied, intercom.Jane, "vip")
				i.Close(copied, intercom.Jane)
				w.pause(time.Minute)
				row.meanwhile(w, conv, copied)
				for range row.looks {
					w.done()
					w.pause(3 * time.Minute)
					d.Note(conv, dashly.Jane, "Once more")
				}
				there := w.thread(w.dashly.Dump())
				require.Empty(t, there.Tags, "that direction is not enabled")
				w.done()
				w.idle()
				w.setup.adjust = nil
				w.done()
				for _, got := range []sandbox.Thread{w.thread(w.dashly.Dump()), w.thread(w.intercom.Dump())} {
					require.Equal(t, row.state, got.State, w.picture())
					require.ElementsMatch(t, row.tags, got.Tags, w.picture())
				}
				w.idle()
			})
		})
	}
}

// allWords are all words of a desk.
func allWords(threads []stage.Thread) (words string) {
	for _, t := range threads {
		for _, e := range t.Entries {
			words += e.Text + "\n"
		}
	}
	return words
}

// TestTagsThatWaitOneByOne: while nothing is carried from Dashly, one tag that waits there leaves the others alone: what
// comes from Intercom and is taken away again is gone when the direction is enabled, or stays if Intercom gave it again.
func TestTagsThatWaitOneByOne(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		d, h := w.dashly.People(), w.intercom.People()
		conv, _ := d.Open(d.Customer(stage.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		d.Tag(conv, dashly.Jane, "x")
		w.done()
		twin := w.thread(w.intercom.Dump()).ID
		w.setup.adjust = func(o *engine.Options) { o.Sides[0].Send = false }
		pass := func() []string {
			w.pause(3 * time.Minute)
			h.Note(twin, intercom.Jane, "look "+time.Now().String())
			w.done()
			return w.thread(w.dashly.Dump()).Tags
		}
		d.Tag(conv, dashly.Jane, "a") // it waits
		require.Equal(t, []string{"a", "x"}, pass())
		h.Tag(twin, intercom.Jane, "b")
		h.Untag(twin, intercom.Jane, "x")
		require.Equal(t, []string{"a", "b"}, pass())
		d.Untag(conv, dashly.Jane, "b") // this waits, too
		require.Equal(t, []string{"a"}, pass())
		w.setup.adjust = nil
		h.Tag(twin, intercom.Jane, "x")
		w.pause(3 * time.Minute)
		d.Write(conv, "still there?")
		w.done()
		require.Equal(t, []string{"a", "x"}, w.thread(w.intercom.Dump()).Tags)
		require.Equal(t, []string{"a", "x"}, w.thread(w.dashly.Dump()).Tags)
		w.idle()
	})
}
