package proof_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
)

// start of the bridge in every world: all worlds of a test have the same times.
var start = time.Now().Add(-5 * 24 * time.Hour).UTC().Truncate(time.Second)

// world is two stand-in desks behind real HTTP and a configuration for them.
type world struct {
	dashly   *sandbox.DashlyDesk
	intercom *sandbox.IntercomDesk
	log      *sandbox.Log
	gate     *gate
	config   string
}

// setup is what a test may change.
type setup struct {
	state     string // URL of the store; empty: a file of its own
	workers   int
	forbidden string // the desk that does not accept the token
}

func newWorld(t *testing.T, s setup) *world {
	t.Helper()
	w := &world{log: &sandbox.Log{}, gate: &gate{}, config: filepath.Join(t.TempDir(), "deskbridge.yaml")}
	w.dashly = sandbox.NewDashly(sandbox.Options{Log: w.log, Token: token("dashly", s)})
	w.intercom = sandbox.NewIntercom(sandbox.Options{Log: w.log, Token: token("intercom", s)})
	d, i := httptest.NewServer(w.gate.guard("dashly", w.dashly)), httptest.NewServer(w.gate.guard("intercom", w.intercom))
	t.Cleanup(d.Close)
	t.Cleanup(i.Close)
	if s.state == "" {
		s.state = "file:deskbridge.db"
	}
	if s.workers == 0 {
		s.workers = 4
	}
	text := fmt.Sprintf(`dashly: {token: secret-of-dashly, base_url: %q, max_rate: 1000, settle: 1s}
intercom: {token: secret-of-intercom, base_url: %q, settle: 1s}
state: {url: %q}
sync: {start: %s, schedule: "@every 1s", sweep: "off", workers: %d}
history: {include: all, automation_off: true}
delivery: {max_age: 240h}
agents: {fallback: {dashly: default_admin, intercom: "25"}}
log: {level: debug}
`, d.URL, i.URL, s.state, start.Format(time.RFC3339), s.workers)
	require.NoError(t, os.WriteFile(w.config, []byte(text), 0o600))
	return w
}

func token(desk string, s setup) string {
	if s.forbidden == desk {
		return "another-token"
	}
	return "secret-of-" + desk
}

// seeded is a world with conversations on both desks, the same ones each time.
func seeded(t *testing.T, s setup, conversations int) *world {
	t.Helper()
	w := newWorld(t, s)
	sandbox.Seed(w.dashly, w.intercom, conversations, 7, start)
	w.log.Reset()
	return w
}

func (w *world) command(args ...string) *process {
	return command(append(args, "--config", w.config)...)
}

// run runs the program to its end.
func (w *world) run(t *testing.T, args ...string) report.Report {
	t.Helper()
	return w.command(args...).start(t).report(t)
}

// sync is a pass that leaves nothing open.
func (w *world) sync(t *testing.T) report.Report {
	t.Helper()
	p := w.command("sync").start(t)
	r := p.report(t)
	require.Equal(t, report.Done, r.Status, "%+v\n%s", r.Error, p.stderr.String())
	return r
}

// idle asks that a pass has nothing to write, by its own account and by that of the desks.
func (w *world) idle(t *testing.T) {
	t.Helper()
	before := w.written()
	for desk, calls := range w.sync(t).APICalls {
		require.Zero(t, calls.Write, "%s: %v", desk, w.written()[len(before):])
	}
	require.Equal(t, before, w.written())
}

// written lists the calls that can have changed a desk.
func (w *world) written() []stage.Request {
	return slices.DeleteFunc(w.log.Requests(), func(r stage.Request) bool { return !writes(r) })
}

// told lists what reached customers through the bridge or because of it.
func (w *world) told() []string {
	var out []string
	for _, n := range w.log.Notifications() {
		if n.By == stage.ByBridge || n.Cause == stage.ByBridge {
			out = append(out, fmt.Sprintf("%s %s %s", n.Desk, n.Kind, mapping.Letters(n.Text)))
		}
	}
	sort.Strings(out)
	return out
}

// idless takes the ids of conversations out of a text.
var idless = regexp.MustCompile(`(dashly|intercom):\d+`)

// essence is what must be the same whatever happened to the bridge: per conversation the ordered sides, visibility,
// letters and files, and the fields. Ids, times and system entries do not count.
func (w *world) essence() []string {
	var all []string
	for name, threads := range map[string][]sandbox.Thread{"dashly": w.dashly.Dump(), "intercom": w.intercom.Dump()} {
		for _, t := range threads {
			all = append(all, drawn(name, t))
		}
	}
	sort.Strings(all)
	return all
}

func drawn(desk string, t sandbox.Thread) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s %q\n", desk, t.State, t.Agent, t.Tags)
	for _, e := range t.Entries {
		text, _, _ := strings.Cut(e.Text, "[db1 ")
		text = mapping.Letters(idless.ReplaceAllString(text, "#"))
		if text == "" && len(e.Files) == 0 || e.Side == stage.SideSystem {
			continue
		}
		fmt.Fprintf(&b, "  %s visible=%v %s %v\n", e.Side, e.Visible, text, e.Files)
	}
	return b.String()
}

// saying counts the entries of all threads of a desk that hold a text.
func saying(threads []sandbox.Thread, text string) (n int) {
	for _, t := range threads {
		for _, e := range t.Entries {
			if strings.Contains(e.Text, text) {
				n++
			}
		}
	}
	return n
}

func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, patience, 5*time.Millisecond, what)
}
