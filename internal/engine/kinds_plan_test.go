package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// ratedScene is a conversation of Intercom with a copy on Dashly and n ratings in it.
func ratedScene(t testing.TB, n int) *scene {
	t.Helper()
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	can, err := dashly.Features("")
	require.NoError(t, err)
	opts := &Options{Name: "main", Start: now.Add(-time.Hour), MaxAge: 24 * time.Hour, Home: "auto", ReachableOnBoth: "deliver",
		Kinds: map[mapping.Desk]map[string]mapping.Choice{intercom.Desk: {"conversation_rating_changed": mapping.ChooseActivity}}}
	opts.Sides = [2]Side{{Send: true, Fallback: "25"}, {Send: true, Fallback: "default_admin", History: "transcript"}}
	alice := mapping.Person{Role: mapping.Customer, ID: "alice", Name: "Alice"}
	conv := mapping.Conversation{Ref: mapping.Ref{Desk: intercom.Desk, ID: "7"}, Customer: mapping.Contact{ID: "alice"}, Entries: []mapping.Entry{
		{ID: "source:1", Kind: mapping.Message, Native: "source/email", Author: alice, At: now.Add(-time.Minute), Opening: true, Body: mapping.PlainBody("Hello")}}}
	for i := range n {
		conv.Entries = append(conv.Entries, mapping.Entry{ID: mapping.EntryID(fmt.Sprintf("2600000000000%04d", i)), Kind: mapping.Event, Native: "conversation_rating_changed", Skip: "rating_not_carried",
			Author: alice, At: now.Add(-time.Minute).Add(time.Duration(i) * time.Second), Act: mapping.NewAct("rating of the conversation", [2]string{"score", fmt.Sprint(i, " of 5")})})
	}
	twin := mapping.Conversation{Ref: mapping.Ref{Desk: dashly.Desk, ID: "8"}, Customer: mapping.Contact{ID: "alice2"}}
	ledger, err := state.ReadLedger(state.PairOf(conv.Ref), nil)
	require.NoError(t, err)
	ledger.SetMeta(state.Meta{Origin: conv.Ref, Twin: twin.Ref, Opened: "source:1", Linked: true, Since: now.Add(-2 * time.Hour)})
	ledger.SetEntry(state.EntryKey{Desk: intercom.Desk, ID: "source:1"}, state.EntryRecord{Outcome: state.Mirrored, Twins: []mapping.EntryID{"t1"}})
	return &scene{opts: opts, people: NewPeople(nil), ledger: ledger, now: now, sides: [2]sideView{
		{side: &opts.Sides[0], desk: intercom.Desk, conv: &conv}, {side: &opts.Sides[1], desk: dashly.Desk, features: can, conv: &twin}}}
}

// TestOneNoteTellsAll: one note for everything of a pass, and more only where a token cannot name all of it.
func TestOneNoteTellsAll(t *testing.T) {
	s := ratedScene(t, 3)
	p := s.planEntries(0, 1)
	require.Len(t, p.drafts, 1)
	d := p.drafts[0]
	require.Equal(t, sinks.PostNote, d.op.Kind)
	require.Equal(t, sinks.Silent, d.op.Class)
	require.Equal(t, mapping.PersonID("default_admin"), d.op.Author.ID)
	require.Equal(t, s.sides[0].conv.Entries[3].At, d.op.At)
	require.Regexp(t, `^Meanwhile in Intercom:

• 2026-03-02 11:59 UTC, Alice: rating of the conversation \(score: 0 of 5\)
• 2026-03-02 11:59 UTC, Alice: rating of the conversation \(score: 1 of 5\)
• 2026-03-02 11:59 UTC, Alice: rating of the conversation \(score: 2 of 5\)

\[db1 main intercom:7 =[0-9a-f]{8}\+[0-9a-f]{8}\+[0-9a-f]{8}–= 1/1 [0-9a-f]{8}\]$`, d.op.Body.Text())
	require.Equal(t, []mapping.Loss{mapping.LossActAsNote, mapping.LossActAsNote, mapping.LossActAsNote}, d.losses)

	s = ratedScene(t, 2*actsInNote+1)
	p = s.planEntries(0, 1)
	require.Len(t, p.drafts, 3)
	total := 0
	for n, d := range p.drafts {
		tok, ok := mapping.FindToken(d.op.Body.Text())
		require.True(t, ok)
		require.Equal(t, [2]int{n + 1, 3}, [2]int{tok.Part, tok.Of})
		require.Less(t, len(tok.String()), tokenRoom)
		total += len(d.entries)
	}
	require.Equal(t, 2*actsInNote+1, total)
	s.sides[1].features.BodyRunes = 700
	require.Greater(t, len(s.planEntries(0, 1).drafts), 20, "what is too long for one is cut")
}

