package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// aScene draws a conversation of one desk in any state of being carried: not at all, opened, or carried in part; with
// entries of every kind of the desk's table, by anybody, as history and live. The planner is to carry it from side 0.
func aScene(t *rapid.T) *scene {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	yes := func(label string) bool { return rapid.Bool().Draw(t, label) }
	from, to := dashly.Desk, intercom.Desk
	kinds, features := dashly.Kinds(), func() (mapping.Features, error) {
		return intercom.Features(rapid.SampledFrom(intercom.Versions).Draw(t, "version"))
	}
	row := func(native string, author mapping.Role, words bool) (mapping.Kind, mapping.Field, string, bool) {
		r, _ := dashly.RowFor(native, author, words)
		return r.Kind, r.Covers, r.Rule, r.Doubt
	}
	choices := dashly.Choices
	if yes("from Intercom") {
		from, to = to, from
		kinds, features = intercom.PartTypes(), func() (mapping.Features, error) { return dashly.Features("") }
		row = func(native string, author mapping.Role, words bool) (mapping.Kind, mapping.Field, string, bool) {
			r := intercom.RowOf(native, author, words)
			return r.Kind, r.Covers, r.Rule, r.Doubt
		}
		choices = intercom.Choices
	}
	chosen := map[string]mapping.Choice{}
	for range rapid.IntRange(0, 8).Draw(t, "chosen kinds") {
		kind := rapid.SampledFrom(append(kinds, "unheard_of")).Draw(t, "chosen kind")
		if allowed, _ := choices(kind); len(allowed) > 0 {
			chosen[kind] = rapid.SampledFrom(allowed).Draw(t, "choice")
		}
	}
	acting := slices.DeleteFunc(slices.Clone(kinds), func(kind string) bool { return !slices.Contains(first(choices(kind)), mapping.ChooseActivity) })
	if yes("acts are told") {
		for _, kind := range acting {
			if _, ok := chosen[kind]; !ok && yes("this one, too") {
				chosen[kind] = mapping.ChooseActivity
			}
		}
	}
	can, err := features()
	require.NoError(t, err)
	if yes("short bodies") {
		can.BodyRunes = 1000
	}
	opts := &Options{Name: "main", Start: now.Add(-time.Hour), HistoryAll: yes("all history"), AutomationOff: yes("automation is off"),
		Home:   rapid.SampledFrom([]string{"auto", string(dashly.Desk), string(intercom.Desk)}).Draw(t, "home"),
		MaxAge: 24 * time.Hour, ReachableOnBoth: rapid.SampledFrom([]string{"deliver", "note"}).Draw(t, "reachable on both"),
		AgentMap: []map[mapping.Desk]mapping.PersonID{{from: "jane", to: "jane2"}, {from: "tom", to: "fallback"}},
		Kinds:    map[mapping.Desk]map[string]mapping.Choice{from: chosen}}
	if yes("in Russian") {
		opts.Texts = mapping.Texts{Wrote: "В {desk} пишет {name}:", Replied: "{name} ответил ({desk}):", Bot: "Бот {name}, {desk}:", Participant: "Участник {name}:", Earlier: "Раньше в {desk}:", Meanwhile: "Тем временем в {desk}:"}
	}
	opts.Sides = [2]Side{{Send: true, Fallback: "olga"}, {Send: true, Fallback: "fallback", History: rapid.SampledFrom([]string{"native", "transcript", "events", "none"}).Draw(t, "history")}}
	people := []mapping.Person{
		{Role: mapping.Customer, ID: "alice", Name: "Alice"}, {Role: mapping.Customer, ID: "bob", Name: "Bob"},
		{Role: mapping.Agent, ID: "jane", Name: "Jane"}, {Role: mapping.Agent, ID: "tom", Name: "Tom"}, {Role: mapping.Agent, ID: "olga", Name: "Olga"},
		{Role: mapping.Bot, Name: "Robot"}, {Role: mapping.System}, {Role: mapping.Customer}, {Role: mapping.Agent, Name: "Anna"}, // a team
	}
	ours, theirs := someAgents(t, "a"), someAgents(t, "b")
	people = append(people, ours...)
	if len(ours) > 0 && len(theirs) > 0 && yes("some of them are configured") {
		opts.AgentMap = append(opts.AgentMap, map[mapping.Desk]mapping.PersonID{from: ours[0].ID, to: theirs[0].ID})
	}
	met := meetAgents(t, meetAgents(t, NewPeople(opts.AgentMap), from, ours), to, theirs)
	customer := rapid.SampledFrom([]mapping.PersonID{"alice", "alice", "bob", "carol"}).Draw(t, "customer")
	conv := mapping.Conversation{Ref: mapping.Ref{Desk: from, ID: "1"}, Customer: mapping.Contact{ID: customer}, Agents: slices.Concat(ours, theirs), Fields: mapping.Fields{State: mapping.Open}}
	conv.Channel = rapid.SampledFrom([]string{"", "", "email", "whatsapp"}).Draw(t, "channel")
	if yes("others take part") {
		conv.Others = []mapping.Contact{{ID: "dave"}}
	}
	if yes("has an address") {
		conv.Customer.Email = "alice@example.org"
	}
	at := now.Add(-time.Duration(rapid.IntRange(0, 72).Draw(t, "hours ago")) * time.Hour)
	for n := range rapid.IntRange(1, 12).Draw(t, "entries") {
		at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 60, 3600}).Draw(t, "later")) * time.Second)
		e := mapping.Entry{ID: mapping.EntryID(fmt.Sprint(n + 1)), At: at, Opening: n == 0, Native: rapid.SampledFrom(append(kinds, "unheard_of")).Draw(t, "kind"),
			Author: rapid.SampledFrom(people).Draw(t, "author"), Made: rapid.SampledFrom([]mapping.Provenance{mapping.Unknown, mapping.ByHuman, mapping.ByAPI}).Draw(t, "made")}
		if rapid.IntRange(0, 3).Draw(t, "an act") == 0 {
			e.Native = rapid.SampledFrom(acting).Draw(t, "kind of the act")
		}
		words := yes("words")
		if len(ours) > 0 && n > 0 && rapid.IntRange(0, 2).Draw(t, "one of the team talks") == 0 {
			e.Author, words = rapid.SampledFrom(ours).Draw(t, "who talks"), true
			e.Native = rapid.SampledFrom([]string{"note", map[mapping.Desk]string{dashly.Desk: "reply_admin", intercom.Desk: "comment"}[from]}).Draw(t, "talk")
		}
		if words {
			text := fmt.Sprintf("secret%d %s", n+1, rapid.StringMatching(`[a-zа-я😀 .,\n]{0,40}`).Draw(t, "text"))
			if yes("long") {
				text += strings.Repeat(" and so on", 150)
			}
			e.Body = mapping.PlainBody(text)
		}
		if e.Kind, e.Covers, e.Skip, e.Doubt = row(e.Native, e.Author.Role, words); !words && yes("taken away") {
			e.Removed = true
		}
		if e.Kind == mapping.Event && !e.Removed && slices.Contains(acting, e.Native) {
			e.Act = mapping.NewAct("deed"+fmt.Sprint(n+1), [2]string{"value", rapid.StringMatching(`[a-z]{0,300}`).Draw(t, "value")})
			e.Act.Mutable = yes("changed in place")
			e.Act.Needs = rapid.SampledFrom([]mapping.Ability{"", mapping.ToReopen, mapping.ToSnooze, mapping.ToSetTeam}).Draw(t, "needs")
		}
		conv.Entries = append(conv.Entries, e)
	}
	opts.Filters, opts.Tags = someFilters(t, now), someTagRules(t, from, to)
	conv.Created = conv.Entries[0].At
	conv.Fields.Tags, conv.Fields.Team = someTags(t, "tags"), rapid.SampledFrom([]string{"", "7", "8"}).Draw(t, "team")
	conv.Fields.State = rapid.SampledFrom(someStates).Draw(t, "state")
	ledger, err := state.ReadLedger(state.PairOf(conv.Ref), nil)
	require.NoError(t, err)
	ledger.SetMeta(state.Meta{Origin: conv.Ref, Since: now.Add(-80 * time.Hour)})
	return &scene{opts: opts, people: met, ledger: ledger, now: now, sides: [2]sideView{
		{side: &opts.Sides[0], desk: from, conv: &conv}, {side: &opts.Sides[1], desk: to, features: can},
	}}
}

