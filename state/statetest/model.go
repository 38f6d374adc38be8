package statetest

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// memory is what a store should know: the contract in maps.
type memory struct {
	records map[state.Pair]map[string]string
	index   map[mapping.Ref]state.Pair
	agenda  map[state.Pair]state.Item
	values  map[string]string
	held    map[string]state.Lease // leases that are ours
	given   map[string]state.Lease // the last ones ever given, ours or not any more
}

var (
	modelPairs  = []state.Pair{"dashly:1", "dashly:2", "intercom:1"}
	modelRefs   = []mapping.Ref{{Desk: "dashly", ID: "1"}, {Desk: "dashly", ID: "2"}, {Desk: "intercom", ID: "1"}, {Desk: "intercom", ID: "2"}}
	modelKeys   = []string{"a", "b", "a:1", "a:2"}
	modelLeases = []string{"dashly:1", "dashly:2", "intercom:1", run}
	modelNoon   = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
)

// model does random things and compares the store with maps after each.
func model(t *testing.T, x *exam) {
	rapid.Check(t, func(r *rapid.T) {
		id := x.fresh()
		s := x.open(t, id)
		m := &memory{
			records: map[state.Pair]map[string]string{}, index: map[mapping.Ref]state.Pair{},
			agenda: map[state.Pair]state.Item{}, values: map[string]string{},
			held: map[string]state.Lease{}, given: map[string]state.Lease{},
		}
		for range rapid.IntRange(1, 15).Draw(r, "steps") {
			switch rapid.SampledFrom([]string{"acquire", "acquire", "release", "commit", "commit", "commit", "put", "reschedule", "reopen"}).Draw(r, "what") {
			case "acquire":
				m.acquire(r, s)
			case "release":
				name := rapid.SampledFrom(modelLeases).Draw(r, "lease")
				require.NoError(r, s.Release(r.Context(), m.lease(name)))
				delete(m.held, name)
			case "commit":
				m.commit(r, s)
			case "put":
				m.put(r, s)
			case "reschedule":
				m.reschedule(r, s)
			case "reopen":
				require.NoError(r, s.Close())
				s = x.open(t, id)
			}
			m.compare(r, s)
		}
		require.NoError(r, s.Close())
	})
}

// lease is the last one that was given under the name; it may be lost.
func (m *memory) lease(name string) state.Lease {
	l := m.given[name]
	l.Name = name
	return l
}

func (m *memory) acquire(r *rapid.T, s state.Store) {
	name := rapid.SampledFrom(modelLeases).Draw(r, "lease")
	l, err := s.Acquire(r.Context(), name, long)
	if _, ok := m.held[name]; ok {
		require.ErrorAs(r, err, new(*state.HeldError))
		return
	}
	require.NoError(r, err)
	require.Equal(r, m.given[name].Fence+1, l.Fence)
	m.held[name], m.given[name] = l, l
}

func (m *memory) commit(r *rapid.T, s state.Store) {
	p := rapid.SampledFrom(modelPairs).Draw(r, "pair")
	c := state.Change{Put: map[string][]byte{}, Done: rapid.Bool().Draw(r, "done")}
	for _, k := range rapid.SliceOfDistinct(rapid.SampledFrom(modelKeys), rapid.ID).Draw(r, "keys") {
		if rapid.Bool().Draw(r, "put") {
			c.Put[k] = rapid.SliceOf(rapid.Byte()).Draw(r, "value")
		} else {
			c.Del = append(c.Del, k)
		}
	}
	c.Index = rapid.SliceOfDistinct(rapid.SampledFrom(modelRefs), rapid.ID).Draw(r, "index")
	if rapid.Bool().Draw(r, "item") {
		c.Agenda = &state.Item{Pair: p, Reason: "r", Tries: rapid.IntRange(0, 9).Draw(r, "tries"), RetryAt: drawTime(r)}
	}
	repeat := rapid.IntRange(1, 2).Draw(r, "times")
	for range repeat {
		err := s.Commit(r.Context(), m.lease(string(p)), p, c)
		if _, ok := m.held[string(p)]; !ok {
			require.ErrorIs(r, err, state.ErrLost)
			return
		}
		require.NoError(r, err)
	}
	m.remember(p, c)
}

func (m *memory) remember(p state.Pair, c state.Change) {
	if m.records[p] == nil {
		m.records[p] = map[string]string{}
	}
	for _, k := range c.Del {
		delete(m.records[p], k)
	}
	for k, v := range c.Put {
		m.records[p][k] = string(v)
	}
	for _, ref := range c.Index {
		m.index[ref] = p
	}
	if c.Agenda != nil {
		m.agenda[p] = *c.Agenda
	}
	if c.Done {
		delete(m.agenda, p)
	}
}

func (m *memory) put(r *rapid.T, s state.Store) {
	name, key := rapid.SampledFrom(modelLeases).Draw(r, "lease"), rapid.SampledFrom(modelKeys).Draw(r, "key")
	value := rapid.SliceOf(rapid.Byte()).Draw(r, "value")
	err := s.Put(r.Context(), m.lease(name), key, value)
	if _, ok := m.held[name]; !ok {
		require.ErrorIs(r, err, state.ErrLost)
		return
	}
	require.NoError(r, err)
	m.values[key] = string(value)
}

func (m *memory) reschedule(r *rapid.T, s state.Store) {
	p, at := rapid.SampledFrom(modelPairs).Draw(r, "pair"), drawTime(r)
	moved, err := s.Reschedule(r.Context(), p, at)
	require.NoError(r, err)
	i, ok := m.agenda[p]
	require.Equal(r, ok, moved)
	if ok {
		i.RetryAt = at
		m.agenda[p] = i
	}
}

func drawTime(r *rapid.T) time.Time {
	return modelNoon.Add(time.Duration(rapid.IntRange(0, 9).Draw(r, "minute")) * time.Minute)
}

func (m *memory) compare(r *rapid.T, s state.Store) {
	have := map[state.Pair]bool{}
	for _, p := range modelPairs {
		want := m.records[p]
		if want == nil {
			want = map[string]string{}
		}
		require.Equal(r, want, load(r, s, p))
		if len(want) > 0 {
			have[p] = true
		}
	}
	require.Equal(r, have, pairs(r, s))
	for _, ref := range modelRefs {
		want := m.index[ref]
		if own := state.PairOf(ref); have[own] {
			want = own
		}
		resolves(r, s, ref, want)
	}
	want := slices.SortedFunc(maps.Values(m.agenda), func(a, b state.Item) int {
		if n := a.RetryAt.Compare(b.RetryAt); n != 0 {
			return n
		}
		return strings.Compare(string(a.Pair), string(b.Pair))
	})
	require.Equal(r, want, items(r, s))
	require.Equal(r, m.values, listed(r, s, ""))
}
