package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// TestLinesOver: a line that nobody configured any more is one line above the whole words of an entry, and names its author;
// a desk may show it in one line with them. Words that only end another entry's have no line there.
func TestLinesOver(t *testing.T) {
	anna := mapping.Person{Role: mapping.Agent, ID: "31", Name: "Anna"}
	for text, want := range map[string][]string{
		"Anna aus Intercom:\n\nYes":          {"Anna aus Intercom:"},
		"Anna aus Intercom: Yes":             {"Anna aus Intercom:"},
		"Hier ist Anna –\n\nYes":             {"Hier ist Anna –"},
		"Bob aus Intercom:\n\nYes":           nil,
		"Anna:\n\nIs it\n\nYes":              nil, // more than a line
		"Anna aus Intercom: Is it red? Yes":  nil, // another entry's
		"Anna aus Intercom: No, not yet yes": {"Anna aus Intercom: No, not yet"},
		"Annayes":                            nil, // within a word
		"Yes":                                nil,
	} {
		s := ratedScene(t, 0)
		s.forgets()
		yes := mapping.Entry{ID: "2", Kind: mapping.Message, Native: "comment", Author: anna, At: s.now.Add(-time.Minute), Body: mapping.PlainBody("Yes")}
		red := yes
		red.ID, red.Body = "3", mapping.PlainBody("Is it red? Yes")
		s.sides[0].conv.Entries = append(s.sides[0].conv.Entries, yes, red)
		s.sides[1].conv.Entries = []mapping.Entry{{ID: "t1", Kind: mapping.Message, Author: mapping.Person{Role: mapping.Agent, ID: "default_admin"}, At: s.now, Body: mapping.PlainBody(text)}}
		a := adopter{scene: s, from: 0, to: 1, entries: s.natives(0)}
		require.Equal(t, append([]string{"Anna (Intercom):"}, want...), a.linesOver(yes), text)
	}
}

// forgets lets the ledger begin now: it knows no more than that the conversations are a pair.
func (s *scene) forgets() {
	m := s.ledger.Meta
	m.Since = s.now.Add(time.Second)
	s.ledger.SetMeta(m)
}

// TestAnyReplyIsKnownBelowAnotherLine: what an agent may have said, delivered below a line that nobody configured any more.
func TestAnyReplyIsKnownBelowAnotherLine(t *testing.T) {
	anna := mapping.Person{Role: mapping.Agent, ID: "31", Name: "Anna"}
	html := func(s string) mapping.Body { b, _ := mapping.HTMLBody(s); return b }
	files := map[string][]mapping.File{"a file": {{Name: "shot.png", URL: "https://files.example.com/1"}, {Name: "song.mp3", URL: "https://files.example.com/2"}}}
	for name, body := range map[string]mapping.Body{
		"plain":             mapping.PlainBody("Yes"),
		"quotation marks":   mapping.PlainBody("«Да», сказал он"),
		"a sign first":      mapping.PlainBody("(see above) It is red"),
		"spanish":           mapping.PlainBody("¿Es rojo?"),
		"plus":              mapping.PlainBody("+49 30 1234567"),
		"emoji":             mapping.PlainBody("👍"),
		"question mark":     mapping.PlainBody("?"),
		"dots":              mapping.PlainBody("..."),
		"smile":             mapping.PlainBody(":)"),
		"list":              html("<ul><li>red</li><li>blue</li></ul>"),
		"numbered list":     html("<p>Please:</p><ol><li>open it</li><li>press it</li></ol>"),
		"link":              html(`<p>See <a href="https://example.org/help">the page</a> for more</p>`),
		"quote":             html("<blockquote>Is it red?</blockquote><p>Yes</p>"),
		"bracket line":      mapping.PlainBody("[order 17]\nIt is on its way"),
		"a file":            {},
		"bracket only":      mapping.PlainBody("[order 17]"),
		"bracket inside":    mapping.PlainBody("It is\n[order 17]\non its way"),
		"own name":          mapping.PlainBody("Anna here. Yes"),
		"long":              mapping.PlainBody(strings.Repeat("A long story goes on. ", 1000)),
		"long, sign first":  mapping.PlainBody("«" + strings.Repeat("A long story goes on. ", 1000)),
		"long with a link":  html("<p>" + strings.Repeat(`A long <a href="https://example.org/help">story</a> goes on. `, 600) + "</p>"),
		"long, short lines": mapping.PlainBody(strings.Repeat("A long\nstory\ngoes on.\n", 1000)),
	} {
		for shown, show := range map[string]func(mapping.Body) mapping.Body{"in lines": func(b mapping.Body) mapping.Body { return b }, "in one line": joinedLines} {
			for _, led := range []string{"Anna:", "Hier ist Anna von Intercom –", "Anna (Intercom):"} {
				s := ratedScene(t, 0)
				s.forgets()
				e := mapping.Entry{ID: "2", Kind: mapping.Message, Native: "comment", Author: anna, At: s.now.Add(-time.Minute), Body: body, Files: files[name]}
				s.sides[0].conv.Entries = append(s.sides[0].conv.Entries, e)
				to := s.sides[1].features
				parts, _ := cutPieces(continued, line("%s", led).Append(body), files[name], to, to.BodyRunes, false)
				for i, p := range parts {
					s.sides[1].conv.Entries = append(s.sides[1].conv.Entries, mapping.Entry{ID: mapping.EntryID('a' + rune(i)), Kind: mapping.Message, Author: mapping.Person{Role: mapping.Agent, ID: "default_admin"},
						At: s.now, Made: mapping.ByAPI, Files: p.files, Body: mapping.PlainBody(show(asShown(false, p.op.Body, to)).Text())})
				}
				found := s.adopt(0, 1)
				if len(found) != len(parts) {
					t.Errorf("%s, %s, below %q: %d parts, %d known: %.80q", name, shown, led, len(parts), len(found), s.sides[1].conv.Entries[0].Body.Text())
				}
			}
		}
	}
}

