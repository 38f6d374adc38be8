package engine

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// longText draws a body of many blocks and lines, brackets in every place included.
func longText(t *rapid.T) mapping.Body {
	var b mapping.Body
	for range rapid.IntRange(1, 8).Draw(t, "blocks") {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"word", "a", "é😀", "[", "]", "[see", "below]", "[a]", "\n", "[part 1 of 2]", "слово", strings.Repeat("x", 40)}), 1, 60).
			Filter(func(w []string) bool { return strings.TrimSpace(strings.Join(w, "")) != "" }).Draw(t, "words") // no desk shows a block without ink
		kind := rapid.SampledFrom([]mapping.BlockKind{mapping.Paragraph, mapping.Paragraph, mapping.ListItem, mapping.Quote, mapping.Code}).Draw(t, "kind")
		b.Blocks = append(b.Blocks, mapping.Block{Kind: kind, Runs: []mapping.Run{{Text: strings.Join(words, " "), Bold: rapid.Bool().Draw(t, "bold")}}})
	}
	return b
}

// TestEveryPartSaysWhichItIs, within the limit, and without a change of what counts as words.
func TestEveryPartSaysWhichItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body, room := longText(t), rapid.IntRange(80, 400).Draw(t, "room")
		parts := continued(body, room)
		if len(parts) == 1 {
			require.Equal(t, body, parts[0])
			return
		}
		var all strings.Builder
		for i, p := range parts {
			require.LessOrEqual(t, utf8.RuneCountInString(p.Text()), room)
			last := len(p.Blocks) - 1
			require.Equal(t, fmt.Sprintf("[part %d of %d]", i+1, len(parts)), mapping.Body{Blocks: p.Blocks[last:]}.Text())
			own := mapping.Body{Blocks: p.Blocks[:last]}
			if mapping.Letters(wordsOf(own)) != mapping.Letters(own.Words()) || strings.Contains(own.Text(), "[") {
				all.WriteString(own.Words())
				continue // what is all in brackets counts nevertheless, and its number with it
			}
			require.Equal(t, textPrint(true, true, own), textPrint(true, true, p), "the number is no word")
			all.WriteString(own.Words())
		}
		require.Equal(t, mapping.Letters(body.Words()), mapping.Letters(all.String()), "nothing is missing, and nothing twice")
	})
}

// TestTextsAreCutWhereTheyWereCut before parts were numbered, if the numbers find room.
func TestTextsAreCutWhereTheyWereCut(t *testing.T) {
	body := mapping.PlainBody(strings.Repeat("word ", 6000))
	parts, old := continued(body, 10000), body.Split(10000)
	require.Len(t, parts, 4)
	require.Len(t, old, 4)
	for i, p := range parts {
		require.Equal(t, old[i].Blocks, p.Blocks[:len(p.Blocks)-1])
	}
	full := mapping.PlainBody(strings.Repeat("x", 10000) + "\n\n" + strings.Repeat("y", 10000))
	require.Len(t, full.Split(10000), 2)
	for _, p := range continued(full, 10000) {
		require.LessOrEqual(t, utf8.RuneCountInString(p.Text()), 10000)
	}
}

// TestPartsAreKnownAgain without memory, as they were sent, with their lines joined, as HTML, and as they were written
// before they were numbered; by the customer and by an agent with a counterpart.
func TestPartsAreKnownAgain(t *testing.T) {
	ways := map[string]func(mapping.Body) mapping.Body{
		"as sent": func(b mapping.Body) mapping.Body { return b },
		"joined":  joinedLines,
		"joined and wrapped": func(b mapping.Body) mapping.Body {
			out, _ := mapping.HTMLBody("<p>" + html.EscapeString(strings.Join(strings.Fields(b.Words()), " ")) + "</p>")
			return out
		},
		"as HTML": func(b mapping.Body) mapping.Body { out, _ := mapping.HTMLBody(b.HTML()); return out },
	}
	rapid.Check(t, func(t *rapid.T) {
		body, room := longText(t), rapid.IntRange(120, 400).Draw(t, "room")
		author := mapping.Person{Role: mapping.Customer, ID: "alice"}
		if rapid.Bool().Draw(t, "agent") {
			author = mapping.Person{Role: mapping.Agent, ID: "jane", Name: "Jane"}
		}
		cut := rapid.SampledFrom([]string{"numbered", "as before"}).Draw(t, "cut")
		way := rapid.SampledFrom([]string{"as sent", "joined", "joined and wrapped", "as HTML"}).Draw(t, "way")
		parts := continued(body, room)
		if cut == "as before" {
			parts = body.Split(room)
		}
		var written []mapping.Entry
		s := forgotten(t, []mapping.Entry{{ID: "1", Kind: mapping.Message, Author: author, Body: body}}, nil)
		s.sides[1].features.BodyRunes = room
		for i, p := range parts {
			shown := ways[way](asShown(author.Role == mapping.Customer, p, s.sides[1].features))
			written = append(written, mapping.Entry{ID: mapping.EntryID(fmt.Sprint("w", i+1)), Kind: mapping.Message, Author: author, Body: shown, Made: mapping.ByAPI, At: s.sides[0].conv.Entries[1].At})
		}
		s.sides[1].conv.Entries = append(s.sides[1].conv.Entries, written...)
		found := map[int]bool{}
		for _, f := range s.adopt(0, 1) {
			if f.entry == "1" {
				require.False(t, found[f.part], "one part twice")
				found[f.part] = true
				require.Equal(t, len(parts), f.of)
			}
		}
		require.Len(t, found, len(parts), "%s, %s", cut, way)
	})
}

