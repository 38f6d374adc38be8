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

func TestCheckLooksForTheAttributesOfProperties(t *testing.T) {
	asked := 0
	list := []apiintercom.Attribute{
		{Name: "Plan", Type: "string"}, {Name: "seats", Type: "string"}, {Name: "old", Type: "string", Archived: wire.Flag{Present: true, On: true}},
		{Name: "locked", Type: "boolean", Writable: wire.Flag{Present: true}}, {Name: "since", Type: "date", Writable: wire.Flag{Present: true, On: true}},
	}
	check := func(rules ...config.Property) []report.Finding {
		cfg := &config.Config{Contacts: config.Contacts{Properties: rules}}
		x := &examiner{bridge: &bridge{cfg: cfg, attributes: func(context.Context) ([]apiintercom.Attribute, error) {
			asked++
			return list, nil
		}}}
		x.properties(t.Context())
		return x.findings
	}
	require.Empty(t, check())
	require.Zero(t, asked, "without a rule nothing is asked")

	rule := func(name, kind string) config.Property {
		return config.Property{Dashly: "x", Intercom: name, Type: kind}
	}
	require.Equal(t, []report.Finding{{Level: report.OK, About: "contacts.properties", Message: "intercom has an attribute for each, 2 in all"}}, check(rule("Plan", "text"), rule("since", "date")))
	for want, r := range map[string]config.Property{
		`intercom has no attribute "plan" of people: nothing will ever be carried by this rule; there is "Plan"; make it in Settings > People data`: rule("plan", "text"),
		`intercom has no attribute "old" of people: nothing will ever be carried by this rule; make it in Settings > People data`:                   rule("old", "text"),
		`the attribute "seats" of intercom is of type string, the rule says number: values will be left out (property_not_held)`:                    rule("seats", "number"),
		`the attribute "locked" of intercom cannot be written over the API: it is only carried to dashly`:                                           rule("locked", "boolean"),
	} {
		require.Equal(t, []report.Finding{{Level: report.Warning, About: "contacts.properties[0]", Message: want}}, check(r))
	}

	x := &examiner{bridge: &bridge{cfg: &config.Config{Contacts: config.Contacts{Properties: []config.Property{rule("a", "text")}}}, attributes: func(context.Context) ([]apiintercom.Attribute, error) {
		return nil, errors.New("busy")
	}}}
	x.properties(t.Context())
	require.Equal(t, report.Down, x.findings[0].Level)
}
