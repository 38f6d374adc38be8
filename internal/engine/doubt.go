package engine

import (
	"context"
	"slices"

	"github.com/deskbridge/deskbridge/mapping"
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
	return l.leave(ctx, false, "not_found", listedNotFound, settle)
}
