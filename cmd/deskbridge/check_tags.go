package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
)

// tagRules looks for entries of the map that cannot do anything.
func (x *examiner) tagRules(t *config.Tags) {
	for i, same := range t.Map {
		for n, s := range x.sides {
			desk, other := s.Source.Desk(), x.sides[1-n]
			about, name := fmt.Sprintf("tags.map[%d].%s", i, desk), string(same[desk])
			if slices.ContainsFunc(t.Drop, func(p config.TagName) bool { return mapping.TagMatches(string(p), name) }) {
				x.say(report.Warning, about, "tags.drop keeps %s on its desk: this entry does nothing", name)
			}
			switch can := s.Sink.Features(); {
			case !other.Send || can.HoldsTag(name):
			case can.TagRunes > 0 && utf8.RuneCountInString(name) > can.TagRunes:
				x.say(report.Warning, about, "%s cannot be given a tag of more than %d characters: it is not carried there", desk, can.TagRunes)
			default:
				x.say(report.Warning, about, "%s cannot be given a tag with a comma: it is not carried there", desk)
			}
		}
	}
}

// commas warns of filters and rules for tags with a comma, where nothing is carried from a desk that has such tags.
func (x *examiner) commas() {
	for _, s := range x.sides {
		if s.Send && s.Sink.Features().CommaInTags == mapping.Full {
			return
		}
	}
	say := func(about string) {
		x.say(report.Warning, about, "can never match, as far as the documents tell: no desk that something is carried from has tags with a comma")
	}
	for _, w := range x.tagPatterns() {
		if strings.Contains(w.pattern, ",") {
			say(w.key)
		}
	}
	for i, same := range x.cfg.Tags.Map {
		for _, s := range x.sides {
			if desk := s.Source.Desk(); s.Send && strings.Contains(string(same[desk]), ",") {
				say(fmt.Sprintf("tags.map[%d].%s", i, desk))
			}
		}
	}
}

// mapped reports whether a pattern fits a name of the map: tags.drop looks at both names of a tag.
func mapped(t *config.Tags, pattern config.TagName) bool {
	return slices.ContainsFunc(t.Map, func(same map[mapping.Desk]config.TagName) bool {
		for _, name := range same {
			if mapping.TagMatches(string(pattern), string(name)) {
				return true
			}
		}
		return false
	})
}

// tagPattern is a pattern of tags and the key of the configuration that it stands under.
type tagPattern struct{ key, pattern string }

// tagPatterns are those that choose by tags alone: a name of the map that fits a pattern of tags.drop is another tag.
func (x *examiner) tagPatterns() (all []tagPattern) {
	f, rules := &x.cfg.Filters.Tags, &x.cfg.Tags
	for _, list := range []struct {
		key  string
		tags []config.TagName
	}{{"filters.tags.only", f.Only}, {"filters.tags.except", f.Except}, {"tags.drop", rules.Drop}} {
		for i, pattern := range list.tags {
			if list.key != "tags.drop" || !mapped(rules, pattern) {
				all = append(all, tagPattern{fmt.Sprintf("%s[%d]", list.key, i), string(pattern)})
			}
		}
	}
	return all
}

// tagsExist warns of filters and names that fit no tag, where every desk that something is carried from lists its tags. What
// tags.drop names may be on the other desk, too.
func (x *examiner) tagsExist(ctx context.Context) {
	wanted := slices.DeleteFunc(x.tagPatterns(), func(w tagPattern) bool { return strings.HasPrefix(w.key, "tags.drop") })
	for n, same := range x.cfg.Tags.Map {
		for i, s := range x.sides {
			if desk := s.Source.Desk(); s.Send && !x.sides[1-i].Send { // else it is made there
				wanted = append(wanted, tagPattern{fmt.Sprintf("tags.map[%d].%s", n, desk), string(same[desk])})
			}
		}
	}
	if len(wanted) == 0 {
		return
	}
	var listed, counts []string
	for i, s := range x.sides {
		if !s.Send {
			continue
		}
		lister, can := s.Source.(sources.TagLister)
		if !can || x.hosts[i] == "" {
			return
		}
		tags, err := lister.Tags(ctx)
		if err != nil {
			x.say(report.Info, string(s.Source.Desk())+" tags", "whether those of filters.tags and tags exist cannot be seen: %v", err)
			return
		}
		listed = append(listed, tags...)
		counts = append(counts, fmt.Sprintf("%s lists %d", s.Source.Desk(), len(tags)))
	}
	for _, w := range wanted {
		if !slices.ContainsFunc(listed, func(tag string) bool { return mapping.TagMatches(w.pattern, tag) }) {
			x.say(report.Warning, w.key, "no tag fits %s: %s, and none of that name", w.pattern, strings.Join(counts, ", "))
		}
	}
}
