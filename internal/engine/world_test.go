package engine_test

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/internal/contract"
	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
	sinkdashly "github.com/deskbridge/deskbridge/sinks/dashly"
	sinkintercom "github.com/deskbridge/deskbridge/sinks/intercom"
	sourcedashly "github.com/deskbridge/deskbridge/sources/dashly"
	sourceintercom "github.com/deskbridge/deskbridge/sources/intercom"
	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/sqlite"
)

// idless takes the ids of conversations out of a text.
var idless = regexp.MustCompile(`(dashly|intercom):\d+`)

const settle = 2 * time.Minute

// world is two stand-in desks, a store in a file and the bridge between them, all in one process on simulated time.
type world struct {
	t        *testing.T
	dashly   *sandbox.DashlyDesk
	intercom *sandbox.IntercomDesk
	log      *sandbox.Log
	dir      string
	setup    setup
	start    time.Time       // the cut-over; it never moves
	reaper   *reaper         // nil: nothing dies
	suite    *contract.Suite // nil: the traffic is not validated
}

// setup is what a test may change of the bridge.
type setup struct {
	version    string
	automation bool
	all        bool
	toDashly   string // how Dashly receives history; empty: transcript
	rating     string // the attribute of Intercom's conversations for ratings
	backlink   string // and for back-links
	maxAge     time.Duration
	start      time.Duration // before now
	adjust     func(o *engine.Options)
	store      func(s state.Store) state.Store
	front      func(next http.RoundTripper) http.RoundTripper // what every call and every file goes through
}

// inWorld runs a story on simulated time.
func inWorld(t *testing.T, s setup, story func(w *world)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		if s.version == "" {
			s.version = "2.15"
		}
		if s.start == 0 {
			s.start = 24 * time.Hour
		}
		w := &world{t: t, dir: dir, log: &sandbox.Log{}, setup: s}
		w.cutOver()
		w.dashly, w.intercom = sandbox.NewPair(sandbox.Options{Log: w.log})
		story(w)
	})
}

// bridge builds a bridge as the program does, works with it, and takes it down again.
func (w *world) bridge(work func(e *engine.Engine)) {
	w.t.Helper()
	ctx := context.Background()
	client := sandbox.Client(w.dashly, w.intercom)
	if w.suite != nil {
		client.Transport = stage.Transport{host(sandbox.DashlyURL): w.suite.Dashly(w.dashly), host(sandbox.IntercomURL): w.suite.Intercom(w.intercom)}
	}
	var store state.Store
	store, err := sqlite.Open(ctx, filepath.Join(w.dir, "bridge.db"), "main")
	require.NoError(w.t, err)
	defer func() { require.NoError(w.t, store.Close()) }()
	if w.setup.store != nil {
		store = w.setup.store(store)
	}
	if w.reaper != nil {
		store = mortalStore{Store: store, reaper: w.reaper}
		client.Transport = mortal{reaper: w.reaper, next: client.Transport}
	}
	if w.setup.front != nil {
		client.Transport = w.setup.front(client.Transport)
	}
	dc, err := apidashly.New(apidashly.Options{BaseURL: sandbox.DashlyURL, Token: "dashly-token", MaxRate: 1000, HTTP: client, AutomationOff: w.setup.automation})
	require.NoError(w.t, err)
	ic, err := apiintercom.New(apiintercom.Options{BaseURL: sandbox.IntercomURL, Token: "intercom-token", Version: w.setup.version, Rating: w.setup.rating, Backlink: w.setup.backlink, HTTP: client, AutomationOff: w.setup.automation})
	require.NoError(w.t, err)
	log := zerolog.Nop()
	if os.Getenv("DESKBRIDGE_TEST_LOG") != "" {
		log = zerolog.New(os.Stderr)
	}
	opts := engine.Options{
		Name: "main", Lease: 10 * time.Second, Start: w.start,
		HistoryAll: w.setup.all, AutomationOff: w.setup.automation, Home: "auto", MaxAge: w.setup.maxAge, ReachableOnBoth: "deliver",
		Sides: [2]engine.Side{
			{Source: sourcedashly.New(dc, sourcedashly.Options{Settle: settle, Fetch: client.Transport}), Sink: sinkdashly.New(dc, sinkdashly.Options{Name: "main", Match: "identified", Fallback: "default_admin"}),
				Settle: settle, Send: true, History: cmp.Or(w.setup.toDashly, "transcript"), Fallback: "default_admin", Meter: meter{dc.Count}},
			{Source: sourceintercom.New(ic, sourceintercom.Options{Settle: settle, Fetch: client.Transport}), Sink: sinkintercom.New(ic, sinkintercom.Options{Name: "main", Match: "identified", Fallback: "25", Rating: w.setup.rating, Backlink: w.setup.backlink}),
				Settle: settle, Send: true, History: "native", Fallback: w.fallback(), Meter: meter{ic.Count}},
		},
	}
	if w.setup.adjust != nil {
		w.setup.adjust(&opts)
	}
	e, err := engine.New(opts, store, log)
	require.NoError(w.t, err)
	work(e)
	client.CloseIdleConnections()
}

