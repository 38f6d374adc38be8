package engine

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// Keys of the values that belong to no pair. They are a stored contract.
const (
	keyCursor  = "cursor/"  // cursor/<desk>
	keyAccount = "account/" // account/<desk>
	keyStart   = "start"    // the earliest sync.start under which anything ran
	keyAgent   = "agent/"   // agent/<desk>/<id>
	keyBorn    = "term/born"
	keyOpen    = "term/open"   // "1" while a run has not ended in order
	keyUnsure  = "term/unsure" // "1" from when the store may have forgotten something until one pass has looked at everything, or has made a survey of what it does not list
	keySurvey  = "survey/"     // survey/<desk>
	keyRuns    = "term/runs"   // how many reports were ever stored
	// KeyRun is the prefix of the run history: run/<slot>, a report each. The newest replaces the oldest.
	KeyRun = "run/"
	// RunLease is the name of the lease that a run holds.
	RunLease = "run"
)

// runsKept is how many reports the history holds.
const runsKept = 500

// Engine keeps one pair of desks in step.
type Engine struct {
	opts   Options
	store  state.Store
	log    zerolog.Logger
	people *People
	late   sync.Once // says once that sync.start was moved
}

// New checks the options.
func New(opts Options, store state.Store, log zerolog.Logger) (*Engine, error) {
	for i := range opts.Sides {
		if opts.Sides[i].Source == nil || opts.Sides[i].Sink == nil {
			return nil, errors.New("engine: a side lacks its source or sink")
		}
	}
	if opts.Start.IsZero() || opts.Name == "" {
		return nil, errors.New("engine: name and start are required")
	}
	if opts.Workers <= 0 {
		opts.Workers = 4
	}
	if opts.Lease <= 0 {
		opts.Lease = 10 * time.Second
	}
	if opts.MaxAge <= 0 {
		opts.MaxAge = 24 * time.Hour
	}
	return &Engine{opts: opts, store: store, log: log, people: NewPeople(opts.AgentMap)}, nil
}

// run is one pass.
type run struct {
	*Engine
	req   Request
	id    string
	stop  <-chan struct{}
	lease *keeper
	quiet time.Time // no write before this moment
	hush  sync.Once // says so once
	// forgetful tells that the store may have lost what an earlier run wrote.
	forgetful bool
	surveys   map[mapping.Desk]*survey // of desks that this run does not list
	awaited   map[mapping.Desk]bool    // desks with unknown conversations that are not looked at yet
	glimpsing bool                     // both desks' unknown conversations are looked at, one after the other
	began     time.Time
	calls     context.Context
	fatal     func(error)
	locks     *pairLocks
	before    [2]Meters // what the clients had counted when the run began

	mu      sync.Mutex
	tallies map[state.Pair]tally
	written [2]int
	// leads are conversations that the index of the store knows as other ones' copies, by the pair: the records of the pair, which
	// are written after it, may be lost.
	leads map[state.Pair]mapping.Ref
	// deferred are conversations that are looked at again before the pass ends: they would have been opened.
	deferred []mapping.Ref
	glimpsed glimpses
	unreads  unreads
	losses   [2]map[mapping.Loss]int
	fights   [2]int
	// waiting and setAside are the pending and the parked conversations of the agenda whose time has not come.
	waiting, setAside int
	agenda            map[state.Pair]state.Item // as this run has read it, and left it since
	noted             map[state.Pair]bool       // copies that stay on the agenda until they are known as such
	half              []state.Pair              // see halfOpen; nil: nobody has asked
	stuck             bool                      // something could not be processed or put on the agenda: the cursor stays
	ops               map[state.Pair][]report.Operation
	parked            map[state.Pair]string // of a dry run: why pairs are set aside
	explanation       *report.Explanation   // nil unless the request asks for one
	unknown           []mapping.Ref         // conversations that the request names and nobody knows
	stalled           map[string]bool       // hosts that texts name, which took too long for a file
}

