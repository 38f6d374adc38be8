package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
	"github.com/deskbridge/deskbridge/state"
)

// A run in one direction only, over a period, or for some conversations does not list all that is new on both desks. While the
// store may have forgotten something, a copy may be among what is not listed, which names its original and may not be found by
// its customer any more. So such a run makes a survey: it reads what the other desk lists and the store does not know. What it
// finds is kept in the store until that becomes unsure again.

const (
	// surveyPatience is how long openings wait for a conversation that a survey could not read.
	surveyPatience = 24 * time.Hour
	// trialSurvey is how many conversations are read at most for a run that is to carry some only.
	trialSurvey = 1000
)

// survey is what is known of a desk that a run does not list.
type survey struct {
	// Made tells that there was one since the store became unsure, back to Since; zero is all that the desk has.
	Made  bool      `json:"made"`
	Since time.Time `json:"since"`
	// Leads are copies, by the pairs that they name as their originals.
	Leads map[state.Pair]lead `json:"leads,omitempty"`
	// Unread are the conversations that could not be read.
	Unread map[string]unreadable `json:"unread,omitempty"`
	Read   int                   `json:"read"`
}

// lead is a copy; sure if its desk says that a program wrote its back-link.
type lead struct {
	Copy mapping.Ref `json:"copy"`
	Sure bool        `json:"sure"`
}

// unreadable is a conversation that could not be read for the first time at Met; missing if the desk did not find it.
type unreadable struct {
	Met     time.Time `json:"met"`
	Missing bool      `json:"missing"`
}

// lists reports whether this run lists all that is new on a desk.
func (r *run) lists(s Side) bool {
	return s.Send && r.req.Window == nil && len(r.req.Conversations) == 0 && (r.req.From == "" || r.req.From == s.Source.Desk())
}

// trial reports whether this run is to carry some conversations only.
func (r *run) trial() bool {
	return len(r.req.Conversations) > 0 || r.req.Window != nil && r.req.Window.Limit > 0
}

// surveyAll makes the surveys that this run needs, and adds to the work what they have found the copies of. A rebuild opens nothing
// and needs none.
func (r *run) surveyAll(ctx context.Context, w *work) error {
	if !r.forgetful || r.req.Explain || r.req.Rebuild {
		return nil
	}
	all := slices.Concat(w.unfinished, w.known, w.unknown)
	for i, s := range r.opts.Sides {
		desk := s.Source.Desk()
		others := slices.DeleteFunc(slices.Clone(all), func(ref mapping.Ref) bool { return ref.Desk == desk })
		if r.lists(s) || r.surveys[desk] != nil || len(others) == 0 {
			continue
		}
		v, err := r.surveyOf(ctx, s, r.opts.Sides[1-i].Source, others, all)
		if err != nil {
			return err
		}
		r.surveys[desk] = &v
		r.unreads.traces = r.unreads.traces || len(v.Leads) > 0
		r.unreads.read[desk] += v.Read
		for ref, u := range v.Unread {
			if c, err := mapping.ParseRef(ref); err == nil && u.awaited() {
				r.unreads.of[c] = true
			}
		}
		if r.req.Window == nil && len(r.req.Conversations) == 0 {
			if err := r.takeUp(ctx, v, all, w); err != nil {
				return err
			}
		}
	}
	return nil
}

// takeUp adds the originals of the copies that were found to the work: the run that ends may be the last one that knows of them.
func (r *run) takeUp(ctx context.Context, v survey, all []mapping.Ref, w *work) error {
	var found []mapping.Ref
	for pair := range v.Leads {
		origin, err := mapping.ParseRef(string(pair))
		if err != nil || slices.Contains(all, origin) {
			continue
		}
		if _, known, err := r.pairOf(ctx, origin); err != nil {
			return err
		} else if !known {
			found = append(found, origin)
		}
	}
	slices.SortFunc(found, func(a, b mapping.Ref) int { return cmp.Compare(a.String(), b.String()) })
	w.unknown = append(w.unknown, found...)
	return nil
}

// surveyOf gives the survey of a desk: the one that an earlier run has made, if it reaches far enough, with what could not be read
// then; else a new one.
func (r *run) surveyOf(ctx context.Context, s Side, other sources.Source, others, all []mapping.Ref) (v survey, err error) {
	if v, err = r.storedSurvey(ctx, s.Source.Desk()); err != nil {
		return v, err
	}
	since, err := r.copiesSince(ctx, other, others)
	if err != nil {
		return v, err
	}
	var refs []mapping.Ref
	anew := !v.Made || !v.Since.IsZero() && (since.IsZero() || since.Before(v.Since))
	if anew {
		if refs, err = r.strangers(ctx, s, since, all); err != nil {
			return v, err
		}
		if r.trial() && len(refs) > trialSurvey {
			r.log.Warn().Str("desk", string(s.Source.Desk())).Int("conversations", len(refs)).Msg("new or unsure store: too many conversations to look for copies among them; a sync of everything does")
			return v, nil
		}
		v.Leads, v.Read = map[state.Pair]lead{}, 0
		r.log.Info().Str("desk", string(s.Source.Desk())).Int("conversations", len(refs)).Msg("new or unsure store: looking for copies among what this run does not list")
	} else {
		for ref, u := range v.Unread {
			if c, err := mapping.ParseRef(ref); err == nil && u.awaited() {
				refs = append(refs, c)
			}
		}
		if len(refs) == 0 {
			return v, nil
		}
	}
	if err := r.readAll(ctx, s.Source, s.Settle, refs, &v); err != nil {
		return v, err
	}
	if r.stopping() {
		return v, nil
	}
	if anew {
		v.Made, v.Since = true, since
	}
	return v, r.keepSurvey(ctx, s.Source.Desk(), v)
}

