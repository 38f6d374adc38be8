package engine

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/deskbridge/deskbridge/mapping"
)

// An entry that is cut into parts may be left between two of them: a process died there, or the desk refused one. By the
// time it goes on it may have become something else, and be cut elsewhere: before the copy was opened it was a dated note,
// after that it is a reply; a day later it is too late to deliver; another line stands above it. So it goes on in the words
// at which the parts end that stand there, and what was begun as notes goes on as notes.

// standing are the first parts of an entry that stand on the other desk, where there are more to come and all that stand
// are known and can be read; nil otherwise.
func (p *planner) standing(i int) (parts []mapping.Entry) {
	r, ok := p.record(p.from, p.natives[i].ID)
	if !ok || r.Refused || r.Complete() || p.sides[p.to].conv == nil {
		return nil
	}
	n := slices.Index(r.Twins, "")
	for k, id := range r.Twins {
		if k >= n {
			if id != "" {
				return nil
			}
			continue
		}
		at := slices.IndexFunc(p.sides[p.to].conv.Entries, func(t mapping.Entry) bool { return t.ID == id })
		if at < 0 || !p.sides[p.to].conv.Entries[at].HasText() || len(p.sides[p.to].conv.Entries[at].Files) > 0 {
			return nil
		}
		parts = append(parts, p.sides[p.to].conv.Entries[at])
	}
	return parts
}

// begunAsNotes reports whether the parts of an entry that stand are notes, or the last of them: then the rest is no
// message to anybody.
func (p *planner) begunAsNotes(i int) bool {
	parts := p.standing(i)
	return len(parts) > 0 && parts[len(parts)-1].Kind == mapping.Note
}

// goOn gives the parts of an entry of which some stand that are not as it would be cut now: as it was cut below the line
// that stands there, or those, and the rest of its words cut anew. body is the entry under its line, if it has one. Not
// ok: go on as cut now, because the parts that stand are so, or their words are not those of the entry any more.
func (p *planner) goOn(i int, now []draft, body mapping.Body, room int) (parts []draft, losses []mapping.Loss, ok bool) {
	there := p.standing(i)
	if len(there) == 0 || p.asCutNow(there, now) {
		return nil, nil, false
	}
	e := p.natives[i]
	text := asShown(e.Author.Role == mapping.Customer && there[0].Kind == mapping.Message, e.Body, p.sides[p.to].features)
	first, _, more := strings.Cut(strings.TrimSpace(partWords(there[0].Body)), "\n")
	if more && !strings.HasPrefix(mapping.Letters(text.Words()), mapping.Letters(first)) {
		parts, losses = cutPieces(continued, line("%s", strings.TrimSpace(first)).Append(e.Body), e.Files, p.sides[p.to].features, room, false)
		if p.asCutNow(there, parts) {
			return parts, losses, true
		}
	}
	rest, led, ok := behindParts(there, text, labelsOf(e.Author))
	if !ok {
		return nil, nil, false
	}
	if lines := len(body.Blocks) - len(e.Body.Blocks); lines > 0 && !led && !rest.IsEmpty() {
		rest = mapping.Body{Blocks: body.Blocks[:lines]}.Append(rest)
	}
	parts, losses = cutPieces(continuedFrom(len(there)), rest, e.Files, p.sides[p.to].features, room, false)
	return append(make([]draft, len(there)), parts...), losses, true
}

// asCutNow reports whether the parts that stand have the words of those at their places.
func (p *planner) asCutNow(there []mapping.Entry, now []draft) bool {
	for k, t := range there {
		if k >= len(now) {
			return false
		}
		words, sent := mapping.Letters(partWords(t.Body)), now[k].op.Body
		if words != mapping.Letters(partWords(sent)) && words != mapping.Letters(partWords(mapping.PlainBody(sent.Text()))) {
			return false
		}
	}
	return true
}

// leastWords is how many letters of an entry its first part must have to be found below a line that nobody knows, and
// longestLine how many such a line may have.
const leastWords, longestLine = 20, 400

// partWords are the words of a part without what the bridge wrote below them: there brackets of its author count.
func partWords(b mapping.Body) string {
	if words := b.Words(); partAtEnd.MatchString(words) {
		return partAtEnd.ReplaceAllString(words, "")
	}
	return wordsOf(b)
}

var partAtEnd = regexp.MustCompile(`\s*\[part (\d+) of \d+\](\s*\[[^\[\]]*\])*\s*$`)

// behindParts gives what is left of a text behind the parts that stand, and whether a line stands above any of them. It
// may stand there alone, if the words found no room beside it.
func behindParts(there []mapping.Entry, text mapping.Body, names []string) (rest mapping.Body, led, ok bool) {
	rest = text
	for _, t := range there {
		part := partWords(t.Body)
		above := lineAbove(part, mapping.Letters(rest.Words()), names)
		if above < 0 {
			return mapping.Body{}, false, false
		}
		rest, led = behind(rest.Spelt(), len(mapping.Letters(part))-above), led || above > 0
	}
	return rest, led, true
}

// lineAbove gives the length of what stands above the words with which a text begins, in letters; -1 if it does not begin
// there. A desk may have joined the line with what follows. Above a few words stands nothing but a line with the name.
func lineAbove(part, all string, names []string) int {
	words := mapping.Letters(part)
	for fields := strings.Fields(part); ; fields = fields[1:] {
		rest := mapping.Letters(strings.Join(fields, ""))
		above := len(words) - len(rest)
		if strings.HasPrefix(all, rest) && (above == 0 || len(rest) >= leastWords || namesAny(words[:above], names)) {
			return above
		}
		if len(fields) == 0 || above > longestLine {
			return -1
		}
	}
}

// namesAny reports whether letters hold those of one of the names.
func namesAny(letters string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return strings.Contains(letters, mapping.Letters(name)) })
}

// behind is a text without its first letters (mapping.Letters, in bytes), and without the signs that belong to the last of
// them. What is left of an item is a paragraph: its number stands above it.
func behind(b mapping.Body, letters int) (rest mapping.Body) {
	rest.Simplified = b.Simplified
	for _, bl := range b.Blocks {
		if letters > 0 && bl.Kind == mapping.ListItem {
			bl.Kind = mapping.Paragraph
		}
		var runs []mapping.Run
		for _, r := range bl.Runs {
			for letters > 0 && r.Text != "" {
				_, size := utf8.DecodeRuneInString(r.Text)
				letters -= len(mapping.Letters(r.Text[:size]))
				if r.Text = r.Text[size:]; letters <= 0 {
					r.Text = strings.TrimLeftFunc(r.Text, func(c rune) bool { return mapping.Letters(string(c)) == "" && !strings.ContainsRune(" \n", c) })
				}
			}
			if r.Text != "" {
				runs = append(runs, r)
			}
		}
		if bl.Runs = runs; !(mapping.Body{Blocks: []mapping.Block{bl}}).IsEmpty() {
			rest.Blocks = append(rest.Blocks, bl)
		}
	}
	return rest
}

// continuedFrom cuts what follows some parts, and says below each part which one it is, as continued does.
func continuedFrom(before int) func(mapping.Body, int) []mapping.Body {
	return func(body mapping.Body, room int) []mapping.Body {
		parts := body.Split(max(room-continuedRoom, 1))
		for i, p := range parts {
			parts[i] = p.Append(line("[part %d of %d]", before+i+1, before+len(parts)))
		}
		return parts
	}
}
