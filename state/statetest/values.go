package statetest

import (
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/state"
)

func values(t *testing.T, x *exam) {
	t.Run("put and get", func(t *testing.T) {
		s := x.store(t)
		_, ok, err := s.Get(t.Context(), "cursor:dashly")
		require.NoError(t, err)
		require.False(t, ok)
		l := acquire(t, s, run, long)
		for i, v := range exactBytes {
			key := "k" + strconv.Itoa(i)
			for range 2 {
				require.NoError(t, s.Put(t.Context(), l, key, []byte("earlier")))
				require.NoError(t, s.Put(t.Context(), l, key, []byte(v)))
			}
			got, ok, err := s.Get(t.Context(), key)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, v, string(got))
		}
	})
	t.Run("under a pair's lease", func(t *testing.T) {
		s := x.store(t)
		l := acquire(t, s, pair, long)
		require.NoError(t, s.Put(t.Context(), l, "contact:1", []byte("x")))
		require.NoError(t, s.Release(t.Context(), l))
		require.ErrorIs(t, s.Put(t.Context(), l, "contact:1", []byte("y")), state.ErrLost)
		require.Equal(t, map[string]string{"contact:1": "x"}, listed(t, s, ""))
	})
	t.Run("list", func(t *testing.T) {
		s := x.store(t)
		l := acquire(t, s, run, long)
		all := map[string]string{
			"a": "", "a:": "1", "a:1": "2", "a:ü": "3", "a:🗝": "4", "a;": "5", "b:1": "6", "a%": "7", "a_": "8", "a*:": "9", "A:1": "10", "[a": "11", "\U0010ffff": "12",
		}
		for k, v := range all {
			require.NoError(t, s.Put(t.Context(), l, k, []byte(v)))
		}
		require.Equal(t, all, listed(t, s, ""))
		require.Equal(t, map[string]string{"a:": "1", "a:1": "2", "a:ü": "3", "a:🗝": "4"}, listed(t, s, "a:"))
		require.Equal(t, map[string]string{"a%": "7"}, listed(t, s, "a%"))
		require.Equal(t, map[string]string{"a*:": "9"}, listed(t, s, "a*"))
		require.Equal(t, map[string]string{"[a": "11"}, listed(t, s, "["))
		require.Empty(t, listed(t, s, "c"))
	})
	t.Run("other names", func(t *testing.T) {
		s, a, b := x.store(t), x.store(t), x.store(t)
		shared, ok := s.(state.Shared)
		if !ok {
			t.Skip("no names live side by side here")
		}
		found, err := shared.Others(t.Context(), "account/dashly")
		require.NoError(t, err)
		require.Empty(t, found)
		for i, other := range []state.Store{s, a, b} {
			l := acquire(t, other, run, long)
			require.NoError(t, other.Put(t.Context(), l, "account/intercom", []byte("9")))
			if other != b {
				require.NoError(t, other.Put(t.Context(), l, "account/dashly", []byte(strconv.Itoa(i))))
			}
		}
		found, err = shared.Others(t.Context(), "account/dashly")
		require.NoError(t, err)
		require.Len(t, found, 1, "its own name and one without the key are left out")
		for _, v := range found {
			require.Equal(t, "1", string(v))
		}
	})
	t.Run("long list", func(t *testing.T) {
		s := x.store(t)
		l := acquire(t, s, run, long)
		for i := range 520 { // more than a page
			require.NoError(t, s.Put(t.Context(), l, fmt.Sprintf("k:%d", i), nil))
		}
		require.Len(t, listed(t, s, "k:"), 520)
		stop := errors.New("stop")
		require.ErrorIs(t, s.List(t.Context(), "k:", func(key string, _ []byte) error {
			_, ok, err := s.Get(t.Context(), key) // the store may be used meanwhile
			require.NoError(t, err)
			require.True(t, ok)
			require.NoError(t, s.Put(t.Context(), l, "k:written meanwhile", nil))
			return stop
		}), stop)
	})
}

// names: two configurations in one place know nothing of each other.
func names(t *testing.T, x *exam) {
	a, b := x.open(t, "main"), x.open(t, "main2")
	l := acquire(t, a, pair, long)
	commit(t, a, l, numbered(1))
	r := acquire(t, a, run, long)
	require.NoError(t, a.Put(t.Context(), r, "cursor:dashly", []byte("1")))

	require.Empty(t, load(t, b, pair))
	require.Empty(t, items(t, b))
	require.Empty(t, pairs(t, b))
	require.Empty(t, listed(t, b, ""))
	resolves(t, b, stepRef(1), "")
	resolves(t, b, origin, "")
	moved, err := b.Reschedule(t.Context(), pair, r.Expires)
	require.NoError(t, err)
	require.False(t, moved)
	_, err = b.Renew(t.Context(), l)
	require.ErrorIs(t, err, state.ErrLost)
	require.ErrorIs(t, b.Put(t.Context(), r, "cursor:dashly", nil), state.ErrLost)
	require.EqualValues(t, 1, acquire(t, b, pair, long).Fence)
	require.EqualValues(t, 1, acquire(t, b, run, long).Fence)
	commit(t, a, l, numbered(2)) // and its own leases are untouched
	require.Equal(t, "2", load(t, a, pair)["last"])
}
