package simulation

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/memory"
)

// command is a row of the table of what happens to the bridge and its surroundings.
type command struct {
	form string
	read func(got words) (func(w *World) error, error)
}

func (c command) pattern() pattern { return newPattern(c.form) }

// plain is a command that needs no reading.
func plain(do func(w *World, got words) error) func(words) (func(*World) error, error) {
	return func(got words) (func(*World) error, error) { return func(w *World) error { return do(w, got) }, nil }
}

// knobOf is a command that turns a knob of a desk.
func knobOf(desk mapping.Desk, name, value string) (func(*World) error, error) {
	k, err := newKnob(string(desk), name, value)
	return func(w *World) error { return w.turn(k) }, err
}

// commands are all lines of a script that are no acts and no expectations.
var commands = []command{
	{"wait SPAN", plain(func(w *World, got words) error { w.Sleep(got.span(0)); return nil })},
	{"sync", plain(func(w *World, _ words) error { return w.Sync(engine.Request{Command: "sync"}, false) })},
	{"sync leaves parked", plain(func(w *World, _ words) error { return w.Sync(engine.Request{Command: "sync"}, true) })},
	{"sweep", plain(func(w *World, _ words) error { return w.Sync(engine.Request{Command: "sync", Sweep: true}, false) })},
	{"sync of at most NUMBER writes", plain(func(w *World, got words) error { return w.bounded(got.number(0)) })},
	{"sync stops for a second bridge", plain(func(w *World, _ words) error { return w.stopped() })},
	{"backfill", plain(func(w *World, _ words) error {
		return w.Sync(engine.Request{Command: "backfill", Window: &sources.Window{}}, false)
	})},
	{"rebuild", plain(func(w *World, _ words) error { return w.rebuild() })},
	{"one pass of a rebuild", plain(func(w *World, _ words) error {
		_, err := w.Pass(engine.Request{Command: "state rebuild", Rebuild: true, Window: &sources.Window{}})
		return err
	})},
	{"one pass of at most NUMBER writes", plain(func(w *World, got words) error {
		return w.single(engine.Request{Command: "sync", MaxWrites: got.number(0)})
	})},
	{"one pass", plain(func(w *World, _ words) error { return w.single(engine.Request{Command: "sync"}) })},
	{"serve SPAN", plain(func(w *World, got words) error { return w.Serve(got.span(0)) })},
	{"idle", plain(func(w *World, _ words) error { return w.Idle(1) })},
	{"idle NUMBER", plain(func(w *World, got words) error { return w.Idle(got.number(0)) })},
	{"restart on another host", plain(func(w *World, _ words) error { w.Move(); return nil })},
	{"die REST", func(got words) (func(*World) error, error) {
		at, nth, err := place(got[0])
		return func(w *World) error { w.Kill(at, nth); return nil }, err
	}},
	{"stop for SPAN REST", func(got words) (func(*World) error, error) {
		at, nth, err := place(got[1])
		return func(w *World) error { w.Stop(got.span(0), at, nth); return nil }, err
	}},
	{"store of NAME", plain(func(w *World, got words) error { w.exchange(got[0]); return nil })},
	{"remember as NAME", plain(func(w *World, got words) error { w.marks[got[0]] = w.Disk.Writes(); return nil })},
	{"roll back to NAME", plain(func(w *World, got words) error {
		n, ok := w.marks[got[0]]
		if !ok {
			return unknown("remembered moment", got[0], w.marks)
		}
		w.Disk.RollBack(min(n, w.Disk.Writes())) // a test may have put it back further
		return nil
	})},
	{"forget NUMBER writes", plain(func(w *World, got words) error {
		w.Disk.RollBack(max(0, w.Disk.Writes()-got.number(0)))
		return nil
	})},
	{"forget everything", plain(func(w *World, _ words) error { w.Disk.Wipe(); return nil })},
	{"lose the last SPAN", plain(func(w *World, got words) error { w.Disk.LoseLast(got.span(0)); return nil })},
	{"store down for SPAN", plain(func(w *World, got words) error { w.Outage(got.span(0), StoreFault{Down: true}); return nil })},
	{"store slow by SPAN for SPAN", plain(func(w *World, got words) error {
		w.Outage(got.span(1), StoreFault{Slow: got.span(0)})
		return nil
	})},
	{"seed NUMBER conversations from NUMBER", plain(func(w *World, got words) error {
		sandbox.Seed(w.Dashly, w.Intercom, got.number(0), uint64(got.number(1)), w.began.Add(-w.settings.start))
		return nil
	})},
	{"everybody goes on from NUMBER", plain(func(w *World, got words) error { w.goOn(uint64(got.number(0))); return nil })},
	{"dashly knob NAME REST", func(got words) (func(*World) error, error) { return knobOf(dashlyDesk, got[0], got[1]) }},
	{"intercom knob NAME REST", func(got words) (func(*World) error, error) { return knobOf(intercomDesk, got[0], got[1]) }},
	{"fault REST", func(got words) (func(*World) error, error) {
		f, err := ParseFault(got[0])
		return func(w *World) error { w.Arm(f); return nil }, err
	}},
	{"cut REST", func(got words) (func(*World) error, error) {
		f, err := ParseFault("cut " + got[0])
		return func(w *World) error { w.Arm(f); return nil }, err
	}},
}

