package mapping

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Bounds of what is made of hostile HTML, so that time and memory grow with its length only. Words are kept beyond each.
const (
	maxDepth  = 200     // nested lists that are followed; what lies deeper is numbered like the outer ones
	maxPieces = 100_000 // runs and blocks; what follows stands in the last block, without marks, on lines of its own
	maxFiles  = 500     // inline images; a line tells of those that follow
	maxName   = 120     // characters of an image's name
	maxNumber = 1 << 20 // from which no list is counted
	linkSpare = 1 << 16 // bytes of addresses, besides the length of the HTML: one <a> around very many paragraphs repeats its own
)

// HTMLBody reads HTML of any quality. Scripts, styles and comments vanish, unknown elements leave their text, links
// other than http, https, mailto and tel leave their label, films, sounds and embedded pages a link. Inline images are returned as files, in their order. No document
// of either desk names a way to put a file into a text, so of those behind which the text goes on the first ImagePlace
// stands for the first, and so on; those at the end follow the text anyway.
func HTMLBody(s string) (Body, []File) {
	p := readHTML(s, 0)
	if p.within > 0 { // only what follows an image tells whether its place is to be marked
		p = readHTML(s, p.within)
	}
	return p.body, p.files
}

// ImagePlace stands in a text where an image was.
const ImagePlace = "\U0001F5BC"

// readHTML marks the places of the first images.
func readHTML(s string, marked int) *htmlReader {
	p := &htmlReader{z: nethtml.NewTokenizer(strings.NewReader(s)), links: len(s) + linkSpare, marked: marked}
	p.z.SetMaxBuf(0)
	for {
		switch p.z.Next() {
		case nethtml.ErrorToken:
			p.closeLink()
			p.cut()
			return p
		case nethtml.TextToken:
			p.text(string(p.z.Text()))
		case nethtml.StartTagToken:
			p.start(p.name())
		case nethtml.SelfClosingTagToken:
			if name := p.name(); name == atom.Iframe {
				p.media(p.attr("src")["src"])
			} else if !hides[name] { // what hides cannot be closed so: its text is kept rather than lost
				p.start(name)
				if !voidElements[name] {
					p.end(name)
				}
			}
		case nethtml.EndTagToken:
			p.end(p.name())
		}
	}
}

var voidElements = map[atom.Atom]bool{atom.Br: true, atom.Img: true, atom.Hr: true, atom.Input: true, atom.Meta: true, atom.Link: true, atom.Wbr: true}

// hides are the elements whose text nobody sees.
var hides = map[atom.Atom]bool{atom.Script: true, atom.Style: true, atom.Title: true, atom.Template: true, atom.Iframe: true}

// formless are the elements of which the text alone is kept.
var formless = map[atom.Atom]bool{
	atom.S: true, atom.Del: true, atom.Strike: true, atom.Sup: true, atom.Sub: true, atom.U: true, atom.Ins: true, atom.Table: true,
}

// ownLines are the elements that stand in lines of their own (HTML Living Standard, 15.3) and mean nothing more here.
var ownLines = map[atom.Atom]bool{
	atom.P: true, atom.Div: true, atom.Section: true, atom.Article: true, atom.Main: true, atom.Aside: true, atom.Nav: true,
	atom.Header: true, atom.Footer: true, atom.Hgroup: true, atom.Address: true, atom.Center: true, atom.Search: true, atom.Hr: true,
	atom.Table: true, atom.Tr: true, atom.Caption: true, atom.Figure: true, atom.Figcaption: true,
	atom.Dl: true, atom.Dt: true, atom.Dd: true, atom.Dir: true, atom.Menu: true,
	atom.Form: true, atom.Fieldset: true, atom.Legend: true, atom.Details: true, atom.Summary: true, atom.Dialog: true,
	atom.Optgroup: true, atom.Option: true, atom.Listing: true, atom.Plaintext: true, atom.Xmp: true,
}

