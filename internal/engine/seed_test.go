package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/contract/contracttest"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
)

// TestASeededWorldComesToRest carries realistic threads both ways and demands that every entry is accounted for, that
// nothing is parked, and that an idle pass has nothing to do.
func TestASeededWorldComesToRest(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{1, 7} {
		inWorld(t, setup{start: 5 * 24 * time.Hour}, func(w *world) {
			sandbox.Seed(w.dashly, w.intercom, 60, seed, time.Now().Add(-w.setup.start))
			w.log.Reset()
			rep := w.sync()
			require.Equal(t, report.Done, rep.Status, "%+v %+v %+v", rep.Error, rep.Directions["dashly_to_intercom"], rep.Directions["intercom_to_dashly"])
			for name, d := range rep.Directions {
				t.Logf("%s %d conversations %+v %v %v", name, d.Conversations, d.Entries, d.SkippedBy, d.Losses)
				require.NotZero(t, d.Entries.Mirrored, name)
			}
			w.idle()
			w.pause(time.Hour)
			w.idle()
		})
	}
}

// TestAllTrafficKeepsTheContracts runs a seeded world and live messages through the published contracts of both desks:
// no request and no answer may break them.
func TestAllTrafficKeepsTheContracts(t *testing.T) {
	t.Parallel()
	suite := contracttest.Suite(t)
	inWorld(t, setup{start: 5 * 24 * time.Hour}, func(w *world) {
		w.suite = suite
		sandbox.Seed(w.dashly, w.intercom, 80, 7, time.Now().Add(-w.setup.start))
		w.done()
		w.pause(time.Hour)
		sandbox.Live(w.dashly, w.intercom, 40, 7, time.Now().Add(-time.Minute))
		w.done()
		w.idle()
	})
	require.NoError(t, suite.Err())
	require.Zero(t, suite.Skipped(), "requests of another API version are not validated")
	for _, operation := range []string{"dashly POST /conversations/{id}/reply", "dashly POST /users/{id}/startconversation", "intercom POST /conversations", "intercom POST /conversations/{conversation_id}/reply", "intercom POST /conversations/search"} {
		require.NotZero(t, suite.Checked()[operation].Successes, operation)
	}
}
