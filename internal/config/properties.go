package config

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/deskbridge/deskbridge/mapping"
)

// longestPropertyName is a careful guess: no limit of names is documented.
const longestPropertyName = 190

// checkProperties says what is wrong with contacts.properties: a name stands once on each side, is not one of the desk's
// own, and has no letter that the desk does not take.
func (l *loader) checkProperties(c *Config) {
	kinds := make([]string, len(mapping.PropertyTypes))
	for i, t := range mapping.PropertyTypes {
		kinds[i] = string(t)
	}
	seen := map[string]int{}
	for i, p := range c.Contacts.Properties {
		k := strconv.Itoa(i)
		for _, side := range []struct{ desk, name string }{{string(Dashly), p.Dashly}, {string(Intercom), p.Intercom}} {
			keys := []string{"contacts", "properties", k, side.desk}
			if what := propertyName(side.desk, side.name); what != "" {
				l.wrong(what, keys...)
				continue
			}
			who := side.desk + " " + side.name
			if first, again := seen[who]; again {
				l.wrong(fmt.Sprintf("this property stands in entry %d already: keep one", first+1), keys...)
				continue
			}
			seen[who] = i
		}
		if p.Type == "" {
			l.wrong("the type is missing: write text, number, boolean or date", "contacts", "properties", k, "type")
		} else {
			l.oneOf(p.Type, kinds, "contacts", "properties", k, "type")
		}
	}
}

// ownAttributes are names of Intercom's own fields of a contact, which are no custom attributes (intercom-api.md 11).
var ownAttributes = []string{"id", "type", "role", "external_id", "user_id", "email", "phone", "name", "avatar", "signed_up_at", "last_seen_at",
	"owner_id", "unsubscribed_from_emails", "created_at", "updated_at", "custom_attributes", "language_override"}

// propertyName says what is wrong with a name; empty when nothing is.
func propertyName(desk, name string) string {
	reserved := false
	for _, own := range ownAttributes {
		reserved = reserved || strings.EqualFold(name, own)
	}
	switch {
	case name == "":
		return "the name of the property on " + desk + " is missing"
	case name != strings.TrimSpace(name) || strings.ContainsFunc(name, unicode.IsControl):
		return "a name has no blank at its ends and no line break in it"
	case utf8.RuneCountInString(name) > longestPropertyName:
		return fmt.Sprintf("a name has %d characters at most", longestPropertyName)
	case desk == string(Dashly) && strings.HasPrefix(name, "$"):
		return "a name that begins with $ is Dashly's own: name, e-mail and phone are carried by themselves, others are not"
	case desk == string(Intercom) && reserved:
		return "this is a field of Intercom's own, no custom attribute: name, email and phone are carried by themselves, others are not"
	case desk == string(Intercom):
		return attributeLetters(name)
	}
	return ""
}

// attributeName says what is wrong with the name of an attribute of Intercom's conversations; empty when nothing is.
func attributeName(name string) string {
	switch {
	case name != strings.TrimSpace(name) || strings.ContainsFunc(name, unicode.IsControl):
		return "a name has no blank at its ends and no line break in it"
	case utf8.RuneCountInString(name) > longestPropertyName:
		return fmt.Sprintf("a name has %d characters at most", longestPropertyName)
	}
	return attributeLetters(name)
}

// attributeLetters is what both kinds of Intercom's attributes have in common.
func attributeLetters(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Sc, r) && !strings.ContainsRune(" -_", r)
	}) {
		return "an attribute of Intercom has letters, digits, currency symbols, blanks, - and _ only"
	}
	return ""
}
