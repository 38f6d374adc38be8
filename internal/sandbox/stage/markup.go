package stage

import (
	"html"
	"mime"
	"path"
	"regexp"
	"strings"

	nethtml "golang.org/x/net/html"
)

// Plain is HTML as a reader sees it: paragraphs on lines of their own, marks and scripts gone.
func Plain(s string) string {
	var b strings.Builder
	z := nethtml.NewTokenizer(strings.NewReader(s))
	hidden := 0
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			return strings.TrimSpace(manyLines.ReplaceAllString(b.String(), "\n\n"))
		case nethtml.TextToken:
			if hidden == 0 {
				b.WriteString(string(z.Text()))
			}
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			switch name, _ := z.TagName(); string(name) {
			case "br":
				b.WriteString("\n")
			case "script", "style":
				hidden++
			}
		case nethtml.EndTagToken:
			switch name, _ := z.TagName(); string(name) {
			case "p", "div", "li", "h1", "h2", "h3", "blockquote", "pre":
				b.WriteString("\n")
			case "script", "style":
				hidden = max(0, hidden-1)
			}
		}
	}
}

var manyLines = regexp.MustCompile(`\n{3,}`)

// Paragraphs is plain text as HTML: each paragraph in <p>, single line breaks as <br>.
func Paragraphs(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var b strings.Builder
	for _, p := range regexp.MustCompile(`\n\s*\n`).Split(text, -1) {
		if p = strings.Trim(p, "\n"); p != "" {
			b.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(p), "\n", "<br>") + "</p>\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

var looksLikeHTML = regexp.MustCompile(`(?i)</?[a-z][a-z0-9]*(\s[^<>]*)?/?>`)

// HasMarkup reports whether a text holds HTML tags.
func HasMarkup(s string) bool { return looksLikeHTML.MatchString(s) }

// allowed elements, with the attributes that survive.
var allowed = map[string][]string{
	"p": nil, "br": nil, "b": nil, "strong": nil, "i": nil, "em": nil, "ul": nil, "ol": nil, "li": nil, "h1": nil, "h2": nil,
	"code": nil, "pre": nil, "a": {"href"}, "img": {"src"},
}

var blocks = map[string]bool{"p": true, "ul": true, "ol": true, "li": true, "h1": true, "h2": true, "pre": true}

// Sanitise keeps the allowed elements of HTML and puts loose text into paragraphs. <div>, <html>, <body>, comments,
// scripts, classes and data attributes are taken away, and blank lines between blocks are (intercom-api.md 8.6).
func Sanitise(s string) string {
	c := cleaner{}
	z := nethtml.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			c.endLoose()
			return strings.TrimSpace(c.out.String())
		case nethtml.TextToken:
			c.text(string(z.Text()))
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			c.start(z.Token())
		case nethtml.EndTagToken:
			c.end(z.Token().Data)
		}
	}
}

type cleaner struct {
	out           strings.Builder
	hidden, depth int
	loose         bool // inside a paragraph of our own
}

func (c *cleaner) text(s string) {
	if c.hidden > 0 {
		return
	}
	if c.depth == 0 && !c.loose {
		if strings.TrimSpace(s) == "" {
			return
		}
		s = strings.TrimLeft(s, " \n")
	}
	c.beginLoose()
	c.out.WriteString(html.EscapeString(s))
}

func (c *cleaner) beginLoose() {
	if c.depth == 0 && !c.loose {
		c.out.WriteString("<p>")
		c.loose = true
	}
}

func (c *cleaner) endLoose() {
	if c.loose {
		c.out.WriteString("</p>\n")
		c.loose = false
	}
}

func (c *cleaner) start(t nethtml.Token) {
	if t.Data == "script" || t.Data == "style" || t.Data == "head" {
		c.hidden++
		return
	}
	attrs, ok := allowed[t.Data]
	if !ok || c.hidden > 0 {
		if t.Data == "div" {
			c.endLoose()
		}
		return
	}
	if blocks[t.Data] {
		c.endLoose()
		c.depth++
	} else {
		c.beginLoose()
	}
	c.out.WriteString("<" + t.Data)
	for _, a := range t.Attr {
		for _, want := range attrs {
			if a.Key == want && !strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
				c.out.WriteString(" " + a.Key + `="` + html.EscapeString(a.Val) + `"`)
			}
		}
	}
	c.out.WriteString(">")
}

func (c *cleaner) end(name string) {
	if name == "script" || name == "style" || name == "head" {
		c.hidden = max(0, c.hidden-1)
		return
	}
	if _, ok := allowed[name]; !ok || c.hidden > 0 || name == "br" || name == "img" {
		if name == "div" {
			c.endLoose()
		}
		return
	}
	if blocks[name] {
		if c.depth == 0 {
			return
		}
		c.depth--
	}
	c.out.WriteString("</" + name + ">")
	if blocks[name] && c.depth == 0 {
		c.out.WriteString("\n")
	}
}

// TypeOf is the media type of a file: the given one, else by the extension of its name.
func TypeOf(name, given string) string {
	if given != "" {
		return given
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		if base, _, err := mime.ParseMediaType(t); err == nil {
			return base
		}
	}
	return "application/octet-stream"
}
