package sandbox

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
)

// Plan tells what to seed.
type Plan struct {
	Conversations int
	Seed          uint64
	// Start divides history from live entries, as sync.start of the bridge does.
	Start time.Time
	// Now is the end of everything; nothing happens later. Zero: six hours after Start, or the clock of the Dashly desk
	// if that is earlier.
	Now time.Time
	// History is the share of threads that lie wholly before Start, 0 to 1. Another tenth of that share begins before
	// Start and goes on after it. Negative means none.
	History float64
	// Longest is the largest number of entries of a thread, 40 when zero.
	Longest int
}

// Seed fills both desks with threads of which about a tenth is older than start and the rest is live. The same
// arguments give the same desks.
func Seed(d *DashlyDesk, i *IntercomDesk, conversations int, seed uint64, start time.Time) {
	SeedPlan(d, i, Plan{Conversations: conversations, Seed: seed, Start: start, History: 0.1})
}

// SeedPlan fills both desks: about half of the threads on each, in several languages, by customers known and unknown,
// by agents of both desks and of one, with every kind of entry. It empties neither desk nor log first.
func SeedPlan(d *DashlyDesk, i *IntercomDesk, p Plan) {
	if p.Longest == 0 {
		p.Longest = 40
	}
	if p.Now.IsZero() {
		p.Now = p.Start.Add(6 * time.Hour)
		if now := d.Now(); now.After(p.Start) && now.Before(p.Now) {
			p.Now = now
		}
	}
	w := newWriter(d, i, p)
	for n := range p.Conversations {
		w.thread(n)
	}
}

// writer makes up conversations.
type writer struct {
	d    *DashlyDesk
	i    *IntercomDesk
	plan Plan
	rng  *rand.Rand
	at   time.Time
	// people by number; the ids of the same person at the two desks, made when needed.
	seen [2]map[int]string
}

func newWriter(d *DashlyDesk, i *IntercomDesk, p Plan) *writer {
	return &writer{
		d: d, i: i, plan: p, rng: rand.New(rand.NewPCG(p.Seed, 0x6465736b)), seen: [2]map[int]string{{}, {}},
	}
}

func (w *writer) chance(percent int) bool { return w.rng.IntN(100) < percent }

func pick[T any](w *writer, items []T) T { return items[w.rng.IntN(len(items))] }

// span chooses when a thread begins and how long it may last.
func (w *writer) span() (from, to time.Time) {
	live := w.plan.Now.Sub(w.plan.Start)
	within := func(lo time.Time, d time.Duration) time.Time {
		return lo.Add(time.Duration(w.rng.Int64N(int64(max(d, 1)))))
	}
	switch x := w.rng.Float64(); {
	case x < w.plan.History:
		from = within(w.plan.Start.AddDate(0, 0, -60), 59*24*time.Hour)
		return from, w.plan.Start.Add(-time.Minute)
	case x < w.plan.History*1.1:
		return within(w.plan.Start.Add(-24*time.Hour), 23*time.Hour), w.plan.Now
	default:
		return within(w.plan.Start, live*9/10), w.plan.Now
	}
}

// thread writes one whole conversation at a desk.
func (w *writer) thread(n int) {
	from, to := w.span()
	w.at = from
	steps := w.length()
	gap := max(to.Sub(from)/time.Duration(steps+2), time.Millisecond)
	t := w.begin(n)
	for range steps {
		if !w.chance(8) { // sometimes several things happen in one second
			w.at = w.at.Add(min(time.Duration(w.rng.Int64N(int64(gap)))+1, 3*time.Hour))
		}
		t.step(w)
	}
}

// length of a thread: mostly short, rarely very long.
func (w *writer) length() int {
	switch {
	case w.chance(15):
		return 0
	case w.chance(70):
		return w.rng.IntN(8)
	case w.chance(80):
		return 6 + w.rng.IntN(12)
	}
	return w.rng.IntN(w.plan.Longest)
}

// Persons: 0 to 39 have an own id that both desks know (crm-00 …), 40 to 54 an address that they typed, of which some
// share one, the rest are anonymous.
const knownPersons, typedPersons = 40, 15

