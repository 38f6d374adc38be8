package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// TestAConversationThatNobodyKnows: one that was named and that neither its desk nor the store knows is told at once, and leaves
// nothing behind. One that was deleted since is waited for as ever.
func TestAConversationThatNobodyKnows(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		id, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello")
		there, nobody := mapping.Ref{Desk: "dashly", ID: mapping.ConversationID(id)}, mapping.Ref{Desk: "dashly", ID: "999999"}
		pairs := func() (n int) {
			w.inStore(func(ctx context.Context, s state.Store) {
				require.NoError(t, s.Pairs(ctx, func(state.Pair) error { n++; return nil }))
				items, err := s.Agenda(ctx)
				require.NoError(t, err)
				require.Empty(t, items)
			})
			return n
		}
		for _, req := range []engine.Request{{Command: "plan", DryRun: true}, {Command: "sync"}, {Command: "backfill", Window: windowOf(time.Time{})}} {
			req.Conversations = []mapping.Ref{nobody, nobody}
			began := time.Now()
			r := w.run(req)
			require.Equal(t, report.Failed, r.Status, req.Command)
			require.Equal(t, &report.Failure{Code: "not_found", Message: "dashly:999999: the desk does not find the conversation", Where: "dashly:999999"}, r.Error)
			require.Less(t, time.Since(began), settle/4)
			require.Zero(t, pairs())
		}

		r := w.run(engine.Request{Command: "sync", Conversations: []mapping.Ref{nobody, there}})
		require.Equal(t, report.Incomplete, r.Status)
		require.Equal(t, "dashly:999999", r.Error.Where)
		require.Equal(t, 1, r.Directions["dashly_to_intercom"].Entries.Mirrored, "the other one is done")
		require.Equal(t, 1, pairs())

		d.Delete(id)
		began := time.Now()
		require.Equal(t, report.Done, w.run(engine.Request{Command: "sync", Conversations: []mapping.Ref{there}}).Status)
		require.GreaterOrEqual(t, time.Since(began), settle)
		require.Equal(t, 1, pairs())
	})
}
