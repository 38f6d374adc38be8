package engine

import (
	"context"
	"errors"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
)

// mayWrite waits out the quiet time of a new store, and looks for a counterpart before a twin is opened. again asks
// for a new round.
func (l *look) mayWrite(ctx context.Context, moved *mapping.Ref, plans [2]entryPlan) (again bool, err error) {
	if plans[l.origin()].opens && l.deferOpening() {
		return false, errLeave
	}
	if plans[l.origin()].opens {
		if err := l.awaitUnread(ctx); err != nil {
			return false, err
		}
	}
	if waited, err := l.waitQuiet(ctx); waited || err != nil {
		return waited, err
	}
	return l.foresee(ctx, moved, plans)
}

// waitQuiet waits out the quiet time of a new store. What was read before it is old then.
func (l *look) waitQuiet(ctx context.Context) (waited bool, err error) {
	d := time.Until(l.quiet)
	if d <= 0 {
		return false, nil
	}
	l.hush.Do(func() {
		l.log.Info().Str("wait", d.Round(time.Second).String()).Msg("new or unsure store: waiting until what an earlier bridge wrote can be seen")
	})
	if !l.rest(d) {
		return false, l.leave(ctx, false, "stopped", "", 0)
	}
	l.fresh = [2]bool{}
	return true, nil
}

// foresee looks for a counterpart before a twin is opened, or is said to be opened.
func (l *look) foresee(ctx context.Context, moved *mapping.Ref, plans [2]entryPlan) (again bool, err error) {
	if !plans[l.origin()].opens || !l.sides[l.origin()].side.Send {
		return false, nil
	}
	return l.seek(ctx, moved)
}

// seek makes the counterpart the twin, if there is one.
func (l *look) seek(ctx context.Context, moved *mapping.Ref) (again bool, err error) {
	l.unlike = map[mapping.Ref]bool{}
	twin, origin, err := l.counterpart(ctx)
	if err == nil && twin.IsZero() && origin.IsZero() {
		origin, err = l.halfOpened(ctx)
	}
	if err == nil && twin.IsZero() && origin.IsZero() { // a list may have left it out, and what is opened then stands there twice
		twin, origin, err = l.counterpart(ctx)
	}
	if err == nil && twin.IsZero() && origin.IsZero() {
		twin, err = l.seekBegun(ctx)
	}
	if err == nil && twin.IsZero() && origin.IsZero() {
		twin, err = l.deletedCopy(ctx)
	}
	return l.join(ctx, moved, twin, origin, err)
}

// join goes on with what a search has found.
func (l *look) join(ctx context.Context, moved *mapping.Ref, twin, origin mapping.Ref, err error) (again bool, _ error) {
	switch {
	case errors.Is(err, errLeave):
		return false, err
	case err != nil:
		return false, l.unread(ctx, err, 1-l.origin())
	case !origin.IsZero():
		*moved = origin
		return false, nil
	case !twin.IsZero():
		m := l.ledger.Meta
		m.Twin = twin
		l.ledger.SetMeta(m)
		return true, l.commit(ctx)
	}
	return false, nil
}