func host(url string) string { return strings.TrimPrefix(url, "https://") }

func (w *world) fallback() mapping.PersonID { return mapping.PersonID(intercomAgent) }

type meter struct{ count func() api.Counts }

func (m meter) Count() engine.Meters {
	c := m.count()
	return engine.Meters{Read: c.Read, Write: c.Write, Throttled: c.Throttled, VisibleLive: c.VisibleLive, VisibleHistory: c.VisibleHistory}
}

// cutOver moves the cut-over to where the setup has it, seen from now.
func (w *world) cutOver() { w.start = time.Now().Add(-w.setup.start).Truncate(time.Second) }

// sync makes one pass with a bridge that remembers nothing but its store.
func (w *world) sync() report.Report {
	w.t.Helper()
	return w.run(engine.Request{Command: "sync"})
}

func (w *world) run(req engine.Request) (rep report.Report) {
	w.t.Helper()
	w.bridge(func(e *engine.Engine) { rep = e.Run(context.Background(), make(chan struct{}), req) })
	for name, d := range rep.Directions {
		require.True(w.t, d.Entries.Balanced(), "%s: %+v", name, d.Entries)
	}
	require.Zero(w.t, rep.Visible.History)
	return rep
}

// done is a pass that must leave nothing open.
func (w *world) done() report.Report {
	w.t.Helper()
	rep := w.sync()
	require.Equal(w.t, report.Done, rep.Status, "%+v", rep.Error)
	return rep
}

// idle asserts that a pass writes nothing.
func (w *world) idle() {
	w.t.Helper()
	rep := w.done()
	for desk, c := range rep.APICalls {
		require.Zero(w.t, c.Write, "writes to %s in an idle pass:\n%s", desk, w.picture())
	}
}

func (w *world) pause(d time.Duration) { time.Sleep(d) } //nolint:forbidigo // simulated time

// thread gives the only conversation of a desk.
func (w *world) thread(threads []sandbox.Thread) sandbox.Thread {
	w.t.Helper()
	require.Len(w.t, threads, 1, w.picture())
	return threads[0]
}

// lines shows the entries with words of a thread: side, visibility and text, tokens cut off.
func lines(t sandbox.Thread) []string {
	var out []string
	for _, e := range t.Entries {
		text := strings.TrimSpace(e.Text)
		if i := strings.Index(text, "[db1 "); i >= 0 {
			text = strings.TrimSpace(text[:i])
		}
		if text == "" && len(e.Files) == 0 {
			continue
		}
		sight := "note"
		if e.Visible {
			sight = "says"
		}
		out = append(out, fmt.Sprintf("%s %s: %s", e.Side, sight, strings.Join(strings.Fields(text), " ")))
	}
	return out
}

func (w *world) picture() string {
	var b strings.Builder
	for name, threads := range map[string][]sandbox.Thread{"dashly": w.dashly.Dump(), "intercom": w.intercom.Dump()} {
		for _, t := range threads {
			fmt.Fprintf(&b, "%s %s (%s, %s, %v)\n", name, t.ID, t.Customer, t.State, t.Tags)
			for _, e := range t.Entries {
				fmt.Fprintf(&b, "  %s %-8s visible=%v bridge=%v %s %q\n", e.At.Format("15:04:05"), e.Side, e.Visible, e.ByBridge, e.Native, e.Text)
			}
		}
	}
	return b.String()
}

// delivered counts what reached the customer through a desk, by who caused it.
func (w *world) delivered(desk, by string) (texts []string) {
	for _, n := range w.log.Notifications() {
		if n.Desk == desk && n.By == by {
			texts = append(texts, n.Text)
		}
	}
	return texts
}

var _ http.Handler = (*sandbox.DashlyDesk)(nil)
