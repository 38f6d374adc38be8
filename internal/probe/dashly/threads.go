package dashly

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/deskbridge/deskbridge/internal/probe"
)

// everyPart are the parts of the threads that were read.
func (s *Survey) everyPart(ctx context.Context) ([]part, error) {
	all, err := s.threads(ctx)
	var out []part
	for _, parts := range all {
		out = append(out, parts...)
	}
	if len(out) > 0 {
		err = nil
	}
	return out, err
}

// partIDs compares neighbours of one thread, of different seconds.
func (s *Survey) partIDs(ctx context.Context) (probe.Answer, error) {
	all, err := s.threads(ctx)
	if err != nil && len(all) == 0 {
		return probe.Answer{}, err
	}
	grown := false
	for _, parts := range all {
		parts = slices.Clone(parts)
		slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(number(a.ID), number(b.ID)) })
		for i := 1; i < len(parts); i++ {
			before, _ := stamp(parts[i-1].Created)
			after, _ := stamp(parts[i].Created)
			switch {
			case before.IsZero() || after.IsZero() || before.Unix() == after.Unix():
			case after.Before(before):
				return probe.Saw("do not grow"), nil
			default:
				grown = true
			}
		}
	}
	if !grown {
		return probe.Unseen("no thread has two parts of different seconds"), nil
	}
	return probe.Saw("grow with time"), nil
}

