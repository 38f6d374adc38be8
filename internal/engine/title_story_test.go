package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/mapping"
)

// TestALaterTitleIsLostOnce: the note that begins the copy names the first title; each later one is counted in the pass that
// sees it, and in no other, nor when the store is lost.
func TestALaterTitleIsLostOnce(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		lost := func() int { return w.done().Directions["intercom_to_dashly"].Losses[mapping.LossFieldUnset] }
		h := w.intercom.People()
		conv, _ := h.Open(h.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		h.Title(conv, intercom.Jane, "Order 881")
		require.Zero(t, lost())
		require.Contains(t, w.picture(), "Title: Order 881")
		w.idle()

		for _, title := range []string{"Refund 881", "Return 881"} {
			w.pause(time.Minute)
			h.Title(conv, intercom.Jane, title)
			rep := w.done()
			require.Equal(t, 1, rep.Directions["intercom_to_dashly"].Losses[mapping.LossFieldUnset])
			require.Zero(t, rep.APICalls["dashly"].Write+rep.APICalls["intercom"].Write)
			x := w.explain("intercom", conv)
			require.Equal(t, []string{"title"}, x.Sides[1].NotGiven)
			require.Equal(t, title, x.Sides[1].Title)
			require.Empty(t, x.Sides[0].NotGiven)
			w.idle()
			w.pause(time.Minute)
			h.Write(conv, "Still there?")
			require.Zero(t, lost(), "it was counted")
		}
		require.NotContains(t, w.picture(), "Return 881")
		w.pause(time.Minute)
		w.forget("")
		require.Zero(t, lost(), "nothing is known to have been agreed")
		w.idle()
		require.Contains(t, w.picture(), "Title: Order 881")
	})
}
