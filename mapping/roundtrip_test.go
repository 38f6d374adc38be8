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

// visible is a text without its white space and without the invisible guard of plain text.
func visible(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\u200b", "")), " ")
}

// human draws what people write: several scripts, both directions, combining marks, emoji of several code points,
// what looks like HTML, and line breaks.
func human() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.StringMatching(`[a-zA-Z0-9 .,!?'"()/:;%@#-]{0,20}`),
		rapid.StringMatching(`[а-яёА-ЯЁ ]{1,12}`),
		rapid.SampledFrom([]string{"שלום עולם", "مرحبا", "日本語", "𝒳𝒴", "é", "ё", "👩‍👩‍👧", "🇩🇪", "👍🏽", "क्षि", "\u200e", "a b", "ﷺ", "Å", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"}),
		rapid.SampledFrom([]string{"<b>", "</p>", "<script>alert(1)</script>", "a < b && c > d", "&amp;", "&lt;b&gt;", "&#1055;", "&nbsp", "<3", "<!-- no -->", "x<y>z", "<img src=x>", "{{name}}", "\\n", "<@25>", "&", "<"}),
		rapid.SampledFrom([]string{"\n", "\n\n", " ", "\t", "\r\n", "  "}),
	)
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(piece, 1, 12).Draw(t, "pieces"), "")
	}).Filter(func(s string) bool { return visible(s) != "" })
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
		body := onDashly(t, "reply_user", "web_user", said)
		if !dashlyTakesForHTML(said) {
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

// dashlyTakesForHTML reports whether a customer's text is so like HTML that it is read as such.
func dashlyTakesForHTML(s string) bool { return mapping.LooksLikeHTML(s) }
