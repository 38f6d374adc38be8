package mapping_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/internal/thin"
	"github.com/deskbridge/deskbridge/mapping"
)

// hostile are the samples of testdata/hostile.json, which the engine's tests carry from desk to desk as well.
type hostile struct {
	HTML []struct {
		Name, HTML string
		Keeps      string // words that a reader of the text sees
	}
}

func hostileSamples(t *testing.T) (h hostile) {
	t.Helper()
	raw, err := os.ReadFile("testdata/hostile.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &h))
	require.Greater(t, len(h.HTML), 100)
	return h
}

var (
	dialect  = map[string]bool{"p": true, "br": true, "b": true, "i": true, "code": true, "pre": true, "blockquote": true, "ul": true, "ol": true, "li": true, "a": true}
	goodLink = regexp.MustCompile("^(?i:https?://|mailto:|tel:)[^ \t\r\n\"<>`]*$")
)

// foreign names what a browser would find in HTML that is not in the neutral dialect: elements, attributes, links,
// comments. Nothing when all is well.
func foreign(t require.TestingT, html string) (found []string) {
	nodes, err := nethtml.ParseFragment(strings.NewReader(html), &nethtml.Node{Type: nethtml.ElementNode, Data: "body", DataAtom: atom.Body})
	require.NoError(t, err)
	var walk func(n *nethtml.Node)
	walk = func(n *nethtml.Node) {
		switch n.Type {
		case nethtml.TextNode:
		case nethtml.ElementNode:
			if !dialect[n.Data] || n.Namespace != "" {
				found = append(found, "<"+n.Namespace+" "+n.Data+">")
			}
			for _, a := range n.Attr {
				if n.Data != "a" || a.Key != "href" || a.Namespace != "" || !goodLink.MatchString(a.Val) {
					found = append(found, fmt.Sprintf("%s=%q", a.Key, a.Val))
				}
			}
		default:
			found = append(found, fmt.Sprintf("node of type %d: %s", n.Type, n.Data))
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
	}
	for _, n := range nodes {
		walk(n)
	}
	return found
}

// TestNothingHostileIsWritten: of every sample only the neutral dialect is left, however it is rendered, and its words.
func TestNothingHostileIsWritten(t *testing.T) {
	require.NotEmpty(t, foreign(t, `<p onclick=x>`), "the test can fail")
	require.NotEmpty(t, foreign(t, `<a href="javascript:x">`))
	require.NotEmpty(t, foreign(t, `<img src=x>`))
	require.NotEmpty(t, foreign(t, `<!-- x -->`))
	for _, s := range hostileSamples(t).HTML {
		t.Run(s.Name, func(t *testing.T) {
			body, files := mapping.HTMLBody(s.HTML)
			require.Empty(t, foreign(t, body.HTML()), "%s", body.HTML())
			require.Contains(t, strings.Join(strings.Fields(body.Words()), " "), s.Keeps)
			again, _ := mapping.HTMLBody(body.HTML())
			require.Equal(t, body.Words(), again.Words())
			for _, text := range []string{body.Guarded(), mapping.PlainBody(s.HTML).Guarded()} {
				require.Empty(t, tags(text), "where plain text is taken for HTML, nothing begins in it: %q", text)
			}
			for _, f := range files {
				require.Empty(t, tags(mapping.PlainBody(f.Name).Guarded()))
			}
		})
	}
}

// tags lists the elements and comments of a text, if it is taken for HTML.
func tags(text string) (found []string) {
	z := nethtml.NewTokenizer(strings.NewReader(text))
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			return found
		case nethtml.TextToken:
		default:
			found = append(found, string(z.Raw()))
		}
	}
}

// scraps draws what hostile HTML is made of, and any bytes.
func scraps(samples hostile) *rapid.Generator[string] {
	var whole []string
	for _, s := range samples.HTML {
		whole = append(whole, s.HTML)
	}
	piece := rapid.OneOf(
		rapid.SampledFrom(whole),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 12), func(b []byte) string { return string(b) }),
		rapid.SampledFrom([]string{"<", ">", "</", "/>", "\"", "'", "`", "=", "&", ";", "&#", "&#x", "\x00", "\r", "\r\n", "\n", "\t", "\f", "  ", "\u00a0", "\ufeff", "<!--", "-->", "]]>", "<![CDATA["}),
		rapid.SampledFrom([]string{"<p>", "</p>", "<b>", "</b>", "<i>", "</i>", "<code>", "<pre>", "</pre>", "<ul>", "<ol>", "<li>", "</li>", "</ol>", "<br>", "<h1>", "</h1>", "<blockquote>", "</blockquote>", "<td>", "<a href=\"https://x.org/?a=1&b=2\">", "<a href=mailto:a@x.org>", "</a>", "<svg>", "</svg>", "<title>", "<s>", "<table>", "<ol start=7>", "<video src=https://x.org/v>", "<iframe src=//x.org/f>", "</iframe>", "<embed src='https://x.org/a b'>", "<a href='//x.org/a b'>", "<template>", "</template>", "<script>", "</script>"}),
		human(),
	)
	return rapid.Map(rapid.SliceOfN(piece, 1, 10), func(p []string) string { return strings.Join(p, "") })
}

