package simulation

import (
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"github.com/deskbridge/deskbridge/internal/api"
	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/mapping"
	sinkdashly "github.com/deskbridge/deskbridge/sinks/dashly"
	sinkintercom "github.com/deskbridge/deskbridge/sinks/intercom"
	sourcedashly "github.com/deskbridge/deskbridge/sources/dashly"
	sourceintercom "github.com/deskbridge/deskbridge/sources/intercom"
	"github.com/deskbridge/deskbridge/state/memory"
)

// pairName is the name of the configuration.
const pairName = "main"

// build puts a bridge together as the program does (cmd/deskbridge, wire.go), with the store and the wire of a process.
func (w *World) build(p *process) (*engine.Engine, error) {
	s := &w.settings
	way := wire{p}
	client := &http.Client{Transport: way}
	d, err := apidashly.New(apidashly.Options{BaseURL: sandbox.DashlyURL, Token: "dashly-token", MaxRate: s.rate, AutomationOff: s.automationOff, HTTP: client, Jitter: p.jitter})
	if err != nil {
		return nil, err
	}
	i, err := apiintercom.New(apiintercom.Options{BaseURL: sandbox.IntercomURL, Token: "intercom-token", Version: s.version, Rating: s.rating, Backlink: s.backlink, AutomationOff: s.automationOff, HTTP: client, Jitter: p.jitter})
	if err != nil {
		return nil, err
	}
	o := engine.Options{
		Name: pairName, Lease: s.lease, Start: w.began.Add(-s.start).Truncate(time.Second),
		HistoryAll: s.includeAll, AutomationOff: s.automationOff,
		Home: s.home, MaxAge: s.maxAge, ReachableOnBoth: s.reachable,
		Conflicts: map[mapping.Field]string{
			mapping.Status: s.conflicts[mapping.Status], mapping.Assignee: s.conflicts[mapping.Assignee], mapping.Tags: s.conflicts[mapping.Tags],
			mapping.Team: s.conflicts[mapping.Status], mapping.Title: s.conflicts[mapping.Status],
		},
		AgentMap: s.agents, TeamMap: s.teams, Workers: s.workers, Filters: s.filters, Tags: s.tags, States: s.states, Kinds: s.kinds, Texts: s.texts,
		Sides: [2]engine.Side{{
			Source:  sourcedashly.New(d, sourcedashly.Options{Settle: s.settle, Fetch: way}),
			Sink:    sinkdashly.New(d, sinkdashly.Options{Name: pairName, Match: s.match, Fallback: s.fallback[dashlyDesk]}),
			Settle:  s.settle,
			Send:    s.toIntercom,
			History: s.historyTo[dashlyDesk], Fallback: s.fallback[dashlyDesk], Meter: meter{d.Count},
		}, {
			Source:  sourceintercom.New(i, sourceintercom.Options{Settle: s.settle, Fetch: way}),
			Sink:    sinkintercom.New(i, sinkintercom.Options{Name: pairName, Match: s.match, Fallback: s.fallback[intercomDesk], Rating: s.rating, Backlink: s.backlink}),
			Settle:  s.settle,
			Send:    s.toDashly,
			History: s.historyTo[intercomDesk], Fallback: s.fallback[intercomDesk], Meter: meter{i.Count},
		}},
	}
	if s.createdAfter > 0 {
		o.Filters.CreatedAfter = w.began.Add(-s.createdAfter).Truncate(time.Second)
	}
	if s.includeSince > 0 {
		o.HistorySince = w.began.Add(-s.includeSince).Truncate(time.Second)
	}
	for i := range o.Sides {
		o.Sides[i] = p.stagger(o.Sides[i])
	}
	if w.plan.Engine != nil {
		w.plan.Engine(&o)
	}
	return engine.New(o, watched{memory.Open(w.Disk, pairName, p.store), p}, zerolog.Nop())
}

// meter shows a client's counts to the engine.
type meter struct{ count func() api.Counts }

func (m meter) Count() engine.Meters {
	c := m.count()
	return engine.Meters{Read: c.Read, Write: c.Write, Throttled: c.Throttled, VisibleLive: c.VisibleLive, VisibleHistory: c.VisibleHistory}
}
