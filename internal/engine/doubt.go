package engine

import (
	"context"
	"slices"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// gap reports whether a conversation lacks entries that its desk counts, of which nobody knows where they stand. Where a desk
// shows the newest only, the oldest are missing, and that is no gap.
func gap(c *mapping.Conversation) bool { return c != nil && c.Truncated > 0 && !c.NewestOnly }

// mayHide reports whether a promised entry may stand on its desk although it is not shown: the desk counts more that it
// does not show than it did when the entry was promised.
func (l *look) mayHide(to int, in state.Intent) bool {
	c := l.sides[to].conv
	return (in.Kind == "message" || in.Kind == "note") && gap(c) && c.Truncated > in.Truncated
}

// listedNotFound is left on the agenda of a pair for whose counterpart its desk lists a conversation that it does not find.
const listedNotFound = "the desk lists a conversation that it does not find; it may be the copy"

// unfound deals with a conversation among those that its desk has just listed which it then does not find: one of the two is
// wrong, and whatever is opened in its place may stand there twice. So the pair waits; lists may show what was deleted
// (U19), and what is not found settle later either is passed over.
func (l *look) unfound(ctx context.Context, i int) error {
	settle := l.sides[i].side.Settle
	items, err := l.store.Agenda(ctx)
	if err == nil && slices.ContainsFunc(items, func(it state.Item) bool {
		return it.Pair == l.ledger.Pair && it.Detail == listedNotFound && l.now.Sub(it.Since) >= settle
	}) {
		return nil
	}
	return l.leave(ctx, false, reasonNotFound, listedNotFound, settle)
}

// foreign reports whether a desk's answer bears no code of its own: somebody in between may have given it.
func foreign(e *api.Error) bool { return e.Status != 0 && e.Code == "" }

// doubtful deals with a write that was refused in an answer without the desk's own code: somebody in between may have given it.
// The first time it decides nothing, and the pair waits; the second time, in a later look, it counts. Where what a field is to be
// written to is not found, whoever says so, reading tells first whether the conversation is gone; if it is not, the field is
// given up for the desk's own words only. It gives nil where the refusal counts, or is none.
func (l *look) doubtful(ctx context.Context, to int, op sinks.Operation, err error) error {
	e, ok := asError(err)
	if !ok || e.Class != api.Refused || e.Status == 0 || e.AuthorMoved && l.moves < maxMoves {
		return nil
	}
	v := l.sides[to]
	d := l.ledger.Desks[v.desk]
	again := slices.Contains(d.Doubted, op.ID)
	missing := e.NotFound && isField(op.Kind)
	if e.Code != "" && (again || !missing) || again && !missing {
		return nil
	}
	l.fresh[to] = false
	l.ledger.DropIntent(op.ID)
	if !again {
		d.Doubted = append(slices.Clone(d.Doubted), op.ID)
		l.ledger.SetDesk(v.desk, d)
	}
	reason, wait := "not_understood", v.side.Settle
	if missing {
		reason = reasonNotFound
	}
	if again {
		wait = time.Hour
	}
	return l.leave(ctx, again, reason, err.Error(), wait)
}

// isField reports whether an operation sets a field.
func isField(k sinks.Kind) bool {
	switch k {
	case sinks.OpenConversation, sinks.PostMessage, sinks.PostNote, sinks.RecordEvent:
		return false
	}
	return true
}
