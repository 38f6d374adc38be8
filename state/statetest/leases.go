package statetest

import (
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/state"
)

const (
	run  = "run"        // a lease of no pair
	pair = "dashly:100" // a pair, and its lease
)

func leases(t *testing.T, x *exam) {
	for _, name := range []string{run, pair} {
		t.Run(name, func(t *testing.T) {
			t.Run("one holder", func(t *testing.T) { exclusive(t, x, name) })
			t.Run("fence", func(t *testing.T) { fences(t, x, name) })
			t.Run("renew", func(t *testing.T) { renews(t, x, name) })
			t.Run("missing is lost", func(t *testing.T) { missing(t, x, name) })
		})
	}
	t.Run("names differ", func(t *testing.T) {
		s := x.store(t)
		for _, name := range []string{run, "sweep", pair, "dashly:1", "intercom:100"} {
			require.EqualValues(t, 1, acquire(t, s, name, long).Fence)
		}
	})
	t.Run("a ttl of nothing", func(t *testing.T) {
		_, err := x.store(t).Acquire(t.Context(), run, 0)
		require.Error(t, err)
	})
}

func exclusive(t *testing.T, x *exam, name string) {
	id := x.fresh()
	a, b := x.open(t, id), x.open(t, id)
	before := time.Now()
	l := acquire(t, a, name, long)
	require.Equal(t, name, l.Name)
	require.Equal(t, long, l.TTL)
	require.NotEmpty(t, l.Token)
	require.Positive(t, l.Fence)
	require.WithinRange(t, l.Expires, before.Add(long), time.Now().Add(long))

	for _, s := range []state.Store{a, b} { // this process lives: it is its own competitor
		_, err := s.Acquire(t.Context(), name, long)
		var held *state.HeldError
		require.ErrorAs(t, err, &held)
		require.Equal(t, name, held.Name)
		require.Equal(t, os.Getpid(), held.Holder.PID)
		require.Equal(t, l.Token, held.Holder.Token)
		require.WithinRange(t, held.Holder.Since, before.Add(-time.Second), time.Now())
		if w, ok := s.(state.Watcher); ok {
			h, err := w.Holder(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, held.Holder, *h)
		}
	}

	require.NoError(t, a.Release(t.Context(), l))
	if w, ok := b.(state.Watcher); ok {
		h, err := w.Holder(t.Context(), name)
		require.NoError(t, err)
		require.Nil(t, h)
	}
	require.NoError(t, a.Release(t.Context(), l), "repeating")
	m := acquire(t, b, name, long)
	require.NoError(t, a.Release(t.Context(), l), "it is somebody else's now")
	_, err := b.Renew(t.Context(), m)
	require.NoError(t, err)

	// Many at once: one gets it.
	require.NoError(t, b.Release(t.Context(), m))
	var got atomic.Int32
	var crowd sync.WaitGroup
	for i := range 8 {
		crowd.Go(func() {
			if _, err := []state.Store{a, b}[i%2].Acquire(t.Context(), name, long); err == nil {
				got.Add(1)
			}
		})
	}
	crowd.Wait()
	require.EqualValues(t, 1, got.Load())
}

func fences(t *testing.T, x *exam, name string) {
	id := x.fresh()
	s := x.open(t, id)
	var last int64
	grows := func(l state.Lease) state.Lease {
		require.Greater(t, l.Fence, last)
		last = l.Fence
		return l
	}
	l := grows(acquire(t, s, name, long))
	require.NoError(t, s.Release(t.Context(), l))
	l = grows(acquire(t, s, name, short))
	x.runOut(t, s, l)
	l = grows(acquire(t, s, name, long))
	r, err := s.Renew(t.Context(), l)
	require.NoError(t, err)
	require.Equal(t, l.Fence, r.Fence, "the same holder")
	require.NoError(t, s.Release(t.Context(), r))
	grows(acquire(t, x.open(t, id), name, long))
}

func renews(t *testing.T, x *exam, name string) {
	s := x.store(t)
	l := acquire(t, s, name, short)
	l.TTL = long
	before := time.Now()
	r, err := s.Renew(t.Context(), l)
	require.NoError(t, err)
	require.Equal(t, l.Token, r.Token)
	require.WithinRange(t, r.Expires, before.Add(long), time.Now().Add(long))

	x.pass(2 * short)
	beyond := time.Now().Add(2 * short)
	require.Eventually(t, func() bool {
		require.NoError(t, s.Put(t.Context(), r, "runs_out", nil))
		return time.Now().After(beyond)
	}, soon, tick)
	_, err = s.Acquire(t.Context(), name, long)
	require.ErrorAs(t, err, new(*state.HeldError))
}

