package statetest

import (
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/state"
)

func reopen(t *testing.T, x *exam) {
	id := x.fresh()
	s, err := x.reach(t.Context(), x.place.Address, id)
	require.NoError(t, err)
	l := acquire(t, s, pair, long)
	commit(t, s, l, numbered(1))
	r := acquire(t, s, run, long)
	require.NoError(t, s.Put(t.Context(), r, "cursor:dashly", []byte("1")))
	require.NoError(t, s.Close())

	s = x.open(t, id)
	whole(t, s, 1)
	require.Equal(t, map[string]string{"cursor:dashly": "1"}, listed(t, s, ""))
	_, err = s.Acquire(t.Context(), run, long)
	require.ErrorAs(t, err, new(*state.HeldError), "closing gives no lease back")
	commit(t, s, l, numbered(2)) // and the holder may go on
	whole(t, s, 2)
}

// crash kills a process in the middle of its commits, again and again. Everything that it was told to be stored is
// there, and no step is half done.
func crash(t *testing.T, x *exam) {
	t.Run("of a process", func(t *testing.T) {
		for _, steps := range []int{1, 7, 40} {
			id := x.fresh()
			told := x.killedAfter(t, id, steps)
			s := x.open(t, id)
			whole(t, s, atLeast(t, s, told))
			n := acquire(t, s, pair, long) // the dead one has left it
			commit(t, s, n, numbered(9999))
			require.Equal(t, "9999", load(t, s, pair)["last"])
		}
	})
	t.Run("of the store", func(t *testing.T) {
		if x.place.Kill == nil {
			t.Skip("it runs on nothing that could be killed")
		}
		id := x.fresh()
		s := x.open(t, id)
		if !s.Durable(t.Context()) {
			t.Skip("it does not promise to survive that")
		}
		l := acquire(t, s, pair, long)
		for n := 1; n <= 20; n++ {
			commit(t, s, l, numbered(n))
		}
		r := acquire(t, s, run, long)
		require.NoError(t, s.Put(t.Context(), r, "cursor:dashly", []byte("20")))
		x.place.Kill(t)

		s = x.open(t, id)
		whole(t, s, 20)
		require.Equal(t, map[string]string{"cursor:dashly": "20"}, listed(t, s, ""))
		commit(t, s, l, numbered(21))
		require.NoError(t, s.Release(t.Context(), l))
		require.Greater(t, acquire(t, s, pair, long).Fence, l.Fence)
	})
}

// killedAfter has another process commit, kills it after some steps, and gives the last one that it was told to be
// stored.
func (x *exam) killedAfter(t *testing.T, id string, steps int) int {
	t.Helper()
	other := x.start(t, errand{Name: id, Lease: pair, Commit: true})
	_, ok := other.next()
	require.True(t, ok, "the other process could not take the lease")
	told := 0
	for n, ok := other.next(); ok; n, ok = other.next() {
		if told = n; told == steps {
			require.NoError(t, other.kill())
		}
	}
	require.Error(t, other.wait())
	require.GreaterOrEqual(t, told, steps)
	return told
}

// atLeast reads the number of the last step that is stored.
func atLeast(t *testing.T, s state.Store, told int) int {
	t.Helper()
	n, err := strconv.Atoi(load(t, s, pair)["last"])
	require.NoError(t, err)
	require.GreaterOrEqual(t, n, told)
	return n
}

// whole proves that step n is the last one and nothing of it is missing. The index and the item of the next step may
// be there already.
func whole(t *testing.T, s state.Store, n int) {
	t.Helper()
	no := strconv.Itoa(n)
	require.Equal(t, map[string]string{"a" + no: no, "b" + no: no, "last": no}, load(t, s, pair))
	for i := 1; i <= n; i++ {
		resolves(t, s, stepRef(i), pair)
	}
	got := items(t, s)
	require.Len(t, got, 1)
	require.Equal(t, state.Pair(pair), got[0].Pair)
	require.GreaterOrEqual(t, got[0].Tries, n)
	require.LessOrEqual(t, got[0].Tries, n+1)
	require.Equal(t, []state.Pair{pair}, slices.Collect(maps.Keys(pairs(t, s))))
}

// rollback: a copy of an earlier day is a good store, of that day.
func rollback(t *testing.T, x *exam) {
	if x.place.Copy == nil {
		t.Skip("it cannot be copied here")
	}
	id := x.fresh()
	s := x.open(t, id)
	l := acquire(t, s, pair, short)
	l.TTL = long
	l, err := s.Renew(t.Context(), l)
	require.NoError(t, err)
	for n := 1; n <= 5; n++ {
		commit(t, s, l, numbered(n))
	}
	r := acquire(t, s, run, long)
	require.NoError(t, s.Put(t.Context(), r, "cursor:dashly", []byte("5")))

	earlier := x.place.Copy(t)
	for n := 6; n <= 9; n++ {
		commit(t, s, l, numbered(n))
	}
	require.NoError(t, s.Put(t.Context(), r, "cursor:dashly", []byte("9")))
	later := acquire(t, s, "dashly:2", long)

	old := x.openAt(t, earlier.Address, id)
	whole(t, old, 5)
	require.Equal(t, map[string]string{"cursor:dashly": "5"}, listed(t, old, ""))
	for n := 6; n <= 9; n++ {
		resolves(t, old, stepRef(n), "")
	}
	_, err = old.Renew(t.Context(), later)
	require.ErrorIs(t, err, state.ErrLost, "a lease that the copy has never heard of")
	moved, err := old.Reschedule(t.Context(), pair, time.Now())
	require.NoError(t, err)
	require.True(t, moved)
	commit(t, old, l, state.Change{Done: true}) // a lease that it has heard of goes on
	require.Empty(t, items(t, old))
	whole(t, s, 9) // and the two have nothing in common
}
