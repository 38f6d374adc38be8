package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	sinkdashly "github.com/deskbridge/deskbridge/sinks/dashly"
	sourcedashly "github.com/deskbridge/deskbridge/sources/dashly"
)

// TestRepliesAreDeliveredAtASlowRate: at the slowest rates, with the shortest settle that one worker can keep, and with as many
// workers as may be at once, each reply comes to its turn before it is too late to deliver.
func TestRepliesAreDeliveredAtASlowRate(t *testing.T) {
	const replies = 20
	for _, c := range []struct {
		rate   float64
		settle time.Duration
	}{{0.2, settle}, {0.2, 40 * time.Second}, {2, settle}, {2, 5 * time.Second}, {2, 4 * time.Second}} {
		t.Run(fmt.Sprint(c.rate, " a second, settle ", c.settle), func(t *testing.T) {
			slow := false
			var w0 *world
			s := setup{}
			s.adjust = func(o *engine.Options) {
				if !slow {
					return
				}
				client := sandbox.Client(w0.dashly, w0.intercom)
				dc, err := apidashly.New(apidashly.Options{BaseURL: sandbox.DashlyURL, Token: "dashly-token", MaxRate: c.rate, HTTP: client})
				require.NoError(t, err)
				o.Workers = engine.MostWorkers(c.rate, c.settle)
				o.Sides[0].Source = sourcedashly.New(dc, sourcedashly.Options{Settle: c.settle, Fetch: client.Transport})
				o.Sides[0].Sink = sinkdashly.New(dc, sinkdashly.Options{Name: "main", Match: "identified", Fallback: "default_admin"})
				o.Sides[0].Settle = c.settle
				o.Sides[0].Meter = meter{dc.Count}
			}
			inWorld(t, s, func(w *world) {
				w0 = w
				d := w.dashly.People()
				for i := range replies {
					d.Open(d.Customer(sandbox.Customer{Own: fmt.Sprintf("crm-%d", i), Name: fmt.Sprintf("Alice %d", i)}), fmt.Sprintf("Hello from %d?", i))
				}
				w.done()
				w.pause(5 * time.Minute)
				w.done()
				for _, th := range w.intercom.Dump() {
					w.intercom.People().Reply(th.ID, intercom.Jane, "Of course")
				}
				slow = true
				w.sync()
				require.Len(t, w.delivered("dashly", "bridge"), replies)
			})
		})
	}
}
