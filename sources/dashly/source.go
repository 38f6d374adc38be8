// Package dashly reads Dashly: what changed, and one conversation whole.
package dashly

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/sources"
)

// Options of a source.
type Options struct {
	Settle time.Duration    // a call takes effect within this time or never; 0: 120 s
	Now    func() time.Time // nil: time.Now; it only ages what is kept of users
	// Allow are hosts besides the desk itself whose files are fetched although their addresses are not public, as
	// host.Parse reads them.
	Allow []string
	// Fetch is the way to files; nil: the network.
	Fetch http.RoundTripper
}

const (
	overlap     = time.Minute // the desk's clock and its list may disagree by this much
	largestFile = 64 << 20    // of any, in bytes
)

// Source reads Dashly. It is safe for concurrent use.
type Source struct {
	client *apidashly.Client
	opts   Options
	files  *api.Fetcher
	users  users
	// channelHidden is set when a listing shows no channels although they were asked for; versions leave them out then.
	channelHidden atomic.Bool
	unshown       unshown
}

var _ sources.Source = (*Source)(nil)

// New makes a source.
func New(client *apidashly.Client, o Options) *Source {
	if o.Settle <= 0 {
		o.Settle = 120 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	files := api.NewFetcher(append([]string{client.Host()}, o.Allow...)...)
	if o.Fetch != nil {
		files.Via(o.Fetch)
	}
	return &Source{client: client, opts: o, files: files, users: users{kept: map[dashly.ID]keptUser{}}}
}

// Desk names the desk.
func (s *Source) Desk() mapping.Desk { return dashly.Desk }

// Account reads one conversation of the list, which proves token, right and site. Nothing tells the id of one's own
// site (dashly-api.md 2, U4), so the configured one is given: one that is named by its number may be known as the site of its token from before.
func (s *Source) Account(ctx context.Context) (sources.Account, error) {
	err := s.client.Conversations(ctx, 1, func(apidashly.Page[dashly.Conversation]) (bool, error) { return false, nil })
	if err != nil {
		return sources.Account{}, err
	}
	acc := sources.Account{ID: s.client.App(), Host: s.client.Host()}
	if acc.ID != apidashly.SelfApp {
		acc.Unnamed = apidashly.SelfApp
	}
	return acc, nil
}

// Agents gives nil: there is no list of operators (dashly-api.md 9.4); they are gathered from conversations.
func (s *Source) Agents(context.Context) ([]mapping.Person, error) { return nil, nil }

// watermark is the cursor: a last_update, in whole seconds, up to which everything was listed.
type watermark struct {
	T int64 `json:"t"`
}

// Changed reads the list from its newest last_update down to the watermark less settle and a minute: there is no filter
// by time (dashly-api.md 8.1). Changes that move no last_update (U41) are left to sweeps. A cursor that cannot be read
// counts as none, and so does one that lies ahead of the desk's clock: that was put back, and what is said until it has come
// there again would be below the watermark.
func (s *Source) Changed(ctx context.Context, since sources.Cursor, floor time.Time, yield func(sources.Listing) error) (sources.Cursor, error) {
	var old watermark
	if json.Unmarshal([]byte(since), &old) != nil || old.T <= 0 {
		old, since = watermark{}, ""
	}
	bottom := s.bottom(old, floor)
	var newest, clock time.Time
	first := true
	err := s.list(ctx, func(p apidashly.Page[dashly.Conversation]) (bool, error) {
		if first {
			clock, first = p.Time, false
			if !clock.IsZero() && clock.Unix() < old.T {
				old, since = watermark{}, ""
				bottom = s.bottom(old, floor)
			}
			for _, c := range p.Items {
				if c.LastUpdate.After(newest) {
					newest = c.LastUpdate.Time
				}
			}
		}
		for _, c := range p.Items {
			if !c.LastUpdate.IsZero() && c.LastUpdate.Before(bottom) {
				continue
			}
			if err := yield(s.listing(c)); err != nil {
				return false, err
			}
		}
		return !below(p.Items, bottom), nil
	})
	if err != nil {
		return "", err
	}
	next := s.advance(old, newest, clock)
	if next.T <= 0 {
		return since, nil
	}
	text, err := json.Marshal(next)
	return sources.Cursor(text), err
}

// bottom is how far down the list is read.
func (s *Source) bottom(old watermark, floor time.Time) time.Time {
	if old.T > 0 {
		floor = time.Unix(old.T, 0)
	}
	if floor.IsZero() {
		return floor
	}
	return floor.Add(-s.opts.Settle - overlap)
}

// advance gives the next watermark: the newest last_update of the first page, but not nearer to the desk's clock than
// settle, and never behind the one before.
func (s *Source) advance(old watermark, newest, clock time.Time) watermark {
	if newest.IsZero() {
		return old
	}
	limit := newest.Add(-s.opts.Settle) // the desk told no time
	if !clock.IsZero() {
		limit = clock.Add(-s.opts.Settle)
	}
	if newest.After(limit) {
		newest = limit
	}
	return watermark{T: max(old.T, newest.Unix())}
}

// below tells whether a page of the list, which is newest first, ends before the bottom.
func below(items []dashly.Conversation, bottom time.Time) bool {
	for i := len(items) - 1; i >= 0; i-- {
		if at := items[i].LastUpdate; !at.IsZero() {
			return at.Before(bottom)
		}
	}
	return false
}

// Between lists newest first, down to w.Since. What is written to while a list of several pages is read moves to its top, past
// the page that is read: without an end of the window and a limit the top is listed again, down to where it was.
func (s *Source) Between(ctx context.Context, w sources.Window, yield func(sources.Listing) error) error {
	listed := map[mapping.ConversationID]mapping.Version{}
	once := func(l sources.Listing) error {
		if was, ok := listed[l.Ref.ID]; ok && was == l.Version {
			return nil
		}
		listed[l.Ref.ID] = l.Version
		return yield(l)
	}
	top, pages, err := s.walk(ctx, w, once)
	for err == nil && pages > 1 && !top.IsZero() && w.Limit == 0 && w.Until.IsZero() {
		was := top
		if top, pages, err = s.walk(ctx, sources.Window{Since: was}, once); !top.After(was) {
			break
		}
	}
	return err
}

// walk lists a window once, and tells what time stood at the top and how many pages it took.
func (s *Source) walk(ctx context.Context, w sources.Window, yield func(sources.Listing) error) (top time.Time, pages int, err error) {
	n := 0
	err = s.list(ctx, func(p apidashly.Page[dashly.Conversation]) (bool, error) {
		if pages++; pages == 1 && len(p.Items) > 0 {
			top = p.Items[0].LastUpdate.Time
		}
		for _, c := range p.Items {
			at := c.LastUpdate.Time
			if !at.IsZero() && (at.Before(w.Since) || !w.Until.IsZero() && at.After(w.Until)) {
				continue
			}
			if w.Limit > 0 && n == w.Limit {
				return false, nil
			}
			n++
			if err := yield(s.listing(c)); err != nil {
				return false, err
			}
		}
		return (w.Limit == 0 || n < w.Limit) && !below(p.Items, w.Since), nil
	})
	return top, pages, err
}

func (s *Source) list(ctx context.Context, visit func(apidashly.Page[dashly.Conversation]) (bool, error)) error {
	return s.client.Conversations(ctx, apidashly.PageMax, func(p apidashly.Page[dashly.Conversation]) (bool, error) {
		shown := len(p.Items) == 0
		for _, c := range p.Items {
			shown = shown || c.Channel.Shown
		}
		if len(p.Items) > 0 {
			s.channelHidden.Store(!shown)
		}
		return visit(p)
	})
}

func (s *Source) listing(c dashly.Conversation) sources.Listing {
	return sources.Listing{
		Ref:     mapping.Ref{Desk: dashly.Desk, ID: mapping.ConversationID(c.ID)},
		Version: dashly.VersionOf(c, !s.channelHidden.Load()), Updated: c.LastUpdate.Time, Agents: dashly.Team(c),
	}
}

// Read reads the header, then all parts, then what the header does not show of the user. A conversation that the desk
// marks as removed is Refused with NotFound (U19).
func (s *Source) Read(ctx context.Context, id mapping.ConversationID) (mapping.Conversation, error) {
	const name = "read conversation"
	header, clock, err := s.client.Conversation(ctx, string(id))
	if err != nil {
		return mapping.Conversation{}, s.missing(ctx, id, err)
	}
	answered := time.Now()
	if header.Removed {
		return mapping.Conversation{}, &api.Error{Class: api.Refused, Desk: string(dashly.Desk), Call: name, Ref: string(id), Code: "removed", NotFound: true}
	}
	parts, err := s.parts(ctx, id, int(header.PartsCount))
	if err != nil {
		return mapping.Conversation{}, err
	}
	if blank(header, parts) {
		return mapping.Conversation{}, &api.Error{Class: api.TryLater, Desk: string(dashly.Desk), Call: name, Ref: string(id), Code: "not_understood", Reason: "the answer lacks what every conversation has"}
	}
	in := dashly.Input{Conversation: header, Parts: parts, DeskTime: clock, ChannelHidden: s.channelHidden.Load()}
	if in.User, err = s.customer(ctx, header.User.Value); err != nil {
		return mapping.Conversation{}, err
	}
	if err := s.others(ctx, &in); err != nil {
		return mapping.Conversation{}, err
	}
	out, err := dashly.Decode(in)
	if err != nil {
		return mapping.Conversation{}, &api.Error{Class: api.TryLater, Desk: string(dashly.Desk), Call: name, Ref: string(id), Code: "not_understood", Err: err}
	}
	if !out.DeskTime.IsZero() {
		out.DeskTime = out.DeskTime.Add(time.Since(answered).Truncate(time.Second))
	}
	return out, nil
}

// parts reads the parts of a conversation, and reads them once more when they are fewer than the desk counts: what a list
// left out would be lost. Where as many were missing from two lists in a row, that many are counted and never shown.
func (s *Source) parts(ctx context.Context, id mapping.ConversationID, counted int) ([]dashly.Part, error) {
	parts, err := s.client.Parts(ctx, string(id))
	if err != nil {
		return nil, err
	}
	if missing := max(counted-len(parts), 0); missing == 0 || missing == s.unshown.of(id) {
		s.unshown.set(id, missing)
		return parts, nil
	}
	again, err := s.client.Parts(ctx, string(id))
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		if !slices.ContainsFunc(again, func(a dashly.Part) bool { return a.ID == p.ID }) {
			again = append(again, p)
		}
	}
	s.unshown.set(id, max(counted-len(again), 0))
	return again, nil
}

