package dashly

import (
	"regexp"
	"slices"
	"strings"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/deskbridge/deskbridge/mapping"
)

// A body may be text or HTML, and no document says which (U43). Text that names elements loses these words if it is read as
// HTML; HTML that is read as text shows its elements, and what it hides. What people type is escaped within HTML.
var (
	// freeVia are the ways, besides automatic ones, in which any HTML may come: what the bridge sends holds no element unless the
	// desk makes one. In other ways people write text, as far as samples show; a site that keeps it as HTML all the same wraps it.
	freeVia = []string{"email_user", "email_admin", "api", ""}
	// blank is the HTML of a text without a word, and padded such a one as editors leave it.
	blank  = regexp.MustCompile(`(?i)^(\s|&nbsp;|</?(p|br|div|span)\s*/?>)*$`)
	padded = regexp.MustCompile(`(?is)^\s*<(p|div)>.*(<br\s*/?>|&nbsp;).*</(p|div)>\s*$`)
	// office are the elements of Word's own, as in <o:p>.
	office = regexp.MustCompile(`^[a-z][a-z0-9]{0,2}:[a-z]+$`)
	// named is an address in angle brackets: of a person or of the web.
	named = regexp.MustCompile(`(?i)^</?([^\s<>]*[@.]|[a-z]+:[^a-z])`)
	// commentEnd ends what begins with <!--.
	commentEnd = regexp.MustCompile(`--!?>$`)
)

// wraps are the elements in which a whole text stands.
var wraps = map[atom.Atom]bool{
	atom.P: true, atom.Div: true, atom.Ul: true, atom.Ol: true, atom.Blockquote: true, atom.Pre: true, atom.Table: true,
	atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true,
}

// hides are the elements whose text nobody sees.
var hides = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Title: true, atom.Template: true, atom.Noscript: true, atom.Iframe: true, atom.Object: true,
}

var voids = map[atom.Atom]bool{
	atom.Area: true, atom.Base: true, atom.Br: true, atom.Col: true, atom.Embed: true, atom.Hr: true, atom.Img: true, atom.Input: true,
	atom.Link: true, atom.Meta: true, atom.Param: true, atom.Source: true, atom.Track: true, atom.Wbr: true,
}

func bodyOf(p Part) (body mapping.Body, files []mapping.File, doubtful bool) {
	files = filesOf(p)
	text, m := string(p.Body), readMarkup(string(p.Body))
	if !m.isHTML(slices.Contains(freeVia, string(p.SentVia)) || originOf(string(p.SentVia)).Automatic) {
		return mapping.PlainBody(text), files, m.doubtful()
	}
	body, inline := mapping.HTMLBody(m.html)
	if body.IsEmpty() && len(inline) == 0 && !blank.MatchString(text) {
		return mapping.PlainBody(text), files, m.doubtful() // it speaks of elements
	}
	body.Simplified = body.Simplified || m.hidden || m.odd || !m.closed || !m.marked() // words may have been elements
	for _, f := range inline {
		if i := slices.IndexFunc(files, func(g mapping.File) bool { return g.URL == f.URL }); i >= 0 {
			files[i].Within = files[i].Within || f.Within
		} else {
			files = append(files, f)
		}
	}
	return body, files, false
}

func filesOf(p Part) (files []mapping.File) {
	for _, a := range p.Attachments {
		if a.ID == "" && a.URL == "" && a.Filename == "" && !a.Odd {
			continue
		}
		files = append(files, mapping.File{ID: string(a.ID), Name: string(a.Filename), Type: string(a.MimeType), Size: int64(a.Size), URL: string(a.URL), Attached: true})
	}
	return files
}

// markup is what the elements of a body tell about whether it is HTML.
type markup struct {
	html string // the body, with addresses in angle brackets as words
	rest string // the body without what HTML hides
	// first and last are the elements of HTML with which rest begins and ends, 0 where it is something else.
	first, last atom.Atom
	known       bool // rest has elements of HTML
	odd         bool // and something in angle brackets that HTML does not know
	closed      bool // what begins ends, and nothing else does
	hidden      bool // there is what HTML hides
	secret      bool // among it may be words: those of a comment, not of a style or script
	outer       bool // with it the body begins or ends
}

// marked reports whether rest begins and ends with an element of HTML.
func (m markup) marked() bool { return m.first != 0 && m.last != 0 }

// isHTML judges by what is left without the hidden parts, which may be no more than what an agent writes about. In a free form
// every element counts, as long as nothing is hidden; what people write elsewhere is wrapped, if it is HTML.
func (m markup) isHTML(free bool) bool {
	switch {
	case !mapping.LooksLikeHTML(m.rest):
		return false
	case free:
		return !m.hidden || m.closed || m.marked()
	case blank.MatchString(m.rest):
		return padded.MatchString(m.rest)
	}
	return wraps[m.first] && wraps[m.last] && m.closed && !m.odd
}

