package statetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

var (
	origin = mapping.Ref{Desk: "dashly", ID: "100"}
	twin   = mapping.Ref{Desk: "intercom", ID: "9"}
)

func commits(t *testing.T, x *exam) {
	t.Run("nothing", func(t *testing.T) {
		s := x.store(t)
		require.Empty(t, load(t, s, pair))
		require.Empty(t, items(t, s))
		require.Empty(t, pairs(t, s))
		resolves(t, s, origin, "")
		commit(t, s, acquire(t, s, pair, long), state.Change{})
		require.Empty(t, load(t, s, pair))
		require.Empty(t, pairs(t, s), "a pair without records")
	})
	t.Run("put and delete", func(t *testing.T) {
		s := x.store(t)
		l := acquire(t, s, pair, long)
		commit(t, s, l, state.Change{Put: map[string][]byte{"a": []byte("1"), "b": []byte("2")}})
		for range 2 { // repeating gives the same
			commit(t, s, l, state.Change{Put: map[string][]byte{"b": []byte("3"), "c": []byte("4")}, Del: []string{"a", "never"}})
			require.Equal(t, map[string]string{"b": "3", "c": "4"}, load(t, s, pair))
			require.Equal(t, map[state.Pair]bool{pair: true}, pairs(t, s))
		}
		commit(t, s, l, state.Change{Del: []string{"b", "c"}})
		require.Empty(t, load(t, s, pair))
		require.Empty(t, pairs(t, s))
		resolves(t, s, origin, "")
		commit(t, s, l, state.Change{Put: map[string][]byte{"d": nil}})
		require.Equal(t, map[string]string{"d": ""}, load(t, s, pair))
		require.Equal(t, map[state.Pair]bool{pair: true}, pairs(t, s))
	})
	t.Run("exact bytes", func(t *testing.T) {
		s := x.store(t)
		l := acquire(t, s, pair, long)
		put := map[string][]byte{}
		for i, v := range exactBytes {
			put["k"+strconv.Itoa(i)] = []byte(v)
			put["schlüssel 🗝 "+strconv.Itoa(i)] = []byte(v)
		}
		commit(t, s, l, state.Change{Put: put})
		got := load(t, s, pair)
		require.Len(t, got, len(put))
		for k, v := range put {
			require.Equal(t, string(v), got[k])
		}
	})
	t.Run("many records", func(t *testing.T) {
		s := x.store(t)
		l := acquire(t, s, pair, long)
		c := state.Change{Put: map[string][]byte{}}
		for i := range 2000 {
			c.Put["k"+strconv.Itoa(i)] = []byte("v")
			c.Index = append(c.Index, stepRef(i))
		}
		commit(t, s, l, c)
		require.Len(t, load(t, s, pair), 2000)
		resolves(t, s, stepRef(1999), pair)
		c = state.Change{}
		for i := range 2000 {
			c.Del = append(c.Del, "k"+strconv.Itoa(i))
		}
		commit(t, s, l, c)
		require.Empty(t, load(t, s, pair))
	})
	t.Run("index", func(t *testing.T) { index(t, x) })
	t.Run("under another lease", func(t *testing.T) {
		s := x.store(t)
		for _, name := range []string{run, "dashly:101"} {
			l := acquire(t, s, name, long)
			err := s.Commit(t.Context(), l, pair, state.Change{Put: map[string][]byte{"a": nil}, Agenda: &state.Item{}})
			require.ErrorIs(t, err, state.ErrLost)
		}
		require.Empty(t, load(t, s, pair))
		require.Empty(t, items(t, s))
	})
	t.Run("cancelled", func(t *testing.T) {
		s := x.store(t)
		l := acquire(t, s, pair, long)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, s.Commit(ctx, l, pair, numbered(1)), context.Canceled)
		require.Empty(t, load(t, s, pair))
		commit(t, s, l, numbered(1)) // and it does not hurt the store
	})
	t.Run("many pairs", func(t *testing.T) { manyPairs(t, x) })
}

var exactBytes = []string{
	"", `{"text":"👩‍👩‍👧‍👦 𝔘𝔫𝔦 日本語"}`, "\x00", "a\x00b", "\xff\xfe", "1", "1.0", "null", "line\r\nline\n", "' \" \\ %s ? $1",
	strings.Repeat("long 🐘", 50_000),
}

func resolves(t tester, s state.Store, r mapping.Ref, want state.Pair) {
	t.Helper()
	got, ok, err := s.Resolve(t.Context(), r)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, want != "", ok)
}

func index(t *testing.T, x *exam) {
	s := x.store(t)
	resolves(t, s, twin, "")
	l := acquire(t, s, pair, long)
	second := mapping.Ref{Desk: "intercom", ID: "10"}
	for range 2 {
		commit(t, s, l, state.Change{Put: map[string][]byte{"a": nil}, Index: []mapping.Ref{twin, second}})
		resolves(t, s, origin, pair)
		resolves(t, s, twin, pair)
		resolves(t, s, second, pair)
	}
	resolves(t, s, mapping.Ref{Desk: "dashly", ID: twin.ID}, "")
	resolves(t, s, mapping.Ref{Desk: "intercom", ID: origin.ID}, "")

	// A twin that is found to belong elsewhere moves.
	other := acquire(t, s, "intercom:77", long)
	commit(t, s, other, state.Change{Put: map[string][]byte{"a": nil}, Index: []mapping.Ref{second}})
	resolves(t, s, second, "intercom:77")
	resolves(t, s, twin, pair)

	// What has records of its own is an origin, whatever the index says.
	commit(t, s, other, state.Change{Index: []mapping.Ref{origin}})
	resolves(t, s, origin, pair)
	commit(t, s, l, state.Change{Del: []string{"a"}})
	resolves(t, s, origin, "intercom:77")
}

