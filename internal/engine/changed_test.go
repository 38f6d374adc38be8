package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
)

// quirk makes the desks behave as a reading of the documents has it.
func (w *world) quirk(name string) {
	w.t.Helper()
	all := sandbox.Quirks()
	i := slices.IndexFunc(all, func(q sandbox.Quirk) bool { return q.Name == name })
	require.GreaterOrEqual(w.t, i, 0, name)
	all[i].Set(w.dashly, w.intercom)
}

// opened begins a conversation on Dashly and gives it, its first message and its copy.
func (w *world) opened(words string) (conv, entry, copied string) {
	w.t.Helper()
	d := w.dashly.People()
	conv, entry = d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), words)
	w.persist()
	return conv, entry, w.thread(w.intercom.Dump()).ID
}

// editedAnswer is a reply of an agent that was edited after it had been copied.
func editedAnswer(w *world, _ func()) {
	conv, _, _ := w.opened("Which price?")
	w.pause(3 * time.Minute)
	entry := w.dashly.People().Reply(conv, dashly.Jane, "They cost 30")
	w.pause(20 * time.Second)
	w.persist()
	w.pause(3 * time.Minute)
	w.dashly.People().Edit(conv, entry, "They cost 40")
	w.persist()
}

// TestWhatWasChangedAfterItWasCopied loses the store, or puts an older one back, where a copy is not known by its words or not
// by its second: nothing stands twice or where it was taken back, and the answer reaches the customer once.
func TestWhatWasChangedAfterItWasCopied(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, quirk string
		setup       setup
		older       bool // the store is put back to where tell called keep
		tell        func(w *world, keep func())
		end         func(w *world, copied string)
		dashly      []string
		delivered   string
	}{{
		name: "an erased opening, and an answer to it", quirk: "no time is honoured and no app is named",
		tell: func(w *world, _ func()) {
			conv, entry, _ := w.opened("My card is 4711")
			w.pause(3 * time.Minute)
			w.dashly.People().Erase(conv, entry)
			w.persist()
		},
		end:       func(w *world, copied string) { w.intercom.People().Reply(copied, intercom.Jane, "Nobody saw it") },
		dashly:    []string{"team says: Jane (Intercom): Nobody saw it"},
		delivered: "Nobody saw it",
	}, {
		name: "an erased opening, of an app that is named", quirk: "no time is honoured",
		tell: func(w *world, _ func()) {
			conv, entry, _ := w.opened("My card is 4711")
			w.pause(3 * time.Minute)
			w.dashly.People().Erase(conv, entry)
			w.persist()
		},
	}, {
		name: "an edited opening", quirk: "no time is honoured",
		tell: func(w *world, _ func()) {
			conv, entry, _ := w.opened("I need tow lamps")
			w.pause(3 * time.Minute)
			w.dashly.People().Edit(conv, entry, "I need two lamps")
			w.persist()
		},
		dashly: []string{"customer says: I need two lamps"},
	}, {
		name: "an edited answer", quirk: "the time of admins is not honoured",
		tell:   editedAnswer,
		dashly: []string{"customer says: Which price?", "team says: They cost 40"},
	}, {
		name: "an erased message of which an older store does not know the copy", quirk: "clocks differ", older: true,
		tell: func(w *world, keep func()) {
			conv, _, _ := w.opened("My card is 4711")
			keep()
			w.pause(3 * time.Minute)
			entry := w.dashly.People().Write(conv, "My street is Long Lane")
			w.persist()
			w.pause(3 * time.Minute)
			w.dashly.People().Erase(conv, entry)
			w.persist()
		},
		dashly: []string{"customer says: My card is 4711"},
	}, {
		name: "an edited message of which an older store does not know the copy", quirk: "clocks differ", older: true,
		tell: func(w *world, keep func()) {
			conv, _, _ := w.opened("Hello")
			keep()
			w.pause(3 * time.Minute)
			entry := w.dashly.People().Write(conv, "I need tow lamps")
			w.persist()
			w.pause(3 * time.Minute)
			w.dashly.People().Edit(conv, entry, "I need two lamps")
			w.persist()
		},
		dashly: []string{"customer says: Hello", "customer says: I need two lamps"},
	}, {
		name: "an edited answer, of an app that is not named", quirk: "no app is named",
		tell:   editedAnswer,
		dashly: []string{"customer says: Which price?", "team says: They cost 40"},
	}, {
		name: "an erased message, of an app that is not named", quirk: "no app is named",
		tell: func(w *world, _ func()) {
			conv, _, _ := w.opened("My card is 4711")
			w.pause(3 * time.Minute)
			entry := w.dashly.People().Write(conv, "My street is Long Lane")
			w.pause(20 * time.Second)
			w.persist()
			w.pause(3 * time.Minute)
			w.dashly.People().Erase(conv, entry)
			w.persist()
		},
		dashly: []string{"customer says: My card is 4711"},
	}, {
		name: "an erased message of which an older store does not know the copy, of an app that is not named", quirk: "no app is named", older: true,
		tell: func(w *world, keep func()) {
			conv, _, _ := w.opened("My card is 4711")
			w.pause(3 * time.Minute)
			w.dashly.People().Write(conv, "It is lost")
			w.pause(20 * time.Second)
			w.persist()
			keep()
			w.pause(3 * time.Minute)
			entry := w.dashly.People().Write(conv, "My street is Long Lane")
			w.pause(20 * time.Second)
			w.persist()
			w.pause(3 * time.Minute)
			w.dashly.People().Erase(conv, entry)
			w.persist()
		},
		dashly: []string{"customer says: My card is 4711", "customer says: It is lost"},
	}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, c.setup, func(w *world) {
				w.quirk(c.quirk)
				older := ""
				c.tell(w, func() {
					older = "older.db"
					w.copyFile("bridge.db", older)
				})
				want := w.words()
				require.Equal(t, c.older, older != "")
				w.forget(older)
				w.pause(3 * time.Minute)
				w.persist()
				require.Equal(t, want, w.words(), w.picture())
				if c.end != nil {
					c.end(w, w.thread(w.intercom.Dump()).ID)
					w.persist()
				}
				require.Equal(t, c.dashly, lines(w.thread(w.dashly.Dump())), w.picture())
				if c.delivered != "" {
					require.Len(t, w.delivered("dashly", "bridge"), 1)
					require.Contains(t, w.delivered("dashly", "bridge")[0], c.delivered)
				} else {
					require.Empty(t, w.delivered("dashly", "bridge"))
				}
				w.idle()
			})
		})
	}
}

