package engine

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
	"github.com/deskbridge/deskbridge/state"
)

// surveyPatience is how long after the birth of a store openings wait for conversations that a survey cannot read.
const surveyPatience = 24 * time.Hour

// survey reads what a desk lists and this run does not look at, because it goes in one direction only, over a period, or for some
// conversations: while the store may have forgotten something, a copy may be among it, which names its original and may not be
// found by its customer any more.
func (r *run) survey(ctx context.Context, w work) error {
	if !r.forgetful || r.surveyed || r.req.Explain {
		return nil
	}
	r.surveyed = true
	all := slices.Concat(w.unfinished, w.known, w.unknown)
	for i, s := range r.opts.Sides {
		desk := s.Source.Desk()
		bounded := r.req.Window != nil || len(r.req.Conversations) > 0
		listed := s.Send && !bounded && (r.req.From == "" || r.req.From == desk)
		others := slices.DeleteFunc(slices.Clone(all), func(ref mapping.Ref) bool { return ref.Desk == desk })
		if listed || len(others) == 0 {
			continue
		}
		if err := r.surveyOf(ctx, s, r.opts.Sides[1-i].Source, others, all); err != nil {
			return err
		}
	}
	return nil
}

// findings are what a survey of a whole desk has found: copies that the store does not know, by the pairs that they name.
type findings map[state.Pair]mapping.Ref

// surveyOf makes the survey of one desk, unless an earlier run has made it: one that may stand for later ones reads the whole desk.
func (r *run) surveyOf(ctx context.Context, s Side, other sources.Source, others, all []mapping.Ref) error {
	desk := s.Source.Desk()
	key := keySurvey + string(desk)
	if have, _, err := r.store.Get(ctx, key); err != nil {
		return err
	} else if found := (findings{}); len(have) > 0 && json.Unmarshal(have, &found) == nil {
		maps.Copy(r.leads, found)
		return nil
	}
	since, err := r.copiesSince(ctx, other, others)
	if err != nil {
		return err
	}
	refs, err := r.strangers(ctx, s, since, all)
	if err != nil {
		return err
	}
	if len(refs) > 0 {
		r.log.Info().Str("desk", string(desk)).Int("conversations", len(refs)).Msg("new or unsure store: looking for copies among the conversations that this run does not list")
	}
	found, whole, err := r.readAll(ctx, s.Source, refs)
	if err != nil {
		return err
	}
	maps.Copy(r.leads, found)
	if r.unsurveyed = r.unsurveyed || !whole; !whole || r.req.DryRun || len(r.req.Conversations) > 0 || r.stopping() {
		return nil
	}
	text, err := json.Marshal(found)
	if err != nil {
		return err
	}
	return r.store.Put(ctx, r.lease.get(), key, text)
}

// copiesSince is how far back copies may lie: as far as lists go, and where some conversations are named, no further than those.
func (r *run) copiesSince(ctx context.Context, source sources.Source, named []mapping.Ref) (time.Time, error) {
	floor := r.floor()
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
	if oldest = oldest.Add(-clockReach); oldest.After(floor) {
		return oldest, nil
	}
	return floor, nil
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

// readAll tells which pairs the conversations name as their originals, and whether all of them could be read that may be waited for.
func (r *run) readAll(ctx context.Context, source sources.Source, refs []mapping.Ref) (found findings, whole bool, err error) {
	found, whole = findings{}, true
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
			r.mu.Lock()
			defer r.mu.Unlock()
			switch {
			case err == nil:
				named, _ := r.namedIn(conv)
				r.unreads.of[ref] = false
				r.unreads.read[ref.Desk]++
				if !named.IsZero() {
					r.unreads.traces = true
					found[state.PairOf(named)] = ref
				}
			case !api.IsNotFound(err) && time.Since(r.quiet) < surveyPatience:
				r.unreads.of[ref], whole = true, false
			}
			return nil
		})
	}
	return found, whole, g.Wait()
}
