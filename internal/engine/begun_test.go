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
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// TestWhatIsBegunIsFinished: a plan is carried out up to a write; then time passes, an agent leaves or the home moves, so that
// what is left becomes something else and is cut elsewhere. In the end every entry that is cut stands there whole, each word
// once and in its order, and what was begun as a note is no message to anybody.
func TestWhatIsBegunIsFinished(t *testing.T) {
	seen, drawn := map[string]int{}, 0
	rapid.Check(t, func(t *rapid.T) {
		s := aScene(t)
		drawn++
		s.sides[1].features.BodyRunes = 1040
		for i, e := range s.sides[0].conv.Entries {
			if e.HasText() && e.Kind == mapping.Message {
				s.sides[0].conv.Entries[i].Body = e.Body.Append(mapping.PlainBody(strings.Repeat("word of "+string(e.ID)+" ", rapid.IntRange(60, 300).Draw(t, "words"))))
			}
		}
		p := s.planEntries(0, 1)
		done := rapid.IntRange(0, len(p.drafts)).Draw(t, "written before it ended")
		s.apply(entryPlan{drafts: p.drafts[:done], opens: p.opens && done > 0})
		s.now = s.now.Add(rapid.SampledFrom([]time.Duration{0, 30 * time.Hour}).Draw(t, "later"))
		if rapid.Bool().Draw(t, "agents leave") {
			s.opts.AgentMap = nil
		}
		s.opts.Home = rapid.SampledFrom([]string{"auto", "dashly", "intercom"}).Draw(t, "another home")
		for range 2 { // what people did is told behind their words
			s.apply(s.planEntries(0, 1))
		}
		require.Empty(t, s.planEntries(0, 1).drafts, "something is left")
		for _, e := range s.natives(0) {
			r := s.ledger.Entries[state.EntryKey{Desk: s.sides[0].desk, ID: e.ID}]
			if r.Outcome == state.Mirrored && len(r.Twins) > 1 && len(e.Files) == 0 {
				seen[s.standsWhole(t, e, r)]++
			}
		}
	})
	t.Logf("%d scenes: %v", drawn, seen)
	if drawn >= 5000 {
		for _, kind := range []string{"note", "message", "message, then note"} {
			require.Positive(t, seen[kind], kind)
		}
	}
}

// standsWhole holds the parts of an entry against its words, and tells what they are.
func (s *scene) standsWhole(t *rapid.T, e mapping.Entry, r state.EntryRecord) string {
	kinds, words := []mapping.Kind{}, ""
	for _, id := range r.Twins {
		if id == "" {
			continue // it was to be cut into more parts
		}
		at := slices.IndexFunc(s.sides[1].conv.Entries, func(w mapping.Entry) bool { return w.ID == id })
		kinds = append(kinds, s.sides[1].conv.Entries[at].Kind)
		words += mapping.Letters(wordsOf(s.sides[1].conv.Entries[at].Body))
	}
	dated := stamp(e) + ", " + personLabel(e.Author) + " (" + deskLabel(s.sides[0].desk) + "):"
	lines := []string{dated, s.attributed(0, mapping.Entry{Author: e.Author}).Text()}
	for _, texts := range s.texts() {
		for _, line := range []string{texts.Wrote, texts.Replied, texts.Bot, texts.Participant} {
			lines = append(lines, mapping.FillText(line, personLabel(e.Author), deskLabel(s.sides[0].desk), stamp(e)))
		}
	}
	slices.SortFunc(lines, func(a, b string) int { return len(b) - len(a) })
	for _, line := range lines {
		words = strings.ReplaceAll(words, mapping.Letters(line), "")
	}
	want := mapping.Letters(e.Body.Words())
	same := 0
	for same < min(len(want), len(words)) && want[same] == words[same] {
		same++
	}
	require.True(t, want == words, "%s by %s, %v: the same to %d of %d letters, then %.40q, not %.40q", e.ID, e.Author.Role, kinds, same, len(want), words[same:], want[same:])
	kinds = slices.Compact(kinds)
	switch {
	case len(kinds) == 2 && kinds[0] == mapping.Message:
		return "message, then note"
	case kinds[0] == mapping.Note:
		require.Len(t, kinds, 1, "what began as a note goes on as a message")
		return "note"
	}
	require.Len(t, kinds, 1)
	return "message"
}

