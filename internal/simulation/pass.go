package simulation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/schedule"
	"github.com/deskbridge/deskbridge/sources"
	"github.com/deskbridge/deskbridge/state"
)

// PassReport is what one pass told. Died tells that the process did not live to its end: nobody has seen the report.
type PassReport struct {
	report.Report
	Died bool
	// Sent is how many write calls of the process have reached a desk, in all its passes.
	Sent int
}

// Pass starts a process that makes one pass, as cron does with sync.
func (w *World) Pass(req engine.Request) (PassReport, error) {
	if w.settings.elsewhere {
		w.Move()
	}
	p := w.begin(w.here())
	defer p.leave()
	e, err := w.build(p)
	if err != nil {
		return PassReport{}, err
	}
	rep, err := w.run(p, e, make(chan struct{}), req)
	return rep, errors.Join(err, w.await())
}

// run makes one pass of a living process and examines its report.
func (w *World) run(p *process, e *engine.Engine, stop <-chan struct{}, req engine.Request) (PassReport, error) {
	if req.Command == "" {
		req.Command = "sync"
	}
	p.req = req
	rep := PassReport{Report: e.Run(p.ctx, stop, req)}
	rep.Sent = int(p.sent.Load())
	if rep.Died = p.isDead(); rep.Died {
		rep.Report = report.Report{Command: req.Command}
	}
	w.mu.Lock()
	w.reports = append(w.reports, rep)
	w.mu.Unlock()
	w.trace.add("pass", newDigest(req.Command).sum(), newDigest(string(rep.Status)).number(int64(rep.Visible.Live)).sum(), func() string {
		why := ""
		if rep.Error != nil {
			why = rep.Error.Code + " " + rep.Error.Message
		}
		return fmt.Sprintf("%s: %s, died %v %s", req.Command, rep.Status, rep.Died, why)
	})
	return rep, examine(rep.Report)
}

// examine is what must hold of every report.
func examine(rep report.Report) error {
	for name, d := range rep.Directions {
		if !d.Entries.Balanced() {
			return fmt.Errorf("the report does not account for every entry: %s %+v", name, d.Entries)
		}
	}
	if rep.Visible.History != 0 {
		return fmt.Errorf("%d historic entries were delivered to customers", rep.Visible.History)
	}
	return nil
}

// gaveUp is why one of some passes will not come to a better end the next time; nil when none says so.
func gaveUp(passes []PassReport) *report.Failure {
	for _, rep := range passes {
		if rep.Status == report.Config || rep.Status == report.Locked && !taken(rep) {
			return rep.Error
		}
	}
	return nil
}

// lockedPause is how long one waits who has found the lease taken.
const lockedPause = 5 * time.Second

// patience is how many passes may be needed until nothing is open.
const patience = 40

// Sync makes passes, as cron would, until one ends with nothing open: a dead process is started anew, an unfinished pass
// is followed by the next one. Parked conversations are only accepted when they are expected.
func (w *World) Sync(req engine.Request, parked bool) error {
	return w.own(w.sync(req, parked))
}

func (w *World) sync(req engine.Request, parked bool) error {
	var last PassReport
	begun := len(w.reports)
	for range patience {
		rep, err := w.Pass(req)
		if err != nil {
			return err
		}
		last = rep
		if why := gaveUp(w.reports[begun:]); why != nil {
			return fmt.Errorf("the bridge gave up: %+v", why)
		}
		switch {
		case rep.Died:
			w.Sleep(w.settings.restart)
		case rep.Status == report.Done, parked && rep.Status == report.Parked:
			return nil
		case taken(rep):
			w.Sleep(lockedPause)
		default:
			w.Sleep(w.settings.restartOnError)
		}
	}
	return fmt.Errorf("no pass came to an end: %s, %+v, %s", last.Status, last.Error, w.open())
}

// open lists what is on the agenda, for messages.
func (w *World) open() string {
	items, err := w.remembered().Agenda(context.Background())
	return fmt.Sprintf("agenda %+v %v", items, err)
}

// Idle makes n passes that must not write to any desk. What is parked is tried again when its time has come, in a pass
// that is not idle then.
func (w *World) Idle(n int) error {
	for range n {
		before := w.written()
		items, err := w.Agenda()
		if err != nil {
			return err
		}
		if slices.ContainsFunc(items, func(it state.Item) bool { return it.Parked && !it.RetryAt.After(time.Now()) }) {
			if err := w.Sync(engine.Request{Command: "sync"}, true); err != nil {
				return err
			}
			before = w.written()
		}
		if err := w.Sync(engine.Request{Command: "sync"}, true); err != nil {
			return err
		}
		if now := w.written(); now != before {
			return w.own(fmt.Errorf("an idle pass made %d write calls: %v", now-before, w.lastWrites(now-before)))
		}
	}
	return nil
}

