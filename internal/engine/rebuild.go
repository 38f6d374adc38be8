package engine

import (
	"context"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// blank reports whether the run must know nothing: the plan of a rebuild looks at the desks as the rebuild will.
func (r *run) blank() bool { return r.req.Rebuild && r.req.DryRun }

// pairOf finds the pair of a conversation.
func (r *run) pairOf(ctx context.Context, ref mapping.Ref) (state.Pair, bool, error) {
	if r.blank() {
		return "", false, nil
	}
	return r.store.Resolve(ctx, ref)
}

// legible reads what the rebuild would forget: one that cannot be done, because the store is damaged, is not promised.
func (r *run) legible(ctx context.Context) error {
	if _, err := r.store.Agenda(ctx); err != nil {
		return err
	}
	return r.store.Pairs(ctx, func(p state.Pair) error {
		records, err := r.store.Load(ctx, p)
		if err != nil {
			return err
		}
		l, err := state.ReadLedger(p, records)
		if err != nil || l.Meta.Twin.IsZero() {
			return nil // what cannot be understood can be forgotten
		}
		_, _, err = r.store.Resolve(ctx, l.Meta.Twin)
		return err
	})
}

// recall loads the records of a pair.
func (r *run) recall(ctx context.Context, p state.Pair) (state.Records, error) {
	if r.blank() {
		return state.Records{}, nil
	}
	return r.store.Load(ctx, p)
}

// forget empties the store of all pairs. From now on it counts as new: until what an earlier run sent has settled,
// nothing is written. A rebuild that dies here or later is a store that was lost, which the next run deals with.
func (r *run) forget(ctx context.Context) error {
	now := time.Now()
	if err := r.doubt(ctx, doubt{At: now}); err != nil {
		return err
	}
	if err := r.unsureAgain(ctx); err != nil {
		return err
	}
	l := r.lease.get()
	if err := r.store.Put(ctx, l, keyBorn, []byte(now.UTC().Format(time.RFC3339Nano))); err != nil {
		return err
	}
	for _, s := range r.opts.Sides {
		if err := r.store.Put(ctx, l, keyCursor+string(s.Source.Desk()), nil); err != nil {
			return err
		}
	}
	return r.store.Forget(ctx, l)
}

// rebuilt ends the look of a rebuild at a pair that has something to write: the next run does it. What has no twin is
// not remembered at all.
func (l *look) rebuilt(ctx context.Context) error {
	if l.ledger.Meta.Twin.IsZero() {
		return nil
	}
	return l.leave(ctx, false, "rebuilt", "the rebuild found something to write: the next run does it", 0)
}