// breakOut are the elements that end drawings and formulas which nobody has closed, as browsers do it: what follows is
// seen (HTML Standard, 13.2.6.5).
var breakOut = map[atom.Atom]bool{
	atom.B: true, atom.Big: true, atom.Blockquote: true, atom.Body: true, atom.Br: true, atom.Center: true, atom.Code: true, atom.Dd: true,
	atom.Div: true, atom.Dl: true, atom.Dt: true, atom.Em: true, atom.Embed: true, atom.H1: true, atom.H2: true, atom.H3: true,
	atom.H4: true, atom.H5: true, atom.H6: true, atom.Head: true, atom.Hr: true, atom.I: true, atom.Img: true, atom.Li: true,
	atom.Menu: true, atom.Meta: true, atom.Ol: true, atom.P: true, atom.Pre: true, atom.S: true, atom.Small: true, atom.Span: true,
	atom.Strike: true, atom.Strong: true, atom.Sub: true, atom.Sup: true, atom.Table: true, atom.Tt: true, atom.U: true, atom.Ul: true,
}

type htmlReader struct {
	z                          *nethtml.Tokenizer
	body                       Body
	files                      []File
	runs                       []Run
	last                       strings.Builder // text of the last of the runs
	bold, italic, mono         int
	hidden, pre, quote, header int
	foreign                    int    // depth within svg
	formulas                   int    // depth within math
	link                       string // of the open <a>; there is never one within another
	links                      int    // bytes of addresses that may still be written
	pieces                     int
	crowded                    bool  // there are more images than are carried
	within                     int   // how many of the files are known to stand within the text
	marked                     int   // of how many of the files the text tells the places
	lists                      []int // next number of an ordered list, -1 for an unordered one
	item                       *Block
	itemAt                     int    // how many blocks there were when the item had begun; 0 if it has not
	lost                       int    // depth within elements whose form is not kept
	raised, cited              int    // depth within sup and q
	dropped                    bool   // the open <a> has an address that is not carried
	pictured, worded           bool   // the open <a> holds an image, and words
	playing                    bool   // a film or a sound is open that has not told its address yet
	object                     string // the address of the open object
}

func (p *htmlReader) name() atom.Atom {
	name, _ := p.z.TagName()
	return atom.Lookup(name)
}

func (p *htmlReader) start(name atom.Atom) {
	if breakOut[name] {
		p.foreign, p.formulas = 0, 0
	}
	if name == atom.Iframe {
		p.media(p.attr("src")["src"])
	}
	if hides[name] {
		p.hidden++
	}
	if ownLines[name] {
		p.flush()
	}
	if formless[name] {
		p.lost++
	}
	switch name {
	case atom.Sup:
		p.raised++
	case atom.Q:
		p.cited++
		p.add("“")
	case atom.Noscript:
		p.z.NextIsNotRawText() // nor is it hidden: whoever reads here runs no scripts
	case atom.Video, atom.Audio:
		p.playing = !p.media(p.attr("src")["src"])
	case atom.Source:
		if p.playing { // one of several forms of the same
			p.playing = !p.media(p.attr("src")["src"])
		}
	case atom.Embed:
		p.media(p.attr("src")["src"])
	case atom.Object:
		data := p.attr("data")["data"]
		p.media(data)
		p.object = safeLink(data)
	case atom.Area:
		if href := p.attr("href")["href"]; !strings.HasPrefix(href, "#") {
			p.media(href)
		}
	case atom.Input:
		p.input()
	case atom.Svg:
		p.foreign++
	case atom.Math:
		p.formulas++
	case atom.Br:
		p.add("\n")
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
		from := p.ordered()
		if len(p.lists) < maxDepth {
			p.lists = append(p.lists, from)
		}
	case atom.Li:
		p.flush()
		item := Block{Kind: ListItem}
		if n := len(p.lists); n > 0 && p.lists[n-1] > 0 {
			if given, ok := listNumber(p.attr("value")["value"]); ok && given != p.lists[n-1] {
				p.lists[n-1] = given
				p.simplify()
			}
			item.Ordered, item.Number = true, p.lists[n-1]
			p.lists[n-1]++
		}
		p.item, p.itemAt = &item, 0
	case atom.A:
		p.closeLink()
		href := p.attr("href")["href"]
		p.link = safeLink(href)
		p.dropped = p.link == "" && href != "" && href[0] != '#' // which leads nowhere but into the text itself
	case atom.Img:
		p.image()
	}
}

// ordered gives the first number of an ordered list.
func (p *htmlReader) ordered() int {
	a := p.attr("start", "type", "reversed")
	from, ok := listNumber(a["start"])
	if !ok {
		from = 1
	}
	_, reversed := a["reversed"]
	if a["start"] != "" && a["start"] != "1" || a["type"] != "" && a["type"] != "1" || reversed {
		p.simplify()
	}
	return from
}

