package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

func (s *scene) entry(id mapping.EntryID) mapping.Entry {
	i := slices.IndexFunc(s.sides[0].conv.Entries, func(e mapping.Entry) bool { return e.ID == id })
	return s.sides[0].conv.Entries[i]
}

// TestProperties draws scenes and holds the planner to what must be true of every plan. -rapid.checks=n draws n of each.
func TestProperties(t *testing.T) {
	fates := map[string]int{}
	for name, check := range map[string]func(*rapid.T){
		"a note is never shown to a customer": aNoteIsNeverShown, "a plan is a function": aPlanIsAFunction,
		"what was carried out leaves nothing": whatWasCarriedOutLeavesNothing, "every entry has one fate": everyEntryHasOneFate(fates),
		"words stand under who said them": wordsStandUnderWhoSaidThem, "nobody speaks for another": nobodySpeaksForAnother, "words arrive whole": wordsArriveWhole,
		"a filter decides over all or nothing": aFilterDecidesOverAllOrNothing, "tags come to rest": tagsComeToRest,
		"only acts of people are told": onlyActsOfPeopleAreTold, "a note that tells acts claims nothing else": aClaimIsExact,
		"fields come to rest": fieldsComeToRest, "fields that a desk moves come to rest": movedFieldsComeToRest,
	} {
		t.Run(name, rapid.MakeCheck(check))
	}
	all := 0
	for _, n := range fates {
		all += n
	}
	if all < 5000 {
		return // that property was not asked for, or for too few draws to have all of them: CI makes five times as many
	}
	for _, f := range []string{fateMirrored, fateFolded, fateCovered, fateSkipped, fateParked, fatePending} {
		require.Positive(t, fates[f], "no entry was ever %s: %v", f, fates)
	}
	t.Log(fates)
}

// aNoteIsNeverShown: what is a note, or may be one, is written as a note or as a silent event.
func aNoteIsNeverShown(t *rapid.T) {
	s, p := carried(t)
	for _, d := range p.drafts {
		for _, id := range d.entries {
			if e := s.entry(id); e.Kind != mapping.Message || e.Doubt {
				require.Contains(t, []sinks.Kind{sinks.PostNote, sinks.RecordEvent}, d.op.Kind, "%+v", e)
				require.Equal(t, sinks.Silent, d.op.Class)
			}
			if e := s.entry(id); s.historic(0, e) {
				require.NotEqual(t, sinks.Delivered, d.op.Class, "history is delivered: %+v", e)
			}
		}
	}
}

// aPlanIsAFunction: the same scene gives the same operations.
func aPlanIsAFunction(t *rapid.T) {
	s, p := carried(t)
	require.Equal(t, p, s.planEntries(0, 1))
}

// whatWasCarriedOutLeavesNothing: a plan after the plan is empty. One case alone needs a second one: acts of people that
// are to be told. An opening tells none, because they are told in a conversation that stands; then they are all that is left.
func whatWasCarriedOutLeavesNothing(t *rapid.T) {
	s, p := carried(t)
	s.apply(p)
	if opened := p.opens; opened {
		p = s.planEntries(0, 1)
		require.False(t, slices.ContainsFunc(p.drafts, func(d draft) bool { return !d.acts }), "an opening leaves nothing but acts: %+v", p.drafts)
		s.apply(p)
	}
	require.Empty(t, s.planEntries(0, 1).drafts)
}

// everyEntryHasOneFate: each native entry ends in exactly one bucket, what is planned has its drafts, and at the end of a
// look what is planned is parked or pending by how the look ended, or was written and is mirrored or folded. fates counts
// them.
func everyEntryHasOneFate(fates map[string]int) func(*rapid.T) {
	return func(t *rapid.T) {
		s, p := carried(t)
		natives := s.natives(0)
		require.Len(t, p.fates, len(natives))
		for i, f := range p.fates {
			drafts := slices.ContainsFunc(p.drafts, func(d draft) bool { return slices.Contains(d.entries, natives[i].ID) })
			require.Equal(t, f.bucket == fatePlanned, drafts, "%+v: %+v", natives[i], f)
			require.Contains(t, []string{fateMirrored, fateFolded, fateCovered, fateSkipped, fatePlanned}, f.bucket)
			require.Equal(t, f.bucket == fateSkipped, f.rule != "", f)
			human := natives[i].Author.Role == mapping.Customer || natives[i].Author.Role == mapping.Agent
			if natives[i].HasText() && f.bucket == fateSkipped && human && !p.filtered {
				chosen := f.rule == ruleDropped && !ownWords(natives[i]) && s.opts.Kinds[s.sides[0].desk][natives[i].Native] == mapping.ChooseDrop
				require.True(t, chosen || slices.Contains([]string{"awaiting_customer", "automation_not_confirmed", "history_excluded"}, f.rule), "words are dropped: %+v", f)
			}
		}
		s.endsInOneBucket(t, p, fates)
	}
}

