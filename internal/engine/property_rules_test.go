package engine

import (
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

var (
	someStates = []mapping.State{mapping.Open, mapping.Snoozed, mapping.Closed}
	tagNames   = []string{"vip", "VIP", " vip ", "gold", "vip customer", "a,b", "internal-audit", "internal-vip", "ж", "Ж"}
)

// someOf draws a few of a list, often none.
func someOf[T any](t *rapid.T, label string, all ...T) []T {
	return rapid.SliceOfN(rapid.SampledFrom(all), 0, 3).Draw(t, label)
}

func someTags(t *rapid.T, label string) []string {
	return mapping.Fields{Tags: someOf(t, label, tagNames...)}.Normal().Tags
}

// someFilters draws filters of every kind; four times in five there are none of a kind.
func someFilters(t *rapid.T, now time.Time) (f Filters) {
	is := func(label string) bool { return rapid.IntRange(0, 4).Draw(t, label) == 4 }
	patterns := append([]string{"internal-*", "*"}, tagNames...)
	all := []Team{{dashly.Desk, "7"}, {intercom.Desk, "7"}, {dashly.Desk, AnyTeam}, {intercom.Desk, AnyTeam}, {dashly.Desk, ""}}
	if is("filter by tags") {
		f.Tags = Choice[string]{Only: someOf(t, "only tags", patterns...), Except: someOf(t, "no tags", patterns...)}
	}
	if is("filter by teams") {
		f.Teams = Choice[Team]{Only: someOf(t, "only teams", all...), Except: someOf(t, "no teams", all...)}
	}
	if is("filter by status") {
		f.Status = someOf(t, "only states", someStates...)
	}
	if is("filter by channel") {
		f.Channels = Choice[string]{Only: someOf(t, "only channels", "email", "Email", OwnChat), Except: someOf(t, "no channels", "whatsapp", OwnChat)}
	}
	if is("filter by age") {
		f.CreatedAfter = now.Add(-time.Duration(rapid.IntRange(0, 90).Draw(t, "created after")) * time.Hour)
	}
	if is("filter by an end") {
		f.CreatedBefore = now.Add(-time.Duration(rapid.IntRange(0, 90).Draw(t, "created before")) * time.Hour)
	}
	f.WithPeople = is("filter by people")
	return f
}

// someTagRules draws rules as a configuration may have them: no name twice on one desk.
func someTagRules(t *rapid.T, a, b mapping.Desk) (r TagRules) {
	pick := func(desk mapping.Desk) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(tagNames), 3, 3, mapping.TagKey).Draw(t, "names on "+string(desk))
	}
	left, right := pick(a), pick(b)
	for i := range rapid.IntRange(0, 3).Draw(t, "tags with two names") {
		r.Map = append(r.Map, map[mapping.Desk]string{a: left[i], b: right[i]})
	}
	r.Drop = someOf(t, "dropped tags", "internal-*", "gold", "ж")
	return r
}

// aFilterDecidesOverAllOrNothing: a thread without a copy that a filter leaves out has no write at all, and each of its
// entries the filter's rule; one that has a copy, or may have one, is not touched by any filter.
func aFilterDecidesOverAllOrNothing(t *rapid.T) {
	s, p := carried(t)
	rule := s.filteredBy()
	require.Equal(t, rule != "", p.filtered)
	for i, f := range p.fates {
		e := s.natives(0)[i]
		r, known := s.record(0, e.ID)
		switch {
		case rule == "":
			require.False(t, strings.HasPrefix(f.rule, filterRules), "%+v", f)
		case known && r.Complete():
			require.Contains(t, []string{fateMirrored, fateFolded}, f.bucket)
		default:
			require.Equal(t, fate{bucket: fateSkipped, rule: rule}, f)
		}
	}
	if rule != "" {
		require.Empty(t, p.drafts)
		require.True(t, s.ledger.Meta.Twin.IsZero())
		s.ledger.SetIntent(state.Intent{ID: "x", Kind: "open", Desk: s.sides[1].desk})
		require.Empty(t, s.filteredBy(), "an opening is under way: nobody knows")
		s.ledger.DropIntent("x")
		m := s.ledger.Meta
		m.Twin = mapping.Ref{Desk: s.sides[1].desk, ID: "1"}
		s.ledger.SetMeta(m)
		require.False(t, s.planEntries(0, 1).filtered)
	}
	// Without filters the rest of the plan is the same.
	with := s.planEntries(0, 1)
	s.opts.Filters = Filters{}
	if without := s.planEntries(0, 1); !with.filtered {
		require.Equal(t, with, without)
	}
}

