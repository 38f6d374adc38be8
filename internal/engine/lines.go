package engine

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/deskbridge/deskbridge/mapping"
)

// An agent's reply that the fallback agent has posted stands below a line with the agent's name, as it was configured then.
// Where the memory is lost, and the desk keeps no mark, the words are looked for below whatever line stands there.

// lineMost bounds a line that nobody knows, in bytes: it is a text of the configuration with two names in it. beginning is
// how many letters of a text, in bytes, are looked for behind such a line where the desk shows both in one.
const lineMost, beginning = 1000, 200

// linesOver are the lines above what may be an agent's words in the other conversation: as they are configured, and as
// they stand there and name the agent, because they may have been configured otherwise before the memory was lost. The
// words decide (byWords): this only finds below which line they may stand.
func (a *adopter) linesOver(e mapping.Entry) (all []string) {
	known := a.label(a.from, e, ofMessage)
	all = slices.Compact(known[:])
	name := mapping.Letters(personLabel(e.Author))
	if name == "" {
		return all
	}
	said := a.shownAs(e)
	for _, t := range a.ofTeam() {
		led := t.lineOver(said)
		if led != "" && len(led) <= lineMost && !slices.Contains(all, led) && a.names(led, name) && !a.endsWithMore(t, said.letters) {
			all = append(all, led)
		}
	}
	return all
}

// names reports whether a line names an agent, and nobody else whose name holds that name.
func (a *adopter) names(led, name string) bool {
	led = mapping.Letters(led)
	return strings.Contains(led, name) && !slices.ContainsFunc(a.entries, func(e mapping.Entry) bool {
		other := mapping.Letters(personLabel(e.Author))
		return len(other) > len(name) && strings.Contains(other, name) && strings.Contains(led, other)
	})
}

// endsWithMore reports whether a text ends with the words of another entry, of which these are but the end.
func (a *adopter) endsWithMore(t teamText, words string) bool {
	if a.said == nil {
		a.said = []string{}
		for _, e := range a.entries {
			if e.Author.Role != mapping.Customer && e.HasText() {
				a.said = append(a.said, a.shownAs(e).letters)
			}
		}
	}
	return slices.ContainsFunc(a.said, func(more string) bool { return len(more) > len(words) && strings.HasSuffix(t.whole.letters, more) })
}

// words are a text in one line, its letters, and those of them of which fingerprints are made.
type words struct{ text, letters, counted string }

func wordsIn(b mapping.Body) words {
	text := strings.TrimSpace(spacesAndBreaks.ReplaceAllString(b.Words(), " "))
	return words{text, mapping.Letters(text), mapping.Letters(wordsOf(b))}
}

// shownAs are the words of an agent's reply as the other desk shows them, without a line.
func (a *adopter) shownAs(e mapping.Entry) words {
	return wordsIn(asShown(false, e.Body, a.sides[a.to].features))
}

// teamText is a message: its first line and what stands below it, and the whole. One that is shown in one line has nothing
// below that.
type teamText struct {
	first        string
	below, whole words
	more         bool // files or brackets stand with it
}

// ofTeam are the messages of the other conversation's team that may be ours and that the ledger may have forgotten: what is
// younger stands below a line that is known.
func (a *adopter) ofTeam() []teamText {
	if a.team == nil {
		a.team = []teamText{}
		for _, t := range a.sides[a.to].conv.Entries {
			if t.Author.Role == mapping.Agent && a.mayBeOurs(t) && (a.answered(t) || a.forgot()) {
				text := strings.TrimSpace(t.Body.Words())
				first, below, _ := strings.Cut(text, "\n")
				a.team = append(a.team, teamText{strings.TrimSpace(first), wordsIn(mapping.PlainBody(below)), wordsIn(t.Body), len(t.Files) > 0 || strings.HasSuffix(text, "]")})
			}
		}
	}
	return a.team
}

// lineOver gives the line below which a text, or its first part, may stand here; empty if there is none.
func (t teamText) lineOver(said words) string {
	if t.below.text == "" {
		return t.lineWithin(said)
	}
	switch {
	case said.text == "": // nothing but files: brackets stand for them
	case said.counted == "" && t.below.text == said.text: // signs without a letter
	case said.counted != "" && t.below.counted != "" && strings.HasPrefix(said.counted, t.below.counted):
	default:
		return ""
	}
	return t.first
}

// lineWithin is lineOver in a message that is shown in one line.
func (t teamText) lineWithin(said words) string {
	text := t.whole
	switch {
	case said.text == "" && t.more: // nothing but files
		return strings.TrimSpace(bracketsAtEnd.ReplaceAllString(text.text, ""))
	case said.text == "":
		return ""
	case strings.HasSuffix(text.text, " "+said.text):
		return strings.TrimSpace(strings.TrimSuffix(text.text, said.text))
	case said.letters == "":
		return ""
	}
	above := strings.LastIndex(text.letters, said.letters)
	if part := said.letters[:min(len(said.letters), beginning)]; above < 0 && len(part) >= leastWords {
		above = strings.Index(text.letters, part)
	} else if above >= 0 && above+len(said.letters) < len(text.letters) && !t.more {
		return "" // it goes on
	}
	if above <= 0 {
		return ""
	}
	led := text.text[:wordAfter(text.text, above)]
	if end, _ := utf8.DecodeLastRuneInString(led); mapping.Letters(string(end)) != "" {
		return "" // within a word
	}
	signs := said.text[:wordAfter(said.text, 0)] // with which the words begin
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(led), strings.TrimSpace(signs)))
}

// wordAfter is where the word begins that follows the first letters of a text, in bytes.
func wordAfter(text string, letters int) int {
	for i, r := range text {
		n := len(mapping.Letters(string(r)))
		if n > 0 && letters <= 0 {
			return i
		}
		letters -= n
	}
	return len(text)
}
