package proof_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// shortLease is the lease of holders that are stopped: their successors wait for it.
const shortLease = 2 * time.Second

// freeze stops the process, and returns when none of its threads runs any more.
func (p *process) freeze() {
	<-p.started
	_ = p.cmd.Process.Signal(syscall.SIGSTOP)
	for !p.ended() && !p.frozen() {
		time.Sleep(time.Millisecond)
	}
}

func (p *process) frozen() bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.cmd.Process.Pid))
	if err != nil || len(threads) == 0 {
		return false
	}
	for _, thread := range threads {
		stat, err := os.ReadFile(thread)
		if _, after, ok := strings.Cut(string(stat), ") "); err == nil && (!ok || after[0] != 'T') {
			return false
		}
	}
	return true
}

func (p *process) thaw() { _ = p.cmd.Process.Signal(syscall.SIGCONT) }

// TestStoppedHolder stops the holder of the lease in the midst of a pass, until another run has taken over by expiry: at
// a call, between a promise and its call, and while it shakes hands with the desk that it is going to write to. When it
// goes on, while that one works or afterwards, it begins no call any more and ends with 5, and nothing is there twice.
//
// DESKBRIDGE_PROOF_STOPS is the number of rounds on each store, 12 by default; DESKBRIDGE_PROOF_SEED repeats them.
func TestStoppedHolder(t *testing.T) {
	t.Parallel()
	rounds, seed := int(figure(t, "DESKBRIDGE_PROOF_STOPS", 12, 24)), uint64(number(t, "DESKBRIDGE_PROOF_SEED", time.Now().UnixNano()))
	for name, store := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fresh := store(t)
			t.Logf("DESKBRIDGE_PROOF_SEED=%d, %d rounds", seed, rounds)
			want := seeded(t, setup{state: fresh()}, 4)
			want.gate.watch(nil)
			want.sync(t)
			calls := want.gate.count()
			crew(t, 4, func(round int) bool { return round < rounds }, func(t *testing.T, round int) {
				rng := rand.New(rand.NewPCG(seed, uint64(round)))
				s := setup{state: fresh(), workers: 1 + 3*rng.IntN(2), lease: shortLease}
				var w *world
				var holder *process
				var trail string
				stopped := make(chan struct{})
				stop := sync.OnceFunc(func() {
					holder.freeze()
					close(stopped)
				})
				switch round % 4 {
				case 0:
					trail = "between a promise and its call"
					w = seeded(t, s, 4)
					holder = w.command("sync").setenv(rateVariable, "8").start(t)
					w.freezePromised(t, holder)
					stop()
				case 2:
					trail = "shaking hands"
					s.workers = 1
					s.greets = func(desk string) {
						if desk == "dashly" && !holder.ended() && w.promises(t) {
							stop()
						}
					}
					w = seeded(t, s, 4)
					holder = w.command("sync")
					holder.start(t)
				default:
					b := blow{call: 1 + rng.IntN(calls), write: rng.IntN(2) == 0, when: []string{"handed", "late", "served"}[rng.IntN(3)],
						delay: time.Duration(rng.Int64N(int64(400 * time.Millisecond)))}
					trail = fmt.Sprintf("%+v", b)
					w = seeded(t, s, 4)
					holder = w.command("sync")
					w.gate.strike(b, holder, stop)
					holder.start(t)
				}
				select {
				case <-stopped:
				case <-holder.done: // there was no write after that call
					require.Zero(t, holder.wait(t), "%s\n%s", trail, holder.stderr.String())
					return
				}
				w.succeed(t, holder, rng.IntN(2)*(1+rng.IntN(calls)), trail)
				require.Equal(t, want.essence(), w.essence(), trail)
				require.Equal(t, want.told(), w.told(), trail)
				w.idle(t)
			})
		})
	}
}

// promises reports whether a write to Dashly is promised.
func (w *world) promises(t *testing.T) bool {
	store, ok := w.open(t)
	if !ok {
		return false
	}
	defer func() { _ = store.Close() }()
	return len(promised(t, store)) > 0
}

