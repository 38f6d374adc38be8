package simulation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/memory"
)

// errDead is what the goroutines of a dead process get from everything that they still try.
var errDead = errors.New("the process is dead")

// Kind of a point: a place where a process can die or be stopped.
type Kind string

const (
	// BeforeSend: an HTTP call never leaves.
	BeforeSend Kind = "before send"
	// AfterSend: the desk has done the work, the answer is on its way to nobody.
	AfterSend Kind = "after send"
	// AtAnswer: the answer has arrived, but is not handed over.
	AtAnswer Kind = "at answer"
	// HalfRead: half of the answer's body was read.
	HalfRead Kind = "half read"
	// BeforeStore: a command never reaches the store. On a parted disk each write of a commit has such a point.
	BeforeStore Kind = "before store"
	// AfterStore: the store has done the command, its answer reaches nobody.
	AfterStore Kind = "after store"
)

// Point is a numbered place where a process can die or be stopped.
type Point struct {
	Life    int // how many lives ended before it
	N       int // from 1, counted from the last death, or from the beginning
	Kind    Kind
	Subject string // what was about to happen, or had happened; empty unless the plan records points
	Write   bool   // it changes a desk, or the store
	// World is the same for points between which nothing has changed: no desk, no store, no write that is on its way, no
	// line of the script. A death at one of them leaves what a death at the other leaves, but for moments.
	World int
}

func (p Point) String() string { return fmt.Sprintf("%d %s %s", p.N, p.Kind, p.Subject) }

// DieAt is the plan's list that lets a life end here, and those before it as they would without.
func (p Point) DieAt() []int { return append(make([]int, p.Life, p.Life+1), p.N) }

// process is one life of the bridge on a host.
type process struct {
	world *World
	store *memory.Process

	ctx  context.Context // ends with the process
	end  context.CancelFunc
	dead chan struct{}
	once sync.Once
	req  engine.Request // of the pass that it makes
	sent atomic.Int64   // write calls that reached a desk, those that it throttled left out
	salt uint64         // of its draws, so that they are no other's when two processes do the same at one moment

	// guarded by the world
	paused pause
	stood  time.Duration // how long it was stopped so far
	leased bool          // it had the lease of the run once
	until  time.Time     // when that lease runs out
}

// here is the host on which processes start at present.
func (w *World) here() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.host
}

// begin starts a process on a host.
func (w *World) begin(host string) *process {
	w.mu.Lock()
	w.pids++
	pid := w.pids
	w.living[pid] = true
	w.mu.Unlock()
	p := &process{world: w, dead: make(chan struct{})}
	p.ctx, p.end = context.WithCancel(context.Background())
	p.store = &memory.Process{Host: host, PID: pid, Started: int64(pid), Before: p.beforeStore, Gone: func(h state.Holder) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return !w.living[h.PID]
	}}
	return p
}

// leave is the orderly end of a process.
func (p *process) leave() {
	p.end()
	p.world.mu.Lock()
	delete(p.world.living, p.store.PID)
	p.world.mu.Unlock()
}

// kill ends the process at this moment: whatever it still tries fails, and reaches nobody.
func (p *process) kill() {
	p.once.Do(func() {
		close(p.dead) // first: who is woken by the end of the context must find the process dead
		p.leave()
	})
}

func (p *process) isDead() bool {
	select {
	case <-p.dead:
		return true
	default:
		return false
	}
}

// point is a place where the process may die, or be stopped for a while. It is called at moments that are nobody
// else's, so that the numbers are the same in every run.
func (p *process) point(kind Kind, write bool, subject func() string) error {
	if p.isDead() {
		return errDead
	}
	name := func() string { return string(kind) + " " + subject() }
	switch die, stop := p.world.strikes(kind, write, subject); {
	case die:
		p.world.trace.add("die", newDigest(string(kind)).sum(), 0, name)
		p.kill()
		return errDead
	case stop > 0:
		p.world.trace.add("stop", newDigest(string(kind)).number(int64(stop)).sum(), 0, name)
		p.stop(stop)
	}
	return p.hold()
}

// strikes counts a point and tells whether the process is to die there, or for how long it is to be stopped.
func (w *World) strikes(kind Kind, write bool, subject func() string) (die bool, stop time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.finishing {
		return false, 0
	}
	w.counted++
	w.passed++
	life := len(w.lives)
	if w.plan.RecordPoints {
		w.points = append(w.points, Point{Life: life, N: w.counted, Kind: kind, Subject: subject(), Write: write, World: w.changes})
	}
	die = life < len(w.plan.DieAt) && w.plan.DieAt[life] == w.counted
	if slices.Contains(w.plan.StopAt, w.passed) {
		stop = w.plan.stopFor()
	}
	w.traps = slices.DeleteFunc(w.traps, func(t *trap) bool {
		if t.kind != kind || !write {
			return false
		}
		if t.left--; t.left == 0 {
			die, stop = die || t.stop == 0, max(stop, t.stop)
		}
		return t.left == 0
	})
	if die {
		w.lives = append(w.lives, w.counted)
		w.counted = 0
	}
	return die, stop
}

// nap waits for a moment, unless the process dies or the caller gives up before. A stopped process waits until it goes
// on.
func (p *process) nap(ctx context.Context, until time.Time) error {
	if err := p.sleep(ctx, until); err != nil {
		return err
	}
	return p.hold()
}

// draw is the number that this occurrence of something in the process draws.
func (p *process) draw(d digest) uint64 { return p.world.pace.draw(d.sum() ^ p.salt) }

// inTurn is draw for what several workers may do at the same moment, when a pause ends that the client makes for all of them:
// who of them draws first is told by the calls of the engine, not by the processors.
func (p *process) inTurn(ctx context.Context, d digest) uint64 {
	what, now := d.sum()^p.salt, time.Now()
	mine := p.world.pace.queue(what, callerOf(ctx))
	_ = p.sleep(ctx, now.Add(1)) // until all are in the queue; who may not go on learns so from the next step
	return p.world.pace.turn(what, mine)
}

// sleep waits for a moment, unless the process dies or the caller gives up before.
func (p *process) sleep(ctx context.Context, until time.Time) error {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-timer.C:
		if p.isDead() { // another goroutine's point, at the moment before this one
			return errDead
		}
		return nil
	case <-p.dead:
		return errDead
	case <-ctx.Done():
		if p.isDead() {
			return errDead
		}
		return ctx.Err()
	}
}
