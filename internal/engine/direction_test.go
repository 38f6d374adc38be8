package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
)

// TestWhatWasPendingWhenADirectionWasOff is carried when the direction is on again: a conversation without a copy, and a reply and a
// close in one that has a copy.
func TestWhatWasPendingWhenADirectionWasOff(t *testing.T) {
	onAndOff := func(w *world, writes int) {
		w.run(engine.Request{Command: "sync", MaxWrites: writes})
		w.setup.adjust = func(o *engine.Options) { o.Sides[0].Send = false }
		w.pause(time.Hour)
		w.done()
		w.setup.adjust = nil
		w.pause(time.Hour)
		w.persist()
		w.idle()
	}
	t.Run("a conversation", func(t *testing.T) {
		inWorld(t, setup{}, func(w *world) {
			d := w.dashly.People()
			d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
			w.pause(2 * time.Hour)
			d.Open(d.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "And me?")
			w.pause(3 * time.Minute)
			onAndOff(w, 3)
			require.Len(t, w.intercom.Dump(), 2)
		})
	})
	t.Run("a reply and a close", func(t *testing.T) {
		inWorld(t, setup{}, func(w *world) {
			d := w.dashly.People()
			other, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-0", Name: "Zoe"}), "Zero")
			conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
			w.done()
			w.pause(time.Hour)
			d.Reply(conv, dashly.Jane, "An answer")
			d.Close(conv, dashly.Jane)
			w.pause(time.Hour)
			d.Write(other, "More of zero")
			d.Write(other, "And more")
			w.pause(3 * time.Minute)
			onAndOff(w, 1)
			require.Contains(t, allWords(w.intercom.Dump()), "An answer")
			closed := 0
			for _, thread := range w.intercom.Dump() {
				if thread.State == "closed" {
					closed++
				}
			}
			require.Equal(t, 1, closed)
		})
	})
}
