package statetest

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

func forget(t *testing.T, x *exam) {
	fill := func(t *testing.T, s state.Store) {
		for i := range 520 { // more than a page
			p := state.Pair("dashly:" + strconv.Itoa(1000+i))
			l := acquire(t, s, string(p), long)
			c := state.Change{Put: map[string][]byte{"meta": []byte("{}")}, Index: []mapping.Ref{{Desk: "intercom", ID: mapping.ConversationID(strconv.Itoa(i))}}}
			if i%3 == 0 {
				c.Agenda = &state.Item{Reason: "refused", Parked: true}
			}
			commit(t, s, l, c)
			require.NoError(t, s.Release(t.Context(), l))
		}
	}
	t.Run("everything of one name", func(t *testing.T) {
		s, other := x.store(t), x.store(t)
		fill(t, s)
		fill(t, other)
		l := acquire(t, s, run, long)
		require.NoError(t, s.Put(t.Context(), l, "account/dashly", []byte("12")))
		for range 2 { // repeating gives the same
			require.NoError(t, s.Forget(t.Context(), l))
			require.Empty(t, pairs(t, s))
			require.Empty(t, items(t, s))
			require.Empty(t, load(t, s, "dashly:1000"))
			resolves(t, s, mapping.Ref{Desk: "intercom", ID: "0"}, "")
			resolves(t, s, mapping.Ref{Desk: "dashly", ID: "1000"}, "")
		}
		require.Equal(t, map[string]string{"account/dashly": "12"}, listed(t, s, ""), "values stay")
		require.Len(t, pairs(t, other), 520)
		again := acquire(t, s, "dashly:1000", long)
		commit(t, s, again, state.Change{Put: map[string][]byte{"meta": []byte("{}")}})
		require.Len(t, pairs(t, s), 1, "a pair may come again")
	})
	t.Run("without the lease", func(t *testing.T) {
		s := x.store(t)
		fill(t, s)
		l := acquire(t, s, run, long)
		require.NoError(t, s.Release(t.Context(), l))
		require.ErrorIs(t, s.Forget(t.Context(), l), state.ErrLost)
		require.Len(t, pairs(t, s), 520)
	})
}