func manyPairs(t *testing.T, x *exam) {
	s := x.store(t)
	want := map[state.Pair]bool{}
	for i := range 520 { // more than a page
		p := state.Pair(fmt.Sprintf("dashly:%d", i))
		l := acquire(t, s, string(p), long)
		commit(t, s, l, state.Change{Put: map[string][]byte{"a": nil}})
		want[p] = true
	}
	require.Equal(t, want, pairs(t, s))

	stop := errors.New("stop")
	seen := 0
	err := s.Pairs(t.Context(), func(p state.Pair) error {
		seen++
		_, err := s.Load(t.Context(), p) // the store may be used meanwhile
		require.NoError(t, err)
		if seen == 3 {
			return stop
		}
		return nil
	})
	require.ErrorIs(t, err, stop)
	require.Equal(t, 3, seen)
}

func agenda(t *testing.T, x *exam) {
	noon := time.Date(2026, 11, 1, 12, 0, 0, 123456789, time.UTC)
	s := x.store(t)
	put := func(p state.Pair, i state.Item) {
		l := acquire(t, s, string(p), long)
		for range 2 {
			commit(t, s, l, state.Change{Agenda: &i})
		}
		require.NoError(t, s.Release(t.Context(), l))
	}
	late := state.Item{Pair: "dashly:1", Parked: true, Reason: "rate_limited", Detail: "429 — ‘später’", Since: noon, RetryAt: noon.Add(time.Hour), Tries: 3}
	soonest := state.Item{Pair: "intercom:2", Reason: "unresolved_write", Since: noon, RetryAt: noon.Add(time.Nanosecond), Tries: 1}
	first := state.Item{Pair: "intercom:1", Reason: "unresolved_write", Since: noon, RetryAt: noon}
	never := state.Item{Pair: "dashly:9", Reason: "new"}
	for _, i := range []state.Item{late, soonest, first, never} {
		put(i.Pair, i)
	}
	require.Equal(t, []state.Item{never, first, soonest, late}, items(t, s))
	require.Empty(t, pairs(t, s), "an item is no record")

	// Replaced as a whole, and named by its pair whatever it says.
	put("dashly:1", state.Item{Pair: "somebody else", Reason: "denied", RetryAt: noon.Add(2 * time.Hour)})
	late = state.Item{Pair: "dashly:1", Reason: "denied", RetryAt: noon.Add(2 * time.Hour)}
	require.Equal(t, []state.Item{never, first, soonest, late}, items(t, s))

	for range 2 {
		moved, err := s.Reschedule(t.Context(), "dashly:1", noon.Add(-time.Hour))
		require.NoError(t, err)
		require.True(t, moved)
	}
	late.RetryAt = noon.Add(-time.Hour)
	require.Equal(t, []state.Item{never, late, first, soonest}, items(t, s))
	moved, err := s.Reschedule(t.Context(), "dashly:404", noon)
	require.NoError(t, err)
	require.False(t, moved)
	require.Len(t, items(t, s), 4)

	// Done takes off, also what the same step brings, and may be repeated.
	l := acquire(t, s, "intercom:1", long)
	for range 2 {
		commit(t, s, l, state.Change{Done: true, Put: map[string][]byte{"a": nil}})
		require.Equal(t, []state.Item{never, late, soonest}, items(t, s))
	}
	commit(t, s, l, state.Change{Done: true, Agenda: &first})
	require.Equal(t, []state.Item{never, late, soonest}, items(t, s))
}

// crowd has many pairs written at once, by two stores.
func crowd(t *testing.T, x *exam) {
	const workers, steps = 8, 20
	id := x.fresh()
	stores := []state.Store{x.open(t, id), x.open(t, id)}
	failed := make(chan error, workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			s := stores[w%2]
			l, err := s.Acquire(t.Context(), fmt.Sprintf("dashly:%d", w), long)
			for n := 1; n <= steps && err == nil; n++ {
				if err = s.Commit(t.Context(), l, state.Pair(l.Name), numbered(n)); err == nil {
					_, err = s.Load(t.Context(), state.Pair(l.Name))
				}
			}
			if err == nil {
				err = s.Release(t.Context(), l)
			}
			failed <- err
		})
	}
	all.Wait()
	for range workers {
		require.NoError(t, <-failed)
	}
	no := strconv.Itoa(steps)
	for w := range workers {
		p := state.Pair(fmt.Sprintf("dashly:%d", w))
		require.Equal(t, map[string]string{"a" + no: no, "b" + no: no, "last": no}, load(t, stores[(w+1)%2], p))
	}
	require.Len(t, items(t, stores[0]), workers)
}
