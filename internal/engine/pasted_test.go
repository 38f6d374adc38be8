package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
)

// TestAPastedBackLinkMakesNoCopy: an agent pastes the note that begins the copy of Alice's conversation into Zoe's, and the store is
// lost. What Alice says then goes to her own copy, not to Zoe; also where the search does not find the copy any more, or it is gone.
func TestAPastedBackLinkMakesNoCopy(t *testing.T) {
	t.Parallel()
	for _, from := range []engine.Request{{Command: "sync"}, {Command: "sync", From: "dashly"}} {
		for _, named := range []bool{true, false} {
			for _, copied := range []string{"there", "merged away", "deleted"} {
				t.Run(fmt.Sprintf("from %q, apps named %t, copy %s", from.From, named, copied), func(t *testing.T) {
					inWorld(t, setup{}, func(w *world) { pasteBackLink(t, w, from, named, copied) })
				})
			}
		}
	}
}

func pasteBackLink(t *testing.T, w *world, from engine.Request, named bool, copied string) {
	if !named {
		w.intercom.SetKnobs(func(k *intercom.Knobs) { k.AppCode = "" })
	}
	d, i := w.dashly.People(), w.intercom.People()
	conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
	w.pause(time.Minute)
	w.done()
	own := w.thread(w.intercom.Dump())
	w.rest()
	zoe, _ := i.Open(i.Customer(sandbox.Customer{Own: "crm-9", Name: "Zoe"}), "Another matter")
	w.pause(time.Minute)
	i.Note(zoe, intercom.Jane, backLinkOf(t, own))
	switch copied {
	case "merged away":
		i.MergeContacts(w.intercom.CustomerOf(own.ID), i.Customer(sandbox.Customer{Own: "crm-5", Name: "Al"}))
	case "deleted":
		i.Delete(own.ID)
	}
	w.rest()
	w.forget("")
	w.run(from)
	w.rest()
	d.Write(conv, "My secret")
	w.pause(time.Minute)
	w.run(from)
	require.Contains(t, lines(thatSays(w, w.intercom.Dump(), "Hello?")), "customer says: My secret", w.picture())
	require.NotContains(t, fmt.Sprint(lines(thatSays(w, w.intercom.Dump(), "Another matter"))), "My secret", w.picture())
}

// TestABackLinkPastedInDashlyMakesNoCopy is the same the other way round.
func TestABackLinkPastedInDashlyMakesNoCopy(t *testing.T) {
	t.Parallel()
	for _, from := range []engine.Request{{Command: "sync"}, {Command: "sync", From: "intercom"}} {
		for _, copied := range []string{"there", "merged away", "deleted"} {
			t.Run(fmt.Sprintf("from %q, copy %s", from.From, copied), func(t *testing.T) {
				inWorld(t, setup{}, func(w *world) {
					d, i := w.dashly.People(), w.intercom.People()
					conv, _ := i.Open(i.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
					w.pause(time.Minute)
					w.done()
					own := w.thread(w.dashly.Dump())
					w.rest()
					zoe, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-9", Name: "Zoe"}), "Another matter")
					w.pause(time.Minute)
					d.Note(zoe, dashly.Jane, backLinkOf(t, own))
					switch copied {
					case "merged away":
						d.Merge(w.dashly.CustomerOf(own.ID), d.Customer(sandbox.Customer{Own: "crm-5", Name: "Al"}))
					case "deleted":
						d.Delete(own.ID)
					}
					w.rest()
					w.forget("")
					w.run(from)
					w.rest()
					i.Write(conv, "My secret")
					w.pause(time.Minute)
					w.run(from)
					require.Contains(t, lines(thatSays(w, w.dashly.Dump(), "Hello?")), "customer says: My secret", w.picture())
					require.NotContains(t, fmt.Sprint(lines(thatSays(w, w.dashly.Dump(), "Another matter"))), "My secret", w.picture())
				})
			})
		}
	}
}

func backLinkOf(t *testing.T, copied sandbox.Thread) string {
	k := slices.IndexFunc(copied.Entries, func(e sandbox.Entry) bool { return strings.Contains(e.Text, "This conversation continues") })
	require.GreaterOrEqual(t, k, 0, "the copy has no back-link")
	return copied.Entries[k].Text
}
