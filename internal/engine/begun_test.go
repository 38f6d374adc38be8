package engine

import (
	"fmt"
	"regexp"
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

// richText draws a text of every form that a person may give it: long and short paragraphs, sentences that repeat,
// lists (with numbers, if the desk shows them alike everywhere), quotations, links, bold words, lines in brackets, and
// signs before the first letter.
func richText(t *rapid.T, id, name string, numbers bool) (b mapping.Body) {
	n := 0
	sentence := func() string {
		n++
		return rapid.SampledFrom([]string{fmt.Sprintf("Sentence %d of %s goes on. ", n+100, id), "Yes, it is " + id + ". ", name + " is here, " + id + ". ", id + " ", "«No», says " + id + ". ", "(see " + id + ") ", "[order " + id + "] "}).Draw(t, "sentence")
	}
	if rapid.Bool().Draw(t, "begins otherwise") {
		first := rapid.SampledFrom([]string{"«Yes», he said", "(see above) It is red", "– so", "[order 17]", "¿Es rojo?", "...", "+49 30 123", name, name + " here."}).Draw(t, "first words")
		b.Blocks = append(b.Blocks, mapping.Block{Runs: []mapping.Run{{Text: first}}})
	}
	for range rapid.IntRange(1, 14).Draw(t, "blocks") {
		bl := mapping.Block{Kind: rapid.SampledFrom([]mapping.BlockKind{mapping.Paragraph, mapping.Paragraph, mapping.ListItem, mapping.Quote, mapping.Code}).Draw(t, "kind")}
		times := rapid.SampledFrom([]int{0, 1, 2, 8, 30, 90}).Draw(t, "times")
		if bl.Kind == mapping.ListItem {
			if bl.Ordered = numbers && rapid.Bool().Draw(t, "numbered"); bl.Ordered {
				bl.Number = 1
				if last := len(b.Blocks) - 1; last >= 0 && b.Blocks[last].Ordered {
					bl.Number = b.Blocks[last].Number + 1
				}
			}
		}
		switch text := sentence(); {
		case times == 0:
			bl.Runs = []mapping.Run{{Text: rapid.SampledFrom([]string{"b", "?", "Yes", "[in brackets]", "👍"}).Draw(t, "short")}}
		case rapid.Bool().Draw(t, "one run"):
			text = strings.Repeat(text, times)
			if rapid.Bool().Draw(t, "other sentences") {
				for text = ""; times > 0; times-- {
					text += sentence()
				}
			}
			bl.Runs = []mapping.Run{{Text: strings.TrimSpace(text)}}
		default:
			for range min(times, 4) { // a desk that shows links shows their addresses where their block is cut
				bl.Runs = append(bl.Runs, mapping.Run{Text: text, Bold: rapid.Bool().Draw(t, "bold")}, mapping.Run{Text: "this page", Link: rapid.SampledFrom([]string{"", "https://example.org/help"}).Draw(t, "link")}, mapping.Run{Text: " "})
			}
		}
		b.Blocks = append(b.Blocks, bl)
	}
	return b
}

// show lets the other desk show what was written since the last call as it does: as HTML or as plain text, or all in
// one line.
func (s *scene) show(shown map[mapping.EntryID]bool, inOneLine bool) {
	if s.sides[1].conv == nil {
		return
	}
	for i, w := range s.sides[1].conv.Entries {
		if shown[w.ID] {
			continue
		}
		shown[w.ID] = true
		s.sides[1].conv.Entries[i].Body = s.shownThere(w, inOneLine)
	}
}

func (s *scene) shownThere(w mapping.Entry, inOneLine bool) mapping.Body {
	b := asShown(w.Author.Role == mapping.Customer, w.Body, s.sides[1].features)
	if s.sides[1].features.HTML == mapping.Full && w.Author.Role != mapping.Customer {
		b, _ = mapping.HTMLBody(b.HTML())
	}
	if inOneLine {
		b = joinedLines(b)
	}
	return b
}

// TestWhatIsBegunIsFinished: a plan is carried out up to a write; then time passes, an agent leaves or gets a
// counterpart, the home moves, or another line is configured, so that what is left becomes something else and is cut
// elsewhere. In the end every entry that is cut stands there whole, each word once and in its order, and what was begun
// as a note is no message to anybody.
func TestWhatIsBegunIsFinished(t *testing.T) {
	seen, drawn := map[string]int{}, 0
	rapid.Check(t, func(t *rapid.T) {
		s := aScene(t)
		drawn++
		s.sides[1].features.BodyRunes = 1040
		inOneLine := rapid.Bool().Draw(t, "shown in one line")
		if rapid.IntRange(0, 3).Draw(t, "nothing but talk") > 0 {
			s.opts.Filters, s.opts.Kinds = Filters{}, nil
			talking := []mapping.Person{{Role: mapping.Customer, ID: "alice", Name: "Alice"}, {Role: mapping.Agent, ID: "jane", Name: "Jane"}, {Role: mapping.Agent, ID: "olga", Name: "Olga"}}
			for i, e := range s.sides[0].conv.Entries {
				s.sides[0].conv.Entries[i] = mapping.Entry{ID: e.ID, At: e.At, Opening: e.Opening, Kind: mapping.Message, Author: talking[rapid.IntRange(0, 2).Draw(t, "talks")], Made: e.Made, Body: mapping.PlainBody("Hello")}
			}
		}
		for i, e := range s.sides[0].conv.Entries {
			if e.HasText() && e.Kind == mapping.Message {
				if rapid.Bool().Draw(t, "rich") {
					s.sides[0].conv.Entries[i].Body = richText(t, "id"+string(e.ID), e.Author.Name, s.sides[1].features.HTML != mapping.Full || e.Author.Role != mapping.Customer && !inOneLine)
					continue
				}
				s.sides[0].conv.Entries[i].Body = e.Body.Append(mapping.PlainBody(strings.Repeat("word of "+string(e.ID)+" ", rapid.IntRange(60, 300).Draw(t, "words"))))
			}
		}
		shown := map[mapping.EntryID]bool{}
		lines := []string{"", "{name}:", "{name} aus {desk} schreibt:", "Guten Tag, hier schreibt Ihnen heute {name}, und zwar in {desk}, wie immer um diese Zeit, und mit den besten Wünschen:"}
		people := [][]map[mapping.Desk]mapping.PersonID{nil, s.opts.AgentMap, append(slices.Clone(s.opts.AgentMap), map[mapping.Desk]mapping.PersonID{s.sides[0].desk: "olga", s.sides[1].desk: "olga2"})}
		for range rapid.IntRange(1, 3).Draw(t, "times that it ended") {
			s.opts.Texts.Message = rapid.SampledFrom(lines).Draw(t, "line")
			p := s.planEntries(0, 1)
			done := rapid.IntRange(0, len(p.drafts)).Draw(t, "written before it ended")
			s.apply(entryPlan{drafts: p.drafts[:done], opens: p.opens && done > 0})
			s.show(shown, inOneLine)
			s.now = s.now.Add(rapid.SampledFrom([]time.Duration{0, 0, 30 * time.Hour}).Draw(t, "later"))
			s.people = NewPeople(rapid.SampledFrom(people).Draw(t, "agents come and leave"))
			s.opts.Home = rapid.SampledFrom([]string{"auto", "dashly", "intercom"}).Draw(t, "another home")
		}
		s.opts.Texts.Message = rapid.SampledFrom(lines).Draw(t, "line")
		for range 2 { // what people did is told behind their words
			s.apply(s.planEntries(0, 1))
			s.show(shown, inOneLine)
		}
		require.Empty(t, s.planEntries(0, 1).drafts, "something is left")
		for _, e := range s.natives(0) {
			to := s.sides[1]
			if to.side.History == "events" && to.features.Events == mapping.Full && s.opts.AutomationOff && s.historic(0, e) && s.included(0, e) {
				continue // its parts are events, outside of the conversation
			}
			r := s.ledger.Entries[state.EntryKey{Desk: s.sides[0].desk, ID: e.ID}]
			if r.Outcome == state.Mirrored && len(r.Twins) > 1 && len(e.Files) == 0 {
				seen[s.standsWhole(t, e, r, lines)]++
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

var (
	notWords = regexp.MustCompile(`\[(part \d+ of \d+|db1 [^\[\]]*)\]`)
	address  = regexp.MustCompile(`\s*\(https://[^()]*\)`)
)

// linesAbove are the lines of which one may stand above an entry's words. messages are those over messages, beside the
// configured one and that without configuration.
func (s *scene) linesAbove(e mapping.Entry, messages ...string) []string {
	lines := []string{stamp(e) + ", " + s.label(0, e, wroteBy(e.Author))[1]}
	for _, texts := range s.texts() {
		for _, line := range append([]string{texts.Wrote, texts.Replied, texts.Bot, texts.Participant, texts.Message, mapping.DefaultTexts().Message}, messages...) {
			for _, name := range labelsOf(e.Author) { // customers do not read the internal one
				lines = append(lines, mapping.FillText(line, name, deskLabel(s.sides[0].desk), stamp(e)))
			}
		}
	}
	return lines
}

// isWhole reports whether parts are a text, each below one of the lines; of all, the letters.
func isWhole(parts []string, text string, lines []string) bool {
	if len(parts) == 0 {
		return text == ""
	}
	return slices.ContainsFunc(lines, func(line string) bool {
		words, ok := strings.CutPrefix(parts[0], line)
		return ok && strings.HasPrefix(text, words) && isWhole(parts[1:], text[len(words):], lines)
	})
}

// standsWhole holds the parts of an entry against its words, and tells what they are. messages are the lines over
// messages.
func (s *scene) standsWhole(t *rapid.T, e mapping.Entry, r state.EntryRecord, messages []string) string {
	html := s.sides[1].features.HTML == mapping.Full
	letters := func(text string) string {
		if html {
			text = address.ReplaceAllString(text, "") // only a customer's messages show them
		}
		return mapping.Letters(notWords.ReplaceAllString(text, ""))
	}
	lines := s.linesAbove(e, messages...)
	for i := range lines {
		lines[i] = mapping.Letters(lines[i])
	}
	slices.Sort(lines)
	lines = slices.Compact(lines)
	var kinds []mapping.Kind
	var there []mapping.Body
	asNotes, text := false, ""
	for _, id := range r.Twins {
		if id == "" {
			continue // it was to be cut into more parts
		}
		at := slices.IndexFunc(s.sides[1].conv.Entries, func(w mapping.Entry) bool { return w.ID == id })
		w := s.sides[1].conv.Entries[at]
		kinds, there = append(kinds, w.Kind), append(there, w.Body)
		asNotes = asNotes || w.Kind == mapping.Note
		text += "\n---\n" + w.Body.Text()
	}
	said := asShown(e.Author.Role == mapping.Customer && !asNotes, e.Body, s.sides[1].features)
	whole := func(seen func(mapping.Body) string) bool {
		var parts []string
		for _, b := range there {
			parts = append(parts, letters(seen(b)))
		}
		return isWhole(parts, letters(seen(said)), lines)
	}
	marked := whole(mapping.Body.Text) // in one line a list has no marks
	require.True(t, marked || whole(mapping.Body.Words), "%s by %s, %v, of %.2000q\n%s", e.ID, e.Author.Role, kinds, said.Text(), text)
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
	for name, piece := range map[string]string{
		"plain": "<p>Sentence %d of the story goes on and on.</p>",
		"links": `<p>Sentence %d of <a href="https://example.org/help">the story</a> goes on and on.</p>`,
		"lists": `<p>Sentence:</p><ol><li>number %d</li><li>of the story</li></ol>`,
	} {
		for _, led := range []string{"Anna (Intercom):", "A:", "Night desk (Intercom):", "Guten Tag, hier schreibt Ihnen heute Anna, und zwar in Intercom, wie immer um diese Zeit, und mit den besten Wünschen:"} {
			anna := mapping.Person{Role: mapping.Agent, ID: "31", Name: "Anna"}
			if strings.HasPrefix(led, "Night desk") { // an older version showed the customer what the panel calls her
				anna.Name, anna.NameInternal = "", "Night desk"
			}
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
				require.NotContains(t, d.op.Body.Text(), "Night desk")
				said += mapping.Letters(wordsOf(asShown(false, d.op.Body, to)))
			}
			if want := mapping.Letters(wordsOf(asShown(false, line("%s", led).Append(e.Body), to))); want != said {
				t.Errorf("%s below %.10q: %d letters are said, not %d", name, led, len(said), len(want))
			}
		}
	}
}
