package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// Drop takes a pair off the agenda for good: everything in it that is not carried yet counts as skipped by the rule
// dropped_by_operator. Later entries are carried again. Repeating it changes nothing.
func Drop(ctx context.Context, store state.Store, pair state.Pair, ttl time.Duration) error {
	origin, err := mapping.ParseRef(string(pair))
	if err != nil {
		return err
	}
	lease, err := store.Acquire(ctx, string(pair), ttl)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = store.Release(ctx, lease) // it ends by itself otherwise
	}()
	records, err := store.Load(ctx, pair)
	if err != nil {
		return err
	}
	l, err := state.ReadLedger(pair, records)
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	m := l.Meta
	if m.Origin.IsZero() {
		m.Origin, m.Since = origin, now
	}
	m.DroppedAt = now
	l.SetMeta(m)
	for id, in := range l.Intents {
		if in.Kind != "open" { // the copy that it may have made is known by it
			l.DropIntent(id)
		}
	}
	l.Settled()
	c, _ := l.Pending()
	if err := store.Commit(ctx, lease, pair, c); err != nil {
		return fmt.Errorf("take %s off the agenda: %w", pair, err)
	}
	return nil
}
