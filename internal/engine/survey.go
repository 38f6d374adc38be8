package engine

import (
	"context"
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
		since, err := r.copiesSince(ctx, r.opts.Sides[1-i].Source, others)
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
		if err := r.readAll(ctx, s.Source, refs); err != nil {
			return err
		}
	}
	return nil
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

// readAll notes of each conversation whose copy it says that it is.
func (r *run) readAll(ctx context.Context, source sources.Source, refs []mapping.Ref) error {
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
					r.leads[state.PairOf(named)] = ref
				}
			case !api.IsNotFound(err) && time.Since(r.quiet) < surveyPatience:
				r.unreads.of[ref], r.unsurveyed = true, true
			}
			return nil
		})
	}
	return g.Wait()
}
