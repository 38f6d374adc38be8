package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
)

func (w *world) rest() { w.pause(3 * time.Minute) }

// TestAnotherParticipantIsNoCustomerAfterALostStore: the copy tells whose conversation it is, where the memory is lost and its desk
// shows another participant only. Nobody but they speak as the customer.
func TestAnotherParticipantIsNoCustomerAfterALostStore(t *testing.T) {
	t.Parallel()
	bob, carl := sandbox.Customer{Own: "crm-2", Name: "Bob"}, sandbox.Customer{Own: "crm-9", Name: "Carl"}
	t.Run("begun by a campaign", func(t *testing.T) {
		t.Parallel()
		inWorld(t, setup{}, func(w *world) {
			p := w.intercom.People()
			first, other := p.Customer(bob), p.Customer(carl)
			van := p.Campaign(first, "Our new plans are here")
			w.pause(time.Minute)
			p.Write(van, "We need a van")
			w.done()
			w.rest()
			p.WriteAs(van, other, "A big one")
			w.done()
			w.rest()
			p.TakeOut(van, first)
			w.rest()
			w.forget("")
			p.WriteAs(van, other, "A red one")
			w.done()
			w.rest()
			p.WriteAs(van, first, "I am back")
			w.done()
			require.Equal(t, []string{
				"customer says: We need a van",
				"team note: Carl (Intercom), another participant, wrote: A big one",
				"team note: Carl (Intercom), another participant, wrote: A red one",
				"customer says: I am back",
			}, worded(w))
		})
	})
	t.Run("opened by somebody who was taken out before the first pass", func(t *testing.T) {
		t.Parallel()
		inWorld(t, setup{}, func(w *world) {
			p := w.intercom.People()
			first, other := p.Customer(bob), p.Customer(carl)
			van, _ := p.Open(first, "We need a van")
			p.WriteAs(van, other, "A big one")
			p.TakeOut(van, first)
			w.done()
			w.rest()
			w.forget("")
			w.rest()
			p.WriteAs(van, first, "I am back")
			w.done()
			require.Equal(t, []string{
				"customer says: A big one",
				"team note: Bob (Intercom), another participant, wrote: I am back",
			}, worded(w))
		})
	})
}

// TestWordsOfNobodyAreNobodysWhereOthersWere: a customer who was taken out and deleted is named nowhere any more, and another
// participant is all that is shown. What they said is told in a note, and not as the other one's.
func TestWordsOfNobodyAreNobodysWhereOthersWere(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		w.intercom.SetKnobs(func(k *intercom.Knobs) { k.DeletedAuthors = "nobody" })
		p := w.intercom.People()
		bob, carl := p.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), p.Customer(sandbox.Customer{Own: "crm-9", Name: "Carl"})
		van, _ := p.Open(bob, "My password is wrong")
		p.WriteAs(van, carl, "A big one")
		p.TakeOut(van, bob)
		p.DeleteContact(bob)
		w.done()
		w.rest()
		require.Equal(t, []string{"customer says: A big one"}, worded(w), w.picture())
		require.Contains(t, w.picture(), "My password is wrong", "in the note that begins the copy")
		w.forget("")
		w.done()
		require.Equal(t, []string{"customer says: A big one"}, worded(w), w.picture())
		w.idle()
	})
}

// worded is what Dashly's only thread says, but for transcripts and links.
func worded(w *world) (said []string) {
	for _, line := range lines(w.thread(w.dashly.Dump())) {
		if !strings.Contains(line, "This conversation continues") {
			said = append(said, line)
		}
	}
	return said
}

// leftToCarl lets Bob begin a conversation on Intercom, which is carried over, Carl join it, and an agent take Bob out.
func leftToCarl(w *world) {
	p := w.intercom.People()
	bob, carl := p.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), p.Customer(sandbox.Customer{Own: "crm-9", Name: "Carl"})
	van, _ := p.Open(bob, "We need a van")
	w.done()
	w.rest()
	p.WriteAs(van, carl, "A big one")
	w.done()
	w.rest()
	p.TakeOut(van, bob)
}

