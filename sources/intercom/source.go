// Package intercom reads conversations from Intercom.
package intercom

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/mapping"
	wire "github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sources"
)

// Options of a Source.
type Options struct {
	Settle time.Duration    // a call takes effect within this time; the index of the search is thought to be as late
	Now    func() time.Time // nil: time.Now; used only where the desk does not tell its time
	// Allow are hosts besides the desk itself whose files are fetched although their addresses are not public, as
	// host.Parse reads them.
	Allow []string
	// Fetch is the way to files; nil: the network.
	Fetch http.RoundTripper
}

// Source reads one workspace.
type Source struct {
	client *apiintercom.Client
	opts   Options
	files  *api.Fetcher

	mu       sync.Mutex
	contacts map[mapping.PersonID]known
}

type known struct {
	contact mapping.Contact // without an id when the desk does not know them
	at      time.Time
}

const (
	largestFile = 100 << 20        // what the Messenger takes (intercom-api.md 15)
	indexDelay  = 60 * time.Second // of the search, by a guess: none is documented (unknown 7)
	contactAge  = time.Hour        // how long a contact that was read is believed
	maxContacts = 20000
)

var _ sources.Source = (*Source)(nil)

// New makes a source.
func New(client *apiintercom.Client, o Options) *Source {
	if o.Now == nil {
		o.Now = time.Now
	}
	files := api.NewFetcher(append([]string{client.Address()}, o.Allow...)...)
	if o.Fetch != nil {
		files.Via(o.Fetch)
	}
	return &Source{client: client, opts: o, files: files, contacts: map[mapping.PersonID]known{}}
}

// Desk names the desk.
func (s *Source) Desk() mapping.Desk { return wire.Desk }

// Account tells the workspace; its id is id_code, which is stable (intercom-api.md 1).
func (s *Source) Account(ctx context.Context) (sources.Account, error) {
	me, err := s.client.Me(ctx)
	if err != nil {
		return sources.Account{}, err
	}
	app := me.App.Value
	if app.Code == "" {
		return sources.Account{}, &api.Error{Class: api.Refused, Desk: string(wire.Desk), Call: "get me", Reason: "the answer names no workspace: the token belongs to no app"}
	}
	return sources.Account{ID: string(app.Code), Name: string(app.Name), Host: s.client.Host()}, nil
}

// Agents lists the teammates.
func (s *Source) Agents(ctx context.Context) ([]mapping.Person, error) {
	admins, err := s.client.Admins(ctx)
	if err != nil {
		return nil, err
	}
	people := make([]mapping.Person, 0, len(admins))
	for _, a := range admins {
		if a.ID != "" && a.Type != "team" {
			people = append(people, mapping.Person{Role: mapping.Agent, ID: mapping.PersonID(a.ID), Name: string(a.Name), Email: string(a.Email)})
		}
	}
	return people, nil
}

// Read reads one conversation whole, with one call, and its customer once an hour with another.
func (s *Source) Read(ctx context.Context, id mapping.ConversationID) (mapping.Conversation, error) {
	c, err := s.client.Conversation(ctx, string(id))
	if err != nil {
		return mapping.Conversation{}, err
	}
	answered := time.Now()
	s.weigh(&c)
	if c.DeskTime.IsZero() {
		c.DeskTime = s.opts.Now().UTC().Truncate(time.Second)
	}
	if !wire.Telling(c.Version) && c.DeskTime.Sub(c.Updated) < 2*time.Second {
		c.Version = "" // the second is not over: what may follow in it looks the same in a list
	}
	if c.Customer.ID != "" {
		if err := s.describe(ctx, &c); err != nil {
			return mapping.Conversation{}, err
		}
		if err := s.former(ctx, &c); err != nil {
			return mapping.Conversation{}, err
		}
	}
	c.DeskTime = c.DeskTime.Add(time.Since(answered).Truncate(time.Second))
	return c, nil
}

// weigh takes nobody for a human where the desk does not name the app of what the bridge writes. A note of the bridge's
// shows whether it does.
func (s *Source) weigh(c *mapping.Conversation) {
	for _, e := range c.Entries {
		if _, ours := mapping.FindToken(e.Body.Text()); e.Kind == mapping.Note && e.Made != mapping.Unknown && ours {
			s.client.SawApp(e.Made == mapping.ByAPI)
		}
	}
	if s.client.NamesApp() {
		return
	}
	for i := range c.Entries {
		if c.Entries[i].Made == mapping.ByHuman {
			c.Entries[i].Made = mapping.Unknown
		}
	}
}

// File downloads a file. Its link dies after half an hour: on Refused, read the conversation again.
func (s *Source) File(ctx context.Context, f mapping.File, most int64) (sources.FileBody, error) {
	if f.URL == "" {
		return sources.FileBody{}, &api.Error{Class: api.Refused, Desk: string(wire.Desk), Call: "fetch file", Reason: "the desk gives no link"}
	}
	most = min(most, largestFile)
	content, kind, err := api.Whole(string(wire.Desk), f, most, func() ([]byte, string, error) {
		return s.files.Fetch(ctx, string(wire.Desk), f.URL, most)
	})
	if err != nil {
		return sources.FileBody{}, err
	}
	return sources.FileBody{Content: content, Type: cmp.Or(f.Type, kind)}, nil
}
