package engine_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// carriedOver gives a conversation of Dashly that stands on Intercom.
func carriedOver(w *world) (id string) {
	p := w.dashly.People()
	id, _ = p.Open(p.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello")
	w.done()
	w.pause(3 * time.Minute)
	return id
}

// TestATokenThatLostARightMakesNoNotes: a 403 to a customer's words may be about the customer, but where a note is
// forbidden too it is the token, for however long: when the right is back, the words are the customer's.
func TestATokenThatLostARightMakesNoNotes(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		conv := carriedOver(w)
		w.dashly.People().Write(conv, "Anybody?")
		tried := 0
		w.intercom.Fail(func(r *http.Request) sandbox.Fault {
			if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/reply") {
				return sandbox.Fault{}
			}
			tried++
			return sandbox.Fault{Kind: stage.Refuse, Status: 403}
		})
		for range 3 {
			require.Equal(t, report.Parked, w.sync().Status)
			w.pause(61 * time.Minute)
		}
		require.Equal(t, 5, tried, "the message alone, then twice the message and a note")
		w.intercom.Fail(nil)
		w.done()
		said := lines(w.thread(w.intercom.Dump()))
		require.Contains(t, said[len(said)-1], "Anybody?")
		require.NotContains(t, said[len(said)-1], "Dashly", "it is no note that tells it: %s", w.picture())
		w.idle()
	})
}

// TestAContactWhoIsForbiddenIsToldInNotes: where only what is written as the customer is forbidden, notes stand for it, once.
func TestAContactWhoIsForbiddenIsToldInNotes(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		conv := carriedOver(w)
		w.intercom.SetKnobs(func(k *intercom.Knobs) { k.UnusableContact = "forbidden" })
		w.intercom.People().Block(w.intercom.CustomerOf(w.thread(w.intercom.Dump()).ID))
		w.dashly.People().Write(conv, strings.Repeat("A long story. ", 2000))
		require.Equal(t, report.Parked, w.sync().Status)
		w.pause(61 * time.Minute)
		w.done()
		var notes, words int
		for _, e := range w.thread(w.intercom.Dump()).Entries {
			if !e.Visible && strings.Contains(e.Text, "A long story.") {
				notes++
				words += strings.Count(e.Text, "story") // the cut may fall within a sentence
			}
		}
		require.Equal(t, 2, notes, "it is longer than one note: %s", w.picture())
		require.Equal(t, 2000, words, "each word once")
		w.idle()
		w.forget("")
		w.persist()
		w.idle()
	})
}
