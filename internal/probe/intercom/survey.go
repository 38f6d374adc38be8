// Package intercom holds the questions about an Intercom workspace that a few reads can answer.
package intercom

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/internal/probe"
)

// Options of a survey.
type Options struct {
	BaseURL string
	Token   string
	Version string // "2.7" to "2.16"
	HTTP    *http.Client
	Own     []probe.Own // where the bridge wrote
	Times   probe.Times // of what it carried over
}

// Survey is one look at a workspace. What several probes need is read once. It is not safe for concurrent use.
type Survey struct {
	*probe.Reads
	own      []probe.Own
	sources  probe.Times
	me       probe.Once[*api.Answer]
	first    probe.Once[page]
	one      probe.Once[page]
	long     probe.Once[page]
	wholes   map[string]*probe.Once[conversation]
	asked    time.Time // when me was asked, by the own clock
	since13  bool      // the version has app_package_code
	selected probe.Once[[]string]
}

// page is one page of a search.
type page struct {
	items []conversation
	next  bool
	total *int // nil where the answer has none
	at    time.Time
}

// conversation is what the probes look at.
type conversation struct {
	ID         string          `json:"id"`
	CreatedAt  int64           `json:"created_at"`
	UpdatedAt  int64           `json:"updated_at"`
	Admin      json.RawMessage `json:"admin_assignee_id"`
	Statistics *struct {
		Parts *int `json:"count_conversation_parts"`
	} `json:"statistics"`
	Source *struct {
		ID          json.RawMessage `json:"id"`
		DeliveredAs string          `json:"delivered_as"`
		Author      author          `json:"author"`
	} `json:"source"`
	Contacts struct {
		List []reference `json:"contacts"`
	} `json:"contacts"`
	Tags struct {
		List []reference `json:"tags"`
	} `json:"tags"`
	Parts struct {
		List  []part `json:"conversation_parts"`
		Total *int   `json:"total_count"`
	} `json:"conversation_parts"`
}

type reference struct {
	ID string `json:"id"`
}

type author struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// part is what the probes look at of a part. AppCode is nil where the key is missing.
type part struct {
	ID          string           `json:"id"`
	Type        string           `json:"part_type"`
	CreatedAt   int64            `json:"created_at"`
	Body        *string          `json:"body"`
	Author      author           `json:"author"`
	AppCode     *json.RawMessage `json:"-"`
	Attachments []struct {
		URL string `json:"url"`
	} `json:"attachments"`
	own    bool   // the store knows it as the bridge's
	origin string // the entry that it stands for
}

