package dashly_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
)

func TestBodies(t *testing.T) {
	for _, row := range []struct{ kind, via, body, want string }{
		{"reply_user", "web_user", "<b>is a tag</b> & so on", "<b>is a tag</b> & so on"},
		{"reply_user", "web_user", "<p>Is &lt;b&gt; a tag?</p>", "Is <b> a tag?"},
		{"reply_user", "telegram", "write <br> here", "write <br> here"},
		{"reply_user", "email_user", "<p>One</p><p>Two</p>", "One\n\nTwo"},
		{"reply_admin", "web_panel", "a < b & c", "a < b & c"},
		{"reply_admin", "message_auto", "<p>Some <b>message</b></p>", "Some message"},
		{"reply_admin", "web_panel", "<p>Some <b>words</b></p><ul><li>one</li></ul>", "Some words\n\n• one"},
		{"reply_admin", "web_panel", "<p><br></p>", ""},
		{"reply_admin", "web_panel", `<div id="w"></div>` + "\n<script>init(1)</script>", `<div id="w"></div>` + "\n<script>init(1)</script>"},
		{"reply_admin", "web_panel", `<div id="w"></div>`, `<div id="w"></div>`},
		{"reply_admin", "web_panel", "<p>One</p><!-- two --><p>Three</p>", "One\n\nThree"},
		{"reply_admin", "web_panel", "<p>One</p><style>p {color: red}</style><p>Three</p>", "One\n\nThree"},
		{"reply_admin", "email_admin", "One,<br><!--[if mso]>two<![endif]-->three<br>four", "One,\nthree\nfour"},
		{"reply_admin", "web_panel", "Put <!-- here --> above it", "Put <!-- here --> above it"},
		{"reply_admin", "web_panel", "<p>Dear <Customer>, hello</p>", "<p>Dear <Customer>, hello</p>"},
		{"reply_admin", "web_panel", "<p>One<o:p></o:p></p>", "One"},
		{"reply_user", "web_user", "<div>How do I close <header>?</div>", "<div>How do I close <header>?</div>"},
		{"reply_user", "email_user", "<ann@example.org> wrote:<br>See <https://example.org/a> </3", "<ann@example.org> wrote:\nSee <https://example.org/a> </3"},
		{"reply_user", "email_user", "<br>", ""},
		{"reply_user", "web_user", "<br>", "<br>"},
		{"reply_user", "web_user", "<p></p>", "<p></p>"},
		{"reply_user", "web_user", "<p>&nbsp;</p><p><br/></p>", ""},
		{"reply_admin", "app_ios", "Write <br> between, and a List<i>", "Write <br> between, and a List<i>"},
		{"reply_admin", "api", "Put <script>x()</script> and <div> before </body>", "Put <script>x()</script> and <div> before </body>"},
		{"note", "web_panel", "It is a <table>", "It is a <table>"},
		{"reply_user", "email_user", "Put <script>x()</script> and <div> before </body>", "Put <script>x()</script> and <div> before </body>"},
		{"reply_user", "email_user", "<style>p {color: red}</style><p>One</p>", "One"},
		{"reply_user", "email_user", "<html><script>x()</script></html>", "<html><script>x()</script></html>"},
		{"article", "web_panel", "", "[article]"},
	} {
		body, err := json.Marshal(row.body)
		require.NoError(t, err)
		from := `{"id":1,"type":"admin"}`
		if row.kind == "reply_user" {
			from = `13587`
		}
		e := decodeOne(t, fmt.Sprintf(`{"id":5,"type":%q,"from":%s,"sent_via":%q,"body":%s}`, row.kind, from, row.via, body))
		require.Equal(t, row.want, e.Body.Text(), row)
	}
	require.True(t, decodeOne(t, `{"id":5,"type":"reply_user","from":13587,"sent_via":"email_user","body":"Hello<br>Alice"}`).Body.Simplified, "words may have been an element")
	require.False(t, decodeOne(t, `{"id":5,"type":"reply_user","from":13587,"sent_via":"email_user","body":"<p>Hello Alice</p>"}`).Body.Simplified)
	require.False(t, decodeOne(t, `{"id":5,"type":"reply_user","from":13587,"sent_via":"email_user","body":""}`).Body.Simplified)
	e := decodeOne(t, `{"id":5,"type":"auto_reply","body":"<p>See <img src=\"https://x/pic.png\"></p>","attachments":[{"id":7,"filename":"pic.png","url":"https://x/pic.png"}]}`)
	require.Len(t, e.Files, 1, "an inline image that is attached as well is one file")
	require.False(t, e.Files[0].Within)
	e = decodeOne(t, `{"id":5,"type":"auto_reply","body":"<p>See <img src=\"https://x/pic.png\"> there</p>","attachments":[{"id":7,"filename":"pic.png","url":"https://x/pic.png"}]}`)
	require.Len(t, e.Files, 1)
	require.True(t, e.Files[0].Within, "the text tells its place")
	e = decodeOne(t, `{"id":5,"type":"reply_user","from":13587,"sent_via":"email_user","body":"<p>See <img src=\"https://api.dashly.app/v2/apps/1/users\"></p>","attachments":[{"id":7,"filename":"pic.png","url":"https://x/pic.png"}]}`)
	require.Len(t, e.Files, 2)
	require.True(t, e.Files[0].Attached)
	require.False(t, e.Files[1].Attached, "what a text names anybody may have written")
}

