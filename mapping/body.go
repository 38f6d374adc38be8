package mapping

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
)

// Body is formatted text in a small neutral dialect: paragraphs of runs, each run with its marks. It can only be
// rendered to escaped HTML or to plain text, so nothing executable passes through it.
type Body struct {
	Blocks []Block
	// Simplified tells that form was lost when the body was read, which the dialect has no place for: struck, raised or
	// underlined text, tables, formulas, lists within lists or quotations, lists that do not begin at 1, addresses of links.
	// It is no part of the text.
	Simplified bool
}

// BlockKind is the kind of a block of text.
type BlockKind string

const (
	Paragraph BlockKind = ""
	ListItem  BlockKind = "li" // one item; Ordered tells how it is marked
	Quote     BlockKind = "quote"
	Code      BlockKind = "code" // preformatted; white space counts
	Heading   BlockKind = "heading"
)

// Block is one paragraph, item, quotation or piece of code.
type Block struct {
	Kind    BlockKind
	Ordered bool
	Number  int // of an ordered item, from 1
	Runs    []Run
}

// Run is text with one set of marks. "\n" within a run is a line break.
type Run struct {
	Text               string
	Bold, Italic, Mono bool
	Link               string // http, https, mailto or tel; empty when none
}

// PlainBody makes a body of text as it stands: an empty line begins a paragraph, a single one breaks the line.
func PlainBody(s string) Body {
	s = unguardAddresses(s)
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	var b Body
	for _, p := range paragraphBreak.Split(s, -1) {
		if p = strings.Trim(p, "\n"); strings.TrimSpace(p) != "" {
			b.Blocks = append(b.Blocks, Block{Runs: []Run{{Text: p}}})
		}
	}
	return b
}

var paragraphBreak = regexp.MustCompile(`\n[ \t]*\n`)

// LooksLikeHTML reports whether a text that may be either carries elements of HTML.
func LooksLikeHTML(s string) bool { return htmlElement.MatchString(s) }

var htmlElement = regexp.MustCompile(`(?i)</?(p|br|div|span|a|b|i|u|strong|em|ul|ol|li|h[1-6]|table|tr|td|img|blockquote|code|pre|html|body)(\s[^<>]*)?/?>`)

// IsEmpty reports whether nothing can be read in the body.
func (b Body) IsEmpty() bool {
	for _, bl := range b.Blocks {
		if hasInk(bl.Runs) {
			return false
		}
	}
	return true
}

// Text renders the body as plain text. A link whose label is not its address is shown as "label (address)".
func (b Body) Text() string {
	var out strings.Builder
	for i, bl := range b.Blocks {
		if i > 0 {
			out.WriteString("\n")
			if bl.Kind != ListItem || b.Blocks[i-1].Kind != ListItem {
				out.WriteString("\n")
			}
		}
		t := runsText(bl.Runs)
		switch bl.Kind {
		case ListItem:
			out.WriteString(bl.mark())
		case Quote:
			t = "> " + strings.ReplaceAll(t, "\n", "\n> ")
		}
		out.WriteString(t)
	}
	return out.String()
}

// mark is what stands before an item.
func (bl Block) mark() string {
	if bl.Ordered {
		return strconv.Itoa(bl.Number) + ". "
	}
	return "• "
}

func runsText(runs []Run) string {
	var out strings.Builder
	for i := 0; i < len(runs); i++ {
		link := runs[i].Link
		if link == "" {
			out.WriteString(runs[i].Text)
			continue
		}
		var label strings.Builder
		for ; i < len(runs) && runs[i].Link == link; i++ {
			label.WriteString(runs[i].Text)
		}
		i--
		words := strings.TrimRight(label.String(), " ")
		out.WriteString(words)
		if plain := strings.TrimSpace(words); plain != link && "mailto:"+plain != link && "tel:"+plain != link && plain+"/" != link {
			out.WriteString(" (" + link + ")")
		}
		out.WriteString(label.String()[len(words):])
	}
	return out.String()
}

// Words renders the body as its visible words alone, without the marks that Text adds: they are what is read where HTML was
// written. It is what fingerprints and comparisons of text are made of.
func (b Body) Words() string {
	var out strings.Builder
	for _, bl := range b.Spelt().Blocks {
		for _, r := range bl.Runs {
			out.WriteString(r.Text)
		}
		out.WriteString("\n")
	}
	return out.String()
}

