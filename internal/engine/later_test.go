package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
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

// allWords are all words of a desk.
func allWords(threads []stage.Thread) (words string) {
	for _, t := range threads {
		for _, e := range t.Entries {
			words += e.Text + "\n"
		}
	}
	return words
}