// TestWhatHTMLHides is dropped where a body is HTML, and counted. Where that is uncertain, no customer reads it.
func TestWhatHTMLHides(t *testing.T) {
	for _, row := range []struct {
		via, body        string
		note, simplified bool
	}{
		{"web_panel", "<p>One</p><!-- secret --><p>Two</p>", false, true},
		{"web_panel", "<p>One</p>", false, false},
		{"web_panel", "<p>One</p><svg><path d=\"M0\"></path></svg>", false, false},
		{"email_admin", "One<br><!-- secret -->Two", false, true},
		{"message_manual", "<html><head><title>secret</title></head><body><p>One</p></body></html>", false, true},
		{"web_panel", "Write <!-- this --> within words", false, false},
		{"web_panel", "Put <script>x()</script> and <div> before </body>", false, false},
		{"web_panel", "<!-- secret --> One", true, false},
		{"web_panel", "One <!-- secret", true, false},
		{"web_panel", "<!-- secret -->", true, false},
		{"web_panel", "<p><!-- secret --></p>", true, false},
		{"web_panel", "One<br><!-- secret -->Two", true, false},
		{"web_panel", "<p>Dear <Customer></p><!-- secret --><p>Two</p>", true, false},
		{"web_panel", "<p>One</p><template>secret</template><p>How do I close <div>?</p>", true, false},
		{"web_panel", "<p>One</p><!-- secret <b>", true, false},
		{"email_admin", "Put <!-- secret --> and <div> before </body>", true, false},
		{"email_admin", "<p>One</p><object>secret", true, false},
	} {
		body, err := json.Marshal(row.body)
		require.NoError(t, err)
		part := `{"id":5,"type":%q,"from":%s,"sent_via":%q,"body":%s}`
		e := decodeOne(t, fmt.Sprintf(part, "reply_admin", `{"id":1,"type":"admin"}`, row.via, body))
		require.Equal(t, row.note, e.Doubt, row)
		require.Equal(t, row.note, e.Kind == mapping.Note, row)
		require.Equal(t, row.simplified, e.Body.Simplified, row)
		if !e.Doubt {
			require.NotContains(t, e.Body.Text(), "secret", row)
		}
		e = decodeOne(t, fmt.Sprintf(part, "reply_user", `13587`, row.via, body))
		require.Equal(t, mapping.Message, e.Kind, "the customer's own words are no secret to them")
	}
}

