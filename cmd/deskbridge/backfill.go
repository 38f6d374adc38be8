package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
)

func (a *app) backfill() *cobra.Command {
	var only bounds
	var from, since, until string
	var limit int
	c := a.command("backfill", "Carry over a period once, without regard to what was polled", `
Lists the conversations that were last updated in a period, on every desk that sends or on the one that --from names,
and brings each up to date as sync does. What is older than sync.start is carried as history.include allows, and never
delivered to anybody. It does not move the cursor of sync and may be repeated: what is there is not written again.`,
		allExits, func(ctx context.Context, _ []string) error {
			req := engine.Request{Command: "backfill", From: mapping.Desk(from)}
			window, err := period(since, until)
			if err == nil && from != "" {
				err = knownDesk("--from", from)
			}
			if err == nil && only.given("limit") && limit < 1 {
				err = fmt.Errorf("--limit %d is less than 1", limit)
			}
			if err != nil {
				return &usageError{err}
			}
			window.Limit = limit
			req.Window = &window
			if err := only.apply(&req); err != nil {
				return err
			}
			if err := only.alone("since", "until", "limit"); err != nil {
				return err
			}
			for _, ref := range req.Conversations {
				if from != "" && ref.Desk != req.From {
					return &usageError{fmt.Errorf("--from %s and --conversation %s exclude each other", from, ref)}
				}
			}
			return a.pass(ctx, req, writing)
		})
	only.flags(c)
	c.Flags().StringVar(&from, "from", "", "only conversations of this `DESK`: dashly or intercom")
	c.Flags().StringVar(&since, "since", "", "updated at or after this `TIME`, like 2026-01-01T00:00:00Z or 2026-01-01 (UTC)")
	c.Flags().StringVar(&until, "until", "", "updated before this `TIME`")
	c.Flags().IntVar(&limit, "limit", 0, "at most `N` conversations a desk (default: all)")
	return c
}

func period(since, until string) (w sources.Window, err error) {
	if w.Since, err = moment("--since", since); err != nil {
		return w, err
	}
	if w.Until, err = moment("--until", until); err != nil {
		return w, err
	}
	if !w.Since.IsZero() && !w.Until.IsZero() && !w.Since.Before(w.Until) {
		return w, errors.New("--since must be before --until")
	}
	return w, nil
}

func moment(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s: %q is not a time: write it like 2026-01-01T00:00:00Z or 2026-01-01", flag, text)
}