func (r *run) storedSurvey(ctx context.Context, desk mapping.Desk) (v survey, err error) {
	text, _, err := r.store.Get(ctx, keySurvey+string(desk))
	if err == nil && len(text) > 0 && json.Unmarshal(text, &v) != nil {
		v = survey{}
	}
	if v.Leads == nil {
		v.Leads = map[state.Pair]lead{}
	}
	if v.Unread == nil {
		v.Unread = map[string]unreadable{}
	}
	return v, err
}

func (r *run) keepSurvey(ctx context.Context, desk mapping.Desk, v survey) error {
	if r.req.DryRun {
		return nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return r.store.Put(ctx, r.lease.get(), keySurvey+string(desk), text)
}

// endSurveys makes the surveys so far void: the store may have forgotten what was written since. Since when something cannot be read
// stays known.
func (r *run) endSurveys(ctx context.Context) error {
	for _, s := range r.opts.Sides {
		v, err := r.storedSurvey(ctx, s.Source.Desk())
		if err != nil {
			return err
		}
		if v.Made {
			if err := r.keepSurvey(ctx, s.Source.Desk(), survey{Unread: v.Unread}); err != nil {
				return err
			}
		}
	}
	return nil
}

// surveyed reports whether this run knows all that may be copies on the desks that it does not list.
func (r *run) surveyed() bool {
	for _, s := range r.opts.Sides {
		if r.lists(s) {
			continue
		}
		v := r.surveys[s.Source.Desk()]
		if floor := r.floor(); v == nil || !v.Made || !v.Since.IsZero() && (floor.IsZero() || floor.Before(v.Since)) {
			return false
		}
		unread := 0
		for _, u := range v.Unread {
			if u.awaited() {
				unread++
			}
		}
		if unread > 0 && (r.unreads.traces || unread >= r.unreads.read[s.Source.Desk()]) {
			return false
		}
	}
	return true
}

// awaited reports whether what could not be read may still be a copy.
func (u unreadable) awaited() bool { return time.Since(u.Met) < surveyPatience }

// copiesSince is how far back copies may lie: as far as lists go, as far as the period, or, where some conversations are named, as
// far as those.
func (r *run) copiesSince(ctx context.Context, source sources.Source, named []mapping.Ref) (time.Time, error) {
	floor := r.floor()
	if w := r.req.Window; w != nil && w.Since.Before(floor) {
		floor = w.Since
	}
	if len(r.req.Conversations) == 0 {
		return floor, nil
	}
	oldest := time.Now()
	for _, ref := range named {
		conv, err := source.Read(ctx, ref.ID)
		if cause := context.Cause(ctx); cause != nil {
			return floor, cause
		}
		if err != nil || conv.Truncated > 0 || len(conv.Entries) == 0 {
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

// strangers are the conversations that a desk lists and neither the store nor the run knows.
func (r *run) strangers(ctx context.Context, s Side, since time.Time, but []mapping.Ref) (refs []mapping.Ref, err error) {
	seen := map[mapping.Ref]bool{}
	for _, ref := range but {
		seen[ref] = true
	}
	yield := func(l sources.Listing) error {
		pair, known, err := r.pairOf(ctx, l.Ref)
		switch {
		case err != nil:
			return &storeError{err}
		case known && pair != state.PairOf(l.Ref):
			r.leads[pair] = l.Ref
		case !known && !seen[l.Ref]:
			seen[l.Ref] = true
			refs = append(refs, l.Ref)
		}
		return nil
	}
	if _, err = s.Source.Changed(ctx, "", since, yield); err != nil {
		return nil, r.listFailed(s.Source.Desk(), err)
	}
	return refs, nil
}

// readAll notes in a survey which pairs the conversations name as their originals, and what could not be read. What would end a look
// and every one after it ends the run.
func (r *run) readAll(ctx context.Context, source sources.Source, settle time.Duration, refs []mapping.Ref, v *survey) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(r.opts.Workers)
	for _, ref := range refs {
		if r.stopping() {
			break
		}
		g.Go(func() error {
			conv, err := source.Read(ctx, ref.ID)
			if cause := context.Cause(ctx); cause != nil {
				return cause
			}
			if ae, _ := asError(err); ae != nil && (ae.Class == api.Denied && ae.Status != 403 || ae.RetryAfter > api.LongestPause) {
				return r.broken(ref.Desk, err)
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			if err != nil {
				u, met := v.Unread[ref.String()]
				if now := time.Now().UTC(); !met || u.Met.After(now) {
					u.Met = now
				}
				missing := api.IsNotFound(err)
				if missing && u.Missing && time.Since(u.Met) > settle { // as everywhere: twice, and settle apart
					delete(v.Unread, ref.String())
					return nil
				}
				u.Missing = missing
				v.Unread[ref.String()] = u
				return nil
			}
			delete(v.Unread, ref.String())
			v.Read++
			named, sure := r.namedIn(conv)
			if old, led := v.Leads[state.PairOf(named)]; !named.IsZero() && (!led || sure && !old.Sure) {
				v.Leads[state.PairOf(named)] = lead{ref, sure}
			}
			return nil
		})
	}
	return g.Wait()
}

// led gives the copy that names a pair as its original, as the index of the store or a survey knows it.
func (r *run) led(pair state.Pair) mapping.Ref {
	if ref, ok := r.leads[pair]; ok {
		return ref
	}
	for _, v := range r.surveys {
		if l, ok := v.Leads[pair]; ok {
			return l.Copy
		}
	}
	return mapping.Ref{}
}
