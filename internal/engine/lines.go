package engine

import (
	"slices"
	"strings"

	"github.com/deskbridge/deskbridge/mapping"
)

// An agent's reply that the fallback agent has posted stands below a line with the agent's name, as it was configured then.
// Where the memory is lost, and the desk keeps no mark, the words are looked for below whatever line stands there.

// beginning is how many letters of a text, in bytes, are looked for below a line that nobody knows.
const beginning = 200

// linesOver are the lines above what may be an agent's words in the other conversation: as they are configured, and as
// they stand there and name the agent, because they may have been configured otherwise before the memory was lost. The
// words decide (byWords): this only finds below which line they may stand.
func (a *adopter) linesOver(e mapping.Entry) (all []string) {
	for _, who := range []mapping.Person{publicly(e.Author), e.Author} {
		named := e
		named.Author = who
		for _, led := range a.label(a.from, named, ofMessage) {
			if !slices.Contains(all, led) {
				all = append(all, led)
			}
		}
	}
	for _, lines := range a.overTeam() {
		if led := lines[e.ID]; led != "" && !slices.Contains(all, led) {
			all = append(all, led)
		}
	}
	return all
}

// overTeam gives, for each message of the other conversation's team that may be ours and that the ledger may have
// forgotten, the line that stands above the words of an entry in it: what is younger stands below a line that is known.
// Words that are but the end of another entry's have no line there.
func (a *adopter) overTeam() []map[mapping.EntryID]string {
	if a.team != nil {
		return a.team
	}
	a.team = []map[mapping.EntryID]string{}
	said := map[mapping.EntryID]saidText{}
	for _, e := range a.entries {
		if e.Author.Role != mapping.Customer && e.HasText() {
			said[e.ID] = saidAs(asShown(false, e.Body, a.sides[a.to].features))
		}
	}
	for _, t := range a.sides[a.to].conv.Entries {
		if t.Author.Role != mapping.Agent || !a.mayBeOurs(t) || !a.answered(t) && !a.forgot() {
			continue
		}
		if part := partAtEnd.FindStringSubmatch(t.Body.Words()); part != nil && part[1] != "1" {
			continue // no line stands above it
		}
		lines, shortest := map[mapping.EntryID]string{}, longestLine
		there := saidAs(t.Body)
		for _, e := range a.entries {
			led := a.lineOver(there, e, said[e.ID])
			if n := len(mapping.Letters(led)); led != "" && n <= shortest {
				if n < shortest {
					clear(lines)
				}
				lines[e.ID], shortest = led, n
			}
		}
		a.team = append(a.team, lines)
	}
	return a.team
}

// saidText is a text with single spaces, where its first line ends if there are more, and its letters, and those of
// them that do not stand in brackets at the end.
type saidText struct {
	text           string
	first          int
	letters, inner string
}

func saidAs(b mapping.Body) saidText {
	first, _, more := strings.Cut(strings.TrimSpace(b.Words()), "\n")
	text := strings.Join(strings.Fields(strings.ReplaceAll(b.Words(), "\u200b", "")), " ")
	s := saidText{text: text, letters: mapping.Letters(text), inner: mapping.Letters(bracketsAtEnd.ReplaceAllString(text, ""))}
	if more {
		s.first = len(strings.Join(strings.Fields(first), " "))
	}
	return s
}

// lineOver gives the line below which an entry's words, or the first part of them, may stand in a text; empty if there
// is none. It is the first line, or ends at any word of a text that is shown in one line.
func (a *adopter) lineOver(there saidText, e mapping.Entry, said saidText) string {
	for end, r := range there.text {
		if r != ' ' || there.first > 0 && end != there.first {
			continue
		}
		led, rest := there.text[:end], there.text[end+1:]
		above := len(mapping.Letters(led))
		if above > longestLine {
			break
		}
		if said.beginsAs(rest, there.inner[min(above, len(there.inner)):]) && a.names(led, e.Author) {
			return led
		}
	}
	return ""
}

// beginsAs reports whether a text may begin with what stands below a line: below are its letters but for brackets at
// its end.
func (s saidText) beginsAs(rest, below string) bool {
	if below != "" {
		signs := strings.IndexFunc(rest, func(r rune) bool { return mapping.Letters(string(r)) != "" })
		word, _, _ := strings.Cut(rest[signs:], " ")
		return strings.HasPrefix(strings.ToLower(s.text), strings.ToLower(rest[:signs]+word)) && strings.HasPrefix(s.letters, below[:min(len(below), beginning)])
	}
	if part := partAtEnd.ReplaceAllString(rest, ""); part != rest {
		return strings.HasPrefix(s.text, part)
	}
	more, ok := strings.CutPrefix(rest, s.text) // signs without a letter, brackets, or nothing but files
	return ok && bracketsAtEnd.ReplaceAllString(more, "") == ""
}

// names reports whether a line names an agent, and nobody else whose name holds that name.
func (a *adopter) names(led string, who mapping.Person) bool {
	led = wordsApart(led)
	return slices.ContainsFunc(labelsOf(who), func(name string) bool {
		name = wordsApart(name)
		return strings.Contains(led, name) && !slices.ContainsFunc(a.entries, func(e mapping.Entry) bool {
			return slices.ContainsFunc(labelsOf(e.Author), func(other string) bool {
				other = wordsApart(other)
				return other != name && strings.Contains(other, name) && strings.Contains(led, other)
			})
		})
	})
}

// wordsApart are the letters of a text with a space between two words.
func wordsApart(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return mapping.Letters(string(r)) == "" }), " ")
}
