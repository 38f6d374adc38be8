package engine

import (
	"context"
	"slices"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// A copy tells of itself whose copy it is. While the store may have forgotten it and it cannot be read, an opening in its place
// would be a second copy, and nobody knows which of the conversations that cannot be read it is. So openings wait until those
// of the other desk were read, or were given up. In a first run nothing waits: where nothing that was read bears a trace of
// the bridge, and more was read than could not be, no copies are there.

// reasonUnread marks pairs that wait for conversations of the other desk, of which one may be their copy.
const reasonUnread = "counterpart_unread"

// unreads is what a run knows of conversations that could not be read.
type unreads struct {
	of     map[mapping.Ref]bool // false: it was read since
	asked  bool                 // the agenda, for what earlier runs could not read
	read   map[mapping.Desk]int // conversations without a trace of the bridge
	traces bool
}

// witness counts what was read of a conversation without a twin.
func (l *look) witness() {
	v := l.sides[l.origin()]
	if v.conv == nil || !l.ledger.Meta.Twin.IsZero() {
		return
	}
	named := l.namedIn(*v.conv)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unreads.of[v.conv.Ref] = false
	l.unreads.traces = l.unreads.traces || !named.IsZero()
	l.unreads.read[v.desk]++
}

// unreadYet reports whether the look has not read its conversation, of which no copy is known.
func (l *look) unreadYet() bool {
	return l.sides[l.origin()].conv == nil && l.ledger.Meta.Twin.IsZero() && !l.ledger.Desks[l.ledger.Meta.Origin.Desk].Gone
}

// noteUnread keeps in mind whether a look that ends has read its conversation. What is parked is given up.
func (l *look) noteUnread(parked bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unreads.of[l.ledger.Meta.Origin] = l.ledger.Meta.Unread && !parked
}

// awaitUnread leaves a pair that would be opened on the agenda where a conversation that was not read may be its copy.
func (l *look) awaitUnread(ctx context.Context) error {
	if !l.forgets() || !l.copied.IsZero() {
		return nil
	}
	if err := l.recallUnread(ctx); err != nil {
		return err
	}
	other := l.sides[1-l.origin()]
	var unread []string
	l.mu.Lock()
	for ref, yes := range l.unreads.of {
		if yes && ref.Desk == other.desk {
			unread = append(unread, ref.String())
		}
	}
	likely := l.unreads.traces || len(unread) >= l.unreads.read[other.desk]
	l.mu.Unlock()
	if len(unread) == 0 {
		return nil
	}
	if it, err := l.itemOf(ctx, l.ledger.Pair); err != nil {
		return err
	} else if !likely && (it == nil || it.Reason != reasonUnread) {
		return nil
	}
	return l.leave(ctx, false, reasonUnread, "the store may have forgotten a copy, and "+slices.Min(unread)+" could not be read and may be it", max(other.side.Settle, time.Minute))
}

// recallUnread reads from the agenda, once a run, what could not be read.
func (r *run) recallUnread(ctx context.Context) error {
	r.mu.Lock()
	asked := r.unreads.asked
	r.mu.Unlock()
	if asked {
		return nil
	}
	items, err := r.store.Agenda(ctx)
	if err != nil {
		return err
	}
	var unread []mapping.Ref
	for _, it := range items {
		if it.Parked {
			continue
		}
		records, err := r.store.Load(ctx, it.Pair)
		if err != nil {
			return err
		}
		l, err := state.ReadLedger(it.Pair, records)
		if err != nil {
			return err
		}
		if l.Meta.Unread {
			unread = append(unread, l.Meta.Origin)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unreads.asked = true
	for _, ref := range unread {
		if _, known := r.unreads.of[ref]; !known { // else a look of this run knows better
			r.unreads.of[ref] = true
		}
	}
	return nil
}
