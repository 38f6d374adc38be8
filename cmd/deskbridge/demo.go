package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/mapping"
)

func (a *app) demo() *cobra.Command {
	var conversations int
	var seed uint64
	c := a.command("demo", "See it work: two stand-in desks, three passes, no account needed", `
Starts two stand-in desks on this machine, fills them with made-up conversations, carries them over both ways, lets live
messages happen on both sides, carries those over, and shows that a third pass has nothing left to write. It needs no
account, no configuration and no network, and leaves nothing behind.`, `  0    every promise was kept
  1    failed: the stand-in desks or the store could not be started
  3    a promise was broken; the reason is in the last line
  4    the command line is wrong
  130  stopped by a signal, after the writes in hand`, func(ctx context.Context, _ []string) error {
		if conversations < 1 {
			return &usageError{fmt.Errorf("--conversations %d is less than 1", conversations)}
		}
		dir, err := os.MkdirTemp("", "deskbridge-demo-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if a.level == "" {
			a.setLogger(a.log.Level(zerolog.WarnLevel)) // the story is told on stdout
		}
		d := &demonstration{app: a, dir: dir, start: time.Now().Add(-6 * time.Hour).UTC().Truncate(time.Second)}
		defer d.servers.close()
		if err := d.prepare(ctx, conversations, seed); err != nil {
			return err
		}
		defer d.bridge.close()
		return d.play(ctx, conversations, seed)
	})
	c.Flags().IntVar(&conversations, "conversations", 24, "make up `N` conversations")
	c.Flags().Uint64Var(&seed, "seed", 1, "the same `N` makes up the same conversations")
	return c
}

// demonstration is both desks, the bridge between them, and what has happened so far.
type demonstration struct {
	*app
	dir      string
	start    time.Time
	log      *sandbox.Log
	dashly   *sandbox.DashlyDesk
	intercom *sandbox.IntercomDesk
	servers  servers
	bridge   *bridge
	threads  map[string]map[string]sandbox.Thread // at the end, by desk and id
	twins    map[string]mapping.Ref               // at the end, by "desk:id"
}

func (d *demonstration) watched(desk string, h http.Handler) http.Handler {
	if d.Watch == nil {
		return h
	}
	return d.Watch(desk, h)
}

// demoConfig is what a user would write. The desks are on this machine and answer at once, hence the short settle.
const demoConfig = `version: 1
name: demo
dashly: {base_url: "${DASHLY_URL}", token: demo-dashly, max_rate: 1000, settle: 1s}
intercom: {base_url: "${INTERCOM_URL}", token: demo-intercom, settle: 1s}
state: {url: "file:deskbridge.db"}
sync: {start: "${START}"}
history: {include: all, automation_off: true}
agents: {fallback: {dashly: default_admin, intercom: "${INTERCOM_AGENT}"}}
`

// intercomAgent is Jane, who works at every stand-in Intercom desk.
const intercomAgent = "25"

// prepare starts the desks over real HTTP, fills them, and puts the bridge together.
func (d *demonstration) prepare(ctx context.Context, conversations int, seed uint64) error {
	d.log = &sandbox.Log{}
	d.dashly, d.intercom = sandbox.NewPair(sandbox.Options{Log: d.log})
	sandbox.Seed(d.dashly, d.intercom, conversations, seed, d.start)
	d.log.Reset()
	env := map[string]string{"START": d.start.Format(time.RFC3339), "INTERCOM_AGENT": intercomAgent}
	var err error
	if env["DASHLY_URL"], err = d.servers.start("127.0.0.1:0", d.watched("dashly", d.dashly)); err != nil {
		return err
	}
	if env["INTERCOM_URL"], err = d.servers.start("127.0.0.1:0", d.watched("intercom", d.intercom)); err != nil {
		return err
	}
	file := filepath.Join(d.dir, "deskbridge.yaml")
	if err := os.WriteFile(file, []byte(demoConfig), 0o600); err != nil {
		return err
	}
	cfg, err := config.Load(file, func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	if err != nil {
		return err
	}
	d.bridge, err = open(ctx, cfg, writing, d.app.log)
	return err
}

// play makes the three passes and checks the promises.
func (d *demonstration) play(ctx context.Context, conversations int, seed uint64) error {
	d.say("Two stand-in desks with %d conversations; entries before %s are history.\n", conversations, d.start.Format("15:04 MST"))
	for _, act := range []struct{ name, says string }{
		{"first", "First pass: everything, both ways"},
		{"live", "Second pass: customers and agents have written on both desks meanwhile"},
		{"idle", "Third pass: nothing has happened since"},
	} {
		if act.name == "live" {
			sandbox.Live(d.dashly, d.intercom, max(4, conversations/2), seed+1, time.Now())
		}
		d.say("%s …", act.says)
		// A sweep finds what moves no clock on its desk: at Dashly, a note (U41 of dashly-api.md).
		r := d.bridge.engine.Run(ctx, d.stop, engine.Request{Command: "demo", Sweep: act.name != "first"})
		d.report.Passes = append(d.report.Passes, report.Pass{Name: act.name, Report: r})
		d.say(" %s\n", brief(r))
		if r.Status == report.Stopped {
			d.report.Conclude(report.Stopped, nil)
			return nil
		}
	}
	d.report.Run = d.report.Passes[0].Run
	for _, p := range d.report.Passes[:2] {
		d.report.Merge(p.Report)
	}
	if err := d.recall(ctx); err != nil {
		return err
	}
	d.show = d.tell
	d.report.Conclude(d.judge())
	return nil
}

// say tells the story as it goes, to people only.
func (d *demonstration) say(format string, args ...any) {
	if !d.json {
		fmt.Fprintf(d.Stdout, format, args...)
	}
}

func brief(r report.Report) string {
	read, written, calls := 0, 0, 0
	for _, direction := range r.Directions {
		read += direction.Entries.Read
		written += direction.Entries.Written
	}
	for _, c := range r.APICalls {
		calls += c.Read + c.Write
	}
	return fmt.Sprintf("%d entries read, %d written, %d calls, %.1f s", read, written, calls, r.DurationS)
}

// tell prints the end of the story.
func (d *demonstration) tell(w io.Writer) error {
	if err := d.sideBySide(w); err != nil {
		return err
	}
	return d.report.WriteTable(w)
}