// apply records what a plan writes as done, as the ledger has it after a pass.
func (s *scene) apply(p entryPlan) {
	m := s.ledger.Meta
	if p.opens {
		m.Twin, m.Opened = mapping.Ref{Desk: s.sides[1].desk, ID: "1"}, p.drafts[0].entries[0]
		s.sides[1].conv = &mapping.Conversation{Ref: m.Twin, Customer: mapping.Contact{ID: "alice2"}, Fields: mapping.Fields{State: mapping.Open}}
	}
	for _, d := range p.drafts {
		m.Linked = m.Linked || d.link
		written := mapping.Entry{ID: mapping.EntryID("w " + d.op.ID), Kind: mapping.Message, Author: d.op.Author, At: d.op.At, Body: d.op.Body}
		if d.op.Kind == sinks.PostNote {
			written.Kind = mapping.Note
		}
		if s.sides[1].conv != nil {
			s.sides[1].conv.Entries = append(s.sides[1].conv.Entries, written)
		}
		for _, id := range d.entries {
			k := state.EntryKey{Desk: s.sides[0].desk, ID: id}
			r := s.ledger.Entries[k]
			r.Outcome = state.Mirrored
			if d.fold {
				r.Outcome, r.Text = state.Folded, s.sourcePrint(0, id)
			}
			for len(r.Twins) < d.of && !d.fold {
				r.Twins = append(r.Twins, "")
			}
			if !d.fold {
				r.Twins[d.part-1] = written.ID
			}
			s.ledger.SetEntry(k, r)
		}
	}
	s.ledger.SetMeta(m)
}

