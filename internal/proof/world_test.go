package proof_test

import (
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
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
	config   string // its path
	text     string // what stands there
	store    string // its URL; empty: a file beside the configuration
	// certificate is the path of what desks that speak TLS show.
	certificate string
}

// setup is what a test may change.
type setup struct {
	state     string // URL of the store; empty: a file of its own
	workers   int
	lease     time.Duration // 0: as by default
	forbidden string        // the desk that does not accept the token
	// greets is called when a process begins to shake hands with a desk, anew for every call; the desks speak TLS then.
	greets func(desk string)
}

func newWorld(t *testing.T, s setup) *world {
	t.Helper()
	w := &world{log: &sandbox.Log{}, gate: &gate{}, config: filepath.Join(t.TempDir(), "deskbridge.yaml")}
	w.dashly = sandbox.NewDashly(sandbox.Options{Log: w.log, Token: token("dashly", s)})
	w.intercom = sandbox.NewIntercom(sandbox.Options{Log: w.log, Token: token("intercom", s)})
	d, i := w.serve(t, "dashly", w.dashly, s), w.serve(t, "intercom", w.intercom, s)
	w.store = s.state
	if s.state == "" {
		s.state = "file:deskbridge.db"
	}
	if s.workers == 0 {
		s.workers = 4
	}
	if s.lease == 0 {
		s.lease = 10 * time.Second
	}
	w.text = fmt.Sprintf(`dashly: {token: "secret-of-dashly.${`+callerVariable+`}", base_url: %q, max_rate: "${`+rateVariable+`}", settle: 1s}
intercom: {token: "secret-of-intercom.${`+callerVariable+`}", base_url: %q, settle: 1s}
state: {url: %q, lease: %s}
sync: {start: %s, schedule: "@every 1s", sweep: "off", workers: %d}
history: {include: all, automation_off: true}
delivery: {max_age: 240h}
agents: {fallback: {dashly: default_admin, intercom: "25"}}
log: {level: debug}
`, d.URL, i.URL, s.state, s.lease, start.Format(time.RFC3339), s.workers)
	require.NoError(t, os.WriteFile(w.config, []byte(w.text), 0o600))
	return w
}

// serve puts a desk on the network.
func (w *world) serve(t *testing.T, name string, desk http.Handler, s setup) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(w.gate.guard(name, desk))
	t.Cleanup(server.Close)
	if s.greets == nil {
		server.Start()
		return server
	}
	server.Listener = &greeter{server.Listener, func() { s.greets(name) }}
	server.Config.SetKeepAlivesEnabled(false)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of hands that were not shaken to the end
	server.StartTLS()
	w.certificate = filepath.Join(t.TempDir(), "certificate.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	require.NoError(t, os.WriteFile(w.certificate, text, 0o600))
	return server
}

// greeter tells when the first word of a connection has come.
type greeter struct {
	net.Listener
	first func()
}

func (g *greeter) Accept() (net.Conn, error) {
	c, err := g.Listener.Accept()
	return &greeted{Conn: c, first: sync.OnceFunc(g.first)}, err
}

type greeted struct {
	net.Conn
	first func()
}

func (g *greeted) Read(p []byte) (int, error) {
	n, err := g.Conn.Read(p)
	g.first()
	return n, err
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
	p := command(append(args, "--config", w.config)...)
	if w.certificate != "" {
		p.setenv("SSL_CERT_FILE", w.certificate)
	}
	return p
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

// deskID is the id that a desk gives a person who has none of their own.
var deskID = regexp.MustCompile(`^[0-9a-f]+$`)

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
	fields := fmt.Sprintf("%s %s %s %s %s %q %q %v", desk, deskID.ReplaceAllString(t.Customer, "#"), t.State, t.Agent, t.Team, t.Tags, t.Title, t.Attributes)
	fmt.Fprintln(&b, idless.ReplaceAllString(fields, "#"))
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