// Spelt is the body as HTML can hold it: an item whose number the list would not give it by itself, because the list is
// interrupted or cut, is a line that begins with the number.
func (b Body) Spelt() Body {
	if b.inOrder() {
		return b
	}
	out := Body{Simplified: b.Simplified, Blocks: make([]Block, 0, len(b.Blocks))}
	next, lines := 0, false // lines: the last block is lines of items
	for _, bl := range b.Blocks {
		var fits bool
		if next, fits = following(next, bl); fits {
			out.Blocks, lines = append(out.Blocks, bl), false
			continue
		}
		number := Run{Text: bl.mark()}
		if last := len(out.Blocks) - 1; lines {
			number.Text = "\n" + number.Text
			out.Blocks[last].Runs = append(append(out.Blocks[last].Runs, number), bl.Runs...)
			continue
		}
		out.Blocks, lines = append(out.Blocks, Block{Runs: append([]Run{number}, bl.Runs...)}), true
	}
	return out
}

// inOrder reports whether lists number all items as they are numbered.
func (b Body) inOrder() bool {
	next := 0
	for _, bl := range b.Blocks {
		var fits bool
		if next, fits = following(next, bl); !fits {
			return false
		}
	}
	return true
}

// following gives the number of the item that would follow a block in its list, 0 if none would; number is that of the block,
// if it follows the one before. It does not fit if it has another number.
func following(number int, bl Block) (next int, fits bool) {
	switch {
	case bl.Kind != ListItem || !bl.Ordered:
		return 0, true
	case bl.Number == 1 || bl.Number == number:
		return bl.Number + 1, true
	}
	return 0, false
}

// HTML renders the body as escaped HTML of p, br, b, i, code, pre, blockquote, ul, ol, li and a.
func (b Body) HTML() string {
	var out strings.Builder
	list := ""
	closeList := func() {
		if list != "" {
			out.WriteString("</" + list + ">")
			list = ""
		}
	}
	for _, bl := range b.Spelt().Blocks {
		if bl.Kind == ListItem {
			want := "ul"
			if bl.Ordered {
				want = "ol"
			}
			if list != want || bl.Ordered && bl.Number == 1 {
				closeList()
				out.WriteString("<" + want + ">")
				list = want
			}
			out.WriteString("<li>" + runsHTML(bl.Runs) + "</li>")
			continue
		}
		closeList()
		switch bl.Kind {
		case Quote:
			out.WriteString("<blockquote>" + runsHTML(bl.Runs) + "</blockquote>")
		case Code:
			out.WriteString("<pre>" + markedHTML(bl.Runs, preformatted) + "</pre>")
		case Heading:
			out.WriteString("<p><b>" + runsHTML(bl.Runs) + "</b></p>")
		default:
			out.WriteString("<p>" + runsHTML(bl.Runs) + "</p>")
		}
	}
	closeList()
	return out.String()
}

func runsHTML(runs []Run) string { return markedHTML(runs, flowing) }

// preformatted is text of a run within <pre>, which shows white space as it is.
func preformatted(r Run, _ bool) string { return nethtml.EscapeString(r.Text) }

// flowing is text of a run where HTML shows one space for many.
func flowing(r Run, beginsLine bool) string {
	t := strings.ReplaceAll(nethtml.EscapeString(keepSpaces(r.Text, beginsLine)), "\n", "<br>")
	if r.Mono {
		t = "<code>" + t + "</code>"
	}
	return t
}

const noBreakSpace = "\u00a0"

var (
	spacesAhead   = regexp.MustCompile(`(?:^|\n) +[^ \n]`)
	spacesBetween = regexp.MustCompile(` {2,}[^ \n]`)
)

// keepSpaces makes those spaces unbreakable that HTML would not show: before a line, and all but the last of several.
// unkeepSpaces takes that back.
func keepSpaces(text string, beginsLine bool) string {
	text = strings.ReplaceAll(text, "\t", "    ")
	if !strings.HasPrefix(text, " ") && !strings.Contains(text, "\n ") && !strings.Contains(text, "  ") {
		return text
	}
	text = spacesAhead.ReplaceAllStringFunc(text, func(m string) string {
		if m[0] == ' ' && !beginsLine {
			return m
		}
		return strings.ReplaceAll(m, " ", noBreakSpace)
	})
	return spacesBetween.ReplaceAllStringFunc(text, func(m string) string {
		return strings.Replace(m, " ", noBreakSpace, strings.Count(m, " ")-1)
	})
}

var (
	keptAhead   = regexp.MustCompile(`(?:^|\n)[ \x{a0}]+[^ \x{a0}\n]`)
	keptBetween = regexp.MustCompile(`[ \x{a0}]{2,}[^ \x{a0}\n]`)
)

