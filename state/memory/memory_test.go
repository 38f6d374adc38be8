package memory_test

import (
	"context"
	"errors"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/memory"
	"github.com/deskbridge/deskbridge/state/statetest"
)

func TestStore(t *testing.T) {
	for name, m := range map[string]memory.Manner{
		"as SQLite":    {},
		"as Redis":     {Lossy: true, Parted: true},
		"short memory": {Parted: true, Keep: 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := &room{host: host{name: "here"}, disks: map[string]*memory.Disk{}}
			me := r.host.start(os.Getpid())
			statetest.Run(t, func(_ context.Context, address, name string) (*memory.Store, error) {
				return memory.Open(r.disk(address), name, me), nil
			}, func(*testing.T) statetest.Place { return r.place(memory.NewDisk(m)) })
		})
	}
}

// room is where disks have addresses.
type room struct {
	host  host
	mu    sync.Mutex
	disks map[string]*memory.Disk
}

func (r *room) disk(address string) *memory.Disk {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.disks[address]
}

func (r *room) place(d *memory.Disk) statetest.Place {
	r.mu.Lock()
	defer r.mu.Unlock()
	address := "disk " + strconv.Itoa(len(r.disks)+1)
	r.disks[address] = d
	return statetest.Place{
		Address: address,
		Kill:    func(*testing.T) { d.LoseLast(time.Second) },
		Copy:    func(*testing.T) statetest.Place { return r.place(d.Copy()) },
		Process: func(_ *testing.T, name string) (state.Store, func()) {
			p := r.host.start(0)
			return memory.Open(d, name, p), func() { r.host.kill(p) }
		},
	}
}

// host is a machine whose processes can be killed.
type host struct {
	name string
	mu   sync.Mutex
	last int64
	dead map[int64]bool // by Started
}

var errDead = errors.New("the process is dead")

// start starts a process with a number, or with the next one if it is 0.
func (h *host) start(pid int) *memory.Process {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last++
	p := &memory.Process{Host: h.name, PID: pid, Started: h.last}
	if pid == 0 {
		p.PID = int(h.last)
	}
	p.Gone = func(of state.Holder) bool { return h.gone(of.Started) }
	p.Before = func(context.Context, string) error {
		if h.gone(p.Started) {
			return errDead
		}
		return nil
	}
	return p
}

func (h *host) gone(started int64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dead[started]
}

func (h *host) kill(p *memory.Process) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dead == nil {
		h.dead = map[int64]bool{}
	}
	h.dead[p.Started] = true
}

func TestBytesAreNotShared(t *testing.T) {
	h := host{name: "a"}
	s := memory.Open(memory.NewDisk(memory.Manner{}), "main", h.start(0))
	l, err := s.Acquire(t.Context(), "dashly:1", time.Hour)
	require.NoError(t, err)
	in := []byte("kept")
	require.NoError(t, s.Commit(t.Context(), l, "dashly:1", state.Change{Put: map[string][]byte{"a": in, "b": in}}))
	require.NoError(t, s.Put(t.Context(), l, "value", in))
	copy(in, "lost")
	for range 2 {
		got, err := s.Load(t.Context(), "dashly:1")
		require.NoError(t, err)
		require.Equal(t, state.Records{"a": []byte("kept"), "b": []byte("kept")}, got)
		_ = append(got["a"], "lost"...)
		require.Equal(t, "kept", string(got["b"]))
		copy(got["a"], "lost")
		value, _, err := s.Get(t.Context(), "value")
		require.NoError(t, err)
		require.Equal(t, "kept", string(value))
		copy(value, "lost")
		require.NoError(t, s.List(t.Context(), "", func(_ string, v []byte) error {
			require.Equal(t, "kept", string(v))
			copy(v, "lost")
			return nil
		}))
	}
}

func TestClosed(t *testing.T) {
	h := host{name: "a"}
	d := memory.NewDisk(memory.Manner{})
	s := memory.Open(d, "main", h.start(0))
	l, err := s.Acquire(t.Context(), "run", time.Hour)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	require.ErrorContains(t, s.Put(t.Context(), l, "cursor", nil), "put cursor: the store is closed")
	_, _, err = s.Get(t.Context(), "cursor")
	require.ErrorContains(t, err, "the store is closed")
	require.Equal(t, 1, d.Writes())
}
