package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// A conversation that is somebody's copy is looked at as a part of its original's pair. While the original cannot be looked at,
// the copy waits for it: it is on the agenda itself, with the time of its original's next try, and the original's ledger names it,
// so that the next look at either of them brings the two together, whatever died before. Meanwhile nothing is opened in its
// place, and no other conversation waits.

// reasonOriginal marks copies that wait for their originals.
const reasonOriginal = "original_waits"

// joined makes sure that a conversation that was taken for a copy is looked at again when it did not become one. pair is that
// of the original.
func (r *run) joined(ctx context.Context, copied mapping.Ref, pair state.Pair) error {
	if copied.IsZero() || r.req.DryRun {
		return nil
	}
	own := state.PairOf(copied)
	now, known, err := r.pairOf(ctx, copied)
	if err != nil {
		return err
	}
	if known && now != own {
		if r.stillNoted(own) {
			_, err = r.disown(ctx, copied)
		}
		return err
	}
	it, err := r.itemOf(ctx, pair)
	if err != nil {
		return err
	}
	if it == nil {
		r.markStuck()
		return nil
	}
	return r.awaitOriginal(ctx, copied, *it)
}

// awaitOriginal puts a copy on the agenda for when its original is tried again. It gets no record of its own: one would make it
// an origin, whatever the original's pair says of it.
func (r *run) awaitOriginal(ctx context.Context, copied mapping.Ref, original state.Item) error {
	l, shut, err := r.open(ctx, state.PairOf(copied), mapping.Ref{})
	if err != nil || l == nil {
		return err
	}
	defer shut()
	l.ledger.Park(state.Item{Parked: original.Parked, Reason: reasonOriginal, Detail: fmt.Sprintf("its original %s waits (%s)", original.Pair, original.Reason),
		Since: time.Now().UTC(), RetryAt: original.RetryAt, Tries: original.Tries})
	l.log.Info().Str("pair", string(l.ledger.Pair)).Str("reason", reasonOriginal).Str("original", string(original.Pair)).Msg("conversation left to a later pass")
	return l.commit(ctx)
}

// knownToWait reports whether the pair's time has not come and it knows already of the copy that leads to it.
func (l *look) knownToWait(ctx context.Context, copied mapping.Ref) (bool, error) {
	if copied.IsZero() || l.ledger.Meta.Copied != copied || l.req.DryRun || len(l.req.Conversations) > 0 {
		return false, nil
	}
	it, err := l.itemOf(ctx, l.ledger.Pair)
	return it != nil && it.Reason != reasonUnresolved && it.RetryAt.After(time.Now()), err
}

// claims remembers in the pair's own record the copy that led to it.
func (l *look) claims(m *state.Meta) {
	if m.Twin.IsZero() && m.Copied.IsZero() {
		m.Copied = l.copied
	}
}

// itemOf gives a pair's item; nil when it has none.
func (r *run) itemOf(ctx context.Context, p state.Pair) (*state.Item, error) {
	items, err := r.store.Agenda(ctx)
	if i := slices.IndexFunc(items, func(it state.Item) bool { return it.Pair == p }); err == nil && i >= 0 {
		return &items[i], nil
	}
	return nil, err
}

// giveWay forgets what was noted of a conversation that turned out to be a copy: it would stand in the way of the pair. What
// is on the agenda stays there until the copy is known to belong to that.
func (l *look) giveWay(ctx context.Context) error {
	own := l.ledger.Pair
	records, err := l.store.Load(ctx, own)
	if err != nil || len(records) == 0 {
		return err
	}
	it, err := l.itemOf(ctx, own)
	if err != nil {
		return err
	}
	l.ledger.Forget(records)
	if it != nil {
		l.ledger.Park(*it)
		l.mu.Lock()
		l.noted[own] = true
		l.mu.Unlock()
	}
	return l.commit(ctx)
}

// stillNoted reports whether this run left a copy on the agenda until it is known as one.
func (r *run) stillNoted(p state.Pair) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.noted[p]
}

// disown forgets what was noted under a conversation's own name before it was known to be another one's copy. It tells
// whether it is one.
func (r *run) disown(ctx context.Context, ref mapping.Ref) (copied bool, err error) {
	own := state.PairOf(ref)
	pair, known, err := r.pairOf(ctx, ref)
	if err != nil || !known || pair == own || r.req.DryRun {
		return false, err
	}
	r.uncount(own)
	l, shut, err := r.open(ctx, own, mapping.Ref{})
	if err != nil || l == nil {
		return true, err
	}
	defer shut()
	records, err := r.store.Load(ctx, own)
	if err != nil {
		return true, err
	}
	if len(records) == 0 {
		if it, err := r.itemOf(ctx, own); err != nil || it == nil {
			return true, err
		}
	}
	l.ledger.Forget(records)
	return true, l.commit(ctx)
}

