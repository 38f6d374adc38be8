package mapping_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/mapping"
)

func TestHTMLBecomesTextAndCleanHTML(t *testing.T) {
	for name, c := range map[string]struct{ in, text, html string }{
		"paragraphs":          {"<p>Hi Alice,</p>\n\n<p> We noticed you.</p> \n<p>- Jane</p>", "Hi Alice,\n\nWe noticed you.\n\n- Jane", "<p>Hi Alice,</p><p>We noticed you.</p><p>- Jane</p>"},
		"marks and breaks":    {"<p>Paid by <b>card</b>,<br>order <i>881</i></p>", "Paid by card,\norder 881", "<p>Paid by <b>card</b>,<br>order <i>881</i></p>"},
		"link":                {`<p>See <a href="https://x.org/a?b=1&amp;c=2">the page</a></p>`, "See the page (https://x.org/a?b=1&c=2)", `<p>See <a href="https://x.org/a?b=1&amp;c=2">the page</a></p>`},
		"bare link":           {`<a href="https://x.org">https://x.org</a>`, "https://x.org", `<p><a href="https://x.org">https://x.org</a></p>`},
		"list":                {"<ol><li>one</li><li>two</li></ol><ul><li>three</li></ul>", "1. one\n2. two\n• three", "<ol><li>one</li><li>two</li></ol><ul><li>three</li></ul>"},
		"code keeps its form": {"<pre>a\n  b &lt; c</pre>", "a\n  b < c", "<pre>a\n  b &lt; c</pre>"},
		"quote":               {"<blockquote>said<br>before</blockquote><p>now</p>", "> said\n> before\n\nnow", "<blockquote>said<br>before</blockquote><p>now</p>"},
		"entities":            {"<p>&lt;b&gt; &amp;amp; &#1055;</p>", "<b> &amp; П", "<p>&lt;b&gt; &amp;amp; П</p>"},
		"link of many marks":  {`<a href="https://x.org">see <b>the</b> page</a>`, "see the page (https://x.org)", `<p><a href="https://x.org">see <b>the</b> page</a></p>`},
		"spaces":              {"<p>one <x> <y> two</p>", "one two", "<p>one two</p>"},
		"open head":           {"<head><meta charset=utf-8><title>x</title><p>seen", "seen", "<p>seen</p>"},
		"open drawing":        {"before<svg><path d=x>after<p>seen", "before\n\nseen", "<p>before</p><p>seen</p>"},
		"scripts vanish":      {`<p onclick="x()">a<script>alert(1)</script><style>p{}</style>b</p>`, "ab", "<p>ab</p>"},
		"bad links vanish":    {`<a href="javascript:alert(1)">click</a>`, "click", "<p>click</p>"},
		"unclosed":            {"<p>one<p>two<b>three", "one\n\ntwothree", "<p>one</p><p>two<b>three</b></p>"},
		"lines of their own":  {"<p>x</p><center>Total 10</center>20 left<dl><dt>Price</dt><dd>5</dd></dl><main>a</main><fieldset>b<legend>c</legend></fieldset><select><option>d<option>e</select>", "x\n\nTotal 10\n\n20 left\n\nPrice\n\n5\n\na\n\nb\n\nc\n\nd\n\ne", "<p>x</p><p>Total 10</p><p>20 left</p><p>Price</p><p>5</p><p>a</p><p>b</p><p>c</p><p>d</p><p>e</p>"},
		"struck text":         {"<s>10</s> 8", "10 8", "<p>10 8</p>"},
		"table":               {"<table><tr><th>a<th>b<tr><td>1</td><td>2</td></tr></table>", "a b\n\n1 2", "<p>a b</p><p>1 2</p>"},
		"link without scheme": {`<a href="//x.org/a">x</a>`, "x (https://x.org/a)", `<p><a href="https://x.org/a">x</a></p>`},
		"link with blanks":    {`<a href=" https://x.org/a b  c ">x</a>`, "x (https://x.org/a%20b%20%20c)", `<p><a href="https://x.org/a%20b%20%20c">x</a></p>`},
		"link to nothing":     {`<a href="//">x</a> <a href="///x">y</a>`, "x y", "<p>x y</p>"},
		"film":                {`<p>See <video src="https://x.org/1.mp4"></video> then</p>`, "See\nhttps://x.org/1.mp4\nthen", `<p>See<br><a href="https://x.org/1.mp4">https://x.org/1.mp4</a><br>then</p>`},
		"films":               {`<video src="//x.org/1.mp4"></video><audio><source src="javascript:x"><source src="https://x.org/2.ogg"><source src="https://x.org/2.mp3"></audio>`, "https://x.org/1.mp4\nhttps://x.org/2.ogg", `<p><a href="https://x.org/1.mp4">https://x.org/1.mp4</a><br><a href="https://x.org/2.ogg">https://x.org/2.ogg</a></p>`},
		"embedded pages":      {`a<iframe src="https://x.org/?a=1&amp;b=2">not seen</iframe>b<embed src="https://x.org/e"><iframe src="https://x.org/f"/>`, "a\nhttps://x.org/?a=1&b=2\nb\nhttps://x.org/e\nhttps://x.org/f", `<p>a<br><a href="https://x.org/?a=1&amp;b=2">https://x.org/?a=1&amp;b=2</a><br>b<br><a href="https://x.org/e">https://x.org/e</a><br><a href="https://x.org/f">https://x.org/f</a></p>`},
		"film in an item":     {`<ol><li>a<video src="https://x.org/1"></video><li>b</ol>`, "1. a\nhttps://x.org/1\n2. b", `<ol><li>a<br><a href="https://x.org/1">https://x.org/1</a></li><li>b</li></ol>`},
		"film in a link":      {`<a href="https://x.org">a<video src="https://x.org/1"></video>b</a>`, "a (https://x.org)\nhttps://x.org/1\nb (https://x.org)", `<p><a href="https://x.org">a</a><br><a href="https://x.org/1">https://x.org/1</a><br><a href="https://x.org">b</a></p>`},
		"unsafe films":        {`a<video src="javascript:x"></video><iframe src="data:text/html,x"></iframe><embed src="mailto:x@x.org"><embed src="/rel"><template><video src="https://x.org"></video></template><picture><source src="https://x.org"></picture>b`, "ab", "<p>ab</p>"},
		"empty":               {"<p> </p><br>", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := mapping.HTMLBody(c.in)
			require.Equal(t, c.text, b.Text())
			require.Equal(t, c.html, b.HTML())
			again, _ := mapping.HTMLBody(b.HTML())
			require.Equal(t, c.html, again.HTML(), "what we write reads back as it is")
		})
	}
}