func listNumber(given string) (number int, ok bool) {
	if given == "" {
		return 0, false
	}
	n, err := strconv.Atoi(given)
	return n, err == nil && 1 <= n && n <= maxNumber
}

// simplify tells that the form of what is seen is lost.
func (p *htmlReader) simplify() { p.body.Simplified = p.body.Simplified || !p.unseen() }

// input writes what a field or a button of a form shows.
func (p *htmlReader) input() {
	a := p.attr("type", "value")
	switch strings.ToLower(a["type"]) {
	case "", "text", "submit", "button", "reset":
		if a["value"] != "" {
			p.add(" " + a["value"] + " ")
			p.simplify()
		}
	}
}

// closeLink writes the address of a link that holds nothing but images, which follow as files.
func (p *htmlReader) closeLink() {
	if p.pictured && !p.worded {
		p.body.Simplified = p.body.Simplified || p.dropped
		if p.link != "" {
			p.addressLine(p.link, p.write)
		}
	}
	p.link, p.dropped, p.pictured, p.worded = "", false, false, false
}

// addressLine writes an address on a line of its own.
func (p *htmlReader) addressLine(address string, write func(string)) {
	around := p.link
	p.link = ""
	if n := p.last.Len(); n > 0 && p.last.String()[n-1] != '\n' {
		write("\n")
	}
	p.link = address
	write(address)
	p.link = ""
	write("\n")
	p.link = around
}

// unseen is what stands within something that nobody sees.
func (p *htmlReader) unseen() bool { return p.hidden > 0 || p.foreign > 0 }

// media leaves the address of a film, a sound or an embedded page as a link on a line of its own, if it has one that is safe.
func (p *htmlReader) media(given string) bool {
	if given == "" || p.unseen() {
		return false
	}
	src := safeLink(given)
	if !strings.HasPrefix(strings.ToLower(src), "http") {
		p.body.Simplified = true
		return false
	}
	if src != p.object { // within an object stands the same for those who cannot show it
		p.addressLine(src, p.add)
	}
	return true
}

func (p *htmlReader) image() {
	a := p.attr("src", "srcset", "alt")
	src, name := a["src"], a["alt"]
	if all := strings.Fields(a["srcset"]); src == "" && len(all) > 0 {
		src = strings.TrimRight(all[0], ",") // the first of several sizes
	}
	if strings.HasPrefix(src, "//") {
		src = "https:" + src
	}
	if src == "" {
		p.add(name) // which is shown instead
		return
	}
	p.pictured = !p.unseen()
	switch {
	case p.unseen() || p.crowded:
		return
	case len(p.files) == maxFiles:
		p.crowded = true
		p.flush()
		p.write("[further images: see the original conversation]")
		p.flush()
		return
	case len(p.files) < p.marked:
		p.write(" " + ImagePlace + " ")
	}
	p.files = append(p.files, File{Name: imageName(name, fileNameOf(src)), URL: src})
}

// imageName is the description of an image with the extension of its file; the name of the file where it has no description.
func imageName(description, file string) string {
	name := strings.Join(strings.Fields(description), " ")
	if name == "" {
		return file
	}
	ext := path.Ext(file)
	switch own := path.Ext(name); {
	case own == ext || imageExtensions[strings.ToLower(own)]:
		name, ext = strings.TrimSuffix(name, own), own
	case ext == "": // what stands behind the last dot is none
		name = strings.TrimSuffix(name, own) + strings.Replace(own, ".", "_", 1)
	}
	if letters := []rune(name); len(letters) > maxName {
		name = strings.TrimSpace(string(letters[:maxName]))
	}
	return name + ext
}

var imageExtensions = map[string]bool{
	".png": true, ".jpg": true, ".jpeg": true, ".gif": true, ".webp": true, ".bmp": true, ".svg": true, ".tif": true, ".tiff": true,
	".heic": true, ".heif": true, ".avif": true, ".ico": true,
}

func (p *htmlReader) end(name atom.Atom) {
	down := func(n *int) {
		if *n > 0 {
			*n--
		}
	}
	if hides[name] {
		down(&p.hidden)
	}
	if ownLines[name] {
		p.flush()
	}
	if formless[name] {
		down(&p.lost)
	}
	switch name {
	case atom.Sup:
		down(&p.raised)
	case atom.Q:
		if p.cited > 0 {
			p.add("”")
		}
		down(&p.cited)
	case atom.Video, atom.Audio:
		p.playing = false
	case atom.Object:
		p.object = ""
	case atom.Svg:
		down(&p.foreign)
	case atom.Math:
		down(&p.formulas)
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
		p.closeLink()
	}
}

