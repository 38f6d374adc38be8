package simulation

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// Plan is how a scenario is played. The zero value is the undisturbed run with seed 0. What is given by text can be
// replayed by text; a hook makes a run replayable by its own test only.
type Plan struct {
	Seed uint64
	// DieAt says at which point each life ends: the first life at the first number, what was started after it at the
	// second, and so on. Points are counted from the beginning, and anew from each death; those of several processes in
	// a row, and of a recovery, belong to one life.
	DieAt []int
	// StopAt are points at which a process is stopped for StopFor, as by SIGSTOP, while another host begins to do the
	// same work. They are counted from the beginning, through all deaths. StopFor is five minutes when it is zero: longer
	// than the lease and than settle.
	StopAt  []int
	StopFor time.Duration
	// Settings are lines as in the section settings. They come after those of the scenario.
	Settings []string
	// Faults wait for their calls from the beginning.
	Faults []Fault
	// StoreStrikes are what goes wrong with commands to the store. A pass that the store ended is made again.
	StoreStrikes []StoreStrike

	// Desk decides about each call that no fault has struck. It is asked at the moment of the call, one call at a time.
	Desk func(w *World, c Call) stage.Fault
	// Store decides about each command to the store, before and after, one at a time. Neither hook waits.
	Store func(w *World, c StoreCall) StoreFault
	// Before is called before each line of the script, and once after the last one, with n counted from 0.
	Before func(w *World, n int) error
	// Engine may change the options of each engine that is built.
	Engine func(o *engine.Options)

	// Readable keeps the trace as text, RecordPoints the points of all lives.
	Readable, RecordPoints bool
	// Lenient runs pass over a line that fails: a desk that behaves in another way may not show what the line is about.
	Lenient bool
	// Failed is asked about a line that failed, counted from 0: whether it is tried again, now that something was changed,
	// and else with which error the run ends; nil passes over the line. Without it Lenient decides.
	Failed func(w *World, n int, err error) (again bool, wrong error)
	// Unfinished runs end with the last line of the script: no idle pass and no audit follow.
	Unfinished bool
}

// Result is what came of a run.
type Result struct {
	// Err is what went wrong: a line of the script that failed, an invariant that does not hold.
	Err error
	// Hurt is what a customer saw in the end that nobody may see, whatever else went wrong.
	Hurt error
	// Hash is the SHA-256 of the trace. The same scenario under the same plan has the same.
	Hash string
	// Count is how many points the last life had: all of them in a run without a death. Lives are the points at which
	// the earlier ones ended. Points are those of all lives.
	Count  int
	Lives  []int
	Points []Point
	Trace  []Event
	// StoreCalls are the commands to the store and their answers, when the plan records points. StoreStruck is how many
	// strikes of the plan came to pass.
	StoreCalls  []StoreCall
	StoreStruck int
	// Essence is what must be the same whatever happened on the way.
	Essence Essence
	// Halves are the conversations of each pair that the bridge remembers and of which both desks show one: the original,
	// then its copy.
	Halves [][2]stage.Thread
	// Pictures are dashly, intercom and delivered as the scenario's file has them.
	Pictures map[string]string
	Reports  []PassReport
	// Writes is the number of write calls that reached a desk.
	Writes int
	// DiskWrites is the number of writes of the store, Lines that of the lines of the script.
	DiskWrites int
	Lines      int
	// Stored is how many writes the store had before each line, and after the last one.
	Stored []int
	// Removed are the calls that took something away from a desk, in their order: "intercom /conversations/7/tags/3".
	Removed []string
	// Parked are the pairs that are set aside in the end, with the reasons, sorted.
	Parked []string
	// Failed is what went wrong with the work of the bridge itself: passes that came to no end, that gave up, that wrote
	// what nobody had asked for. A Lenient run may have some.
	Failed []error
	replay string
}

// Run plays the scenario in a bubble of its own. It may be called any number of times by one test, and by parallel
// tests at once.
func (s *Scenario) Run(t *testing.T, plan Plan) Result {
	t.Helper()
	settings := s.settings.copied()
	for _, line := range plan.Settings {
		if err := settings.Set(line); err != nil {
			return Result{Err: err}
		}
	}
	var res Result
	synctest.Test(t, func(*testing.T) {
		w, err := newWorld(s, plan, settings)
		if err != nil {
			res.Err = err
			return
		}
		res.Err = w.play()
		res.Err = errors.Join(res.Err, w.await())
		w.under.Wait()
		if hurt := w.nobodyHurt(); errors.Is(hurt, ErrHurt) {
			res.Hurt = hurt
		}
		res.Essence, err = w.essence()
		res.Err = errors.Join(res.Err, err)
		res.Parked, err = w.parked()
		res.Err = errors.Join(res.Err, err)
		res.Halves, err = w.halves()
		res.Err = errors.Join(res.Err, err)
		w.Close(&res)
	})
	res.replay = s.Replay(plan)
	if res.Err != nil {
		res.Err = fmt.Errorf("%w\nthe run was %s", res.Err, res.replay)
	}
	return res
}