// TestAStateIsToldOnce: what a desk changes in place is told again, and a note that tells the state before does not claim it.
func TestAStateIsToldOnce(t *testing.T) {
	s := ratedScene(t, 1)
	vote := &s.sides[0].conv.Entries[1]
	vote.Act = mapping.NewAct("vote", [2]string{"vote", "5"})
	vote.Act.Mutable = true
	p := s.planEntries(0, 1)
	require.Len(t, p.drafts, 1)
	note := mapping.Entry{ID: "n1", Kind: mapping.Note, Body: p.drafts[0].op.Body, At: s.now}
	s.sides[1].conv.Entries = []mapping.Entry{note}
	found := s.adopt(0, 1)
	require.Equal(t, []mapping.EntryID{vote.ID}, found[0].folds)
	s.recordAdoption(0, 1, found[0])
	require.Empty(t, s.planEntries(0, 1).drafts)
	require.Equal(t, fate{bucket: fateFolded}, s.planEntries(0, 1).fates[1])

	vote.Act = mapping.NewAct("vote", [2]string{"comment", "Kind"}, [2]string{"vote", "5"})
	vote.Act.Mutable = true
	again := s.planEntries(0, 1)
	require.Len(t, again.drafts, 1)
	require.Contains(t, again.drafts[0].op.Body.Text(), "comment: Kind")

	*s = *ratedScene(t, 1) // the store is lost meanwhile
	s.sides[0].conv.Entries[1].Act = mapping.NewAct("vote", [2]string{"comment", "Kind"}, [2]string{"vote", "5"})
	s.sides[0].conv.Entries[1].Act.Mutable = true
	s.sides[1].conv.Entries = []mapping.Entry{note, {ID: "n2", Kind: mapping.Note, Body: again.drafts[0].op.Body, At: s.now}}
	for _, f := range s.adopt(0, 1) {
		s.recordAdoption(0, 1, f)
	}
	require.Empty(t, s.planEntries(0, 1).drafts)
}

