package api_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
)

// aBody draws what the bridge may write: bodies of any shape with any bytes in them, and what is read from hostile HTML.
func aBody(samples []string) *rapid.Generator[mapping.Body] {
	text := rapid.OneOf(
		rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 20), func(b []byte) string { return string(b) }),
		rapid.SampledFrom([]string{"\r", "\r\n", "\n", "\x00", "<b>", "&amp;", "&#13;", "\"'`", "]]>", "<!--", "-->", "\u2028", "\ufeff", "👩‍👩‍👧", "שלום"}),
		rapid.SampledFrom(samples),
	)
	link := rapid.SampledFrom([]string{"", "https://example.org/?a=1&amp=2&copy=3", "HTTP://EXAMPLE.ORG/%zz", "mailto:a@example.org?subject=ü&body='x'", "tel:+1(555)0100", "https://[bad", "https://example.org/\x01\\|{}"})
	run := rapid.Custom(func(t *rapid.T) mapping.Run {
		return mapping.Run{Text: text.Draw(t, "text"), Bold: rapid.Bool().Draw(t, "bold"), Italic: rapid.Bool().Draw(t, "italic"), Mono: rapid.Bool().Draw(t, "mono"), Link: link.Draw(t, "link")}
	})
	block := rapid.Custom(func(t *rapid.T) mapping.Block {
		return mapping.Block{
			Kind:    rapid.SampledFrom([]mapping.BlockKind{mapping.Paragraph, mapping.ListItem, mapping.Quote, mapping.Code, mapping.Heading}).Draw(t, "kind"),
			Ordered: rapid.Bool().Draw(t, "ordered"), Number: rapid.IntRange(1, 3).Draw(t, "number"), Runs: rapid.SliceOfN(run, 1, 4).Draw(t, "runs"),
		}
	})
	return rapid.OneOf(
		rapid.Map(rapid.SliceOfN(block, 0, 5), func(b []mapping.Block) mapping.Body { return mapping.Body{Blocks: b} }),
		rapid.Map(rapid.SliceOfN(text, 1, 5), func(s []string) mapping.Body { b, _ := mapping.HTMLBody(strings.Join(s, "")); return b }),
		rapid.Map(rapid.SliceOfN(text, 1, 5), func(s []string) mapping.Body { return mapping.PlainBody(strings.Join(s, "")) }),
	)
}

func hostileHTML(t *testing.T) (out []string) {
	t.Helper()
	raw, err := os.ReadFile("../../mapping/testdata/hostile.json")
	require.NoError(t, err)
	var h struct{ HTML []struct{ HTML string } }
	require.NoError(t, json.Unmarshal(raw, &h))
	for _, s := range h.HTML {
		out = append(out, s.HTML)
	}
	require.Greater(t, len(out), 100)
	return out
}

// TestTheGateLeavesOurRenderingAlone, byte for byte, so that nothing that is written has other words than were meant.
func TestTheGateLeavesOurRenderingAlone(t *testing.T) {
	bodies := aBody(hostileHTML(t))
	rapid.Check(t, func(t *rapid.T) {
		html := bodies.Draw(t, "body").HTML()
		require.True(t, api.Clean(html), "%s", html)
		for _, part := range mapping.PlainBody(html).Split(40) {
			require.True(t, api.Clean(part.HTML()))
		}
	})
}

// TestTheGateRefuses what is not of our making, every hostile sample that acts among it.
func TestTheGateRefuses(t *testing.T) {
	for _, html := range []string{
		`<p onclick="x">a</p>`, `<script>x</script>`, `<p>a<script>x</script></p>`, `<a href="javascript:x">a</a>`, `<a href=" https://x.org">a</a>`,
		`<a href="https://x.org" rel="nofollow">a</a>`, `<a href="https://x.org" target="_blank">a</a>`, `<a href='https://x.org'>a</a>`, `<a>a</a>`, `<img src="https://x.org/1.png">`,
		`<p style="color:red">a</p>`, `<div>a</div>`, `<P>a</P>`, `<!-- x -->`, `a & b`, `"quoted"`, `<svg onload=x>`, `<iframe src="https://x.org"></iframe>`,
	} {
		require.False(t, api.Clean(html), html)
	}
	for _, html := range []string{"", "a", "<p>a</p>", `<p><a href="https://x.org/?a=1&amp;b=2">a<b>b</b></a></p>`, "<ul><li>a<br>b</li></ul>", "<pre>a\n b</pre>"} {
		require.True(t, api.Clean(html), html)
	}
	refused := 0
	for _, html := range hostileHTML(t) {
		if !api.Clean(html) {
			refused++
		}
	}
	require.Greater(t, refused, 100)
	linked := mapping.Body{Blocks: []mapping.Block{{Runs: []mapping.Run{{Text: "a", Link: "javascript:x"}}}}}
	require.False(t, api.Clean(linked.HTML()), "a body that no reader of HTML has made")
}
