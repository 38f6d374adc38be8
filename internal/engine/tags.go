package engine

import (
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// TagRules tell under which names tags are carried, and which are not. The zero value carries each under its own name.
type TagRules struct {
	// Map lists tags that are the same under two names, by desk. No name stands twice on one desk.
	Map []map[mapping.Desk]string
	// Drop are patterns (mapping.TagMatches) of tags that stay on their desk: they are neither added nor taken away
	// elsewhere. One that has two names stays if either fits.
	Drop []string
}

// carried gives the name on desk to of a tag of desk from, or tells that the tag stays where it is. Both ways lead back:
// what has a name over there has its own name here again.
func (r TagRules) carried(tag string, from, to mapping.Desk) (name string, ok bool) {
	name = tag
	is := func(desk mapping.Desk) func(map[mapping.Desk]string) bool {
		return func(same map[mapping.Desk]string) bool { return mapping.TagKey(same[desk]) == mapping.TagKey(tag) }
	}
	if i := slices.IndexFunc(r.Map, is(from)); i >= 0 {
		name = r.Map[i][to]
	} else if slices.ContainsFunc(r.Map, is(to)) {
		return "", false // over there it is what another tag of this desk is called
	}
	for _, pattern := range r.Drop {
		if mapping.TagMatches(pattern, tag) || mapping.TagMatches(pattern, name) {
			return "", false
		}
	}
	return name, true
}

// tagSet gives tags by what their spellings have in common.
func tagSet(tags []string) map[string]string {
	set := map[string]string{}
	for _, t := range tags {
		set[mapping.TagKey(t)] = t
	}
	return set
}

// tags merges sets: what a side added or removed since its own base is done on the other. Under a policy that names a
// desk, that desk's set is what counts.
func (m merger) tags() {
	if p := m.opts.Conflicts[mapping.Tags]; p != "" && p != "newest" && p != "merge" {
		m.impose(m.index(mapping.Desk(p)))
		return
	}
	for i, v := range m.sides {
		other := m.sides[1-i]
		cur, there := tagSet(v.conv.Fields.Tags), tagSet(other.conv.Fields.Tags)
		base := m.agreedTags(i)
		for _, k := range sortedKeys(cur) {
			if _, agreed := base[k]; agreed {
				continue
			}
			if name, ok := m.opts.Tags.carried(cur[k], v.desk, other.desk); !ok {
				m.plan.losses[1-i] = append(m.plan.losses[1-i], mapping.LossTagKept)
			} else if there[mapping.TagKey(name)] == "" {
				m.addTag(1-i, name)
			}
		}
		for _, k := range sortedKeys(base) {
			if _, kept := cur[k]; kept {
				continue
			}
			if name, ok := m.opts.Tags.carried(base[k], v.desk, other.desk); ok && there[mapping.TagKey(name)] != "" {
				if m.givenAgain(1-i, there[mapping.TagKey(name)], base[k]) {
					m.addTag(i, base[k])
				} else {
					m.want(1-i, sinks.Operation{Kind: sinks.RemoveTag, Tag: there[mapping.TagKey(name)]}, false)
				}
			}
		}
	}
}

// givenAgain reports whether side i shows that a tag was set there, not by a program, since the base was read, and the other side does not
// show that it, gone there, was taken away later. The base may be older than a removal on both sides: the bridge's, of
// which it died before it was recorded, or which a store that was put back has forgotten.
func (m merger) givenAgain(i int, tag, gone string) bool {
	given := m.lastTold(i, func(e mapping.Entry) bool {
		return e.Made != mapping.ByAPI && hasTag(e.Tagged, tag)
	})
	if given.IsZero() {
		return false
	}
	return !m.lastTold(1-i, func(e mapping.Entry) bool { return hasTag(e.Untagged, gone) }).After(given)
}

// lastTold is when, by the bridge's clock, the last event of side i came about that the base does not know and that tells
// of something.
func (m merger) lastTold(i int, tells func(mapping.Entry) bool) (at time.Time) {
	v := m.sides[i]
	known := m.ledger.Desks[v.desk].Known
	for _, e := range m.natives(i) {
		if e.Kind == mapping.Event && !slices.Contains(known, e.ID) && tells(e) && v.real(e.At).After(at) {
			at = v.real(e.At)
		}
	}
	return at
}

func hasTag(tags []string, tag string) bool {
	return slices.ContainsFunc(tags, func(t string) bool { return mapping.TagKey(t) == mapping.TagKey(tag) })
}

func (m merger) addTag(i int, tag string) {
	if !m.sides[i].features.HoldsTag(tag) {
		m.hold(i, mapping.Tags, "+"+tag, mapping.LossTagUnsafe)
		return
	}
	m.want(i, sinks.Operation{Kind: sinks.AddTag, Tag: strings.TrimSpace(tag)}, false)
}

// impose makes the tags of the other side those of side w. Where one desk alone had a tag when they were agreed, it stays so:
// it was refused, or another rule stood then.
func (m merger) impose(w int) {
	one, other := m.sides[w], m.sides[1-w]
	have, there := tagSet(one.conv.Fields.Tags), tagSet(other.conv.Fields.Tags)
	ours, theirs := m.agreedTags(w), m.agreedTags(1-w)
	agreed := m.baseOf(w) != nil && m.baseOf(1-w) != nil
	for _, k := range sortedKeys(have) {
		name, ok := m.opts.Tags.carried(have[k], one.desk, other.desk)
		switch key := mapping.TagKey(name); {
		case !ok && ours[k] == "":
			m.plan.losses[1-w] = append(m.plan.losses[1-w], mapping.LossTagKept)
		case ok && there[key] == "" && !(agreed && ours[k] != "" && theirs[key] == ""):
			m.addTag(1-w, name)
		}
	}
	for _, k := range sortedKeys(there) {
		name, ok := m.opts.Tags.carried(there[k], other.desk, one.desk)
		if key := mapping.TagKey(name); ok && have[key] == "" && !(agreed && theirs[k] != "" && ours[key] == "") {
			m.want(1-w, sinks.Operation{Kind: sinks.RemoveTag, Tag: there[k]}, false)
		}
	}
}

// agreedTags are the tags of side i as they were agreed; none while nothing was.
func (m merger) agreedTags(i int) map[string]string {
	if b := m.baseOf(i); b != nil {
		return tagSet(b.Tags)
	}
	return map[string]string{}
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
