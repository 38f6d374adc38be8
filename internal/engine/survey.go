package engine

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
	"github.com/deskbridge/deskbridge/state"
)

// A run in one direction only, over a period, or for some conversations does not list all that is new on both desks. A copy that the
// store has forgotten may be among what is not listed, which names its original and may not be found by its customer any more. So
// such a run makes a survey: it reads what the other desk lists and the store does not know. It is kept in the store until that
// becomes unsure, and later ones go on from where it ended: nobody notices that an older store was put back, with an older survey.

const (
	// surveyPatience is how long openings wait for a conversation that a survey could not read.
	surveyPatience = 24 * time.Hour
	// surveyStep is after how many conversations a survey is stored.
	surveyStep = 1000
)

// survey is what is known of a desk that a run does not list.
type survey struct {
	// Made tells that there was one since the store became unsure, back to Since; zero is all that the desk has.
	Made  bool      `json:"made"`
	Since time.Time `json:"since"`
	// Cursor is where the next one begins, and Polled was that of the desk's own list then.
	Cursor sources.Cursor `json:"cursor,omitempty"`
	Polled sources.Cursor `json:"polled,omitempty"`
	// Leads are copies, by the pairs that they name as their originals.
	Leads map[state.Pair]mapping.Ref `json:"leads,omitempty"`
	// Unread are the conversations that could not be read, and are waited for.
	Unread map[string]unreadable `json:"unread,omitempty"`
	// Seen are those that were read, as long as the list was not gone through.
	Seen map[string]bool `json:"seen,omitempty"`
	// Latest are the versions of those that the last one found new: lists overlap.
	Latest map[string]mapping.Version `json:"latest,omitempty"`
	Read   int                        `json:"read"`
}

// unreadable is a conversation that could not be read for the first time at Met, and since Missing is not found by its desk. Late is one
// that was listed after the whole desk had been looked at: the loss did not forget it, and nothing waits for it.
type unreadable struct {
	Late    bool      `json:"late,omitempty"`
	Met     time.Time `json:"met"`
	Missing time.Time `json:"missing,omitzero"`
}

// lists reports whether this run lists all that is new on a desk.
func (r *run) lists(s Side) bool {
	return s.Send && r.req.Window == nil && len(r.req.Conversations) == 0 && (r.req.From == "" || r.req.From == s.Source.Desk())
}

// surveyAll makes the surveys that this run needs, and adds to the work what they have found the copies of. A rebuild opens nothing
// and needs none, nor does a dry run.
func (r *run) surveyAll(ctx context.Context, w *work) error {
	if r.req.Explain || r.req.Rebuild || r.req.DryRun {
		return nil
	}
	work := slices.Concat(w.unfinished, w.known, w.unknown)
	for i, s := range r.opts.Sides {
		desk := s.Source.Desk()
		if r.lists(s) || r.surveys[desk] != nil {
			continue
		}
		originals, err := r.twinless(ctx, work, r.opts.Sides[1-i].Source.Desk())
		if err != nil {
			return err
		}
		if len(originals) == 0 {
			continue
		}
		v, err := r.surveyOf(ctx, s, r.opts.Sides[1-i].Source, originals, work)
		if own := (*deskError)(nil); !r.forgetful && errors.As(err, &own) {
			r.log.Warn().Err(err).Str("desk", string(desk)).Msg("cannot look for copies that an older store would not know")
			r.surveys[desk] = &survey{}
			continue
		}
		if err != nil {
			return err
		}
		r.surveys[desk] = &v
		r.unreads.traces = r.unreads.traces || len(v.Leads) > 0
		r.unreads.read[desk] += v.Read
		for ref, u := range v.Unread {
			if c, err := mapping.ParseRef(ref); err == nil && !u.Late {
				r.unreads.of[c] = true
			}
		}
		if r.req.Window == nil && len(r.req.Conversations) == 0 {
			if err := r.takeUp(ctx, v, work, w); err != nil {
				return err
			}
		}
	}
	return nil
}

