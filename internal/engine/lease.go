package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/deskbridge/deskbridge/state"
)

// keeper holds a lease and renews it until it is released or lost.
type keeper struct {
	store state.Store
	stop  context.CancelFunc
	done  chan struct{}

	mu    sync.Mutex
	lease state.Lease
	lost  bool
}

// keep acquires a lease and renews it in the background; onLost is called once if it is lost.
func keep(ctx context.Context, store state.Store, name string, ttl time.Duration, onLost func()) (*keeper, error) {
	l, err := store.Acquire(ctx, name, ttl)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	k := &keeper{store: store, stop: cancel, done: make(chan struct{}), lease: l}
	go k.renew(ctx, ttl, onLost)
	return k, nil
}

func (k *keeper) renew(ctx context.Context, ttl time.Duration, onLost func()) {
	defer close(k.done)
	tick := time.NewTicker(ttl / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		l, err := k.store.Renew(ctx, k.get())
		k.mu.Lock()
		switch {
		case err == nil:
			k.lease = l
		case errors.Is(err, state.ErrLost):
			k.lost = true
		}
		lost := k.lost
		k.mu.Unlock()
		if lost {
			onLost()
			return
		}
	}
}

// permit is asked right before a call leaves.
func (k *keeper) permit() error {
	if !k.valid() {
		return state.ErrLost
	}
	return nil
}

func (k *keeper) get() state.Lease {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.lease
}

// valid reports whether the lease is ours by our own clock, with a margin for the way to the desk. A process that was
// stopped and goes on later sees here that its time has passed; so does one on a machine that slept, by the wall clock,
// because the monotonic one may sleep too.
func (k *keeper) valid() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	now, until := time.Now(), k.lease.Expires.Add(-k.lease.TTL/10)
	return !k.lost && now.Before(until) && now.Round(0).Before(until.Round(0))
}

// release gives the lease back and ends the renewing.
func (k *keeper) release() {
	k.stop()
	<-k.done
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = k.store.Release(ctx, k.get()) // it ends by itself otherwise
}

// pairLocks keep the workers of one process off each other's pair.
type pairLocks struct {
	mu   sync.Mutex
	held map[state.Pair]chan struct{}
}

func newPairLocks() *pairLocks { return &pairLocks{held: map[state.Pair]chan struct{}{}} }

func (p *pairLocks) lock(ctx context.Context, pair state.Pair) (unlock func(), err error) {
	for {
		p.mu.Lock()
		wait, busy := p.held[pair]
		if !busy {
			mine := make(chan struct{})
			p.held[pair] = mine
			p.mu.Unlock()
			return func() {
				p.mu.Lock()
				delete(p.held, pair)
				p.mu.Unlock()
				close(mine)
			}, nil
		}
		p.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