func unkeepSpaces(text string, beginsLine bool) string {
	plain := func(m string) string { return strings.ReplaceAll(m, noBreakSpace, " ") }
	text = keptAhead.ReplaceAllStringFunc(text, func(m string) string {
		if m[0] != '\n' && !beginsLine {
			return m
		}
		return plain(m)
	})
	return keptBetween.ReplaceAllStringFunc(text, plain)
}

// markedHTML escapes as golang.org/x/net/html does, so that whoever parses and renders it again gets the same bytes. One
// <a> holds all runs in a row that have its address.
func markedHTML(runs []Run, render func(r Run, beginsLine bool) string) string {
	var out strings.Builder
	for i, r := range runs {
		if r.Link != "" && (i == 0 || runs[i-1].Link != r.Link) {
			out.WriteString(`<a href="` + nethtml.EscapeString(r.Link) + `">`)
		}
		t := render(r, beginsLine(runs, i))
		if r.Italic {
			t = "<i>" + t + "</i>"
		}
		if r.Bold {
			t = "<b>" + t + "</b>"
		}
		out.WriteString(t)
		if r.Link != "" && (i == len(runs)-1 || runs[i+1].Link != r.Link) {
			out.WriteString("</a>")
		}
	}
	return out.String()
}

// beginsLine reports whether a run stands at the beginning of a line.
func beginsLine(runs []Run, i int) bool { return i == 0 || strings.HasSuffix(runs[i-1].Text, "\n") }

// Formatted reports whether plain text would lose something of the body's form.
func (b Body) Formatted() bool {
	for _, bl := range b.Blocks {
		if bl.Kind != Paragraph || marked(bl.Runs) {
			return true
		}
	}
	return false
}

// marked reports whether words are set apart: by their type, or as a link that does not show where it leads.
func marked(runs []Run) bool {
	return slices.ContainsFunc(runs, func(r Run) bool {
		return r.Bold || r.Italic || r.Mono || r.Link != "" && r.Link != strings.TrimSpace(r.Text)
	})
}

// Append returns b followed by the blocks of the others.
func (b Body) Append(others ...Body) Body {
	out := Body{Blocks: append([]Block(nil), b.Blocks...), Simplified: b.Simplified}
	for _, o := range others {
		out.Blocks = append(out.Blocks, o.Blocks...)
		out.Simplified = out.Simplified || o.Simplified
	}
	return out
}

// Guarded renders the body as plain text that reads the same under a desk that takes it for text and under one that
// takes it for HTML: a zero-width space keeps "<" and "&" from beginning an element or a reference to a character. Within
// an address, which it would break, the first letter of the reference is written as its code: the address is the same.
func (b Body) Guarded() string {
	text := b.Text()
	if !strings.ContainsAny(text, "<&") {
		return text
	}
	text = element.ReplaceAllString(text, "<\u200b$1")
	return addressOrReference.ReplaceAllStringFunc(text, func(m string) string {
		switch {
		case m[0] != '&':
			return reference.ReplaceAllStringFunc(m, encodeReference)
		case isReference(m):
			return "&\u200b" + m[1:]
		}
		return m
	})
}

const address = `(?i:https?://)[^\s\p{Z}<>"]+`

var (
	element            = regexp.MustCompile(`<([A-Za-z/!?])`)
	reference          = regexp.MustCompile(`&#?[0-9A-Za-z]+;?`)
	addressOrReference = regexp.MustCompile(address + `|` + reference.String())
	addresses          = regexp.MustCompile(address)
	encodedReference   = regexp.MustCompile(`&#?%[3-7][0-9A-F][0-9A-Za-z]*;?`)
)

// isReference reports whether a browser reads another character where "&" and a name or a number stand.
func isReference(s string) bool { return nethtml.UnescapeString(s) != s }

// encodeReference writes the first letter or digit of a reference as its code.
func encodeReference(s string) string {
	if !isReference(s) {
		return s
	}
	at := strings.IndexFunc(s, func(r rune) bool { return r != '&' && r != '#' })
	return fmt.Sprintf("%s%%%02X%s", s[:at], s[at], s[at+1:])
}

// unguardAddresses takes back what Guarded does to addresses, so that a copy has the words of its original.
func unguardAddresses(text string) string {
	if !strings.Contains(text, "&%") && !strings.Contains(text, "&#%") {
		return text
	}
	return addresses.ReplaceAllStringFunc(text, func(a string) string {
		return encodedReference.ReplaceAllStringFunc(a, func(s string) string {
			before, after, _ := strings.Cut(s, "%")
			code, _ := strconv.ParseUint(after[:2], 16, 8)
			if plain := before + string(rune(code)) + after[2:]; encodeReference(plain) == s {
				return plain
			}
			return s
		})
	})
}

