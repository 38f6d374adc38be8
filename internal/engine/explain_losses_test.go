package engine_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
)

// rowsOf gives the rows of a desk's own entries of a kind.
func rowsOf(x *report.Explanation, desk, native string) (rows []report.ExplainedRow) {
	for _, r := range x.Rows {
		if r.Desk == desk && r.Native == native && r.Bridge == "" {
			rows = append(rows, r)
		}
	}
	return rows
}

// losses counts what the rows of a desk's entries tell to be lost, as a report of their first pass does.
func losses(x *report.Explanation, desk string) map[mapping.Loss]int {
	n := map[mapping.Loss]int{}
	for _, r := range x.Rows {
		for _, l := range r.Losses {
			if r.Desk == desk {
				n[l]++
			}
		}
	}
	return n
}

// TestAnExplanationTellsThatASnoozeIsLost: Dashly has no call for it, and Intercom has.
func TestAnExplanationTellsThatASnoozeIsLost(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		i := w.intercom.People()
		conv, _ := i.Open(i.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		i.Tag(conv, intercom.Jane, "vip")
		i.Snooze(conv, intercom.Jane, time.Now().Add(time.Hour))
		rep := w.done()
		x := w.explain("intercom", conv)
		require.Equal(t, rep.Directions["intercom_to_dashly"].Losses, losses(x, "intercom"))
		snoozed := rowsOf(x, "intercom", "snoozed")
		require.Len(t, snoozed, 1)
		require.Equal(t, []string{"covered", "covered by status"}, []string{snoozed[0].Fate, snoozed[0].Rule})
		require.Equal(t, []mapping.Loss{mapping.LossSnoozeUnsupported}, snoozed[0].Losses)
		require.Equal(t, []string{"status"}, x.Sides[1].NotGiven)
		require.Empty(t, x.Sides[0].NotGiven)

		w.pause(time.Minute)
		i.Close(conv, intercom.Jane)
		w.done()
		x = w.explain("intercom", conv)
		require.Equal(t, []mapping.Loss{mapping.LossEventTimeNow}, rowsOf(x, "intercom", "close")[0].Losses)
		require.Empty(t, x.Sides[1].NotGiven, "both are closed")
	})
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		d.Snooze(conv, dashly.Jane, time.Now().Add(time.Hour))
		rep := w.done()
		x := w.explain("dashly", conv)
		require.Equal(t, map[mapping.Loss]int{mapping.LossEventTimeNow: 1}, losses(x, "dashly"))
		require.Equal(t, rep.Directions["dashly_to_intercom"].Losses, losses(x, "dashly"))
		require.Empty(t, x.Sides[0].NotGiven)
	})
}

// TestAnExplanationTellsWhichTagsAreLost: what Dashly cannot hold, and what Intercom refuses, as it may refuse a state.
func TestAnExplanationTellsWhichTagsAreLost(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		i := w.intercom.People()
		conv, _ := i.Open(i.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		i.Tag(conv, intercom.Jane, "late, lost")
		require.Empty(t, w.explain("intercom", conv).Sides[1].NotGiven, "nothing is counted yet")
		rep := w.done()
		x := w.explain("intercom", conv)
		require.Equal(t, rep.Directions["intercom_to_dashly"].Losses, losses(x, "intercom"))
		require.Equal(t, 1, losses(x, "intercom")[mapping.LossTagUnsafe])
		require.Equal(t, []string{"tags"}, x.Sides[1].NotGiven)

		w.pause(time.Minute)
		i.Untag(conv, intercom.Jane, "late, lost")
		w.done()
		require.Empty(t, w.explain("intercom", conv).Sides[1].NotGiven)
	})
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.done()
		w.intercom.Fail(func(r *http.Request) sandbox.Fault {
			if r.Method == http.MethodPost && (strings.HasSuffix(r.URL.Path, "/tags") || strings.HasSuffix(r.URL.Path, "/parts")) {
				return sandbox.Fault{Kind: stage.Refuse, Status: 422}
			}
			return sandbox.Fault{}
		})
		w.pause(time.Minute)
		d.Tag(conv, dashly.Jane, "vip")
		d.Close(conv, dashly.Jane)
		rep := w.done()
		require.Equal(t, map[mapping.Loss]int{mapping.LossFieldUnset: 2}, rep.Directions["dashly_to_intercom"].Losses)
		w.intercom.Fail(nil)
		x := w.explain("dashly", conv)
		require.Equal(t, []string{"status", "tags"}, x.Sides[0].NotGiven)
		require.Empty(t, x.Sides[1].NotGiven)
		require.Equal(t, []mapping.Loss{mapping.LossFieldUnset}, rowsOf(x, "dashly", "tag_added")[0].Losses)

		w.pause(time.Minute)
		twin := w.thread(w.intercom.Dump()).ID
		w.intercom.People().Tag(twin, intercom.Jane, "vip")
		w.intercom.People().Close(twin, intercom.Jane)
		require.Empty(t, w.explain("dashly", conv).Sides[0].NotGiven, "it is there by now")
	})
}
