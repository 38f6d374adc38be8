package proof_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

const killedConversations = 12

// reference tells how a world that nobody disturbed looks, and how long and busy its two passes were.
type reference struct {
	essence, told []string
	calls         [2]int
	took          [2]time.Duration
}

// TestKilledAnywhere kills the program once in its first pass over a seeded world and once in the pass that carries what
// people wrote after that, at moments spread over all calls, and runs it again until it ends with 0, as cron would. The
// desks must look as if nothing had happened, customers must have heard everything once, and nothing may be left to do.
//
// DESKBRIDGE_PROOF_KILLS is the number of rounds on each store, 50 by default; DESKBRIDGE_PROOF_SEED repeats their
// moments.
func TestKilledAnywhere(t *testing.T) {
	rounds, seed := number(t, "DESKBRIDGE_PROOF_KILLS", 50), uint64(number(t, "DESKBRIDGE_PROOF_SEED", time.Now().UnixNano()))
	for name, store := range stores {
		t.Run(name, func(t *testing.T) {
			fresh := store(t)
			want := undisturbed(t, fresh())
			require.NotEmpty(t, want.told, "somebody must be able to hear something twice")
			t.Logf("DESKBRIDGE_PROOF_SEED=%d, %d rounds; undisturbed: %d and %d calls, %v and %v, %d deliveries",
				seed, rounds, want.calls[0], want.calls[1], want.took[0].Round(time.Millisecond), want.took[1].Round(time.Millisecond), len(want.told))
			var died atomic.Int64
			next := make(chan int)
			var crew sync.WaitGroup
			for range 4 { // the program mostly waits until its writes have settled
				crew.Go(func() {
					for round := range next {
						t.Run(strconv.Itoa(round), func(t *testing.T) {
							rng := rand.New(rand.NewPCG(seed, uint64(round)))
							died.Add(int64(disturbed(t, fresh(), want, [2]blow{
								aim(rng, round, int(rounds), want, 0), aim(rng, round, int(rounds), want, 1),
							})))
						})
					}
				})
			}
			for round := range int(rounds) {
				next <- round
			}
			close(next)
			crew.Wait()
			t.Logf("%d of %d blows hit", died.Load(), 2*rounds)
			require.Greater(t, died.Load(), rounds, "most blows must hit")
		})
	}
}

func number(t *testing.T, variable string, otherwise int64) int64 {
	t.Helper()
	text, ok := os.LookupEnv(variable)
	if !ok {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	require.NoError(t, err, variable)
	return n
}

// aim spreads the blows of all rounds evenly over the calls of a pass, and the rest at random.
func aim(rng *rand.Rand, round, rounds int, want reference, pass int) blow {
	if round%8 == 7 { // by the clock: also where no call is near
		return blow{delay: time.Duration(rng.Int64N(int64(want.took[pass])))}
	}
	b := blow{when: []string{"before", "late", "served", "answered"}[rng.IntN(4)], write: rng.IntN(2) == 0}
	b.call = 1 + int((float64(round)+rng.Float64())/float64(rounds)*float64(want.calls[pass]))
	b.call = min(b.call, want.calls[pass])
	switch b.when {
	case "answered":
		b.delay = time.Duration(rng.Int64N(int64(3 * time.Millisecond)))
	case "late": // when the next run is at work, and well within settle
		b.write, b.delay = true, 100*time.Millisecond+time.Duration(rng.Int64N(int64(300*time.Millisecond)))
	}
	return b
}

// undisturbed makes both passes in peace.
func undisturbed(t *testing.T, store string) (r reference) {
	t.Helper()
	w := seeded(t, setup{state: store}, killedConversations)
	for pass := range 2 {
		if pass == 1 {
			carryOn(w)
		}
		w.gate.watch(nil)
		began := time.Now()
		w.sync(t)
		r.calls[pass], r.took[pass] = w.gate.count(), time.Since(began)
	}
	w.idle(t)
	r.essence, r.told = w.essence(), w.told()
	return r
}

// disturbed makes both passes, each hit by a blow, and compares. It gives the number of deaths.
func disturbed(t *testing.T, store string, want reference, blows [2]blow) (deaths int) {
	t.Helper()
	w := seeded(t, setup{state: store}, killedConversations)
	var trail []string
	for pass, b := range blows {
		if pass == 1 {
			carryOn(w)
		}
		victim := w.command("sync")
		w.gate.strike(b, victim)
		victim.start(t).wait(t)
		code := victim.cmd.ProcessState.ExitCode()
		trail = append(trail, fmt.Sprintf("pass %d, %+v: %d\n%s", pass+1, b, code, victim.stderr.String()))
		if code < 0 {
			deaths++
		}
		w.gate.watch(nil) // what comes now is served at once
		for tries := 1; code != report.ExitDone; tries++ {
			require.LessOrEqual(t, tries, 4, "it does not recover: %s", trail)
			again := w.command("sync").start(t)
			code = again.wait(t)
			trail = append(trail, fmt.Sprintf("again: %d\n%s", code, again.stderr.String()))
		}
	}
	w.gate.late.Wait()
	require.Equal(t, want.essence, w.essence(), "%s", trail)
	require.Equal(t, want.told, w.told(), "%s", trail)
	w.idle(t)
	return deaths
}

// carryOn lets something happen in every thread: the customer writes again at home, an agent answers on the other desk.
// It happens at one moment, because a desk that keeps whole seconds would order two by the second they fall into.
func carryOn(w *world) {
	at := time.Now()
	for _, desk := range []struct {
		threads []sandbox.Thread
		people  stage.Human
		jane    string
	}{{w.dashly.Dump(), w.dashly.At(at), dashly.Jane}, {w.intercom.Dump(), w.intercom.At(at), intercom.Jane}} {
		for _, t := range desk.threads {
			if isCopy(t) {
				desk.people.Reply(t.ID, desk.jane, "An answer from the other desk")
				desk.people.Tag(t.ID, desk.jane, "answered")
			} else {
				desk.people.Write(t.ID, "One more question")
			}
		}
	}
}

// isCopy reports whether the bridge opened the thread.
func isCopy(t sandbox.Thread) bool {
	i := slices.IndexFunc(t.Entries, func(e sandbox.Entry) bool { return e.Side == stage.SideCustomer })
	return i >= 0 && t.Entries[i].ByBridge
}