// TestNumberedPartsGoOnNumbered: brackets are no words of a fingerprint, and numbers are within brackets. Cut as before,
// the first part of this text would have the words of the one that stands, and the brackets behind them.
func TestNumberedPartsGoOnNumbered(t *testing.T) {
	body := mapping.PlainBody(strings.Repeat("word ", 28) + "\n\n" + strings.Repeat("[order 17] ", 4) + "\n\n" + strings.Repeat("more ", 39))
	author := mapping.Person{Role: mapping.Agent, ID: "jane", Name: "Jane"}
	s := forgotten(t, []mapping.Entry{{ID: "1", Kind: mapping.Message, Author: author, Body: body}}, nil)
	s.sides[1].features.BodyRunes, s.opts.Texts.Message = 200, "{name}:"
	led := line("Jane:").Append(body)
	parts := continued(led, 200)
	require.Len(t, parts, 3)
	require.Len(t, led.Split(200), 2)
	s.sides[1].conv.Entries = append(s.sides[1].conv.Entries, mapping.Entry{ID: "w1", Kind: mapping.Message, Author: author, Body: parts[0], Made: mapping.ByAPI, At: s.sides[0].conv.Entries[1].At})
	for _, f := range s.adopt(0, 1) {
		s.recordAdoption(0, 1, f)
	}
	var rest string
	for _, d := range s.planEntries(0, 1).drafts {
		if slices.Contains(d.entries, "1") {
			rest += d.op.Body.Text()
		}
	}
	require.Equal(t, 4, strings.Count(rest, "[order 17]"), rest)
	require.Contains(t, rest, "more")
	require.NotContains(t, rest, "word")
}

// TestWhyAFileIsNotThereIsNoWord of a message that is nothing but its file, on a line of its own or not: so the message is
// known again, whatever became of its file.
func TestWhyAFileIsNotThereIsNoWord(t *testing.T) {
	sent := line("[more.txt]")
	d := draft{op: sinks.Operation{Body: sent}}
	d.stub(mapping.File{Name: "more.txt", Size: 10}, "this desk refused the file")
	for _, stands := range []mapping.Body{d.op.Body, joinedLines(d.op.Body), sent.Append(fileLine(mapping.File{Name: "more.txt"}, "could not be fetched"))} {
		require.Equal(t, textPrint(true, true, sent), textPrint(true, true, stands), stands.Text())
	}
	require.NotEqual(t, textPrint(true, true, sent), textPrint(true, true, line("[more.txt] [other.txt]")))
	require.NotEqual(t, textPrint(true, true, sent), textPrint(true, true, fileLine(mapping.File{Name: "other.txt", Size: 10}, "this desk refused the file")))
}

// TestPartsWithManyFilesAreOneWay: entries that hold nothing but files are never numbered, so they tell nothing of the way in which
// the words before them were cut.
func TestPartsWithManyFilesAreOneWay(t *testing.T) {
	author := mapping.Person{Role: mapping.Customer, ID: "alice"}
	for name, c := range map[string]struct{ paragraph, files, room, batch int }{
		"a file an entry":    {96, 6, 200, 1},
		"a mail with images": {9993, 51, 20_000, 10},
	} {
		body := mapping.PlainBody(strings.TrimSpace(strings.Repeat(strings.Repeat("w", c.paragraph)+"\n\n", 3)))
		var files []mapping.File
		for i := range c.files {
			files = append(files, mapping.File{Name: fmt.Sprintf("f%d.png", i), URL: "https://example.org/x", Size: 10})
		}
		s := forgotten(t, []mapping.Entry{{ID: "1", Kind: mapping.Message, Author: author, Body: body, Files: files}}, nil)
		to := &s.sides[1].features
		to.BodyRunes, to.FilesPerEntry = c.room, c.batch
		parts, _ := pieces(body, files, *to, to.BodyRunes, false)
		for i, p := range parts {
			s.sides[1].conv.Entries = append(s.sides[1].conv.Entries, mapping.Entry{ID: mapping.EntryID(fmt.Sprint("w", i+1)), Kind: mapping.Message, Author: author, Body: mapping.PlainBody(p.op.Body.Text()), Made: mapping.ByAPI, At: s.sides[0].conv.Entries[1].At})
		}
		known := map[mapping.EntryID]int{}
		for _, f := range s.adopt(0, 1) {
			if f.entry == "1" {
				require.Equal(t, len(parts), f.of, name)
				known[f.written] = f.part
			}
		}
		require.Len(t, known, len(parts), "%s: %v", name, known)
	}
}