// TestWhatTheCopyWasOpenedWithIsNobodysWord loses the store of a thread whose history went to Dashly as events, so that the
// copy begins with what was said later, where the clock of Intercom is behind: its first message was taken for the customer's
// own on Dashly, and the answer given there reached nobody.
func TestWhatTheCopyWasOpenedWithIsNobodysWord(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{all: true, toDashly: "events", automation: true, start: time.Second}, func(w *world) {
		w.quirk("the clock of Intercom is behind")
		i, d := w.intercom.People(), w.dashly.People()
		conv, _ := i.Open(i.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Do you ship to Peru?")
		w.pause(time.Hour)
		w.cutOver()
		w.persist()
		w.pause(3 * time.Minute)
		i.Write(conv, "It has not come")
		w.persist()
		w.pause(3 * time.Minute)
		d.Reply(w.thread(w.dashly.Dump()).ID, dashly.Jane, "It is at the customs")
		w.forget("")
		w.persist()
		require.Equal(t, []string{"It is at the customs"}, w.delivered("intercom", "bridge"), w.picture())
		w.idle()
	})
}

// TestWhatTheCustomerSaysInTheCopyStandsOnce puts an older store back where Intercom keeps no chosen time, as the bridge's own
// note there shows, and names no app: what the customer said on Dashly was carried again, and back.
func TestWhatTheCustomerSaysInTheCopyStandsOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		w.quirk("no time is honoured and no app is named")
		i, d := w.intercom.People(), w.dashly.People()
		i.Open(i.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Can I pay later?")
		w.persist()
		copied := w.thread(w.dashly.Dump()).ID
		w.pause(3 * time.Minute)
		d.Note(copied, dashly.Jane, "He has paid before")
		w.pause(20 * time.Second)
		w.persist()
		w.copyFile("bridge.db", "older.db")
		w.pause(3 * time.Minute)
		d.Write(copied, "I have paid")
		w.pause(20 * time.Second)
		w.persist()
		want := w.words()
		w.forget("older.db")
		w.pause(3 * time.Minute)
		w.persist()
		require.Equal(t, want, w.words(), w.picture())
		w.idle()
	})
}
