package engine_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

var errDead = errors.New("the process is dead")

// reaper counts the steps of a process (before and after each HTTP call and each state command) and kills it at one.
type reaper struct {
	mu    sync.Mutex
	steps int
	at    int // 0: never
	dead  bool
}

func (r *reaper) step() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dead {
		return errDead
	}
	r.steps++
	if r.steps == r.at {
		r.dead = true
		return errDead
	}
	return nil
}

// revive begins a new process, which dies no second time. It tells whether the old one was dead.
func (r *reaper) revive() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.dead
	if was {
		r.dead, r.at = false, 0
	}
	return was
}

// mortal is the way to the desks of a process that may die before a call leaves, or before its answer arrives.
type mortal struct {
	*reaper
	next http.RoundTripper
}

func (m mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := m.step(); err != nil {
		return nil, err
	}
	res, err := m.next.RoundTrip(r)
	if err == nil {
		if dead := m.step(); dead != nil {
			_ = res.Body.Close()
			return nil, dead
		}
	}
	return res, err
}

// mortalStore is the store as a process that may die before or after each command sees it.
type mortalStore struct {
	state.Store
	*reaper
}

func around[T any](r *reaper, do func() (T, error)) (T, error) {
	var zero T
	if err := r.step(); err != nil {
		return zero, err
	}
	v, err := do()
	if dead := r.step(); dead != nil {
		return zero, dead
	}
	return v, err
}

func (m mortalStore) Acquire(ctx context.Context, name string, ttl time.Duration) (state.Lease, error) {
	return around(m.reaper, func() (state.Lease, error) { return m.Store.Acquire(ctx, name, ttl) })
}

func (m mortalStore) Commit(ctx context.Context, l state.Lease, p state.Pair, c state.Change) error {
	_, err := around(m.reaper, func() (int, error) { return 0, m.Store.Commit(ctx, l, p, c) })
	return err
}

func (m mortalStore) Put(ctx context.Context, l state.Lease, key string, v []byte) error {
	_, err := around(m.reaper, func() (int, error) { return 0, m.Store.Put(ctx, l, key, v) })
	return err
}

// Release and Renew of a dead process reach nobody.
func (m mortalStore) Release(ctx context.Context, l state.Lease) error {
	if err := m.step(); err != nil {
		return err
	}
	return m.Store.Release(ctx, l)
}

func (m mortalStore) Renew(ctx context.Context, l state.Lease) (state.Lease, error) {
	m.mu.Lock()
	dead := m.dead
	m.mu.Unlock()
	if dead {
		return l, errDead
	}
	return m.Store.Renew(ctx, l)
}

// essence is what must be the same after any death: per conversation the ordered side, visibility, letters and files,
// and the fields. Ids, times and system entries do not count.
func (w *world) essence() string { return w.drawn(true) }

// words is the essence without the fields: those a desk may hold in its own way.
func (w *world) words() string { return w.drawn(false) }

func (w *world) drawn(fields bool) string {
	var all []string
	for name, threads := range map[string][]sandbox.Thread{"dashly": w.dashly.Dump(), "intercom": w.intercom.Dump()} {
		for _, t := range threads {
			var b strings.Builder
			tags := slices.Clone(t.Tags)
			sort.Strings(tags)
			fmt.Fprintf(&b, "%s\n", name)
			if fields {
				fmt.Fprintf(&b, "  %s %s %v\n", t.State, t.Agent, tags)
			}
			for _, e := range t.Entries {
				text := e.Text
				if i := strings.Index(text, "[db1 "); i >= 0 {
					text = text[:i]
				}
				text = idless.ReplaceAllString(text, "#")
				if mapping.Letters(text) == "" && len(e.Files) == 0 {
					continue
				}
				fmt.Fprintf(&b, "  %s %v %s %v\n", e.Side, e.Visible, mapping.Letters(text), e.Files)
			}
			all = append(all, b.String())
		}
	}
	sort.Strings(all)
	return strings.Join(all, "")
}

