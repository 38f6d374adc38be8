package mapping

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Body is formatted text in a small neutral dialect: paragraphs of runs, each run with its marks. It can only be
// rendered to escaped HTML or to plain text, so nothing executable passes through it.
type Body struct {
	Blocks []Block
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
		label := ""
		for ; i < len(runs) && runs[i].Link == link; i++ {
			label += runs[i].Text
		}
		i--
		out.WriteString(label)
		if plain := strings.TrimSpace(label); plain != link && "mailto:"+plain != link && "tel:"+plain != link && plain+"/" != link {
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
			out.WriteString("<pre>" + html.EscapeString(t.String()) + "</pre>")
		case Heading:
			out.WriteString("<p><b>" + runsHTML(bl.Runs) + "</b></p>")
		default:
			out.WriteString("<p>" + runsHTML(bl.Runs) + "</p>")
		}
	}
	closeList()
	return out.String()
}

func runsHTML(runs []Run) string {
	var out strings.Builder
	for _, r := range runs {
		t := strings.ReplaceAll(html.EscapeString(r.Text), "\n", "<br>")
		if r.Mono {
			t = "<code>" + t + "</code>"
		}
		if r.Italic {
			t = "<i>" + t + "</i>"
		}
		if r.Bold {
			t = "<b>" + t + "</b>"
		}
		if r.Link != "" {
			t = `<a href="` + html.EscapeString(r.Link) + `">` + t + "</a>"
		}
		out.WriteString(t)
	}
	return out.String()
}

// Formatted reports whether plain text would lose something of the body's form.
func (b Body) Formatted() bool {
	for _, bl := range b.Blocks {
		if bl.Kind != Paragraph {
			return true
		}
		for _, r := range bl.Runs {
			if r.Bold || r.Italic || r.Mono || r.Link != "" && r.Link != strings.TrimSpace(r.Text) {
				return true
			}
		}
	}
	return false
}

// Append returns b followed by the blocks of the others.
func (b Body) Append(others ...Body) Body {
	out := Body{Blocks: append([]Block(nil), b.Blocks...)}
	for _, o := range others {
		out.Blocks = append(out.Blocks, o.Blocks...)
	}
	return out
}

// Guarded renders the body as plain text that reads the same under a desk that takes it for text and under one that
// takes it for HTML: a zero-width space keeps "<" and "&" from beginning an element or an entity.
func (b Body) Guarded() string { return guard.ReplaceAllString(b.Text(), "$1\u200b$2") }

var guard = regexp.MustCompile(`([<&])([A-Za-z/!?#])`)

// Split cuts the body into parts whose plain text has at most limit runes each, at block borders where possible, then
// at line ends and spaces. A limit of 0 or less means no limit. The parts in their order hold the whole text.
func (b Body) Split(limit int) []Body {
	if limit <= 0 || utf8.RuneCountInString(b.Text()) <= limit {
		return []Body{b}
	}
	var parts []Body
	var cur Body
	for _, bl := range b.Blocks {
		first := limit
		if len(cur.Blocks) > 0 { // what is too long in itself begins where there is room, below the line that names its author
			left := limit - utf8.RuneCountInString(cur.Append(Body{Blocks: []Block{{Kind: bl.Kind}}}).Text())
			if left > limit/2 {
				first = left - 2 // the lines between two blocks
			}
		}
		for _, piece := range splitBlock(bl, first, limit) {
			next := cur.Append(Body{Blocks: []Block{piece}})
			if len(cur.Blocks) > 0 && utf8.RuneCountInString(next.Text()) > limit {
				parts = append(parts, cur)
				next = Body{Blocks: []Block{piece}}
			}
			cur = next
		}
	}
	if len(cur.Blocks) > 0 {
		parts = append(parts, cur)
	}
	return parts
}

// splitBlock cuts a block that is longer than limit; the first piece has no more than first characters.
func splitBlock(bl Block, first, limit int) []Block {
	if utf8.RuneCountInString(Body{Blocks: []Block{bl}}.Text()) <= limit {
		return []Block{bl}
	}
	text := runsText(bl.Runs)
	var out []Block
	for text != "" {
		room := max(limit-16, 1) // the marks of items and quotations
		if len(out) == 0 {
			room = max(first-16, 1)
		}
		head := text
		if utf8.RuneCountInString(text) > room {
			end, n := 0, 0
			for i := range text {
				if n == room {
					end = i
					break
				}
				n++
			}
			if cut := strings.LastIndexAny(text[:end], "\n "); cut > end/2 {
				end = cut + 1
			}
			head = text[:end]
		}
		text = text[len(head):]
		out = append(out, Block{Kind: bl.Kind, Ordered: bl.Ordered, Number: bl.Number, Runs: []Run{{Text: head}}})
	}
	return out
}
