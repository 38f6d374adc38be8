package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rs/zerolog"

	"github.com/deskbridge/deskbridge/internal/api"
	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
	sinkdashly "github.com/deskbridge/deskbridge/sinks/dashly"
	sinkintercom "github.com/deskbridge/deskbridge/sinks/intercom"
	sourcedashly "github.com/deskbridge/deskbridge/sources/dashly"
	sourceintercom "github.com/deskbridge/deskbridge/sources/intercom"
	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/redis"
	"github.com/deskbridge/deskbridge/state/sqlite"
)

// bridge is everything that a configuration names, put together.
type bridge struct {
	cfg    *config.Config
	store  state.Store
	sides  [2]engine.Side // Dashly, Intercom
	engine *engine.Engine
	close  func()
	// attributes lists the custom attributes of contacts that Intercom has, with their types.
	attributes func(ctx context.Context) ([]apiintercom.Attribute, error)
	// ofConversations lists those of conversations.
	ofConversations func(ctx context.Context) ([]apiintercom.Attribute, error)
}

// access is what a command does with the store.
type access int

const (
	writing access = iota // makes the store if there is none
	reading               // beside a running daemon; without a store it is as if nothing had run yet
)

// neverMatches is said of a kind that no desk is known to have.
const neverMatches = "can never match, as far as the documents tell: no row of deskbridge mapping names this kind"