// uncount takes what was counted of a pair, and what a dry run would write into it, out of the report: its conversation
// turned out to belong to another pair.
func (r *run) uncount(p state.Pair) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.tallies, p)
	delete(r.ops, p)
}

// orphaned makes a copy whose original is gone the twin of it, so that nothing is opened in its place. It tells whether
// it did. One that belongs to another pair by now is none.
func (l *look) orphaned(ctx context.Context) (bool, error) {
	m := l.ledger.Meta
	if l.copied.IsZero() || !m.Twin.IsZero() || !l.ledger.Desks[m.Origin.Desk].Gone {
		return false, nil
	}
	other, err := l.ledgerOf(ctx, l.copied)
	if err != nil || other != nil && !other.Meta.Twin.IsZero() {
		return false, err
	}
	i := l.index(l.copied.Desk)
	c, err := l.sides[i].side.Source.Read(l.calls, l.copied.ID)
	if api.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, l.unread(ctx, err, i)
	}
	if named := l.namedIn(c); !named.IsZero() && named != m.Origin {
		return false, nil
	}
	m.Twin, m.Copied = l.copied, mapping.Ref{}
	l.ledger.SetMeta(m)
	return true, l.commit(ctx)
}

// halfOpened looks on the agenda for a pair that has sent an opening of which nothing is known, and that the origin may be,
// or one that waits and knows the origin as its copy. It is asked before an opening: the other desk's search need not find the
// original, which may be deleted by now, or not readable and its customer merged.
func (l *look) halfOpened(ctx context.Context) (original mapping.Ref, err error) {
	src := l.sides[l.origin()]
	open, err := l.halfOpen(ctx)
	if err != nil {
		return original, err
	}
	for _, pair := range open {
		records, err := l.recall(ctx, pair)
		if err != nil {
			return original, err
		}
		other, err := state.ReadLedger(pair, records)
		if err != nil {
			return original, err
		}
		m := other.Meta
		if pair == l.ledger.Pair || m.Origin.Desk == src.desk {
			continue
		}
		if m.Twin == src.conv.Ref || m.Twin.IsZero() && (m.Copied == src.conv.Ref || l.openedBy(other, *src.conv)) { // it may have been found meanwhile
			return m.Origin, nil
		}
	}
	// Last, for a look at the original beside this one may have found its copy, and taken itself off the agenda.
	if pair, known, err := l.pairOf(ctx, src.conv.Ref); err != nil || !known || pair == l.ledger.Pair {
		return original, err
	} else if original, err = mapping.ParseRef(string(pair)); err != nil {
		return mapping.Ref{}, err
	}
	return original, nil
}

// openedBy is promised, of a conversation that nothing else leads to: only one in the name of the same contact counts.
func (l *look) openedBy(other *state.Ledger, c mapping.Conversation) bool {
	for _, in := range other.Intents {
		same := in.Contact.ID != "" && (c.Customer.ID == in.Contact.ID || slices.Contains(c.Customer.Former, in.Contact.ID))
		if in.Kind == "open" && in.Desk == c.Desk && same && l.opened(l.index(c.Desk), in, c) && c.Entries[0].Made != mapping.ByHuman {
			return true
		}
	}
	return false
}

// halfOpen are the pairs of which the agenda said, when this run first asked, that they may have a copy that they do not know.
func (r *run) halfOpen(ctx context.Context) ([]state.Pair, error) {
	if r.blank() {
		return nil, nil
	}
	r.mu.Lock()
	known := r.half
	r.mu.Unlock()
	if known != nil {
		return known, nil
	}
	items, err := r.store.Agenda(ctx)
	if err != nil {
		return nil, err
	}
	half := []state.Pair{}
	for _, it := range items {
		records, err := r.store.Load(ctx, it.Pair)
		if err != nil {
			return nil, err
		}
		l, err := state.ReadLedger(it.Pair, records)
		if err != nil {
			return nil, err
		}
		opening := func(in state.Intent) bool { return in.Kind == "open" }
		if l.Meta.Twin.IsZero() && (!l.Meta.Copied.IsZero() || slices.ContainsFunc(slices.Collect(maps.Values(l.Intents)), opening)) {
			half = append(half, it.Pair)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.half == nil { // others may have asked at the same time
		r.half = half
	}
	return r.half, nil
}
