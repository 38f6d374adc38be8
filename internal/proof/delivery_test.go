package proof_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// deskOf is one desk as people see it.
type deskOf struct {
	name   string
	people stage.Human
	jane   string
	dump   func() []sandbox.Thread
}

func (w *world) desks() [2]deskOf {
	return [2]deskOf{
		{"dashly", w.dashly.People(), dashly.Jane, w.dashly.Dump}, {"intercom", w.intercom.People(), intercom.Jane, w.intercom.Dump},
	}
}

// TestOneReplyOneDelivery: what an agent writes at home reached the customer there and is delivered nowhere else; what an
// agent writes on the other desk reaches the customer at home, once.
func TestOneReplyOneDelivery(t *testing.T) {
	t.Parallel()
	for n := range 2 {
		w := newWorld(t, setup{})
		home, away := w.desks()[n], w.desks()[1-n]
		t.Run("home is "+home.name, func(t *testing.T) {
			conv, _ := home.people.Open(home.people.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
			home.people.Reply(conv, home.jane, "From home")
			w.sync(t)
			require.Empty(t, w.told())
			require.Len(t, away.dump(), 1)
			away.people.Reply(away.dump()[0].ID, away.jane, "From away")
			home.people.Reply(conv, home.jane, "From home again")
			r := w.sync(t)
			require.Equal(t, []string{home.name + " reply fromaway"}, w.told())
			require.Equal(t, 1, r.Visible.Live)
			for range 3 {
				w.idle(t)
			}
			require.Equal(t, []string{home.name + " reply fromaway"}, w.told())
			for _, text := range []string{"Hello?", "From home again", "From away"} {
				require.Equal(t, 1, saying(home.dump(), text), text)
				require.Equal(t, 1, saying(away.dump(), text), text)
			}
		})
	}
}

const (
	dashlyBot   = "Our team will answer soon (the one bot)"
	intercomBot = "You are number three in the queue (the other bot)"
)

// TestBotsDoNotTalkToEachOther: on both desks a bot answers every message of a customer, mirrored ones included. No line
// of the bot that is not at home reaches the customer, and both fall silent when the customer does.
func TestBotsDoNotTalkToEachOther(t *testing.T) {
	t.Parallel()
	for n := range 2 {
		w := newWorld(t, setup{})
		w.dashly.SetKnobs(func(k *dashly.Knobs) { k.AutoBot = dashlyBot })
		w.intercom.SetKnobs(func(k *intercom.Knobs) { k.AutoBot = intercomBot })
		home, away := w.desks()[n], w.desks()[1-n]
		foreign := []string{intercomBot, dashlyBot}[n]
		t.Run("home is "+home.name, func(t *testing.T) {
			conv, _ := home.people.Open(home.people.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
			w.sync(t)
			home.people.Write(conv, "Is anybody there?")
			w.sync(t)
			w.sync(t) // what the last pass set off
			before := count(home, away)
			for range 5 {
				w.idle(t)
			}
			require.Equal(t, before, count(home, away))
			for _, note := range w.log.Notifications() {
				require.False(t, note.Desk == home.name && strings.Contains(note.Text, foreign), "%+v", note)
				require.NotEqual(t, stage.ByBridge, note.By, "%+v", note)
			}
			for _, thread := range slices.Concat(home.dump()) {
				for _, e := range thread.Entries {
					require.False(t, e.Visible && strings.Contains(e.Text, foreign), "%+v", e)
				}
			}
			require.Positive(t, saying(away.dump(), foreign), "the bot of the other desk did speak there")
		})
	}
}

func count(desks ...deskOf) (n int) {
	for _, d := range desks {
		for _, t := range d.dump() {
			n += len(t.Entries)
		}
	}
	return n
}
