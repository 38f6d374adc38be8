package mapping

import (
	"regexp"
	"strings"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

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
