package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// fill gives the contact in whose name a conversation is about to be opened what it lacks of the configured properties of the
// customer, and the draft the loss where one does not get there. Nothing hangs on it: the opening goes on whatever
// happens, and the next one fills what is missing.
func (l *look) fill(ctx context.Context, from, to int, op sinks.Operation, d *draft) error {
	if len(l.opts.Properties) == 0 || op.Kind != sinks.OpenConversation || slices.Contains(d.losses, mapping.LossPropertyNotHeld) {
		return nil
	}
	if err := l.affordable(ctx, 2); err != nil { // with the opening itself
		return err
	}
	src, dst, customer := l.sides[from], l.sides[to], l.sides[from].conv.Customer
	var names []string
	for _, p := range l.opts.Properties {
		names = append(names, p.Names[src.desk])
	}
	unheld := 0
	has, err := src.side.Source.Properties(l.calls, customer.ID, names)
	if err == nil {
		values, lost := mapping.CarriedProperties(l.opts.Properties, src.desk, dst.desk, has)
		unheld, err = dst.side.Sink.Fill(api.WithPermit(api.WithPermit(l.calls, l.lease.permit), l.spares), l.contact[to].ID, customer, values)
		unheld += lost
	}
	if err != nil {
		l.log.Warn().Err(err).Str("pair", string(l.ledger.Pair)).Msg("the customer's properties were not carried")
	}
	if unheld > 0 || err != nil {
		d.losses = append(slices.Clone(d.losses), mapping.LossPropertyNotHeld)
	}
	return nil
}

var errSpent = errors.New("the bound on write calls leaves no more than the opening")

// spares permits a write to a contact while the bound admits the opening after it: where a desk refuses all properties at
// once, each is tried alone.
func (l *look) spares() error {
	if !l.affords(2) {
		return errSpent
	}
	return nil
}