// TestWhatIsNotTold names the rule by which an event is left out, whatever was chosen.
func TestWhatIsNotTold(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s *scene, e *mapping.Entry)
		want   fate
	}{
		"not chosen":      {func(s *scene, _ *mapping.Entry) { s.opts.Kinds = nil }, fate{fateSkipped, "rating_not_carried"}},
		"by a program":    {func(_ *scene, e *mapping.Entry) { e.Made = mapping.ByAPI }, fate{fateSkipped, "rating_not_carried"}},
		"by the fallback": {func(_ *scene, e *mapping.Entry) { e.Author = mapping.Person{Role: mapping.Agent, ID: "25"} }, fate{fateSkipped, "rating_not_carried"}},
		"nothing to tell": {func(_ *scene, e *mapping.Entry) { e.Act = mapping.Act{} }, fate{fateSkipped, "rating_not_carried"}},
		"history":         {func(s *scene, _ *mapping.Entry) { s.opts.Start = s.now }, fate{fateSkipped, "rating_not_carried"}},
		"given up":        {func(s *scene, _ *mapping.Entry) { s.ledger.Meta.DroppedAt = s.now }, fate{fateSkipped, "dropped_by_operator"}},
		"taken away":      {func(_ *scene, e *mapping.Entry) { e.Removed = true }, fate{fateSkipped, "removed"}},
		"dropped": {func(s *scene, _ *mapping.Entry) {
			s.opts.Kinds[intercom.Desk]["conversation_rating_changed"] = mapping.ChooseDrop
		}, fate{fateSkipped, "dropped_by_rule"}},
		"no copy": {func(s *scene, _ *mapping.Entry) { s.ledger.Desks[dashly.Desk] = state.DeskState{Gone: true} }, fate{fateSkipped, "rating_not_carried"}},
		"perhaps told where nobody can read": {func(s *scene, e *mapping.Entry) {
			s.ledger.Meta.Since = s.now.Add(time.Hour)
			s.sides[1].conv.Truncated = 9
			s.sides[1].conv.Entries = []mapping.Entry{{ID: "x", Kind: mapping.Message, At: s.now.Add(time.Minute), Body: mapping.PlainBody("later")}}
		}, fate{fateSkipped, "rating_not_carried"}},
		"a field carries it": {func(_ *scene, e *mapping.Entry) { e.Covers, e.Skip = mapping.Status, "" }, fate{bucket: fateCovered}},
	} {
		t.Run(name, func(t *testing.T) {
			s := ratedScene(t, 1)
			c.change(s, &s.sides[0].conv.Entries[1])
			p := s.planEntries(0, 1)
			require.Empty(t, p.drafts)
			require.Equal(t, c.want, p.fates[1])
		})
	}
}

// TestWhatNoFieldCarriesIsTold: an event that a field covers is told where the other desk cannot hold what it did, and only
// there.
func TestWhatNoFieldCarriesIsTold(t *testing.T) {
	snoozed := func(t *testing.T) (*scene, *mapping.Entry) {
		s := ratedScene(t, 1)
		e := &s.sides[0].conv.Entries[1]
		e.Native, e.Covers, e.Skip, e.Author = "snoozed", mapping.Status, "", mapping.Person{Role: mapping.Agent, ID: "26", Name: "Tom"}
		e.Act = mapping.Act{Text: "snoozed (until: tomorrow)", Needs: mapping.ToSnooze}
		s.opts.Kinds[intercom.Desk]["snoozed"] = mapping.ChooseActivity
		return s, e
	}
	s, e := snoozed(t)
	p := s.planEntries(0, 1)
	require.Len(t, p.drafts, 1)
	require.Contains(t, p.drafts[0].op.Body.Text(), "Tom: snoozed (until: tomorrow)")
	require.Equal(t, fate{bucket: fatePlanned}, p.fates[1])
	s.sides[1].conv.Entries = []mapping.Entry{{ID: "n1", Kind: mapping.Note, Body: p.drafts[0].op.Body, At: s.now}}
	s.recordAdoption(0, 1, s.adopt(0, 1)[0])
	require.Empty(t, s.planEntries(0, 1).drafts)
	require.Equal(t, fate{bucket: fateFolded}, s.planEntries(0, 1).fates[1])

	for name, change := range map[string]func(){
		"the desk can":    func() { s.sides[1].features.Snooze = mapping.Full },
		"not chosen":      func() { s.opts.Kinds = nil },
		"by a program":    func() { e.Made = mapping.ByAPI },
		"by the fallback": func() { e.Author.ID = "25" },
		"history":         func() { s.opts.Start = s.now },
	} {
		s, e = snoozed(t)
		change()
		p := s.planEntries(0, 1)
		require.Empty(t, p.drafts, name)
		require.Equal(t, fate{bucket: fateCovered}, p.fates[1], name)
	}
}