// doubtful reports whether a body that is read as text may be HTML which keeps words from its reader. A comment within words,
// and nothing else, is what somebody writes about.
func (m markup) doubtful() bool { return m.secret && (m.known || m.outer) }

// readMarkup reads a body as a browser would, whatever it is.
func readMarkup(body string) markup {
	r := markupReader{markup: markup{closed: true}, open: map[atom.Atom]int{}}
	z := nethtml.NewTokenizer(strings.NewReader(body))
	for {
		kind := z.Next()
		raw := string(z.Raw())
		switch kind {
		case nethtml.ErrorToken:
			r.words(raw)
			return r.end(raw == "")
		case nethtml.TextToken:
			r.words(raw)
		case nethtml.DoctypeToken:
			r.html.WriteString(raw)
		case nethtml.CommentToken:
			r.comment(raw)
		default:
			name, _ := z.TagName()
			r.tag(kind, string(name), raw)
		}
	}
}

type markupReader struct {
	markup
	html, rest strings.Builder
	open       map[atom.Atom]int // how often each element is open
	within     []atom.Atom       // the open elements that hide
	begun      bool              // rest has something in it
	unended    bool              // a comment goes on to the end
	lastHidden bool
}

// seen adds something that HTML shows; element is 0 for words.
func (r *markupReader) seen(raw string, element atom.Atom) {
	r.rest.WriteString(raw)
	if element == 0 && strings.TrimSpace(raw) == "" {
		return
	}
	if !r.begun {
		r.first, r.begun = element, true
	}
	r.last, r.lastHidden = element, false
}

func (r *markupReader) hide() {
	r.hidden, r.lastHidden, r.outer = true, true, r.outer || !r.begun
}

func (r *markupReader) words(raw string) {
	r.html.WriteString(raw)
	if n := len(r.within); n > 0 {
		r.secret = r.secret || r.within[n-1] != atom.Script && r.within[n-1] != atom.Style && strings.TrimSpace(raw) != ""
		return
	}
	r.seen(raw, 0)
}

// asWords keeps what stands in angle brackets and is no mark-up.
func (r *markupReader) asWords(raw string) {
	r.odd = true
	r.html.WriteString(strings.ReplaceAll(raw, "<", "&lt;"))
	r.seen(raw, 0)
}

func (r *markupReader) comment(raw string) {
	if strings.HasPrefix(raw, "</") && len(r.within) == 0 { // "</3": browsers hide it, and it is none
		r.asWords(raw)
		return
	}
	r.html.WriteString(raw)
	r.hide()
	r.secret, r.unended = true, !strings.HasSuffix(raw, ">") || strings.HasPrefix(raw, "<!--") && !commentEnd.MatchString(raw)
}

func (r *markupReader) tag(kind nethtml.TokenType, name, raw string) {
	element := atom.Lookup([]byte(name))
	drawn := r.open[atom.Svg] > 0 || r.open[atom.Math] > 0 // drawings and formulas have elements of their own
	switch {
	case hides[element] && kind != nethtml.SelfClosingTagToken:
		r.hiding(kind == nethtml.StartTagToken, element)
	case len(r.within) > 0:
	case element == 0 && named.MatchString(raw):
		r.asWords(raw)
		return
	case element == 0:
		r.odd = r.odd || !drawn && !office.MatchString(name)
		r.seen(raw, 0)
	default:
		r.known = true
		r.count(kind, element)
		r.seen(raw, element)
	}
	r.html.WriteString(raw)
}

// hiding begins or ends what an element hides.
func (r *markupReader) hiding(begins bool, element atom.Atom) {
	r.hide()
	switch n := len(r.within); {
	case begins:
		r.within = append(r.within, element)
	case n > 0:
		r.within = r.within[:n-1]
	default:
		r.closed = false
	}
}

// count follows what is open.
func (r *markupReader) count(kind nethtml.TokenType, element atom.Atom) {
	switch {
	case voids[element] || kind == nethtml.SelfClosingTagToken:
	case kind == nethtml.StartTagToken:
		r.open[element]++
	case r.open[element] > 0:
		r.open[element]--
	default:
		r.closed = false
	}
}

// end judges when all is read; whole tells that the body does not break off within an element.
func (r *markupReader) end(whole bool) markup {
	m := r.markup
	m.html, m.rest = r.html.String(), r.rest.String()
	m.outer = m.outer || r.lastHidden
	for _, n := range r.open {
		m.closed = m.closed && n == 0
	}
	if !whole || r.unended || len(r.within) > 0 { // what hides goes on to the end
		m.closed, m.last = false, 0
	}
	return m
}
