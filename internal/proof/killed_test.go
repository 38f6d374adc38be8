package proof_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
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

// cron is the pause before a run when the one before it left something that waits; a conversation that met a dead line
// on a busy machine waits for minutes.
const (
	cron      = 200 * time.Millisecond
	recovered = 4 * patience
)

// reference tells how a world that nobody disturbed looks, and how long and busy its two passes were.
type reference struct {
	essence, told []string
	calls         [2]int
	took          [2]time.Duration
	opening       time.Duration // from the start of the program to its first call: it makes the store then
}

// TestKilledAnywhere kills the program in its first pass over a seeded world, in the pass that carries what people wrote
// after that, and in the runs that recover from these kills, at moments spread over all calls and over the making of the
// store. It is run again until it ends with 0, as cron would. The desks must look as if nothing had happened, customers
// must have heard everything once, and nothing may be left to do. In one round of eight it is serve that is killed, again
// and again, while people write; in another one it is backfill.
//
// DESKBRIDGE_PROOF_KILLS is the number of kills on each store, 60 by default; DESKBRIDGE_PROOF_SEED repeats their
// moments.
func TestKilledAnywhere(t *testing.T) {
	kills, seed := figure(t, "DESKBRIDGE_PROOF_KILLS", 60, 1000), uint64(number(t, "DESKBRIDGE_PROOF_SEED", time.Now().UnixNano()))
	for name, store := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fresh := store(t)
			want := undisturbed(t, fresh())
			require.NotEmpty(t, want.told, "somebody must be able to hear something twice")
			t.Logf("DESKBRIDGE_PROOF_SEED=%d, %d kills; undisturbed: %d and %d calls, %v and %v, the first after %v, %d deliveries",
				seed, kills, want.calls[0], want.calls[1], want.took[0].Round(time.Millisecond), want.took[1].Round(time.Millisecond),
				want.opening.Round(time.Millisecond), len(want.told))
			var toll toll
			rounds := crew(t, 8, func(round int) bool { return toll.sum() < kills && round < int(kills) }, func(t *testing.T, round int) {
				rng := rand.New(rand.NewPCG(seed, uint64(round)))
				var blows [2][]blow
				for pass := range blows {
					blows[pass] = []blow{aim(rng, round, want, pass)}
					for range rng.IntN(3) { // and while it recovers
						blows[pass] = append(blows[pass], again(rng, want, pass))
					}
				}
				disturbed(t, fresh(), want, underCommand(round), blows, &toll)
			})
			t.Logf("%s in %d rounds", &toll, rounds)
			require.GreaterOrEqual(t, toll.sum(), kills, "most blows must hit")
		})
	}
}

// toll counts what was killed, and how the runs afterwards ended.
type toll struct {
	mu    sync.Mutex
	kills map[string]int64
	codes map[int]int
}

func (l *toll) killed(where string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kills == nil {
		l.kills = map[string]int64{}
	}
	l.kills[where]++
}

func (l *toll) ended(code int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.codes == nil {
		l.codes = map[int]int{}
	}
	l.codes[code]++
}

func (l *toll) sum() (n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range l.kills {
		n += k
	}
	return n
}