// UnmarshalJSON tells a null app_package_code from a missing one.
func (p *part) UnmarshalJSON(b []byte) error {
	type plain part
	if err := json.Unmarshal(b, (*plain)(p)); err != nil {
		return err
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(b, &keys); err != nil {
		return err
	}
	if code, ok := keys["app_package_code"]; ok {
		p.AppCode = &code
	}
	return nil
}

// named reports whether the part names the app that made it.
func (p part) named() bool { return p.AppCode != nil && string(*p.AppCode) != "null" }

const searchPath = "/conversations/search"

// New checks the options. It makes no call.
func New(o Options) (*Survey, error) {
	reads, err := probe.NewReads(probe.Options{
		Desk: "intercom", BaseURL: o.BaseURL, HTTP: o.HTTP, Searches: []string{searchPath},
		Authorize: func(h http.Header) {
			h.Set("Authorization", "Bearer "+o.Token)
			h.Set("Intercom-Version", o.Version)
			h.Set("Accept", "application/json")
		},
		Explain: explain,
	})
	if err != nil {
		return nil, err
	}
	minor, _ := strconv.Atoi(strings.TrimPrefix(o.Version, "2."))
	return &Survey{since13: minor >= 13, Reads: reads, own: o.Own, sources: o.Times, wholes: map[string]*probe.Once[conversation]{}}, nil
}

// explain gives the desk's code of an error (intercom-api.md 4). Its words stay here: they may quote what was asked.
func explain(_ int, body []byte) (code, message string) {
	var list struct {
		Errors []struct {
			Code string `json:"code"`
		} `json:"errors"`
	}
	if json.Unmarshal(body, &list) == nil && len(list.Errors) > 0 && len(list.Errors[0].Code) < 60 && !strings.ContainsAny(list.Errors[0].Code, " @") {
		code = list.Errors[0].Code
	}
	return code, ""
}

func (s *Survey) whoami(ctx context.Context) (*api.Answer, error) {
	return s.me.Get(func() (*api.Answer, error) {
		s.asked = time.Now()
		return s.Get(ctx, "get me", "/me", url.Values{})
	})
}

type filter struct {
	Field    string `json:"field,omitempty"`
	Operator string `json:"operator"`
	Value    any    `json:"value"`
}

func (s *Survey) search(ctx context.Context, query filter, order string, perPage int) (page, error) {
	body, err := json.Marshal(map[string]any{
		"query": query, "pagination": map[string]int{"per_page": perPage}, "sort": map[string]string{"field": "updated_at", "order": order},
	})
	if err != nil {
		return page{}, err
	}
	a, err := s.Search(ctx, "search conversations", searchPath, body)
	if err != nil {
		return page{}, err
	}
	var out struct {
		List  []json.RawMessage `json:"conversations"`
		Total *int              `json:"total_count"`
		Pages struct {
			Next json.RawMessage `json:"next"`
		} `json:"pages"`
	}
	if json.Unmarshal(a.Body, &out) != nil {
		return page{}, fmt.Errorf("intercom: search conversations: the answer is not understood")
	}
	p := page{next: leads(out.Pages.Next), total: out.Total, at: a.Time}
	for _, raw := range out.List {
		var c conversation
		if json.Unmarshal(raw, &c) == nil && c.ID != "" {
			p.items = append(p.items, c)
		}
	}
	return p, nil
}

// leads tells whether pages.next names another page: by an address, or by an object with a cursor.
func leads(next json.RawMessage) bool {
	var address string
	if json.Unmarshal(next, &address) == nil {
		return address != ""
	}
	var cursor struct {
		After any `json:"starting_after"`
	}
	return json.Unmarshal(next, &cursor) == nil && cursor.After != nil && cursor.After != ""
}

const whole = 150 // the largest page (intercom-api.md 5)

func since(t int64) filter { return filter{"updated_at", ">", t} }

// newest are the conversations that changed last.
func (s *Survey) newest(ctx context.Context) (page, error) {
	return s.first.Get(func() (page, error) { return s.search(ctx, since(0), "descending", whole) })
}

// conversation reads one whole.
func (s *Survey) conversation(ctx context.Context, id string) (conversation, error) {
	once := s.wholes[id]
	if once == nil {
		once = &probe.Once[conversation]{}
		s.wholes[id] = once
	}
	return once.Get(func() (conversation, error) {
		var c conversation
		a, err := s.Get(ctx, "get conversation", "/conversations/"+url.PathEscape(id), url.Values{})
		if err != nil {
			return c, err
		}
		if json.Unmarshal(a.Body, &c) != nil || c.ID != id {
			return c, fmt.Errorf("intercom: get conversation: the answer is not understood")
		}
		for _, o := range s.own {
			if o.Conversation != id {
				continue
			}
			for i, p := range c.Parts.List {
				c.Parts.List[i].origin, c.Parts.List[i].own = o.Entries[p.ID], o.Wrote(p.ID)
			}
		}
		return c, nil
	})
}

const (
	chosen     = 4 // conversations read for their variety
	ownThreads = 2
)

// choose names the conversations to read: the last that changed, one with tags, the longest, and those in which the
// bridge wrote.
func (s *Survey) choose(ctx context.Context) ([]string, error) {
	return s.selected.Get(func() ([]string, error) {
		p, err := s.newest(ctx)
		if err != nil || len(p.items) == 0 {
			return nil, err
		}
		ids := []string{p.items[0].ID}
		if n := slices.IndexFunc(p.items, func(c conversation) bool { return len(c.Tags.List) > 0 }); n > 0 {
			ids = append(ids, p.items[n].ID)
		}
		longest := slices.SortedStableFunc(slices.Values(p.items), func(a, b conversation) int { return cmp.Compare(b.counted(), a.counted()) })
		for _, c := range longest {
			if len(ids) < chosen && !slices.Contains(ids, c.ID) {
				ids = append(ids, c.ID)
			}
		}
		for _, o := range s.own[:min(ownThreads, len(s.own))] {
			if !slices.Contains(ids, o.Conversation) {
				ids = append(ids, o.Conversation)
			}
		}
		return ids, nil
	})
}

// counted is the number of parts as the list tells it.
func (c conversation) counted() int {
	if c.Statistics == nil || c.Statistics.Parts == nil {
		return 0
	}
	return *c.Statistics.Parts
}

// read gives the conversations that were chosen, whole. A failure counts only where nothing could be read.
func (s *Survey) read(ctx context.Context) ([]conversation, error) {
	ids, err := s.choose(ctx)
	if err != nil {
		return nil, err
	}
	var out []conversation
	var failed error
	for _, id := range ids {
		c, err := s.conversation(ctx, id)
		if err != nil {
			failed = err
			continue
		}
		out = append(out, c)
	}
	if len(out) > 0 {
		failed = nil
	}
	return out, failed
}

// parts are those of the conversations that were read, which keep passes.
func (s *Survey) parts(ctx context.Context, keep func(part) bool) ([]part, error) {
	all, err := s.read(ctx)
	var out []part
	for _, c := range all {
		for _, p := range c.Parts.List {
			if keep(p) {
				out = append(out, p)
			}
		}
	}
	return out, err
}

func customer(a author) bool { return a.Type == "user" || a.Type == "lead" || a.Type == "contact" }

// text is a JSON string or number as text; empty for null or nothing.
func text(raw json.RawMessage) string {
	s := strings.TrimSpace(string(raw))
	if s == "null" {
		return ""
	}
	if plain, err := strconv.Unquote(s); err == nil {
		return plain
	}
	return s
}
