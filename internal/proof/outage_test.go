package proof_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/state"
)

// outage is how a Redis goes away for a while.
type outage struct {
	name  string
	fsync string // of the server
	by    syscall.Signal
	loses bool // what it did not sync in its last second, as when the power fails
}

var outages = []outage{
	{"restarted", "always", syscall.SIGTERM, false},
	{"killed", "always", syscall.SIGKILL, false},
	{"restarted, synced every second", "everysec", syscall.SIGTERM, false},
	{"killed, with its last second lost", "everysec", syscall.SIGKILL, true},
}

// TestRedisOutage lets Redis go away and come back in the midst of both passes of a world, at moments spread over all
// calls, under passes that cron makes and under a daemon. Nothing is lost or there twice, and nobody has to help.
//
// DESKBRIDGE_PROOF_OUTAGES is the number of rounds, two outages each, 16 by default; DESKBRIDGE_PROOF_SEED repeats them.
func TestRedisOutage(t *testing.T) {
	t.Parallel()
	rounds, seed := int(figure(t, "DESKBRIDGE_PROOF_OUTAGES", 16, 64)), uint64(number(t, "DESKBRIDGE_PROOF_SEED", time.Now().UnixNano()))
	want := undisturbed(t, startRedis(t, "always").fresh())
	t.Logf("DESKBRIDGE_PROOF_SEED=%d, %d rounds", seed, rounds)
	var toll toll
	crew(t, 6, func(round int) bool { return round < rounds }, func(t *testing.T, round int) {
		rng := rand.New(rand.NewPCG(seed, uint64(round)))
		o := outages[round%len(outages)]
		server := startRedis(t, o.fsync)
		written := server.watchLog(t)
		w := seeded(t, setup{state: server.fresh()}, killedConversations)
		trail := []string{o.name}
		for pass := range 2 {
			if pass == 1 {
				carryOn(w)
			}
			outage := w.strikeRedis(t, server, written, o, rng, 1+rng.IntN(want.calls[pass]*9/10)) // not at its very end: no two passes are quite alike
			if round/len(outages)%2 == 0 {
				trail = append(trail, w.byCron(t, outage, &toll)...)
			} else {
				trail = append(trail, w.byDaemon(t, outage)...)
				trail = append(trail, w.byCron(t, outage, &toll)...) // what it left for its next pass
			}
		}
		require.Equal(t, want.essence, w.essence(), "%s", trail)
		require.Equal(t, want.told, w.told(), "%s", trail)
		w.idle(t)
	})
	t.Logf("exit codes of the runs: %v", toll.codes)
}

// absence is an outage that is armed: begun is closed when Redis goes, over when it answers again.
type absence struct {
	begun, over chan struct{}
}

func passed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// strikeRedis arms an outage at a call; it is over some 100 ms later.
func (w *world) strikeRedis(t *testing.T, server *redisServer, log *appendLog, o outage, rng *rand.Rand, at int) absence {
	t.Helper()
	away := time.Duration(rng.Int64N(int64(300 * time.Millisecond)))
	a, keeps, within := absence{make(chan struct{}), make(chan struct{})}, rng.Float64(), rng.IntN(2) == 0
	t.Cleanup(func() { // the server is not left half started
		if passed(a.begun) {
			<-a.over
		}
	})
	strike := sync.OnceFunc(func() {
		close(a.begun)
		server.stop(o.by)
		if o.loses {
			log.cut(t, keeps)
		}
		time.AfterFunc(away, func() {
			if err := server.start(); err != nil {
				t.Error(err)
			}
			close(a.over)
		})
	})
	w.gate.watch(func(n int, _ call) deed {
		switch {
		case n != at:
			return deed{}
		case within: // while the call is served
			return deed{before: func() bool {
				strike()
				return true
			}}
		}
		return deed{after: strike}
	})
	return a
}

// byCron runs passes until one after the outage has done everything.
func (w *world) byCron(t *testing.T, outage absence, toll *toll) (trail []string) {
	t.Helper()
	for began := time.Now(); ; time.Sleep(cron) {
		require.Less(t, time.Since(began), patience, "it does not recover: %s", trail)
		after := passed(outage.over)
		p := w.command("sync").start(t)
		r := p.report(t)
		toll.ended(r.ExitCode)
		trail = append(trail, fmt.Sprintf("%d\n%s", r.ExitCode, p.stderr.String()))
		code := ""
		if r.Error != nil {
			code = r.Error.Code
		}
		require.Contains(t, []string{"", "store", "pending", "unfinished", "lease_lost", "locked"}, code, "cron cannot go on by itself: %s", trail)
		if r.ExitCode == report.ExitDone {
			require.True(t, passed(outage.begun), "the outage did not happen: %s", trail)
			if after && len(w.agenda(t)) == 0 { // a pair may have to wait for its time
				return trail
			}
		}
	}
}

// byDaemon lets a daemon live through the outage.
func (w *world) byDaemon(t *testing.T, outage absence) (trail []string) {
	t.Helper()
	p := w.command("serve").start(t)
	eventually(t, "the outage does not happen", func() bool {
		require.False(t, p.ended(), p.stderr.String())
		return passed(outage.over)
	})
	lines := strings.Count(p.stderr.String(), "pass ended")
	eventually(t, "the daemon does not recover", func() bool {
		require.False(t, p.ended(), p.stderr.String())
		later := strings.SplitAfter(p.stderr.String(), "pass ended")[min(lines+1, strings.Count(p.stderr.String(), "pass ended")):]
		done := 0
		for _, line := range later {
			if strings.Contains(line, `"status":"done","written":0`) {
				done++
			}
		}
		return done >= 2
	})
	p.signal(t, syscall.SIGTERM)
	require.Zero(t, p.wait(t), p.stderr.String())
	return []string{p.stderr.String()}
}

// agenda gives what the store says is left to do.
func (w *world) agenda(t *testing.T) []state.Item {
	t.Helper()
	store, ok := w.open(t)
	require.True(t, ok)
	defer func() { _ = store.Close() }()
	items, err := store.Agenda(t.Context())
	require.NoError(t, err)
	return items
}

// appendLog watches how a server's log grows.
type appendLog struct {
	path string
	mu   sync.Mutex
	at   []time.Time
	size []int64
}

func (s *redisServer) watchLog(t *testing.T) *appendLog {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(s.dir, "appendonlydir", "*.incr.aof"))
	require.NoError(t, err)
	require.NotEmpty(t, logs)
	l := &appendLog{path: logs[len(logs)-1]}
	tick := time.NewTicker(20 * time.Millisecond)
	end := make(chan struct{})
	t.Cleanup(func() { close(end) })
	go func() {
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
			}
			if info, err := os.Stat(l.path); err == nil {
				l.mu.Lock()
				l.at, l.size = append(l.at, time.Now()), append(l.size, info.Size())
				l.mu.Unlock()
			}
		}
	}()
	return l
}

// cut leaves a part of what the log got in its last second, mostly with a torn end.
func (l *appendLog) cut(t *testing.T, keeps float64) {
	info, err := os.Stat(l.path)
	if err != nil {
		t.Error(err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	synced := int64(0)
	for i, at := range l.at {
		if time.Since(at) > time.Second {
			synced = l.size[i]
		}
	}
	if err := os.Truncate(l.path, synced+int64(keeps*float64(info.Size()-synced))); err != nil {
		t.Error(err)
	}
}