// TestAnyBytesBecomeTheDialect holds of everything that can be written.
func TestAnyBytesBecomeTheDialect(t *testing.T) {
	samples := hostileSamples(t)
	rapid.Check(t, func(t *rapid.T) { becomesDialect(t, scraps(samples).Draw(t, "html")) })
}

// FuzzHTMLBody is the same for whatever comes.
func FuzzHTMLBody(f *testing.F) {
	raw, err := os.ReadFile("testdata/hostile.json")
	require.NoError(f, err)
	var h hostile
	require.NoError(f, json.Unmarshal(raw, &h))
	for _, s := range h.HTML {
		f.Add(s.HTML)
	}
	f.Fuzz(func(t *testing.T, s string) { becomesDialect(t, s) })
}

func becomesDialect(t require.TestingT, s string) {
	body, _ := mapping.HTMLBody(s)
	html := body.HTML()
	require.Empty(t, foreign(t, html), "%s", html)
	again, _ := mapping.HTMLBody(html)
	require.Equal(t, body.Words(), again.Words())
	require.False(t, again.Simplified, "our own HTML is not simplified once more")
	require.Empty(t, tags(body.Guarded()))
	require.Empty(t, tags(mapping.PlainBody(s).Guarded()))
}

// TestMegabytesOfMarkup: neither time nor memory grows faster than the length of what a stranger writes. Memory that
// was asked for in all tells both, and is the same on every machine.
func TestMegabytesOfMarkup(t *testing.T) {
	long := "https://example.org/" + strings.Repeat("x", 1<<20/thin.By)
	for name, c := range map[string]struct {
		megabytes   int
		begin, unit string
	}{
		"bold":                      {10, "", "<b>"},
		"divisions":                 {10, "", "<div>"},
		"tables":                    {10, "", "<table><tr><td>"},
		"lists":                     {10, "", "<ul><li>"},
		"quotations":                {10, "", "<blockquote>"},
		"everything":                {10, "", "<ul><li><blockquote><pre><b><i><a href='https://x.org'><h1>"},
		"links":                     {10, "", "<a href=x>"},
		"films":                     {2, "", "<embed src=http://x>"},
		"films in a long link":      {2, `<a href="` + long + `">`, "a<embed src=http://x>"},
		"struck and nested":         {2, "", "<s><ul><ol start=2><li>a"},
		"drawings":                  {10, "", "<svg>"},
		"templates":                 {10, "", "<template>"},
		"ends":                      {10, "", "</p></b></a></li>"},
		"paragraphs":                {2, "", "<p>a"},
		"items":                     {2, "<ol>", "<li>a"},
		"line breaks":               {2, "", "<br>"},
		"letters and unknown tags":  {2, "", "a<x>"},
		"spaces and unknown tags":   {2, "", " <x>"},
		"marks that change":         {2, "", "<b>a</b>a"},
		"marks in a long link":      {2, `<a href="` + long + `">`, "<b>a</b>a"},
		"paragraphs in a long link": {2, `<a href="` + long + `">`, "<p>a"},
		"links in a long link":      {2, `<a href="` + long + `">`, "<a href=http://x>a</a>b"},
		"attributes":                {2, "<p ", "a=b "},
		"one attribute":             {2, "<p a=", "b"},
		"images":                    {2, "", "<img src=x>"},
		"entities":                  {2, "", "&amp;"},
		"half entities":             {2, "", "&"},
		"brackets":                  {2, "", "<"},
		"comments":                  {2, "", "<!--"},
		"code":                      {2, "<pre>", "a <b>b</b>\n"},
		"text":                      {2, "", "word "},
		"one word":                  {2, "", "w"},
		"quoted lines":              {2, "<blockquote>", "a<br>"},
	} {
		t.Run(name, func(t *testing.T) {
			size := c.megabytes << 20 / thin.By
			s := c.begin + strings.Repeat(c.unit, (size-len(c.begin))/len(c.unit))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			body, files := mapping.HTMLBody(s)
			html, text, words := body.HTML(), body.Text(), body.Words()
			parts := body.Split(10000)
			_, _ = mapping.FindToken(text)
			runtime.ReadMemStats(&after)
			require.Less(t, len(html)+len(text)+len(words), 20*size)
			if thin.By == 1 { // the race detector keeps what is usually not
				require.Less(t, (after.TotalAlloc-before.TotalAlloc)/uint64(size), uint64(100), "bytes asked for per byte read")
			}
			require.LessOrEqual(t, len(files), 500)
			for _, p := range parts {
				require.LessOrEqual(t, utf8.RuneCountInString(p.Text()), 10000)
			}
		})
	}
}
