package simulation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/state"
)

// usualStop is longer than any lease and than settle: when the process goes on, all its work is done by another one.
const usualStop = 5 * time.Minute

func (p Plan) stopFor() time.Duration { return cmp.Or(p.StopFor, usualStop) }

// resumeSpread is the time within which the goroutines of a process that goes on do so.
const resumeSpread = time.Millisecond

// pause is a time in which a process does not run, as after SIGSTOP or on a machine that is suspended.
type pause struct{ from, until time.Time }

// stop lets the process stand still for a while. Each of its goroutines stays where it comes to next: at a call, at a
// command to the store. Another host does the same work meanwhile, as soon as the lease lets it.
func (p *process) stop(d time.Duration) {
	w, now := p.world, time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !now.Before(p.paused.until) {
		p.paused.from = now
	}
	if until := now.Add(d); until.After(p.paused.until) {
		p.stood += until.Sub(later(now, p.paused.until))
		p.paused.until = until
	}
	req := p.req
	w.successors.Go(func() {
		if err := w.succeed(req); err != nil {
			w.mu.Lock()
			w.wrong = append(w.wrong, fmt.Errorf("the successor of a stopped process: %w", err))
			w.mu.Unlock()
		}
	})
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// pausing gives the present pause; false while the process runs.
func (p *process) pausing() (pause, bool) {
	p.world.mu.Lock()
	defer p.world.mu.Unlock()
	return p.paused, time.Now().Before(p.paused.until)
}

// hold keeps a goroutine of a stopped process where it is, at a moment that is nobody else's. Nothing wakes it before
// the process goes on, and then it has a moment of its own.
func (p *process) hold() error {
	for {
		now, stopped := p.pausing()
		if !stopped {
			return nil
		}
		if err := p.sleep(context.Background(), p.world.pace.moment(now.until, p.draw(newDigest("go on")), 0, resumeSpread)); err != nil {
			return err
		}
	}
}

// succeed makes one pass on another host. Like cron there, it tries until the lease is free.
func (w *World) succeed(req engine.Request) error {
	w.mu.Lock()
	host := fmt.Sprintf("other-%d", w.pids+1)
	w.mu.Unlock()
	for began := time.Now(); time.Since(began) < 24*time.Hour; w.Sleep(lockedPause) {
		p := w.begin(host)
		p.salt = mix(uint64(p.store.PID))
		e, err := w.build(p)
		if err != nil {
			return err
		}
		rep, err := w.run(p, e, make(chan struct{}), req)
		p.leave()
		if err != nil || !taken(rep) {
			return err
		}
	}
	return errors.New("the lease was not free for a day")
}

// taken tells that another process held the lease, or has taken it over.
func taken(rep PassReport) bool {
	return rep.Status == report.Locked && rep.Error.Code != engine.SecondBridge
}

// await waits for the processes that took over from stopped ones, and tells what went wrong there.
func (w *World) await() error {
	w.successors.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	err := errors.Join(w.wrong...)
	w.wrong = nil
	return err
}

// holds notes until when the process has the lease of the run, by its own reckoning: a lease that was given back or
// not renewed is one that has run out.
func (p *process) holds(l state.Lease) {
	if l.Name != engine.RunLease {
		return
	}
	p.world.mu.Lock()
	defer p.world.mu.Unlock()
	p.leased, p.until = true, l.Expires
}

// leaves is called when a call leaves. Whoever once had the lease of the run begins no call without it.
func (p *process) leaves(c *parcel) {
	p.world.mu.Lock()
	defer p.world.mu.Unlock()
	if over := time.Since(p.until); p.leased && over >= 0 {
		p.world.wrong = append(p.world.wrong, fmt.Errorf("%s left %s after the lease of its process had run out", c.name(), over))
	}
}

// line stands for the connection that a call gets: a client may close it, so that nothing leaves on it.
type line struct{ net.Conn }

// Close implements net.Conn.
func (line) Close() error { return nil }
