package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
	"github.com/deskbridge/deskbridge/state"
)

// ForeignStoreError says that the store belongs to another account.
type ForeignStoreError struct {
	Desk       mapping.Desk
	Have, Want string
}

func (e *ForeignStoreError) Error() string {
	return fmt.Sprintf("the store belongs to %s account %s, but the token to %s: use the right token, name the account in the configuration as the store does, or use another state.url", e.Desk, e.Have, e.Want)
}

// OtherNameError says that the store knows the same two accounts under another name.
type OtherNameError struct{ Have, Want string }

func (e *OtherNameError) Error() string {
	return fmt.Sprintf("the store knows these two accounts under the name %s, and this is %s: write name: %s. Under another name the bridge takes its own messages for other people's and copies them again", e.Have, e.Want, e.Have)
}

// accountOf is an account as the store remembers it.
func accountOf(id, host string) string { return id + " at " + host }

// belongs compares the account of a desk with the one that the store remembers, if it does. What was an account without a name
// may get its name later: nobody ever knew more of it than its token.
func (r *run) belongs(ctx context.Context, desk mapping.Desk, acc sources.Account) error {
	have, ok, err := r.store.Get(ctx, keyAccount+string(desk))
	if err != nil || !ok {
		return err
	}
	want := accountOf(acc.ID, acc.Host)
	if string(have) == want || acc.Unnamed != "" && string(have) == accountOf(acc.Unnamed, acc.Host) {
		return nil
	}
	return &ForeignStoreError{Desk: desk, Have: string(have), Want: want}
}

// own remembers the accounts, the first time that they are met and when one got its name; unless the store knows them under
// another name of the bridge.
func (r *run) own(ctx context.Context, accounts map[mapping.Desk]string) error {
	known := true
	for _, s := range r.opts.Sides {
		desk := s.Source.Desk()
		have, ok, err := r.store.Get(ctx, keyAccount+string(desk))
		if err != nil {
			return err
		}
		known = known && ok && string(have) == accounts[desk]
	}
	if known {
		return nil
	}
	if err := r.otherName(ctx, accounts); err != nil || r.req.DryRun {
		return err
	}
	for _, s := range r.opts.Sides {
		desk := s.Source.Desk()
		if err := r.store.Put(ctx, r.lease.get(), keyAccount+string(desk), []byte(accounts[desk])); err != nil {
			return err
		}
	}
	return nil
}

// otherName looks among the other names of the store for the same two accounts, as far as the store shows them.
func (r *run) otherName(ctx context.Context, accounts map[mapping.Desk]string) error {
	shared, ok := r.store.(state.Shared)
	if !ok {
		return nil
	}
	alike := map[string]int{}
	for _, s := range r.opts.Sides {
		desk := s.Source.Desk()
		others, err := shared.Others(ctx, keyAccount+string(desk))
		if err != nil { // one that may read its own name only; what else is wrong shows in the next call
			r.log.Debug().Err(err).Msg("other names of the store cannot be seen")
			return nil
		}
		for name, value := range others {
			if string(value) == accounts[desk] {
				alike[name]++
			}
		}
	}
	for name, n := range alike {
		if n == len(accounts) {
			return &OtherNameError{Have: name, Want: r.opts.Name}
		}
	}
	return nil
}

// StartMoved tells the earliest sync.start that the store remembers, and whether start is later than that.
func StartMoved(ctx context.Context, store state.Store, start time.Time) (first time.Time, later bool, err error) {
	have, ok, err := store.Get(ctx, keyStart)
	if err != nil || !ok {
		return time.Time{}, false, err
	}
	first, err = time.Parse(time.RFC3339Nano, string(have))
	if err != nil {
		return time.Time{}, false, nil // as if nothing were remembered
	}
	return first, start.After(first), nil
}

// begin remembers the earliest start, and says when it was moved later since.
func (r *run) begin(ctx context.Context) error {
	first, later, err := StartMoved(ctx, r.store, r.opts.Start)
	switch {
	case err != nil || r.req.DryRun:
		return err
	case later:
		r.late.Do(func() {
			r.log.Warn().Time("was", first).Time("is", r.opts.Start).Msg("sync.start was moved later: what was said between and is not carried yet counts as history now; put it back")
		})
		return nil
	case first.Equal(r.opts.Start):
		return nil
	}
	return r.store.Put(ctx, r.lease.get(), keyStart, []byte(r.opts.Start.UTC().Format(time.RFC3339Nano)))
}