func TestInlineImagesBecomeFiles(t *testing.T) {
	b, files := mapping.HTMLBody(`<p>See</p><img src="https://cdn.example/i/shot.png?sig=a&amp;b=c">`)
	require.Equal(t, "See", b.Text())
	require.Equal(t, []mapping.File{{Name: "shot.png", URL: "https://cdn.example/i/shot.png?sig=a&b=c"}}, files)
	b, files = mapping.HTMLBody(`<p>Press<img src="https://x/1.png">, <i>and</i> <img src="https://x/2.png"> then</p><p><img src="https://x/3.png"> </p>`)
	require.Equal(t, "Press 🖼 , and 🖼 then", b.Text(), "each has its place")
	within := []bool{}
	for _, f := range files {
		within = append(within, f.Within)
	}
	require.Equal(t, []bool{true, true, false}, within, "behind which the text goes on")
}

func TestImagesOfSeveralSizesBecomeFiles(t *testing.T) {
	_, files := mapping.HTMLBody(`<img srcset="https://x.org/1.png 1x, https://x.org/2.png 2x"><img src="//x.org/3.png" srcset="https://x.org/4.png 2x"><img srcset=" ">`)
	require.Equal(t, []mapping.File{{Name: "1.png", URL: "https://x.org/1.png"}, {Name: "3.png", URL: "https://x.org/3.png"}}, files)
}

// TestLostFormIsTold: of what the dialect has no place for the letters stay, the flag tells, and our own HTML never sets it.
func TestLostFormIsTold(t *testing.T) {
	for html, want := range map[string]bool{
		"<s>10</s> 8":                         true,
		"<del>a":                              true,
		"<strike>a</strike>":                  true,
		"<s> </s>a":                           false,
		"<template><s>a</s></template>b":      false,
		"<table><tr><td>a<td>b</table>":       true,
		"<table></table>a":                    false,
		"<ul><li>a<ul><li>b</ul></ul>":        true,
		"<ul><li>a</ul><ol><li>b</ol>":        false,
		"<ol start=5><li>a</ol>":              true,
		"<ol start=1><li>a</ol>":              false,
		"<a href=/rel>a</a>":                  true,
		"<a href=sms:1>a</a>":                 true,
		"<a href=/rel></a>a":                  false,
		"<a href=#here>a</a>":                 false,
		"<a name=here>a</a>":                  false,
		"<a href=//x.org>a</a>":               false,
		"<a href='https://x.org/a b'>a</a>":   false,
		"<video src=blob:1></video>a":         true,
		"<video src=https://x.org></video>":   false,
		"<p><b>a</b> <i>b</i> <code>c</code>": false,
	} {
		b, _ := mapping.HTMLBody(html)
		require.Equal(t, want, b.Simplified, html)
		plain := mapping.PlainBody("x")
		require.Equal(t, want, plain.Append(b).Simplified, html)
		require.Equal(t, want, b.Append(plain).Simplified, html)
		for _, p := range b.Append(mapping.PlainBody(strings.Repeat("word ", 20))).Split(40) {
			require.Equal(t, want, p.Simplified, html)
		}
		again, _ := mapping.HTMLBody(b.HTML())
		require.False(t, again.Simplified, html)
	}
}