// oneSpace makes every run of white space one space, as a browser shows it.
func oneSpace(s string) string {
	out, blank := make([]byte, 0, len(s)), false
	for i := range len(s) {
		switch s[i] {
		case ' ', '\t', '\r', '\n', '\f':
			if !blank {
				out = append(out, ' ')
			}
			blank = true
		default:
			out, blank = append(out, s[i]), false
		}
	}
	return string(out)
}

func (p *htmlReader) text(raw string) {
	s := raw // the tokenizer has resolved entities already
	if p.pre == 0 {
		s = oneSpace(s)
	}
	if p.raised > 0 && power.MatchString(s) {
		s = "^" + s // or 10 to the power of 6 would be 106
	}
	p.add(s)
}

var power = regexp.MustCompile(`^[+−-]?[0-9]+$`)

func (p *htmlReader) add(s string) {
	if p.unseen() || s == "" {
		p.body.Simplified = p.body.Simplified || p.hidden == 0 && strings.TrimSpace(s) != "" // words of a drawing
		return
	}
	if p.within < len(p.files) && strings.TrimSpace(s) != "" {
		for ; p.within < len(p.files); p.within++ {
			p.files[p.within].Within = true
		}
	}
	p.write(s)
}

func (p *htmlReader) write(s string) {
	r := Run{Bold: p.bold > 0, Italic: p.italic > 0, Mono: p.mono > 0, Link: p.link}
	p.worded = p.worded || strings.TrimSpace(s) != ""
	if !p.body.Simplified && (p.lost > 0 || p.formulas > 0 || p.dropped || p.item != nil && len(p.lists) > 1) {
		p.body.Simplified = strings.TrimSpace(s) != ""
	}
	if n := len(p.runs); n > 0 && (sameMarks(p.runs[n-1], r) || p.pieces >= maxPieces) {
		p.body.Simplified = p.body.Simplified || !sameMarks(p.runs[n-1], r)
		p.last.WriteString(s)
		return
	}
	p.finish()
	if p.links -= len(r.Link); p.links < 0 && r.Link != "" {
		r.Link, p.body.Simplified = "", true
	}
	p.pieces++
	p.runs = append(p.runs, r)
	p.last.WriteString(s)
}

// finish gives the last run its text.
func (p *htmlReader) finish() {
	if n := len(p.runs); n > 0 {
		p.runs[n-1].Text = unguardAddresses(p.last.String())
		p.last.Reset()
	}
}

func sameMarks(a, b Run) bool {
	return a.Bold == b.Bold && a.Italic == b.Italic && a.Mono == b.Mono && a.Link == b.Link
}

// flush ends a block, unless there are so many that it is only a line.
func (p *htmlReader) flush() {
	if p.pieces >= maxPieces {
		p.simplify()
		p.add("\n")
		return
	}
	p.cut()
}

func (p *htmlReader) cut() {
	p.finish()
	runs := p.runs
	p.runs = nil
	if p.pre == 0 {
		runs = tidy(runs)
	}
	if !hasInk(runs) {
		return
	}
	if !p.joins() {
		p.body.Blocks = append(p.body.Blocks, p.block(runs))
		return
	}
	runs[0].Text = "\n" + runs[0].Text
	last := &p.body.Blocks[len(p.body.Blocks)-1]
	last.Runs = append(last.Runs, runs...)
}

// joins reports whether what follows is a further paragraph of the item that stands last.
func (p *htmlReader) joins() bool {
	if p.item == nil || p.itemAt == 0 || p.itemAt != len(p.body.Blocks) || p.pre > 0 {
		return false
	}
	return (p.quote > 0) == (p.body.Blocks[p.itemAt-1].Kind == Quote)
}

