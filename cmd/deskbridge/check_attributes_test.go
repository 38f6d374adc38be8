package main

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/report"
	wire "github.com/deskbridge/deskbridge/mapping/intercom"
)

func TestCheckLooksForTheAttributes(t *testing.T) {
	asked := 0
	check := func(name, version string, directions ...string) []report.Finding {
		cfg := &config.Config{Ratings: config.Ratings{IntercomAttribute: name}, Intercom: config.IntercomDesk{Version: version}, Sync: config.Sync{Directions: directions}}
		b := &bridge{cfg: cfg, ofConversations: func(context.Context) ([]apiintercom.Attribute, error) {
			asked++
			return []apiintercom.Attribute{{Name: "Rating", Type: "string"}, {Name: "score", Type: "integer"}, {Name: "old", Archived: wire.Flag{Present: true, On: true}}}, nil
		}}
		if version == "2.16" {
			b.ofConversations = nil
		}
		x := &examiner{bridge: b}
		x.conversationAttributes(t.Context())
		return x.findings
	}
	require.Empty(t, check("", "2.15", config.DashlyToIntercom))
	require.Zero(t, asked, "without a rule nothing is asked")
	require.Equal(t, []report.Finding{{Level: report.OK, About: "ratings.intercom_attribute", Message: "intercom has the attribute"}}, check("Rating", "2.15", config.DashlyToIntercom))
	for want, c := range map[string][]string{
		`intercom has no attribute "rating" of conversations: no rating will ever be carried; there is "Rating"; make it in Settings > Conversation data, of the type text`: {"rating", "2.15", config.DashlyToIntercom},
		`intercom has no attribute "old" of conversations: no rating will ever be carried; make it in Settings > Conversation data, of the type text`:                       {"old", "2.15", config.DashlyToIntercom},
		`the attribute "score" of intercom is of type integer: a rating is text and will be refused (field_not_held)`:                                                       {"score", "2.15", config.DashlyToIntercom},
		`intercom 2.16 has no list that tells whether the attribute "Rating" exists: look for it in Settings > Conversation data`:                                           {"Rating", "2.16", config.DashlyToIntercom},
		`can never match: sync.directions lacks dashly_to_intercom, so nothing is carried from dashly`:                                                                      {"Rating", "2.15", config.IntercomToDashly},
	} {
		require.Equal(t, []report.Finding{{Level: report.Warning, About: "ratings.intercom_attribute", Message: want}}, check(c[0], c[1], c[2:]...))
	}

	x := &examiner{bridge: &bridge{cfg: &config.Config{Ratings: config.Ratings{IntercomAttribute: "a"}, Sync: config.Sync{Directions: []string{config.DashlyToIntercom}}}, ofConversations: func(context.Context) ([]apiintercom.Attribute, error) {
		return nil, errors.New("busy")
	}}}
	x.conversationAttributes(t.Context())
	require.Equal(t, report.Down, x.findings[0].Level)

	x.findings, asked = nil, 0
	x.cfg.Backlinks.IntercomAttribute, x.cfg.Ratings.IntercomAttribute = "Copy", "Rating"
	x.ofConversations = func(context.Context) ([]apiintercom.Attribute, error) {
		asked++
		return []apiintercom.Attribute{{Name: "Rating", Type: "string"}, {Name: "copy", Type: "string"}}, nil
	}
	x.conversationAttributes(t.Context())
	require.Equal(t, 1, asked, "one list for both")
	require.Equal(t, []report.Finding{
		{Level: report.OK, About: "ratings.intercom_attribute", Message: "intercom has the attribute"},
		{Level: report.Warning, About: "backlinks.intercom_attribute", Message: `intercom has no attribute "Copy" of conversations: no original will ever name its copy; there is "copy"; make it in Settings > Conversation data, of the type text`},
	}, x.findings)
}