// twinless are those of a desk of which no copy is known.
func (r *run) twinless(ctx context.Context, refs []mapping.Ref, desk mapping.Desk) (out []mapping.Ref, err error) {
	for _, ref := range refs {
		if ref.Desk != desk {
			continue
		}
		if l, err := r.ledgerAt(ctx, ref); err != nil {
			return nil, err
		} else if l == nil || l.Meta.Twin.IsZero() {
			out = append(out, ref)
		}
	}
	return out, nil
}

// ledgerAt gives the ledger of the pair that a conversation belongs to; nil when the store knows none.
func (r *run) ledgerAt(ctx context.Context, ref mapping.Ref) (*state.Ledger, error) {
	pair, known, err := r.pairOf(ctx, ref)
	if err != nil || !known {
		return nil, err
	}
	records, err := r.recall(ctx, pair)
	if err != nil {
		return nil, err
	}
	return state.ReadLedger(pair, records)
}

// takeUp adds the originals of the copies that were found to the work: the run that ends may be the last one that knows of them.
func (r *run) takeUp(ctx context.Context, v survey, have []mapping.Ref, w *work) error {
	var found []mapping.Ref
	for _, pair := range slices.Sorted(maps.Keys(v.Leads)) {
		origin, err := mapping.ParseRef(string(pair))
		if err != nil || slices.Contains(have, origin) {
			continue
		}
		if _, known, err := r.pairOf(ctx, origin); err != nil {
			return err
		} else if !known {
			found = append(found, origin)
		}
	}
	w.unknown = append(w.unknown, found...)
	return nil
}

// surveyOf gives the survey of a desk: that of an earlier run, if it reaches far enough, with what could not be read then and what
// is new since; else a new one.
func (r *run) surveyOf(ctx context.Context, s Side, other sources.Source, originals, work []mapping.Ref) (v survey, err error) {
	desk := s.Source.Desk()
	if v, err = r.storedSurvey(ctx, desk); err != nil {
		return v, err
	}
	polled, _, err := r.store.Get(ctx, keyCursor+string(desk))
	if err != nil {
		return v, err
	}
	listed := !r.forgetful && len(polled) > 0 && string(polled) != string(v.Polled) // by runs since
	onward := v.Made && v.Cursor != ""
	var since time.Time
	if r.forgetful || !listed && !onward {
		if since, err = r.copiesSince(ctx, other, originals); err != nil {
			return v, err
		}
	}
	met := v.Unread
	switch {
	case listed:
		v = survey{Made: true, Cursor: sources.Cursor(polled), Polled: sources.Cursor(polled), Leads: v.Leads}
	case onward && (!r.forgetful || v.Since.IsZero() || !since.IsZero() && !since.Before(v.Since)):
		since = v.Since
	case v.Made || v.Seen == nil:
		v = survey{}
	default: // it goes on where it was stopped
		v.Unread = nil
	}
	v = v.ready()
	anew := v.Cursor == ""
	refs, latest, next, err := r.strangers(ctx, s, v, since, work)
	if err != nil {
		return v, err
	}
	if anew {
		r.log.Info().Str("desk", string(desk)).Int("conversations", len(refs)).Msg("new or unsure store: looking for copies among what this run does not list")
	}
	for _, ref := range slices.Sorted(maps.Keys(v.Unread)) {
		if c, err := mapping.ParseRef(ref); err == nil && !slices.Contains(refs, c) {
			refs = append(refs, c)
		}
	}
	for part := range slices.Chunk(refs, surveyStep) {
		err := r.readAll(ctx, s, part, met, &v)
		if last := part[len(part)-1] == refs[len(refs)-1]; err != nil || !last || r.stopping() {
			err = errors.Join(err, r.keepSurvey(ctx, desk, v))
		}
		if err != nil || r.stopping() {
			return v, err
		}
	}
	if v.Latest = latest; anew {
		v.Latest = nil // it would be the whole desk
	}
	v.Made, v.Since, v.Seen, v.Cursor, v.Polled = true, since, nil, next, sources.Cursor(polled)
	return v, r.keepSurvey(ctx, desk, v)
}

