package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/deskbridge/deskbridge/internal/engine"
)

func (a *app) sync() *cobra.Command {
	var only bounds
	var sweep bool
	c := a.command("sync", "Carry over what is new, in every enabled direction, then end", `
One complete pass: reads what changed on both desks since the last one, writes what is missing on the other side, and
accounts for every entry that it read. It can be repeated, and stopped, at any time; run it from cron, or use "serve".`,
		allExits, func(ctx context.Context, _ []string) error {
			req := engine.Request{Command: "sync", Sweep: sweep}
			if err := only.apply(&req); err != nil {
				return err
			}
			if err := only.alone("sweep"); err != nil {
				return err
			}
			return a.pass(ctx, req, writing)
		})
	only.flags(c)
	c.Flags().BoolVar(&sweep, "sweep", false, "look at all conversations of the last 30 days too: some changes move no clock")
	return c
}
