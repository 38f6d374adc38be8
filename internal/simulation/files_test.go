package simulation_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
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
	"github.com/deskbridge/deskbridge/state"
)

// luggage is one world of the test of files: what people sent on each desk, by the name of the file.
type luggage struct {
	rng    *rand.Rand
	fronts [2]*stage.Front
	sent   [2]map[string]stage.File
	well   bool // nothing goes wrong any more
	cut    map[string]bool
	sizes  string // what Intercom tells of the size of a file
	// pages counts the redirects that led to the page of login.
	pages int
}

// login is where a server of files sends who has no session. It answers with a page, and with 200.
const login = "/login"

// TestFiles lets people send 1,000 files, or as many as DESKBRIDGE_TEST_ENTRIES says, in both directions, while downloads
// are cut, refused, answered by a web page, or led away to a page of login, links die after a minute, uploads lose their answers and processes die.
// From one world to the next Intercom tells the sizes of files in bytes, not at all, in kilobytes, or as they were before a server
// compressed them anew.
// Each file stands on the other desk once with the same bytes, or a line with its name and a reason does. Every 20th world is
// played twice, with the same trace.
func TestFiles(t *testing.T) {
	const perWorld = 250
	total := figure(1000, 10_000) / thin.By
	if n, err := strconv.Atoi(os.Getenv("DESKBRIDGE_TEST_ENTRIES")); err == nil {
		total = n
	}
	s, err := simulation.LoadFile("testdata/order/order.txtar")
	require.NoError(t, err)
	var mu sync.Mutex
	var same, stubs, pages int
	simulation.Each(t, max(1, total/perWorld), func(t *testing.T, n int) {
		l, res := playLuggage(t, s, n, perWorld)
		require.NoError(t, res.Err)
		if n%everySoMany == 0 {
			_, again := playLuggage(t, s, n, perWorld)
			require.Equal(t, res.Hash, again.Hash, "world %d has two traces", n)
		}
		a, b := l.arrived(t)
		require.Greater(t, a, 2*b, "where Intercom tells sizes as %q, %d files of %d are only named", l.sizes, b, a+b)
		mu.Lock()
		defer mu.Unlock()
		same, stubs, pages = same+a, stubs+b, pages+l.pages
	})
	t.Logf("%d files: %d with the same bytes, %d lines with a reason; %d redirects to a page", same+stubs, same, stubs, pages)
	require.Positive(t, stubs)
	require.Positive(t, pages, "no download was led to the page of login")
	require.Greater(t, same, stubs)
}

// playLuggage plays the n-th world.
func playLuggage(t *testing.T, s *simulation.Scenario, n, files int) (*luggage, simulation.Result) {
	t.Helper()
	l := &luggage{rng: rand.New(rand.NewPCG(uint64(n), 0x66696c6573)), sent: [2]map[string]stage.File{{}, {}}, cut: map[string]bool{},
		sizes: []string{"bytes", "none", "kilobytes", "before"}[n%4]}
	plan := simulation.Plan{Seed: uint64(n), Desk: l.strike, Before: func(w *simulation.World, line int) error {
		if line > 0 {
			return nil
		}
		return l.play(w, files)
	}}
	for range 3 {
		plan.DieAt = append(plan.DieAt, 200+l.rng.IntN(2000))
	}
	return l, s.Run(t, plan)
}

// strike lets one download in four go wrong, and one upload in twenty lose its answer.
func (l *luggage) strike(_ *simulation.World, c simulation.Call) stage.Fault {
	page := stage.Fault{Kind: stage.Refuse, Status: http.StatusOK, HTML: true}
	switch path := c.Request.URL.Path; {
	case path == login:
		l.pages++
		return page
	case l.well:
	case c.Write && strings.Contains(c.Request.Header.Get("Content-Type"), "multipart") || c.Write && c.Request.ContentLength > 2000:
		if l.rng.IntN(20) == 0 {
			return stage.Fault{Kind: []stage.FaultKind{stage.CutAfter, stage.CutBefore, stage.TruncateAfter}[l.rng.IntN(3)]}
		}
	case !strings.Contains(path, "/files/") && !strings.Contains(path, "/downloads/"):
	case l.rng.IntN(4) == 0:
		f := []stage.Fault{
			page, {Kind: stage.Refuse, Status: http.StatusNotFound}, {Kind: stage.Refuse, Status: http.StatusBadGateway, HTML: true},
			{Kind: stage.TruncateAfter}, {Kind: stage.CutBefore}, {Kind: stage.CutAfter},
			{Kind: stage.Refuse, Status: http.StatusFound, Location: login, HTML: true},
		}[l.rng.IntN(7)]
		if f.Kind == stage.TruncateAfter { // of a size that nobody knows, or that is told wrong, two that end at the same byte are a whole one
			if l.cut[path] {
				return page
			}
			l.cut[path] = true
		}
		return f
	}
	return stage.Fault{}
}