// open puts a bridge together. It calls no desk.
func open(ctx context.Context, cfg *config.Config, how access, log zerolog.Logger) (*bridge, error) {
	b := &bridge{cfg: cfg}
	if err := b.connect(seen(log)); err != nil {
		return nil, err
	}
	var err error
	if b.store, b.close, err = openStore(ctx, cfg, how); err != nil {
		return nil, err
	}
	if how == writing { // check has it among its findings
		for _, kind := range cfg.Kinds.Unnamed() {
			log.Warn().Str("key", kind).Msg(neverMatches)
		}
		if n := workers(cfg); n < cfg.Sync.Workers {
			log.Warn().Str("key", "sync.workers").Msg(fewerWorkers(n))
		}
	}
	if b.engine, err = engine.New(options(cfg, b.sides), b.store, log); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

// connect makes the clients, sources and sinks of both desks.
func (b *bridge) connect(seen func(api.Attempt)) error {
	cfg := b.cfg
	d, err := apidashly.New(apidashly.Options{BaseURL: cfg.Dashly.BaseURL, Token: cfg.Dashly.Token.Reveal(), App: string(cfg.Dashly.AppID),
		MaxRate: cfg.Dashly.MaxRate, AutomationOff: cfg.History.AutomationOff, Seen: seen})
	if err != nil {
		return misfit("dashly", err)
	}
	i, err := apiintercom.New(apiintercom.Options{Region: cfg.Intercom.Region, BaseURL: cfg.Intercom.BaseURL, Token: cfg.Intercom.Token.Reveal(),
		Version: cfg.Intercom.Version, Rating: cfg.Ratings.IntercomAttribute, Backlink: cfg.Backlinks.IntercomAttribute, AutomationOff: cfg.History.AutomationOff, Seen: seen})
	if err != nil {
		return misfit("intercom", err)
	}
	b.attributes, b.ofConversations = i.ContactAttributes, i.ConversationAttributes
	fallback := func(desk mapping.Desk) mapping.PersonID { return mapping.PersonID(cfg.Agents.Fallback[desk]) }
	b.sides = [2]engine.Side{{
		Source:  sourcedashly.New(d, sourcedashly.Options{Settle: cfg.Dashly.Settle.Std(), Allow: cfg.Files.Hosts()}),
		Sink:    sinkdashly.New(d, sinkdashly.Options{Name: cfg.Name, Match: cfg.Contacts.Match, Fallback: fallback(config.Dashly)}),
		Settle:  cfg.Dashly.Settle.Std(),
		Send:    cfg.Sync.Enabled(config.DashlyToIntercom),
		History: cfg.History.ToDashly, Fallback: fallback(config.Dashly), Link: cfg.Dashly.ConversationURL, Meter: meter{d.Count},
	}, {
		Source:  sourceintercom.New(i, sourceintercom.Options{Settle: cfg.Intercom.Settle.Std(), Allow: cfg.Files.Hosts()}),
		Sink:    sinkintercom.New(i, sinkintercom.Options{Name: cfg.Name, Match: cfg.Contacts.Match, Fallback: fallback(config.Intercom), Rating: cfg.Ratings.IntercomAttribute, Backlink: cfg.Backlinks.IntercomAttribute}),
		Settle:  cfg.Intercom.Settle.Std(),
		Send:    cfg.Sync.Enabled(config.IntercomToDashly),
		History: cfg.History.ToIntercom, Fallback: fallback(config.Intercom), Link: cfg.Intercom.ConversationURL, Meter: meter{i.Count},
	}}
	return nil
}

// seen writes a line of the log for every request, at the level debug.
func seen(log zerolog.Logger) func(api.Attempt) {
	return func(a api.Attempt) {
		log.Debug().Str("desk", a.Desk).Str("method", a.Method).Str("path", a.Path).Int("status", a.Status).Int64("took_ms", a.Took.Milliseconds()).Int("try", a.Try).Msg("API call")
	}
}

// misfit is an option that a client refuses: the configuration is wrong, though it could be read.
func misfit(desk string, err error) error {
	return &failure{report.Config, report.Failure{Code: "config", Message: err.Error(), Where: desk}}
}

// workers is how many conversations are worked on at once: as many as dashly.max_rate lets write in time. Intercom takes calls
// beside each other, and needs no bound.
func workers(cfg *config.Config) int {
	return min(cfg.Sync.Workers, engine.MostWorkers(cfg.Dashly.MaxRate, cfg.Dashly.Settle.Std()))
}

// fewerWorkers is said when that is less than was asked for.
func fewerWorkers(n int) string {
	return fmt.Sprintf("%d at once is what dashly.max_rate and dashly.settle allow: with more, each would wait for the calls of the others until it is too late to write", n)
}

func options(cfg *config.Config, sides [2]engine.Side) engine.Options {
	o := engine.Options{
		Name: cfg.Name, Sides: sides, Lease: cfg.State.Lease.Std(), Start: cfg.Sync.Start.Time,
		HistoryAll: cfg.History.Include.All, HistorySince: cfg.History.Include.Since, AutomationOff: cfg.History.AutomationOff,
		Home: cfg.Delivery.Home, MaxAge: cfg.Delivery.MaxAge.Std(), ReachableOnBoth: cfg.Delivery.ReachableOnBoth,
		Conflicts: map[mapping.Field]string{
			mapping.Status: cfg.Conflicts.Status, mapping.Assignee: cfg.Conflicts.Assignee, mapping.Tags: cfg.Conflicts.Tags,
			mapping.Team: cfg.Conflicts.Status, mapping.Title: cfg.Conflicts.Status,
		},
		Workers: workers(cfg),
		Filters: filters(&cfg.Filters), Tags: tagRules(&cfg.Tags), States: stateRules(cfg.Status), Kinds: cfg.Kinds, Texts: mapping.Texts(cfg.Texts),
		Properties: cfg.Contacts.Rules(),
	}
	for _, same := range cfg.Agents.Map {
		m := map[mapping.Desk]mapping.PersonID{}
		for desk, id := range same {
			m[desk] = mapping.PersonID(id)
		}
		o.AgentMap = append(o.AgentMap, m)
	}
	for _, same := range cfg.Teams.Map {
		m := map[mapping.Desk]string{}
		for desk, id := range same {
			m[desk] = string(id)
		}
		o.TeamMap = append(o.TeamMap, m)
	}
	return o
}

// meter shows a client's counts to the engine.
type meter struct{ count func() api.Counts }

func (m meter) Count() engine.Meters {
	c := m.count()
	return engine.Meters{Read: c.Read, Write: c.Write, Throttled: c.Throttled, VisibleLive: c.VisibleLive, VisibleHistory: c.VisibleHistory}
}

// openStore opens the store that the configuration names.
func openStore(ctx context.Context, cfg *config.Config, how access) (state.Store, func(), error) {
	var store state.Store
	clean := func() {}
	path, embedded := cfg.State.SQLite()
	var err error
	switch {
	case !embedded && how != writing:
		store, err = redis.OpenReadOnly(ctx, cfg.State.URL.Reveal(), cfg.Name)
	case !embedded:
		store, err = redis.Open(ctx, cfg.State.URL.Reveal(), cfg.Name)
	case how == writing:
		store, err = sqlite.Open(ctx, path, cfg.Name)
	default:
		store, err = sqlite.OpenReadOnly(ctx, path, cfg.Name)
		if errors.Is(err, fs.ErrNotExist) {
			store, clean, err = openEmpty(ctx, cfg.Name)
		}
	}
	if err != nil {
		clean()
		return nil, nil, &failure{report.Failed, report.Failure{Code: "store", Message: err.Error(), Where: "state.url"}}
	}
	return store, func() { _ = store.Close(); clean() }, nil
}

// openEmpty stands for a store that does not exist yet, so that reading makes none where it belongs.
func openEmpty(ctx context.Context, name string) (state.Store, func(), error) {
	dir, err := os.MkdirTemp("", "deskbridge-")
	if err != nil {
		return nil, func() {}, err
	}
	clean := func() { _ = os.RemoveAll(dir) }
	store, err := sqlite.Open(ctx, filepath.Join(dir, "empty.db"), name)
	return store, clean, err
}

// parkedItems lists what is set aside, the earliest retry first.
func (b *bridge) parkedItems(ctx context.Context) ([]state.Item, error) {
	items, err := b.store.Agenda(ctx)
	var parked []state.Item
	for _, i := range items {
		if i.Parked {
			parked = append(parked, i)
		}
	}
	return parked, err
}

// drop gives a pair up: what is not carried by now stays where it is.
func (b *bridge) drop(ctx context.Context, p state.Pair) error {
	return engine.Drop(ctx, b.store, p, b.cfg.State.Lease.Std())
}
