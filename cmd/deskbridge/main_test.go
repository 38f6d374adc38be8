package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/sqlite"
)

// world is two stand-in desks and a configuration for them.
type world struct {
	dashly   *sandbox.DashlyDesk
	intercom *sandbox.IntercomDesk
	log      *sandbox.Log
	dir      string
	config   string
	stdout   lockedBuffer
	stderr   lockedBuffer
	signals  chan os.Signal
	exited   chan int // codes of Exit
}

func newWorld(t *testing.T, conversations int, settle string) *world {
	t.Helper()
	w := &world{log: &sandbox.Log{}, dir: t.TempDir(), signals: make(chan os.Signal, 2), exited: make(chan int, 1)}
	w.dashly, w.intercom = sandbox.NewPair(sandbox.Options{Log: w.log})
	start := time.Now().Add(-6 * time.Hour).UTC().Truncate(time.Second)
	sandbox.Seed(w.dashly, w.intercom, conversations, 1, start)
	w.log.Reset()
	d, i := httptest.NewServer(w.dashly), httptest.NewServer(w.intercom)
	t.Cleanup(d.Close)
	t.Cleanup(i.Close)
	w.config = filepath.Join(w.dir, "deskbridge.yaml")
	text := `dashly: {token: secret-of-dashly, base_url: "` + d.URL + `", max_rate: 1000, settle: ` + settle + `}
intercom: {token: secret-of-intercom, base_url: "` + i.URL + `", settle: ` + settle + `}
sync: {start: ` + start.Format(time.RFC3339) + `}
agents: {fallback: {dashly: default_admin, intercom: 25}}
`
	require.NoError(t, os.WriteFile(w.config, []byte(text), 0o600))
	return w
}

// run runs the program under --json and gives its object. The object is the whole of stdout.
func (w *world) run(t *testing.T, args ...string) report.Report {
	t.Helper()
	w.stdout.reset()
	m := Main{Stdout: &w.stdout, Stderr: &w.stderr, Env: os.LookupEnv, Signals: w.signals, Exit: func(code int) { w.exited <- code }}
	code := m.Run(context.Background(), append(args, "--json", "--config", w.config))
	var r report.Report
	d := json.NewDecoder(strings.NewReader(w.stdout.String()))
	require.NoError(t, d.Decode(&r), w.stdout.String())
	require.False(t, d.More(), "one object only")
	require.Equal(t, code, r.ExitCode)
	require.NotContains(t, w.stdout.String()+w.stderr.String(), "secret-of")
	return r
}

type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *lockedBuffer) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text.Reset()
}

func TestTheFirstSignalEndsAPassInOrder(t *testing.T) {
	w := newWorld(t, 4, "10m") // a new store: nothing is written for so long
	var once sync.Once
	w.dashly.Fail(func(*http.Request) sandbox.Fault {
		once.Do(func() { w.signals <- syscall.SIGINT }) // the pass is at work
		return sandbox.Fault{}
	})
	r := w.run(t, "sync")
	require.Equal(t, report.Stopped, r.Status)
	require.Equal(t, 130, r.ExitCode)
	require.Empty(t, w.exited)
	for _, d := range r.Directions {
		require.True(t, d.Entries.Balanced())
	}
	require.Contains(t, w.stderr.String(), "a second signal ends at once")
}

func TestTheSecondSignalEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal)
		exited := make(chan int, 1)
		a := &app{Main: &Main{Stderr: &lockedBuffer{}, Signals: signals, Exit: func(code int) { exited <- code }}, stop: make(chan struct{})}
		go a.watch(t.Context())
		signals <- syscall.SIGTERM
		signals <- syscall.SIGTERM // the same one once more: timeout(1) signals the process and its group
		synctest.Wait()
		require.True(t, a.stopped())
		require.Empty(t, exited)
		time.Sleep(time.Second)
		signals <- syscall.SIGTERM
		require.Equal(t, 130, <-exited)
	})
}

