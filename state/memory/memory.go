// Package memory remembers in memory, for simulations: processes come and go, the disk that they share stays and can be
// put back to any earlier write.
//
// Nothing waits, nothing runs in the background, and time comes from package time alone, so that it works under
// testing/synctest and does the same each time.
package memory

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/deskbridge/deskbridge/state"
)

// Process is a simulated process, as others see it in its leases. No two may be equal in Host, PID and Started: the
// tokens of leases are made of these and count on.
type Process struct {
	Host    string
	PID     int
	Started int64
	// Gone tells whether a process of the same Host does not run any more: then its leases are taken over at once.
	// Leases of another Host have to run out. Nil: nobody can tell.
	Gone func(state.Holder) bool
	// Before, when set, is called before each command reaches the disk; each write of a Commit is one. It may wait, no
	// lock is held. Its error is the command's, and nothing is done: that is how a process dies, or a store is down.
	Before func(ctx context.Context, doing string) error

	tokens atomic.Int64
}

// holder describes the process as the holder of a new lease.
func (p *Process) holder() state.Holder {
	return state.Holder{
		Token: fmt.Sprintf("%s/%d/%d/%d", p.Host, p.PID, p.Started, p.tokens.Add(1)),
		Host:  p.Host, PID: p.PID, Started: p.Started, Since: time.Now().UTC().Round(0),
	}
}

func (p *Process) gone(h state.Holder) bool { return p.Gone != nil && h.Host == p.Host && p.Gone(h) }

// Store is a state.Store of one process on a disk.
type Store struct {
	disk    *Disk
	name    string
	process *Process
	closed  atomic.Bool
}

var _ state.Store = (*Store)(nil)

// Open opens the store of a configuration. Several names may share a disk.
func Open(d *Disk, name string, p *Process) *Store {
	return &Store{disk: d, name: name, process: p}
}

// Durable is true unless the disk is Lossy.
func (s *Store) Durable(context.Context) bool { return !s.disk.manner.Lossy }

// Close ends the use of this store. Leases that are held stay held until their ttl, or until the process is gone.
func (s *Store) Close() error {
	s.closed.Store(true)
	return nil
}

// before lets a command pass.
func (s *Store) before(ctx context.Context, doing string) error {
	err := ctx.Err()
	if err == nil && s.process.Before != nil {
		err = s.process.Before(ctx, doing)
	}
	if err == nil && s.closed.Load() {
		err = errors.New("the store is closed")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// read gives what is stored at this moment.
func (s *Store) read(ctx context.Context, doing string) (contents, error) {
	if err := s.before(ctx, doing); err != nil {
		return contents{}, err
	}
	return s.disk.read(s.name), nil
}

// write makes one change, whole or not at all.
func (s *Store) write(ctx context.Context, doing string, change func(c *contents, now time.Time) error) error {
	if err := s.before(ctx, doing); err != nil {
		return err
	}
	if err := s.disk.write(s.name, doing, change); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
