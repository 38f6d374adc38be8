package engine

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// keyDoubt is where the doubt stands. It is a stored contract.
const keyDoubt = "term/doubt"

// rivalReach is how long after a doubt more unexplained work means a second bridge.
const rivalReach = time.Hour

// SecondBridge is the code of the failure with which a run ends that finds another bridge at work.
const SecondBridge = "second_bridge"

// errRival says that a second bridge with a store of its own writes to the same two desks.
var errRival = errors.New("the desks hold new entries of this bridge that this store knows nothing of: another bridge with the same name and another store is at work. " +
	"Stop it, or give both the same state.url. After a store that was put back from a copy, run again")

// rivalFinds is how many finds in a row, each written after the one before it was noticed, mean a second bridge: a store
// may lose its last second, or be put back from a copy, twice within that time.
const rivalFinds = 3

// explained judges one adoption. What the store does not know, and what bears our name, is either a memory that was
// lost or a second bridge. A lost memory explains what was written before it was noticed; what was written later, by the
// desk's own clock and more than settle after it, a store that forgot nothing since must know. So a first find is a
// doubt, adopted and remembered. When finds go on, the run ends, and the next one begins to doubt anew: a store that was
// put back again and again needs nobody.
func (l *look) explained(ctx context.Context, from, to int, f adoption) error {
	if !f.named || f.intent != "" || l.req.DryRun || f.link && l.ledger.Meta.Linked {
		return nil
	}
	if r, ok := l.ledger.Entries[state.EntryKey{Desk: l.sides[from].desk, ID: f.entry}]; ok && f.part <= len(r.Twins) && f.part > 0 && r.Twins[f.part-1] == "?" {
		return nil
	}
	// Where the time was chosen it is the original's or, in a crowd, a later one: at least as young as its original is the
	// entry.
	written := f.at.Add(-max(l.sides[from].skew, l.sides[to].skew))
	for _, e := range l.sides[from].conv.Entries {
		if at := l.sides[from].real(e.At); e.ID == f.entry && at.Before(written) && l.sides[to].features.ChosenTime != mapping.Dropped {
			written = at
		}
	}
	settle := max(l.sides[0].side.Settle, l.sides[1].side.Settle)
	d, err := l.doubted(ctx)
	if err != nil || !written.After(d.At.Add(settle)) {
		return err
	}
	if !written.Before(d.At.Add(rivalReach)) {
		d.Finds = 0
	}
	d = doubt{At: time.Now(), Finds: d.Finds + 1}
	rival := d.Finds >= rivalFinds
	if rival {
		d.Finds = 0
	}
	if err := l.doubt(ctx, d); err != nil {
		return err
	}
	if rival {
		return errRival
	}
	l.log.Warn().Str("pair", string(l.ledger.Pair)).Msg("the desk holds an entry of ours that the store does not know: it is adopted")
	return nil
}

// doubt is when the store was last found to lack work of ours, by the bridge's clock, and how often in a row.
type doubt struct {
	At    time.Time `json:"at"`
	Finds int       `json:"finds,omitempty"`
}

// doubted gives the present doubt; without one, that of a time long ago.
func (r *run) doubted(ctx context.Context) (d doubt, err error) {
	v, ok, err := r.store.Get(ctx, keyDoubt)
	if err == nil && ok && json.Unmarshal(v, &d) != nil {
		d = doubt{} // what nobody can read is no doubt
	}
	return d, err
}

func (r *run) doubt(ctx context.Context, d doubt) error {
	d.At = d.At.UTC()
	v, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return r.store.Put(ctx, r.lease.get(), keyDoubt, v)
}
