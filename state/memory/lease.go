package memory

import (
	"context"
	"fmt"
	"time"

	"github.com/deskbridge/deskbridge/state"
)

// lease is a lease as stored, to the millisecond as in the other stores. Without a holder it stands for its fence.
type lease struct {
	holder      state.Holder
	fence       int64
	ttl         time.Duration
	expiresAtMS int64
}

// Acquire implements state.Store. Leases run by the clock of the bubble, or of the world.
func (s *Store) Acquire(ctx context.Context, name string, ttl time.Duration) (state.Lease, error) {
	doing := "take lease " + name
	if ttl < time.Millisecond {
		return state.Lease{}, fmt.Errorf("%s: a ttl of %s is too short", doing, ttl)
	}
	me, replace := s.process.holder(), ""
	for {
		l := state.Lease{Name: name, Token: me.Token, TTL: ttl, Expires: time.Now().Add(ttl)}
		var present *lease
		err := s.write(ctx, doing, func(c *contents, now time.Time) error {
			if present = c.held(name, now); present == nil || present.holder.Token == replace {
				present, l.Fence = nil, c.grant(name, me, ttl, now)
			}
			return nil
		})
		switch {
		case err != nil:
			return state.Lease{}, err
		case present == nil:
			return l, nil
		case !s.process.gone(present.holder):
			return state.Lease{}, &state.HeldError{Name: name, Holder: present.holder}
		}
		replace = present.holder.Token // unless somebody else was quicker: then that one is looked at
	}
}

// held gives a lease that somebody has, nil when it may be taken.
func (c *contents) held(name string, now time.Time) *lease {
	l, ok := c.leases.get(name)
	if !ok || l.holder.Token == "" || l.expiresAtMS <= now.UnixMilli() {
		return nil
	}
	if latest := now.Add(l.ttl).UnixMilli(); l.expiresAtMS > latest {
		// The clock was put back. A dead holder must not be waited for longer than its ttl.
		c.leases = c.leases.with(name, &lease{l.holder, l.fence, l.ttl, latest})
	}
	return l
}

func (c *contents) grant(name string, h state.Holder, ttl time.Duration, now time.Time) (fence int64) {
	fence = 1
	if old, ok := c.leases.get(name); ok {
		fence = old.fence + 1
	}
	c.leases = c.leases.with(name, &lease{h, fence, ttl, now.Add(ttl).UnixMilli()})
	return fence
}

// own gives a lease that is the caller's and has not run out, else state.ErrLost.
func (c *contents) own(l state.Lease, now time.Time) (*lease, error) {
	have, ok := c.leases.get(l.Name)
	if !ok || l.Token == "" || have.holder.Token != l.Token || have.expiresAtMS <= now.UnixMilli() {
		return nil, state.ErrLost
	}
	return have, nil
}

// Renew implements state.Store.
func (s *Store) Renew(ctx context.Context, l state.Lease) (state.Lease, error) {
	l.Expires = time.Now().Add(l.TTL)
	err := s.write(ctx, "renew lease "+l.Name, func(c *contents, now time.Time) error {
		have, err := c.own(l, now)
		if err == nil {
			c.leases = c.leases.with(l.Name, &lease{have.holder, have.fence, l.TTL, now.Add(l.TTL).UnixMilli()})
		}
		return err
	})
	return l, err
}

// Release implements state.Store. The fence stays.
func (s *Store) Release(ctx context.Context, l state.Lease) error {
	return s.write(ctx, "give back lease "+l.Name, func(c *contents, now time.Time) error {
		if have, err := c.own(l, now); err == nil {
			c.leases = c.leases.with(l.Name, &lease{fence: have.fence})
		}
		return nil
	})
}

// check compares a lease, as a command of its own.
func (s *Store) check(ctx context.Context, doing string, l state.Lease) error {
	c, err := s.read(ctx, doing+": its lease")
	if err == nil {
		if _, err = c.own(l, time.Now()); err != nil {
			err = fmt.Errorf("%s: %w", doing, err)
		}
	}
	return err
}
