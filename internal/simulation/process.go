package simulation

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/memory"
)

// errDead is what the goroutines of a dead process get from everything that they still try.
var errDead = errors.New("the process is dead")

// Kind of a point: a place where a process can die.
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

// Point is a numbered place where a process can die.
type Point struct {
	N       int // from 1, counted from the last death, or from the beginning
	Kind    Kind
	Subject string // what was about to happen, or had happened; empty unless the plan records points
	Write   bool   // it changes a desk, or the store
}

func (p Point) String() string { return fmt.Sprintf("%d %s %s", p.N, p.Kind, p.Subject) }

// process is one life of the bridge on a host.
type process struct {
	world *World
	store *memory.Process

	ctx  context.Context // ends with the process
	end  context.CancelFunc
	dead chan struct{}
	once sync.Once
}

// begin starts a process on the present host.
func (w *World) begin() *process {
	w.mu.Lock()
	w.pids++
	pid := w.pids
	host := w.host
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
		p.leave()
		close(p.dead)
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

// point is a place where the process may die. It is called at moments that are nobody else's, so that the numbers are
// the same in every run.
func (p *process) point(kind Kind, write bool, subject func() string) error {
	if p.isDead() {
		return errDead
	}
	if p.world.dies(kind, write, subject) {
		p.world.trace.add("die", newDigest(string(kind)).sum(), 0, func() string { return string(kind) + " " + subject() })
		p.kill()
		return errDead
	}
	return nil
}

// dies counts a point and tells whether the process is to die there.
func (w *World) dies(kind Kind, write bool, subject func() string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.finishing {
		return false
	}
	w.counted++
	life := len(w.lives)
	if w.plan.RecordPoints && life == 0 {
		w.points = append(w.points, Point{N: w.counted, Kind: kind, Subject: subject(), Write: write})
	}
	die := life < len(w.plan.DieAt) && w.plan.DieAt[life] == w.counted
	if t := w.trap; t != nil && t.kind == kind && write {
		if t.left--; t.left == 0 {
			w.trap, die = nil, true
		}
	}
	if die {
		w.lives = append(w.lives, w.counted)
		w.counted = 0
	}
	return die
}

// nap waits for a moment, unless the process dies or the caller gives up before.
func (p *process) nap(ctx context.Context, until time.Time) error {
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
