package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
)

const intercomAgent = intercom.Jane

func TestAThreadFromDashlyAppearsOnIntercom(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		alice := d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"})
		conv, _ := d.Open(alice, "Hello, my order is late")
		w.pause(time.Minute)
		d.Reply(conv, dashly.Jane, "Let me look")
		d.Note(conv, dashly.Jane, "It is stuck at the customs")
		w.done()
		got := w.thread(w.intercom.Dump())
		require.Equal(t, []string{
			"customer says: Hello, my order is late",
			"team note: This conversation continues dashly:" + conv + " in Dashly.",
			"team says: Let me look",
			"team note: It is stuck at the customs",
		}, lines(got), w.picture())
		require.Empty(t, w.delivered("intercom", "bridge"), "the customer has read the reply at home")
		w.idle()
	})
}

func TestAThreadFromIntercomAppearsOnDashly(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		p := w.intercom.People()
		bob := p.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"})
		conv, _ := p.Open(bob, "Do you ship to Peru?")
		w.pause(time.Minute)
		p.Reply(conv, intercom.Jane, "We do")
		w.done()
		require.Equal(t, []string{
			"customer says: Do you ship to Peru?",
			"team note: This conversation continues intercom:" + conv + " in Intercom.",
			"team note: Jane (Intercom) replied: We do",
		}, lines(w.thread(w.dashly.Dump())), w.picture())
		require.Empty(t, w.delivered("dashly", "bridge"), "Dashly cannot write silently: the reply is a note there")
		w.idle()
	})
}

func TestAReplyFromTheOtherDeskReachesTheCustomerOnce(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		alice := d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"})
		d.Open(alice, "Hello?")
		w.done()
		twin := w.thread(w.intercom.Dump())
		w.pause(time.Minute)
		w.intercom.People().Reply(twin.ID, intercom.Jane, "Hi, I am here")
		w.done()
		require.Equal(t, []string{"Jane (Intercom):\n\nHi, I am here"}, w.delivered("dashly", "bridge"), "Dashly has no list of its team: the fallback names the author")
		w.idle()
		w.idle()
		require.Len(t, w.delivered("dashly", "bridge"), 1)
	})
}

func TestFieldsFollow(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		d.Assign(conv, dashly.Jane, dashly.Jane)
		d.Tag(conv, dashly.Jane, "vip")
		w.done()
		twin := w.thread(w.intercom.Dump())
		require.Equal(t, "Jane", twin.Agent)
		require.Equal(t, []string{"vip"}, twin.Tags)
		w.idle()

		w.pause(time.Minute)
		w.intercom.People().Close(twin.ID, intercom.Jane)
		w.intercom.People().Untag(twin.ID, intercom.Jane, "vip")
		w.done()
		home := w.thread(w.dashly.Dump())
		require.Equal(t, "closed", home.State)
		require.Empty(t, home.Tags)
		w.idle()

		w.pause(time.Minute)
		d.Write(conv, "One more thing")
		w.done()
		require.Equal(t, "open", w.thread(w.intercom.Dump()).State, w.picture())
		require.Equal(t, "open", w.thread(w.dashly.Dump()).State, w.picture())
		w.idle()
	})
}