func (w *writer) customer(desk int, human Human) string {
	n := w.rng.IntN(knownPersons + typedPersons + 1)
	if id, ok := w.seen[desk][n]; ok && n < knownPersons+typedPersons {
		return id
	}
	c := Customer{Name: names[n%len(names)]}
	switch {
	case n < knownPersons:
		c.Own, c.Email, c.Confirmed = fmt.Sprintf("crm-%02d", n), fmt.Sprintf("crm%02d@example.org", n), true
		if n%3 == 0 {
			c.Phone = fmt.Sprintf("+1555010%02d", n)
		}
	case n < knownPersons+typedPersons:
		c.Email = fmt.Sprintf("visitor%d@example.net", n%5) // shared by several visitors
	default:
		c.Name = ""
	}
	id := human.Customer(c)
	w.seen[desk][n] = id
	return id
}

// talk is a conversation that is being written.
type talk struct {
	lang      phrases
	id, agent string
	agents    []string
	closed    bool
	spoken    bool // the customer has said something
	human     func(at time.Time) Human
	special   func(w *writer, t *talk)
	tags      []string
}

func (w *writer) begin(n int) *talk {
	t := &talk{lang: pick(w, languages)}
	desk := n % 2
	if desk == 0 {
		t.human = func(at time.Time) Human { return w.d.At(at) }
		t.agents, t.special = []string{dashly.Jane, dashly.Tom, dashly.Olga, dashly.Max}, (*writer).dashlySpecial
	} else {
		t.human = func(at time.Time) Human { return w.i.At(at) }
		t.agents, t.special = []string{intercom.Jane, intercom.Tom, intercom.Olga, intercom.Lena}, (*writer).intercomSpecial
	}
	t.agent = pick(w, t.agents)
	h := t.human(w.at)
	customer := w.customer(desk, h)
	if w.chance(8) {
		t.id = h.Campaign(customer, pick(w, t.lang.campaign))
		return t
	}
	t.id, _ = h.Open(customer, pick(w, t.lang.customer), w.files(10)...)
	t.spoken = true
	return t
}

// files gives a file in so many of a hundred cases.
func (w *writer) files(percent int) []Upload {
	if !w.chance(percent) {
		return nil
	}
	kind := pick(w, []string{"txt", "png", "pdf", "csv"})
	return []Upload{{
		Name:    fmt.Sprintf("%s-%d.%s", pick(w, []string{"screenshot", "invoice", "счёт", "log file"}), w.rng.IntN(900), kind),
		Content: fmt.Appendf(nil, "%s content %d\n", kind, w.rng.Uint64()),
	}}
}

// step is one thing that happens in a thread.
func (t *talk) step(w *writer) {
	h := t.human(w.at)
	if !t.spoken && w.chance(60) { // most campaigns are never answered
		return
	}
	switch x := w.rng.IntN(100); {
	case x < 34 || t.closed && x < 60:
		text := pick(w, t.lang.customer)
		h.Write(t.id, text, w.files(8)...)
		t.spoken, t.closed = true, false
		if w.chance(10) { // the same words twice in one second
			h.Write(t.id, text)
		}
	case x < 64:
		h.Reply(t.id, t.agent, pick(w, t.lang.agent), w.files(6)...)
	case x < 74:
		h.Note(t.id, t.agent, pick(w, t.lang.note))
	case x < 78:
		to := pick(w, append([]string{""}, t.agents...))
		h.Assign(t.id, t.agent, to)
		if to != "" {
			t.agent, t.closed = to, false
		}
	case x < 84:
		t.tag(w, h)
	case x < 88:
		h.Close(t.id, t.agent)
		t.closed = true
		if w.chance(30) {
			h.Vote(t.id, 1+w.rng.IntN(5), "👍")
		}
	case x < 90:
		h.Snooze(t.id, t.agent, w.at.Add(time.Duration(1+w.rng.IntN(72))*time.Hour))
		t.closed = false
		if w.chance(30) {
			h.Reopen(t.id, t.agent)
		}
	case x < 92:
		h.Bot(t.id, pick(w, t.lang.bot))
	default:
		t.special(w, t)
	}
}

func (t *talk) tag(w *writer, h Human) {
	if len(t.tags) > 0 && w.chance(30) {
		h.Untag(t.id, t.agent, t.tags[0])
		t.tags = t.tags[1:]
		return
	}
	tag := pick(w, []string{"billing", "sales", "bug", "vip", "возврат", "Lieferung", "on hold"})
	h.Tag(t.id, t.agent, tag)
	t.tags = append(t.tags, tag)
}
