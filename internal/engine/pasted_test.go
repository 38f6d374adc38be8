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
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
)

// TestAPastedBackLinkMakesNoCopy: an agent pastes the note that begins the copy of Alice's conversation into Zoe's, and the store is
// lost. What Alice says then goes to her own copy, not to Zoe; also where the search does not find the copy any more, or it is gone.
func TestAPastedBackLinkMakesNoCopy(t *testing.T) {
	t.Parallel()
	for _, in := range []mapping.Desk{"intercom", "dashly"} {
		for _, only := range []bool{false, true} {
			for _, named := range []bool{true, false} {
				for _, copied := range []string{"there", "merged away", "deleted"} {
					t.Run(fmt.Sprintf("in %s, from the other desk only %t, apps named %t, copy %s", in, only, named, copied), func(t *testing.T) {
						inWorld(t, setup{}, func(w *world) { pasteBackLink(w, in, only, named, copied) })
					})
				}
			}
		}
	}
}

// peopleOf is what people do at either desk.
type peopleOf interface {
	Customer(p sandbox.Customer) string
	Open(customer, body string, files ...stage.Upload) (string, string)
	Write(conversation, body string, files ...stage.Upload) string
	Note(conversation, agent, body string, files ...stage.Upload) string
	Delete(conversation string)
}

func pasteBackLink(w *world, in mapping.Desk, only, named bool, copied string) {
	if !named {
		w.intercom.SetKnobs(func(k *intercom.Knobs) { k.AppCode = "" })
	}
	d, i := w.dashly.People(), w.intercom.People()
	var there, here peopleOf = i, d
	agent, dump, merge, sync := intercom.Jane, w.intercom.Dump, i.MergeContacts, engine.Request{Command: "sync"}
	customerOf, from := w.intercom.CustomerOf, mapping.Desk("dashly")
	if in == "dashly" {
		there, here, agent, dump, merge, customerOf, from = d, i, dashly.Jane, w.dashly.Dump, d.Merge, w.dashly.CustomerOf, "intercom"
	}
	if only {
		sync.From = from
	}
	conv, _ := here.Open(here.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
	w.pause(time.Minute)
	w.done()
	own := w.thread(dump())
	w.rest()
	zoe, _ := there.Open(there.Customer(sandbox.Customer{Own: "crm-9", Name: "Zoe"}), "Another matter")
	w.pause(time.Minute)
	there.Note(zoe, agent, backLinkOf(w.t, own))
	switch copied {
	case "merged away":
		merge(customerOf(own.ID), there.Customer(sandbox.Customer{Own: "crm-5", Name: "Al"}))
	case "deleted":
		there.Delete(own.ID)
	}
	w.rest()
	w.forget("")
	w.run(sync)
	w.rest()
	here.Write(conv, "My secret")
	w.pause(time.Minute)
	w.run(sync)
	require.Contains(w.t, lines(thatSays(w, dump(), "Hello?")), "customer says: My secret", w.picture())
	require.NotContains(w.t, fmt.Sprint(lines(thatSays(w, dump(), "Another matter"))), "My secret", w.picture())
}

func backLinkOf(t testing.TB, copied sandbox.Thread) string {
	k := slices.IndexFunc(copied.Entries, func(e sandbox.Entry) bool { return strings.Contains(e.Text, "This conversation continues") })
	require.GreaterOrEqual(t, k, 0, "the copy has no back-link")
	return copied.Entries[k].Text
}
