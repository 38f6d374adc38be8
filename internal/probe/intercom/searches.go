package intercom

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/internal/probe"
)

func (s *Survey) version(ctx context.Context) (probe.Answer, error) {
	_, err := s.whoami(ctx)
	if e, ok := errors.AsType[*api.Error](err); ok && e.Code == "intercom_version_invalid" {
		return probe.Saw("refused"), nil
	}
	return probe.Saw("served"), err
}

func (s *Survey) clock(ctx context.Context) (probe.Answer, error) {
	a, err := s.whoami(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	return probe.Clock(a.Time, s.asked), nil
}

func (s *Survey) rate(ctx context.Context) (probe.Answer, error) {
	a, err := s.whoami(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	if limit := a.Header.Get("X-RateLimit-Limit"); limit != "" && len(limit) < 10 {
		return probe.Saw("told").With("%s", limit), nil
	}
	return probe.Saw("untold"), nil
}

const needsConversation = "there is no conversation"

// still is the age beyond which a conversation is taken to rest, and the index to know it.
const still = 10 * time.Minute

// resting is the one among the newest that changed longest ago, with its time.
func (s *Survey) resting(ctx context.Context) (conversation, bool, error) {
	p, err := s.newest(ctx)
	if err != nil || len(p.items) == 0 {
		return conversation{}, false, err
	}
	c := slices.MinFunc(p.items, func(a, b conversation) int { return int(a.UpdatedAt - b.UpdatedAt) })
	return c, p.at.Sub(time.Unix(c.UpdatedAt, 0)) > still, nil
}

const needsRest = "every conversation changed within the last minutes; it needs one that rests"

func only(id string, after int64) filter {
	return filter{Operator: "AND", Value: []filter{{"id", "=", id}, since(after)}}
}

// alone searches for a resting conversation by its id, from a second before its own time.
func (s *Survey) alone(ctx context.Context, c conversation) (page, error) {
	return s.one.Get(func() (page, error) { return s.search(ctx, only(c.ID, c.UpdatedAt-1), "ascending", whole) })
}

// bounds needs a search that finds the conversation a second before its time, so that the one at its time tells
// something about bounds.
func (s *Survey) bounds(ctx context.Context) (probe.Answer, error) {
	c, rests, err := s.resting(ctx)
	if err != nil || !rests {
		return probe.Unseen(needsRest), err
	}
	before, err := s.alone(ctx, c)
	if err != nil {
		return probe.Answer{}, err
	}
	if len(before.items) != 1 || before.items[0].ID != c.ID || before.items[0].UpdatedAt != c.UpdatedAt {
		return probe.Unseen("a search by id and time does not find a conversation that rests"), nil
	}
	at, err := s.search(ctx, only(c.ID, c.UpdatedAt), "ascending", whole)
	if err != nil {
		return probe.Answer{}, err
	}
	if len(at.items) > 0 {
		return probe.Saw("inclusive"), nil
	}
	return probe.Saw("strict"), nil
}

func (s *Survey) total(ctx context.Context) (probe.Answer, error) {
	c, rests, err := s.resting(ctx)
	if err != nil || !rests {
		return probe.Unseen(needsRest), err
	}
	p, err := s.alone(ctx, c)
	switch {
	case err != nil:
		return probe.Answer{}, err
	case len(p.items) != 1 || p.next:
		return probe.Unseen("a search by id and time does not find one conversation"), nil
	case p.total == nil:
		return probe.Saw("missing"), nil
	case *p.total != 1:
		return probe.Saw("wrong").With("%d for 1", *p.total), nil
	}
	return probe.Saw("exact"), nil
}

// lag compares what the search shows of the last change with the conversation itself.
func (s *Survey) lag(ctx context.Context) (probe.Answer, error) {
	p, err := s.newest(ctx)
	if err != nil || len(p.items) == 0 {
		return probe.Unseen(needsConversation), err
	}
	shown := p.items[0]
	c, err := s.conversation(ctx, shown.ID)
	if err != nil {
		return probe.Answer{}, err
	}
	age := p.at.Sub(time.Unix(shown.UpdatedAt, 0))
	switch {
	case c.UpdatedAt > shown.UpdatedAt && time.Unix(c.UpdatedAt, 0).Before(p.at.Add(-time.Second)):
		return probe.Saw("seen").With("a change of %s before the search was missing", p.at.Sub(time.Unix(c.UpdatedAt, 0))), nil
	case age >= 0 && age <= time.Minute:
		return probe.Saw("short").With("a change of %s before the search was found", age), nil
	}
	return probe.Unseen("nothing changed in the last minute; it needs a change right before"), nil
}

func (s *Survey) pageLength(ctx context.Context) (probe.Answer, error) {
	p, err := s.newest(ctx)
	switch {
	case err != nil:
		return probe.Answer{}, err
	case len(p.items) >= whole:
		return probe.Saw("as asked"), nil
	case p.next:
		return probe.Saw("shorter").With("%d", len(p.items)), nil
	}
	return probe.Unseen("there is one page; it needs more than %d conversations", whole), nil
}

// sorted needs two different times in one page.
func (s *Survey) sorted(ctx context.Context) (probe.Answer, error) {
	p, err := s.search(ctx, since(0), "ascending", 20)
	if err != nil {
		return probe.Answer{}, err
	}
	rising, falling := false, false
	for i := 1; i < len(p.items); i++ {
		step := p.items[i].UpdatedAt - p.items[i-1].UpdatedAt
		rising, falling = rising || step > 0, falling || step < 0
	}
	switch {
	case falling:
		return probe.Saw("ignored"), nil
	case rising:
		return probe.Saw("honoured"), nil
	}
	return probe.Unseen("there are no two conversations of different times on a page"), nil
}

// merged looks for a customer who began a conversation and is no contact of it.
func (s *Survey) merged(ctx context.Context) (probe.Answer, error) {
	p, err := s.newest(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	for _, c := range p.items {
		if c.Source == nil || !customer(c.Source.Author) || c.Source.Author.ID == "" || len(c.Contacts.List) == 0 {
			continue
		}
		if !slices.Contains(c.Contacts.List, reference{c.Source.Author.ID}) {
			return probe.Saw("old ids"), nil
		}
	}
	return probe.Unseen("every conversation was begun by a present contact; it needs one whose contact was merged"), nil
}

func (s *Survey) tagTwice(ctx context.Context) (probe.Answer, error) {
	p, err := s.newest(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	for _, c := range p.items {
		seen := map[string]bool{}
		for _, t := range c.Tags.List {
			if seen[t.ID] {
				return probe.Saw("duplicates"), nil
			}
			seen[t.ID] = true
		}
	}
	return probe.Unseen("no tag stands twice; it needs one that was given twice"), nil
}

func (s *Survey) tagCase(ctx context.Context) (probe.Answer, error) {
	a, err := s.Get(ctx, "list tags", "/tags", url.Values{})
	if err != nil {
		return probe.Answer{}, err
	}
	var out struct {
		Data []struct {
			Name string `json:"name"`
		} `json:"data"`
	}
	if a.Status != http.StatusOK || json.Unmarshal(a.Body, &out) != nil {
		return probe.Unseen("the list of tags is not understood"), nil
	}
	seen := map[string]bool{}
	for _, t := range out.Data {
		key := strings.ToLower(t.Name)
		if seen[key] {
			return probe.Saw("are two tags"), nil
		}
		seen[key] = true
	}
	return probe.Unseen("no two of %d names do; it needs two that do", len(out.Data)), nil
}

func (s *Survey) unassigned(ctx context.Context) (probe.Answer, error) {
	return s.assignee(ctx, "every conversation is assigned; it needs one that is not", func(raw string) string {
		switch strings.Trim(raw, `"`) {
		case "null":
			return "null"
		case "0":
			return "0"
		}
		return ""
	})
}

func (s *Survey) assignees(ctx context.Context) (probe.Answer, error) {
	return s.assignee(ctx, "no conversation is assigned; it needs one that is", func(raw string) string {
		switch {
		case raw == "" || raw == "null" || strings.Trim(raw, `"`) == "0":
			return ""
		case raw[0] == '"':
			return "text"
		}
		return "numbers"
	})
}

func (s *Survey) assignee(ctx context.Context, need string, kind func(raw string) string) (probe.Answer, error) {
	p, err := s.newest(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	var seen []string
	for _, c := range p.items {
		if k := kind(strings.TrimSpace(string(c.Admin))); k != "" {
			seen = append(seen, k)
		}
	}
	return probe.Agreed(seen, need), nil
}

// source looks at what customers began: a campaign may have another form.
func (s *Survey) source(ctx context.Context) (probe.Answer, error) {
	p, err := s.newest(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	given := false
	for _, c := range p.items {
		switch {
		case c.Source == nil || !customer(c.Source.Author):
		case text(c.Source.ID) == "":
			return probe.Saw("null for some"), nil
		default:
			given = true
		}
	}
	if !given {
		return probe.Unseen("no conversation was begun by a customer"), nil
	}
	return probe.Saw("given"), nil
}

func (s *Survey) authorType(ctx context.Context) (probe.Answer, error) {
	p, err := s.newest(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	var seen []string
	for _, c := range p.items {
		switch {
		case c.Source == nil || !customer(c.Source.Author):
		case c.Source.Author.Type == "contact":
			seen = append(seen, "contact")
		default:
			seen = append(seen, "user or lead")
		}
	}
	return probe.Agreed(seen, "no conversation was begun by a customer"), nil
}