func (r *run) storedSurvey(ctx context.Context, desk mapping.Desk) (v survey, err error) {
	text, _, err := r.store.Get(ctx, keySurvey+string(desk))
	if err == nil && len(text) > 0 && json.Unmarshal(text, &v) != nil {
		v = survey{}
	}
	return v, err
}

// ready is a survey that can be added to.
func (v survey) ready() survey {
	if v.Leads == nil {
		v.Leads = map[state.Pair]mapping.Ref{}
	}
	if v.Unread == nil {
		v.Unread = map[string]unreadable{}
	}
	if v.Seen == nil {
		v.Seen = map[string]bool{}
	}
	return v
}

func (r *run) keepSurvey(ctx context.Context, desk mapping.Desk, v survey) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return r.store.Put(ctx, r.lease.get(), keySurvey+string(desk), text)
}

// endSurveys makes the surveys so far void: the store may have forgotten what was written since, or knows all that there is. Since when
// something cannot be read stays known.
func (r *run) endSurveys(ctx context.Context) error {
	for _, s := range r.opts.Sides {
		v, err := r.storedSurvey(ctx, s.Source.Desk())
		if err != nil {
			return err
		}
		if v.Made || v.Seen != nil {
			if err := r.keepSurvey(ctx, s.Source.Desk(), survey{Unread: v.Unread}); err != nil {
				return err
			}
		}
	}
	return nil
}

