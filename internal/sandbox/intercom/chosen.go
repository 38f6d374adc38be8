package intercom

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// chosen is the time that a created_at comes to; x is the conversation that the reply belongs to (20.5).
func (c *call) chosen(unix int64, x *conversation) (time.Time, error) {
	at, how := time.Unix(unix, 0), "accept"
	switch {
	case at.After(c.at):
		how = c.d.knobs.FutureCreatedAt
	case x != nil && at.Unix() < x.created.Unix():
		how = c.d.knobs.EarlyCreatedAt
	}
	switch how {
	case "refuse":
		return at, invalid("created_at", "not a time of this conversation")
	case "now":
		return c.at, nil
	}
	return at, nil
}

// repeated tells whether the desk takes a reply for one that it has already (20.1).
func (c *call) repeated(x *conversation, p *part) bool {
	window := time.Duration(c.d.knobs.RepeatWindow)
	return window > 0 && slices.ContainsFunc(x.parts, func(o *part) bool {
		return o.byBridge && o.typed == p.typed && o.author == p.author && strings.HasPrefix(o.kind, "note") == (p.kind == "note") &&
			len(o.files) == len(p.files) && c.at.Sub(o.made) < window
	})
}

// changed is the answer to a write; before is how many parts there were (9.2).
func (c *call) changed(x *conversation, before int) wireConversation {
	out := c.v.conversation(x)
	switch c.d.knobs.ReplyParts {
	case "none":
		out.Parts = nil
	case "new":
		out.Parts.Parts = []wirePart{}
		for _, p := range x.parts[before:] {
			out.Parts.Parts = append(out.Parts.Parts, c.v.part(p))
		}
	}
	return out
}

// paragraphs is plain text as Intercom keeps it (8.6, 20.3).
func (d *Desk) paragraphs(text string) string {
	if d.knobs.JoinLines {
		text = strings.Join(strings.Fields(text), " ")
	}
	return d.linked(stage.Paragraphs(text))
}

// html is a body of an admin as Intercom keeps it (8.6): text is wrapped, HTML is cleaned.
func (d *Desk) html(body string) string {
	if stage.HasMarkup(body) {
		return d.linked(stage.Sanitise(body))
	}
	return stage.Sanitise(d.paragraphs(unescaped(body)))
}

var address = regexp.MustCompile(`(^|[\s>(])(https?://[^\s<>"]+)`)

// linked makes links of addresses (20.3). Such that stand in a link already are left alone.
func (d *Desk) linked(html string) string {
	if !d.knobs.Autolink || strings.Contains(html, "<a ") {
		return html
	}
	return address.ReplaceAllStringFunc(html, func(s string) string {
		m := address.FindStringSubmatch(s)
		u, err := url.Parse(unescaped(m[2]))
		if err != nil {
			return s
		}
		return m[1] + `<a href="` + u.String() + `">` + m[2] + "</a>"
	})
}
