package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	sinkdashly "github.com/deskbridge/deskbridge/sinks/dashly"
	sourcedashly "github.com/deskbridge/deskbridge/sources/dashly"
)

// TestASiteMayGetItsNumberLater: the store goes on with it where the desk takes $self_app no longer, and from then on knows the
// site by it.
func TestASiteMayGetItsNumberLater(t *testing.T) {
	var w *world
	app := apidashly.SelfApp
	named := func(o *engine.Options) {
		client := sandbox.Client(w.dashly, w.intercom)
		dc, err := apidashly.New(apidashly.Options{BaseURL: sandbox.DashlyURL, Token: "dashly-token", App: app, MaxRate: 1000, HTTP: client})
		require.NoError(t, err)
		o.Sides[0].Source = sourcedashly.New(dc, sourcedashly.Options{Settle: settle, Fetch: client.Transport})
		o.Sides[0].Sink = sinkdashly.New(dc, sinkdashly.Options{Name: "main", Match: "identified", Fallback: "default_admin"})
		o.Sides[0].Meter = meter{dc.Count}
	}
	inWorld(t, setup{adjust: named}, func(its *world) {
		w = its
		d := w.dashly.People()
		d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.done()
		w.pause(time.Hour)
		w.dashly.SetKnobs(func(k *dashly.Knobs) { k.SelfApp = "refuse" })
		require.NotEqual(t, report.Done, w.sync().Status)
		app = "12"
		require.Equal(t, report.Done, w.run(engine.Request{Command: "plan", DryRun: true}).Status)
		w.idle()
		w.idle()
		w.dashly.SetKnobs(func(k *dashly.Knobs) { k.SelfApp = "accept" })
		app = apidashly.SelfApp
		rep := w.sync()
		require.Equal(t, "foreign_store", rep.Error.Code, "it has its number now")
		require.Contains(t, rep.Error.Message, "name the account in the configuration as the store does")
	})
}