func TestALeaseThatIsHeldIsExitCode5(t *testing.T) {
	w := newWorld(t, 1, "1s")
	store, err := sqlite.Open(t.Context(), filepath.Join(w.dir, "deskbridge.db"), "main")
	require.NoError(t, err)
	defer store.Close()
	lease, err := store.Acquire(t.Context(), "run", time.Hour)
	require.NoError(t, err)
	r := w.run(t, "sync")
	require.Equal(t, report.Locked, r.Status)
	require.Equal(t, 5, r.ExitCode)
	require.Equal(t, "locked", r.Error.Code)
	require.Equal(t, report.Done, w.run(t, "status").Status, "reading works beside it")
	require.NoError(t, store.Release(t.Context(), lease))
}

func TestParkedConversationsCanBeSeenRetriedAndDropped(t *testing.T) {
	w := newWorld(t, 1, "1s")
	store, err := sqlite.Open(t.Context(), filepath.Join(w.dir, "deskbridge.db"), "main")
	require.NoError(t, err)
	defer store.Close()
	later := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	for pair, parked := range map[state.Pair]bool{"dashly:11": true, "dashly:12": false} {
		lease, err := store.Acquire(t.Context(), string(pair), time.Minute)
		require.NoError(t, err)
		item := state.Item{Pair: pair, Parked: parked, Reason: "rate_limited", Detail: "HTTP 429", Since: later.Add(-2 * time.Hour), RetryAt: later, Tries: 3}
		require.NoError(t, store.Commit(t.Context(), lease, pair, state.Change{Agenda: &item}))
		require.NoError(t, store.Release(t.Context(), lease))
	}
	r := w.run(t, "parked", "list")
	require.Equal(t, report.Done, r.Status)
	require.Len(t, r.Parked, 1, "what is pending is not parked")
	require.Equal(t, report.ParkedPair{Pair: "dashly:11", Reason: "rate_limited", Detail: "HTTP 429", Since: later.Add(-2 * time.Hour), RetryAt: later, Tries: 3}, r.Parked[0])
	require.Equal(t, r.Parked, w.run(t, "parked", "show", "dashly:11").Parked)
	require.Equal(t, "not_parked", w.run(t, "parked", "drop", "dashly:12").Error.Code)
	s := w.run(t, "status").State
	require.Equal(t, [2]int{1, 1}, [2]int{s.Parked, s.Pending})

	text := func(args ...string) string {
		w.stdout.reset()
		m := Main{Stdout: &w.stdout, Stderr: &w.stderr, Env: os.LookupEnv}
		require.Zero(t, m.Run(t.Context(), append(args, "--config", w.config)))
		return w.stdout.String()
	}
	require.Contains(t, text("parked", "show", "dashly:11"), "What is not carried waits: deskbridge explain dashly:11 lists it, deskbridge parked drop dashly:11 gives it up.")
	require.NotContains(t, text("parked", "list"), "What is not carried waits")
	for _, command := range []string{"drop", "show"} {
		require.Regexp(t, `(?s)what\s+is not carried by now`, text("parked", command, "--help"))
	}

	require.Equal(t, report.Done, w.run(t, "parked", "retry", "dashly:11").Status)
	require.False(t, w.run(t, "parked", "list").Parked[0].RetryAt.After(time.Now()))

	require.Equal(t, "dashly:11 is off the list: what was not carried by now is given up; what is said later is carried again.\n", text("parked", "drop", "dashly:11"))
	require.Empty(t, w.run(t, "parked", "list").Parked)
	require.Empty(t, w.log.Requests(), "no desk was asked")
}

func TestMaxWritesLeavesTheRestPending(t *testing.T) {
	w := newWorld(t, 4, "1s")
	r := w.run(t, "sync", "--max-writes", "3")
	require.Equal(t, report.Incomplete, r.Status)
	require.Equal(t, 3, r.ExitCode)
	calls := 0
	for _, c := range r.APICalls {
		calls += c.Write
	}
	require.Positive(t, calls)
	require.LessOrEqual(t, calls, 3)
	require.Equal(t, "pending", r.Error.Code)
	require.Equal(t, report.Done, w.run(t, "sync").Status, "the next run takes it up")
}

