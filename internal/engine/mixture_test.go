package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
)

// TestMixedReadings carries seeded worlds under random mixtures of readings, with a death at a random step: the same words
// as under the likely ones, the same deliveries, and then rest.
func TestMixedReadings(t *testing.T) {
	for _, seed := range seeds(t, 1, 2, 3, 4, 5, 6) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			want, deliveries := mixture{seed: seed}.tell(t)
			rng := rand.New(rand.NewPCG(seed, 0x6d6978))
			for n := range 3 {
				m := mixture{seed: seed, quirks: someQuirks(rng), killAt: 1 + rng.IntN(1500)}
				t.Run(fmt.Sprintf("mixture %d", n), func(t *testing.T) {
					t.Logf("killed at %d under %q", m.killAt, m.names())
					got, visible := m.tell(t)
					require.Equal(t, want, got)
					require.Equal(t, deliveries, visible)
				})
			}
		})
	}
}

// someQuirks picks one in eight of those under which the words on both desks must be the same.
func someQuirks(rng *rand.Rand) (chosen []sandbox.Quirk) {
	for _, q := range sandbox.Quirks() {
		if rng.IntN(8) == 0 && !q.Campaigns && !q.Speaks && !q.Shuffles && !q.Softens && !q.Loses && !q.Blocks {
			chosen = append(chosen, q)
		}
	}
	return chosen
}

// mixture is a seeded world under several quirks at once, whose bridge dies once.
type mixture struct {
	seed   uint64
	quirks []sandbox.Quirk
	killAt int // step; 0: never
}

func (m mixture) names() (names []string) {
	for _, q := range m.quirks {
		names = append(names, q.Name)
	}
	return names
}

func (m mixture) tell(t *testing.T) (words string, visible int) {
	inWorld(t, setup{start: 5 * 24 * time.Hour, adjust: whoIsWho}, func(w *world) {
		w.reaper = &reaper{at: m.killAt}
		var all sandbox.Quirk
		for _, q := range m.quirks {
			q.Set(w.dashly, w.intercom)
			all.Hidden = all.Hidden || q.Hidden
		}
		sandbox.Seed(w.dashly, w.intercom, 12, m.seed, time.Now().Add(-w.setup.start))
		w.log.Reset()
		for range 2 {
			w.pause(5 * time.Minute)
			w.settleDown(all)
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
		w.settleDown(all)
		w.pause(5 * time.Minute)
		w.idle()
		words, visible = unordered(w.words()), len(w.delivered("dashly", "bridge"))+len(w.delivered("intercom", "bridge"))
	})
	return words, visible
}

// unordered sorts the lines of each thread: where a desk does not honour the time that was chosen, it shows the entries
// in the order in which they came.
func unordered(words string) string {
	var threads []string
	for _, t := range strings.Split("\n"+words, "\nintercom\n") {
		for _, t := range strings.Split(t, "\ndashly\n") {
			lines := strings.Split(strings.Trim(t, "\n"), "\n") // neither the first nor the last is told by its place
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