// TestWhatMayHaveBeenWords is counted where HTML has no place for it.
func TestWhatMayHaveBeenWords(t *testing.T) {
	for body, want := range map[string]bool{
		"<p>Hello Alice</p>":                  false,
		"<p>Hello<o:p></o:p></p>":             false,
		"<p>Hello <Alice></p>":                true,
		"<p>How do I close <div>?</p>":        true,
		"<p>Hello <alice@example.org></p>":    true,
		"Hello<br>Alice":                      true,
		"<Bob> says<br>hello <Alice>":         true,
		"<!doctype html>\n<p>Hello Alice</p>": false,
	} {
		raw, err := json.Marshal(body)
		require.NoError(t, err)
		require.Equal(t, want, decodeOne(t, `{"id":5,"type":"reply_user","from":13587,"sent_via":"email_user","body":`+string(raw)+`}`).Body.Simplified, body)
	}
}

// TestFilesOfAnotherShape stand there as files without an address, so that a line tells of them.
func TestFilesOfAnotherShape(t *testing.T) {
	for raw, want := range map[string][]mapping.File{
		`["https://x.org/1.png?a=/b",{"name":"2.png","link":"https://x.org/2.png"}]`: {{Name: "1.png", Attached: true}, {Name: "2.png", Attached: true}},
		`[{"link":"https://x.org/2.png"},7]`:                                         {{Attached: true}, {ID: "7", Attached: true}},
		`{"id":7,"filename":"a.png","size":{}}`:                                      {{ID: "7", Name: "a.png", Attached: true}},
		`[{},null,"",[],false]`:                                                      nil,
		`0`:                                                                          nil,
		`false`:                                                                      nil,
	} {
		e := decodeOne(t, `{"id":5,"type":"reply_user","from":13587,"body":"See","attachments":`+raw+`}`)
		require.Equal(t, want, e.Files, raw)
	}
}

// TestWordsStayAndSecretsDoNotShow, however words and mark-up follow each other.
func TestWordsStayAndSecretsDoNotShow(t *testing.T) {
	hidden := []string{"<!--secret-->", "<!--[if mso]>secret<![endif]-->", "<template>secret</template>", "<title>secret</title>"}
	elements := []string{"<p>", "</p>", "<div>", "</div>", "<br>", "<b>", "</b>", "<header>"}
	pieces := slices.Concat(hidden, elements, []string{"word", "word", " ", "<Customer>", "<ann@x.org>", "</3>", "<style>p {}</style>"})
	rapid.Check(t, func(t *rapid.T) {
		drawn := rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 12).Draw(t, "pieces")
		body := strings.Join(drawn, "")
		p, err := dashly.ParsePart([]byte(`{"id":5,"type":"reply_admin","from":{"id":1,"type":"admin"}}`))
		require.NoError(t, err)
		p.Body, p.SentVia = dashly.Text(body), rapid.SampledFrom([]dashly.Text{"web_panel", "email_admin", "message_manual", "api"}).Draw(t, "sent_via")
		c, err := dashly.Decode(dashly.Input{Conversation: dashly.Conversation{ID: "1"}, Parts: []dashly.Part{p}})
		require.NoError(t, err)
		e := c.Entries[0]
		for _, word := range []string{"word", "ann@x.org", "/3"} {
			require.Equal(t, strings.Count(body, word), strings.Count(e.Body.Text(), word), "%q: %q", word, e.Body.Text())
		}
		if e.Kind != mapping.Message || !strings.Contains(e.Body.Text(), "secret") {
			return
		}
		drawn = slices.DeleteFunc(drawn, func(s string) bool { return s == " " })
		require.False(t, slices.ContainsFunc(drawn, func(s string) bool { return slices.Contains(elements, s) }), "the customer reads what may be HTML: %q", e.Body.Text())
		require.NotContains(t, hidden, drawn[0])
		require.NotContains(t, hidden, drawn[len(drawn)-1])
	})
}
