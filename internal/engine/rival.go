package engine

import (
	"context"
	"errors"
	"time"

	"github.com/deskbridge/deskbridge/state"
)

// keyDoubt is the moment, RFC 3339 by the bridge's clock, when the store was last found to lack work of this pair of
// desks. It is a stored contract.
const keyDoubt = "term/doubt"

// rivalReach is how long after a doubt more unexplained work means a second bridge.
const rivalReach = time.Hour

// SecondBridge is the code of the failure with which a run ends that finds another bridge at work.
const SecondBridge = "second_bridge"

// errRival says that a second bridge with a store of its own writes to the same two desks.
var errRival = errors.New("the desks hold new entries of this bridge that this store knows nothing of: another bridge with the same name and another store is at work. " +
	"Stop it, or give both the same state.url. After a store that was put back from a copy, run again")

// explained judges one adoption. What the store does not know, and what bears our name, is either a memory that was
// lost or a second bridge. A lost memory explains what was written before it was noticed; what was written later, by the
// desk's own clock and more than settle after it, a store that forgot nothing since must know. So the first find is a
// doubt, adopted and remembered; a second one, written after the doubt, is a rival, and the run ends. It is a new doubt
// too: the next run goes on, so that a store that was put back twice needs nobody.
func (l *look) explained(ctx context.Context, from, to int, f adoption) error {
	if !f.named || f.intent != "" || l.req.DryRun || f.link && l.ledger.Meta.Linked {
		return nil
	}
	if r, ok := l.ledger.Entries[state.EntryKey{Desk: l.sides[from].desk, ID: f.entry}]; ok && f.part <= len(r.Twins) && f.part > 0 && r.Twins[f.part-1] == "?" {
		return nil
	}
	// Where the time was chosen it is the original's, which is older: at least so young is the entry.
	written := f.at.Add(-max(l.sides[from].skew, l.sides[to].skew))
	settle := max(l.sides[0].side.Settle, l.sides[1].side.Settle)
	doubt, _, err := l.doubt(ctx)
	if err != nil || !doubt.IsZero() && !written.After(doubt.Add(settle)) {
		return err
	}
	if err := l.doubtFrom(ctx, time.Now()); err != nil {
		return err
	}
	if !doubt.IsZero() && written.Before(doubt.Add(rivalReach)) {
		return errRival
	}
	l.log.Warn().Str("pair", string(l.ledger.Pair)).Msg("the desk holds an entry of ours that the store does not know: it is adopted")
	return nil
}

func (r *run) doubt(ctx context.Context) (at time.Time, ok bool, err error) {
	v, ok, err := r.store.Get(ctx, keyDoubt)
	if err != nil || !ok {
		return at, false, err
	}
	at, err = time.Parse(time.RFC3339Nano, string(v))
	return at, err == nil, nil //nolint:nilerr // a record that nobody can read is no doubt
}

func (r *run) doubtFrom(ctx context.Context, at time.Time) error {
	return r.store.Put(ctx, r.lease.get(), keyDoubt, []byte(at.UTC().Format(time.RFC3339Nano)))
}
