package simulation

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// How long a command takes on its way to the store. The spread is wide against a nanosecond.
const (
	storeTime   = 40 * time.Microsecond
	storeSpread = time.Millisecond
)

// ErrStoreDown is what a store that is down says.
var ErrStoreDown = errors.New("the store cannot be reached")

// beforeStore is called before each command, and before each write of a commit that is made of several.
func (p *process) beforeStore(ctx context.Context, doing string) error {
	if p.isDead() {
		return errDead
	}
	w := p.world
	what := newDigest("store").text(doing)
	write := isStoreWrite(doing)
	name := func() string { return doing }
	draw := p.draw(what)
	if err := p.nap(ctx, w.pace.moment(time.Now(), draw, storeTime, storeSpread)); err != nil {
		return err
	}
	if err := p.point(BeforeStore, write, name); err != nil {
		return err
	}
	fault := w.storeFault(StoreCall{Doing: doing, Write: write})
	if fault.Slow > 0 {
		if err := p.nap(ctx, w.pace.moment(time.Now(), mix(draw), fault.Slow, storeSpread)); err != nil {
			return err
		}
	}
	if fault.Down {
		w.trace.add("store down", what.sum(), 0, name)
		return ErrStoreDown
	}
	w.trace.add("store", what.sum(), 0, name)
	if write {
		w.change()
	}
	return nil
}

// isStoreWrite tells it by the first word of what the memory store says that it is doing.
func isStoreWrite(doing string) bool {
	verb, _, _ := strings.Cut(doing, " ")
	switch verb {
	case "commit":
		return !strings.HasSuffix(doing, ": its item") && !strings.HasSuffix(doing, ": its lease")
	case "put":
		return !strings.HasSuffix(doing, ": its lease")
	case "take", "renew", "give", "reschedule", "forget":
		return true
	}
	return false
}

// watched is the store as a process uses it, with the points after each command.
type watched struct {
	state.Store
	p *process
}

// after is the point after a command, and puts the outcome into the trace.
func (s watched) after(doing, subject string, write bool, outcome digest, err error) error {
	if errors.Is(err, errDead) {
		return errDead
	}
	if err != nil {
		outcome = outcome.text("failed")
	}
	name := func() string { return doing + " " + subject }
	s.p.world.trace.add(doing, newDigest(subject).sum(), outcome.sum(), name)
	if died := s.p.point(AfterStore, write, name); died != nil {
		return died
	}
	if err == nil && s.p.world.storeFault(StoreCall{Doing: doing + " " + subject, Write: write, Done: true}).Down {
		return ErrStoreDown
	}
	return err
}

func (s watched) Acquire(ctx context.Context, name string, ttl time.Duration) (state.Lease, error) {
	l, err := s.Store.Acquire(ctx, name, ttl)
	if err == nil {
		s.p.holds(l)
	}
	return l, s.after("acquire", name, true, newDigest("").number(l.Fence), err)
}

func (s watched) Renew(ctx context.Context, l state.Lease) (state.Lease, error) {
	if err := ctx.Err(); err != nil { // whoever finds the time come and the end alike may try, or not
		return l, err
	}
	next, err := s.Store.Renew(ctx, l)
	if err == nil {
		s.p.holds(next)
	}
	return next, s.after("renew", l.Name, true, newDigest("").number(next.Fence), err)
}

func (s watched) Release(ctx context.Context, l state.Lease) error {
	s.p.holds(state.Lease{Name: l.Name})
	err := s.Store.Release(ctx, l)
	return s.after("release", l.Name, true, newDigest(""), err)
}

func (s watched) Load(ctx context.Context, p state.Pair) (state.Records, error) {
	r, err := s.Store.Load(ctx, p)
	return r, s.after("load", string(p), false, newDigest("").number(int64(len(r))), err)
}

func (s watched) Commit(ctx context.Context, l state.Lease, p state.Pair, c state.Change) error {
	var sum uint64 // of a map: the order must not count
	for k, v := range c.Put {
		sum += newDigest("put").text(k).bytes(v).sum()
	}
	for _, k := range c.Del {
		sum += newDigest("del").text(k).sum()
	}
	err := s.Store.Commit(ctx, l, p, c)
	return s.after("commit", string(p), true, newDigest("").number(int64(sum)), err)
}

func (s watched) Resolve(ctx context.Context, r mapping.Ref) (state.Pair, bool, error) {
	p, ok, err := s.Store.Resolve(ctx, r)
	return p, ok, s.after("resolve", r.String(), false, newDigest(string(p)), err)
}

func (s watched) Agenda(ctx context.Context) ([]state.Item, error) {
	items, err := s.Store.Agenda(ctx)
	return items, s.after("agenda", "", false, newDigest("").number(int64(len(items))), err)
}

func (s watched) Reschedule(ctx context.Context, p state.Pair, at time.Time) (bool, error) {
	ok, err := s.Store.Reschedule(ctx, p, at)
	return ok, s.after("reschedule", string(p), true, newDigest(""), err)
}

func (s watched) Forget(ctx context.Context, l state.Lease) error {
	err := s.Store.Forget(ctx, l)
	return s.after("forget", l.Name, true, newDigest(""), err)
}

func (s watched) Pairs(ctx context.Context, yield func(state.Pair) error) error {
	if err := s.Store.Pairs(ctx, yield); err != nil {
		return err
	}
	return s.after("pairs", "", false, newDigest(""), nil)
}

func (s watched) Get(ctx context.Context, key string) ([]byte, bool, error) {
	v, ok, err := s.Store.Get(ctx, key)
	return v, ok, s.after("get", key, false, newDigest("").number(int64(len(v))), err)
}

func (s watched) Put(ctx context.Context, l state.Lease, key string, v []byte) error {
	outcome := newDigest("")
	if !strings.HasPrefix(key, engine.KeyRun) { // a report has the random id of its run
		outcome = outcome.bytes(v)
	}
	err := s.Store.Put(ctx, l, key, v)
	return s.after("put", key, true, outcome, err)
}

func (s watched) List(ctx context.Context, prefix string, yield func(key string, value []byte) error) error {
	if err := s.Store.List(ctx, prefix, yield); err != nil {
		return err
	}
	return s.after("list", prefix, false, newDigest(""), nil)
}
