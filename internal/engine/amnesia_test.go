package engine_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/thin"
)

// forget wipes the store, or puts an older copy in its place.
func (w *world) forget(older string) {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "bridge.db*"))
	require.NoError(w.t, err)
	for _, f := range files {
		require.NoError(w.t, os.Remove(f))
	}
	if older != "" {
		w.copyFile(older, "bridge.db")
	}
}

func (w *world) copyFile(from, to string) {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, from))
	require.NoError(w.t, err)
	require.NoError(w.t, os.WriteFile(filepath.Join(w.dir, to), data, 0o600))
}

// TestALostMemoryCostsReadsNeverDuplicates wipes the store, or rolls it back to the state after the first half, in the
// midst and at the end of each story.
func TestALostMemoryCostsReadsNeverDuplicates(t *testing.T) {
	for name, s := range tellings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tell := func(midst, end string) (essence string, visible int) {
				inWorld(t, s.setup, func(w *world) {
					w.sync() // an empty store, to roll back to
					w.copyFile("bridge.db", "empty.db")
					second := s.tell(w)
					w.persist()
					w.copyFile("bridge.db", "half.db")
					if midst == "wipe" {
						w.forget("")
					} else if midst != "" {
						w.forget(midst)
					}
					second()
					w.persist()
					if end == "wipe" {
						w.forget("")
					} else if end != "" {
						w.forget(end)
					}
					w.persist()
					w.idle()
					w.pause(time.Hour)
					w.idle()
					essence, visible = w.essence(), len(w.delivered("dashly", "bridge"))+len(w.delivered("intercom", "bridge"))
				})
				return essence, visible
			}
			want, deliveries := tell("", "")
			for _, c := range thin.Few([][2]string{{"wipe", ""}, {"", "wipe"}, {"wipe", "wipe"}, {"empty.db", ""}, {"", "empty.db"}, {"", "half.db"}}...) {
				got, visible := tell(c[0], c[1])
				require.Equal(t, want, got, "lost in the midst: %q, at the end: %q", c[0], c[1])
				require.Equal(t, deliveries, visible)
			}
		})
	}
}

// TestALostMemoryOfASeededWorld does the same to many threads at once.
func TestALostMemoryOfASeededWorld(t *testing.T) {
	t.Parallel()
	for _, seed := range seeds(t, 3) {
		inWorld(t, setup{start: 5 * 24 * time.Hour}, func(w *world) {
			sandbox.Seed(w.dashly, w.intercom, 40, seed, time.Now().Add(-w.setup.start))
			w.persist()
			w.pause(time.Hour)
			sandbox.Live(w.dashly, w.intercom, 20, seed, time.Now().Add(-time.Minute))
			w.pause(10 * time.Minute)
			w.persist()
			w.run(engine.Request{Command: "sync", Sweep: true}) // what moves no clock, notes on Dashly for one
			w.log.Reset()
			want := w.essence()
			w.idle()
			w.forget("")
			w.persist()
			require.Equal(t, want, w.essence(), "seed %d %s", seed, w.picture())
			require.Empty(t, append(w.delivered("dashly", "bridge"), w.delivered("intercom", "bridge")...), "seed %d", seed)
			w.idle()
		})
	}
}