// TestWhatHasNoCounterpartIsTold: an event that a field covers is told, too, where the other desk has no word for what it
// names; what was carried once is not told later, when that word is gone.
func TestWhatHasNoCounterpartIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		act           mapping.Act
		added, taken  []string
		line          string
		learn, unlike func(s *scene) // with the first the field carries the event
	}{
		"an agent": {act: mapping.Act{Text: "assigned", Needs: mapping.ToAssign, Agent: "28"}, line: "Tom: assigned to Lena", learn: func(s *scene) {
			s.people.Learn(dashly.Desk, []mapping.Person{{Role: mapping.Agent, ID: "14712", Name: "Lena"}})
		}},
		"an agent without a name": {act: mapping.Act{Text: "assigned", Needs: mapping.ToAssign, Agent: "29"}, line: "Tom: assigned to 29", learn: func(s *scene) {
			s.people = NewPeople([]map[mapping.Desk]mapping.PersonID{{intercom.Desk: "29", dashly.Desk: "14713"}})
		}},
		"an agent whom the desk refuses": {act: mapping.Act{Text: "assigned", Needs: mapping.ToAssign, Agent: "28"}, line: "Tom: assigned to Lena", unlike: func(s *scene) {
			s.people.Learn(dashly.Desk, []mapping.Person{{Role: mapping.Agent, ID: "14712", Name: "Lena"}})
			s.ledger.SetDesk(dashly.Desk, state.DeskState{Held: map[mapping.Field]string{mapping.Assignee: "14712"}})
		}, learn: func(s *scene) { s.ledger.SetDesk(dashly.Desk, state.DeskState{}) }},
		"a team": {act: mapping.Act{Text: "assigned to a team (to: Sales)", Needs: mapping.ToSetTeam, Team: "77"}, line: "Tom: assigned to a team (to: Sales)", learn: func(s *scene) {
			s.opts.TeamMap = []map[mapping.Desk]string{{intercom.Desk: "77", dashly.Desk: "1"}}
		}},
		"tags": {act: mapping.Act{Text: "tags changed", Needs: mapping.ToTag}, added: []string{"a, b", "plain", "secret, x", "c,d"}, taken: []string{"e,f", "plain"},
			line:   "Tom: tags changed (added: a, b; c,d, taken away: e,f)",
			unlike: func(s *scene) { s.opts.Tags.Drop = []string{"secret*"} },
			learn: func(s *scene) {
				s.opts.Tags.Drop = []string{"secret*", "c*"}
				s.opts.Tags.Map = []map[mapping.Desk]string{{intercom.Desk: "a, b", dashly.Desk: "ab"}, {intercom.Desk: "e,f", dashly.Desk: "ef"}}
			}},
	} {
		t.Run(name, func(t *testing.T) {
			fresh := func() *scene {
				s := ratedScene(t, 1)
				s.people.Learn(intercom.Desk, []mapping.Person{{Role: mapping.Agent, ID: "28", Name: "Lena"}})
				s.sides[1].features.Team = mapping.Full
				e := &s.sides[0].conv.Entries[1]
				e.Native, e.Covers, e.Skip, e.Author, e.Act, e.Tagged, e.Untagged = "changed", mapping.Assignee, "", mapping.Person{Role: mapping.Agent, ID: "26", Name: "Tom"}, c.act, c.added, c.taken
				s.opts.Kinds[intercom.Desk]["changed"] = mapping.ChooseActivity
				if c.unlike != nil {
					c.unlike(s)
				}
				return s
			}
			s := fresh()
			p := s.planEntries(0, 1)
			require.Len(t, p.drafts, 1)
			require.Contains(t, p.drafts[0].op.Body.Text(), c.line+"\n")
			c.learn(s)
			covered := func(s *scene) {
				p := s.planEntries(0, 1)
				require.Empty(t, p.drafts)
				require.Equal(t, fate{bucket: fateCovered}, p.fates[1])
			}
			covered(s)
			s = fresh()
			s.ledger.SetDesk(intercom.Desk, state.DeskState{Known: []mapping.EntryID{s.sides[0].conv.Entries[1].ID}})
			covered(s)
		})
	}
}

