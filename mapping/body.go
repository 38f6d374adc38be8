package mapping

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
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

// maxDepth bounds how deep nested elements are followed; deeper text is kept, its marks are not.
const maxDepth = 200

// HTMLBody reads HTML of any quality. Scripts, styles and comments vanish, unknown elements leave their text, links
// other than http, https, mailto and tel leave their label. Inline images are returned as files.
func HTMLBody(s string) (Body, []File) {
	p := htmlReader{}
	z := nethtml.NewTokenizer(strings.NewReader(s))
	z.SetMaxBuf(0)
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			p.flush()
			return p.body, p.files
		case nethtml.TextToken:
			p.text(string(z.Text()))
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			t := z.Token()
			p.start(t)
			if t.Type == nethtml.SelfClosingTagToken && !voidElements[t.DataAtom] {
				p.end(t)
			}
		case nethtml.EndTagToken:
			p.end(z.Token())
		}
	}
}

var voidElements = map[atom.Atom]bool{atom.Br: true, atom.Img: true, atom.Hr: true, atom.Input: true, atom.Meta: true, atom.Link: true, atom.Wbr: true}

type htmlReader struct {
	body                       Body
	files                      []File
	runs                       []Run
	bold, italic, mono         int
	hidden, pre, quote, header int
	links                      []string
	lists                      []int // next number of an ordered list, -1 for an unordered one
	item                       *Block
}

func (p *htmlReader) start(t nethtml.Token) {
	switch t.DataAtom {
	case atom.Script, atom.Style, atom.Head, atom.Title, atom.Template, atom.Noscript, atom.Svg, atom.Math, atom.Iframe, atom.Object:
		if t.Type == nethtml.StartTagToken {
			p.hidden++
		}
	case atom.Br:
		p.add("\n")
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Table, atom.Tr, atom.Hr, atom.Address, atom.Figure, atom.Header, atom.Footer:
		p.flush()
	case atom.Td, atom.Th:
		p.add(" ")
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		p.flush()
		p.header++
	case atom.B, atom.Strong:
		p.bold++
	case atom.I, atom.Em:
		p.italic++
	case atom.Code, atom.Kbd, atom.Tt, atom.Samp:
		p.mono++
	case atom.Pre:
		p.flush()
		p.pre++
	case atom.Blockquote:
		p.flush()
		p.quote++
	case atom.Ul:
		p.flush()
		if len(p.lists) < maxDepth {
			p.lists = append(p.lists, -1)
		}
	case atom.Ol:
		p.flush()
		if len(p.lists) < maxDepth {
			p.lists = append(p.lists, 1)
		}
	case atom.Li:
		p.flush()
		item := Block{Kind: ListItem}
		if n := len(p.lists); n > 0 && p.lists[n-1] > 0 {
			item.Ordered, item.Number = true, p.lists[n-1]
			p.lists[n-1]++
		}
		p.item = &item
	case atom.A:
		if len(p.links) < maxDepth {
			p.links = append(p.links, safeLink(attr(t, "href")))
		}
	case atom.Img:
		src := attr(t, "src")
		if src == "" || p.hidden > 0 {
			return
		}
		name := attr(t, "alt")
		if name == "" {
			name = fileNameOf(src)
		}
		p.files = append(p.files, File{Name: name, URL: src})
	}
}

func (p *htmlReader) end(t nethtml.Token) {
	down := func(n *int) {
		if *n > 0 {
			*n--
		}
	}
	switch t.DataAtom {
	case atom.Script, atom.Style, atom.Head, atom.Title, atom.Template, atom.Noscript, atom.Svg, atom.Math, atom.Iframe, atom.Object:
		down(&p.hidden)
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Table, atom.Tr, atom.Address, atom.Figure, atom.Header, atom.Footer:
		p.flush()
	case atom.Li:
		p.flush()
		p.item = nil
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		p.flush()
		down(&p.header)
	case atom.B, atom.Strong:
		down(&p.bold)
	case atom.I, atom.Em:
		down(&p.italic)
	case atom.Code, atom.Kbd, atom.Tt, atom.Samp:
		down(&p.mono)
	case atom.Pre:
		p.flush()
		down(&p.pre)
	case atom.Blockquote:
		p.flush()
		down(&p.quote)
	case atom.Ul, atom.Ol:
		p.flush()
		p.item = nil
		if len(p.lists) > 0 {
			p.lists = p.lists[:len(p.lists)-1]
		}
	case atom.A:
		if len(p.links) > 0 {
			p.links = p.links[:len(p.links)-1]
		}
	}
}

