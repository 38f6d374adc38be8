package engine_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// cannotRead makes Dashly fail whenever a conversation is read.
func cannotRead(w *world, id string) {
	cannotGet(w, func(r *http.Request) bool { return strings.Contains(r.URL.Path, "/conversations/"+id) })
}

// cannotGet has Dashly fail at some reads.
func cannotGet(w *world, which func(r *http.Request) bool) {
	w.dashly.Fail(func(r *http.Request) sandbox.Fault {
		if r.Method == http.MethodGet && which(r) {
			return sandbox.Fault{Kind: stage.Refuse, Status: 500}
		}
		return sandbox.Fault{}
	})
}

// TestAnOpeningWaitsForWhatCouldNotBeRead: the store is lost, the customer of a conversation was taken out, and its copy cannot be
// read. The search for the customer does not find it, and no second one is opened in its place.
func TestAnOpeningWaitsForWhatCouldNotBeRead(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		leftToCarl(w)
		w.rest()
		w.forget("")
		cannotRead(w, w.thread(w.dashly.Dump()).ID)
		rep := w.sync()
		require.Equal(t, report.Incomplete, rep.Status)
		w.thread(w.dashly.Dump())
		w.dashly.Fail(nil)
		w.rest()
		w.persist()
		w.thread(w.dashly.Dump())
		w.idle()
	})
}

// TestAFirstRunWaitsForNobody: where nothing bears a trace of the bridge, a conversation that cannot be read is no copy.
func TestAFirstRunWaitsForNobody(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		d, i := w.dashly.People(), w.intercom.People()
		alice := d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"})
		unread, _ := d.Open(alice, "One")
		d.Open(alice, "Two")
		d.Open(alice, "Three")
		i.Open(i.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Four")
		cannotRead(w, unread)
		w.sync()
		require.Len(t, w.dashly.Dump(), 4, "the copy of Bob's is opened")
		require.Len(t, w.intercom.Dump(), 3, "and those of Alice's other ones")
	})
}
