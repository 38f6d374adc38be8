package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

func (a *app) parked() *cobra.Command {
	c := a.command("parked", "List, show, retry or drop the conversations that are set aside", `
A conversation that cannot be carried on now is parked with its reason and the time of its next try. It never blocks
others and is never forgotten; these commands look at it and decide before that time.`, readExits, nil)
	c.AddCommand(
		a.parkedCommand("list", "List what is parked", "Lists every parked conversation, the earliest retry first.", reading, nil),
		a.parkedCommand("show desk:id", "Show one parked conversation whole", `
Shows reason, detail and times of one parked conversation. Nothing of it is lost while it is parked; "parked drop" gives up
what is not carried by now. Which entries that are, "explain desk:id" shows.`, reading, nil),
		a.parkedCommand("retry desk:id", "Try one again in the next pass", "Moves the next try to now: the next pass of sync or serve takes the conversation up. Writes nothing to a desk.", writing,
			func(ctx context.Context, b *bridge, i state.Item) error {
				_, err := b.store.Reschedule(ctx, i.Pair, time.Now())
				return err
			}),
		a.parkedCommand("drop desk:id", "Stop trying one", `
Takes a conversation off the list and gives up what is not carried by now: it stays where it is, and no later run carries
it (dropped_by_operator). What is said later is carried again. How many entries that are, "explain desk:id" shows before.
Writes nothing to a desk.`, writing,
			func(ctx context.Context, b *bridge, i state.Item) error { return b.drop(ctx, i.Pair) }),
	)
	return c
}

// parkedCommand makes one of the commands: all of them find items, and some do something with the one found.
func (a *app) parkedCommand(use, short, long string, how access, do func(context.Context, *bridge, state.Item) error) *cobra.Command {
	exits := readExits
	if do != nil {
		exits = strings.Replace(exits, "  130", "  5    another run is at work on the conversation\n  130", 1)
	}
	one := strings.Contains(use, " ")
	if one {
		exits = strings.Replace(exits, "  1    failed: the store cannot be read", "  1    failed: the store cannot be read, or nothing is parked under this name", 1)
	}
	c := a.command(use, short, long, exits, func(ctx context.Context, args []string) error {
		cfg, err := a.configure()
		if err != nil {
			return err
		}
		ctx, cancel := a.untilStop(ctx)
		defer cancel()
		b, err := openRemembered(ctx, cfg, how)
		if err != nil {
			return err
		}
		defer b.close()
		return a.parkedOn(ctx, b, args, do)
	})
	if one {
		c.Args = oneConversation
	}
	return c
}

func (a *app) parkedOn(ctx context.Context, b *bridge, args []string, do func(context.Context, *bridge, state.Item) error) error {
	items, err := b.parkedItems(ctx)
	if err != nil {
		return err
	}
	if len(args) == 1 {
		found, err := b.named(ctx, items, args[0])
		if err != nil {
			return err
		}
		if do != nil {
			if err := do(ctx, b, found); err != nil {
				return err
			}
		}
		items = []state.Item{found}
	}
	a.report.Parked = []report.ParkedPair{}
	for _, i := range items {
		a.report.Parked = append(a.report.Parked, report.ParkedPair{Pair: string(i.Pair), Reason: i.Reason, Detail: i.Detail, Since: i.Since, RetryAt: i.RetryAt, Tries: i.Tries})
	}
	a.show = func(w io.Writer) error { return showParked(w, a.report, do != nil) }
	return nil
}

// openRemembered opens the store alone: these commands need no desk.
func openRemembered(ctx context.Context, cfg *config.Config, how access) (*bridge, error) {
	if path, embedded := cfg.State.SQLite(); embedded && how == writing && !exists(path) {
		how = reading // there is nothing to write about
	}
	store, closing, err := openStore(ctx, cfg, how)
	if err != nil {
		return nil, err
	}
	return &bridge{cfg: cfg, store: store, close: closing}, nil
}

// named finds the item that a conversation of either desk belongs to.
func (b *bridge) named(ctx context.Context, items []state.Item, text string) (state.Item, error) {
	ref, err := mapping.ParseRef(text)
	if err != nil {
		return state.Item{}, &usageError{err}
	}
	pair := state.PairOf(ref)
	if p, ok, err := b.store.Resolve(ctx, ref); err != nil {
		return state.Item{}, err
	} else if ok {
		pair = p
	}
	for _, i := range items {
		if i.Pair == pair {
			return i, nil
		}
	}
	return state.Item{}, &failure{report.Failed, report.Failure{Code: "not_parked", Message: text + " is not parked: see deskbridge parked list", Where: text}}
}

func showParked(w io.Writer, r report.Report, done bool) error {
	var out strings.Builder
	verb := strings.TrimPrefix(r.Command, "parked ")
	switch {
	case len(r.Parked) == 0:
		out.WriteString("Nothing is parked.\n")
	case done:
		says := map[string]string{"retry": "will be tried again in the next pass", "drop": "is off the list: what was not carried by now is given up; what is said later is carried again"}[verb]
		fmt.Fprintf(&out, "%s %s.\n", r.Parked[0].Pair, says)
	default:
		for _, p := range r.Parked {
			fmt.Fprintf(&out, "%s\n  %s since %s, next try %s, tries so far: %d\n", p.Pair, p.Reason, p.Since.UTC().Format(time.RFC3339), p.RetryAt.UTC().Format(time.RFC3339), p.Tries)
			if p.Detail != "" {
				fmt.Fprintf(&out, "  %s\n", p.Detail)
			}
		}
		if verb == "show" {
			fmt.Fprintf(&out, "  What is not carried waits: deskbridge explain %[1]s lists it, deskbridge parked drop %[1]s gives it up.\n", r.Parked[0].Pair)
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}
