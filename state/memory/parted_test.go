package memory_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/memory"
)

// TestPartedCommitDiesAnywhere: the index and a new item are there no later, an item is off no earlier than the records
// change, wherever the process dies. Undivided, all of it is there or nothing.
func TestPartedCommitDiesAnywhere(t *testing.T) {
	type there struct{ index, item, records bool }
	begin := state.Change{Put: map[string][]byte{"a": nil}, Index: []mapping.Ref{twin(0)}, Agenda: &state.Item{Reason: "new"}}
	end := state.Change{Put: map[string][]byte{"b": nil}, Index: []mapping.Ref{twin(1)}, Done: true}
	for _, c := range []struct {
		parted bool
		change state.Change
		ref    mapping.Ref
		key    string
		states []there // after each write
		dies   []int   // which of these each death leaves
	}{
		{false, begin, twin(0), "a", []there{{}, {true, true, true}}, []int{0, 1}},
		{false, end, twin(1), "b", []there{{false, true, false}, {true, false, true}}, []int{0, 1}},
		// Its lease is looked at; index and item; records.
		{true, begin, twin(0), "a", []there{{}, {true, true, false}, {true, true, true}}, []int{0, 0, 1, 2}},
		// Its item is looked at, its lease; index; records; item.
		{true, end, twin(1), "b", []there{{false, true, false}, {true, true, false}, {true, true, true}, {true, false, true}}, []int{0, 0, 0, 1, 2, 3}},
	} {
		for dies, want := range c.dies {
			ctx, d, p := t.Context(), memory.NewDisk(memory.Manner{Parted: c.parted}), &memory.Process{Host: "h"}
			s := memory.Open(d, "main", p)
			l, err := s.Acquire(ctx, pair, time.Hour)
			require.NoError(t, err)
			if c.change.Done {
				require.NoError(t, s.Commit(ctx, l, pair, begin))
			}
			before, commands := d.Writes(), 0
			p.Before = func(context.Context, string) error {
				if commands++; commands > dies {
					return errDead
				}
				return nil
			}
			err = s.Commit(ctx, l, pair, c.change)
			if dies < len(c.dies)-1 {
				require.ErrorIs(t, err, errDead)
			} else {
				require.NoError(t, err)
			}
			p.Before = nil
			require.Equal(t, want, d.Writes()-before)
			for n := range want + 1 { // and the disk can be put back to each part
				back := memory.Open(d.At(before+n), "main", p)
				var got there
				_, got.index, err = back.Resolve(ctx, c.ref)
				require.NoError(t, err)
				items, err := back.Agenda(ctx)
				require.NoError(t, err)
				records, err := back.Load(ctx, pair)
				require.NoError(t, err)
				got.item = len(items) > 0
				_, got.records = records[c.key]
				require.Equal(t, c.states[n], got)
			}
		}
	}
}

// TestPartedCommitLosesItsLease between looking at it and the parts: an item too many, and nothing else.
func TestPartedCommitLosesItsLease(t *testing.T) {
	ctx, d, p := t.Context(), memory.NewDisk(memory.Manner{Parted: true}), &memory.Process{Host: "h", PID: 1}
	s, other := memory.Open(d, "main", p), memory.Open(d, "main", &memory.Process{Host: "h", PID: 2})
	l, err := s.Acquire(ctx, pair, time.Hour)
	require.NoError(t, err)
	commands := 0
	p.Before = func(_ context.Context, doing string) error {
		if commands++; commands == 2 {
			require.Equal(t, "commit dashly:1: index and item", doing)
			require.NoError(t, other.Release(ctx, l))
			_, err := other.Acquire(ctx, pair, time.Hour)
			require.NoError(t, err)
		}
		return nil
	}
	err = s.Commit(ctx, l, pair, state.Change{Put: map[string][]byte{"a": nil}, Agenda: &state.Item{Reason: "late"}})
	require.ErrorIs(t, err, state.ErrLost)
	records, err := other.Load(ctx, pair)
	require.NoError(t, err)
	require.Empty(t, records)
	items, err := other.Agenda(ctx)
	require.NoError(t, err)
	require.Len(t, items, 1)
}

// TestPartedCommitLeavesAnothersItem on the agenda.
func TestPartedCommitLeavesAnothersItem(t *testing.T) {
	ctx, d, p := t.Context(), memory.NewDisk(memory.Manner{Parted: true}), &memory.Process{Host: "h", PID: 1}
	s := memory.Open(d, "main", p)
	l, err := s.Acquire(ctx, pair, time.Hour)
	require.NoError(t, err)
	require.NoError(t, s.Commit(ctx, l, pair, state.Change{Agenda: &state.Item{Reason: "seen"}}))
	p.Before = func(_ context.Context, doing string) error {
		if doing == "commit dashly:1: item done" {
			_, err := memory.Open(d, "main", &memory.Process{Host: "h", PID: 2}).Reschedule(ctx, pair, time.Unix(1, 0))
			require.NoError(t, err)
		}
		return nil
	}
	require.NoError(t, s.Commit(ctx, l, pair, state.Change{Done: true}))
	items, err := s.Agenda(ctx)
	require.NoError(t, err)
	require.Len(t, items, 1)
}

// TestForget dies before each of its commands; repeated, it takes the rest. Values and leases stay.
func TestForget(t *testing.T) {
	for parted, writes := range map[bool]int{false: 1, true: 3} {
		for dies := 0; ; dies++ {
			ctx, d, p := t.Context(), memory.NewDisk(memory.Manner{Parted: parted}), &memory.Process{Host: "h"}
			s := memory.Open(d, "main", p)
			run, err := s.Acquire(ctx, "run", time.Hour)
			require.NoError(t, err)
			require.NoError(t, s.Put(ctx, run, "value", nil))
			for i := range 2 {
				l, err := s.Acquire(ctx, fmt.Sprintf("dashly:%d", i), time.Hour)
				require.NoError(t, err)
				c := state.Change{Put: map[string][]byte{"a": nil}, Index: []mapping.Ref{twin(i)}, Agenda: &state.Item{}}
				require.NoError(t, s.Commit(ctx, l, state.Pair(l.Name), c))
			}
			before, commands := d.Writes(), 0
			require.ErrorIs(t, s.Forget(ctx, state.Lease{Name: "run", Token: "another"}), state.ErrLost)
			require.Equal(t, before, d.Writes())
			p.Before = func(context.Context, string) error {
				if commands++; commands > dies {
					return errDead
				}
				return nil
			}
			died := s.Forget(ctx, run)
			p.Before = nil
			if died != nil {
				require.ErrorIs(t, died, errDead)
				require.NoError(t, s.Forget(ctx, run))
			}
			require.Equal(t, writes, d.Writes()-before, "none is done twice")
			require.NoError(t, s.Pairs(ctx, func(state.Pair) error { return errors.New("a pair") }))
			items, err := s.Agenda(ctx)
			require.NoError(t, err)
			require.Empty(t, items)
			for i := range 2 {
				_, ok, err := s.Resolve(ctx, twin(i))
				require.NoError(t, err)
				require.False(t, ok)
			}
			require.NoError(t, s.Put(ctx, run, "value", nil), "the lease")
			_, ok, err := s.Get(ctx, "value")
			require.NoError(t, err)
			require.True(t, ok)
			if died == nil {
				require.Greater(t, dies, 0)
				break
			}
		}
	}
}
