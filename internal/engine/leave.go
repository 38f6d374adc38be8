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
	l.stillTried(&item)
	return l.leaveAs(ctx, item)
}

// leaveAs is leave, with the whole item.
func (l *look) leaveAs(ctx context.Context, item state.Item) error {
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
	l.noteUnread(item.Parked)
	l.noteItem(&item)
	said := l.log.Info()
	switch {
	case item.Parked:
		said = l.log.Warn()
	case item.Reason == "stopped" || item.Reason == reasonBound: // as was asked for, perhaps thousands of them
		said = l.log.Debug()
	}
	said.Str("pair", string(item.Pair)).Str("reason", item.Reason).Str("detail", item.Detail).Msg("conversation left to a later pass")
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

// enough is how often a pair is tried in vain before it is parked.
const enough = 5

// retry leaves the pair pending, later each time; after the fifth time it is parked. What it was tried for in vain before counts,
// whatever the reason; the tries of a file are counted by themselves, for after some of them a line stands for it.
func (l *look) retry(ctx context.Context, reason, detail string) error {
	if before := l.itemBefore(); before.Reason != reasonFile {
		l.tries = before.Tries
	}
	return l.leave(ctx, l.tries >= enough, reason, detail, pause(l.tries))
}

// retryFile is retry, for a file of an entry.
func (l *look) retryFile(ctx context.Context, file, detail string) error {
	tries := l.triesOf(file)
	return l.leaveAs(ctx, state.Item{Pair: l.ledger.Pair, Parked: tries >= enough, Reason: reasonFile, Detail: detail, Since: l.now.UTC(),
		RetryAt: time.Now().Add(pause(tries)).UTC(), Tries: tries + 1, File: file, FileTries: tries + 1})
}

// pause is how long a pair waits that was tried in vain so often before.
func pause(tries int) time.Duration { return min(time.Minute<<min(tries, 6), time.Hour) }

// triesOf is how often the files of an entry were asked for in vain.
func (l *look) triesOf(file string) int {
	if before := l.itemBefore(); before.File == file {
		return before.FileTries
	}
	return 0
}

// stillTried puts on an item what the pair was tried for in vain before.
func (l *look) stillTried(item *state.Item) {
	before := l.itemBefore()
	item.File, item.FileTries = before.File, before.FileTries
	if before.Reason != reasonFile {
		item.Tries = max(item.Tries, before.Tries)
	}
}

// itemBefore is what stood on the agenda of the pair before this look; empty when it was not there.
func (l *look) itemBefore() state.Item {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.agenda[l.ledger.Pair]
}

// noteAgenda remembers the agenda as it was read.
func (r *run) noteAgenda(items []state.Item) {
	agenda := make(map[state.Pair]state.Item, len(items))
	for _, it := range items {
		agenda[it.Pair] = it
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.agenda = agenda
}

// noteItem remembers what a look leaves on the agenda of its pair; nil: nothing.
func (l *look) noteItem(it *state.Item) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if it == nil {
		delete(l.agenda, l.ledger.Pair)
	} else if l.agenda != nil {
		l.agenda[it.Pair] = *it
	}
}
