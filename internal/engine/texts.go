package engine

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/deskbridge/deskbridge/mapping"
)

// labels are what leads a note: as configured, and as it is without configuration.
type labels [2]string

// texts are the configured texts and the defaults.
func (s *scene) texts() [2]mapping.Texts {
	plain := mapping.DefaultTexts()
	return [2]mapping.Texts{s.opts.Texts.Or(plain), plain}
}

// label fills one of the texts for an entry of side i.
func (s *scene) label(i int, e mapping.Entry, which func(mapping.Texts) string) (out labels) {
	for n, t := range s.texts() {
		out[n] = mapping.FillText(which(t), personLabel(e.Author), deskLabel(s.sides[i].desk), stamp(e))
	}
	return out
}

// stamp is an entry's time as people read it.
func stamp(e mapping.Entry) string { return e.At.UTC().Format("2006-01-02 15:04 UTC") }

// underLabel cuts an entry that is written as a note under a label. How many notes it fills does not depend on the
// configuration, which may change when a part of it stands already: what does not fit into one, under whichever label, has
// the label that never changes.
func (p *planner) underLabel(i int, led labels) (parts []draft, losses []mapping.Loss) {
	under := func(label string) ([]draft, []mapping.Loss) {
		body := p.natives[i].Body
		if label != "" {
			body = line("%s", label).Append(body)
		}
		return p.pieces(i, body, p.sides[p.to].features.BodyRunes-tokenRoom, false)
	}
	parts, losses = under(led[1])
	if led[0] != led[1] && len(parts) == 1 {
		if own, lost := under(led[0]); len(own) == 1 {
			return own, lost
		}
	}
	return parts, losses
}

// attributed is a reply with the line that names its author, for the fallback agent.
func (s *scene) attributed(from int, e mapping.Entry) mapping.Body {
	return line("%s", s.label(from, e, ofMessage)[0]).Append(e.Body)
}

func ofMessage(t mapping.Texts) string { return t.Message }

// lineMost bounds a line that nobody knows, in bytes: it is a text of the configuration with two names in it.
const lineMost = 1000

// linesOver are the lines above what may be an agent's words in the other conversation: as they are configured, and as they
// stand there and name the agent, because they may have been configured otherwise when they were written.
func (a *adopter) linesOver(e mapping.Entry) (all []string) {
	known := a.label(a.from, e, ofMessage)
	all = slices.Compact(known[:])
	name, words := mapping.Letters(personLabel(e.Author)), mapping.Letters(e.Body.Words())
	if name == "" || words == "" {
		return all
	}
	for _, text := range a.ofTeam() {
		if !strings.Contains(text.letters[:min(len(text.letters), lineMost)], name) {
			continue
		}
		if led := lineOver(text, words); strings.Contains(mapping.Letters(led), name) && !slices.Contains(all, led) && !a.endsWithMore(text, words) {
			all = append(all, led)
		}
	}
	return all
}

// endsWithMore reports whether a text ends with the words of another entry, of which these are but the end.
func (a *adopter) endsWithMore(t teamText, words string) bool {
	return slices.ContainsFunc(a.entries, func(e mapping.Entry) bool {
		more := mapping.Letters(e.Body.Words())
		return len(more) > len(words) && e.Author.Role != mapping.Customer && strings.HasSuffix(t.letters, more)
	})
}

// teamText is the text of a message and its letters.
type teamText struct{ text, letters string }

// ofTeam are the messages of the other conversation's team that may be ours.
func (a *adopter) ofTeam() []teamText {
	if a.team == nil {
		a.team = []teamText{}
		for _, t := range a.sides[a.to].conv.Entries {
			if t.Author.Role != mapping.Customer && a.mayBeOurs(t) {
				text := wordsOf(t.Body)
				a.team = append(a.team, teamText{text, mapping.Letters(text)})
			}
		}
	}
	return a.team
}

// lineOver gives the line above a text, or above its first part; empty if it does not begin there. words are letters.
func lineOver(t teamText, words string) string {
	above := len(t.letters) - len(words)
	if !strings.HasSuffix(t.letters, words) {
		above = lineAbove(t.text, words)
	}
	if above <= 0 {
		return ""
	}
	led := t.text[:wordAfter(t.text, above)]
	end, _ := utf8.DecodeLastRuneInString(led)
	line := strings.TrimSpace(led)
	if strings.Contains(line, "\n") || len(line) > lineMost || mapping.Letters(string(end)) != "" {
		return "" // more than a line, or within a word
	}
	return line
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
