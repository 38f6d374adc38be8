package memory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/memory"
)

const pair = "dashly:1"

// picture is all that a disk shows of a configuration.
func picture(t require.TestingT, d *memory.Disk, name string, twins int) string {
	ctx, s := context.Background(), memory.Open(d, name, &memory.Process{Host: "camera"})
	records, err := s.Load(ctx, pair)
	require.NoError(t, err)
	items, err := s.Agenda(ctx)
	require.NoError(t, err)
	all := fmt.Sprintf("%q %+v", records, items)
	require.NoError(t, s.List(ctx, "", func(k string, v []byte) error {
		all += fmt.Sprintf(" %s=%q", k, v)
		return nil
	}))
	for i := range twins {
		p, ok, err := s.Resolve(ctx, twin(i))
		require.NoError(t, err)
		all += fmt.Sprintf(" %s %v", p, ok)
	}
	for _, lease := range []string{"run", pair} {
		var held *state.HeldError
		l, err := memory.Open(d.Copy(), name, &memory.Process{Host: "camera"}).Acquire(ctx, lease, time.Hour)
		if errors.As(err, &held) {
			all += fmt.Sprintf(" %s: %s", lease, held.Holder.Token)
		} else {
			require.NoError(t, err)
			all += fmt.Sprintf(" %s: free, %d", lease, l.Fence)
		}
	}
	return all
}

func twin(i int) mapping.Ref {
	return mapping.Ref{Desk: "intercom", ID: mapping.ConversationID(strconv.Itoa(i))}
}

// TestEveryWriteCanBeGoneBackTo does random things and remembers what each write made of the disk.
func TestEveryWriteCanBeGoneBackTo(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := memory.NewDisk(memory.Manner{Parted: rapid.Bool().Draw(r, "parted")})
		look := func(d *memory.Disk) string { return picture(r, d, "a", 3) + picture(r, d, "b", 3) }
		h, seen := host{name: "h"}, []string{look(d)}
		p := h.start(0)
		stores := map[string]*memory.Store{"a": memory.Open(d, "a", p), "b": memory.Open(d, "b", p)}
		held := map[string]state.Lease{}
		p.Before = func(context.Context, string) error { // between the parts of a commit
			if d.Writes() == len(seen) {
				seen = append(seen, look(d))
			}
			return nil
		}
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			name, lease := rapid.SampledFrom([]string{"a", "b"}).Draw(r, "name"), rapid.SampledFrom([]string{"run", pair}).Draw(r, "lease")
			s, l := stores[name], held[name+lease]
			l.Name = lease
			var err error
			switch rapid.SampledFrom([]string{"acquire", "acquire", "renew", "release", "commit", "commit", "put", "reschedule", "forget"}).Draw(r, "what") {
			case "acquire":
				if l, err = s.Acquire(r.Context(), lease, time.Hour); err == nil {
					held[name+lease] = l
				}
			case "renew":
				_, err = s.Renew(r.Context(), l)
			case "release":
				err = s.Release(r.Context(), l)
			case "commit":
				i := rapid.IntRange(0, 2).Draw(r, "i")
				c := state.Change{Put: map[string][]byte{"a": []byte(strconv.Itoa(i))}, Index: []mapping.Ref{twin(i)}, Done: i == 0}
				if i == 1 {
					c = state.Change{Agenda: &state.Item{Tries: d.Writes()}, Del: []string{"a"}}
				}
				err = s.Commit(r.Context(), l, pair, c)
			case "put":
				err = s.Put(r.Context(), l, "value", []byte(strconv.Itoa(d.Writes())))
			case "reschedule":
				_, err = s.Reschedule(r.Context(), pair, time.Unix(int64(d.Writes()), 0))
			case "forget":
				err = s.Forget(r.Context(), l)
			}
			if err != nil && !errors.As(err, new(*state.HeldError)) {
				require.ErrorIs(r, err, state.ErrLost)
			}
			now := look(d)
			switch d.Writes() {
			case len(seen) - 1:
				require.Equal(r, seen[len(seen)-1], now, "a change that is no write")
			case len(seen):
				seen = append(seen, now)
			default:
				require.Fail(r, "a write that was not seen", "%d of %d", len(seen), d.Writes())
			}
		}
		for n, want := range seen {
			back := d.At(n)
			require.Equal(r, n, back.Writes())
			require.Equal(r, want, look(back))
			require.Equal(r, n == 0, d.Written(n).Doing == "")
			// Written to, it goes its own way.
			s := memory.Open(back, "c", p)
			_, err := s.Acquire(r.Context(), "run", time.Hour)
			require.NoError(r, err)
			require.Equal(r, n+1, back.Writes())
		}
		require.Equal(r, seen[len(seen)-1], look(d))
		for n := range slices.Backward(seen) {
			d.RollBack(n)
			require.Equal(r, seen[n], look(d))
		}
	})
}

