package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/state"
)

// TestWhatAgentsSaidIsKnownAgain: agents without a counterpart said something, and some of it was carried, below
// whatever line was configured then. The memory is lost, and another line is configured. Each message that stands is
// known as the part of the entry that it was made of, or of an equal one by the same agent, and what was not carried is
// written.
func TestWhatAgentsSaidIsKnownAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, made := aForgottenThread(t)
		found := map[mapping.EntryID]adoption{}
		for _, f := range s.adopt(0, 1) {
			found[f.written] = f
		}
		taken := map[partOf]bool{}
		for _, w := range s.sides[1].conv.Entries[1:] {
			f, want := found[w.ID], made[w.ID]
			said, by := s.entry(want.entry), mapping.Entry{}
			if f.entry != "" {
				by = s.entry(f.entry)
			}
			equal := by.Author == said.Author && mapping.Letters(by.Body.Words()) == mapping.Letters(said.Body.Words())
			require.True(t, f.entry == want.entry || equal, "%s of %s by %s is taken for %s: %.300q", w.ID, said.ID, said.Author.Name, f.entry, w.Body.Text())
			require.Equal(t, want.n, f.part, "%s: %.300q", w.ID, w.Body.Text())
			require.False(t, taken[partOf{f.entry, f.part}], "two for one")
			taken[partOf{f.entry, f.part}] = true
			s.recordAdoption(0, 1, f)
		}
		require.LessOrEqual(t, len(found), len(s.sides[1].conv.Entries), "more is found than stands")
		if f, ok := found[s.sides[1].conv.Entries[0].ID]; ok {
			s.recordAdoption(0, 1, f)
		}
		shown := map[mapping.EntryID]bool{}
		for _, w := range s.sides[1].conv.Entries {
			shown[w.ID] = true
		}
		s.apply(s.planEntries(0, 1))
		s.show(shown, false)
		require.Empty(t, s.planEntries(0, 1).drafts, "something is left")
		for _, e := range s.natives(0)[1:] {
			s.standsWhole(t, e, s.ledger.Entries[state.EntryKey{Desk: s.sides[0].desk, ID: e.ID}], linesOnce)
		}
	})
}

type partOf struct {
	entry mapping.EntryID
	n     int
}

// linesOnce are lines that may have been configured.
var linesOnce = []string{"", "{name}:", "{name}", "{name} aus {desk} schreibt:", "Hier ist {name} –", "Guten Tag, hier schreibt Ihnen heute {name}, und zwar in {desk}:"}

// aForgottenThread draws a thread of several agents, the messages that stand for some of it on the other desk, and of
// which part of which entry each of them was made.
func aForgottenThread(t *rapid.T) (s *scene, made map[mapping.EntryID]partOf) {
	s = forgotten(t, nil, nil)
	desks := [2]mapping.Desk{dashly.Desk, intercom.Desk}
	if rapid.Bool().Draw(t, "to Dashly") {
		desks = [2]mapping.Desk{intercom.Desk, dashly.Desk}
		s.sides[1].features, _ = dashly.Features("")
	}
	for i, desk := range desks {
		s.sides[i].desk, s.sides[i].conv.Desk = desk, desk
	}
	m := s.ledger.Meta
	s.ledger, _ = state.ReadLedger(state.PairOf(s.sides[0].conv.Ref), nil)
	m.Origin, m.Twin = s.sides[0].conv.Ref, s.sides[1].conv.Ref
	s.ledger.SetMeta(m)
	to, names := &s.sides[1].features, []string{"Ann", "Anna", "Anna Bauer", "Max"}
	if rapid.Bool().Draw(t, "short bodies") {
		to.BodyRunes = 1040
	}
	inOneLine, exact, at := rapid.Bool().Draw(t, "shown in one line"), to.ChosenTime == mapping.Full, s.sides[0].conv.Entries[0].At
	for i := range rapid.IntRange(1, 7).Draw(t, "entries") {
		name := rapid.SampledFrom(names).Draw(t, "name")
		answers := []string{"Yes", "No", "Anna", name + " here. Yes", "Is it red? Yes", "👍", "[order 17]\nOn its way", "«Yes», he said", "Yes\n\nNo", "Yes, Max: No"}
		e := mapping.Entry{ID: mapping.EntryID(fmt.Sprint("e", i)), Kind: mapping.Message, Author: mapping.Person{Role: mapping.Agent, ID: mapping.PersonID(name), Name: name}, Made: mapping.ByHuman}
		at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 60}).Draw(t, "later")) * time.Second)
		e.At = at
		switch rapid.IntRange(0, 3).Draw(t, "form") {
		case 0:
			e.Body = richText(t, fmt.Sprint("id", i), name, !inOneLine || to.HTML != mapping.Full)
			// Fingerprints tell no signs and brackets apart: a text that is nothing else, or a short answer beside them, wholly or
			// in its first part, is another entry's.
			first := wordsOf(line("x").Append(mapping.Body{Blocks: e.Body.Blocks[:1]}))
			parts, _ := cutPieces(continued, e.Body, nil, *to, to.BodyRunes-100, false)
			says := []string{mapping.Letters(wordsOf(e.Body)), mapping.Letters(wordsOf(parts[0].op.Body))}
			if mapping.Letters(first) == "x" || slices.ContainsFunc(answers, func(a string) bool { return slices.Contains(says, mapping.Letters(a)) }) {
				e.Body = line("So %d.", i).Append(e.Body)
			}
		case 1:
			e.Body = mapping.PlainBody(strings.Repeat(fmt.Sprintf("The story %d goes on. ", i), rapid.IntRange(1, 100).Draw(t, "times")))
		default:
			e.Body = mapping.PlainBody(rapid.SampledFrom(answers).Draw(t, "answer"))
		}
		s.sides[0].conv.Entries = append(s.sides[0].conv.Entries, e)
	}
	chosen, made := mapping.ChosenTimes(s.sides[0].conv.Entries), map[mapping.EntryID]partOf{}
	for _, e := range s.sides[0].conv.Entries[1:] {
		led := mapping.FillText(rapid.SampledFrom(linesOnce[1:]).Draw(t, "line of then"), e.Author.Name, deskLabel(desks[0]), "")
		parts, _ := cutPieces(continued, line("%s", led).Append(e.Body), nil, *to, to.BodyRunes, false)
		stands := rapid.IntRange(0, len(parts)).Draw(t, "parts that stand")
		at = at.Add(time.Second)
		for n, p := range parts[:stands] {
			w := mapping.Entry{ID: mapping.EntryID(fmt.Sprint("w", e.ID, "-", n+1)), Kind: mapping.Message, Author: mapping.Person{Role: mapping.Agent, ID: "fallback"}, Made: mapping.ByAPI, At: at, Body: p.op.Body}
			if exact {
				w.At = chosen[e.ID]
			}
			w.Body = s.shownThere(w, inOneLine)
			s.sides[1].conv.Entries = append(s.sides[1].conv.Entries, w)
			made[w.ID] = partOf{e.ID, n + 1}
		}
	}
	s.opts.Texts.Message = rapid.SampledFrom(linesOnce).Draw(t, "line of now")
	slices.SortStableFunc(s.sides[1].conv.Entries, func(x, y mapping.Entry) int { return x.At.Compare(y.At) })
	return s, made
}
