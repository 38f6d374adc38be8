package engine

import (
	"context"
	"slices"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// read brings both sides up to date where they are not.
func (l *look) read(ctx context.Context) error {
	for i, ref := range l.refs() {
		if ref.IsZero() || l.fresh[i] {
			continue
		}
		if err := l.readSide(ctx, i, ref); err != nil {
			return err
		}
	}
	l.recogniseCustomers()
	return nil
}

func (l *look) readSide(ctx context.Context, i int, ref mapping.Ref) error {
	v := &l.sides[i]
	if l.ledger.Desks[v.desk].Gone {
		v.conv = nil
		l.fresh[i] = true
		return nil
	}
	conv, err := v.side.Source.Read(ctx, ref.ID)
	if api.IsNotFound(err) {
		return l.missing(ctx, i)
	}
	if err != nil {
		return l.unread(ctx, err, i)
	}
	if slices.ContainsFunc(conv.Entries, func(e mapping.Entry) bool { return e.At.IsZero() }) { // live or history, nobody knows
		return l.retry(ctx, "not_understood", "the desk's answer shows an entry without a time")
	}
	v.conv, v.merged, v.readAt, l.fresh[i] = &conv, nil, time.Now(), true
	if !conv.DeskTime.IsZero() {
		v.measure(skewOf(conv.DeskTime, v.readAt))
	}
	if d := l.ledger.Desks[v.desk]; !d.MissingSince.IsZero() {
		d.MissingSince = time.Time{}
		l.ledger.SetDesk(v.desk, d)
	}
	l.people.Learn(v.desk, conv.Agents)
	return l.keepAgents(ctx)
}

// skewOf is how far a desk's clock is ahead of ours. A difference that the answer's way, and a clock that tells whole
// seconds, may make is none.
func skewOf(desk, ours time.Time) time.Duration {
	d := desk.Sub(ours).Round(time.Second)
	if d.Abs() < minSkew {
		return 0
	}
	return d
}

// measure takes a new skew, unless it may be the one that is known: else a look might decide now for one side and now for the
// other.
func (v *sideView) measure(skew time.Duration) {
	if (skew - v.skew).Abs() > vagueSkew {
		v.skew = skew
	}
}

// missing deals with a conversation that its desk does not find: twice, settle apart, and it is gone for good. It is
// never opened again.
func (l *look) missing(ctx context.Context, i int) error {
	v := &l.sides[i]
	d := l.ledger.Desks[v.desk]
	switch {
	case d.MissingSince.IsZero():
		d.MissingSince = l.now
		l.ledger.SetDesk(v.desk, d)
	case l.now.Sub(d.MissingSince) >= v.side.Settle:
		d.Gone = true
		l.ledger.SetDesk(v.desk, d)
		v.conv, l.fresh[i] = nil, true
		return l.commit(ctx)
	}
	if l.strange {
		return l.mistyped()
	}
	return l.leave(ctx, false, reasonNotFound, saysNotFound, v.side.Settle)
}

// reasonNotFound marks what a desk does not find; saysNotFound tells it.
const (
	reasonNotFound = "not_found"
	saysNotFound   = "the desk does not find the conversation"
)

// mistyped ends the look at a conversation that somebody named and that neither its desk nor the store knows.
// Nothing is stored of it, and nobody waits for it.
func (l *look) mistyped() error {
	l.mu.Lock()
	l.unknown = append(l.unknown, l.ledger.Meta.Origin)
	l.mu.Unlock()
	l.outcome.item = &state.Item{Pair: l.ledger.Pair, Reason: reasonNotFound, Detail: saysNotFound, Since: l.now.UTC()}
	return errLeave
}
