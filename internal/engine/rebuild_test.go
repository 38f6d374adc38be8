package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/sources"
	"github.com/deskbridge/deskbridge/state"
)

// TestARebuildRecognisesEverything forgets all pairs of seeded worlds on purpose: the plan tells what will be recognised
// and changes nothing, the rebuild writes nothing to a desk, and then there is nothing left to do but what was there
// before.
func TestARebuildRecognisesEverything(t *testing.T) {
	for _, seed := range seeds(t, 5) {
		inWorld(t, setup{start: 5 * 24 * time.Hour}, func(w *world) {
			sandbox.Seed(w.dashly, w.intercom, 30, seed, time.Now().Add(-w.setup.start))
			w.persist()
			w.pause(time.Hour)
			w.idle()
			before := w.remembered()
			want := w.essence()
			everything := engine.Request{Command: "state rebuild", Rebuild: true, Window: &sources.Window{}}

			preview := everything
			preview.DryRun = true
			plan := w.run(preview)
			require.Equal(t, report.Done, plan.Status, "%+v", plan.Error)
			require.Equal(t, before, w.remembered(), "the plan leaves the store as it is")
			require.Empty(t, plan.Operations, "all is carried already")

			done := w.run(everything)
			require.Equal(t, report.Done, done.Status, "%+v", done.Error)
			for name, d := range plan.Directions {
				require.Equal(t, d.Entries, done.Directions[name].Entries)
			}
			require.Zero(t, done.APICalls["dashly"].Write+done.APICalls["intercom"].Write)
			require.Equal(t, before, w.remembered())
			require.Equal(t, want, w.essence())
			w.idle()

			alone := w.dashly.People()
			alone.Open(alone.Customer(sandbox.Customer{Own: "late", Name: "Lea"}), "And me?")
			w.intercom.People().Note(w.intercom.Dump()[0].ID, intercom.Jane, "seen")
			want = w.essence()
			plan = w.run(preview)
			require.NotEmpty(t, plan.Operations)
			require.Equal(t, report.Done, w.run(everything).Status)
			require.Equal(t, want, w.essence(), "nothing is written")
			w.persist()
			require.NotEqual(t, want, w.essence(), "the next run writes it")
			w.idle()
		})
	}
}

// remembered gives, for each pair of two conversations that the store knows, how many entries have twins on each side.
func (w *world) remembered() map[state.Pair][2]int {
	w.t.Helper()
	out := map[state.Pair][2]int{}
	w.setup.store = func(s state.Store) state.Store {
		require.NoError(w.t, s.Pairs(context.Background(), func(p state.Pair) error {
			records, err := s.Load(context.Background(), p)
			require.NoError(w.t, err)
			l, err := state.ReadLedger(p, records)
			require.NoError(w.t, err)
			require.Empty(w.t, l.Intents)
			if l.Meta.Twin.IsZero() {
				return nil
			}
			n := out[p]
			for k, r := range l.Entries {
				require.True(w.t, r.Complete(), "%s %v", p, k)
				if k.Desk == "dashly" {
					n[0]++
				} else {
					n[1]++
				}
			}
			out[p] = n
			return nil
		}))
		return s
	}
	w.bridge(func(*engine.Engine) {})
	w.setup.store = nil
	return out
}
