package stage

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSanitise(t *testing.T) {
	for in, want := range map[string]string{
		"<p>Okay!</p>":                             "<p>Okay!</p>",
		"loose <b>bold</b> text":                   "<p>loose <b>bold</b> text</p>",
		"<div>a</div><div>b</div>":                 "<p>a</p>\n<p>b</p>",
		"<html> <body>  <h2>T</h2> </body></html>": "<h2>T</h2>",
		`<a href="https://x.org/?a=1&amp;b=2" data-x="1" class="y">l</a>`: `<p><a href="https://x.org/?a=1&amp;b=2">l</a></p>`,
		`<a href="javascript:alert(1)">l</a>`:                             `<p><a>l</a></p>`,
		"<p>a</p><script>alert(1)</script><!-- c -->":                     "<p>a</p>",
		"<ul><li>x</li></ul>":                                             "<ul><li>x</li></ul>",
	} {
		require.Equal(t, want, Sanitise(in), in)
		require.Equal(t, want, Sanitise(Sanitise(in)), "cleaning twice must change nothing: %s", in)
	}
}

func TestPlainIsWhatAReaderSees(t *testing.T) {
	for in, want := range map[string]string{
		"<p>Hello</p>\n<p>you &amp; me<br>bye</p>": "Hello\n\nyou & me\nbye",
		"<p>x &lt;500&gt; 😕</p>":                   "x <500> 😕",
		"<p>a<script>b</script></p>":               "a",
		"":                                         "",
	} {
		require.Equal(t, want, Plain(in))
	}
}

func TestParagraphsAndPlainAreInverse(t *testing.T) {
	for _, text := range []string{"one", "a\nb", "a\n\nb\nc", `5 < 6 & "quotes"`, "٤٧١١ 😕", ""} {
		require.Equal(t, text, Plain(Paragraphs(text)))
	}
}
