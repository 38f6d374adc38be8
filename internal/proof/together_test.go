package proof_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
)

// TestTwoAtOnce starts eight runs at one moment on one store: one works, the others step back before they call a desk.
func TestTwoAtOnce(t *testing.T) {
	const many, rounds = 8, 3
	for name, store := range stores {
		t.Run(name, func(t *testing.T) {
			fresh := store(t)
			for round := range rounds {
				t.Run(fmt.Sprint(round), func(t *testing.T) {
					w := seeded(t, setup{state: fresh()}, 4)
					release, _ := w.hold(t)
					var runs []*process
					for range many {
						runs = append(runs, w.command("sync"))
					}
					for _, p := range runs {
						p.start(t)
					}
					eventually(t, "all but one have ended", func() bool { return len(working(runs)) == 1 && w.gate.count() == 1 })
					winner := working(runs)[0]
					release()
					require.Equal(t, report.Done, winner.report(t).Status, winner.stderr.String())
					for _, p := range runs {
						if p != winner {
							r := p.report(t)
							require.Equal(t, 5, r.ExitCode, p.stderr.String())
							require.Equal(t, "locked", r.Error.Code)
						}
					}
					w.idle(t)
				})
			}
		})
	}
}

func working(runs []*process) (out []*process) {
	for _, p := range runs {
		if !p.ended() {
			out = append(out, p)
		}
	}
	return out
}