// Run makes one pass and reports. It may be repeated at any time: what is done stays done. stop asks it to begin no
// further write and to end after the one in hand; ctx cuts calls off.
func (e *Engine) Run(ctx context.Context, stop <-chan struct{}, req Request) report.Report {
	started := time.Now().UTC()
	r := &run{Engine: e, req: req, id: started.Format("20060102T150405") + "-" + strings.ToLower(rand.Text()[:6]), stop: stop, began: started,
		locks: newPairLocks(), before: e.meters(), tallies: map[state.Pair]tally{}, ops: map[state.Pair][]report.Operation{}, parked: map[state.Pair]string{}, leads: map[state.Pair]mapping.Ref{}, surveys: map[mapping.Desk]*survey{}, noted: map[state.Pair]bool{},
		unreads: unreads{of: map[mapping.Ref]bool{}, read: map[mapping.Desk]int{}}}
	defer func() { // also when something panics, which serve survives: nobody else could take the lease that is renewed for ever
		if r.lease != nil {
			r.lease.release()
		}
	}()
	err := r.pass(ctx)
	rep := r.report(started)
	r.conclude(&rep, err)
	if !req.DryRun && rep.Status != report.Locked && rep.Status != report.Config {
		r.remember(ctx, rep)
	}
	return rep
}

func (e *Engine) meters() (m [2]Meters) {
	for i, s := range e.opts.Sides {
		if s.Meter != nil {
			m[i] = s.Meter.Count()
		}
	}
	return m
}

// pass holds the run lease while it polls, looks and advances.
func (r *run) pass(ctx context.Context) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer func() {
		if err != nil && !errors.Is(err, errRival) && errors.Is(context.Cause(ctx), state.ErrLost) {
			err = state.ErrLost // whatever failed after that, failed because of it
		}
		cancel(nil)
	}()
	ctx = api.WithStop(ctx, r.stop)
	r.calls, r.fatal = ctx, func(err error) { cancel(err) }
	if !r.req.DryRun {
		k, err := keep(ctx, r.store, RunLease, r.opts.Lease, func() { cancel(state.ErrLost) })
		if err != nil {
			return err
		}
		r.lease = k
		ctx = api.WithPermit(ctx, k.permit)
		r.calls = ctx
		if err := r.beginTerm(ctx); err != nil {
			return err
		}
	}
	if err := r.meet(ctx); err != nil {
		return err
	}
	switch {
	case r.blank():
		r.forgetful = true
		if err := r.legible(ctx); err != nil {
			return err
		}
	case r.req.Rebuild:
		if err := r.forget(ctx); err != nil {
			return err
		}
	}
	if err := r.recallParked(ctx); err != nil {
		return err
	}
	work, cursors, err := r.poll(ctx)
	if err != nil {
		return err
	}
	if err := r.process(ctx, work); err != nil {
		return err
	}
	if !r.req.DryRun && !r.req.Rebuild && r.req.Command != "serve" {
		if err := r.awaitPending(ctx); err != nil {
			return err
		}
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if err := r.advance(ctx, cursors); err != nil {
		return err
	}
	return r.await(ctx)
}

// beginTerm decides whether the store may have forgotten something: a new store, or one that may lose its last second
// after a run that did not end in order. Then nothing is written before everything that an earlier bridge may have
// sent has taken effect and can be seen.
func (r *run) beginTerm(ctx context.Context) error {
	settle := max(r.opts.Sides[0].Settle, r.opts.Sides[1].Settle)
	now := time.Now()
	born, ok, err := r.store.Get(ctx, keyBorn)
	if err != nil {
		return err
	}
	unsure, _, err := r.store.Get(ctx, keyUnsure)
	if err != nil {
		return err
	}
	r.forgetful = string(unsure) == "1"
	open, begun, err := r.store.Get(ctx, keyOpen)
	if err != nil {
		return err
	}
	if !ok || !begun { // one in which no run has begun its work may have been put back to there
		if err := r.unsure(ctx); err != nil {
			return err
		}
		born = []byte(now.UTC().Format(time.RFC3339Nano))
		if err := r.store.Put(ctx, r.lease.get(), keyBorn, born); err != nil {
			return err
		}
	}
	if at, err := time.Parse(time.RFC3339Nano, string(born)); err == nil {
		if at.After(now) { // our clock was put back since
			at = now
			if err := r.store.Put(ctx, r.lease.get(), keyBorn, []byte(now.UTC().Format(time.RFC3339Nano))); err != nil {
				return err
			}
		}
		r.quiet = at.Add(settle)
	}
	if string(open) == "1" && !r.store.Durable(ctx) {
		r.quiet = now.Add(settle)
		if err := r.unsureAgain(ctx); err != nil {
			return err
		}
		if err := r.doubt(ctx, doubt{At: now}); err != nil {
			return err
		}
	}
	return r.store.Put(ctx, r.lease.get(), keyOpen, []byte("1"))
}

