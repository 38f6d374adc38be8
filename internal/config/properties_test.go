package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/mapping"
)

func TestPropertiesOfContacts(t *testing.T) {
	c, err := load(t, least+`contacts:
  properties:
    - {dashly: plan, intercom: Plan of theirs, type: text}
    - {dashly: "Сумма", intercom: price_in_€, type: number}
`)
	require.NoError(t, err)
	require.Equal(t, []mapping.Property{
		{Names: map[mapping.Desk]string{config.Dashly: "plan", config.Intercom: "Plan of theirs"}, Type: mapping.TextProperty},
		{Names: map[mapping.Desk]string{config.Dashly: "Сумма", config.Intercom: "price_in_€"}, Type: mapping.NumberProperty},
	}, c.Contacts.Rules())

	for row, want := range map[string]string{
		`{dashly: $email, intercom: mail, type: text}`:                               "6:34: contacts.properties[0].dashly: a name that begins with $ is Dashly's own",
		`{dashly: mail, intercom: Email, type: text}`:                                "6:50: contacts.properties[0].intercom: this is a field of Intercom's own",
		`{dashly: a, intercom: a.b, type: text}`:                                     "6:47: contacts.properties[0].intercom: an attribute of Intercom has letters, digits",
		`{dashly: " a", intercom: a, type: text}`:                                    "6:34: contacts.properties[0].dashly: a name has no blank at its ends",
		`{dashly: a, type: text}`:                                                    "contacts.properties[0]: the name of the property on intercom is missing",
		`{dashly: a, intercom: b}`:                                                   "contacts.properties[0]: the type is missing: write text, number, boolean or date",
		`{dashly: a, intercom: b, type: string}`:                                     `6:56: contacts.properties[0].type: "string" is not known: write text, number, boolean or date`,
		`{dashly: a, intercom: b, type: text, kind: x}`:                              "there is no such key",
		`{dashly: a, intercom: b, type: text}, {dashly: a, intercom: c, type: text}`: "6:72: contacts.properties[1].dashly: this property stands in entry 1 already: keep one",
		`{dashly: a, intercom: b, type: text}, {dashly: c, intercom: b, type: text}`: "6:85: contacts.properties[1].intercom: this property stands in entry 1 already: keep one",
		`{dashly: ` + strings.Repeat("x", 191) + `, intercom: b, type: text}`:        "6:34: contacts.properties[0].dashly: a name has 190 characters at most",
	} {
		_, err := load(t, least+"contacts: {properties: ["+row+"]}\n")
		require.ErrorContains(t, err, want, row)
	}
}
