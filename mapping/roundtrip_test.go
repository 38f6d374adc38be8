package mapping_test

import (
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

// visible is a text without its white space and without the guard of plain text.
func visible(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(mapping.PlainBody(s).Text(), "\u200b", "")), " ")
}

// human draws what people write: several scripts, both directions, combining marks, emoji of several code points,
// what looks like HTML, and line breaks.
func human() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.StringMatching(`[a-zA-Z0-9 .,!?'"()/:;%@#-]{0,20}`),
		rapid.StringMatching(`[а-яёА-ЯЁ ]{1,12}`),
		rapid.SampledFrom([]string{"שלום עולם", "مرحبا", "日本語", "𝒳𝒴", "é", "ё", "👩‍👩‍👧", "🇩🇪", "👍🏽", "क्षि", "\u200e", "a b", "ﷺ", "Å", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"}),
		rapid.SampledFrom([]string{"<b>", "</p>", "<script>alert(1)</script>", "a < b && c > d", "&amp;", "&lt;b&gt;", "&#1055;", "&nbsp", "<3", "<!-- no -->", "x<y>z", "<img src=x>", "{{name}}", "\\n", "<@25>", "&", "<", "&region", "&copy;"}),
		rapid.SampledFrom([]string{" https://x.org/?a=1&sum=20 ", " https://x.org/?a=1&region=2&copy=3", " http://x.org/a&amp;b<br>", "(https://x.org/#&#65;)"}),
		rapid.SampledFrom([]string{"e\u0301", "и\u0306", "Z\u0351\u036b\u0343", "\u05e9\u05bc\u05c1", "ب\u064e", "\u202eabc\u202c", "\u2067שלום\u2069", "می\u200cخواهم", "𠮷野家", "🫨", "❤\ufe0f", "1\ufe0f\u20e3", "Ё Ъ Ї Ґ", "ﬀ", "\ufeff"}),
		rapid.SampledFrom([]string{"\n> Where is it?\n> It is late\n", "\n>> twice quoted", "\nOn Mon, 2 Mar 2026, Ann <ann@example.org> wrote:\n> Hello", "\n-- \nAnn", "\n-----Original Message-----\nFrom: Ann", "\nПт, 6 мар. 2026 г., Анна:\n> Привет"}),
		rapid.SampledFrom([]string{"\n", "\n\n", " ", "\t", "\r\n", "  "}),
	)
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(piece, 1, 12).Draw(t, "pieces"), "")
	}).Filter(func(s string) bool { return visible(s) != "" })
}

// TestHumanTextHoldsWhatPeopleWrite: the generator draws each of what must survive.
func TestHumanTextHoldsWhatPeopleWrite(t *testing.T) {
	drawn := human()
	var all strings.Builder
	for seed := range 500 {
		all.WriteString(drawn.Example(seed) + "\n")
	}
	for what, form := range map[string]string{
		"Hebrew": `\p{Hebrew}`, "Arabic": `\p{Arabic}`, "Cyrillic": `\p{Cyrillic}`, "Chinese": `\p{Han}`, "Indian scripts": `\p{Devanagari}`,
		"a combining mark behind its letter": `\p{L}\p{Mn}`, "several marks on one letter": `\p{L}\p{Mn}{2}`, "four bytes": `[\x{10000}-\x{10FFFF}]`,
		"emoji of several code points": `\x{1F469}\x{200D}`, "a flag": `[\x{1F1E6}-\x{1F1FF}]{2}`, "a tone of skin": `[\x{1F3FB}-\x{1F3FF}]`,
		"a turn of direction": `[\x{202E}\x{2067}]`, "an entity": `&[a-z]+;`, "a number of a character": `&#\d+;`, "what looks like HTML": `<script>`,
		"a quoted line": `(?m)^> `, "the head of a quoted mail": `wrote:`, "an empty line": `\n\n`, "a lone bracket": `(?m)<$`,
	} {
		require.Regexp(t, form, all.String(), what)
	}
}

// TestFormattedTextSurvivesBothWays: what people write is not harmed by the form around it, e-mail quotations included,
// from Intercom to Dashly and back.
func TestFormattedTextSurvivesBothWays(t *testing.T) {
	around := rapid.SampledFrom([]string{
		"<p>%s</p>", "<blockquote>%s</blockquote>", "<div class=\"gmail_quote\"><blockquote><p>%s</p></blockquote></div>", "<ul><li>%s</li></ul>",
		"<p><b>%s</b></p>", "<p><i>%s</i></p>", "<p><code>%s</code></p>", "<h2>%s</h2>", "<div>%s</div>", "<table><tr><td>%s</td></tr></table>", "<p><span style=\"color:red\">%s</span></p>",
	})
	rapid.Check(t, func(t *rapid.T) {
		var shown, want strings.Builder
		for range rapid.IntRange(1, 5).Draw(t, "blocks") {
			said := human().Draw(t, "text")
			fmt.Fprintf(&shown, around.Draw(t, "around"), strings.ReplaceAll(html.EscapeString(said), "\n", "<br>"))
			want.WriteString(said + "\n")
		}
		b := onIntercom(t, "admin", shown.String())
		require.Equal(t, visible(want.String()), visible(b.Words()))
		there := onDashly(t, "reply_admin", "api", b.Guarded())
		require.Equal(t, visible(b.Text()), visible(there.Text()))
		back := onIntercom(t, "admin", there.HTML())
		require.Equal(t, visible(b.Text()), visible(back.Text()))
		require.Equal(t, visible(b.Words()), visible(onIntercom(t, "admin", b.HTML()).Words()), "and as HTML")
	})
}