var placeForm = regexp.MustCompile(`^(.+?)(?: of the (\d+)(?:st|nd|rd|th) write)?$`)

// place reads for example "before send" or "after store of the 3rd write".
func place(text string) (at Kind, nth int, err error) {
	m := placeForm.FindStringSubmatch(text)
	kinds := []Kind{BeforeSend, AfterSend, AtAnswer, HalfRead, BeforeStore, AfterStore}
	if m == nil || !slices.Contains(kinds, Kind(m[1])) {
		return "", 0, fmt.Errorf("nobody dies or is stopped %q; write one of %q, then for example \"of the 3rd write\"", text, kinds)
	}
	nth = 1
	if m[2] != "" {
		nth, _ = strconv.Atoi(m[2])
	}
	return Kind(m[1]), nth, nil
}

// bounded makes passes with a bound on their write calls until nothing is open, and holds each of them to it.
func (w *World) bounded(n int) error { return w.own(w.inBounds(n)) }

func (w *World) inBounds(n int) error {
	for range patience {
		rep, err := w.Pass(engine.Request{Command: "sync", MaxWrites: n})
		switch {
		case err != nil:
			return err
		case rep.Sent > n:
			return fmt.Errorf("a pass of at most %d writes made %d: %v", n, rep.Sent, w.lastWrites(rep.Sent))
		case rep.Died:
			w.Sleep(w.settings.restart)
		case rep.Status == report.Done:
			return nil
		default:
			w.Sleep(w.settings.restartOnError)
		}
	}
	return fmt.Errorf("%d passes of at most %d writes did not come to an end: %s", patience, n, w.open())
}

// stopped makes passes until one finds that a second bridge is at work. A pass that died may have found it and told
// nobody: then the next one goes on. So it does when the pass was taken over. One that could not read a desk found nothing,
// and one without a store did nothing.
func (w *World) stopped() error {
	begun := len(w.reports)
	for again := false; ; again = true {
		rep, err := w.Pass(engine.Request{Command: "sync"})
		switch why := gaveUp(w.reports[begun:]); {
		case err != nil:
			return err
		case why != nil && why.Code == engine.SecondBridge, again && rep.Status == report.Done:
			return nil
		case !rep.Died && !taken(rep) && !noStore(rep) && (again || rep.Status != report.Failed):
			return fmt.Errorf("the pass was to stop for a second bridge, and was %s, %+v", rep.Status, rep.Error)
		}
		w.Sleep(w.settings.restart)
	}
}

// exchange puts the store of another bridge, empty at first, in the place of the present one, which is kept under the
// name that it had; the first one has the name "main".
func (w *World) exchange(name string) {
	if w.stores == nil {
		w.stores, w.storeName = map[string]*memory.Disk{}, pairName
	}
	w.stores[w.storeName] = w.Disk
	if w.stores[name] == nil {
		w.stores[name] = memory.NewDisk(memory.Manner{Lossy: w.settings.lossy, Parted: w.settings.parted})
	}
	w.Disk, w.storeName = w.stores[name], name
}

// remembered opens the store as somebody who only looks.
func (w *World) remembered() *memory.Store {
	return memory.Open(w.Disk, pairName, &memory.Process{Host: "observer"})
}

// Ledgers are what the bridge remembers of every pair, in the order of their names.
func (w *World) Ledgers() ([]*state.Ledger, error) {
	s, ctx := w.remembered(), context.Background()
	var all []*state.Ledger
	err := s.Pairs(ctx, func(p state.Pair) error {
		r, err := s.Load(ctx, p)
		if err != nil {
			return err
		}
		l, err := state.ReadLedger(p, r)
		all = append(all, l)
		return err
	})
	return all, err
}

// Agenda is what the bridge still has to do.
func (w *World) Agenda() ([]state.Item, error) { return w.remembered().Agenda(context.Background()) }

// String tells where the world is, for messages.
func (w *World) String() string {
	return fmt.Sprintf("%s after %s, deaths at points %v", w.scenario.Name, w.Now().Round(time.Millisecond), w.lives)
}