var spaces = regexp.MustCompile(`[ \t\r\n\f]+`)

func (p *htmlReader) text(raw string) {
	s := raw // the tokenizer has resolved entities already
	if p.pre == 0 {
		s = spaces.ReplaceAllString(s, " ")
	}
	p.add(s)
}

func (p *htmlReader) add(s string) {
	if p.hidden > 0 || s == "" {
		return
	}
	r := Run{Text: s, Bold: p.bold > 0, Italic: p.italic > 0, Mono: p.mono > 0}
	if n := len(p.links); n > 0 {
		r.Link = p.links[n-1]
	}
	if n := len(p.runs); n > 0 && sameMarks(p.runs[n-1], r) {
		p.runs[n-1].Text += s
		return
	}
	p.runs = append(p.runs, r)
}

func sameMarks(a, b Run) bool {
	return a.Bold == b.Bold && a.Italic == b.Italic && a.Mono == b.Mono && a.Link == b.Link
}

func (p *htmlReader) flush() {
	runs := p.runs
	p.runs = nil
	if p.pre == 0 {
		runs = tidy(runs)
	}
	if !hasInk(runs) {
		return
	}
	b := Block{Runs: runs}
	switch {
	case p.pre > 0:
		b.Kind = Code
	case p.item != nil:
		b.Kind, b.Ordered, b.Number = p.item.Kind, p.item.Ordered, p.item.Number
	case p.quote > 0:
		b.Kind = Quote
	case p.header > 0:
		b.Kind = Heading
	}
	p.body.Blocks = append(p.body.Blocks, b)
}

// tidy takes away the white space at both ends of a paragraph and around its line breaks.
func tidy(runs []Run) []Run {
	for len(runs) > 0 {
		if runs[0].Text = strings.TrimLeft(runs[0].Text, " \n"); runs[0].Text != "" {
			break
		}
		runs = runs[1:]
	}
	for len(runs) > 0 {
		n := len(runs) - 1
		if runs[n].Text = strings.TrimRight(runs[n].Text, " \n"); runs[n].Text != "" {
			break
		}
		runs = runs[:n]
	}
	for i := range runs {
		runs[i].Text = lineEdges.ReplaceAllString(runs[i].Text, "\n")
	}
	return runs
}

var lineEdges = regexp.MustCompile(` *\n *`)

func hasInk(runs []Run) bool {
	for _, r := range runs {
		if strings.TrimSpace(r.Text) != "" {
			return true
		}
	}
	return false
}

func attr(t nethtml.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}

func safeLink(href string) string {
	low := strings.ToLower(href)
	for _, scheme := range []string{"https://", "http://", "mailto:", "tel:"} {
		if strings.HasPrefix(low, scheme) && !strings.ContainsAny(href, " \t\r\n\"<>`") {
			return href
		}
	}
	return ""
}

func fileNameOf(src string) string {
	s, _, _ := strings.Cut(src, "?")
	s = s[strings.LastIndex(s, "/")+1:]
	if s == "" || len(s) > 120 || strings.HasPrefix(src, "data:") {
		return "image"
	}
	return s
}

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
		for _, piece := range splitBlock(bl, limit) {
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

func splitBlock(bl Block, limit int) []Block {
	if utf8.RuneCountInString(Body{Blocks: []Block{bl}}.Text()) <= limit {
		return []Block{bl}
	}
	room := max(limit-16, 1) // the marks of items and quotations
	text := runsText(bl.Runs)
	var out []Block
	for text != "" {
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
