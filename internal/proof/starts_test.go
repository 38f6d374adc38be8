package proof_test

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
)

// poise starts runs that have come as far as opening their configuration, which is a pipe: fire lets all of them go on
// within a millisecond.
func (w *world) poise(t *testing.T, many int, args ...string) (runs []*process, fire func()) {
	t.Helper()
	var pipes []string
	for n := range many {
		pipe := filepath.Join(filepath.Dir(w.config), fmt.Sprintf("start-%d.yaml", n))
		_ = os.Remove(pipe)
		require.NoError(t, syscall.Mkfifo(pipe, 0o600))
		pipes = append(pipes, pipe)
		runs = append(runs, command(append(args, "--config", pipe)...).start(t))
	}
	var open []*os.File
	for n, pipe := range pipes {
		eventually(t, "it does not open its configuration", func() bool {
			require.False(t, runs[n].ended(), runs[n].stderr.String())
			f, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0) // fails until the other end is open
			if err == nil {
				open = append(open, f)
			}
			return err == nil
		})
	}
	return runs, func() {
		for _, f := range open {
			_, err := f.WriteString(w.text)
			require.NoError(t, err)
			require.NoError(t, f.Close())
		}
	}
}

// TestOneOfManyStarts starts 64 runs at one moment on one store, again and again: one works, and all others have stepped
// back with exit code 5, without a call to a desk, before its first call is answered. What it then does is right and is
// done once.
//
// DESKBRIDGE_PROOF_STARTS is the number of rounds on each store, 20 by default. Every fifth finds no store yet.
func TestOneOfManyStarts(t *testing.T) {
	const many, perWorld = 64, 5
	rounds := int(figure(t, "DESKBRIDGE_PROOF_STARTS", 20, 500))
	for name, store := range stores {
		t.Run(name, func(t *testing.T) {
			fresh, worked := store(t), 0
			for first := 0; first < rounds; first += perWorld {
				t.Run(fmt.Sprintf("from %d", first), func(t *testing.T) {
					w := newWorld(t, setup{state: fresh()})
					talk := w.talk()
					for round := first; round < min(first+perWorld, rounds); round++ {
						talk(fmt.Sprintf("Words of round %d", round))
						w.oneOf(t, many)
						for _, desk := range w.desks() {
							for said := first; said <= round; said++ {
								for _, who := range []string{"asked", "answered"} {
									text := fmt.Sprintf("Words of round %d, %s", said, who)
									require.Equal(t, 1, saying(desk.dump(), text), "%s on %s", text, desk.name)
								}
							}
						}
						require.Len(t, w.told(), round-first, "the first round has no copy yet on which an agent could answer")
						worked++
					}
					w.idle(t)
				})
			}
			t.Logf("%d rounds of %d starts, in %d of them one worked", rounds, many, worked)
		})
	}
}

// talk gives a function that makes a customer write on one desk and an agent on the other, so that each has something
// to carry, and one thing is delivered.
func (w *world) talk() func(text string) {
	d, i := w.dashly.People(), w.intercom.People()
	first, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello")
	second, _ := i.Open(i.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Good morning")
	return func(text string) {
		d.Write(first, text+", asked")
		i.Write(second, "And now?")
		for _, c := range w.intercom.Dump() {
			if isCopy(c) {
				i.Reply(c.ID, intercom.Jane, text+", answered")
				return
			}
		}
		i.Note(second, intercom.Tom, text+", answered")
	}
}

// oneOf makes many runs start at one moment.
func (w *world) oneOf(t *testing.T, many int) {
	t.Helper()
	release, _ := w.holdAll(t)
	runs, fire := w.poise(t, many, "sync")
	fire()
	eventually(t, "all but one have ended", func() bool { return len(working(runs)) <= 1 })
	require.Len(t, working(runs), 1, "nobody works")
	winner := working(runs)[0]
	eventually(t, "the winner works", func() bool { return w.gate.count() > 0 })
	for _, p := range runs {
		if p != winner {
			r := p.report(t)
			require.Equal(t, 5, r.ExitCode, p.stderr.String())
			require.Equal(t, "locked", r.Error.Code)
		}
	}
	release()
	require.Equal(t, report.Done, winner.report(t).Status, winner.stderr.String())
	require.NotEmpty(t, of(winner, w.gate.seen()))
	require.Empty(t, butOf(winner, w.gate.seen()), "who steps back calls no desk")
}

func working(runs []*process) (out []*process) {
	for _, p := range runs {
		if !p.ended() {
			out = append(out, p)
		}
	}
	return out
}
