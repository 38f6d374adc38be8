package simulation

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
)

// goOn lets people act once in every conversation in which a customer has spoken, where it began or in its copy. What
// they do depends on the number and on the order in which the conversations began, not on what the bridge has done.
func (w *World) goOn(seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0x63726f7764))
	for _, desk := range []mapping.Desk{dashlyDesk, intercomDesk} {
		for _, t := range w.front(desk).Dump() {
			if t.Entries[0].ByBridge || !slices.ContainsFunc(t.Entries, func(e stage.Entry) bool { return e.Side == stage.SideCustomer }) {
				continue
			}
			there, id := desk, t.ID
			if rng.IntN(2) == 0 {
				twin, err := w.twin(other(desk), mapping.Ref{Desk: desk, ID: mapping.ConversationID(t.ID)})
				if err == nil {
					there, id = other(desk), twin
				}
			}
			w.oneThing(rng, there, id)
		}
	}
}

func other(desk mapping.Desk) mapping.Desk {
	if desk == dashlyDesk {
		return intercomDesk
	}
	return dashlyDesk
}

func (w *World) oneThing(rng *rand.Rand, desk mapping.Desk, id string) {
	h := w.front(desk).Human(w.front(desk).Now())
	agent := staff[desk][[]string{"Jane", "Tom", "Olga"}[rng.IntN(3)]]
	text := fmt.Sprintf("Word %d", rng.IntN(9)) // equal texts are wanted
	what := rng.IntN(10)
	w.trace.add(string(desk), newDigest(id).sum(), uint64(what), func() string { return fmt.Sprintf("%s: %d %s", id, what, text) })
	switch what {
	case 0, 1, 2:
		h.Write(id, text)
	case 3, 4:
		h.Reply(id, agent, text)
	case 5, 6:
		h.Note(id, agent, text)
	case 7:
		h.Close(id, agent)
	case 8:
		h.Tag(id, agent, "vip")
	case 9:
		h.Assign(id, agent, agent)
	}
}
