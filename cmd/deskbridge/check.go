package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state/sqlite"
)

func (a *app) check() *cobra.Command {
	probes := false
	c := a.command("check", "Look at configuration, tokens, accounts and agents before the first run", `
Reads the configuration, calls both desks, compares the accounts with those that the store belongs to, looks for agents
without a counterpart and for teams and channels of the map that do not exist, lists the automation to switch off by hand, and counts the messages that the next sync would
deliver to customers. Nothing is written, neither to a desk nor to the store; where the file of the store is not there yet,
an empty one beside its place, removed at once, tells whether it can be made.

With --probe it also asks each desk, by 20 reads at most, how it reads what its documents leave open: one line a
question, with the answer and what it means, or "cannot be seen here" with what would be needed. That is no error.`, `  0    everything fits, or there are warnings only
  1    a desk or the store cannot be reached, or does not accept the token
  4    the configuration or the command line is wrong, or does not fit the accounts
  130  stopped by a signal`, func(ctx context.Context, _ []string) error {
		cfg, err := a.configure()
		if err != nil {
			return err
		}
		ctx, cancel := a.untilStop(ctx)
		defer cancel()
		b, err := open(ctx, cfg, reading, a.log)
		if err != nil {
			return err
		}
		defer b.close()
		x := &examiner{bridge: b}
		x.examine(ctx, a.stop)
		if probes {
			x.probe(ctx)
		}
		if a.stopped() {
			return context.Canceled
		}
		a.report.Findings, a.report.APICalls = slices.Concat(x.findings, told(x.probed)), x.calls()
		a.show = func(w io.Writer) error { return errors.Join(showFindings(w, x.findings), showProbes(w, x.probed)) }
		a.report.Conclude(x.verdict())
		return nil
	})
	c.Flags().BoolVar(&probes, "probe", false, "also ask the desks, by a few reads, how they behave where their documents are silent")
	return c
}

// examiner collects what check finds.
type examiner struct {
	*bridge
	findings []report.Finding
	probed   []probed
	hosts    [2]string // of the desks that answer
	teams    [2][]mapping.Person
	listed   [2]*listing               // their teams and channels; nil: not asked yet
	causes   map[string]report.Failure // by what a finding is about: codes and places other than its own
}

func (x *examiner) say(level report.Level, about, format string, args ...any) {
	x.findings = append(x.findings, report.Finding{Level: level, About: about, Message: fmt.Sprintf(format, args...)})
}

func (x *examiner) found(level report.Level) *report.Finding {
	for i := range x.findings {
		if x.findings[i].Level == level {
			return &x.findings[i]
		}
	}
	return nil
}

// verdict is the outcome: a configuration that does not fit counts more than a desk that cannot be reached.
func (x *examiner) verdict() (report.Status, *report.Failure) {
	if f := x.found(report.Wrong); f != nil {
		return report.Config, &report.Failure{Code: "config", Message: f.Message, Where: f.About}
	}
	if f := x.found(report.Down); f != nil {
		why := &report.Failure{Code: "unreachable", Message: f.Message, Where: f.About}
		if cause, ok := x.causes[f.About]; ok {
			why.Code, why.Where = cause.Code, cause.Where
		}
		return report.Failed, why
	}
	return report.Done, nil
}

func (x *examiner) examine(ctx context.Context, stop <-chan struct{}) {
	x.say(report.OK, "configuration", "%s can be read", x.cfg.Name)
	if !x.store.Durable(ctx) {
		x.say(report.Warning, "store", "the store may lose its last second when power fails: set appendonly yes and appendfsync always in Redis; until then a run that died makes the next one wait for settle")
	}
	x.start(ctx)
	for _, kind := range x.cfg.Kinds.Unnamed() {
		x.say(report.Warning, kind, "%s", neverMatches)
	}
	if n := workers(x.cfg); n < x.cfg.Sync.Workers {
		x.say(report.Warning, "sync.workers", "%s", fewerWorkers(n))
	}
	for i := range x.sides {
		x.desk(ctx, i)
	}
	x.directions()
	x.rules(ctx)
	x.texts()
	reached := x.found(report.Down) == nil
	x.place()
	if reached {
		x.agents(ctx)
		x.channels(ctx)
		x.properties(ctx)
		x.conversationAttributes(ctx)
		x.rehearse(ctx, stop)
	}
	for _, s := range x.sides {
		for _, line := range automation[s.Source.Desk()] {
			x.say(report.Info, string(s.Source.Desk())+" automation", "%s", line)
		}
	}
	if x.cfg.History.Include.Any() && !x.cfg.History.AutomationOff {
		x.say(report.Warning, "history", "history that needs a new conversation waits: switch the automation above off, then set history.automation_off: true")
	}
}