func TestDeepNestingEndsAndKeepsTheWords(t *testing.T) {
	b, _ := mapping.HTMLBody(strings.Repeat("<ul><li><a href='https://x.org'>", 20000) + "words")
	require.Equal(t, "words", b.Words()[:5])
}

// TestManyPiecesKeepTheirWords: beyond the bounds the form is lost, not the words, and a line tells of images.
func TestManyPiecesKeepTheirWords(t *testing.T) {
	b, files := mapping.HTMLBody(strings.Repeat("<p><b>a</b>b</p>", 60_000) + "<ul><li>the<li>last</ul>" + strings.Repeat("<img src=https://x.org/1.png>", 600))
	require.Equal(t, strings.Repeat("ab", 60_000)+"thelastfurtherimagesseetheoriginalconversation", mapping.Letters(b.Words()))
	require.Less(t, len(b.Blocks), 60_000)
	require.Len(t, files, 500)
	require.Contains(t, b.Text(), "[further images: see the original conversation]")
}

// TestEveryKindOfBlockIsCutWithinTheLimit: the lines of a quotation are each marked.
func TestEveryKindOfBlockIsCutWithinTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b mapping.Body
		for range rapid.IntRange(1, 6).Draw(t, "blocks") {
			b.Blocks = append(b.Blocks, mapping.Block{
				Kind:    rapid.SampledFrom([]mapping.BlockKind{mapping.Paragraph, mapping.ListItem, mapping.Quote, mapping.Code, mapping.Heading}).Draw(t, "kind"),
				Ordered: rapid.Bool().Draw(t, "ordered"), Number: rapid.IntRange(1, 99).Draw(t, "number"),
				Runs: []mapping.Run{{Text: strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "é😀", "word", " ", "\n"}), 1, 80).Draw(t, "text"), "")}},
			})
		}
		limit := rapid.IntRange(20, 120).Draw(t, "limit")
		var all strings.Builder
		for _, p := range b.Split(limit) {
			require.LessOrEqual(t, utf8.RuneCountInString(p.Text()), limit)
			all.WriteString(p.Words())
		}
		require.Equal(t, mapping.Letters(b.Words()), mapping.Letters(all.String()))
	})
}

func TestPlainTextSurvivesEveryReading(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[a-zA-Zа-я0-9 <>&/!#;"'\n]{0,80}`).Draw(t, "text")
		b := mapping.PlainBody(s)
		want := mapping.Letters(s)
		require.Equal(t, want, mapping.Letters(b.Words()))
		viaHTML, _ := mapping.HTMLBody(b.HTML())
		require.Equal(t, want, mapping.Letters(viaHTML.Words()), "escaped HTML keeps every letter")
		asHTML, _ := mapping.HTMLBody(b.Guarded())
		require.Equal(t, want, mapping.Letters(asHTML.Words()), "guarded text keeps every letter where it is taken for HTML")
		require.Equal(t, want, mapping.Letters(mapping.PlainBody(b.Guarded()).Words()), "and where it is taken for text")
	})
}

func TestSplitKeepsEveryWordInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[a-zé😀]{1,12}`), 1, 80).Draw(t, "words")
		sep := rapid.SampledFrom([]string{" ", "\n", "\n\n"}).Draw(t, "separator")
		limit := rapid.IntRange(20, 60).Draw(t, "limit")
		b := mapping.PlainBody(strings.Join(words, sep))
		var all strings.Builder
		for _, p := range b.Split(limit) {
			require.LessOrEqual(t, utf8.RuneCountInString(p.Text()), limit)
			all.WriteString(p.Words())
		}
		require.Equal(t, mapping.Letters(b.Words()), mapping.Letters(all.String()))
	})
}