// carried draws a scene of which a first part may have been carried already, and plans the rest.
func carried(t *rapid.T) (*scene, entryPlan) {
	s := aScene(t)
	if all := s.sides[0].conv.Entries; rapid.Bool().Draw(t, "carried in part") {
		s.sides[0].conv.Entries = all[:rapid.IntRange(1, len(all)).Draw(t, "so far")]
		s.apply(s.planEntries(0, 1))
		s.sides[0].conv.Entries = all
	}
	return s, s.planEntries(0, 1)
}

// standing draws a scene of a conversation that has its copy, whoever began it, with a first part that may have been carried.
func standing(t *rapid.T) (*scene, entryPlan) {
	s := aScene(t)
	m := s.ledger.Meta
	m.Twin, m.Linked = mapping.Ref{Desk: s.sides[1].desk, ID: "1"}, true
	s.ledger.SetMeta(m)
	s.sides[1].conv = &mapping.Conversation{Ref: m.Twin, Customer: mapping.Contact{ID: "alice2"}, Fields: mapping.Fields{State: mapping.Open}}
	if all := s.sides[0].conv.Entries; rapid.Bool().Draw(t, "carried in part") {
		s.sides[0].conv.Entries = all[:rapid.IntRange(1, len(all)).Draw(t, "so far")]
		s.apply(s.planEntries(0, 1))
		s.sides[0].conv.Entries = all
	}
	return s, s.planEntries(0, 1)
}

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
		id := s.natives(0)[i].ID
		unwritten := slices.ContainsFunc(p.drafts[done:], func(d draft) bool { return slices.Contains(d.entries, id) && !d.acts })
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
				require.True(t, e.Author.ID == s.sides[0].conv.Customer.ID || e.Author.ID == "" && len(s.sides[0].conv.Others) == 0, "another participant's words")
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

// wordsArriveWhole: all parts of an entry hold its words, in order.
func wordsArriveWhole(t *rapid.T) {
	s, p := carried(t)
	for i, e := range s.natives(0) {
		if p.fates[i].bucket != fatePlanned || isAct(e) {
			continue
		}
		var all strings.Builder
		parts := 0
		for _, d := range p.drafts {
			if slices.Contains(d.entries, e.ID) {
				parts++
				all.WriteString(wordsOf(d.op.Body))
				require.True(t, d.op.Kind == sinks.OpenConversation || d.of == 1 || d.fold || d.op.Body.Text() != "")
			}
		}
		if r, _ := s.record(0, e.ID); len(r.Twins) == 0 {
			require.Contains(t, mapping.Letters(all.String()), mapping.Letters(wordsOf(e.Body)), "%d parts", parts)
		}
	}
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
