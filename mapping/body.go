package mapping

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
)

// Body is formatted text in a small neutral dialect: paragraphs of runs, each run with its marks. It can only be
// rendered to escaped HTML or to plain text, so nothing executable passes through it.
type Body struct {
	Blocks []Block
	// Simplified tells that form was lost when the body was read, which the dialect has no place for: struck text, tables,
	// lists within lists, lists that do not begin at 1, addresses of links. It is no part of the text.
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
			if bl.Ordered {
				out.WriteString(strconv.Itoa(bl.Number) + ". ")
			} else {
				out.WriteString("• ")
			}
		case Quote:
			t = "> " + strings.ReplaceAll(t, "\n", "\n> ")
		}
		out.WriteString(t)
	}
	return out.String()
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
		out.WriteString(label.String())
		if plain := strings.TrimSpace(label.String()); plain != link && "mailto:"+plain != link && "tel:"+plain != link && plain+"/" != link {
			out.WriteString(" (" + link + ")")
		}
	}
	return out.String()
}

// Words renders the body as its visible words alone, without the marks that Text adds. It is what fingerprints and
// comparisons of text are made of.
func (b Body) Words() string {
	var out strings.Builder
	for _, bl := range b.Blocks {
		for _, r := range bl.Runs {
			out.WriteString(r.Text)
		}
		out.WriteString("\n")
	}
	return out.String()
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
	for _, bl := range b.Blocks {
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
			var t strings.Builder
			for _, r := range bl.Runs {
				t.WriteString(r.Text)
			}
			out.WriteString("<pre>" + nethtml.EscapeString(t.String()) + "</pre>")
		case Heading:
			out.WriteString("<p><b>" + runsHTML(bl.Runs) + "</b></p>")
		default:
			out.WriteString("<p>" + runsHTML(bl.Runs) + "</p>")
		}
	}
	closeList()
	return out.String()
}

// runsHTML escapes as golang.org/x/net/html does, so that whoever parses and renders it again gets the same bytes. One
// <a> holds all runs in a row that have its address.
func runsHTML(runs []Run) string {
	var out strings.Builder
	for i, r := range runs {
		if r.Link != "" && (i == 0 || runs[i-1].Link != r.Link) {
			out.WriteString(`<a href="` + nethtml.EscapeString(r.Link) + `">`)
		}
		t := strings.ReplaceAll(nethtml.EscapeString(r.Text), "\n", "<br>")
		if r.Mono {
			t = "<code>" + t + "</code>"
		}
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
// takes it for HTML: a zero-width space keeps "<" and "&" from beginning an element or an entity.
func (b Body) Guarded() string { return guard.ReplaceAllString(b.Text(), "$1\u200b$2") }

var guard = regexp.MustCompile(`([<&])([A-Za-z/!?#])`)

// Split cuts the body into parts whose plain text has at most limit runes each, at block borders where possible, then
// at line ends and spaces. A limit of 0 or less means no limit. The parts in their order hold the whole text. A block that
// is cut loses the marks of its words; where it had any, all parts tell that they are simplified.
func (b Body) Split(limit int) []Body {
	if limit <= 0 || utf8.RuneCountInString(b.Text()) <= limit {
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

// length is that of the block's plain text in characters.
func (bl Block) length() int { return utf8.RuneCountInString(Body{Blocks: []Block{bl}}.Text()) }

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
		if len(out) == 0 {
			room = max(first-16, 1)
		}
		piece := Block{Kind: bl.Kind, Ordered: bl.Ordered, Number: bl.Number, Runs: []Run{{Text: head(text, room, 1)}}}
		if bl.Kind == Quote && piece.length() > limit { // each of its lines is marked
			piece.Runs[0].Text = head(text, room, len("\n> "))
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
				i = cut + 1
			}
			return text[:i]
		}
		if n++; r == '\n' {
			n += lineBreak - 1
		}
	}
	return text
}
