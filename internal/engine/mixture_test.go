package engine_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
)

// TestMixedReadings carries seeded worlds under random mixtures of readings, with a death at a random step: the same words as under the likely ones,
// the same deliveries, and then rest.
func TestMixedReadings(t *testing.T) {
	names := slices.Sorted(maps.Keys(quirks))
	for _, seed := range seeds(t, 1, 2, 3, 4, 5, 6) {
		var picture string
		tell := func(chosen []string, killAt int) (words string, visible int) {
			inWorld(t, setup{start: 5 * 24 * time.Hour}, func(w *world) {
				w.reaper = &reaper{at: killAt}
				var i *intercom.Knobs
				w.intercom.SetKnobs(func(k *intercom.Knobs) { i = k })
				for _, name := range chosen {
					w.dashly.SetKnobs(func(k *dashly.Knobs) { quirks[name](k, i) })
				}
				sandbox.Seed(w.dashly, w.intercom, 12, seed, time.Now().Add(-w.setup.start))
				w.log.Reset()
				for range 2 {
					w.pause(5 * time.Minute)
					w.persist()
					for _, d := range w.dashly.Dump() {
						if said(d) {
							w.dashly.People().Write(d.ID, "And another thing")
						}
					}
					for _, c := range w.intercom.Dump() {
						if said(c) {
							w.intercom.People().Note(c.ID, intercom.Jane, "Seen")
						}
					}
				}
				w.pause(5 * time.Minute)
				w.persist()
				w.pause(5 * time.Minute)
				w.idle()
				picture = w.picture()
				words, visible = unordered(w.words()), len(w.delivered("dashly", "bridge"))+len(w.delivered("intercom", "bridge"))
			})
			return words, visible
		}
		want, deliveries := tell(nil, 0)
		rng := rand.New(rand.NewPCG(seed, 0x6d6978))
		for range 3 {
			var chosen []string
			for _, n := range names {
				if rng.IntN(4) == 0 && n != "campaigns are listed" {
					chosen = append(chosen, n)
				}
			}
			killAt := 1 + rng.IntN(1500)
			got, visible := tell(chosen, killAt)
			require.Equal(t, want, got, "seed %d killed at %d under %q %s", seed, killAt, chosen, picture)
			require.Equal(t, deliveries, visible, "seed %d killed at %d under %q", seed, killAt, chosen)
		}
	}
}

// unordered sorts the lines of each thread: where a desk does not honour the time that was chosen, it shows the entries
// in the order in which they came.
func unordered(words string) string {
	var threads []string
	for _, t := range strings.Split(words, "\nintercom\n") {
		for _, t := range strings.Split(t, "\ndashly\n") {
			lines := strings.Split(t, "\n")
			slices.Sort(lines)
			threads = append(threads, strings.Join(lines, "\n"))
		}
	}
	slices.Sort(threads)
	return strings.Join(threads, "\n\n")
}

// said reports whether the customer has spoken in a thread.
func said(t sandbox.Thread) bool {
	return slices.ContainsFunc(t.Entries, func(e sandbox.Entry) bool { return e.Side == "customer" })
}