// TestOnlyAWholePassCountsForTheLag: a run about some conversations tells nothing about how far behind the others are.
func TestOnlyAWholePassCountsForTheLag(t *testing.T) {
	w := newWorld(t, 1, "1s")
	id := w.dashly.Dump()
	require.NotEmpty(t, id)
	ref := "dashly:" + id[0].ID
	require.Equal(t, report.Done, w.run(t, "sync", "--conversation", ref).Status)
	s := w.run(t, "status").State
	require.Equal(t, "sync", s.LastRun.Command)
	require.Nil(t, s.LastSuccess)
	require.Nil(t, s.LagS)
	whole := w.run(t, "sync")
	require.Equal(t, report.Done, whole.Status)
	require.Equal(t, report.Done, w.run(t, "sync", "--conversation", ref).Status)
	s = w.run(t, "status").State
	require.NotEqual(t, whole.Run, s.LastRun.Run)
	require.Equal(t, whole.Run, s.LastSuccess.Run)
}

// TestServeEndsWithoutItsFile: no later pass can write what was removed or replaced; whoever starts it again helps.
func TestServeEndsWithoutItsFile(t *testing.T) {
	w := newWorld(t, 1, "1s")
	w.configure(t, `sync: {start: 2026-11-01T00:00:00Z, schedule: "@every 1s", sweep: "off"}`)
	ended := make(chan report.Report, 1)
	go func() { ended <- w.run(t, "serve") }()
	require.Eventually(t, func() bool { return strings.Contains(w.stderr.String(), "pass ended") }, 20*time.Second, 10*time.Millisecond)
	require.NoError(t, os.Remove(filepath.Join(w.dir, "deskbridge.db")))
	r := <-ended
	require.Equal(t, report.Failed, r.Status)
	require.Equal(t, 1, r.ExitCode)
	require.Equal(t, "store_replaced", r.Error.Code)
	require.Contains(t, r.Error.Message, "was removed or replaced while it was in use: start again")
}

// TestANameThatWasChanged is told before anything is copied again, whichever command comes first.
func TestANameThatWasChanged(t *testing.T) {
	w := newWorld(t, 2, "1s")
	require.Equal(t, report.Done, w.run(t, "sync").Status)
	w.configure(t, "name: other")
	w.log.Reset()
	for _, command := range []string{"check", "plan", "sync", "serve"} {
		r := w.run(t, command)
		require.Equal(t, 4, r.ExitCode, command)
		require.Equal(t, "name", r.Error.Where, command)
		require.Contains(t, r.Error.Message, "under the name main, and this is other", command)
	}
	require.Zero(t, w.run(t, "status").State.Pairs)
	w.configure(t, "name: main")
	r := w.run(t, "sync")
	require.Equal(t, report.Done, r.Status)
	require.Zero(t, r.APICalls["dashly"].Write+r.APICalls["intercom"].Write)
}

// TestAStartThatWasMovedLater: what was said between counts as history then, and somebody has to hear of it.
func TestAStartThatWasMovedLater(t *testing.T) {
	w := newWorld(t, 1, "1s")
	about := func(r report.Report) (said []string) {
		for _, f := range r.Findings {
			if f.About == "sync.start" {
				said = append(said, f.Message)
			}
		}
		return said
	}
	const moved = "sync.start was moved later"
	for _, start := range []string{"2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"} { // earlier may be meant
		w.configure(t, "sync: {start: "+start+"}")
		require.Equal(t, report.Done, w.run(t, "sync").Status)
	}
	require.Empty(t, about(w.run(t, "check")))
	require.NotContains(t, w.stderr.String(), moved)

	w.configure(t, "sync: {start: 2026-01-02T00:00:00Z}")
	require.Equal(t, []string{"it was 2026-01-01T00:00:00Z when the bridge began: what was said between and is not carried yet counts as history now; put it back"}, about(w.run(t, "check")))
	require.NotContains(t, w.stderr.String(), moved, "check says it in its own way")
	for range 2 { // it stays so until it is put back
		w.stderr.reset()
		require.Equal(t, report.Done, w.run(t, "sync").Status)
		require.Contains(t, w.stderr.String(), moved)
	}

	w.configure(t, "sync: {start: 2999-01-01T00:00:00Z}")
	r := w.run(t, "check")
	require.Equal(t, report.Done, r.Status)
	require.Len(t, about(r), 2)
	require.Contains(t, about(r)[1], "it is a time to come")
}
