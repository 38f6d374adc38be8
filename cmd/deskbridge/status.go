package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/state"
)

func (a *app) status() *cobra.Command {
	return a.command("status", "Show the last runs, how far behind the bridge is, and what waits", `
Reads the store only, also while serve runs: who is at work, the last run, the last one that succeeded and its age (the lag), how many
conversations are pending or parked.`, readExits, func(ctx context.Context, _ []string) error {
		cfg, err := a.configure()
		if err != nil {
			return err
		}
		ctx, cancel := a.untilStop(ctx)
		defer cancel()
		b, err := openRemembered(ctx, cfg, reading)
		if err != nil {
			return err
		}
		defer b.close()
		s, err := remembered(ctx, b.store, time.Now())
		if err != nil {
			return err
		}
		a.report.State = s
		a.show = func(w io.Writer) error { return showState(w, *s) }
		return nil
	})
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// remembered sums up the store at a moment.
func remembered(ctx context.Context, store state.Store, now time.Time) (*report.State, error) {
	s := &report.State{}
	err := store.List(ctx, engine.KeyRun, func(key string, value []byte) error {
		var r report.Report
		if err := json.Unmarshal(value, &r); err != nil {
			return fmt.Errorf("the record %s of the run history cannot be read: %w", key, err)
		}
		past := &report.Past{Run: r.Run, Command: r.Command, Status: r.Status, StartedAt: r.StartedAt,
			EndedAt: r.StartedAt.Add(time.Duration(r.DurationS * float64(time.Second))), Error: r.Error}
		newer := func(than *report.Past) bool { return than == nil || past.EndedAt.After(than.EndedAt) }
		if newer(s.LastRun) {
			s.LastRun = past
		}
		whole := (r.Command == "sync" || r.Command == "serve") && !r.Bounded
		if whole && (r.Status == report.Done || r.Status == report.Parked) && newer(s.LastSuccess) {
			s.LastSuccess = past
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if s.LastSuccess != nil {
		lag := max(0, now.Sub(s.LastSuccess.EndedAt).Seconds())
		s.LagS = &lag
	}
	if err := atWork(ctx, store, s); err != nil {
		return nil, err
	}
	items, err := store.Agenda(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range items {
		if i.Parked {
			s.Parked++
		} else {
			s.Pending++
		}
	}
	return s, store.Pairs(ctx, func(state.Pair) error { s.Pairs++; return nil })
}

// atWork finds out whether a run is at work, or was and did not come to its end.
func atWork(ctx context.Context, store state.Store, s *report.State) (err error) {
	if w, ok := store.(state.Watcher); ok {
		h, err := w.Holder(ctx, engine.RunLease)
		if err != nil {
			return err
		}
		if h != nil {
			s.AtWork = &report.Worker{Since: h.Since, Host: h.Machine(), Process: h.PID}
			return nil
		}
	}
	s.Unfinished, err = engine.Unfinished(ctx, store)
	return err
}

func showState(w io.Writer, s report.State) error {
	var out strings.Builder
	past := func(label string, p *report.Past) {
		if p == nil {
			fmt.Fprintf(&out, "%-14s none yet\n", label)
			return
		}
		fmt.Fprintf(&out, "%-14s %s, %s, ended %s (run %s)\n", label, p.Command, p.Status, p.EndedAt.UTC().Format(time.RFC3339), p.Run)
		if p.Error != nil {
			fmt.Fprintf(&out, "%-14s %s\n", "", p.Error.Message)
		}
	}
	if w := s.AtWork; w != nil {
		fmt.Fprintf(&out, "%-14s since %s on %s (process %d)\n", "at work", w.Since.UTC().Format(time.RFC3339), w.Host, w.Process)
	}
	if s.Unfinished {
		fmt.Fprintf(&out, "%-14s a run was killed, or failed: the next one takes up what it left\n", "unfinished")
	}
	past("last run", s.LastRun)
	past("last success", s.LastSuccess)
	if s.LagS != nil {
		fmt.Fprintf(&out, "%-14s %s\n", "lag", time.Duration(*s.LagS*float64(time.Second)).Round(time.Second))
	}
	fmt.Fprintf(&out, "%-14s %d, of them pending %d, parked %d\n", "pairs", s.Pairs, s.Pending, s.Parked)
	_, err := io.WriteString(w, out.String())
	return err
}