func number(id text) uint64 {
	n, err := strconv.ParseUint(string(id), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

const needsFile = "no part has a file; it needs a conversation with one"

// optional reads the thread of a file once more without asking for files.
func (s *Survey) optional(ctx context.Context) (probe.Answer, error) {
	all, err := s.threads(ctx)
	if err != nil && len(all) == 0 {
		return probe.Answer{}, err
	}
	filed := func(p part) bool { return len(p.Attachments) > 0 }
	for id, parts := range all {
		if !slices.ContainsFunc(parts, filed) {
			continue
		}
		p, err := s.list(ctx, "get parts", partsPath(id), url.Values{"paginate_count": {strconv.Itoa(whole)}})
		if err != nil {
			return probe.Answer{}, err
		}
		if slices.ContainsFunc(s.read(id, p.items), filed) {
			return probe.Saw("come by themselves"), nil
		}
		return probe.Saw("come when asked for"), nil
	}
	return probe.Unseen(needsFile), nil
}

const needsOwn = "the store knows none that the bridge wrote; it needs a first sync"

func (s *Survey) echo(ctx context.Context) (probe.Answer, error) {
	all, err := s.ownParts(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	var seen []string
	for _, p := range all {
		switch {
		case p.Type != "reply_user" && p.Type != "reply_admin":
		case strings.HasPrefix(string(p.ExternalID), "db1:"):
			seen = append(seen, "is echoed")
		case !p.first: // an opening has none
			seen = append(seen, "is not echoed")
		}
	}
	return probe.Agreed(seen, needsOwn), nil
}

func (s *Survey) userVia(ctx context.Context) (probe.Answer, error) {
	return s.via(ctx, []string{"reply_user"}, "api", "web_user")
}

func (s *Survey) systemVia(ctx context.Context) (probe.Answer, error) {
	return s.via(ctx, system, "api", "system", "web_panel")
}

func (s *Survey) via(ctx context.Context, kinds []string, known ...string) (probe.Answer, error) {
	all, err := s.ownParts(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	var seen []string
	for _, p := range all {
		if slices.Contains(kinds, p.Type) {
			seen = append(seen, p.SentVia)
		}
	}
	a := probe.Agreed(seen, needsOwn)
	if a.Is != "" && !slices.Contains(known, a.Is) {
		a = probe.Saw("another").With("%s", a.Is)
	}
	return a, nil
}

func (s *Survey) files(ctx context.Context) (probe.Answer, error) {
	all, err := s.everyPart(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	for _, p := range all {
		if len(p.Attachments) == 0 || p.Attachments[0].URL == "" {
			continue
		}
		code, err := s.Open(ctx, p.Attachments[0].URL)
		switch {
		case errors.Is(err, probe.ErrStranger):
			return probe.Unseen("%v", err), nil
		case err != nil:
			return probe.Answer{}, err
		case code == http.StatusOK || code == http.StatusPartialContent:
			return probe.Saw("open"), nil
		case code == http.StatusUnauthorized || code == http.StatusForbidden:
			return probe.Saw("closed without the token").With("%d", code), nil
		}
		return probe.Unseen("the link answers %d", code), nil
	}
	return probe.Unseen(needsFile), nil
}

// authored tells who made system parts: the bridge, or people.
func authored(own bool) func(*Survey, context.Context) (probe.Answer, error) {
	return func(s *Survey, ctx context.Context) (probe.Answer, error) {
		read, need := s.everyPart, "no assignment, tag or closing by a person was read; it needs one"
		if own {
			read, need = s.ownParts, needsOwn
		}
		all, err := read(ctx)
		if err != nil {
			return probe.Answer{}, err
		}
		var seen []string
		for _, p := range all {
			if p.own == own && (own || p.SentVia != "api") && slices.Contains(system, p.Type) {
				seen = append(seen, shape(p.From))
			}
		}
		return probe.Agreed(seen, need), nil
	}
}

// bodied tells the form of what people wrote. Words without any mark fit both, so they prove nothing.
func bodied(kind string) func(*Survey, context.Context) (probe.Answer, error) {
	return func(s *Survey, ctx context.Context) (probe.Answer, error) {
		all, err := s.everyPart(ctx)
		if err != nil {
			return probe.Answer{}, err
		}
		var seen []string
		for _, p := range all {
			if p.Type == kind && !p.own && p.SentVia != "api" {
				if form := form(p.Body); form != "" {
					seen = append(seen, form)
				}
			}
		}
		return probe.Agreed(seen, "no body that was read has a mark that tells; it needs one with & or several lines"), nil
	}
}

var (
	tags     = regexp.MustCompile(`(?i)^\s*<(p|div|br|ul|ol|h[1-6]|span|b|i|a)(\s[^<>]*)?/?>`)
	entities = regexp.MustCompile(`&(amp|lt|gt|quot|#[0-9]+|nbsp);`)
	unmarked = regexp.MustCompile(`(?i)</?[a-z][a-z0-9]*(\s[^<>]*)?/?>`)
)

// form is that of a body: HTML has an element around it or entities, text has marks that HTML would have escaped, or lines.
func form(body string) string {
	bare := unmarked.ReplaceAllString(entities.ReplaceAllString(body, ""), "")
	switch {
	case tags.MatchString(body):
		return "HTML"
	case strings.ContainsAny(bare, "&<") || strings.Contains(strings.TrimSpace(body), "\n") && !unmarked.MatchString(body):
		return "text"
	case entities.MatchString(body):
		return "HTML"
	}
	return ""
}

// gone looks for authors without a name. Nothing tells who left, so a name proves nothing.
func (s *Survey) gone(ctx context.Context) (probe.Answer, error) {
	all, err := s.everyPart(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	for _, p := range all {
		if p.Type != "reply_admin" || p.own || p.SentVia == "api" {
			continue
		}
		switch is := nameless(p.From); is {
		case "nobody", "a bare id":
			return probe.Saw(is), nil
		}
	}
	return probe.Unseen("every reply that was read has an author with a name; it needs an old reply of one who left"), nil
}

func (s *Survey) ids(ctx context.Context) (probe.Answer, error) {
	conversations, err := s.conversations(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	most := uint64(0)
	for _, c := range conversations {
		most = max(most, number(c.ID))
		if c.PartLast != nil {
			most = max(most, number(c.PartLast.ID))
		}
	}
	switch {
	case most == 0:
		return probe.Unseen(needsConversation), nil
	case most > 1<<63-1:
		return probe.Saw("beyond 2^63"), nil
	case most > 1<<53:
		return probe.Saw("beyond 2^53"), nil
	}
	return probe.Saw("below 2^53"), nil
}

func (s *Survey) authorIDs(ctx context.Context) (probe.Answer, error) {
	all, err := s.everyPart(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	var seen []string
	for _, p := range all {
		raw := strings.TrimSpace(string(p.From))
		switch {
		case p.Type != "reply_user" || raw == "" || raw == "null" || raw[0] == '{':
		case raw[0] == '"':
			seen = append(seen, "text")
		default:
			seen = append(seen, "numbers")
		}
	}
	return probe.Agreed(seen, "no reply of a customer shows an id alone"), nil
}
