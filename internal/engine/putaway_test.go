package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/mapping"
)

// TestANewConversationOfOneWhomTheTeamPutAway: the contact whom the bridge made for a customer is blocked or archived by the
// team. What the customer says in the old copy is told in a note; each new conversation comes through, under another contact
// of the bridge's own, and that is one, whatever is forgotten and whether or not the first one is let in again.
func TestANewConversationOfOneWhomTheTeamPutAway(t *testing.T) {
	t.Parallel()
	putAway := map[string]func(h intercom.Hand, id string){
		"blocked":  func(h intercom.Hand, id string) { h.Block(id) },
		"archived": func(h intercom.Hand, id string) { h.Archive(id) },
	}
	readings := map[string]func(k *intercom.Knobs){
		"as documented":               func(*intercom.Knobs) {},
		"archived ones are found":     func(k *intercom.Knobs) { k.FindArchived = true },
		"a conflict names nobody":     func(k *intercom.Knobs) { k.ConflictNamesID = false },
		"one address, one user":       func(k *intercom.Knobs) { k.SharedEmails = false },
		"no time is honoured":         func(k *intercom.Knobs) { k.OpenCreatedAt = false },
		"neither, and they are found": func(k *intercom.Knobs) { k.OpenCreatedAt, k.FindArchived = false, true },
	}
	for how, act := range putAway {
		for reading, knobs := range readings {
			for _, back := range []bool{false, true} {
				t.Run(how+", "+reading+map[bool]string{true: ", and let in again"}[back], func(t *testing.T) {
					inWorld(t, setup{}, func(w *world) {
						w.intercom.SetKnobs(knobs)
						d := w.dashly.People()
						alice := d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice", Email: "alice@example.org", Confirmed: true})
						conv, _ := d.Open(alice, "Hello?")
						w.pause(10 * time.Minute)
						w.done()
						first := w.intercom.CustomerOf(w.thread(w.intercom.Dump()).ID)
						w.pause(2 * time.Hour)
						act(w.intercom.People(), first)
						d.Open(alice, "A second matter")
						began := time.Now()
						rep := w.done()
						require.Less(t, time.Since(began), time.Minute, "a refusal leaves no doubt behind")
						require.Zero(t, rep.Directions["dashly_to_intercom"].Losses[mapping.LossTimeNow], "and it was not the time")
						second := w.intercom.CustomerOf(thatSays(w, w.intercom.Dump(), "A second matter").ID)
						require.NotEqual(t, first, second)
						w.pause(2 * time.Hour)
						d.Write(conv, "Are you there?")
						d.Open(alice, "A third matter")
						w.done()
						require.Contains(t, lines(thatSays(w, w.intercom.Dump(), "Hello?")), "team note: Alice (Dashly): Are you there?")
						w.pause(2 * time.Hour)
						if back {
							w.intercom.People().LetIn(first)
						}
						w.forget("")
						w.persist()
						w.idle()
						require.Len(t, w.intercom.Dump(), 3, w.picture())
						require.Equal(t, second, w.intercom.CustomerOf(thatSays(w, w.intercom.Dump(), "A third matter").ID))
						w.pause(2 * time.Hour)
						d.Open(alice, "A fourth matter")
						w.done()
						by := w.intercom.CustomerOf(thatSays(w, w.intercom.Dump(), "A fourth matter").ID)
						require.Equal(t, map[bool]string{false: second, true: first}[back], by, "nobody is made a third time")
						require.Empty(t, w.log.Notifications())
						w.idle()
					})
				})
			}
		}
	}
}

// TestOneWhoWasPutAwayAtOnceIsTriedForAnHour: whether a contact is new or blocked cannot be told for an hour (intercom-api.md 9.1).
// Meanwhile what the customer opens is parked after some tries, as what waits for any other reason; then it comes through.
func TestOneWhoWasPutAwayAtOnceIsTriedForAnHour(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		alice := d.Customer(sandbox.Customer{Name: "Alice"})
		d.Open(alice, "Hello?")
		w.done()
		w.intercom.People().Block(w.intercom.CustomerOf(w.thread(w.intercom.Dump()).ID))
		d.Open(alice, "A second matter")
		var ended []report.Status
		for range 25 {
			ended = append(ended, w.run(engine.Request{Command: "serve"}).Status)
			w.pause(4 * time.Minute)
		}
		require.Contains(t, ended, report.Parked)
		require.Equal(t, report.Done, ended[len(ended)-1], ended)
		require.Len(t, w.intercom.Dump(), 2, w.picture())
		w.idle()
	})
}

// TestOneWhoWasPutAwayAndDeletedForGood: the contact that was put away is deleted after another one has taken its place, and the store
// is lost. The copies are found by what they name, whoever they belong to by now.
func TestOneWhoWasPutAwayAndDeletedForGood(t *testing.T) {
	t.Parallel()
	for _, timed := range []bool{true, false} {
		for name, req := range map[string]engine.Request{"both ways": {Command: "sync"}, "one way": {Command: "sync", From: "dashly"}} {
			t.Run(fmt.Sprintf("%s, openings timed %t", name, timed), func(t *testing.T) {
				inWorld(t, setup{}, func(w *world) {
					w.intercom.SetKnobs(func(k *intercom.Knobs) { k.OpenCreatedAt = timed })
					d := w.dashly.People()
					alice := d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"})
					d.Open(alice, "Hello?")
					w.pause(10 * time.Minute)
					w.done()
					first := w.intercom.CustomerOf(w.thread(w.intercom.Dump()).ID)
					w.pause(2 * time.Hour)
					w.intercom.People().Block(first)
					d.Open(alice, "A second matter")
					w.done()
					w.pause(2 * time.Hour)
					w.intercom.People().DeleteContact(first)
					w.forget("")
					w.run(req)
					w.rest()
					w.persist()
					require.Len(t, w.intercom.Dump(), 2, w.picture())
					d.Open(alice, "A third matter")
					w.done()
					require.Len(t, w.intercom.Dump(), 3, w.picture())
					w.idle()
				})
			})
		}
	}
}
