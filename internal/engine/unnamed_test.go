package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
)

// TestAnOlderStoreWithoutTimesAndNames: Intercom does not keep the time of what a contact writes and names no app, and a store from
// before a customer's words is put back. Their copy is known by its words and its place.
func TestAnOlderStoreWithoutTimesAndNames(t *testing.T) {
	t.Parallel()
	for _, between := range []string{"", "Yes?"} {
		t.Run(fmt.Sprintf("answered %q", between), func(t *testing.T) {
			inWorld(t, setup{}, func(w *world) {
				w.intercom.SetKnobs(func(k *intercom.Knobs) { k.AppCode, k.ContactCreatedAt = "", false })
				d, i := w.dashly.People(), w.intercom.People()
				conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
				w.pause(time.Minute)
				w.done()
				w.copyFile("bridge.db", "older.db")
				w.rest()
				if between != "" {
					i.Reply(w.thread(w.intercom.Dump()).ID, intercom.Jane, between)
					w.pause(time.Minute)
				}
				d.Write(conv, "Anything new?")
				w.pause(time.Minute)
				w.done()
				w.rest()
				w.forget("older.db")
				w.persist()
				for _, dump := range [][]sandbox.Thread{w.dashly.Dump(), w.intercom.Dump()} {
					n := 0
					for _, e := range w.thread(dump).Entries {
						if e.Text == "Anything new?" {
							n++
						}
					}
					require.Equal(t, 1, n, w.picture())
				}
				w.idle()
			})
		})
	}
}
