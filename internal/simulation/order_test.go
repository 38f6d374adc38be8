package simulation_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/internal/simulation"
	"github.com/deskbridge/deskbridge/internal/thin"
)

// chaos is one world of the test of order: conversations, and what is written into them in rounds.
type chaos struct {
	rng   *rand.Rand
	desks [2]place
	homes []int // desk of each thread
	said  []int // entries so far, by thread and desk
}

type place struct {
	front  *stage.Front
	agents []string
	ids    []string // of the threads that stand here, by number; empty: not yet
}

// TestOrder lets people write 10,000 entries, or as many as DESKBRIDGE_TEST_ENTRIES says, and demands that the copies of
// what was said on one desk stand on the other in the same order, each once, and that at least eight conversations were
// carried at once.
func TestOrder(t *testing.T) {
	const perWorld = 2500
	total := figure(10_000, 1_000_000) / thin.By
	if n, err := strconv.Atoi(os.Getenv("DESKBRIDGE_TEST_ENTRIES")); err == nil {
		total = n
	}
	s, err := simulation.LoadFile("testdata/order/order.txtar")
	require.NoError(t, err)
	var mu sync.Mutex
	copies, least := 0, 1<<30
	simulation.Each(t, (total+perWorld-1)/perWorld, func(t *testing.T, n int) {
		c := &chaos{rng: rand.New(rand.NewPCG(uint64(n), 0x6f72646572))}
		f := &flight{}
		res := s.Run(t, simulation.Plan{Seed: uint64(n), Store: f.see, Before: func(w *simulation.World, line int) error {
			if line > 0 {
				return nil
			}
			return c.play(w, perWorld)
		}})
		require.NoError(t, res.Err)
		mu.Lock()
		defer mu.Unlock()
		copies, least = copies+c.inOrder(t), min(least, f.most)
	})
	t.Logf("%d entries, %d copies in order, at least %d conversations at once", total, copies, least)
	require.GreaterOrEqual(t, copies, total*9/10)
	require.GreaterOrEqual(t, least, 8)
}

// flight counts the conversations that are carried at once: a pair is held by its lease while it is worked on.
type flight struct {
	held map[string]bool
	most int
}

func (f *flight) see(_ *simulation.World, c simulation.StoreCall) simulation.StoreFault {
	name, taken := strings.CutPrefix(c.Doing, "take lease ")
	if !taken {
		name = strings.TrimPrefix(c.Doing, "give back lease ")
	}
	if c.Done || name == c.Doing || !strings.Contains(name, ":") {
		return simulation.StoreFault{}
	}
	if f.held == nil {
		f.held = map[string]bool{}
	}
	if delete(f.held, name); taken {
		f.held[name] = true
	}
	f.most = max(f.most, len(f.held))
	return simulation.StoreFault{}
}

func (c *chaos) play(w *simulation.World, entries int) error {
	c.desks = [2]place{{front: w.Dashly.Front, agents: []string{dashly.Jane, dashly.Tom}}, {front: w.Intercom.Front, agents: []string{intercom.Jane, intercom.Tom}}}
	const threads, rounds = 100, 5
	for n := range threads {
		home := c.rng.IntN(2)
		h := c.human(home)
		id, _ := h.Open(h.Customer(stage.Customer{Own: fmt.Sprintf("crm-%d", n), Name: fmt.Sprintf("Customer %d", n)}), c.text(n, home))
		c.homes = append(c.homes, home)
		c.desks[home].ids = append(c.desks[home].ids, id)
		c.desks[1-home].ids = append(c.desks[1-home].ids, "")
	}
	for range rounds {
		if err := w.Sync(engine.Request{Command: "sync"}, false); err != nil {
			return err
		}
		c.find()
		for range (entries - threads) / rounds {
			c.write(c.rng.IntN(threads))
			if c.rng.IntN(4) == 0 { // else in the same second as the last one
				w.Sleep(time.Duration(c.rng.IntN(1500)) * time.Millisecond)
			}
		}
		w.Sleep(time.Minute)
	}
	return w.Sync(engine.Request{Command: "sync", Sweep: true}, false)
}

func (c *chaos) human(desk int) stage.Human {
	return c.desks[desk].front.Human(c.desks[desk].front.Now())
}

// text names the thread, the desk on which it is said, and its number there.
func (c *chaos) text(thread, desk int) string {
	for len(c.said) <= 2*thread+1 {
		c.said = append(c.said, 0)
	}
	c.said[2*thread+desk]++
	return fmt.Sprintf("thread %d desk %d number %d.", thread, desk, c.said[2*thread+desk])
}

func (c *chaos) write(thread int) {
	desk := c.rng.IntN(2)
	id, h := c.desks[desk].ids[thread], c.human(desk)
	agent := c.desks[desk].agents[c.rng.IntN(2)]
	switch what := c.rng.IntN(3); {
	case what == 0 && desk == c.homes[thread]:
		h.Write(id, c.text(thread, desk))
	case what == 1:
		h.Reply(id, agent, c.text(thread, desk))
	default:
		h.Note(id, agent, c.text(thread, desk))
	}
}

var named = regexp.MustCompile(`thread (\d+) desk (\d) number (\d+)\.`)

// find learns the ids of the copies from the words with which they begin.
func (c *chaos) find() {
	for desk := range c.desks {
		for _, t := range c.desks[desk].front.Dump() {
			if m := named.FindStringSubmatch(t.Entries[0].Text); m != nil {
				n, _ := strconv.Atoi(m[1])
				c.desks[desk].ids[n] = t.ID
			}
		}
	}
}

// inOrder looks at the copies in both desks and gives their number.
func (c *chaos) inOrder(t *testing.T) (copies int) {
	for desk := range c.desks {
		for _, thread := range c.desks[desk].front.Dump() {
			last := 0
			for _, e := range thread.Entries {
				m := named.FindStringSubmatch(e.Text)
				if m == nil || !e.ByBridge {
					continue
				}
				from, _ := strconv.Atoi(m[2])
				number, _ := strconv.Atoi(m[3])
				require.Equal(t, 1-desk, from, "%s came back", e.Text)
				require.Greater(t, number, last, "on desk %d, conversation %s: after number %d stands %s", desk, thread.ID, last, e.Text)
				last, copies = number, copies+1
			}
		}
	}
	return copies
}