// TestANoteGoesOnAsANote: an agent's long words of before the opening stand in notes, of which the last one is missing. They
// would be an answer to the customer now, and fill one part less.
func TestANoteGoesOnAsANote(t *testing.T) {
	long := "It begins here. " + strings.Repeat("and so on ", 140) + "It ends here."
	s := forgotten(t, []mapping.Entry{
		{ID: "1", Kind: mapping.Message, Author: mapping.Person{Role: mapping.Agent, ID: "max", Name: "Max"}, Body: mapping.PlainBody(long)},
		{ID: "2", Kind: mapping.Message, Author: mapping.Person{Role: mapping.Customer, ID: "alice", Name: "Alice"}, Body: mapping.PlainBody("Hello")},
	}, nil)
	s.sides[0].conv.Entries = s.sides[0].conv.Entries[1:]
	s.opts.Home, s.sides[1].features.BodyRunes = "intercom", 1000
	m := s.ledger.Meta
	m.Twin, m.Linked = mapping.Ref{}, false
	s.ledger.SetMeta(m)
	s.sides[1].conv = nil
	first := s.planEntries(0, 1)
	notes := slices.IndexFunc(first.drafts, func(d draft) bool { return slices.Equal(d.entries, []mapping.EntryID{"1"}) })
	require.Equal(t, sinks.PostNote, first.drafts[notes].op.Kind)
	require.Greater(t, first.drafts[notes].of, 2)
	s.apply(entryPlan{drafts: first.drafts[:notes+2], opens: true})
	var rest string
	for _, d := range s.planEntries(0, 1).drafts {
		require.Equal(t, sinks.PostNote, d.op.Kind)
		rest += wordsOf(d.op.Body)
	}
	require.NotContains(t, rest, "begins")
	require.Contains(t, rest, "It ends here.")
}

// TestBegunBelowAnotherLine: a long reply of which the first part stands goes on where that ends, though another line is
// configured by now, and though the desk shows the addresses of its links, and the numbers of its lists, as words.
func TestBegunBelowAnotherLine(t *testing.T) {
	anna := mapping.Person{Role: mapping.Agent, ID: "31", Name: "Anna"}
	for name, piece := range map[string]string{
		"plain": "<p>Sentence %d of the story goes on and on.</p>",
		"links": `<p>Sentence %d of <a href="https://example.org/help">the story</a> goes on and on.</p>`,
		"lists": `<p>Sentence:</p><ol><li>number %d</li><li>of the story</li></ol>`,
	} {
		for _, led := range []string{"Anna (Intercom):", "A:", "Guten Tag, hier schreibt Ihnen heute Anna, und zwar in Intercom, wie immer um diese Zeit, und mit den besten Wünschen:"} {
			whole := ""
			for i := range 400 {
				whole += fmt.Sprintf(piece, i+1000)
			}
			s := ratedScene(t, 0)
			e := mapping.Entry{ID: "2", Kind: mapping.Message, Native: "comment", Author: anna, At: s.now.Add(-time.Minute)}
			e.Body, _ = mapping.HTMLBody(whole)
			s.sides[0].conv.Entries[0].At = s.now.Add(-2 * time.Minute)
			s.sides[0].conv.Entries = append(s.sides[0].conv.Entries, e)
			s.opts.Home = "dashly"
			to := s.sides[1].features
			before, _ := cutPieces(continued, line("%s", led).Append(e.Body), nil, to, to.BodyRunes, false)
			stands := mapping.PlainBody(before[0].op.Body.Text())
			s.sides[1].conv.Entries = []mapping.Entry{{ID: "t2", Kind: mapping.Message, Author: mapping.Person{Role: mapping.Agent, ID: "default_admin"}, At: s.now, Body: stands}}
			s.ledger.SetEntry(state.EntryKey{Desk: intercom.Desk, ID: "2"}, state.EntryRecord{Outcome: state.Mirrored, Twins: append([]mapping.EntryID{"t2"}, make([]mapping.EntryID, len(before)-1)...)})
			p := s.planEntries(0, 1)
			said := mapping.Letters(wordsOf(stands))
			for _, d := range p.drafts {
				require.Equal(t, sinks.PostMessage, d.op.Kind)
				said += mapping.Letters(wordsOf(asShown(false, d.op.Body, to)))
			}
			if want := mapping.Letters(wordsOf(asShown(false, line("%s", led).Append(e.Body), to))); want != said {
				t.Errorf("%s below %.10q: %d letters are said, not %d", name, led, len(said), len(want))
			}
		}
	}
}