// block makes a block of words. The first of an item has its mark. What is quoted keeps the mark of that, whatever else it is.
func (p *htmlReader) block(runs []Run) Block {
	begins := p.item != nil && p.itemAt == 0
	switch {
	case p.pre > 0:
		p.body.Simplified = p.body.Simplified || begins || p.quote > 0
		if p.quote > 0 {
			runs = quotedLines(runs)
		}
		return Block{Kind: Code, Runs: runs}
	case begins:
		p.itemAt = len(p.body.Blocks) + 1
		if p.quote == 0 {
			return Block{Kind: p.item.Kind, Ordered: p.item.Ordered, Number: p.item.Number, Runs: runs}
		}
		p.body.Simplified = true
		return Block{Kind: Quote, Runs: append([]Run{{Text: p.item.mark()}}, runs...)}
	case p.quote > 0:
		p.body.Simplified = p.body.Simplified || p.quote > 1
		return Block{Kind: Quote, Runs: runs}
	case p.header > 0:
		return Block{Kind: Heading, Runs: runs}
	}
	return Block{Runs: runs}
}

// quotedLines marks each line as Text does with those of a quotation.
func quotedLines(runs []Run) []Run {
	for i := range runs {
		runs[i].Text = strings.ReplaceAll(runs[i].Text, "\n", "\n> ")
	}
	return append([]Run{{Text: "> "}}, runs...)
}

// tidy takes away the white space at both ends of a paragraph and around its line breaks, and leaves one space where there
// are several, whatever elements lie between them.
func tidy(runs []Run) []Run {
	out := runs[:0]
	for _, r := range runs {
		if strings.Contains(r.Text, "  ") {
			r.Text = manySpaces.ReplaceAllString(r.Text, " ")
		}
		if strings.Contains(r.Text, "\n") {
			r.Text = lineEdges.ReplaceAllString(r.Text, "\n")
		}
		if len(out) == 0 || strings.HasSuffix(out[len(out)-1].Text, " ") || strings.HasSuffix(out[len(out)-1].Text, "\n") {
			r.Text = strings.TrimPrefix(r.Text, " ")
		}
		if len(out) == 0 {
			r.Text = strings.TrimLeft(r.Text, "\n")
		}
		if strings.HasPrefix(r.Text, "\n") {
			out = trimEnd(out, " ")
		}
		if r.Text != "" {
			out = append(out, r)
		}
	}
	out = trimEnd(out, " \n")
	for i, r := range out {
		if strings.Contains(r.Text, noBreakSpace) {
			out[i].Text = unkeepSpaces(r.Text, beginsLine(out, i))
		}
	}
	return out
}

// trimEnd takes characters off the end of a paragraph.
func trimEnd(runs []Run, cutset string) []Run {
	for n := len(runs) - 1; n >= 0; n-- {
		if runs[n].Text = strings.TrimRight(runs[n].Text, cutset); runs[n].Text != "" {
			return runs[:n+1]
		}
	}
	return nil
}

var (
	lineEdges  = regexp.MustCompile(` *\n *`)
	manySpaces = regexp.MustCompile(` {2,}`)
)

func hasInk(runs []Run) bool {
	for _, r := range runs {
		if strings.TrimSpace(r.Text) != "" {
			return true
		}
	}
	return false
}

// attr reads the named attributes of the present element; of one that is given twice the first counts.
func (p *htmlReader) attr(names ...string) map[string]string {
	var got map[string]string
	for more := true; more; {
		var key, val []byte
		key, val, more = p.z.TagAttr()
		if name := string(key); slices.Contains(names, name) {
			if got == nil {
				got = map[string]string{}
			}
			if _, twice := got[name]; !twice {
				got[name] = strings.TrimSpace(string(val))
			}
		}
	}
	return got
}

// safeLink gives an address that may be written, as a browser takes it: without a scheme it is of the web, and a blank in it
// is escaped. It is empty for any other.
func safeLink(href string) string {
	if len(href) > 2 && strings.HasPrefix(href, "//") && href[2] != '/' {
		href = "https:" + href
	}
	href = strings.ReplaceAll(href, " ", "%20")
	low := strings.ToLower(href)
	for _, scheme := range []string{"https://", "http://", "mailto:", "tel:"} {
		if strings.HasPrefix(low, scheme) && !strings.ContainsAny(href, "\t\r\n\"<>`") {
			return unguardAddresses(href)
		}
	}
	return ""
}

func fileNameOf(src string) string {
	s, _, _ := strings.Cut(src, "#")
	s, _, _ = strings.Cut(s, "?")
	s = s[strings.LastIndex(s, "/")+1:]
	if s == "" || len(s) > 120 || strings.HasPrefix(src, "data:") {
		return "image"
	}
	return s
}