// TestAnAnswerIsNotForWhoIsLeft: an agent takes the customer out of the conversation on Intercom, where another participant stays. What
// agents answer the customer on Dashly is neither delivered nor shown there: it is a note.
func TestAnAnswerIsNotForWhoIsLeft(t *testing.T) {
	t.Parallel()
	t.Run("where Intercom is the home", func(t *testing.T) {
		t.Parallel()
		inWorld(t, setup{}, func(w *world) {
			leftToCarl(w)
			w.pause(time.Minute)
			w.dashly.People().Reply(w.thread(w.dashly.Dump()).ID, dashly.Jane, "Bob, your card 4711 is refunded")
			rep := w.done()
			require.Empty(t, w.delivered("intercom", "bridge"))
			require.Contains(t, lines(w.thread(w.intercom.Dump())), "team note: Jane (Dashly) replied: Bob, your card 4711 is refunded", w.picture())
			require.Equal(t, 1, rep.Directions["dashly_to_intercom"].Losses["customer_gone"])
			w.idle()
		})
	})
	t.Run("where Dashly is the home", func(t *testing.T) {
		t.Parallel()
		inWorld(t, setup{}, func(w *world) {
			p := w.intercom.People()
			alice := p.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"})
			there := carriedOver(w)
			copied := w.thread(w.intercom.Dump())
			p.WriteAs(copied.ID, p.Customer(sandbox.Customer{Own: "crm-9", Name: "Carl"}), "And a small one")
			w.done()
			w.rest()
			p.TakeOut(copied.ID, alice)
			w.dashly.People().Write(there, "My card was charged twice")
			w.dashly.People().Reply(there, dashly.Jane, "Your card 4711 is refunded")
			w.done()
			for _, e := range w.thread(w.intercom.Dump()).Entries {
				require.False(t, e.Visible && (e.Text == "Your card 4711 is refunded" || e.Text == "My card was charged twice"), w.picture())
			}
			w.idle()
		})
	})
}

// TestWordsOpenAConversationUnderOneDirection: what is closed on a desk of which nothing is carried stays open when the customer's
// new words have opened it, as they would have if they had been said there.
func TestWordsOpenAConversationUnderOneDirection(t *testing.T) {
	t.Parallel()
	t.Run("to Dashly", func(t *testing.T) {
		t.Parallel()
		inWorld(t, setup{adjust: func(o *engine.Options) { o.Sides[0].Send = false }}, func(w *world) {
			p := w.intercom.People()
			id, _ := p.Open(p.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Do you ship?")
			w.done()
			w.rest()
			w.dashly.People().Close(w.thread(w.dashly.Dump()).ID, dashly.Jane)
			p.Tag(id, intercom.Jane, "x")
			w.done()
			require.Equal(t, "closed", w.thread(w.dashly.Dump()).State)
			w.rest()
			p.Write(id, "Anything new?")
			w.done()
			require.Equal(t, "open", w.thread(w.dashly.Dump()).State, w.picture())
			w.idle()
		})
	})
	t.Run("to Intercom", func(t *testing.T) {
		t.Parallel()
		inWorld(t, setup{adjust: func(o *engine.Options) { o.Sides[1].Send = false }}, func(w *world) {
			id := carriedOver(w)
			w.intercom.People().Close(w.thread(w.intercom.Dump()).ID, intercom.Jane)
			w.dashly.People().Tag(id, dashly.Jane, "x")
			w.done()
			require.Equal(t, "closed", w.thread(w.intercom.Dump()).State)
			w.rest()
			w.dashly.People().Write(id, "Anything new?")
			w.done()
			require.Equal(t, "open", w.thread(w.intercom.Dump()).State, w.picture())
			w.idle()
		})
	})
}
