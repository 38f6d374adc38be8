package proof_test

import (
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
)

// TestStoppedBySignal interrupts a pass at one of its writes, which the desk holds until the signal has arrived: that write
// is finished and remembered, no other begins, and the next run makes the rest. No write is made twice.
func TestStoppedBySignal(t *testing.T) {
	t.Parallel()
	want := seeded(t, setup{workers: 1}, 6)
	want.sync(t)
	total := len(want.written())
	for _, at := range []int{1, total / 3, 2 * total / 3, total - 1} {
		for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			t.Run(s.String(), func(t *testing.T) {
				t.Parallel()
				w := seeded(t, setup{workers: 1}, 6)
				seen := 0
				release, held := w.holdAt(t, func(_ int, c call) bool {
					if writes(c.Request) {
						seen++
					}
					return seen == at
				})
				p := w.command("sync").start(t)
				<-held
				p.signal(t, s)
				eventually(t, "it hears the signal", func() bool { return strings.Contains(p.stderr.String(), "stopping after the writes in hand") })
				release()
				r := p.report(t)
				require.Equal(t, 130, r.ExitCode, p.stderr.String())
				require.Equal(t, report.Stopped, r.Status)
				require.Len(t, w.written(), at, "the write in hand is the last one")

				w.sync(t)
				require.Equal(t, want.essence(), w.essence())
				require.Equal(t, want.told(), w.told())
				require.Len(t, w.written(), total, "no write is made twice")
				w.idle(t)
			})
		}
	}
}
