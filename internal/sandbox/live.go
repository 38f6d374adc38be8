package sandbox

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// Live lets about so many things happen on both desks, one second apart from at on: customers write again, agents
// reply, note, tag and close, new threads begin. It is for the time after a first pass. The same arguments on the same
// desks do the same.
func Live(d *DashlyDesk, i *IntercomDesk, things int, seed uint64, at time.Time) {
	w := newWriter(d, i, Plan{Seed: seed, Start: at, Now: at.Add(time.Duration(things+1) * time.Second), Longest: 1})
	w.rng = rand.New(rand.NewPCG(seed, 0x6c697665))
	w.at = at
	usable := [2][]Thread{spoken(d.Dump()), spoken(i.Dump())}
	for n := range things {
		w.at = w.at.Add(time.Second)
		t := w.resume(n%2, usable[n%2])
		if t == nil || w.chance(15) {
			w.begin(n)
			continue
		}
		t.live(w)
	}
}

// spoken are the threads in which the customer has said something.
func spoken(threads []Thread) []Thread {
	return slices.DeleteFunc(threads, func(t Thread) bool {
		return !slices.ContainsFunc(t.Entries, func(e Entry) bool { return e.Side == stage.SideCustomer })
	})
}

// resume takes up one of the threads of a desk; nil when there is none.
func (w *writer) resume(desk int, usable []Thread) *talk {
	if len(usable) == 0 {
		return nil
	}
	chosen := pick(w, usable)
	t := &talk{id: chosen.ID, lang: pick(w, languages), closed: chosen.State == "closed", spoken: true, tags: chosen.Tags}
	if desk == 0 {
		t.human = func(at time.Time) Human { return w.d.At(at) }
		t.agents = []string{dashly.Jane, dashly.Tom, dashly.Olga}
	} else {
		t.human = func(at time.Time) Human { return w.i.At(at) }
		t.agents = []string{intercom.Jane, intercom.Tom, intercom.Olga}
	}
	t.agent = pick(w, t.agents)
	return t
}

// live is one thing that happens in a thread that both desks may have by now.
func (t *talk) live(w *writer) {
	h := t.human(w.at)
	switch x := w.rng.IntN(100); {
	case x < 45:
		h.Write(t.id, pick(w, t.lang.customer))
	case x < 70:
		h.Reply(t.id, t.agent, pick(w, t.lang.agent))
	case x < 82:
		h.Note(t.id, t.agent, pick(w, t.lang.note))
	case x < 90:
		t.tag(w, h)
	case x < 96:
		h.Close(t.id, t.agent)
	default:
		h.Assign(t.id, t.agent, pick(w, t.agents))
	}
}