// place tells whether the first run can make the file of the store.
func (x *examiner) place() {
	if path, embedded := x.cfg.State.SQLite(); embedded {
		if err := sqlite.Creatable(path, x.cfg.Name); err != nil {
			x.say(report.Down, "store", "%v", err)
		}
	}
}

// start warns of a cut-over that was moved later, and of one to come.
func (x *examiner) start(ctx context.Context) {
	at := x.cfg.Sync.Start.Time
	if first, later, err := engine.StartMoved(ctx, x.store, at); err == nil && later {
		x.say(report.Warning, "sync.start", "it was %s when the bridge began: what was said between and is not carried yet counts as history now; put it back", first.UTC().Format(time.RFC3339))
	}
	if at.After(time.Now()) {
		x.say(report.Warning, "sync.start", "it is a time to come: until then everything is history, and nothing is delivered")
	}
}

// calls counts those of the clients and of the probes.
func (x *examiner) calls() map[string]*report.Calls {
	calls := map[string]*report.Calls{}
	for _, s := range x.sides {
		c := s.Meter.Count()
		calls[string(s.Source.Desk())] = &report.Calls{Read: c.Read, Write: c.Write, Throttled: c.Throttled}
	}
	for _, p := range x.probed {
		calls[string(p.desk)].Read += p.reads
		calls[string(p.desk)].Throttled += p.throttled
	}
	return calls
}

// desk asks a desk whom the token belongs to, and who works there.
func (x *examiner) desk(ctx context.Context, i int) {
	s := x.sides[i]
	desk := s.Source.Desk()
	about := string(desk) + " account"
	if u, err := url.Parse(x.address(desk)); err == nil && u.Scheme == "http" && !inside(u.Hostname()) {
		x.say(report.Warning, about, "the address is plain http: the token and everything else can be read on the way")
	}
	acc, err := s.Source.Account(ctx)
	if err != nil {
		x.down(desk, about, err)
		return
	}
	x.hosts[i] = acc.Host
	x.say(report.OK, about, "%s", strings.Join(strings.Fields(acc.ID+" "+acc.Name+" at "+acc.Host), " "))
	if x.teams[i], err = s.Source.Agents(ctx); err != nil {
		x.down(desk, string(desk)+" agents", err)
	}
}

// down says of a desk that it does not answer, or does not accept the token.
func (x *examiner) down(desk mapping.Desk, about string, err error) {
	what := "%v: check " + string(desk) + ".base_url and the network"
	if desk == config.Intercom {
		what = "%v: check intercom.region, or base_url, and the network"
	}
	if api.ClassOf(err) == api.Denied {
		what = "%v: the desk does not accept " + string(desk) + ".token, or the token lacks a right"
		if desk == config.Intercom {
			what += ", or is of another region than intercom.region"
		}
		x.cause(about, string(api.Denied), string(desk)+".token")
	}
	x.say(report.Down, about, what, err)
}

func (x *examiner) cause(about, code, where string) {
	if x.causes == nil {
		x.causes = map[string]report.Failure{}
	}
	x.causes[about] = report.Failure{Code: code, Where: where}
}

func (x *examiner) address(desk mapping.Desk) string {
	if desk == config.Dashly {
		return x.cfg.Dashly.BaseURL
	}
	return x.cfg.Intercom.BaseURL
}

// inside reports whether a host is this machine or has a private address. Of a name nobody knows where it leads.
func inside(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast()
}

// agents looks for the fallback agents and for agents without a counterpart. A desk that cannot list its team is known
// by what was read from it so far.
func (x *examiner) agents(ctx context.Context) {
	fixed := options(x.cfg, x.sides).AgentMap
	people := engine.NewPeople(fixed)
	for i, s := range x.sides {
		desk := s.Source.Desk()
		met := x.seen(ctx, desk)
		people.Recall(desk, met) // those who have left as well
		if x.teams[i] == nil {
			x.teams[i] = met
			continue
		}
		people.List(desk, x.teams[i])
		x.exists(desk, x.teams[i], s.Fallback, "agents.fallback."+string(desk))
		for n, same := range fixed {
			x.exists(desk, x.teams[i], same[desk], fmt.Sprintf("agents.map[%d].%s", n, desk))
		}
	}
	for i, s := range x.sides {
		other := x.sides[1-i].Source.Desk()
		var strangers []string
		for _, p := range x.teams[i] {
			if _, ok := people.Counterpart(s.Source.Desk(), p, other); !ok && p.Role == mapping.Agent {
				strangers = append(strangers, strings.TrimSpace(fmt.Sprintf("%s (%s)", p.NameForTeam(), p.ID)))
			}
		}
		about := string(s.Source.Desk()) + " agents"
		switch {
		case len(x.teams[i]) == 0:
			x.say(report.Info, about, "the desk lists no team: agents become known as their conversations are read")
		case len(strangers) == 0:
			x.say(report.OK, about, "every agent is known on %s, %d in all", other, len(x.teams[i]))
		case len(x.teams[1-i]) == 0:
			x.say(report.Info, about, "not in agents.map: %s; they are matched by e-mail or name once the agents of %s are known", strings.Join(strangers, ", "), other)
		default:
			x.say(report.Warning, about, "without a counterpart on %s, where the fallback agent writes for them: %s; add them to agents.map", other, strings.Join(strangers, ", "))
		}
	}
}