// endsInOneBucket carries out a plan up to a write that the desk refuses, or forbids, or that the bound on writes does not
// admit, or to its end, and holds the report's buckets to it.
func (s *scene) endsInOneBucket(t *rapid.T, p entryPlan, fates map[string]int) {
	l := &look{scene: *s, run: &run{req: Request{DryRun: true}, calls: t.Context(), parked: map[state.Pair]string{}}}
	done := rapid.IntRange(0, len(p.drafts)).Draw(t, "written before the end")
	wrote := entryPlan{drafts: p.drafts[:done], opens: p.opens && done > 0}
	s.apply(wrote)
	reason := ""
	if done < len(p.drafts) {
		switch reason = rapid.SampledFrom([]string{"refused", "denied", reasonBound}).Draw(t, "end"); reason {
		case "refused":
			require.ErrorIs(t, l.failed(t.Context(), &api.Error{Class: api.Refused, Status: 422, Code: "refused"}, 1), errLeave)
		case "denied":
			require.ErrorIs(t, l.failed(t.Context(), &api.Error{Class: api.Denied, Status: 403}, 1), errLeave)
		default:
			require.ErrorIs(t, l.leave(t.Context(), false, reason, "", 0), errLeave)
		}
	}
	l.scene = *s
	var all report.Entries
	after := l.planEntries(0, 1)
	for i, f := range after.fates {
		bucket, rule := l.bucketOf(f)
		fates[bucket]++
		count(&all, bucket)
		decided := f.bucket != fatePlanned && !f.doubtful(reason != "")
		switch {
		case decided:
			require.Equal(t, f.bucket, bucket)
			require.Equal(t, f.rule, rule)
		case reason == "refused" || reason == "denied":
			require.Equal(t, [2]string{fateParked, reason}, [2]string{bucket, rule})
		default:
			require.Equal(t, [2]string{fatePending, reason}, [2]string{bucket, rule})
		}
		e := s.natives(0)[i]
		unwritten := slices.ContainsFunc(p.drafts[done:], func(d draft) bool { return slices.Contains(d.entries, e.ID) && !d.acts })
		if unwritten {
			require.Contains(t, []string{fateParked, fatePending}, bucket, "what is not written yet is counted as done: %+v", f)
		}
	}
	require.Equal(t, len(after.fates), all.Read)
	require.Equal(t, all.Read, all.Mirrored+all.Folded+all.Covered+all.Skipped+all.Parked+all.Pending)
}

// wordsStandUnderWhoSaidThem: a text stands under its author's counterpart, or under a line that names the author.
func wordsStandUnderWhoSaidThem(t *rapid.T) {
	s, p := rapid.SampledFrom([]func(*rapid.T) (*scene, entryPlan){carried, standing}).Draw(t, "stands on both desks")(t)
	for _, d := range p.drafts {
		for _, id := range d.entries {
			e := s.entry(id)
			who, mapped := s.counterpart(0, e.Author)
			switch by := d.op.Author; {
			case d.acts:
				require.Contains(t, d.op.Body.Text(), personLabel(e.Author)+map[bool]string{true: ": ", false: " (" + string(e.Author.Role) + "): "}[e.Author.Role == mapping.Agent || e.Author.Role == mapping.Customer]+e.Act.Text)
			case d.op.Kind == sinks.RecordEvent && d.part > 1: // the first part names the author
				require.Contains(t, d.op.Body.Text(), fmt.Sprintf("[part %d of %d]", d.part, d.of))
			case d.op.Kind == sinks.RecordEvent || d.fold: // right above the words a line names the author, and what they are
				line := saidBy(e.Author) + map[bool]string{true: ", internal note"}[e.Kind == mapping.Note] + "):"
				if words := strings.Fields(e.Body.Text()); len(words) > 0 {
					line += " " + words[0]
				}
				require.Contains(t, strings.Join(strings.Fields(d.op.Body.Text()), " "), strings.Join(strings.Fields(line), " "))
			case by.Role == mapping.Customer:
				require.Equal(t, mapping.Customer, e.Author.Role)
				require.True(t, e.Author.ID == s.sides[0].conv.Customer.ID || e.Author.ID == "" && !s.sides[0].conv.Joined, "another participant's words")
			case mapped && by.ID == who.ID:
				require.Equal(t, mapping.Agent, e.Author.Role)
				require.NotEmpty(t, e.Author.ID, "a team speaks as somebody")
				s.speaksForNobodyElse(t, 0, e.Author.ID, by.ID)
			default: // a stranger to this desk, or words too long for a transcript
				require.Equal(t, mapping.PersonID("fallback"), by.ID)
				author := e.Author
				if d.op.Kind == sinks.PostMessage {
					require.False(t, author.NameInternal == "panelname" && strings.Contains(d.op.Body.Text(), "panelname"), "a customer reads it")
					author.NameInternal = ""
				}
				if name, _, _ := strings.Cut(saidBy(author), " ("); d.part == 1 {
					require.Contains(t, firstLine(d.op.Body), name, "%+v", d)
					require.Equal(t, e.Author.Role == mapping.Bot, strings.Contains(firstLine(d.op.Body), "bot, "), "a bot is called one: %s", firstLine(d.op.Body))
				}
			}
			if e.Author.Role != mapping.Agent {
				require.False(t, d.op.Author.Role == mapping.Agent && d.op.Author.ID != "fallback", "an agent says what %s said", e.Author.Role)
			}
		}
	}
}

