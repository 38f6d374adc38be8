package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
	"github.com/deskbridge/deskbridge/state"
)

// work is what a pass has to look at, in phases: unfinished pairs first, because their copies may be among the
// conversations that nobody knows; then known pairs; then unknown conversations.
type work struct {
	unfinished, known, unknown []mapping.Ref
}

// reasonUnresolved marks pairs with an intent whose outcome is not known: reading back may tell at once.
const reasonUnresolved = "unresolved_write"

// reasonBound marks pairs that the bound on writes cut off: only another run takes them up.
const reasonBound = "max_writes"

// sweepReach is how far back a sweep looks, besides the usual poll.
const sweepReach = 30 * 24 * time.Hour

// poll lists both desks before the first write of the pass.
func (r *run) poll(ctx context.Context) (work, map[mapping.Desk]sources.Cursor, error) {
	var w work
	cursors := map[mapping.Desk]sources.Cursor{}
	seen := map[string]bool{}
	add := func(ref mapping.Ref, version mapping.Version, always bool) error {
		pair, known, err := r.pairOf(ctx, ref)
		if err != nil {
			return err
		}
		if !known {
			if !seen[ref.String()] {
				seen[ref.String()] = true
				w.unknown = append(w.unknown, ref)
			}
			return nil
		}
		if pair != state.PairOf(ref) {
			r.leads[pair] = ref
		}
		if seen[string(pair)] {
			return nil
		}
		if !always {
			same, err := r.unchanged(ctx, pair, ref, version)
			if err != nil || same {
				return err
			}
		}
		seen[string(pair)] = true
		origin, err := mapping.ParseRef(string(pair))
		if err != nil {
			return err
		}
		w.known = append(w.known, origin)
		return nil
	}
	items, err := r.store.Agenda(ctx)
	if err != nil {
		return w, nil, err
	}
	r.noteAgenda(items)
	if err := r.rewind(ctx); err != nil {
		return w, nil, err
	}
	if len(r.req.Conversations) > 0 {
		for _, ref := range r.req.Conversations {
			if err := add(ref, "", true); err != nil {
				return w, nil, err
			}
		}
		return w, nil, nil
	}
	if r.req.Window == nil && !r.req.Rebuild {
		r.unfinished(items, &w, seen)
	}
	for i := range r.opts.Sides {
		s := r.opts.Sides[i]
		desk := s.Source.Desk()
		if !s.Send || r.req.From != "" && r.req.From != desk {
			continue
		}
		next, err := r.list(ctx, s, func(l sources.Listing) error { return add(l.Ref, l.Version, r.req.Window != nil) })
		if err != nil {
			return w, nil, r.listFailed(desk, err)
		}
		if next != "" {
			cursors[desk] = next
		}
	}
	return w, cursors, nil
}