// Length is how many characters the body has as plain text, as it is sent.
func (b Body) Length() int { return utf8.RuneCountInString(b.Guarded()) }

// Split cuts the body into parts that have at most limit characters each (Length), at block borders where possible, then
// at line ends and spaces, and not within a letter and its marks. A limit of 0 or less means no limit. The parts in their
// order hold the whole text. A block that is cut loses the marks of its words; where it had any, all parts tell that they
// are simplified. What is cut off an item is a paragraph: its number stands above it.
func (b Body) Split(limit int) []Body {
	if limit <= 0 || b.Length() <= limit {
		return []Body{b}
	}
	var parts []Body
	var cur []Block
	length := 0 // of cur
	simplified := b.Simplified
	for _, bl := range b.Blocks {
		first := limit
		if n := len(cur); n > 0 { // what is too long in itself begins where there is room, below the line that names its author
			empty := Block{Kind: bl.Kind}
			left := limit - length - gap(cur[n-1], empty) - empty.length()
			if left > limit/2 {
				first = left - 2 // the lines between two blocks
			}
		}
		pieces := splitBlock(bl, first, limit)
		simplified = simplified || len(pieces) > 1 && marked(bl.Runs)
		for _, piece := range pieces {
			add := piece.length()
			if n := len(cur); n > 0 {
				if add += gap(cur[n-1], piece); length+add > limit {
					parts = append(parts, Body{Blocks: cur})
					cur, length, add = nil, 0, piece.length()
				}
			}
			cur, length = append(cur, piece), length+add
		}
	}
	if len(cur) > 0 {
		parts = append(parts, Body{Blocks: cur})
	}
	for i := range parts {
		parts[i].Simplified = simplified
	}
	return parts
}

func (bl Block) length() int { return Body{Blocks: []Block{bl}}.Length() }

// gap is what stands between two blocks of plain text.
func gap(a, b Block) int {
	if a.Kind == ListItem && b.Kind == ListItem {
		return 1
	}
	return 2
}

// splitBlock cuts a block that is longer than limit; the first piece has no more than first characters.
func splitBlock(bl Block, first, limit int) []Block {
	if bl.length() <= limit {
		return []Block{bl}
	}
	text := runsText(bl.Runs)
	var out []Block
	for text != "" {
		room := max(limit-16, 1) // the marks of items and quotations
		piece := bl
		if len(out) == 0 {
			room = max(first-16, 1)
		} else if bl.Kind == ListItem {
			piece = Block{}
		}
		begin := func(room, lineBreak int) int {
			piece.Runs = []Run{{Text: head(text, room, lineBreak)}}
			return piece.length()
		}
		length, lineBreak := begin(room, 1), 1
		if bl.Kind == Quote && length > limit { // each of its lines is marked
			lineBreak = len("\n> ")
			length = begin(room, lineBreak)
		}
		for length > limit && room > 1 { // what is guarded
			room = max(room*limit/length, 1)
			length = begin(room, lineBreak)
		}
		text = text[len(piece.Runs[0].Text):]
		out = append(out, piece)
	}
	return out
}

// head gives the beginning of a text that has no more than room characters, of which a line break counts as many as told.
// It ends at a line end or a space where one is near.
func head(text string, room, lineBreak int) string {
	n := 0
	for i, r := range text {
		if n >= room {
			if cut := strings.LastIndexAny(text[:i], "\n "); cut > i/2 {
				return text[:cut+1]
			}
			return text[:beforeMarks(text, i)]
		}
		if n++; r == '\n' {
			n += lineBreak - 1
		}
	}
	return text
}

// beforeMarks moves a cut back before the letter or sign whose marks or other parts it would tear off.
func beforeMarks(text string, cut int) int {
	for i := cut; i > cut/2; {
		before, size := utf8.DecodeLastRuneInString(text[:i])
		if behind, _ := utf8.DecodeRuneInString(text[i:]); before != joiner && !attached(behind) {
			return i
		}
		i -= size
	}
	return cut
}

// joiner makes one sign of those around it.
const joiner = '\u200d'

// attached reports whether a character belongs to the one before it: a mark, a joiner, a tone of skin, a letter of a flag.
func attached(r rune) bool {
	return unicode.IsMark(r) || r == joiner || '\U0001F3FB' <= r && r <= '\U0001F3FF' || '\U000E0020' <= r && r <= '\U000E007F'
}