func missing(t *testing.T, x *exam, name string) {
	s := x.store(t)
	l := acquire(t, s, name, short)
	x.runOut(t, s, l)
	never := state.Lease{Name: name, Token: "never given", Fence: 99, TTL: long}
	none := state.Lease{Name: name, TTL: long}
	for _, l := range []state.Lease{l, never, none} {
		refused(t, s, l)
	}
	r := acquire(t, s, name, long)
	require.NoError(t, s.Release(t.Context(), r))
	for _, l := range []state.Lease{r, none} {
		refused(t, s, l)
	}
}

// refused proves that nothing can be done under a lease.
func refused(t *testing.T, s state.Store, l state.Lease) {
	t.Helper()
	_, err := s.Renew(t.Context(), l)
	require.ErrorIs(t, err, state.ErrLost)
	require.ErrorIs(t, s.Put(t.Context(), l, "refused", []byte("1")), state.ErrLost)
	_, ok, err := s.Get(t.Context(), "refused")
	require.NoError(t, err)
	require.False(t, ok)

	p := state.Pair(pair) // under a lease that is not the pair's it is lost as well
	before, agendaBefore := load(t, s, p), items(t, s)
	c := numbered(7)
	c.Del = []string{"kept"}
	require.ErrorIs(t, s.Commit(t.Context(), l, p, c), state.ErrLost)
	require.ErrorIs(t, s.Commit(t.Context(), l, p, state.Change{Done: true}), state.ErrLost)
	require.Equal(t, before, load(t, s, p))
	require.Equal(t, agendaBefore, items(t, s))
	_, ok, err = s.Resolve(t.Context(), stepRef(7))
	require.NoError(t, err)
	require.False(t, ok)
}

func takeover(t *testing.T, x *exam) {
	if runtime.GOOS != "linux" && x.place.Process == nil {
		t.Skip("only Linux tells whether a process is gone")
	}
	for _, name := range []string{run, pair} {
		t.Run(name, func(t *testing.T) {
			id := x.fresh()
			fence := x.leaveHeld(t, id, name)
			s := x.open(t, id)
			l := acquire(t, s, name, long) // at once: the dead one's ttl is long
			require.Greater(t, l.Fence, fence)

			_, err := s.Acquire(t.Context(), name, long)
			require.ErrorAs(t, err, new(*state.HeldError))
		})
		t.Run(name+" by many", func(t *testing.T) {
			id := x.fresh()
			x.leaveHeld(t, id, name)
			var got atomic.Int32
			var crowd sync.WaitGroup
			for range 4 {
				s := x.open(t, id)
				crowd.Go(func() {
					if _, err := s.Acquire(t.Context(), name, long); err == nil {
						got.Add(1)
					}
				})
			}
			crowd.Wait()
			require.EqualValues(t, 1, got.Load())
		})
	}
}

// staleLease is the story of a holder that was stopped for longer than its ttl, and goes on.
func staleLease(t *testing.T, x *exam) {
	for _, name := range []string{run, pair} {
		t.Run(name, func(t *testing.T) {
			id := x.fresh()
			a, b := x.open(t, id), x.open(t, id)
			old := acquire(t, a, name, long)
			if name == pair {
				commit(t, a, old, state.Change{Put: map[string][]byte{"kept": []byte("1")}, Agenda: &state.Item{Reason: "first"}})
			}
			old.TTL = short
			old, err := a.Renew(t.Context(), old)
			require.NoError(t, err)
			x.runOut(t, a, old)

			now := acquire(t, b, name, long)
			require.Greater(t, now.Fence, old.Fence)
			if name == pair {
				commit(t, b, now, state.Change{Put: map[string][]byte{"kept": []byte("2")}, Agenda: &state.Item{Reason: "second"}})
			}

			old.TTL = long
			refused(t, a, old)
			require.NoError(t, a.Release(t.Context(), old))
			_, err = b.Renew(t.Context(), now)
			require.NoError(t, err)
			if name == pair {
				require.Equal(t, map[string]string{"kept": "2"}, load(t, b, pair))
				require.Equal(t, "second", items(t, b)[0].Reason)
			}
		})
	}
}