// surveyed reports whether this run knows all that may be copies on the desks that it does not list. What it has made copies of is
// struck off the surveys then, and what could not be read.
func (r *run) surveyed(ctx context.Context) (bool, error) {
	for _, s := range r.opts.Sides {
		if r.lists(s) {
			continue
		}
		desk := s.Source.Desk()
		v := r.surveys[desk]
		if floor := r.floor(); v == nil || !v.Made || !v.Since.IsZero() && (floor.IsZero() || floor.Before(v.Since)) {
			return false, nil
		}
		waits := 0
		for _, u := range v.Unread {
			if !u.Late {
				waits++
			}
		}
		if waits > 0 && (r.unreads.traces || waits >= r.unreads.read[desk]) {
			return false, nil
		}
		left := len(v.Leads) + len(v.Unread)
		v.Unread = nil
		for _, pair := range slices.Sorted(maps.Keys(v.Leads)) {
			origin, err := mapping.ParseRef(string(pair))
			if err != nil {
				continue
			}
			l, err := r.ledgerAt(ctx, origin)
			switch {
			case err != nil:
				return false, err
			case l == nil:
			case !l.Meta.Twin.IsZero():
				delete(v.Leads, pair)
			case l.Meta.Copied.IsZero() && !l.Desks[origin.Desk].Gone: // it waits for something else
				return false, nil
			}
		}
		if len(v.Leads) < left {
			if err := r.keepSurvey(ctx, desk, *v); err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

// copiesSince is how far back copies may lie: as far as lists go, as far as the period, or, where the run is for some conversations
// only, as far as those: a copy is younger than its original.
func (r *run) copiesSince(ctx context.Context, source sources.Source, originals []mapping.Ref) (time.Time, error) {
	floor := r.floor()
	if w := r.req.Window; w != nil && w.Since.Before(floor) {
		floor = w.Since
	}
	if len(r.req.Conversations) == 0 && (r.req.Window == nil || r.req.Window.Limit == 0) {
		return floor, nil
	}
	oldest := time.Now()
	for _, ref := range originals {
		conv, err := source.Read(ctx, ref.ID)
		if cause := context.Cause(ctx); cause != nil {
			return floor, cause
		}
		if api.IsNotFound(err) {
			continue // it is not opened
		}
		if err != nil || len(conv.Entries) == 0 || conv.Truncated > 0 && !conv.Entries[0].Opening {
			return floor, nil // nobody knows when it began; its look tells what is wrong
		}
		for _, e := range conv.Entries {
			if e.At.Before(oldest) {
				oldest = e.At
			}
		}
	}
	return oldest.Add(-clockReach), nil
}

// strangers are the conversations that a desk lists since a survey and neither the store nor the work knows, and that it has not seen as
// they are. latest are the versions of those that are new or were it in the last one.
func (r *run) strangers(ctx context.Context, s Side, v survey, since time.Time, work []mapping.Ref) (refs []mapping.Ref, latest map[string]mapping.Version, next sources.Cursor, err error) {
	latest = map[string]mapping.Version{}
	seen := map[mapping.Ref]bool{}
	for _, ref := range work {
		seen[ref] = true
	}
	yield := func(l sources.Listing) error {
		pair, known, err := r.pairOf(ctx, l.Ref)
		switch {
		case err != nil:
			return &storeError{err}
		case known && pair != state.PairOf(l.Ref):
			r.leads[pair] = l.Ref
		case !known && !seen[l.Ref] && !v.Seen[l.Ref.String()]:
			seen[l.Ref] = true
			if latest[l.Ref.String()] = l.Version; l.Version == "" || l.Version != v.Latest[l.Ref.String()] {
				refs = append(refs, l.Ref)
			}
		}
		return nil
	}
	if next, err = s.Source.Changed(ctx, v.Cursor, since, yield); err != nil {
		err = r.listFailed(s.Source.Desk(), err)
	}
	return refs, latest, next, err
}

// readAll notes in a survey which pairs the conversations name as their originals, and what could not be read; met is what could not
// before. What would end a look and every one after it ends the run.
func (r *run) readAll(ctx context.Context, s Side, refs []mapping.Ref, met map[string]unreadable, v *survey) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(r.opts.Workers)
	for _, ref := range refs {
		if r.stopping() {
			break
		}
		g.Go(func() error {
			conv, err := s.Source.Read(ctx, ref.ID)
			if cause := context.Cause(ctx); cause != nil {
				return cause
			}
			if ae, _ := asError(err); ae != nil && (ae.Class == api.Denied && ae.Status != 403 || ae.RetryAfter > api.LongestPause) {
				return r.broken(ref.Desk, err)
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			before, known := met[ref.String()]
			before.Late = before.Late || v.Made && !known
			delete(v.Unread, ref.String())
			if err != nil {
				if u, waits := before.again(err, s.Settle, time.Now().UTC()); waits {
					v.Unread[ref.String()] = u
				}
				return nil
			}
			v.Read++
			v.Seen[ref.String()] = true
			if named := r.namedIn(conv); !named.IsZero() {
				v.Leads[state.PairOf(named)] = ref
			}
			return nil
		})
	}
	return g.Wait()
}

// again is what is known of a conversation that could not be read once more, and whether it is still waited for: not longer than
// surveyPatience, and not when it was missing twice, settle apart.
func (u unreadable) again(err error, settle time.Duration, now time.Time) (unreadable, bool) {
	if u.Met.IsZero() || u.Met.After(now) {
		u.Met = now
	}
	switch {
	case !api.IsNotFound(err):
		u.Missing = time.Time{}
	case u.Missing.IsZero() || u.Missing.After(now):
		u.Missing = now
	case now.Sub(u.Missing) > settle:
		return u, false
	}
	return u, now.Sub(u.Met) < surveyPatience
}

// led gives the copy that names a pair as its original, as the index of the store or a survey knows it.
func (r *run) led(pair state.Pair) mapping.Ref {
	if ref, ok := r.leads[pair]; ok {
		return ref
	}
	for _, v := range r.surveys {
		if ref, ok := v.Leads[pair]; ok {
			return ref
		}
	}
	return mapping.Ref{}
}