// TestTheEndOfATellingIsTold: where a note says to whom something was assigned, a later one says that it no longer is.
func TestTheEndOfATellingIsTold(t *testing.T) {
	s := ratedScene(t, 2)
	tom := mapping.Person{Role: mapping.Agent, ID: "26", Name: "Tom"}
	for i, agent := range []mapping.PersonID{"28", mapping.Nobody} {
		e := &s.sides[0].conv.Entries[1+i]
		e.Native, e.Covers, e.Skip, e.Author = "assignment", mapping.Assignee, "", tom
		e.Act = mapping.Act{Text: map[bool]string{false: "assigned", true: "unassigned"}[agent == mapping.Nobody], Needs: mapping.ToAssign, Agent: agent}
	}
	s.opts.Kinds[intercom.Desk]["assignment"] = mapping.ChooseActivity
	first, last := s.sides[0].conv.Entries[1], s.sides[0].conv.Entries[2]
	p := s.planEntries(0, 1)
	require.Len(t, p.drafts, 1)
	require.Contains(t, p.drafts[0].op.Body.Text(), "Tom: assigned to 28\n• 2026-03-02 11:59 UTC, Tom: unassigned\n")

	s.ledger.SetEntry(state.EntryKey{Desk: intercom.Desk, ID: first.ID}, state.EntryRecord{Outcome: state.Folded})
	s.ledger.SetDesk(intercom.Desk, state.DeskState{Known: []mapping.EntryID{first.ID}})
	p = s.planEntries(0, 1)
	require.Len(t, p.drafts, 1, "it was told in an earlier pass")
	require.Equal(t, []mapping.EntryID{last.ID}, p.drafts[0].entries)

	s.people = NewPeople([]map[mapping.Desk]mapping.PersonID{{intercom.Desk: "28", dashly.Desk: "14712"}})
	s.ledger.SetEntry(state.EntryKey{Desk: intercom.Desk, ID: first.ID}, state.EntryRecord{})
	require.Empty(t, s.planEntries(0, 1).drafts, "a field carried both")
}

// TestOwnWordsStayMessages: whatever was chosen for their kind.
func TestOwnWordsStayMessages(t *testing.T) {
	for _, c := range mapping.AllChoices() {
		s := ratedScene(t, 0)
		s.opts.Kinds[intercom.Desk] = map[string]mapping.Choice{"comment": c, "source": c}
		agent := mapping.Person{Role: mapping.Agent, ID: "26", Name: "Tom"}
		s.sides[0].conv.Entries = append(s.sides[0].conv.Entries,
			mapping.Entry{ID: "2", Kind: mapping.Message, Native: "comment", Author: s.sides[0].conv.Entries[0].Author, At: s.now.Add(-30 * time.Second), Body: mapping.PlainBody("Still there?")},
			mapping.Entry{ID: "3", Kind: mapping.Message, Native: "comment", Author: agent, At: s.now.Add(-20 * time.Second), Body: mapping.PlainBody("Yes")})
		s.opts.Home = string(dashly.Desk)
		p := s.planEntries(0, 1)
		require.Equal(t, sinks.PostMessage, p.drafts[0].op.Kind, c)
		require.Equal(t, mapping.Customer, p.drafts[0].op.Author.Role)
		switch c {
		case mapping.ChooseDrop:
			require.Len(t, p.drafts, 1)
			require.Equal(t, fate{fateSkipped, "dropped_by_rule"}, p.fates[2])
		case mapping.ChooseNote:
			require.Equal(t, sinks.PostNote, p.drafts[1].op.Kind)
			require.Equal(t, sinks.Silent, p.drafts[1].op.Class)
			require.Contains(t, p.drafts[1].op.Body.Text(), "Tom (Intercom) replied:\n")
		default:
			require.Equal(t, sinks.Delivered, p.drafts[1].op.Class)
		}
	}
}
