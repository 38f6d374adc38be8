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
		"10<sup>6</sup>":                      true,
		"H<sub>2</sub>O":                      true,
		"<u>not</u>":                          true,
		"<ins>now</ins>":                      true,
		"<q>a</q>":                            false,
		"<math>x</math>":                      true,
		"a<svg><text>b</text></svg>":          true,
		"a<svg><path d=x></svg>":              false,
		"<ol><li value=5>a</ol>":              true,
		"<ol><li value=1>a</ol>":              false,
		"<ol type=a><li>x</ol>":               true,
		"<ol type=1><li>x</ol>":               false,
		"<ol reversed><li>x</ol>":             true,
		"<ol><li><pre>a</pre></ol>":           true,
		"<input value=a>":                     true,
		"<a href=/rel><img src=1></a>a":       true,
		"<blockquote><ul><li>a</ul>":          true,
		"<blockquote><pre>a</pre>":            true,
		"<blockquote>a<blockquote>b":          true,
		"<blockquote>a</blockquote>":          false,
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
	require.True(t, b.Simplified)
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
				Runs: []mapping.Run{{Text: strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "é😀", "word", " ", "\n", "<b", "&copy"}), 1, 80).Draw(t, "text"), "")}},
			})
		}
		limit := rapid.IntRange(20, 120).Draw(t, "limit")
		var all strings.Builder
		for _, p := range b.Split(limit) {
			require.LessOrEqual(t, utf8.RuneCountInString(p.Guarded()), limit)
			all.WriteString(p.Text())
		}
		require.Equal(t, mapping.Letters(b.Text()), mapping.Letters(all.String()), "numbers of items once, too")
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

// TestAddressesWorkWhereTheyAreGuarded: only what a browser would read as another character is guarded, and within an address
// so that it leads to the same place. What comes back has the words of what was sent.
func TestAddressesWorkWhereTheyAreGuarded(t *testing.T) {
	for said, want := range map[string]string{
		"https://x.org/?order=1&sum=20":       "https://x.org/?order=1&sum=20",
		"https://x.org/?a=1&region=2&copy=3":  "https://x.org/?a=1&%72egion=2&%63opy=3",
		"(HTTP://x.org/?a&amp;b)":             "(HTTP://x.org/?a&%61mp;b)",
		"https://x.org/#a&#65;":               "https://x.org/#a&#%365;",
		"Tom & Jerry, R&D, &sum and &region":  "Tom & Jerry, R&D, &sum and &\u200bregion",
		"x.org/?a=1&copy=2":                   "x.org/?a=1&\u200bcopy=2",
		"https://x.org<b>&copy":               "https://x.org<\u200bb>&\u200bcopy",
		"a < b, <3, </p> and &#1055; but &#x": "a < b, <3, <\u200b/p> and &\u200b#1055; but &#x",
	} {
		b := mapping.PlainBody(said)
		sent := b.Guarded()
		require.Equal(t, want, sent)
		asHTML, _ := mapping.HTMLBody(sent)
		escaped, _ := mapping.HTMLBody(strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(sent))
		for how, back := range map[string]mapping.Body{"text": mapping.PlainBody(sent), "HTML": asHTML, "escaped": escaped} {
			require.Equal(t, b.Words(), strings.ReplaceAll(back.Words(), "\u200b", ""), "taken for %s", how)
		}
	}
	linked, _ := mapping.HTMLBody(`<a href="https://x.org/?a&amp;%72egion=1">https://x.org/?a&amp;%72egion=1</a>`)
	require.Equal(t, "https://x.org/?a&region=1", linked.Text(), "which a desk has made a link")
}