// rewind forgets how far a desk was listed of which nothing is carried now. What was pending there leaves the agenda, and would
// not be listed again when the direction is enabled.
func (r *run) rewind(ctx context.Context) error {
	if r.req.DryRun {
		return nil
	}
	for _, s := range r.opts.Sides {
		key := keyCursor + string(s.Source.Desk())
		if s.Send {
			continue
		}
		if have, _, err := r.store.Get(ctx, key); err != nil {
			return err
		} else if len(have) == 0 {
			continue
		}
		if err := r.store.Put(ctx, r.lease.get(), key, nil); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) listFailed(desk mapping.Desk, err error) error {
	if own := (*storeError)(nil); errors.As(err, &own) {
		return own.err
	}
	return r.broken(desk, err)
}

// storeError is a failure of the store amid the list of a desk: the desk is not to blame for it.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

// clockReach is how far the clock of a desk may be behind ours.
const clockReach = 24 * time.Hour

// list polls one desk in the manner of the request.
func (r *run) list(ctx context.Context, s Side, yield func(sources.Listing) error) (sources.Cursor, error) {
	guarded := func(l sources.Listing) error {
		r.people.Learn(l.Ref.Desk, l.Agents)
		if err := yield(l); err != nil {
			return &storeError{err}
		}
		return nil
	}
	if r.req.Window != nil {
		return "", s.Source.Between(ctx, *r.req.Window, guarded)
	}
	if r.req.Sweep {
		if err := s.Source.Between(ctx, sources.Window{Since: time.Now().Add(-sweepReach)}, guarded); err != nil {
			return "", err
		}
	}
	have, _, err := r.store.Get(ctx, keyCursor+string(s.Source.Desk()))
	if err != nil {
		return "", &storeError{err}
	}
	return s.Source.Changed(ctx, sources.Cursor(have), r.floor(), guarded)
}

// floor is how far back lists go. It is by our clock, and they go by the desk's: what is older is sorted out entry by entry.
func (r *run) floor() time.Time {
	floor := r.opts.Start
	if r.opts.HistoryAll {
		return time.Time{}
	} else if !r.opts.HistorySince.IsZero() && r.opts.HistorySince.Before(floor) {
		floor = r.opts.HistorySince
	}
	if floor.IsZero() {
		return floor
	}
	return floor.Add(-clockReach)
}

// unchanged reports whether a listing is what our last look at the pair implies: our own echo, or nothing at all. It
// costs no call. That a snooze is over a desk need not list.
func (r *run) unchanged(ctx context.Context, pair state.Pair, ref mapping.Ref, version mapping.Version) (bool, error) {
	records, err := r.store.Load(ctx, pair)
	if err != nil {
		return false, err
	}
	l, err := state.ReadLedger(pair, records)
	if err != nil {
		return false, err
	}
	d := l.Desks[ref.Desk]
	over := d.Base != nil && d.Base.State == mapping.Snoozed && !d.Base.Until.IsZero() && !d.Base.Until.After(time.Now())
	return version != "" && d.Seen == version && !over, nil
}

// unfinished takes up what the agenda says is due.
func (r *run) unfinished(items []state.Item, w *work, seen map[string]bool) {
	now := time.Now()
	for _, it := range items {
		origin, err := mapping.ParseRef(string(it.Pair))
		if err != nil {
			continue
		}
		seen[string(it.Pair)] = true    // not before its time, whatever the lists say
		backward := it.Since.After(now) // our clock was put back since: nobody knows when its time comes
		if it.RetryAt.After(now) && it.Reason != reasonUnresolved && !backward {
			continue
		}
		w.unfinished = append(w.unfinished, origin)
	}
}

// process looks at everything, several pairs at once.
func (r *run) process(ctx context.Context, w work) error {
	own, err := r.disownAll(ctx, w.unfinished)
	if err != nil {
		return err
	}
	if r.forgetful && len(w.unknown) > 0 {
		if w.unknown, err = r.pollAgain(ctx, w.unknown); err != nil {
			return err
		}
	}
	if err := r.surveyAll(ctx, &w); err != nil {
		return err
	}
	first, second := r.parted(w.unknown)
	r.awaited = map[mapping.Desk]bool{}
	for _, ref := range w.unknown {
		r.awaited[ref.Desk] = true
	}
	r.glimpsing, r.glimpsed = len(second) > 0, glimpses{of: map[mapping.Ref]glimpse{}}
	if err := r.lookAtAll(ctx, w.unfinished, w.known, first); err != nil {
		return err
	}
	if _, err := r.disownAll(ctx, own); err != nil { // one may have been found to be another's copy beside its own look
		return err
	}
	r.awaited = nil
	if err := r.lookAtAll(ctx, second); err != nil {
		return err
	}
	place := map[mapping.Ref]int{} // in the order in which they came
	for n, ref := range slices.Concat(w.unfinished, w.known, first) {
		place[ref] = n
	}
	later := r.deferred
	r.deferred = nil
	slices.SortFunc(later, func(a, b mapping.Ref) int { return place[a] - place[b] })
	return r.lookAtAll(ctx, later)
}

// pollAgain adds the unknown conversations that the desks list now and did not before: a list may have left one out, and if it is a
// copy that the store has forgotten, a second one would be opened.
func (r *run) pollAgain(ctx context.Context, unknown []mapping.Ref) ([]mapping.Ref, error) {
	again, _, err := r.poll(ctx)
	if err != nil {
		return unknown, err
	}
	listed := map[mapping.Ref]bool{}
	for _, ref := range unknown {
		listed[ref] = true
	}
	for _, ref := range again.unknown {
		if !listed[ref] {
			unknown = append(unknown, ref)
		}
	}
	return unknown, nil
}

// disownAll disowns those of the conversations that are known to be another one's copies, and gives the others.
func (r *run) disownAll(ctx context.Context, refs []mapping.Ref) (own []mapping.Ref, err error) {
	for _, ref := range refs {
		done, err := r.disown(ctx, ref)
		if err != nil {
			return nil, err
		}
		if !done {
			own = append(own, ref)
		}
	}
	return own, nil
}

// lookAtAll looks at conversations, phase by phase.
func (r *run) lookAtAll(ctx context.Context, phases ...[]mapping.Ref) error {
	for _, refs := range phases {
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(r.opts.Workers)
		if r.req.MaxWrites > 0 {
			g.SetLimit(1)
		}
		for _, ref := range refs {
			if r.stopping() {
				r.mu.Lock()
				r.stuck = true
				r.mu.Unlock()
				break
			}
			g.Go(func() error { return r.look(ctx, ref) })
		}
		if err := g.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// parted is the work on unknown conversations in its order, because the memory may be lost, or an older one may have been put
// back, which nobody notices: those of one desk come before those of the other, and a desk that finds conversations by their
// time last. Whatever of the first desk is a copy has named its original before that is looked at, even if its customer was
// merged into somebody else since. For copies on the second desk, nothing is opened before they have named theirs.
func (r *run) parted(unknown []mapping.Ref) (first, second []mapping.Ref) {
	a, b := r.opts.Sides[0], r.opts.Sides[1]
	last := b.Source.Desk()
	if a.Sink.Features().FindByTime == mapping.Full && b.Sink.Features().FindByTime != mapping.Full {
		last = a.Source.Desk()
	}
	for _, ref := range unknown {
		if ref.Desk == last {
			second = append(second, ref)
		} else {
			first = append(first, ref)
		}
	}
	return first, second
}

// deferOpening puts the look at a conversation of which no copy is known off until those of the other desk were looked
// at: the copy may be among them, and name it.
func (l *look) deferOpening() bool {
	if !l.awaited[l.sides[1-l.origin()].desk] || l.req.DryRun || !l.copied.IsZero() {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deferred = append(l.deferred, l.ledger.Meta.Origin)
	return true
}

// awaitPending gives unresolved writes of this run their time to show, so that one pass after a crash or a lost answer
// ends with nothing open. What is not due within the longest settle stays pending.
func (r *run) awaitPending(ctx context.Context) error {
	settle := max(r.opts.Sides[0].Settle, r.opts.Sides[1].Settle)
	limit := time.Now().Add(2*settle + settle/4 + 2*time.Second)
	looked := map[state.Pair]time.Time{} // at which due time: what a look leaves as it was is left to the next pass
	for {
		items, err := r.store.Agenda(ctx)
		if err != nil {
			return err
		}
		r.noteAgenda(items)
		var due []mapping.Ref
		var first time.Time
		for _, it := range items {
			if it.Parked || it.Reason == reasonBound || it.RetryAt.After(limit) || (r.req.Window != nil || len(r.req.Conversations) > 0) && !r.tallied(it.Pair) {
				continue
			}
			if at, again := looked[it.Pair]; again && at.Equal(it.RetryAt) {
				continue
			}
			looked[it.Pair] = it.RetryAt
			if origin, err := mapping.ParseRef(string(it.Pair)); err == nil {
				due = append(due, origin)
				if first.IsZero() || it.RetryAt.After(first) {
					first = it.RetryAt
				}
			}
		}
		if len(due) == 0 || r.stopping() {
			return nil
		}
		if d := time.Until(first); d > 0 {
			r.log.Info().Int("pairs", len(due)).Str("wait", d.Round(time.Second).String()).Msg("waiting until unresolved writes have settled")
			if !r.rest(d) {
				return nil
			}
		}
		if err := r.process(ctx, work{unfinished: due}); err != nil {
			return err
		}
	}
}

func (r *run) tallied(p state.Pair) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.tallies[p]
	return ok
}

// advance moves the cursors, last of all: everything of the window is recorded, parked or pending on the agenda.
func (r *run) advance(ctx context.Context, cursors map[mapping.Desk]sources.Cursor) error {
	if r.req.DryRun || r.stuck || r.stopping() {
		return nil
	}
	for _, desk := range slices.Sorted(maps.Keys(cursors)) {
		if err := r.store.Put(ctx, r.lease.get(), keyCursor+string(desk), []byte(cursors[desk])); err != nil {
			return err
		}
	}
	if !r.forgetful || len(cursors) == 0 {
		return nil
	}
	if whole, err := r.surveyed(ctx); err != nil || !whole {
		return err
	}
	return r.store.Put(ctx, r.lease.get(), keyUnsure, []byte("0"))
}
