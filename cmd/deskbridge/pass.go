package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/mapping"
)

// bounds are the flags that plan, sync and backfill share.
type bounds struct {
	conversations []string
	maxWrites     int
	given         func(flag string) bool
}

func (b *bounds) flags(c *cobra.Command) {
	b.given = c.Flags().Changed
	c.Flags().StringArrayVar(&b.conversations, "conversation", nil, "only this one, as `desk:id`; may be repeated")
	c.Flags().IntVar(&b.maxWrites, "max-writes", 0, "stop after `N` write calls; what is left is pending (default: no bound)")
}

func (b *bounds) apply(req *engine.Request) error {
	if b.given("max-writes") && b.maxWrites < 1 {
		return &usageError{fmt.Errorf("--max-writes %d is less than 1", b.maxWrites)}
	}
	req.MaxWrites = b.maxWrites
	for _, text := range b.conversations {
		ref, err := mapping.ParseRef(text)
		if err == nil {
			err = knownDesk("--conversation", string(ref.Desk))
		}
		if err != nil {
			return &usageError{err}
		}
		req.Conversations = append(req.Conversations, ref)
	}
	return nil
}

// alone refuses flags that choose among what the desks list: beside --conversation nothing is listed.
func (b *bounds) alone(flags ...string) error {
	for _, flag := range flags {
		if len(b.conversations) > 0 && b.given(flag) {
			return &usageError{fmt.Errorf("--%s and --conversation exclude each other", flag)}
		}
	}
	return nil
}

func knownDesk(flag, name string) error {
	if d := mapping.Desk(name); d != config.Dashly && d != config.Intercom {
		return fmt.Errorf("%s: %q is not a desk: write dashly or intercom", flag, name)
	}
	return nil
}

// pass makes one pass of the engine and takes over its report.
func (a *app) pass(ctx context.Context, req engine.Request, how access) error {
	cfg, err := a.configure()
	if err != nil {
		return err
	}
	opening, cancel := a.untilStop(ctx)
	defer cancel()
	b, err := open(opening, cfg, how, a.log)
	if err != nil {
		return err
	}
	defer b.close()
	a.report = b.engine.Run(ctx, a.stop, req)
	return nil
}
