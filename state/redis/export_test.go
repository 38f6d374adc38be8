package redis

import (
	"context"
	"time"

	"github.com/deskbridge/deskbridge/state"
)

// Asked asks for a lease as Acquire does, with a holder of the caller's choice.
func (s *Store) Asked(ctx context.Context, name, holder string) (fence int64, present string, err error) {
	return s.tryAcquire(ctx, name, holder, time.Hour, "")
}

// Address reads a URL and gives what would be connected to.
func Address(url string) (hosts []string, user, password, master string, db int, secure bool, err error) {
	a, err := parse(url)
	return a.hosts, a.user, a.password, a.master, a.db, a.secure, err
}

// TakeOff takes an item off the agenda as the end of a Commit does, that found it as given.
func (s *Store) TakeOff(ctx context.Context, p state.Pair, found string) (bool, error) {
	return s.swap(ctx, p, found, "")
}