// TestALineNamesOneAgent: Ann said the same before, and that was never carried. The line is Anna's.
func TestALineNamesOneAgent(t *testing.T) {
	for _, led := range []string{"Anna (Intercom):", "Anna aus Intercom:"} {
		s := ratedScene(t, 0)
		s.forgets()
		for i, name := range []string{"Ann", "Anna"} {
			s.sides[0].conv.Entries = append(s.sides[0].conv.Entries, mapping.Entry{ID: mapping.EntryID(name), Kind: mapping.Message, Native: "comment", Author: mapping.Person{Role: mapping.Agent, ID: mapping.PersonID(name), Name: name},
				At: s.now.Add(time.Duration(i-2) * time.Minute), Body: mapping.PlainBody("Yes")})
		}
		s.sides[1].conv.Entries = []mapping.Entry{{ID: "a", Kind: mapping.Message, Author: mapping.Person{Role: mapping.Agent, ID: "default_admin"}, At: s.now, Made: mapping.ByAPI, Body: mapping.PlainBody(led + "\n\nYes")}}
		found := s.adopt(0, 1)
		require.Len(t, found, 1)
		require.Equal(t, mapping.EntryID("Anna"), found[0].entry, led)
	}
}

// TestAGreetingIsNoLine: nothing was forgotten. Another program greets a customer who is called as the agent is, and the
// agent says the same words on the other desk: both are somebody's own words.
func TestAGreetingIsNoLine(t *testing.T) {
	for _, author := range []mapping.Person{{Role: mapping.Agent, ID: "77", Name: "Max"}, {Role: mapping.Bot, ID: "78", Name: "Helper"}} {
		s := ratedScene(t, 0)
		anna := mapping.Person{Role: mapping.Agent, ID: "31", Name: "Anna"}
		s.sides[0].conv.Entries = append(s.sides[0].conv.Entries, mapping.Entry{ID: "2", Kind: mapping.Message, Native: "comment", Author: anna, At: s.now.Add(-time.Minute), Body: mapping.PlainBody("Thank you")})
		s.sides[1].conv.Entries = []mapping.Entry{{ID: "t2", Kind: mapping.Message, Author: author, At: s.now, Made: mapping.ByAPI, Body: mapping.PlainBody("Dear Anna, we cannot refund it. Thank you")}}
		require.Empty(t, s.adopt(0, 1), author.Role)
	}
}

// BenchmarkLinesOver is the cost of a lost memory where 150 answers of one agent stand below a line.
func BenchmarkLinesOver(b *testing.B) {
	anna := mapping.Person{Role: mapping.Agent, ID: "31", Name: "Anna"}
	for b.Loop() {
		s := ratedScene(b, 0)
		for i := range 150 {
			text := fmt.Sprintf("Number %d. ", i) + strings.Repeat(strings.Repeat("word ", 10)+"\n", 40)
			e := mapping.Entry{ID: mapping.EntryID(fmt.Sprintf("e%d", i)), Kind: mapping.Message, Native: "comment", Author: anna, At: s.now.Add(time.Duration(i) * time.Second), Body: mapping.PlainBody(text)}
			s.sides[0].conv.Entries = append(s.sides[0].conv.Entries, e)
			s.sides[1].conv.Entries = append(s.sides[1].conv.Entries, mapping.Entry{ID: mapping.EntryID(fmt.Sprintf("a%d", i)), Kind: mapping.Message, Author: mapping.Person{Role: mapping.Agent, ID: "default_admin"},
				At: e.At, Made: mapping.ByAPI, Body: mapping.PlainBody(line("Hier ist Anna:").Append(e.Body).Text())})
		}
		s.ledger.SetMeta(state.Meta{Origin: s.ledger.Meta.Origin, Twin: s.ledger.Meta.Twin, Opened: "source:1", Linked: true, Since: s.now.Add(time.Hour)})
		require.Len(b, s.adopt(0, 1), 150)
	}
}
