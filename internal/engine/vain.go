package engine

import (
	"errors"
	"maps"

	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// A desk, or a gateway before it, may break on one write whenever it comes, and never say so. Each time the write is read back,
// and not found. It is sent again, later each time, while the desk answers what is read; an outage, in which nothing can be read
// back, counts for nothing.

// vainTries is how often a write is sent in vain before it counts as refused: over hours, for the desk may be unable to write at
// all. A reply to be delivered is sent half as often, because the desk may have sent it before it broke.
const vainTries, vainDeliveries = 8, 4

// errVain is told of such a write.
var errVain = errors.New("a write has no usable answer time and again, and is not found when it is read back")

// unanswered remembers that a promised call left and that nothing told what became of it.
func (l *look) unanswered(id string) {
	if in, ok := l.ledger.Intents[id]; ok {
		in.Unanswered = true
		l.ledger.SetIntent(in)
	}
}

// countVain counts a write that was read back in vain, and reports whether that was so before.
func (l *look) countVain(in state.Intent) bool {
	if !in.Unanswered { // it may never have left
		return false
	}
	s := l.ledger.Desks[in.Desk]
	vain := map[string]int{}
	maps.Copy(vain, s.Vain)
	vain[in.ID]++
	s.Vain = vain
	l.ledger.SetDesk(in.Desk, s)
	return vain[in.ID] > 1
}

// hopeless reports whether an operation was sent in vain so often that it counts as refused.
func (l *look) hopeless(to int, op sinks.Operation) bool {
	n := l.ledger.Desks[l.sides[to].desk].Vain[op.ID]
	return n >= vainTries || op.Class == sinks.Delivered && n >= vainDeliveries
}
