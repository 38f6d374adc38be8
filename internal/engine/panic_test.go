package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/sources"
)

// rash is a source that panics once.
type rash struct {
	sources.Source
	account, changed *bool
}

func (r rash) Account(ctx context.Context) (sources.Account, error) {
	once(r.account)
	return r.Source.Account(ctx)
}

func (r rash) Changed(ctx context.Context, since sources.Cursor, floor time.Time, yield func(sources.Listing) error) (sources.Cursor, error) {
	once(r.changed)
	return r.Source.Changed(ctx, since, floor, yield)
}

func once(armed *bool) {
	if *armed {
		*armed = false
		panic("a fault of ours")
	}
}

// TestARunThatPanickedLeavesNoLease: a daemon survives the panic of a pass, and its next pass works.
func TestARunThatPanickedLeavesNoLease(t *testing.T) {
	for name, arm := range map[string]func(r rash){
		"account": func(r rash) { *r.account = true },
		"changed": func(r rash) { *r.changed = true },
	} {
		t.Run(name, func(t *testing.T) {
			r := rash{account: new(bool), changed: new(bool)}
			inWorld(t, setup{adjust: func(o *engine.Options) {
				o.Sides[0].Source = rash{o.Sides[0].Source, r.account, r.changed}
			}}, func(w *world) {
				d := w.dashly.People()
				d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
				w.done()
				arm(r)
				w.bridge(func(e *engine.Engine) {
					stop := make(chan struct{})
					require.Panics(t, func() { e.Run(context.Background(), stop, engine.Request{Command: "serve"}) })
					w.pause(time.Hour)
					rep := e.Run(context.Background(), stop, engine.Request{Command: "serve"})
					require.Equal(t, report.Done, rep.Status, "%+v", rep.Error)
				})
			})
		})
	}
}
