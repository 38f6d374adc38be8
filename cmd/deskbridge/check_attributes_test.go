package main

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	wire "github.com/deskbridge/deskbridge/mapping/intercom"
)

func TestCheckLooksForTheAttributes(t *testing.T) {
	asked := 0
	check := func(name string, directions ...string) []report.Finding {
		cfg := &config.Config{Ratings: config.Ratings{IntercomAttribute: name}, Sync: config.Sync{Directions: directions}}
		b := &bridge{cfg: cfg, ofConversations: func(context.Context) ([]apiintercom.Attribute, error) {
			asked++
			return []apiintercom.Attribute{{Name: "Rating", Type: "string"}, {Name: "score", Type: "integer"}, {Name: "old", Archived: wire.Flag{Present: true, On: true}}}, nil
		}}
		x := &examiner{bridge: b}
		x.conversationAttributes(t.Context())
		return x.findings
	}
	require.Empty(t, check("", config.DashlyToIntercom))
	require.Zero(t, asked, "without a rule nothing is asked")
	require.Equal(t, []report.Finding{{Level: report.OK, About: "ratings.intercom_attribute", Message: "intercom has the attribute"}}, check("Rating", config.DashlyToIntercom))
	for want, c := range map[string][]string{
		`intercom has no attribute "rating" of conversations: no rating will ever be carried; there is "Rating"; make it in Settings > Conversation data, of the type text`: {"rating", config.DashlyToIntercom},
		`intercom has no attribute "old" of conversations: no rating will ever be carried; make it in Settings > Conversation data, of the type text`:                       {"old", config.DashlyToIntercom},
		`the attribute "score" of intercom is of type integer: a rating is text and will be refused (field_not_held)`:                                                       {"score", config.DashlyToIntercom},
		`can never match: sync.directions lacks dashly_to_intercom, so nothing is carried from dashly`:                                                                      {"Rating", config.IntercomToDashly},
	} {
		require.Equal(t, []report.Finding{{Level: report.Warning, About: "ratings.intercom_attribute", Message: want}}, check(c[0], c[1:]...))
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

// TestEveryVersionTellsTheAttributes of conversations: 2.16 in a list of their own.
func TestEveryVersionTellsTheAttributes(t *testing.T) {
	_, desk := sandbox.NewPair(sandbox.Options{})
	desk.SetKnobs(func(k *intercom.Knobs) { k.Attributes = []string{"Rating"} })
	srv := httptest.NewServer(desk)
	t.Cleanup(srv.Close)
	for _, version := range wire.Versions {
		c, err := apiintercom.New(apiintercom.Options{BaseURL: srv.URL, Token: "t", Version: version})
		require.NoError(t, err)
		cfg := &config.Config{Ratings: config.Ratings{IntercomAttribute: "Rating"}, Backlinks: config.Backlinks{IntercomAttribute: "Copy"},
			Sync: config.Sync{Directions: []string{config.DashlyToIntercom}}}
		x := &examiner{bridge: &bridge{cfg: cfg, ofConversations: c.ConversationAttributes}}
		x.conversationAttributes(t.Context())
		require.Len(t, x.findings, 2, version)
		require.Equal(t, report.Finding{Level: report.OK, About: "ratings.intercom_attribute", Message: "intercom has the attribute"}, x.findings[0], version)
		require.Equal(t, report.Warning, x.findings[1].Level, version)
		require.Contains(t, x.findings[1].Message, `intercom has no attribute "Copy" of conversations`, version)
	}
}
