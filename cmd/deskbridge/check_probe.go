package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/probe"
	probedashly "github.com/deskbridge/deskbridge/internal/probe/dashly"
	probeintercom "github.com/deskbridge/deskbridge/internal/probe/intercom"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// probed is what the probes of one desk found.
type probed struct {
	desk             mapping.Desk
	results          []probe.Result
	reads, throttled int
}

// probe asks both desks, by reads alone, how they read what their documents leave open. A desk that cannot be reached is
// left out: check has said so. What cannot be seen is no error.
func (x *examiner) probe(ctx context.Context) {
	own, err := x.own(ctx)
	if err != nil {
		x.say(report.Down, "store", "%v", err)
		return
	}
	var times probe.Times
	if x.hosts[0] != "" {
		d, err := probedashly.New(probedashly.Options{BaseURL: x.cfg.Dashly.BaseURL, Token: x.cfg.Dashly.Token.Reveal(),
			App: string(x.cfg.Dashly.AppID), MaxRate: x.cfg.Dashly.MaxRate, Own: own[config.Dashly]})
		if err != nil {
			x.say(report.Down, "dashly probes", "%v", err)
			return
		}
		results := probe.Run(ctx, d, probedashly.Table())
		x.probed = append(x.probed, probed{config.Dashly, results, d.Made(), d.Throttled()})
		times = d.Times()
	}
	if x.hosts[1] != "" {
		i, err := probeintercom.New(probeintercom.Options{BaseURL: cmp.Or(x.cfg.Intercom.BaseURL, "https://"+x.hosts[1]),
			Token: x.cfg.Intercom.Token.Reveal(), Version: x.cfg.Intercom.Version, Own: own[config.Intercom], Times: times})
		if err != nil {
			x.say(report.Down, "intercom probes", "%v", err)
			return
		}
		results := probe.Run(ctx, i, probeintercom.Table())
		x.probed = append(x.probed, probed{config.Intercom, results, i.Made(), i.Throttled()})
	}
}

const (
	pairsSearched = 200 // of the store, for some in which the bridge wrote
	pairsShown    = 2
)

var errEnough = errors.New("enough pairs")

// own picks the pairs in which the bridge wrote most, and gives both conversations of each, by desk.
func (x *examiner) own(ctx context.Context) (map[mapping.Desk][]probe.Own, error) {
	var ledgers []*state.Ledger
	seen := 0
	err := x.store.Pairs(ctx, func(p state.Pair) error {
		if seen++; seen > pairsSearched {
			return errEnough
		}
		records, err := x.store.Load(ctx, p)
		if err != nil {
			return err
		}
		l, err := state.ReadLedger(p, records)
		if err == nil && !l.Meta.Twin.IsZero() {
			ledgers = append(ledgers, l)
		}
		return err
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	written := func(l *state.Ledger) int { return len(l.OursOn(config.Dashly)) + len(l.OursOn(config.Intercom)) }
	slices.SortFunc(ledgers, func(a, b *state.Ledger) int {
		return cmp.Or(cmp.Compare(written(b), written(a)), cmp.Compare(a.Pair, b.Pair))
	})
	out := map[mapping.Desk][]probe.Own{}
	for _, l := range ledgers[:min(pairsShown, len(ledgers))] {
		for _, ref := range []mapping.Ref{l.Meta.Origin, l.Meta.Twin} {
			out[ref.Desk] = append(out[ref.Desk], ownOf(l, ref))
		}
	}
	return out, nil
}

func ownOf(l *state.Ledger, ref mapping.Ref) probe.Own {
	o := probe.Own{Conversation: string(ref.ID), Entries: map[string]string{}}
	for id := range l.OursOn(ref.Desk) {
		o.Entries[string(id)] = ""
	}
	for k, r := range l.Entries {
		if k.Desk == ref.Desk || r.Outcome != state.Mirrored {
			continue
		}
		for _, twin := range r.Twins {
			o.Entries[string(twin)] = string(k.ID)
		}
	}
	return o
}

// told are the findings of the probes, one for each question.
func told(all []probed) (out []report.Finding) {
	for _, p := range all {
		for _, r := range p.results {
			out = append(out, report.Finding{Level: report.Info, About: string(p.desk) + " probe " + r.Unknown, Message: r.String()})
		}
	}
	return out
}

func showProbes(w io.Writer, all []probed) error {
	var out strings.Builder
	for _, p := range all {
		fmt.Fprintf(&out, "\n%s, what its documents leave open (%d reads, no write; docs/unknowns.md):\n", p.desk, p.reads)
		for _, r := range p.results {
			fmt.Fprintf(&out, "  %-6s %s\n", r.Unknown, r)
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}
