package intercom

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/probe"
)

// order is decided by a thread whose ids and times do not rise alike, if one was read.
func (s *Survey) order(ctx context.Context) (probe.Answer, error) {
	all, err := s.read(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	alike := false
	for _, c := range all {
		times, ids, apart := steps(c.Parts.List)
		switch {
		case !apart:
		case times && ids:
			alike = true
		case times:
			return probe.Saw("by time"), nil
		case ids:
			return probe.Saw("by id"), nil
		default:
			return probe.Saw("newest first"), nil
		}
	}
	if !alike {
		return probe.Unseen("no thread that was read has two parts of different seconds"), nil
	}
	return probe.Saw("oldest first"), nil
}

// steps tells whether the times and the ids of a list never fall. apart: there are two times.
func steps(parts []part) (times, ids, apart bool) {
	times, ids = true, true
	for i := 1; i < len(parts); i++ {
		was, is := parts[i-1], parts[i]
		a, _ := strconv.ParseUint(was.ID, 10, 64)
		b, _ := strconv.ParseUint(is.ID, 10, 64)
		times, ids = times && was.CreatedAt <= is.CreatedAt, ids && a < b
		apart = apart || was.CreatedAt != is.CreatedAt
	}
	return times, ids, apart
}

const many = 100 // parts of a thread that may show a limit

// longest reads the longest thread that a search finds.
func (s *Survey) longest(ctx context.Context) (conversation, bool, error) {
	p, err := s.long.Get(func() (page, error) {
		return s.search(ctx, filter{"statistics.count_conversation_parts", ">", many}, "descending", whole)
	})
	if err != nil || len(p.items) == 0 {
		return conversation{}, false, err
	}
	c, err := s.conversation(ctx, slices.MaxFunc(p.items, func(a, b conversation) int { return cmp.Compare(a.counted(), b.counted()) }).ID)
	return c, err == nil, err
}

func (s *Survey) counts(ctx context.Context) (probe.Answer, error) {
	c, ok, err := s.longest(ctx)
	if err != nil || !ok {
		return probe.Unseen("no thread has more than %d parts; it needs one with more than 500", many), err
	}
	switch t := c.Parts.Total; {
	case t != nil && *t > len(c.Parts.List):
		return probe.Saw("counts all parts").With("%d of %d are shown", len(c.Parts.List), *t), nil
	case t != nil && c.counted() > *t:
		return probe.Saw("ends at what is shown").With("%d of %d", *t, c.counted()), nil
	}
	return probe.Unseen("the longest thread shows %d parts and counts no more; it needs one with more than 500", len(c.Parts.List)), nil
}

func (s *Survey) depth(ctx context.Context) (probe.Answer, error) {
	c, ok, err := s.longest(ctx)
	if err != nil || !ok {
		return probe.Unseen("no thread has more than %d parts; it needs one with more than 500", many), err
	}
	n := len(c.Parts.List)
	if t := c.Parts.Total; t != nil && *t > n || c.counted() > n {
		return probe.Saw("a limit").With("%d", n), nil
	}
	return probe.Unseen("all %d parts of the longest thread can be read; it needs one with more than 500", n), nil
}

const (
	near = 5 * time.Second // +1 s for each earlier entry of the same second
	far  = time.Minute
)

// honoured compares what the bridge wrote with what it stands for. The bridge asks for the time of the original.
func honoured(by func(author) bool) func(*Survey, context.Context) (probe.Answer, error) {
	return func(s *Survey, ctx context.Context) (probe.Answer, error) {
		own, err := s.parts(ctx, func(p part) bool { return p.own && by(p.Author) })
		if err != nil {
			return probe.Answer{}, err
		}
		var seen []string
		for _, p := range own {
			at, ok := s.sources[p.origin]
			if !ok {
				continue
			}
			switch off := time.Unix(p.CreatedAt, 0).Sub(at).Abs(); {
			case off <= near:
				seen = append(seen, "honoured")
			case off > far:
				seen = append(seen, "not honoured")
			}
		}
		return probe.Agreed(seen, "the store knows none whose original was read; it needs a first sync"), nil
	}
}

// moved compares the time of a conversation with its last part, where that is of a kind and made by a person.
func moved(kinds ...string) func(*Survey, context.Context) (probe.Answer, error) {
	const soon = 5
	return func(s *Survey, ctx context.Context) (probe.Answer, error) {
		all, err := s.read(ctx)
		if err != nil {
			return probe.Answer{}, err
		}
		var seen []string
		for _, c := range all {
			parts := slices.SortedStableFunc(slices.Values(c.Parts.List), func(a, b part) int { return cmp.Compare(a.CreatedAt, b.CreatedAt) })
			if len(parts) == 0 {
				continue
			}
			last, before := parts[len(parts)-1], c.CreatedAt
			if len(parts) > 1 {
				before = parts[len(parts)-2].CreatedAt
			}
			if !slices.Contains(kinds, last.Type) || last.own || last.named() || last.CreatedAt-before <= soon {
				continue
			}
			switch after := c.UpdatedAt - last.CreatedAt; {
			case after < 0:
				seen = append(seen, "stays")
			case after <= soon:
				seen = append(seen, "moves")
			}
		}
		return probe.Agreed(seen, "no conversation that was read has it as its last part, by a person and long after another"), nil
	}
}

func (s *Survey) links(ctx context.Context) (probe.Answer, error) {
	parts, err := s.parts(ctx, func(p part) bool { return len(p.Attachments) > 0 })
	if err != nil {
		return probe.Answer{}, err
	}
	a, err := s.whoami(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	for _, p := range parts {
		u, err := url.Parse(p.Attachments[0].URL)
		if err != nil {
			continue
		}
		until, err := strconv.ParseInt(u.Query().Get("expires"), 10, 64)
		if life := time.Unix(until, 0).Sub(a.Time); err == nil && life > 0 {
			return probe.Saw("told").With("about %s", life.Round(time.Minute)), nil
		}
	}
	if len(parts) == 0 {
		return probe.Unseen("no part that was read has a file"), nil
	}
	return probe.Unseen("the links do not tell; it needs the same link again after an hour"), nil
}

func (s *Survey) statistics(ctx context.Context) (probe.Answer, error) {
	all, err := s.read(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	var seen []string
	for _, c := range all {
		switch n := len(c.Parts.List); {
		case n == 0 || c.Parts.Total == nil || *c.Parts.Total != n:
		case c.Statistics == nil || c.Statistics.Parts == nil:
			seen = append(seen, "are missing")
		case *c.Statistics.Parts < n:
			return probe.Saw("count fewer"), nil
		default:
			seen = append(seen, "count all parts")
		}
	}
	return probe.Agreed(seen, "no thread that was read is shown whole"), nil
}

const (
	needsOwn   = "nothing that was read is by the bridge; it needs a first sync"
	needsNewer = "it needs intercom.version 2.13 or later"
)

// token is the end of every note of the bridge.
func (p part) token() bool {
	return p.Body != nil && strings.Contains(*p.Body, "[db1 ") && strings.HasPrefix(p.Type, "note")
}

func code(p part) string {
	switch {
	case p.AppCode == nil:
		return "missing"
	case p.named():
		return "names the app"
	}
	return "null"
}

func (s *Survey) ownCode(ctx context.Context) (probe.Answer, error) {
	return s.codes(ctx, needsOwn, func(p part) bool { return p.own || p.token() })
}

// humanCode asks customers' parts only: an agent may answer through an app.
func (s *Survey) humanCode(ctx context.Context) (probe.Answer, error) {
	return s.codes(ctx, "no part that was read is by a customer", func(p part) bool { return !p.own && !p.named() && customer(p.Author) })
}

func (s *Survey) codes(ctx context.Context, need string, keep func(part) bool) (probe.Answer, error) {
	parts, err := s.parts(ctx, keep)
	if err != nil {
		return probe.Answer{}, err
	}
	if !s.since13 {
		return probe.Unseen(needsNewer), nil
	}
	var seen []string
	for _, p := range parts {
		seen = append(seen, code(p))
	}
	return probe.Agreed(seen, need), nil
}

func (s *Survey) tagParts(ctx context.Context) (probe.Answer, error) {
	all, err := s.read(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	tagged := false
	for _, c := range all {
		if slices.ContainsFunc(c.Parts.List, func(p part) bool { return p.Type == "conversation_tags_updated" }) {
			return probe.Saw("are there"), nil
		}
		tagged = tagged || len(c.Tags.List) > 0 && c.Parts.Total != nil && *c.Parts.Total == len(c.Parts.List)
	}
	if tagged {
		return probe.Saw("are not there"), nil
	}
	return probe.Unseen("no conversation that was read has a tag"), nil
}
