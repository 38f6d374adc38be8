package engine

import (
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
