package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

func TestTheBackLinkTellsWhereItCameFrom(t *testing.T) {
	whole := mapping.Conversation{Ref: mapping.Ref{Desk: intercom.Desk, ID: "7/1"}, Channel: "whatsapp", Fields: mapping.Fields{Title: "A lamp"}}
	beside := whole
	beside.Subject = "Broken in 2 parts"
	for name, c := range map[string]struct {
		of    mapping.Conversation
		link  string
		title mapping.Level
		want  string
	}{
		"nothing more": {of: mapping.Conversation{Ref: whole.Ref}, want: "This conversation continues intercom:7/1 in Intercom."},
		"everything": {of: whole, link: "https://example.org/#/{id}", title: mapping.Dropped,
			want: "This conversation continues intercom:7/1 in Intercom, where it came by whatsapp.\n\nTitle: A lamp\n\nhttps://example.org/#/7%2F1"},
		"a subject beside the title": {of: beside, title: mapping.Dropped,
			want: "This conversation continues intercom:7/1 in Intercom, where it came by whatsapp.\n\nTitle: A lamp\n\nSubject: Broken in 2 parts"},
		"a subject beside a title that is carried": {of: beside, title: mapping.Full,
			want: "This conversation continues intercom:7/1 in Intercom, where it came by whatsapp.\n\nSubject: Broken in 2 parts"},
		"a title that is carried": {of: whole, title: mapping.Full, want: "This conversation continues intercom:7/1 in Intercom, where it came by whatsapp."},
	} {
		p := planner{scene: &scene{opts: &Options{}}, from: 0, to: 1}
		p.sides = [2]sideView{{desk: intercom.Desk, side: &Side{Link: c.link}, conv: &c.of}, {desk: dashly.Desk, side: &Side{}, features: mapping.Features{Title: c.title}}}
		head := p.backLink()
		require.Equal(t, c.want, head.Text(), name)
	}
}
