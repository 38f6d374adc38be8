// Package dashly holds the questions about a Dashly account that a few reads can answer.
package dashly

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/probe"
)

// Options of a survey.
type Options struct {
	BaseURL string
	Token   string
	App     string  // empty: $self_app
	MaxRate float64 // calls a second; 0: 2
	HTTP    *http.Client
	Own     []probe.Own // where the bridge wrote
}

// Survey is one look at an account. What several probes need is read once. It is not safe for concurrent use.
type Survey struct {
	*probe.Reads
	app   string
	own   []probe.Own
	first probe.Once[page]
	walk  probe.Once[[]page]
	parts map[string]*probe.Once[[]part]
}

// page is one page of a list as it came.
type page struct {
	meta  map[string]json.RawMessage
	items []json.RawMessage
	at    time.Time // the desk's clock
	asked time.Time // by the own clock
}

// position is the cursor of the next page; empty where there is none.
func (p page) position() string {
	s := strings.TrimSpace(string(p.meta["next_before_position"]))
	if s == "null" {
		return ""
	}
	return s
}

var version = regexp.MustCompile(`/v[0-9]+(\.[0-9]+)*$`)

// New checks the options. It makes no call.
func New(o Options) (*Survey, error) {
	base := strings.TrimRight(o.BaseURL, "/")
	if !version.MatchString(base) {
		base += "/v2"
	}
	reads, err := probe.NewReads(probe.Options{
		Desk: "dashly", BaseURL: base, HTTP: o.HTTP, PerSecond: cmp.Or(o.MaxRate, 2),
		Authorize: func(h http.Header) { h.Set("Authorization", "Token "+o.Token) },
		Explain:   explain,
	})
	if err != nil {
		return nil, err
	}
	return &Survey{Reads: reads, app: cmp.Or(o.App, "$self_app"), own: o.Own, parts: map[string]*probe.Once[[]part]{}}, nil
}

var name = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,59}$`)

// explain gives the desk's name of an error (dashly-api.md 4). Its words stay here: they may quote what was asked.
func explain(_ int, body []byte) (code, message string) {
	var e struct {
		Meta struct {
			Error string `json:"error"`
		} `json:"meta"`
	}
	if json.Unmarshal(body, &e) == nil && name.MatchString(e.Meta.Error) {
		code = e.Meta.Error
	}
	return code, ""
}

// refusal is an answer whose meta.status is no 200 though HTTP says so.
type refusal struct {
	call string
	code int
}

func (r *refusal) Error() string { return fmt.Sprintf("dashly: %s: meta.status %d", r.call, r.code) }

// ask reads one answer.
func (s *Survey) ask(ctx context.Context, call, path string, query url.Values) (page, json.RawMessage, error) {
	query.Set("id_as_string", "true")
	asked := time.Now()
	a, err := s.Get(ctx, call, path, query)
	if err != nil {
		return page{}, nil, err
	}
	var e struct {
		Meta map[string]json.RawMessage `json:"meta"`
		Data json.RawMessage            `json:"data"`
	}
	if json.Unmarshal(a.Body, &e) != nil {
		return page{}, nil, fmt.Errorf("dashly: %s: the answer is no JSON", call)
	}
	if code, err := strconv.Atoi(strings.Trim(string(e.Meta["status"]), `"`)); err != nil || code != http.StatusOK {
		return page{}, nil, &refusal{call, code}
	}
	return page{meta: e.Meta, at: a.Time, asked: asked}, e.Data, nil
}

func (s *Survey) list(ctx context.Context, call, path string, query url.Values) (page, error) {
	p, data, err := s.ask(ctx, call, path, query)
	if err == nil && len(data) > 0 && json.Unmarshal(data, &p.items) != nil {
		err = fmt.Errorf("dashly: %s: no list in the answer", call)
	}
	return p, err
}

const whole = 50 // the largest page (dashly-api.md 6.1)

func (s *Survey) conversationsPath() string { return "/apps/" + s.app + "/conversations" }

func conversationQuery() url.Values {
	return url.Values{"include_not_assigned": {"true"}, "include_no_tags": {"true"}, "include_user": {"true"}, "include_channel": {"true"}, "include_part_last": {"true"}, "include_reply_last": {"true"},
		"paginate_count": {strconv.Itoa(whole)}}
}

// newest is the first page of the list of conversations.
func (s *Survey) newest(ctx context.Context) (page, error) {
	return s.first.Get(func() (page, error) {
		return s.list(ctx, "list conversations", s.conversationsPath(), conversationQuery())
	})
}

const walked = 3 // pages at most

