package engine

import (
	"context"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
)

// glimpses are the conversations without a twin that a pass has read, for those of the other desk that ask whether one of
// them is their counterpart: what tells it, how a conversation began and whom it names, does not change.
type glimpses struct {
	of      map[mapping.Ref]glimpse
	entries int
}

type glimpse struct {
	mapping.Conversation
	at time.Time
}

// maxGlimpsed bounds how many entries are kept. What is beyond it is read again.
const maxGlimpsed = 50_000

// glimpse keeps what a look has read of a conversation that is left without a twin. Of one that cannot be read whole
// nothing is kept: what is missing may be shown the next time.
func (l *look) glimpse() {
	v := l.sides[l.origin()]
	if !l.glimpsing || v.conv == nil || v.conv.Truncated > 0 || !l.ledger.Meta.Twin.IsZero() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.glimpsed.of[v.conv.Ref]; !known && l.glimpsed.entries+len(v.conv.Entries) <= maxGlimpsed {
		l.glimpsed.of[v.conv.Ref] = glimpse{*v.conv, v.readAt}
		l.glimpsed.entries += len(v.conv.Entries)
	}
}

// candidate gives a conversation of a side that may be the counterpart: as this pass has seen it, or as it is.
func (l *look) candidate(ctx context.Context, side int, ref mapping.Ref) (mapping.Conversation, error) {
	l.mu.Lock()
	seen, known := l.glimpsed.of[ref]
	l.mu.Unlock()
	if !known {
		return l.sides[side].side.Source.Read(ctx, ref.ID)
	}
	if !seen.DeskTime.IsZero() { // that desk's clock has gone on
		seen.DeskTime = seen.DeskTime.Add(time.Since(seen.at))
	}
	return seen.Conversation, nil
}