func TestCopiesHaveNothingInCommon(t *testing.T) {
	h := host{name: "h"}
	d := memory.NewDisk(memory.Manner{})
	p := h.start(0)
	s := memory.Open(d, "main", p)
	l, err := s.Acquire(t.Context(), "run", time.Hour)
	require.NoError(t, err)
	put := func(d *memory.Disk, v string) {
		require.NoError(t, memory.Open(d, "main", p).Put(t.Context(), l, "v", []byte(v)))
	}
	has := func(d *memory.Disk, want string) {
		got, _, err := memory.Open(d, "main", p).Get(t.Context(), "v")
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	put(d, "1")
	put(d, "2")
	copied, earlier := d.Copy(), d.At(2)
	put(earlier, "3 earlier")
	put(d, "3")
	put(copied, "3 copied")
	d.RollBack(2)
	has(d, "1")
	put(d, "3 again")
	has(d, "3 again")
	has(copied, "3 copied")
	has(earlier, "3 earlier")
	has(copied.At(3), "2")

	d.Wipe() // under its process
	require.Zero(t, d.Writes())
	has(d, "")
	require.ErrorIs(t, s.Put(t.Context(), l, "v", nil), state.ErrLost)
	again, err := s.Acquire(t.Context(), "run", time.Hour)
	require.NoError(t, err)
	require.EqualValues(t, 1, again.Fence)
	require.NotEqual(t, l.Token, again.Token, "a forgotten token never comes back")
	has(copied, "3 copied")
}

func TestLoseLast(t *testing.T) {
	for _, m := range []memory.Manner{{}, {Lossy: true}} {
		synctest.Test(t, func(t *testing.T) {
			h := host{name: "h"}
			d := memory.NewDisk(m)
			s := memory.Open(d, "main", h.start(0))
			require.Equal(t, !m.Lossy, s.Durable(t.Context()))
			l, err := s.Acquire(t.Context(), "run", time.Hour)
			require.NoError(t, err)
			for i := range 10 {
				require.NoError(t, s.Put(t.Context(), l, "v", []byte(strconv.Itoa(i))))
				time.Sleep(250 * time.Millisecond)
			}
			lost := d.LoseLast(time.Second) // those of 1000, 750, 500 and 250 ms ago
			got, _, err := s.Get(t.Context(), "v")
			require.NoError(t, err)
			if !m.Lossy {
				require.Zero(t, lost)
				require.Equal(t, "9", string(got))
				return
			}
			require.Equal(t, 4, lost)
			require.Equal(t, "5", string(got))
			require.Equal(t, 7, d.Writes())
			require.Zero(t, d.LoseLast(time.Second))
			require.NoError(t, s.Put(t.Context(), l, "v", nil), "the lease is older than that")
			require.Equal(t, 8, d.LoseLast(time.Hour))
			require.ErrorIs(t, s.Put(t.Context(), l, "v", nil), state.ErrLost)
		})
	}
}

func TestKeep(t *testing.T) {
	const keep = 5
	h := host{name: "h"}
	d := memory.NewDisk(memory.Manner{Keep: keep, Lossy: true})
	s := memory.Open(d, "main", h.start(0))
	l, err := s.Acquire(t.Context(), "run", time.Hour)
	require.NoError(t, err)
	for n := 2; n <= 100; n++ {
		require.NoError(t, s.Put(t.Context(), l, "v", []byte(strconv.Itoa(n))))
		require.Equal(t, n, d.Writes())
		for back := max(2, n-keep); back <= n; back++ {
			got, _, err := memory.Open(d.At(back), "main", h.start(0)).Get(t.Context(), "v")
			require.NoError(t, err)
			require.Equal(t, strconv.Itoa(back), string(got))
		}
	}
	require.Panics(t, func() { d.At(1) })
	require.Panics(t, func() { d.At(101) })
	require.Panics(t, func() { d.LoseLast(time.Hour) }, "it does not know what was there")
	d.Wipe()
	require.Zero(t, d.At(0).Writes())
}

// TestSameAgain: the same steps give the same writes at the same times, and the same tokens.
func TestSameAgain(t *testing.T) {
	tell := func() (all []string) {
		synctest.Test(t, func(t *testing.T) {
			h, d := host{name: "h"}, memory.NewDisk(memory.Manner{Parted: true})
			for range 3 {
				p := h.start(0)
				s := memory.Open(d, "main", p)
				l, err := s.Acquire(t.Context(), pair, time.Hour)
				require.NoError(t, err)
				c := state.Change{Put: map[string][]byte{"a": nil, "b": nil, "c": nil}, Index: []mapping.Ref{twin(0)}, Agenda: &state.Item{}}
				require.NoError(t, s.Commit(t.Context(), l, pair, c))
				time.Sleep(time.Second)
				h.kill(p)
				all = append(all, l.Token)
			}
			for n := 1; n <= d.Writes(); n++ {
				all = append(all, fmt.Sprint(d.Written(n)))
			}
		})
		return all
	}
	want := tell()
	require.Len(t, want, 3+3*3)
	require.Contains(t, want[3], "2000-01-01 00:00:00 +0000 UTC")
	require.Contains(t, want[3], "take lease dashly:1")
	require.Equal(t, want, tell())
}
