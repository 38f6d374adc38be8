package engine

import (
	"context"
	"errors"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/state"
)

// leave ends the look with the pair on the agenda.
func (l *look) leave(ctx context.Context, parked bool, reason, detail string, wait time.Duration) error {
	item := state.Item{Pair: l.ledger.Pair, Parked: parked, Reason: reason, Detail: detail, Since: l.now.UTC(), RetryAt: time.Now().Add(wait).UTC(), Tries: l.tries + 1}
	l.outcome.item = &item
	if l.req.DryRun {
		return errLeave
	}
	m := l.ledger.Meta
	m.Unsure, m.Unread = l.forgets(), l.unreadYet()
	if l.claims(&m); m != l.ledger.Meta || !l.indexed() {
		l.ledger.SetMeta(m)
	}
	l.ledger.Park(item)
	if err := l.commit(ctx); err != nil {
		return err
	}
	l.noteUnread(parked)
	said := l.log.Info()
	switch {
	case parked:
		said = l.log.Warn()
	case reason == "stopped" || reason == reasonBound: // as was asked for, perhaps thousands of them
		said = l.log.Debug()
	}
	said.Str("pair", string(item.Pair)).Str("reason", reason).Str("detail", detail).Msg("conversation left to a later pass")
	return errLeave
}

// forgets reports whether the store may have lost what was known of the pair: in this run, or in an earlier one that left it
// before everything was looked at.
func (l *look) forgets() bool { return l.forgetful || l.ledger.Meta.Unsure }

// failed turns a failed call into the end of this look, or of the whole run.
func (l *look) failed(ctx context.Context, err error, side int) error {
	desk := l.sides[side].desk
	ae, _ := asError(err)
	switch class := api.ClassOf(err); {
	case errors.Is(err, state.ErrLost):
		return state.ErrLost
	case context.Cause(l.calls) != nil:
		return context.Cause(l.calls)
	case class == api.Stopped:
		return l.leave(ctx, false, "stopped", "", 0)
	case class == api.Denied && ae != nil && ae.Status != 403:
		return &deskError{desk: desk, err: err}
	case class == api.Denied:
		return l.leave(ctx, true, "denied", err.Error(), time.Hour)
	case class == api.Refused && ae != nil && foreign(ae):
		return l.retry(ctx, "not_understood", err.Error())
	case class == api.Refused:
		return l.leave(ctx, true, "refused", err.Error(), 24*time.Hour)
	case class == api.MayHaveHappened:
		return l.leave(ctx, false, reasonUnresolved, err.Error(), l.sides[side].side.Settle)
	}
	reason := "unreachable"
	if ae != nil && (ae.Status == 429 || ae.Code == api.CodeThrottled) {
		reason = "rate_limited"
	}
	if ae != nil && ae.RetryAfter > api.LongestPause { // nothing more can be done on this desk: the others need not find that out
		if err := l.leave(ctx, false, reason, err.Error(), ae.RetryAfter); !errors.Is(err, errLeave) {
			return err
		}
		return &deskError{desk: desk, err: err}
	}
	return l.retry(ctx, reason, err.Error())
}

func asError(err error) (*api.Error, bool) { return errors.AsType[*api.Error](err) }

// unread is failed for a read: what a desk refuses to show now it may show later.
func (l *look) unread(ctx context.Context, err error, side int) error {
	if api.ClassOf(err) == api.Refused {
		return l.retry(ctx, "not_understood", err.Error())
	}
	return l.failed(ctx, err, side)
}

// retry leaves the pair pending, later each time; after the fifth time it is parked.
func (l *look) retry(ctx context.Context, reason, detail string) error {
	l.tries = l.triesFor(ctx, reason)
	return l.leave(ctx, l.tries >= 5, reason, detail, min(time.Minute<<min(l.tries, 6), time.Hour))
}

// triesFor is how often the pair was tried in vain for a reason. The tries of a file are counted by themselves, for after some
// of them a line stands for it; those for all other reasons together.
func (l *look) triesFor(ctx context.Context, reason string) int {
	items, err := l.store.Agenda(ctx)
	if err != nil {
		return 0
	}
	for _, it := range items {
		if it.Pair == l.ledger.Pair && (it.Reason == reasonFile) == (reason == reasonFile) {
			return it.Tries
		}
	}
	return 0
}
