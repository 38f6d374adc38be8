// Package statetest is the exam that every store passes: leases, commits, values, what survives a crash, a rollback,
// a holder that comes back late.
//
// A store's test file says how it is opened and where:
//
//	func TestMain(m *testing.M) { statetest.Main(m, sqlite.Open) }
//
//	func TestStore(t *testing.T) {
//		statetest.Run(t, sqlite.Open, func(t *testing.T) statetest.Place {
//			return statetest.Place{Address: filepath.Join(t.TempDir(), "state.db")}
//		})
//	}
//
// TestMain is needed because some chapters start the test program once more, as another process on the same store. A
// place with processes of its own needs none.
package statetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/state"
)

// Place is where a store is, empty at first.
type Place struct {
	// Address is what Open takes: a path, a URL.
	Address string
	// Pass lets time pass in a store that does not go by the clock of the world. Nil: it does.
	Pass func(time.Duration)
	// Kill ends what the store runs on without a warning, as a loss of power does, and starts it again. Nil: it runs on
	// nothing but the processes that open it.
	Kill func(*testing.T)
	// Copy gives a copy of what is stored at this moment, to be opened in its own place. Nil: this cannot be done here.
	Copy func(*testing.T) Place
	// Process opens the store for a name as another process does that can be told from this one, and gives what ends
	// that process without a warning; that may be repeated. It is for a store in memory, which the test program, started
	// once more, could not reach: there, processes are simulated. Nil: the test program is started once more.
	Process func(t *testing.T, name string) (s state.Store, kill func())
}

// Opener opens a store at an address for a name, as the stores' Open functions do.
type Opener[S state.Store] func(ctx context.Context, address, name string) (S, error)

// Run examines a store. Place is called for every chapter.
func Run[S state.Store](t *testing.T, open Opener[S], place func(*testing.T) Place) {
	for _, chapter := range []struct {
		name string
		test func(*testing.T, *exam)
	}{
		{"leases", leases},
		{"takeover", takeover},
		{"stale lease", staleLease},
		{"commits", commits},
		{"agenda", agenda},
		{"forget", forget},
		{"values", values},
		{"names", names},
		{"crowd", crowd},
		{"reopen", reopen},
		{"crash", crash},
		{"rollback", rollback},
		{"model", model},
	} {
		t.Run(chapter.name, func(t *testing.T) {
			chapter.test(t, &exam{place: place(t), reach: func(ctx context.Context, address, name string) (state.Store, error) {
				return open(ctx, address, name)
			}})
		})
	}
}

// exam is what a chapter works with.
type exam struct {
	place Place
	reach Opener[state.Store]
	count int
}

const (
	// short is a ttl that a test waits for; long one that outlives every test.
	short = 150 * time.Millisecond
	long  = 10 * time.Minute
	// soon is how long anything may take that has to happen; tick is how often that is looked for.
	soon = 15 * time.Second
	tick = 5 * time.Millisecond
)

// fresh gives a name that nothing has been stored under.
func (x *exam) fresh() string {
	x.count++
	return fmt.Sprintf("n%d", x.count)
}

// open opens the store in its place, or in another one, and closes it with the test.
func (x *exam) open(t *testing.T, name string) state.Store { return x.openAt(t, x.place.Address, name) }

func (x *exam) openAt(t *testing.T, address, name string) state.Store {
	s, err := x.reach(t.Context(), address, name)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// store opens an empty store.
func (x *exam) store(t *testing.T) state.Store { return x.open(t, x.fresh()) }

func (x *exam) pass(d time.Duration) {
	if x.place.Pass != nil {
		x.place.Pass(d)
	}
}

// runOut waits until a lease of ttl short has run out, without asking for it: a change under it is repeated until the
// store refuses it.
func (x *exam) runOut(t *testing.T, s state.Store, l state.Lease) {
	t.Helper()
	x.pass(2 * l.TTL)
	require.Eventually(t, func() bool {
		err := s.Put(t.Context(), l, "runs_out", nil)
		if err != nil && !errors.Is(err, state.ErrLost) {
			t.Error(err)
		}
		return err != nil
	}, soon, tick)
}

// tester is a test, or one round of a property.
type tester interface {
	require.TestingT
	Helper()
	Context() context.Context
}

func acquire(t tester, s state.Store, name string, ttl time.Duration) state.Lease {
	t.Helper()
	l, err := s.Acquire(t.Context(), name, ttl)
	require.NoError(t, err)
	return l
}

func commit(t tester, s state.Store, l state.Lease, c state.Change) {
	t.Helper()
	require.NoError(t, s.Commit(t.Context(), l, state.Pair(l.Name), c))
}

func load(t tester, s state.Store, p state.Pair) map[string]string {
	t.Helper()
	r, err := s.Load(t.Context(), p)
	require.NoError(t, err)
	require.NotNil(t, r)
	got := map[string]string{}
	for k, v := range r {
		got[k] = string(v)
	}
	return got
}

func items(t tester, s state.Store) []state.Item {
	t.Helper()
	got, err := s.Agenda(t.Context())
	require.NoError(t, err)
	for i := range got {
		got[i].Since, got[i].RetryAt = got[i].Since.UTC(), got[i].RetryAt.UTC()
	}
	return got
}

func listed(t tester, s state.Store, prefix string) map[string]string {
	t.Helper()
	got := map[string]string{}
	require.NoError(t, s.List(t.Context(), prefix, func(key string, value []byte) error {
		require.NotContains(t, got, key, "listed twice")
		got[key] = string(value)
		return nil
	}))
	return got
}

func pairs(t tester, s state.Store) map[state.Pair]bool {
	t.Helper()
	got := map[state.Pair]bool{}
	require.NoError(t, s.Pairs(t.Context(), func(p state.Pair) error {
		require.False(t, got[p], "listed twice")
		got[p] = true
		return nil
	}))
	return got
}