// tellings are the stories that every death is tried on.
var tellings = map[string]struct {
	setup setup
	tell  func(w *world) (second func())
}{
	"a thread on Dashly": {tell: func(w *world) func() {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello, my order is late")
		d.Tag(conv, dashly.Jane, "vip")
		d.Assign(conv, dashly.Jane, dashly.Jane)
		d.Reply(conv, dashly.Jane, "ok")
		d.Reply(conv, dashly.Jane, "ok")
		d.Note(conv, dashly.Jane, "customs")
		d.Write(conv, "ok")
		return func() {
			w.pause(3 * time.Minute)
			twin := w.thread(w.intercom.Dump())
			w.intercom.People().Reply(twin.ID, intercom.Jane, "We are on it")
			w.intercom.People().Note(twin.ID, intercom.Tom, "promised")
			w.intercom.People().Close(twin.ID, intercom.Jane)
		}
	}},
	"a thread on Intercom": {tell: func(w *world) func() {
		p := w.intercom.People()
		conv, _ := p.Open(p.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Do you ship to Peru?")
		p.Reply(conv, intercom.Jane, "We do")
		p.Bot(conv, "How did we do?")
		p.Write(conv, "great")
		p.Write(conv, "great")
		p.Tag(conv, intercom.Jane, "shipping")
		p.Assign(conv, intercom.Jane, intercom.Jane)
		return func() {
			w.pause(3 * time.Minute)
			home := w.thread(w.dashly.Dump())
			w.dashly.People().Reply(home.ID, dashly.Jane, "Also to Chile")
			w.dashly.People().Close(home.ID, dashly.Jane)
		}
	}},
	"two threads, one begun by a campaign": {tell: func(w *world) func() {
		d := w.dashly.People()
		who := d.Customer(sandbox.Customer{Name: "Carol"})
		camp := d.Campaign(who, "Black Friday!")
		d.Open(who, "Hi")
		return func() {
			w.pause(3 * time.Minute)
			d.Write(camp, "Tell me more")
		}
	}},
}

// TestEveryDeathEndsAlike kills the bridge before and after every HTTP call and every state command (some of them
// unless DESKBRIDGE_TEST_FULL is set), restarts it and demands the same two desks and the same number of customer-visible writes as without a death.
func TestEveryDeathEndsAlike(t *testing.T) {
	for name, story := range tellings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := func(t *testing.T, at int) (essence string, steps, visible int) {
				inWorld(t, story.setup, func(w *world) {
					w.reaper = &reaper{at: at}
					second := story.tell(w)
					w.survive()
					second()
					w.survive()
					w.reaper.at = 0
					w.idle()
					essence, steps = w.essence(), w.reaper.steps
					visible = len(w.delivered("dashly", "bridge")) + len(w.delivered("intercom", "bridge"))
				})
				return essence, steps, visible
			}
			want, steps, visible := run(t, 0)
			require.NotEmpty(t, want)
			first := 1
			if v, err := strconv.Atoi(os.Getenv("DESKBRIDGE_TEST_KILL_AT")); err == nil {
				first, steps = v, v
			}
			for at := first; at <= steps; at += stride(5) {
				got, _, seen := run(t, at)
				require.Equal(t, want, got, "killed at step %d of %d", at, steps)
				require.Equal(t, visible, seen, "customer-visible writes, killed at step %d", at)
			}
			t.Logf("%d points", steps)
		})
	}
}

// survive runs until a pass ends with nothing open, restarting after a death.
func (w *world) survive() {
	w.t.Helper()
	for range 6 {
		rep := w.sync()
		if rep.Status == report.Done {
			if w.reaper.revive() {
				w.pause(15 * time.Second)
			}
			return
		}
		if os.Getenv("DESKBRIDGE_TEST_LOG") != "" {
			w.t.Logf("%s %+v", rep.Status, rep.Error)
		}
		w.reaper.revive()
		w.pause(15 * time.Second) // the leases of the dead run out
	}
	w.t.Fatalf("no pass came to an end:\n%s", w.picture())
}