// unsure notes that the store may have forgotten something, for this run and those after it.
func (r *run) unsure(ctx context.Context) error {
	r.forgetful = true
	return r.store.Put(ctx, r.lease.get(), keyUnsure, []byte("1"))
}

// unsureAgain is unsure, of a store in which there may be surveys.
func (r *run) unsureAgain(ctx context.Context) error {
	if err := r.endSurveys(ctx); err != nil {
		return err
	}
	return r.unsure(ctx)
}

// meet learns whom the tokens belong to, and the teams.
func (r *run) meet(ctx context.Context) error {
	accounts := map[mapping.Desk]string{}
	for i := range r.opts.Sides {
		s := &r.opts.Sides[i]
		desk := s.Source.Desk()
		acc, err := s.Source.Account(ctx)
		if err != nil {
			return r.broken(desk, err)
		}
		accounts[desk] = accountOf(acc.ID, acc.Host)
		if err := r.belongs(ctx, desk, acc); err != nil {
			return err
		}
		err = r.store.List(ctx, keyAgent+string(desk)+"/", func(_ string, v []byte) error {
			var p mapping.Person
			if json.Unmarshal(v, &p) == nil {
				r.people.Recall(desk, []mapping.Person{p})
			}
			return nil
		})
		if err != nil {
			return err
		}
		team, err := s.Source.Agents(ctx)
		if err != nil {
			return r.broken(desk, err)
		}
		if team != nil {
			r.people.List(desk, team)
		}
	}
	if err := r.own(ctx, accounts); err != nil {
		return err
	}
	return r.begin(ctx)
}

// keepAgents remembers new agents across runs: not every desk lists its team.
func (r *run) keepAgents(ctx context.Context) error {
	if r.req.DryRun {
		return nil
	}
	for _, s := range r.opts.Sides {
		desk := s.Source.Desk()
		for _, a := range r.people.Remember(desk) {
			data, err := json.Marshal(a)
			if err != nil {
				return err
			}
			if err := r.store.Put(ctx, r.lease.get(), keyAgent+string(desk)+"/"+string(a.ID), data); err != nil {
				return err
			}
		}
	}
	return nil
}

// deskError is a failure of a desk as a whole.
type deskError struct {
	desk mapping.Desk
	err  error
}

func (e *deskError) Error() string { return e.err.Error() }
func (e *deskError) Unwrap() error { return e.err }

func (r *run) broken(desk mapping.Desk, err error) error {
	if errors.Is(err, state.ErrLost) {
		return state.ErrLost
	}
	if cause := context.Cause(r.calls); cause != nil && api.ClassOf(err) == api.Stopped {
		return cause
	}
	return &deskError{desk: desk, err: err}
}

// stopping reports whether no further write may begin.
func (r *run) stopping() bool { return r.asked() || r.calls.Err() != nil }

// asked reports whether somebody asked the run to stop.
func (r *run) asked() bool {
	select {
	case <-r.stop:
		return true
	default:
		return false
	}
}

// rest waits, unless the run is asked to stop.
func (r *run) rest(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.stop:
	case <-r.calls.Done():
	}
	return false
}

// affords reports whether n more write calls stay within the bound of the request. A bounded run works on one pair at a
// time, so that nobody else spends meanwhile.
func (r *run) affords(n int) bool {
	if r.req.MaxWrites <= 0 {
		return true
	}
	spent := 0
	for i, m := range r.meters() {
		spent += m.Write - r.before[i].Write
	}
	return spent+n <= r.req.MaxWrites
}
