package engine

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// wordsArriveWhole: all parts of an entry hold its words, in order; where it has one part, what can be seen of that is what
// can be seen of the entry; and each of its files travels once, or is named.
func wordsArriveWhole(t *rapid.T) {
	s, p := carried(t)
	for i, e := range s.natives(0) {
		if p.fates[i].bucket != fatePlanned || isAct(e) {
			continue
		}
		var all strings.Builder
		var parts []draft
		for _, d := range p.drafts {
			if slices.Contains(d.entries, e.ID) {
				parts = append(parts, d)
				all.WriteString(lettersOf(d.op.Body))
				require.True(t, d.op.Kind == sinks.OpenConversation || d.of == 1 || d.fold || d.op.Body.Text() != "")
			}
		}
		if r, _ := s.record(0, e.ID); len(r.Twins) > 0 {
			continue
		}
		require.Contains(t, all.String(), lettersOf(e.Body), "%d parts", len(parts))
		s.seenWhole(t, e, parts)
	}
}

// lettersOf are a body's letters, the numbers of its lists among them, without what the bridge writes below parts, and
// without the addresses of links, which stand in a part where their block is cut.
func lettersOf(b mapping.Body) string {
	words := b.Text()
	if strings.Contains(words, "[") {
		words = notWords.ReplaceAllString(words, "")
	}
	if strings.Contains(words, "(https://") {
		words = address.ReplaceAllString(words, "")
	}
	return mapping.Letters(words)
}

// seenWhole holds what can be seen of an entry's parts to what can be seen of it: exactly so, white space apart, where it is
// one part, and without any white space where plain text is cut. Where form is cut, the marks of lists and the addresses of
// links stand in each piece: of that the letters alone are compared, above.
func (s *scene) seenWhole(t *rapid.T, e mapping.Entry, parts []draft) {
	var all []string
	files := map[mapping.File]int{}
	for _, d := range parts {
		all = append(all, withoutOurs(s.seen(d)))
		for _, f := range d.files {
			files[f]++
		}
	}
	for _, f := range e.Files {
		if files[f] == 0 {
			require.Contains(t, strings.Join(all, "\n"), "["+cmp.Or(f.Name, "file"), "neither carried nor named")
			continue
		}
		same := slices.DeleteFunc(slices.Clone(e.Files), func(o mapping.File) bool { return o != f })
		require.Len(t, same, files[f], "%+v", f)
	}
	want := e.Body.Text()
	switch {
	case len(parts) == 1 && (parts[0].fold || parts[0].op.Kind == sinks.RecordEvent):
		head := transcriptEntry(mapping.Entry{At: e.At, Kind: e.Kind, Author: e.Author}, s.sides[0].desk).Text()
		require.Contains(t, oneLine(all[0]), oneLine(head+" "+want))
	case len(parts) == 1:
		require.True(t, s.isSeen(e, all[0], want, oneLine), "%q is not %q", all[0], want)
	case !e.Body.Formatted() && parts[0].op.Kind != sinks.RecordEvent:
		require.True(t, s.isSeen(e, strings.Join(all, ""), want, blankless), "%q is not %q", all, want)
	}
}

// filesAtEnd are the lines that stand for files.
var filesAtEnd = regexp.MustCompile(`^\s*(\[[^\[\]]+\]\s*)*$`)

// withoutOurs is a text without the lines that the bridge writes below the words of a part.
func withoutOurs(text string) string {
	for {
		text = strings.TrimSpace(text)
		last := strings.LastIndex(text, "[")
		if last < 0 || notWords.FindString(text[last:]) != text[last:] {
			return text
		}
		text = text[:last]
	}
}

// seen is what a reader of the other desk sees of a draft, who is shown HTML or plain text. Addresses that were guarded are
// the same to a browser.
func (s *scene) seen(d draft) string {
	switch {
	case d.op.Kind == sinks.RecordEvent:
		return d.op.Body.Text()
	case s.asHTML(d):
		return throughHTML(d.op.Body)
	}
	return strings.ReplaceAll(mapping.PlainBody(d.op.Body.Guarded()).Text(), "\u200b", "")
}

func (s *scene) asHTML(d draft) bool {
	return s.sides[1].features.HTML == mapping.Full && d.op.Author.Role != mapping.Customer
}

func throughHTML(b mapping.Body) string {
	shown, _ := mapping.HTMLBody(b.HTML())
	return shown.Text()
}

func oneLine(text string) string   { return strings.Join(strings.Fields(text), " ") }
func blankless(text string) string { return strings.Join(strings.Fields(text), "") }

// isSeen reports whether a text is what is wanted, with nothing above it but a line that may lead it, and nothing below it but
// lines for files.
func (s *scene) isSeen(e mapping.Entry, text, want string, normal func(string) string) bool {
	text, want = normal(text), normal(want)
	is := func(text string) bool {
		rest, ok := strings.CutPrefix(strings.TrimSpace(text), want)
		return ok && filesAtEnd.MatchString(rest)
	}
	if is(text) {
		return true
	}
	for _, above := range s.linesAbove(e) {
		if below, ok := strings.CutPrefix(text, normal(above)); ok && is(below) {
			return true
		}
	}
	return false
}
