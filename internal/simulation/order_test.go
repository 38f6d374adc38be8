package simulation_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
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

// chaos is one world of the test of order: conversations, and what is written into them in rounds, while the desks
// throttle, lose answers and do what they were asked too late.
type chaos struct {
	rng   *rand.Rand // of what people do
	luck  *rand.Rand // of what goes wrong
	desks [2]place
	homes []int // desk of each thread
	said  []int // entries so far, by thread and desk
	met   toll
}

type place struct {
	front  *stage.Front
	agents []string
	ids    []string // of the threads that stand here, by number; empty: not yet
}

// toll is what some worlds had to bear, and what came of it.
type toll struct {
	entries, copies, sameSecond       int
	throttled, lost, late             int
	deaths, most, least, worlds, skew int // most and least: conversations at once, in the best and in the worst world
}

// TestOrder lets people write 10,000 entries, or as many as DESKBRIDGE_TEST_ENTRIES says, in worlds of 2,500 (under the race detector 500): on both
// desks, most in the same second as the one before, on clocks that differ by up to a day. Meanwhile the desks answer 429
// with and without a time, answers are cut and lost, calls are late, and the process dies three times. In the end each
// conversation stands on both desks with all that was said on either, each once and in the order in which it was said
// there, and at least eight conversations were carried at once. Every 20th world is played twice, with the same trace.
func TestOrder(t *testing.T) {
	perWorld := 2500 / min(thin.By, 5)
	total := figure(10_000, 1_000_000) / thin.By
	if n, err := strconv.Atoi(os.Getenv("DESKBRIDGE_TEST_ENTRIES")); err == nil {
		total = n
	}
	s, err := simulation.LoadFile("testdata/order/order.txtar")
	require.NoError(t, err)
	var mu sync.Mutex
	sum := toll{least: 1 << 30}
	simulation.Each(t, (total+perWorld-1)/perWorld, func(t *testing.T, n int) {
		c, res := playChaos(t, s, n, perWorld)
		require.NoError(t, res.Err)
		c.inOrder(t)
		if n%everySoMany == 0 {
			_, again := playChaos(t, s, n, perWorld)
			require.Equal(t, res.Hash, again.Hash, "world %d has two traces", n)
		}
		mu.Lock()
		defer mu.Unlock()
		sum.add(c.met)
	})
	t.Logf("%d entries, %d copies, 0 inversions, 0 missing, 0 twice; %d in the second of the one before; in the worst of %d worlds %d conversations at once, in the best %d",
		sum.entries, sum.copies, sum.sameSecond, sum.worlds, sum.least, sum.most)
	t.Logf("%d deaths, %d answers 429, %d answers cut or lost, %d calls late, clocks %d minutes apart on average", sum.deaths, sum.throttled, sum.lost, sum.late, sum.skew/sum.worlds)
	require.Equal(t, sum.worlds*perWorld, sum.entries)
	require.Equal(t, sum.entries, sum.copies)
	require.GreaterOrEqual(t, sum.least, 8)
	for _, n := range []int{sum.sameSecond, sum.deaths, sum.throttled, sum.lost, sum.late, sum.skew} {
		require.Positive(t, n)
	}
}

// playChaos plays the n-th world.
func playChaos(t *testing.T, s *simulation.Scenario, n, entries int) (*chaos, simulation.Result) {
	t.Helper()
	c := &chaos{rng: rand.New(rand.NewPCG(uint64(n), 0x6f72646572)), luck: rand.New(rand.NewPCG(uint64(n), 0x6368616f73))}
	f := &flight{}
	plan := simulation.Plan{Seed: uint64(n), Store: f.see, Desk: c.strike, Before: func(w *simulation.World, line int) error {
		if line > 0 {
			return nil
		}
		return c.play(w, entries)
	}}
	for range 3 {
		plan.DieAt = append(plan.DieAt, 1+c.luck.IntN(12*entries))
	}
	desk, skew := [2]string{"dashly", "intercom"}[c.luck.IntN(2)], time.Duration(c.luck.IntN(2*24*3600)-24*3600)*time.Second
	plan.Settings = []string{fmt.Sprintf("%s knob clock_skew: %s", desk, skew)}
	res := s.Run(t, plan)
	c.met.deaths, c.met.most, c.met.least, c.met.worlds, c.met.skew = len(res.Lives), f.most, f.most, 1, int(skew.Abs().Minutes())
	return c, res
}