// TestListsKeepTheirNumbers in HTML as in text, interrupted or cut.
func TestListsKeepTheirNumbers(t *testing.T) {
	shown := func(b mapping.Body) mapping.Body { again, _ := mapping.HTMLBody(b.HTML()); return again }
	for in, want := range map[string]struct{ text, html string }{
		"<ol><li><p>one</p></li><li><p>two</p><p>more</p></li><li><p>three</p></li></ol>": {"1. one\n2. two\nmore\n3. three", "<ol><li>one</li><li>two<br>more</li><li>three</li></ol>"},
		"<ul><li><p>a</p><p>b</p></li><li>c</ul>":                                         {"• a\nb\n• c", "<ul><li>a<br>b</li><li>c</li></ul>"},
		"<ol><li>one</li><p>between</p><li>two</li><li>three</li></ol>":                   {"1. one\n\nbetween\n\n2. two\n3. three", "<ol><li>one</li></ol><p>between</p><p>2. two<br>3. three</p>"},
		"<ol><li>one<pre>code</pre>after</li><li>two</li></ol>":                           {"1. one\n\ncode\n\nafter\n\n2. two", "<ol><li>one</li></ol><pre>code</pre><p>after</p><p>2. two</p>"},
		"<ol><li>one</ol><ol><li>uno<li>due</ol>":                                         {"1. one\n1. uno\n2. due", "<ol><li>one</li></ol><ol><li>uno</li><li>due</li></ol>"},
		"<ol start=5><li>a<li>b<li value=9>c</ol>":                                        {"5. a\n6. b\n9. c", "<p>5. a<br>6. b<br>9. c</p>"},
		"<ol start=-5><li>a<li value=x>b</ol>":                                            {"1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"},
	} {
		b, _ := mapping.HTMLBody(in)
		require.Equal(t, want.text, b.Text())
		require.Equal(t, want.html, b.HTML())
		require.Equal(t, b.Words(), shown(b).Words())
	}
	b, _ := mapping.HTMLBody("<ol>" + strings.Repeat("<li>a step of many</li>", 12) + "</ol>")
	for _, p := range b.Split(100) {
		require.Equal(t, p.Text(), shown(p).Text())
		require.Equal(t, p.Words(), shown(p).Words(), "so that a part is known again")
	}
	long, _ := mapping.HTMLBody("<ol><li>" + strings.Repeat("word ", 30) + "</li></ol>")
	var all []string
	for _, p := range long.Split(100) {
		all = append(all, p.Text())
	}
	require.Equal(t, strings.Fields(long.Text()), strings.Fields(strings.Join(all, "\n")), "a cut item is numbered once")
}

func TestCodeKeepsItsLinks(t *testing.T) {
	b, _ := mapping.HTMLBody("<pre><code>see <a href=https://x.org/7>here</a>\n  or <b>there</b></code></pre>")
	require.Equal(t, "<pre>see <a href=\"https://x.org/7\">here</a>\n  or <b>there</b></pre>", b.HTML())
	require.False(t, b.Simplified)
}

// TestWordsInOddPlacesAreKept.
func TestWordsInOddPlacesAreKept(t *testing.T) {
	for in, want := range map[string]string{
		"10<sup>6</sup> m<sup>-2</sup> the 5<sup>th</sup>":                           "10^6 m^-2 the 5th",
		"He said <q>no</q></q>":                                                      "He said “no”",
		"<p>Price <math><mn>42</mn></math> euro</p>":                                 "Price 42 euro",
		"a <noscript><b>words</b></noscript>":                                        "a words",
		"a <object>words</object>":                                                   "a words",
		`a<object data="https://x.org/1"><embed src="https://x.org/1">b</object>`:    "a\nhttps://x.org/1\nb",
		`a<map><area href="https://x.org/1"><area href="#x"></map>`:                  "a\nhttps://x.org/1",
		`<form><input type=submit value="Yes, cancel"></form>a`:                      "Yes, cancel\n\na",
		`a<input type=hidden value=b><input type=password value=c>`:                  "a",
		"<img alt=words> a":                                                          "words a",
		`a <a href="https://x.org/1"><img src=1></a><a href="//x.org/2"><img src=2>`: "a\nhttps://x.org/1\nhttps://x.org/2",
		`<a href="https://x.org/1"><img src=1></a> a`:                                "🖼 (https://x.org/1) a",
		"<blockquote>He:<ul><li>refund<p>now</ul></blockquote>":                      "> He:\n\n> • refund\n> now",
		"<ol><li>He:<blockquote>no</blockquote>then<li>two</ol>":                     "1. He:\n\n> no\n\nthen\n\n2. two",
		"<ul><li><blockquote>no</blockquote></ul>":                                   "> • no",
		"<blockquote><pre>a\n b</pre></blockquote>":                                  "> a\n>  b",
	} {
		b, _ := mapping.HTMLBody(in)
		require.Equal(t, want, b.Text())
	}
}