// exists looks for a configured agent in a team that is listed whole.
func (x *examiner) exists(desk mapping.Desk, team []mapping.Person, id mapping.PersonID, key string) {
	known := slices.ContainsFunc(team, func(p mapping.Person) bool { return p.ID == id })
	if id != "" && !known {
		x.say(report.Wrong, key, "%s has no agent %s: write the id of one who works there", desk, id)
	}
}

// seen gives the agents of a desk that runs have met so far.
func (x *examiner) seen(ctx context.Context, desk mapping.Desk) []mapping.Person {
	var team []mapping.Person
	err := x.store.List(ctx, "agent/"+string(desk)+"/", func(_ string, value []byte) error {
		var p mapping.Person
		if json.Unmarshal(value, &p) == nil {
			team = append(team, p)
		}
		return nil
	})
	if err != nil {
		x.say(report.Down, "store", "%v", err)
	}
	return team
}

// rehearse makes a dry run: it finds out whether the store belongs to these accounts, and whom the next sync would reach.
func (x *examiner) rehearse(ctx context.Context, stop <-chan struct{}) {
	r := x.engine.Run(ctx, stop, engine.Request{Command: "check", DryRun: true})
	switch {
	case r.Status == report.Config && r.Error != nil:
		x.say(report.Wrong, r.Error.Where, "%s", r.Error.Message)
		return
	case r.Error != nil:
		x.cause(r.Error.Where, r.Error.Code, r.Error.Where)
		x.say(report.Down, r.Error.Where, "%s", r.Error.Message)
		return
	}
	delivered := 0
	for _, o := range r.Operations {
		if o.Class == string(sinks.Delivered) {
			delivered++
		}
	}
	level := report.OK
	if delivered > 0 {
		level = report.Info
	}
	x.say(level, "next sync", "it would make %d writes; %d of them deliver a message to a customer (see deskbridge plan)", len(r.Operations), delivered)
}

// automation lists what a desk may do by itself when the bridge writes to it. It cannot be switched off over the APIs.
var automation = map[mapping.Desk][]string{
	config.Dashly: {
		"chat bots that start on a customer's message: a message that the bridge writes as the customer starts them too",
		"auto replies (outside of working hours, no operator online)",
		"triggered messages and e-mail campaigns whose condition is a conversation, a reply or a new lead",
		"rating requests after a conversation is closed",
		"integrations and webhooks that answer or assign by themselves",
	},
	config.Intercom: {
		"Fin and other bots that answer a customer's message: a message that the bridge writes as the customer starts them too",
		"Workflows that begin with a new conversation, a customer's message, a note, a tag or a change of state",
		"auto replies: office hours, expected reply time, away messages",
		"CSAT: the rating request after a conversation is closed",
		"assignment rules, balanced assignment and SLA rules, which move what the bridge has set",
	},
}

func showFindings(w io.Writer, findings []report.Finding) error {
	signs := map[report.Level]string{report.OK: "ok", report.Warning: "WARNING", report.Wrong: "WRONG", report.Down: "FAILED", report.Info: ""}
	var out strings.Builder
	about := ""
	for _, f := range findings {
		label := f.About
		if f.Level == report.Info && label == about {
			label = ""
		}
		about = f.About
		if f.Level == report.Info && strings.HasSuffix(f.About, " automation") && label != "" {
			fmt.Fprintf(&out, "\n%s, to be switched off by hand where the bridge writes:\n", f.About)
		}
		if strings.HasSuffix(f.About, " automation") {
			fmt.Fprintf(&out, "  - %s\n", f.Message)
			continue
		}
		fmt.Fprintf(&out, "%-8s %s: %s\n", signs[f.Level], f.About, f.Message)
	}
	_, err := io.WriteString(w, out.String())
	return err
}
