package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/schedule"
)

func (a *app) serve() *cobra.Command {
	return a.command("serve", "Run sync and the sweep on their schedules until told to end", `
The daemon: one pass at once, then passes at the times of sync.schedule and a sweep at those of sync.sweep, in the zone
sync.timezone. One pass runs at a time; a pass that finds the lease held leaves it to the other process and tries again at
its next time. The first SIGINT, SIGTERM or SIGHUP ends it after the writes in hand, the second at once. Under nohup SIGHUP
is ignored.`, `  0    ended by a signal, after the writes in hand
  1    failed: the store cannot be opened, or its file was removed or replaced since
  5    a second bridge with another store writes to the same two desks
  4    the configuration or the command line is wrong, or the store belongs to another account
  130  a second signal came before the writes in hand were finished`, func(ctx context.Context, _ []string) error {
		cfg, err := a.configure()
		if err != nil {
			return err
		}
		opening, cancel := a.untilStop(ctx)
		defer cancel()
		b, err := open(opening, cfg, writing, a.log)
		if err != nil {
			return err
		}
		defer b.close()
		d := &daemon{app: a, engine: b.engine, turn: make(chan struct{}, 1)}
		return d.run(opening, ctx, cfg.Sync)
	})
}

// daemon makes passes, one at a time.
type daemon struct {
	*app
	engine *engine.Engine
	turn   chan struct{} // full while a pass is at work
	end    context.CancelFunc
	fatal  *failure // a pass found that no later one can work
	idle   bool     // another process held the lease at the last pass
}

// run ends with until; a pass in hand has the longer context ctx and is asked to stop.
func (d *daemon) run(until, ctx context.Context, s config.Sync) error {
	until, d.end = context.WithCancel(until)
	defer d.end()
	jobs := []schedule.Job{{Name: "sync", Spec: s.Schedule, Do: func(context.Context) { d.pass(until, ctx, engine.Request{Command: "serve"}) }}}
	if s.Sweep != config.Off {
		jobs = append(jobs, schedule.Job{Name: "sweep", Spec: s.Sweep, Do: func(context.Context) {
			d.pass(until, ctx, engine.Request{Command: "serve", Sweep: true})
		}})
	}
	jobs[0].Do(until)
	if err := schedule.Run(until, s.Location(), d.log, jobs...); err != nil {
		return err
	}
	if d.fatal != nil {
		return d.fatal
	}
	d.report.Ended()
	return nil
}

// pass waits for its turn, makes one pass and adds its counts to the daemon's report.
func (d *daemon) pass(until, ctx context.Context, req engine.Request) {
	select {
	case d.turn <- struct{}{}:
	case <-until.Done():
		return
	}
	defer func() { <-d.turn }()
	if until.Err() != nil {
		return
	}
	r := d.engine.Run(ctx, d.stop, req)
	d.report.Merge(r)
	d.standby(r)
	e := d.log.Info()
	switch {
	case r.Status == report.Config || r.Error != nil && (r.Error.Code == engine.SecondBridge || r.Error.Code == engine.StoreReplaced):
		d.fatal = &failure{r.Status, *r.Error}
		d.end()
		return
	case r.Status == report.Locked:
		e = d.log.Debug()
	case r.Status == report.Failed || r.Status == report.Incomplete:
		e = d.log.Warn()
	}
	if r.Error != nil {
		e = e.Str("error", r.Error.Message)
	}
	written := 0
	for _, direction := range r.Directions {
		written += direction.Entries.Written
	}
	e.Str("run", r.Run).Bool("sweep", req.Sweep).Str("status", string(r.Status)).Int("written", written).Float64("duration_s", r.DurationS).Msg("pass ended")
}

// standby says so when the daemon begins to leave the work to another process, and when it takes it up.
func (d *daemon) standby(r report.Report) {
	idle := r.Error != nil && r.Error.Code == "locked"
	if idle == d.idle {
		return
	}
	d.idle = idle
	if idle {
		d.log.Info().Str("error", r.Error.Message).Msg("standing by: another process is at work, and each pass tries again")
		return
	}
	d.log.Info().Msg("no longer standing by: the other process has given the lease back, or is gone")
}