func (t *toll) add(o toll) {
	t.entries, t.copies, t.sameSecond = t.entries+o.entries, t.copies+o.copies, t.sameSecond+o.sameSecond
	t.throttled, t.lost, t.late, t.deaths = t.throttled+o.throttled, t.lost+o.lost, t.late+o.late, t.deaths+o.deaths
	t.most, t.least, t.worlds, t.skew = max(t.most, o.most), min(t.least, o.least), t.worlds+o.worlds, t.skew+o.skew
}

// strike lets one call in a hundred be throttled, and of the writes one in a hundred lose its answer and one in five
// hundred be done a minute late.
func (c *chaos) strike(_ *simulation.World, call simulation.Call) stage.Fault {
	switch n := c.luck.IntN(1000); {
	case n < 10:
		c.met.throttled++
		return stage.Fault{Kind: stage.Refuse, Status: http.StatusTooManyRequests, RetryAfter: []string{"", "7"}[n%2]}
	case call.Write && n < 20:
		c.met.lost++
		return stage.Fault{Kind: []stage.FaultKind{stage.CutAfter, stage.TruncateAfter, stage.HangAfter, stage.CutBefore}[n%4]}
	case call.Write && n < 22:
		c.met.late++
		return stage.Fault{Kind: stage.Late, Delay: time.Minute}
	}
	return stage.Fault{}
}

// flight counts the conversations that are carried at once: of each the lease was taken and not given back. The leases of
// a process that died count no more when the next one begins.
type flight struct {
	held map[string]bool
	most int
}

func (f *flight) see(_ *simulation.World, c simulation.StoreCall) simulation.StoreFault {
	taken, isTaken := strings.CutPrefix(c.Doing, "acquire ")
	given, isGiven := strings.CutPrefix(c.Doing, "give back lease ")
	switch {
	case isTaken && taken == engine.RunLease:
		f.held = map[string]bool{}
	case isTaken && c.Done:
		f.held[taken] = true
	case isGiven:
		delete(f.held, given)
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
			} else {
				c.met.sameSecond++
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
	case what == 0:
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

// inOrder demands that each thread stands on both desks, once, and that what was said on either desk stands there with its
// numbers in order, without a gap and without a repetition.
func (c *chaos) inOrder(t *testing.T) {
	t.Helper()
	for desk := range c.desks {
		stand := map[int]bool{}
		for _, thread := range c.desks[desk].front.Dump() {
			number, last := -1, [2]int{}
			for _, e := range thread.Entries {
				for _, m := range named.FindAllStringSubmatch(e.Text, -1) {
					n, _ := strconv.Atoi(m[1])
					from, _ := strconv.Atoi(m[2])
					next, _ := strconv.Atoi(m[3])
					if number < 0 {
						number = n
					}
					require.Equal(t, number, n, "on desk %d, conversation %s: of another thread is %s", desk, thread.ID, e.Text)
					require.Equal(t, from != desk, e.ByBridge, "on desk %d, conversation %s: %s", desk, thread.ID, e.Text)
					require.Equal(t, last[from]+1, next, "on desk %d, conversation %s: after number %d stands %s", desk, thread.ID, last[from], e.Text)
					if last[from] = next; from == desk {
						c.met.entries++
					} else {
						c.met.copies++
					}
				}
			}
			require.GreaterOrEqual(t, number, 0, "on desk %d, conversation %s belongs to no thread", desk, thread.ID)
			require.False(t, stand[number], "thread %d stands twice on desk %d", number, desk)
			require.Equal(t, c.said[2*number:2*number+2], last[:], "on desk %d, conversation %s has not all that was said", desk, thread.ID)
			stand[number] = true
		}
		require.Len(t, stand, len(c.homes))
	}
}