// succeed makes other runs until one has done everything, and lets the stopped holder go on at a call of theirs, or
// else afterwards.
func (w *world) succeed(t *testing.T, holder *process, at int, trail string) {
	t.Helper()
	thaw, inHand := sync.OnceFunc(holder.thaw), of(holder, w.gate.seen())
	inHand = inHand[max(0, len(inHand)-4):] // no more at once
	theirs := 0
	w.gate.watch(func(_ int, c call) deed {
		if c.by == holder.id || c.by == 0 {
			return deed{}
		}
		if theirs++; theirs != at {
			return deed{}
		}
		return deed{before: func() bool {
			thaw()
			return true
		}}
	})
	took, cron := false, time.NewTicker(100*time.Millisecond)
	defer cron.Stop()
	for code := -1; code != report.ExitDone; <-cron.C {
		p := w.command("sync").start(t)
		r := p.report(t)
		code = r.ExitCode
		switch {
		case code == report.ExitLocked && !took: // a stopped holder still lives
		case code == report.ExitFailed && !took && strings.Contains(r.Error.Message, "another process has been writing for too long"):
			thaw() // it was stopped within a transaction: nobody can know how that will end
		default:
			took = true
			require.Contains(t, []int{report.ExitDone, report.ExitIncomplete}, code, "%s\n%s", trail, p.stderr.String())
		}
		trail += fmt.Sprintf(" %d", code)
	}
	thaw()
	r := holder.report(t)
	require.Equal(t, 5, r.ExitCode, "%s\n%s", trail, holder.stderr.String())
	require.Equal(t, "lease_lost", r.Error.Code)
	taken := false
	for _, c := range w.gate.seen() {
		taken = taken || c.by != holder.id && c.by != 0
		if taken && c.by == holder.id && !repeats(c, inHand) {
			require.Fail(t, "after the takeover the stopped holder made a call", "%s: %s %s %s\n%s", trail, c.Desk, c.Method, c.Path, holder.stderr.String())
		}
	}
	w.gate.late.Wait()
}

// repeats reports whether a call is a read that the process had begun before it was stopped, and whose connection was cut:
// net/http sends such a one again by itself.
func repeats(c call, before []call) bool {
	return c.Method == http.MethodGet && slices.ContainsFunc(before, func(b call) bool { return b.Desk == c.Desk && b.Method == c.Method && b.Path == c.Path })
}

// freezePromised stops a slow run when a write to Dashly is promised in the store and has not left.
func (w *world) freezePromised(t *testing.T, p *process) {
	t.Helper()
	var store state.Store
	eventually(t, "there is no store", func() (ok bool) {
		store, ok = w.open(t)
		return ok
	})
	sent := func() (n int) {
		for _, c := range of(p, w.gate.seen()) {
			if writes(c.Request) {
				n++
			}
		}
		return n
	}
	known := map[string]bool{}
	eventually(t, "no promise waits for its turn", func() bool {
		require.False(t, p.ended(), p.stderr.String())
		before := sent()
		for id := range promised(t, store) {
			if known[id] {
				continue
			}
			known[id] = true
			p.freeze()
			if _, still := promised(t, store)[id]; still && sent() == before {
				return true
			}
			p.thaw() // too late for this one
		}
		return false
	})
}

// promised gives the writes to Dashly that the store does not know the end of.
func promised(t *testing.T, s state.Store) map[string]state.Intent {
	t.Helper()
	all := map[string]state.Intent{}
	require.NoError(t, s.Pairs(t.Context(), func(p state.Pair) error {
		records, err := s.Load(t.Context(), p)
		if err != nil {
			return err
		}
		l, err := state.ReadLedger(p, records)
		if err == nil {
			maps.Copy(all, l.Intents)
		}
		return err
	}))
	maps.DeleteFunc(all, func(_ string, in state.Intent) bool { return in.Desk != mapping.Desk("dashly") })
	return all
}
