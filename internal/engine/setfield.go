package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// restored records that everything that our own writes had moved was written once more. Not before: who dies in between
// writes the rest.
func (l *look) restored(ctx context.Context, i int, all bool) error {
	desk := l.sides[i].desk
	s := l.ledger.Desks[desk]
	if !all || s.Consequence == state.Restored {
		return nil
	}
	s.Consequence = state.Restored
	l.ledger.SetDesk(desk, s)
	return l.commit(ctx)
}

// writeField sets one field; carries is that of the plan.
func (l *look) writeField(ctx context.Context, to int, op sinks.Operation, carries map[string]string) error {
	calls := 1
	if op.Kind == sinks.AddTag {
		calls = 2 // a tag may have to be made first
	}
	if err := l.ready(ctx, to, calls, true); err != nil {
		return err
	}
	dst := &l.sides[to]
	op.Conversation = dst.conv.ID
	l.tried[op.ID] = true
	if l.hopeless(to, op) {
		l.log.Warn().Err(errVain).Str("pair", string(l.ledger.Pair)).Msg("a field counts as refused")
		return l.hold(ctx, to, op)
	}
	switch op.Kind {
	case sinks.SetTeam:
		l.team = op.ID
	case sinks.SetAssignee: // should a desk keep only the last of the two (intercom-api.md 9.3), the team is written once more
		delete(l.tried, l.team)
	}
	in := state.Intent{ID: op.ID, Kind: "field", Desk: dst.desk, Author: op.Author.ID, Value: string(fieldOf(op.Kind)) + "=" + fieldValue(op), SentAt: time.Now().UTC()}
	if value, ok := carries[op.ID]; ok {
		in.Carries = &value
	}
	in.Shown = l.candidates(in)
	stir := state.Clean
	if op.Kind == sinks.SetAssignee || op.Kind == sinks.SetTeam { // an assignment may open what is closed and wake what is snoozed
		stir = state.Stirred
	}
	if err := l.promise(ctx, to, in, stir); err != nil {
		return err
	}
	res, err := dst.side.Sink.Do(l.permitted(to, in, true), op)
	l.fresh[to] = false
	if err == nil {
		l.fieldWritten(dst.desk, in, res.Entries)
		if op.Kind != sinks.SetTitle && op.Kind != sinks.SetRating && op.Kind != sinks.SetBacklink {
			l.lose(1-to, mapping.LossEventTimeNow)
		}
		return l.commit(ctx)
	}
	if errors.Is(err, errLate) {
		l.ledger.DropIntent(op.ID)
		delete(l.tried, op.ID)
		return errAgain
	}
	if left := l.doubtful(ctx, to, op, err); left != nil {
		return left
	}
	switch api.ClassOf(err) {
	case api.MayHaveHappened:
		l.unanswered(op.ID)
		return errAgain
	case api.Refused:
		l.ledger.DropIntent(op.ID)
		l.log.Warn().Err(err).Str("pair", string(l.ledger.Pair)).Msg("a field was refused")
		return l.hold(ctx, to, op)
	}
	l.ledger.DropIntent(op.ID)
	return l.failed(ctx, err, to)
}

// hold remembers a value that the desk does not take: it is not written again while nothing else is wanted.
func (l *look) hold(ctx context.Context, to int, op sinks.Operation) error {
	desk := l.sides[to].desk
	s := l.ledger.Desks[desk]
	held := map[mapping.Field]string{}
	maps.Copy(held, s.Held)
	held[fieldOf(op.Kind)] = fieldValue(op)
	s.Held = held
	l.ledger.SetDesk(desk, s)
	l.lose(1-to, mapping.LossFieldUnset)
	if err := l.commit(ctx); err != nil {
		return err
	}
	return errAgain
}

// teamFirst puts the state off to the next round where a team is written: an assignment to a team may take the agent away,
// and giving the conversation back to the agent may open it again.
func teamFirst(ops []sinks.Operation) []sinks.Operation {
	of := func(k sinks.Kind) func(sinks.Operation) bool {
		return func(op sinks.Operation) bool { return op.Kind == k }
	}
	if !slices.ContainsFunc(ops, of(sinks.SetTeam)) {
		return ops
	}
	return slices.DeleteFunc(slices.Clone(ops), of(sinks.SetState))
}