// tagsComeToRest: names lead there and back; after the planned writes there is nothing to write, nor after a lost memory;
// what stays on its desk is neither added nor taken away on the other one.
func tagsComeToRest(t *rapid.T) {
	s := aScene(t)
	s.opts.Conflicts = map[mapping.Field]string{mapping.Tags: rapid.SampledFrom([]string{"", "merge", string(dashly.Desk), string(intercom.Desk)}).Draw(t, "policy")}
	s.opts.Sides[0].Fallback = "fallback"
	twin := mapping.Ref{Desk: s.sides[1].desk, ID: "1"}
	s.sides[1].conv = &mapping.Conversation{Ref: twin, Fields: mapping.Fields{State: s.sides[0].conv.Fields.State, Tags: someTags(t, "tags there")}}
	m := s.ledger.Meta
	m.Twin = twin
	s.ledger.SetMeta(m)
	for i, v := range s.sides {
		other := s.sides[1-i].desk
		for _, tag := range tagNames {
			if name, ok := s.opts.Tags.carried(tag, v.desk, other); ok {
				back, ok := s.opts.Tags.carried(name, other, v.desk)
				require.True(t, ok)
				require.Equal(t, mapping.TagKey(tag), mapping.TagKey(back))
			}
		}
		if rapid.Bool().Draw(t, "agreed before") {
			base := v.conv.Fields
			base.Tags = someTags(t, "tags agreed")
			s.ledger.SetDesk(v.desk, state.DeskState{Base: &base})
		}
	}
	kept := func(i int) (out []string) {
		for _, tag := range s.sides[i].conv.Fields.Tags {
			if _, ok := s.opts.Tags.carried(tag, s.sides[i].desk, s.sides[1-i].desk); !ok {
				out = append(out, tag)
			}
		}
		return out
	}
	// Where one desk's tags count, what one of them alone had when they were agreed stays so as long as that is remembered.
	p := s.opts.Conflicts[mapping.Tags]
	apart := p != "" && p != "merge" && s.ledger.Desks[s.sides[0].desk].Base != nil && s.ledger.Desks[twin.Desk].Base != nil
	before := [2][]string{kept(0), kept(1)}
	s.writeTags(t, s.planFields())
	require.Equal(t, before, [2][]string{kept(0), kept(1)}, "what stays on its desk stays as it is there")
	for _, v := range s.sides {
		base := v.conv.Fields.Normal()
		s.ledger.SetDesk(v.desk, state.DeskState{Base: &base})
	}
	again := s.planFields()
	require.Empty(t, tagWrites(again))
	if s.opts.Conflicts[mapping.Tags] == "" || s.opts.Conflicts[mapping.Tags] == "merge" {
		require.Empty(t, slices.Concat(again.losses[0], again.losses[1]), "a loss is told once")
	}
	for _, v := range s.sides {
		s.ledger.SetDesk(v.desk, state.DeskState{})
	}
	forgotten := tagWrites(s.planFields())
	for _, op := range forgotten {
		require.True(t, op.Kind == sinks.AddTag || apart, "a lost memory takes nothing away")
	}
}

func tagWrites(p fieldPlan) (all []sinks.Operation) {
	for _, op := range slices.Concat(p.writes[0], p.writes[1]) {
		if op.Kind == sinks.AddTag || op.Kind == sinks.RemoveTag {
			all = append(all, op)
		}
	}
	return all
}

// writeTags does what a plan has for the tags, as desks do that take blanks and capitals for nothing.
func (s *scene) writeTags(t *rapid.T, p fieldPlan) {
	for i := range s.sides {
		f := &s.sides[i].conv.Fields
		for _, op := range p.writes[i] {
			same := func(tag string) bool { return mapping.TagKey(tag) == mapping.TagKey(op.Tag) }
			switch op.Kind {
			case sinks.AddTag:
				require.False(t, slices.ContainsFunc(f.Tags, same), "%s is there", op.Tag)
				f.Tags = append(f.Tags, op.Tag)
			case sinks.RemoveTag:
				require.Contains(t, f.Tags, op.Tag, "as it is spelled there")
				f.Tags = slices.DeleteFunc(f.Tags, same)
			}
		}
		*f = f.Normal()
	}
}
