package engine_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// old is a thread that lies wholly before the cut-over, on each desk.
func old(w *world) (dashlyConv, intercomConv string) {
	d := w.dashly.People()
	dashlyConv, _ = d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Last year's question")
	d.Reply(dashlyConv, dashly.Jane, "Last year's answer")
	d.Note(dashlyConv, dashly.Jane, "Last year's note")
	i := w.intercom.People()
	intercomConv, _ = i.Open(i.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "An old question")
	i.Reply(intercomConv, intercom.Jane, "An old answer")
	w.pause(48 * time.Hour)
	w.cutOver()
	return dashlyConv, intercomConv
}

func TestHistoryStaysWhereItIsUnlessAskedFor(t *testing.T) {
	inWorld(t, setup{start: time.Hour}, func(w *world) {
		conv, _ := old(w)
		w.done()
		require.Len(t, w.dashly.Dump(), 1)
		require.Len(t, w.intercom.Dump(), 1)
		w.dashly.People().Write(conv, "And now?")
		w.done()
		twin := w.intercom.Dump()[1]
		require.Equal(t, []string{
			"customer says: And now?",
			"team note: This conversation continues dashly:" + conv + " in Dashly. Earlier in this conversation (Dashly): " +
				"2000-01-01 00:00 UTC, Alice (customer): Last year's question 2000-01-01 00:00 UTC, Jane (agent): Last year's answer 2000-01-01 00:00 UTC, Jane (agent, internal note): Last year's note",
		}, lines(twin), w.picture())
		w.idle()
	})
}

func TestHistoryWithoutAWordAboutAutomationIsSkipped(t *testing.T) {
	inWorld(t, setup{start: time.Hour, all: true}, func(w *world) {
		old(w)
		rep := w.done()
		require.Equal(t, map[string]int{"automation_not_confirmed": 3}, rep.Directions["dashly_to_intercom"].SkippedBy)
		require.Equal(t, map[string]int{"automation_not_confirmed": 2}, rep.Directions["intercom_to_dashly"].SkippedBy)
	})
}

func TestHistoryIsCarriedWithItsDatesAndDeliveredToNobody(t *testing.T) {
	inWorld(t, setup{start: time.Hour, all: true, automation: true}, func(w *world) {
		conv, ic := old(w)
		w.log.Reset()
		w.done()
		require.Equal(t, []string{
			"customer says: Last year's question",
			"team note: This conversation continues dashly:" + conv + " in Dashly.",
			"team says: Last year's answer",
			"team note: Last year's note",
		}, lines(w.intercom.Dump()[1]), w.picture())
		require.Equal(t, 2000, w.intercom.Dump()[1].Entries[0].At.Year())
		require.Equal(t, 1, w.intercom.Dump()[1].Entries[0].At.Day(), "native history keeps its dates")
		require.Equal(t, []string{
			"customer says: An old question",
			"team note: This conversation continues intercom:" + ic + " in Intercom. Earlier in this conversation (Intercom): 2000-01-01 00:00 UTC, Jane (agent): An old answer",
		}, lines(w.dashly.Dump()[1]), w.picture())
		require.Empty(t, w.log.Notifications())
		w.idle()
		w.forget("")
		w.persist()
		require.Len(t, w.dashly.Dump(), 2)
		require.Len(t, w.intercom.Dump(), 2)
		w.idle()
	})
}

func TestHistoryAsEventsMakesNoConversation(t *testing.T) {
	inWorld(t, setup{start: time.Hour, all: true, toDashly: "events"}, func(w *world) {
		old(w)
		w.log.Reset()
		require.Equal(t, 2, w.done().Directions["intercom_to_dashly"].SkippedBy["automation_not_confirmed"])
		for _, r := range w.log.Requests() {
			require.False(t, r.Method == "POST" && strings.Contains(r.Path, "/users/"), "no user is made for history as long as nobody has confirmed it: %s", r.Path)
		}
	})
	inWorld(t, setup{start: time.Hour, all: true, toDashly: "events", automation: true}, func(w *world) {
		old(w)
		w.log.Reset()
		rep := w.done()
		require.Equal(t, 2, rep.Directions["intercom_to_dashly"].Entries.Mirrored)
		require.Len(t, w.dashly.Dump(), 1, "events are outside of conversations")
		events := func() (n int) {
			for _, r := range w.log.Requests() {
				if r.Method == "POST" && len(r.Path) > 7 && r.Path[len(r.Path)-7:] == "/events" {
					n++
				}
			}
			return n
		}
		require.Equal(t, 2, events())
		w.idle()
		w.forget("")
		w.persist()
		require.Equal(t, 2, events(), "a lost memory finds them again by their marker")
		require.Empty(t, w.log.Notifications())
	})
}

// TestARefusedEventHoldsNothingUp: what Dashly refuses as a dated event is counted and left, and a long text becomes several
// events. Fields and what is said later go on.
func TestARefusedEventHoldsNothingUp(t *testing.T) {
	inWorld(t, setup{start: time.Hour, all: true, toDashly: "events", automation: true}, func(w *world) {
		i := w.intercom.People()
		conv, _ := i.Open(i.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "unacceptable")
		i.Reply(conv, intercom.Jane, strings.Repeat("An old answer. ", 1200)) // 18,000 characters
		w.pause(48 * time.Hour)
		w.cutOver()
		refused, longest := 0, 0
		w.dashly.Fail(func(r *http.Request) sandbox.Fault {
			if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/events") {
				return sandbox.Fault{}
			}
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			r.Body = io.NopCloser(bytes.NewReader(body))
			form, err := url.ParseQuery(string(body))
			require.NoError(t, err)
			longest = max(longest, len(form.Get("params")))
			if !strings.Contains(form.Get("params"), "unacceptable") {
				return sandbox.Fault{}
			}
			refused++
			return sandbox.Fault{Kind: stage.Refuse, Status: 400}
		})
		rep := w.done()
		require.Equal(t, 1, refused)
		require.Greater(t, longest, 5000)
		require.Less(t, longest, 11000)
		require.Equal(t, map[string]int{"event_refused": 1}, rep.Directions["intercom_to_dashly"].SkippedBy)
		require.Equal(t, 1, rep.Directions["intercom_to_dashly"].Losses["entry_refused"])
		w.idle()
		w.pause(3 * time.Minute)
		i.Write(conv, "And now?")
		i.Tag(conv, intercom.Jane, "vip")
		w.done()
		require.Equal(t, []string{"vip"}, w.thread(w.dashly.Dump()).Tags)
		require.Equal(t, 1, refused, "it is not tried again")
		w.idle()
	})
}