func (l *toll) String() string {
	n := l.sum()
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("%d kills: %v; exit codes of the runs that lived: %v", n, l.kills, l.codes)
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

// aim spreads the first blows of all rounds evenly over the calls of a pass, and the rest at random.
func aim(rng *rand.Rand, round int, want reference, pass int) blow {
	switch {
	case round%8 == 7: // by the clock: also where no call is near
		return blow{delay: time.Duration(rng.Int64N(int64(want.took[pass])))}
	case round%8 == 3: // while the store is made or opened
		return blow{delay: time.Duration(rng.Int64N(int64(want.opening)))}
	}
	const golden = 0.6180339887498949 // its multiples fill the circle evenly, however many there are
	_, spread := math.Modf(float64(round) * golden)
	return blowAt(rng, 1+int(spread*float64(want.calls[pass])))
}

// again aims at a run that recovers, which makes fewer calls.
func again(rng *rand.Rand, want reference, pass int) blow {
	switch rng.IntN(8) {
	case 0:
		return blow{delay: time.Duration(rng.Int64N(int64(want.opening)))}
	case 1:
		return blow{delay: time.Duration(rng.Int64N(int64(want.took[pass])))}
	}
	return blowAt(rng, 1+rng.IntN(1+want.calls[pass]/2))
}

func blowAt(rng *rand.Rand, call int) blow {
	b := blow{call: call, when: []string{"before", "late", "served", "answered"}[rng.IntN(4)], write: rng.IntN(2) == 0}
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
		for w.run(t, "sync").ExitCode != report.ExitDone { // where a call timed out
			require.Less(t, time.Since(began), recovered, "it does not end")
			time.Sleep(cron)
		}
		r.calls[pass], r.took[pass] = w.gate.count(), time.Since(began)
		if pass == 0 {
			r.opening = w.gate.seen()[0].At.Sub(began)
		}
	}
	w.idle(t)
	r.essence, r.told = w.essence(), w.told()
	return r
}

// underCommand is the command that is struck in a round. What recovers in the end is always sync.
func underCommand(round int) string {
	switch round % 8 {
	case 1:
		return "backfill"
	case 5:
		return "serve"
	}
	return "sync"
}

// disturbed makes both passes, each hit by blows under a command, and compares.
func disturbed(t *testing.T, store string, want reference, under string, blows [2][]blow, toll *toll) {
	t.Helper()
	w := seeded(t, setup{state: store}, killedConversations)
	var trail []string
	for pass := range blows {
		carried := pass == 0
		people := func() {
			if !carried {
				carryOn(w)
				carried = true
			}
		}
		if under != "serve" {
			people()
		}
		struck, since := 0, time.Now() // the last blow
		for tries, code := 1, -1; code != report.ExitDone; tries++ {
			command, b := "sync", blow{}
			if struck < len(blows[pass]) {
				command, b = under, blows[pass][struck]
				struck, since = struck+1, time.Now()
			} else if code >= 0 {
				require.Less(t, time.Since(since), recovered, "it does not recover: %s", trail)
				time.Sleep(cron)
			}
			p := w.command(command)
			if b != (blow{}) {
				w.gate.strike(b, p, fell(p))
			} else {
				w.gate.watch(nil) // what comes now is served at once
			}
			p.start(t)
			if command == "serve" {
				w.attend(t, p, people)
			}
			code = p.wait(t)
			trail = append(trail, fmt.Sprintf("%s, pass %d, %+v: %d\n%s", command, pass+1, b, code, p.stderr.String()))
			switch {
			case code >= 0:
				toll.ended(code)
				require.Contains(t, []int{report.ExitDone, report.ExitIncomplete}, code, "cron cannot go on by itself: %s", trail)
			case b.call > 0 || b.delay > want.opening:
				toll.killed(fmt.Sprintf("%s, pass %d, run %d", command, pass+1, tries))
			default:
				toll.killed(fmt.Sprintf("%s, pass %d, opening the store", command, pass+1))
			}
			if command == "serve" {
				code = -1 // it says nothing about what is left to do
			}
		}
	}
	w.gate.late.Wait()
	require.Equal(t, want.essence, w.essence(), "%s", trail)
	require.Equal(t, want.told, w.told(), "%s", trail)
	w.idle(t)
}

// attend lets people write once a daemon is at work, and ends it in order when nothing kills it: after three passes
// without a write.
func (w *world) attend(t *testing.T, p *process, people func()) {
	t.Helper()
	eventually(t, "the daemon makes no call", func() bool { return p.ended() || len(of(p, w.gate.seen())) > 0 })
	people()
	eventually(t, "the daemon keeps writing, or makes no passes", func() bool {
		calls := of(p, w.gate.seen())
		last := -1
		for i, c := range calls {
			if writes(c.Request) {
				last = i
			}
		}
		since := 0
		for _, c := range calls[last+1:] {
			if c.Method == http.MethodGet && c.Path == "/me" {
				since++
			}
		}
		return p.ended() || since > 3
	})
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended just now
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
