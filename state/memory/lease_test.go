package memory_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/memory"
)

const ttl = 10 * time.Second

// TestTakeover: who may have the lease of a process that was killed, and when.
func TestTakeover(t *testing.T) {
	here, elsewhere := host{name: "here"}, host{name: "elsewhere"}
	hasty := elsewhere.start(0) // there, all numbers are of dead processes
	hasty.Gone = func(state.Holder) bool { return true }
	for name, c := range map[string]struct {
		killed bool
		by     *memory.Process
		after  time.Duration
	}{
		"dead, same host":              {true, here.start(0), 0},
		"dead, another host":           {true, hasty, ttl},
		"dead, same host, cannot tell": {true, &memory.Process{Host: "here", PID: 99, Started: 99}, ttl},
		"alive, same host":             {false, here.start(0), ttl},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, holder := memory.NewDisk(memory.Manner{}), here.start(0)
				old, err := memory.Open(d, "main", holder).Acquire(t.Context(), "run", ttl)
				require.NoError(t, err)
				if c.killed {
					here.kill(holder)
				}
				began := time.Now()
				s := memory.Open(d, "main", c.by)
				l, err := s.Acquire(t.Context(), "run", ttl)
				for err != nil {
					var held *state.HeldError
					require.ErrorAs(t, err, &held)
					require.Equal(t, holder.PID, held.Holder.PID)
					require.Equal(t, old.Token, held.Holder.Token)
					time.Sleep(time.Millisecond)
					l, err = s.Acquire(t.Context(), "run", ttl)
				}
				require.Equal(t, c.after, time.Since(began))
				require.Equal(t, old.Fence+1, l.Fence)
				_, err = memory.Open(d, "main", elsewhere.start(0)).Renew(t.Context(), old)
				require.ErrorIs(t, err, state.ErrLost)
			})
		})
	}
}

// TestTakeoverSeesWhoWasQuicker: between looking at a dead holder and taking its place another process did that.
func TestTakeoverSeesWhoWasQuicker(t *testing.T) {
	h := host{name: "here"}
	d, dead, quick, slow := memory.NewDisk(memory.Manner{}), h.start(0), h.start(0), h.start(0)
	_, err := memory.Open(d, "main", dead).Acquire(t.Context(), "run", ttl)
	require.NoError(t, err)
	h.kill(dead)
	commands := 0
	slow.Before = func(context.Context, string) error {
		if commands++; commands == 2 {
			_, err := memory.Open(d, "main", quick).Acquire(t.Context(), "run", ttl)
			require.NoError(t, err)
		}
		return nil
	}
	_, err = memory.Open(d, "main", slow).Acquire(t.Context(), "run", ttl)
	var held *state.HeldError
	require.ErrorAs(t, err, &held)
	require.Equal(t, quick.PID, held.Holder.PID)
	require.Equal(t, 2, commands)
}

func TestLeaseRunsOutToTheMillisecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := host{name: "a"}
		s := memory.Open(memory.NewDisk(memory.Manner{}), "main", h.start(0))
		l, err := s.Acquire(t.Context(), "run", ttl)
		require.NoError(t, err)
		time.Sleep(ttl - time.Millisecond)
		require.NoError(t, s.Put(t.Context(), l, "cursor", nil))
		_, err = s.Acquire(t.Context(), "run", ttl)
		require.ErrorAs(t, err, new(*state.HeldError))
		time.Sleep(time.Millisecond)
		require.ErrorIs(t, s.Put(t.Context(), l, "cursor", nil), state.ErrLost)
		_, err = s.Renew(t.Context(), l)
		require.ErrorIs(t, err, state.ErrLost)
		_, err = s.Acquire(t.Context(), "run", ttl)
		require.NoError(t, err)
	})
}

// TestExpiresCountsFromBefore: on a slow way to the disk the holder's own clock ends first.
func TestExpiresCountsFromBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, p := memory.NewDisk(memory.Manner{}), &memory.Process{Host: "a", PID: 1}
		p.Before = func(context.Context, string) error { time.Sleep(time.Second); return nil }
		s, began := memory.Open(d, "main", p), time.Now()
		l, err := s.Acquire(t.Context(), "run", ttl)
		require.NoError(t, err)
		require.Equal(t, began.Add(ttl), l.Expires)
		l, err = s.Renew(t.Context(), l) // asked at 1 s, done at 2 s
		require.NoError(t, err)
		require.Equal(t, began.Add(time.Second+ttl), l.Expires)
		time.Sleep(time.Until(l.Expires) + time.Second - time.Millisecond)
		_, err = memory.Open(d, "main", &memory.Process{Host: "b", PID: 1}).Acquire(t.Context(), "run", ttl)
		require.ErrorAs(t, err, new(*state.HeldError))
	})
}

func TestClockPutBack(t *testing.T) {
	d, p := memory.NewDisk(memory.Manner{}), &memory.Process{Host: "a", PID: 1}
	s := memory.Open(d, "main", p) // by the clock of the world: a quarter of a century ahead of a bubble's
	_, err := s.Acquire(t.Context(), "run", ttl)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		_, err := s.Acquire(t.Context(), "run", ttl)
		require.ErrorAs(t, err, new(*state.HeldError))
		time.Sleep(ttl)
		l, err := s.Acquire(t.Context(), "run", ttl)
		require.NoError(t, err)
		require.EqualValues(t, 2, l.Fence)
	})
}