// blank reports whether an answer says nothing although it came whole: no time at all, or none of the parts that it
// counts. To believe it would be to take every field for empty and the conversation for one without words.
func blank(c dashly.Conversation, parts []dashly.Part) bool {
	return c.Created.IsZero() && c.LastUpdate.IsZero() || len(parts) == 0 && c.PartsCount > 0 ||
		slices.ContainsFunc(parts, func(p dashly.Part) bool { return p.Created.IsZero() })
}

// missing looks at a conversation that the desk forbids to read: it is gone, or another site's (U19), only where the desk says
// so in its own words, the list of the site does not show it, and another one that the list shows can be read. Else the
// token, or somebody in between, keeps it from us, and the desk is Denied.
func (s *Source) missing(ctx context.Context, id mapping.ConversationID, err error) error {
	e, ok := errors.AsType[*api.Error](err)
	if !ok || e.Class != api.Denied || e.Status != http.StatusForbidden || e.Code == "" {
		return err
	}
	listed, other := false, dashly.ID("")
	listErr := s.client.Conversations(ctx, apidashly.PageMax, func(p apidashly.Page[dashly.Conversation]) (bool, error) {
		for _, c := range p.Items {
			switch {
			case bool(c.Removed):
			case string(c.ID) == string(id):
				listed = true
			case other == "":
				other = c.ID
			}
		}
		return !listed && other == "", nil
	})
	if listErr != nil || listed {
		return err
	}
	known := *e
	known.Class, known.NotFound = api.Refused, true
	if other != "" {
		if _, _, otherErr := s.client.Conversation(ctx, string(other)); api.ClassOf(otherErr) == api.Denied {
			return err
		} else if otherErr != nil {
			known.Class, known.NotFound = api.TryLater, false // nothing is known yet
		}
	}
	return &known
}

// File fetches a file. Whether links need the token is not documented (U39): it is tried without one, and with it only what
// the desk lists as an attachment, at the desk's own hosts. What a text names is fetched without a token: a visitor can have
// written it.
func (s *Source) File(ctx context.Context, f mapping.File, most int64) (sources.FileBody, error) {
	most = min(most, largestFile)
	content, kind, err := api.Whole(string(dashly.Desk), f, most, func() ([]byte, string, error) {
		content, kind, err := s.files.Fetch(ctx, string(dashly.Desk), f.URL, most)
		if e, ok := errors.AsType[*api.Error](err); ok && f.Attached && (e.Reason == "HTTP 401" || e.Reason == "HTTP 403") {
			return s.client.OwnFile(ctx, f.URL, most)
		}
		return content, kind, err
	})
	if err != nil {
		return sources.FileBody{}, err
	}
	return sources.FileBody{Content: content, Type: kind}, nil
}