func quoted(t require.TestingT, s string) string {
	raw, err := json.Marshal(s)
	require.NoError(t, err)
	return string(raw)
}

// onDashly is the body of a reply as Dashly shows it.
func onDashly(t require.TestingT, kind, via, body string) mapping.Body {
	part, err := dashly.ParsePart([]byte(fmt.Sprintf(`{"id": "2", "created": 1767225802, "type": %q, "sent_via": %q, "from": "5", "body": %s}`, kind, via, quoted(t, body))))
	require.NoError(t, err)
	head, err := dashly.ParseConversation([]byte(`{"id": "1", "user": {"id": "5"}, "parts_count": 1}`))
	require.NoError(t, err)
	c, err := dashly.Decode(dashly.Input{Conversation: head, Parts: []dashly.Part{part}})
	require.NoError(t, err)
	require.Len(t, c.Entries, 1)
	return c.Entries[0].Body
}

// onIntercom is the body of a part as Intercom shows it.
func onIntercom(t require.TestingT, author, body string) mapping.Body {
	c, err := intercom.Decode([]byte(fmt.Sprintf(`{"type": "conversation", "id": "1", "created_at": 1767225801, "conversation_parts": {"conversation_parts":
		[{"type": "conversation_part", "id": "2", "part_type": "comment", "created_at": 1767225802, "author": {"type": %q, "id": "5"}, "body": %s}]}}`, author, quoted(t, body))))
	require.NoError(t, err)
	require.Len(t, c.Entries, 1)
	return c.Entries[0].Body
}

// escaped is text as a desk shows it that takes what it gets for text, and wraps it.
func escaped(s string) string {
	return "<p>" + strings.ReplaceAll(html.EscapeString(s), "\n", "<br>") + "</p>"
}

// TestWhatIsSeenSurvivesBothWays: what can be seen of a text is the same on the other desk, and again on the first one when
// it comes back, however the desks take what they get: for text or for HTML, wrapped or as it is.
func TestWhatIsSeenSurvivesBothWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		said := human().Draw(t, "text")
		by := rapid.SampledFrom([][2]string{{"reply_user", "web_user"}, {"reply_user", "telegram"}, {"reply_user", "email_user"}, {"reply_admin", "web_panel"}, {"reply_admin", "api"}, {"note", "web_panel"}}).Draw(t, "by")
		body := onDashly(t, by[0], by[1], said)
		if !dashlyTakesForHTML(by[1], said) {
			require.Equal(t, visible(said), visible(body.Text()), "read from Dashly")
		}
		want := visible(body.Text())
		there := map[string]mapping.Body{
			"an agent's, as HTML":             onIntercom(t, "admin", body.HTML()),
			"a customer's, taken for text":    onIntercom(t, "user", escaped(body.Guarded())),
			"a customer's, taken for HTML":    onIntercom(t, "user", "<p>"+strings.ReplaceAll(body.Guarded(), "\n", "<br>")+"</p>"),
			"a customer's, shown as it is":    onIntercom(t, "user", body.Guarded()),
			"an agent's, wrapped once more":   onIntercom(t, "admin", "<div>"+body.HTML()+"</div>"),
			"an agent's, with bare ampersand": onIntercom(t, "admin", strings.ReplaceAll(body.HTML(), "&#39;", "'")),
		}
		for how, b := range there {
			if strings.Contains(want, "&") && how == "a customer's, shown as it is" {
				continue // text that nobody escaped is HTML to its reader
			}
			require.Equal(t, want, visible(b.Text()), "%s", how)
			back := b.Guarded()
			require.Equal(t, want, visible(onDashly(t, "reply_admin", "api", back).Text()), "%s, and back", how)
			require.Equal(t, want, visible(onDashly(t, "reply_user", "api", back).Text()), "%s, and back as the customer's", how)
			require.Equal(t, want, visible(onDashly(t, "reply_admin", "api", escaped(back)).Text()), "%s, and back, shown as HTML", how)
		}
	})
}

// dashlyTakesForHTML reports whether a text is so like HTML that it may be read as such: one that consists of elements, or an
// e-mail or what came over the API with any.
func dashlyTakesForHTML(via, s string) bool {
	s = strings.TrimSpace(s)
	return mapping.LooksLikeHTML(s) && (via == "email_user" || via == "api" || strings.HasPrefix(s, "<") && strings.HasSuffix(s, ">"))
}