// pages are the first pages of the list of conversations.
func (s *Survey) pages(ctx context.Context) ([]page, error) {
	return s.walk.Get(func() ([]page, error) {
		p, err := s.newest(ctx)
		if err != nil {
			return nil, err
		}
		return s.onward(ctx, p, "list conversations", s.conversationsPath(), conversationQuery(), walked)
	})
}

// onward follows a list from its first page.
func (s *Survey) onward(ctx context.Context, p page, call, path string, query url.Values, most int) ([]page, error) {
	out := []page{p}
	for len(out) < most && p.position() != "" {
		query.Set("paginate_position", p.position())
		before := p.position()
		var err error
		if p, err = s.list(ctx, call, path, query); err != nil {
			return out, err
		}
		out = append(out, p)
		if p.position() == before {
			break
		}
	}
	return out, nil
}

// conversations are those of the first pages, newest first.
func (s *Survey) conversations(ctx context.Context) ([]conversation, error) {
	all, err := s.pages(ctx)
	if len(all) == 0 {
		return nil, err
	}
	var out []conversation
	for _, p := range all {
		out = append(out, conversationsOf(p.items)...)
	}
	return out, nil
}

func conversationsOf(items []json.RawMessage) (out []conversation) {
	for _, raw := range items {
		var c conversation
		if json.Unmarshal(raw, &c) == nil && c.ID != "" {
			out = append(out, c)
		}
	}
	return out
}

func partsQuery() url.Values {
	return url.Values{"include_attachments": {"true"}, "paginate_count": {strconv.Itoa(whole)}}
}

func partsPath(id string) string { return "/conversations/" + url.PathEscape(id) + "/parts" }

// partsOf are the newest parts of a conversation, newest first as the desk gives them.
func (s *Survey) partsOf(ctx context.Context, id string) ([]part, error) {
	once := s.parts[id]
	if once == nil {
		once = &probe.Once[[]part]{}
		s.parts[id] = once
	}
	return once.Get(func() ([]part, error) {
		p, err := s.list(ctx, "get parts", partsPath(id), partsQuery())
		if err != nil {
			return nil, err
		}
		return s.read(id, p.items), nil
	})
}

func (s *Survey) read(id string, items []json.RawMessage) (out []part) {
	for _, raw := range items {
		var x part
		if json.Unmarshal(raw, &x) == nil && x.ID != "" {
			x.own = slices.ContainsFunc(s.own, func(o probe.Own) bool { return o.Conversation == id && o.Wrote(string(x.ID)) })
			out = append(out, x)
		}
	}
	oldest := time.Time{}
	for _, x := range out {
		if at, _ := stamp(x.Created); oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	for i, x := range out {
		at, _ := stamp(x.Created)
		out[i].first = at.Unix() == oldest.Unix()
	}
	return out
}

const (
	longThreads = 3 // read for their variety
	ownThreads  = 2
)

// ownParts are the parts that the bridge wrote, of the conversations that the store names.
func (s *Survey) ownParts(ctx context.Context) ([]part, error) {
	var out []part
	var failed error
	for _, o := range s.own[:min(ownThreads, len(s.own))] {
		all, err := s.partsOf(ctx, o.Conversation)
		if err != nil && failed == nil {
			failed = err
		}
		for _, x := range all {
			if x.own {
				out = append(out, x)
			}
		}
	}
	if len(out) > 0 {
		failed = nil
	}
	return out, failed
}

// threads are the parts of the longest of the newest conversations, by conversation. A thread with a file comes first.
func (s *Survey) threads(ctx context.Context) (map[string][]part, error) {
	all, err := s.conversations(ctx)
	if err != nil {
		return nil, err
	}
	weight := func(c conversation) int {
		n := c.PartsCount
		if c.PartLast != nil && len(c.PartLast.Attachments) > 0 || c.ReplyLast != nil && len(c.ReplyLast.Attachments) > 0 {
			n += 1_000_000
		}
		return n
	}
	slices.SortStableFunc(all, func(a, b conversation) int { return cmp.Compare(weight(b), weight(a)) })
	out := map[string][]part{}
	for _, c := range all[:min(longThreads, len(all))] {
		parts, err := s.partsOf(ctx, string(c.ID))
		if err != nil {
			return out, err
		}
		out[string(c.ID)] = parts
	}
	for _, o := range s.own[:min(ownThreads, len(s.own))] {
		if once := s.parts[o.Conversation]; once != nil && once.Value() != nil {
			out[o.Conversation] = once.Value()
		}
	}
	return out, nil
}

// Times are those of the entries that were read, for a probe of the other desk.
func (s *Survey) Times() probe.Times {
	out := probe.Times{}
	for _, once := range s.parts {
		for _, p := range once.Value() {
			if at, _ := stamp(p.Created); !at.IsZero() {
				out[string(p.ID)] = at
			}
		}
	}
	return out
}
