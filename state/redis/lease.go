package redis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/internal/holder"
)

// Acquire implements state.Store. Leases run by the clock of Redis.
func (s *Store) Acquire(ctx context.Context, name string, ttl time.Duration) (state.Lease, error) {
	if ttl < time.Millisecond {
		return state.Lease{}, fmt.Errorf("take lease %s: a ttl of %s is too short", name, ttl)
	}
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	me := holder.New()
	text, err := json.Marshal(me)
	if err != nil {
		return state.Lease{}, fmt.Errorf("take lease %s: %w", name, err)
	}
	replace := ""
	for {
		l := state.Lease{Name: name, Token: me.Token, TTL: ttl, Expires: time.Now().Add(ttl)}
		var present string
		l.Fence, present, err = s.tryAcquire(ctx, name, string(text), ttl, replace)
		if err != nil {
			return state.Lease{}, s.failed("take lease "+name, err)
		}
		if l.Fence > 0 {
			return l, nil
		}
		var h state.Holder
		if err := json.Unmarshal([]byte(present), &h); err != nil {
			return state.Lease{}, s.failed("take lease "+name+": read its holder", err)
		}
		if !holder.Gone(h) {
			return state.Lease{}, &state.HeldError{Name: name, Holder: h}
		}
		replace = present // unless somebody else was quicker: then that one is looked at
	}
}

// tryAcquire gives the fence, or 0 and who has the lease.
func (s *Store) tryAcquire(ctx context.Context, name, me string, ttl time.Duration, replace string) (int64, string, error) {
	lease, fence := s.leaseKeys(name)
	got, err := acquire.Run(ctx, s.client, []string{lease, fence}, me, ttl.Milliseconds(), replace).Slice()
	if err != nil {
		return 0, "", err
	}
	n, ok := got[0].(int64)
	switch {
	case ok && len(got) == 1 && n > 0:
		return n, "", nil
	case ok && len(got) == 2:
		present, _ := got[1].(string)
		return 0, present, nil
	}
	return 0, "", fmt.Errorf("unexpected answer of %d values", len(got))
}

// Holder implements state.Watcher.
func (s *Store) Holder(ctx context.Context, name string) (*state.Holder, error) {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	lease, _ := s.leaseKeys(name)
	present, err := s.client.Get(ctx, lease).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	var h state.Holder
	if err == nil {
		err = json.Unmarshal(present, &h)
	}
	if err != nil {
		return nil, s.failed("read lease "+name, err)
	}
	if holder.Gone(h) {
		return nil, nil
	}
	return &h, nil
}

// Renew implements state.Store.
func (s *Store) Renew(ctx context.Context, l state.Lease) (state.Lease, error) {
	l.Expires = time.Now().Add(l.TTL)
	lease, _ := s.leaseKeys(l.Name)
	_, err := s.guarded(ctx, renew, l, []string{lease}, strconv.FormatInt(l.TTL.Milliseconds(), 10))
	return l, s.failed("renew lease "+l.Name, err)
}

// Release implements state.Store. The fence stays.
func (s *Store) Release(ctx context.Context, l state.Lease) error {
	lease, _ := s.leaseKeys(l.Name)
	_, err := s.guarded(ctx, release, l, []string{lease})
	if errors.Is(err, state.ErrLost) {
		return nil
	}
	return s.failed("give back lease "+l.Name, err)
}

// guarded runs a script that begins with guard, with the key of the lease as the first of keys. It is state.ErrLost
// when the lease is not ours.
func (s *Store) guarded(ctx context.Context, script *redis.Script, l state.Lease, keys []string, args ...any) (string, error) {
	if l.Token == "" {
		return "", state.ErrLost
	}
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	answer, err := script.Run(ctx, s.client, keys, append([]any{l.Token}, args...)...).Text()
	if err == nil && answer == "lost" {
		err = state.ErrLost
	}
	return answer, err
}
