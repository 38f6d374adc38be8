package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/deskbridge/deskbridge/internal/engine"
)

func (a *app) state() *cobra.Command {
	c := a.command("state", "Work on what the bridge remembers", `
What the bridge remembers can be lost, and costs reads then, not duplicates. These commands are for doing on purpose what
it does by itself.`, readExits, nil)
	c.AddCommand(a.rebuild())
	return c
}

func (a *app) rebuild() *cobra.Command {
	var since string
	var yes bool
	c := a.command("rebuild", "Forget all pairs and recognise what stands on the desks", `
For a store that you do not trust any more. Without --yes it reads both desks as if nothing were remembered, tells how much
it would recognise and what the next sync would write then, and changes nothing. With --yes it forgets every pair and every
parked or pending item, reads both desks, and remembers what it recognises. It writes nothing to a desk either way. What it
cannot finish, the next sync does.`, allExits, func(ctx context.Context, _ []string) error {
		window, err := period(since, "")
		if err != nil {
			return &usageError{err}
		}
		req := engine.Request{Command: "state rebuild", Rebuild: true, DryRun: !yes, Window: &window}
		if yes {
			return a.pass(ctx, req, writing)
		}
		a.show = func(w io.Writer) error {
			if err := showPlan(w, a.report); err != nil {
				return err
			}
			_, err := fmt.Fprintf(w, "\nWrites of the next sync after the rebuild: %d. Nothing was changed: repeat with --yes to rebuild.\n", len(a.report.Operations))
			return err
		}
		return a.pass(ctx, req, reading)
	})
	c.Flags().StringVar(&since, "since", "", "only conversations updated at or after this `TIME`; older ones are recognised when they change")
	c.Flags().BoolVar(&yes, "yes", false, "do it")
	return c
}
