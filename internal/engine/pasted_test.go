package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
)

// TestAPastedBackLinkMakesNoCopy: an agent pastes the note that begins the copy of Alice's conversation into Zoe's, and the store is
// lost. What Alice says then goes to her own copy, not to Zoe.
func TestAPastedBackLinkMakesNoCopy(t *testing.T) {
	t.Parallel()
	for _, from := range []engine.Request{{Command: "sync"}, {Command: "sync", From: "dashly"}} {
		for _, named := range []bool{true, false} {
			t.Run(fmt.Sprintf("from %q, apps named %t", from.From, named), func(t *testing.T) {
				inWorld(t, setup{}, func(w *world) {
					if !named {
						w.intercom.SetKnobs(func(k *intercom.Knobs) { k.AppCode = "" })
					}
					d, i := w.dashly.People(), w.intercom.People()
					conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
					w.pause(time.Minute)
					w.done()
					link := ""
					for _, e := range w.thread(w.intercom.Dump()).Entries {
						if strings.Contains(e.Text, "This conversation continues") {
							link = e.Text
						}
					}
					require.NotEmpty(t, link)
					w.rest()
					zoe, _ := i.Open(i.Customer(sandbox.Customer{Own: "crm-9", Name: "Zoe"}), "Another matter")
					w.pause(time.Minute)
					i.Note(zoe, intercom.Jane, link)
					w.rest()
					w.forget("")
					w.run(from)
					w.rest()
					d.Write(conv, "My secret")
					w.pause(time.Minute)
					w.run(from)
					require.Contains(t, lines(thatSays(w, w.intercom.Dump(), "Hello?")), "customer says: My secret", w.picture())
					require.NotContains(t, fmt.Sprint(lines(thatSays(w, w.intercom.Dump(), "Another matter"))), "My secret", w.picture())
				})
			})
		}
	}
}