func (l *luggage) play(w *simulation.World, files int) error {
	w.Dashly.SetKnobs(func(k *dashly.Knobs) { k.FileLifetime = stage.Duration(time.Minute) })
	w.Intercom.SetKnobs(func(k *intercom.Knobs) { k.FileLifetime, k.FileSizes = stage.Duration(time.Minute), l.sizes })
	l.fronts = [2]*stage.Front{w.Dashly.Front, w.Intercom.Front}
	agents := [2]string{dashly.Jane, intercom.Jane}
	const threads, rounds = 20, 5
	var ids [2][]string
	for n := range threads {
		desk := n % 2
		h := l.fronts[desk].Human(l.fronts[desk].Now())
		who := h.Customer(stage.Customer{Own: fmt.Sprintf("crm-%d", n), Name: fmt.Sprintf("Customer %d", n)})
		id, _ := h.Open(who, fmt.Sprintf("thread %d", n), l.pack(desk, 1)...)
		ids[desk] = append(ids[desk], id)
	}
	for round := range rounds {
		if err := w.Sync(engine.Request{Command: "sync"}, true); err != nil {
			return err
		}
		for len(l.sent[0])+len(l.sent[1]) < files*(round+1)/rounds {
			desk := l.rng.IntN(2)
			id, h := ids[desk][l.rng.IntN(len(ids[desk]))], l.fronts[desk].Human(l.fronts[desk].Now())
			text := []string{"", "See this", "Press " + stage.ImagePlace + " and " + stage.ImagePlace + " then", "See " + stage.ImagePlace + " or not"}[l.rng.IntN(4)]
			switch some := l.pack(desk, 1+l.rng.IntN(3)); l.rng.IntN(3) {
			case 0:
				h.Write(id, text, some...)
			case 1:
				h.Reply(id, agents[desk], text, some...)
			default:
				h.Note(id, agents[desk], text, some...)
			}
			w.Sleep(time.Duration(l.rng.IntN(3000)) * time.Millisecond)
		}
		w.Sleep(3 * time.Minute)
	}
	l.well = true
	for range 5 { // what was set aside has its time
		if err := w.Sync(engine.Request{Command: "sync", Sweep: true}, true); err != nil {
			return err
		}
		items, err := w.Agenda()
		if err != nil || len(items) == 0 {
			return err
		}
		w.Sleep(time.Until(slices.MaxFunc(items, func(a, b state.Item) int { return a.RetryAt.Compare(b.RetryAt) }).RetryAt) + time.Second)
	}
	return nil
}

// pack makes files, each with a name and a content of its own. Some are of a kind or a size that the other desk refuses.
func (l *luggage) pack(desk, n int) (all []stage.Upload) {
	for range n {
		number := len(l.sent[desk])
		name := fmt.Sprintf("f%d-%d.%s", desk, number, []string{"pdf", "png", "txt", "exe", "html"}[l.rng.IntN(5)])
		content := make([]byte, 1+l.rng.IntN(9000))
		for i := range content {
			content[i] = byte(l.rng.IntN(256))
		}
		if l.rng.IntN(100) == 0 {
			content = append(content, make([]byte, 10<<20)...) // more than Dashly takes
		}
		l.sent[desk][name] = stage.FileOf(name, content)
		all = append(all, stage.Upload{Name: name, Content: content, Inline: strings.HasSuffix(name, "png") && l.rng.IntN(2) == 0})
	}
	return all
}

// arrived looks for each file on the other desk.
func (l *luggage) arrived(t *testing.T) (same, stubs int) {
	t.Helper()
	for desk, sent := range l.sent {
		there := l.fronts[1-desk].Dump()
		for name, f := range sent {
			whole, lines := 0, 0
			for _, thread := range there {
				for _, e := range thread.Entries {
					for _, g := range e.Files {
						if e.ByBridge && g.Name == name {
							require.Equal(t, f.SHA256, g.SHA256, "%s came with other bytes", name)
							whole++
						}
					}
					if e.ByBridge && (strings.Contains(e.Text, "["+name+":") || strings.Contains(e.Text, "["+name+",")) {
						lines++
					}
				}
			}
			require.Equal(t, 1, whole+lines, "%s stands %d times, and %d lines name it", name, whole, lines)
			same, stubs = same+whole, stubs+lines
		}
	}
	return same, stubs
}