// saidBy is how a transcript begins to name an author: whom nobody knows it calls neither a customer nor an agent.
func saidBy(p mapping.Person) string {
	name := cmp.Or(p.Name, p.NameInternal)
	if name == "" {
		name = map[mapping.Role]string{mapping.Customer: "Customer", mapping.Agent: "Agent", mapping.Bot: "Bot", mapping.System: "Unknown author"}[p.Role]
		if p.Role == mapping.Agent && p.ID != "" {
			name += " " + string(p.ID)
		}
	}
	return name + " (" + string(p.Role)
}

func first[A, B any](a A, _ B) A { return a }

// onlyActsOfPeopleAreTold: what an activity note tells was chosen, is carried by no field, is no history that is left alone,
// is of no program and not of the agent in whose name the bridge writes there; and such an event is told in a conversation
// that stands.
func onlyActsOfPeopleAreTold(t *rapid.T) {
	s, p := standing(t)
	told := map[mapping.EntryID]bool{}
	for _, d := range p.drafts {
		if !d.acts {
			continue
		}
		require.Equal(t, sinks.PostNote, d.op.Kind)
		require.Equal(t, sinks.Silent, d.op.Class)
		require.LessOrEqual(t, len([]rune(d.op.Body.Text())), s.sides[1].features.BodyRunes)
		for _, id := range d.entries {
			require.False(t, told[id], "told twice")
			told[id] = true
		}
	}
	for _, e := range s.natives(0) {
		carried := e.Covers != "" && (e.Covers != mapping.Team || len(s.opts.TeamMap) > 0) && (e.Act.Needs == "" || s.sides[1].features.Level(e.Act.Needs) == mapping.Full)
		due := isAct(e) && !carried && s.opts.Kinds[s.sides[0].desk][e.Native] == mapping.ChooseActivity && e.Made != mapping.ByAPI && e.Author.ID != "olga" &&
			!s.ledger.Meta.Twin.IsZero() && (!s.historic(0, e) || s.opts.HistoryAll && slices.Contains([]string{"native", "transcript"}, s.sides[1].side.History))
		if r, ok := s.record(0, e.ID); !ok || r.Outcome != state.Folded {
			require.Equal(t, due, told[e.ID], "%+v", e)
		}
	}
	s.apply(p)
	require.False(t, slices.ContainsFunc(s.planEntries(0, 1).drafts, func(d draft) bool { return d.acts }), "told again")
}

// aClaimIsExact: read back without any memory, the notes that tell acts claim what they tell and nothing else, neither the
// words between nor events that were not told.
func aClaimIsExact(t *rapid.T) {
	s, p := standing(t)
	a := adopter{scene: s, from: 0, to: 1, entries: s.natives(0)}
	for _, d := range p.drafts {
		tok, ok := mapping.FindToken(d.op.Body.Text())
		require.Equal(t, d.acts, ok && tok.IsActs())
		if !d.acts {
			continue
		}
		require.Equal(t, d.entries, a.toldBy(tok))
		require.Equal(t, d.op.ID, s.markerOf(0, actEntry+string(tok.First), tok.Part, tok.Of), "the promise is found by the token")
	}
}

func (s *scene) markerOf(from int, entry string, part, of int) string {
	return mapping.Marker{Pair: s.opts.Name, Source: s.sides[from].conv.Ref, Entry: mapping.EntryID(entry), Part: part, Of: of}.String()
}

func firstLine(b mapping.Body) string {
	l, _, _ := strings.Cut(b.Text(), "\n")
	return l
}