// Audit is a dry run over all conversations: it must find nothing to write and every entry accounted for. What it would
// write into parked conversations is on the agenda, waits, and counts as parked.
func (w *World) Audit() (report.Report, error) {
	p := w.begin(w.here())
	defer p.leave()
	e, err := w.build(p)
	if err != nil {
		return report.Report{}, err
	}
	rep, err := w.run(p, e, make(chan struct{}), engine.Request{Command: "plan", DryRun: true, Window: &sources.Window{}})
	if err != nil {
		return rep.Report, err
	}
	aside, err := w.setAside()
	if err != nil {
		return rep.Report, err
	}
	parked, open := 0, map[string]bool{}
	for _, d := range rep.Directions {
		if d.Entries.Pending > 0 {
			return rep.Report, fmt.Errorf("%d entries are pending in the end: %+v, to write %+v", d.Entries.Pending, *d, rep.Operations)
		}
		parked += d.Entries.Parked
	}
	for _, op := range rep.Operations {
		if !aside[op.Pair] {
			return rep.Report, fmt.Errorf("in the end there is still something to write: %+v", rep.Operations)
		}
		for _, id := range op.Entries {
			open[op.Desk+" "+id] = true
		}
	}
	if parked != len(open) {
		return rep.Report, fmt.Errorf("%d entries are parked in the end, %d would be written: %+v", parked, len(open), rep.Directions)
	}
	return rep.Report, nil
}

// setAside are the pairs that are parked.
func (w *World) setAside() (map[string]bool, error) {
	items, err := w.Agenda()
	aside := map[string]bool{}
	for _, it := range items {
		if it.Parked {
			aside[string(it.Pair)] = true
		}
	}
	return aside, err
}

// offBeat keeps the end of a daemon from falling on a moment of its schedule, which is a whole second: it would be open
// which comes first.
const offBeat = time.Millisecond

// Serve runs the daemon, with the times of its schedule, for a while. A daemon that dies is started anew, as its
// supervisor would. While it is stopped its time does not run.
func (w *World) Serve(d time.Duration) error { return w.own(w.serve(d)) }

func (w *World) serve(d time.Duration) error {
	for until := time.Now().Add(d + offBeat); time.Now().Before(until); w.Sleep(w.settings.restart) {
		died, stood, err := w.daemon(until)
		if err != nil || !died && stood == 0 {
			return err
		}
		until = until.Add(stood + w.settings.restart)
	}
	return nil
}

// daemon is one life of the program's serve (cmd/deskbridge, serve.go).
func (w *World) daemon(until time.Time) (died bool, stood time.Duration, err error) {
	p := w.begin(w.here())
	defer p.leave()
	e, err := w.build(p)
	if err != nil {
		return false, 0, err
	}
	ctx, cancel := context.WithDeadline(p.ctx, until)
	defer cancel()
	stop := make(chan struct{})
	defer context.AfterFunc(ctx, func() { close(stop) })()
	turn := make(chan struct{}, 1)
	var wrong error // written by who has the turn
	pass := func(req engine.Request) {
		select {
		case turn <- struct{}{}:
		case <-ctx.Done():
			return
		}
		defer func() { <-turn }()
		if ctx.Err() != nil {
			return
		}
		rep, err := w.run(p, e, stop, req)
		if why := gaveUp([]PassReport{rep}); why != nil {
			err = errors.Join(err, fmt.Errorf("the daemon gave up: %+v", why))
		}
		if wrong = errors.Join(wrong, err); wrong != nil {
			cancel()
		}
	}
	jobs := []schedule.Job{{Name: "sync", Spec: w.settings.schedule, Do: func(context.Context) { pass(engine.Request{Command: "serve"}) }}}
	if w.settings.sweep != "off" {
		jobs = append(jobs, schedule.Job{Name: "sweep", Spec: w.settings.sweep, Do: func(context.Context) { pass(engine.Request{Command: "serve", Sweep: true}) }})
	}
	jobs[0].Do(ctx)
	err = schedule.Run(ctx, time.UTC, zerolog.Nop(), jobs...)
	return p.isDead(), p.stood, errors.Join(err, wrong, w.await())
}