// Like tells how a run differs from another one, usually the undisturbed run of the same scenario: nil when it went well
// and its essence is identical.
func (r Result) Like(calm Result) error {
	if r.Err != nil {
		return r.Err
	}
	if diff := calm.Essence.Diff(r.Essence); diff != "" {
		return fmt.Errorf("the end is not that of the undisturbed run (-undisturbed +this), deaths at %v:\n%s\nthe run was %s", r.Lives, diff, r.replay)
	}
	return nil
}

// play does what the script says, then looks whether all is well.
func (w *World) play() error {
	served := false
	for i, st := range w.scenario.steps {
		w.change()
		if err := w.before(i); err != nil {
			return err
		}
		served = served || strings.HasPrefix(st.text, "serve")
		err := st.run(w)
		for range patience {
			if err == nil || !served || !st.atDesk || !w.troubled() {
				break
			}
			// What a daemon was to do by now is late when it has died, or had no store: whoever looks for it looks again. A sentence about
			// a desk that fails has done nothing.
			if err = w.Serve(time.Minute); err == nil {
				err = st.run(w)
			}
		}
		for again := w.plan.Failed != nil; err != nil && again; {
			if again, err = w.plan.Failed(w, i, err); again {
				err = st.run(w)
			}
		}
		if err != nil && (!w.plan.Lenient || w.plan.Failed != nil) {
			return &mistake{w.scenario.File, st.line, fmt.Errorf("%s: %w", st.text, err)}
		}
	}
	if err := w.before(len(w.scenario.steps)); err != nil || w.plan.Unfinished {
		return err
	}
	return w.Finish()
}

func (w *World) before(n int) error {
	w.account.stored = append(w.account.stored, w.Disk.Writes())
	if w.plan.Before == nil {
		return nil
	}
	return w.plan.Before(w, n)
}

// Close reads the result of a world that is at its end.
func (w *World) Close(res *Result) {
	res.Hash = w.trace.hash()
	res.Count, res.Lives, res.Points = w.counted, w.lives, w.points
	res.Pictures = map[string]string{sectionDashly: w.picture(dashlyDesk), sectionIntercom: w.picture(intercomDesk), sectionDelivered: w.delivered()}
	res.Reports, res.Writes, res.DiskWrites = w.reports, len(w.calls.names), w.Disk.Writes()
	res.Lines = len(w.scenario.steps)
	res.StoreCalls, res.StoreStruck = w.asked.calls, w.asked.struck
	res.Stored, res.Removed, res.Failed = w.account.stored, w.account.removals, w.account.failures
	if w.plan.Readable {
		res.Trace = w.trace.sorted()
	}
}

// Drawn compares the pictures of an undisturbed run with those of the file.
func (s *Scenario) Drawn(res Result) error {
	var errs []error
	for _, name := range []string{sectionDashly, sectionIntercom, sectionDelivered} {
		if diff := cmp.Diff(strings.Split(s.pictures[name], "\n"), strings.Split(res.Pictures[name], "\n")); diff != "" {
			errs = append(errs, fmt.Errorf("%s: the picture of %s is not that of the file (-file +run):\n%s", s.File, name, diff))
		}
	}
	return errors.Join(errs...)
}

// Redraw writes the pictures of an undisturbed run into the file.
func (s *Scenario) Redraw(res Result) error { return s.rewrite(res.Pictures) }

// Replay is the command that plays a run again, with a readable trace.
func (s *Scenario) Replay(p Plan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "DESKBRIDGE_TEST_SCENARIO=%s DESKBRIDGE_TEST_SEED=%d", s.Name, p.Seed)
	if len(p.DieAt) > 0 {
		fmt.Fprintf(&b, " DESKBRIDGE_TEST_DIE_AT=%s", numbers(p.DieAt))
	}
	if len(p.StopAt) > 0 {
		fmt.Fprintf(&b, " DESKBRIDGE_TEST_STOP_AT=%s DESKBRIDGE_TEST_STOP_FOR=%s", numbers(p.StopAt), p.stopFor())
	}
	if len(p.Settings) > 0 {
		fmt.Fprintf(&b, " DESKBRIDGE_TEST_SETTINGS='%s'", strings.Join(p.Settings, "; "))
	}
	if len(p.Faults) > 0 {
		var all []string
		for _, f := range p.Faults {
			all = append(all, f.String())
		}
		fmt.Fprintf(&b, " DESKBRIDGE_TEST_FAULTS='%s'", strings.Join(all, "; "))
	}
	if len(p.StoreStrikes) > 0 {
		var all []string
		for _, s := range p.StoreStrikes {
			all = append(all, s.String())
		}
		fmt.Fprintf(&b, " DESKBRIDGE_TEST_STORE='%s'", strings.Join(all, "; "))
	}
	b.WriteString(" go test ./internal/simulation -run TestReplay -v")
	if p.Desk != nil || p.Store != nil || p.Before != nil || p.Failed != nil || p.Engine != nil {
		b.WriteString(" (without the hooks of the test that failed)")
	}
	return b.String()
}

// numbers is a list as the environment has it: 12,40.
func numbers(list []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]")
}