// TestIndentationIsShownInHTML, and read back as it was.
func TestIndentationIsShownInHTML(t *testing.T) {
	b := mapping.PlainBody("if x:\n    y\n\tz  # why\n\n  end")
	require.Equal(t, "<p>if x:<br>\u00a0\u00a0\u00a0\u00a0y<br>\u00a0\u00a0\u00a0\u00a0z\u00a0 # why</p><p>\u00a0\u00a0end</p>", b.HTML())
	again, _ := mapping.HTMLBody(b.HTML())
	require.Equal(t, "if x:\n    y\n    z  # why\n\n  end", again.Text())
	once, _ := mapping.HTMLBody("<p>10\u00a0000 &euro;</p>")
	require.Equal(t, "10\u00a0000 €", once.Text(), "which is to stay in one line")
}

// TestPartsAreAsLongAsTheyAreSent, and no letter is torn from its marks.
func TestPartsAreAsLongAsTheyAreSent(t *testing.T) {
	for unit, limit := range map[string]int{"&lt x <b": 1000, "<b": 100, "https://x.org/?a&copy&region ": 100, "e\u0301": 100, "👩\u200d👩\u200d👧": 100, "👍🏽": 99, "❤\ufe0f": 100} {
		said := strings.Repeat(unit, 400)
		var all strings.Builder
		for _, p := range mapping.PlainBody("x" + said).Split(limit) {
			require.LessOrEqual(t, utf8.RuneCountInString(p.Guarded()), limit)
			first, _ := utf8.DecodeRuneInString(p.Text())
			require.NotContains(t, "\u0301\u200d\ufe0f🏽", string(first))
			require.False(t, strings.HasSuffix(p.Text(), "\u200d"))
			all.WriteString(p.Text())
		}
		require.Equal(t, "x"+said, all.String())
	}
	for _, p := range mapping.PlainBody(strings.Repeat("\u0301", 400)).Split(100) {
		require.LessOrEqual(t, utf8.RuneCountInString(p.Text()), 100, "marks alone are cut anywhere")
	}
}

// TestImagesAreNamedAsWhatTheyAre.
func TestImagesAreNamedAsWhatTheyAre(t *testing.T) {
	for img, want := range map[string]string{
		`alt="Screenshot 2026-03-02 at 10.45.12" src="https://x.org/1.png"`:     "Screenshot 2026-03-02 at 10.45.12.png",
		`alt="Screenshot 2026-03-02 at 10.45.12" src="https://x.org/?file=1"`:   "Screenshot 2026-03-02 at 10.45_12",
		`alt="shot.JPG" src="https://x.org/1.png"`:                              "shot.JPG",
		`alt="plan.xyz" src="https://x.org/1.xyz"`:                              "plan.xyz",
		`src="https://x.org/2.png#x"`:                                           "2.png",
		`alt="` + strings.Repeat("long ", 1000) + `" src="https://x.org/3.png"`: strings.TrimSpace(strings.Repeat("long ", 24)) + ".png",
	} {
		_, files := mapping.HTMLBody("<img " + img + ">")
		require.Equal(t, want, files[0].Name)
	}
}
