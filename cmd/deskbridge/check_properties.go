package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
)

// attributeTypes are the types of Intercom's attributes that hold a property (intercom-api.md 12); "list" holds the texts
// of its options only.
var attributeTypes = map[mapping.PropertyType][]string{
	mapping.TextProperty: {"string", "options", "list"}, mapping.NumberProperty: {"integer", "float", "decimal"},
	mapping.BooleanProperty: {"boolean"}, mapping.DateProperty: {"date", "datetime"},
}

// properties looks whether Intercom has an attribute of the right type for each of contacts.properties. Dashly has no list
// of its properties and makes one when it is first set. It costs one call, and none without a rule.
func (x *examiner) properties(ctx context.Context) {
	rules := x.cfg.Contacts.Properties
	if len(rules) == 0 {
		return
	}
	known, err := x.attributes(ctx)
	if err != nil {
		x.say(report.Down, "intercom attributes", "%v", err)
		return
	}
	good := 0
	for n, p := range rules {
		about := fmt.Sprintf("contacts.properties[%d]", n)
		i := slices.IndexFunc(known, func(a apiintercom.Attribute) bool { return string(a.Name) == p.Intercom && !a.Archived.On })
		switch {
		case i < 0:
			near := ""
			if j := slices.IndexFunc(known, func(a apiintercom.Attribute) bool {
				return strings.EqualFold(string(a.Name), p.Intercom) && !a.Archived.On
			}); j >= 0 {
				near = fmt.Sprintf("; there is %q", known[j].Name)
			}
			x.say(report.Warning, about, "intercom has no attribute %q of people: nothing will ever be carried by this rule%s; make it in Settings > People data", p.Intercom, near)
		case !slices.Contains(attributeTypes[mapping.PropertyType(p.Type)], string(known[i].Type)):
			x.say(report.Warning, about, "the attribute %q of intercom is of type %s, the rule says %s: values will be left out (property_not_held)", p.Intercom, known[i].Type, p.Type)
		case known[i].Writable.Present && !known[i].Writable.On:
			x.say(report.Warning, about, "the attribute %q of intercom cannot be written over the API: it is only carried to dashly", p.Intercom)
		default:
			good++
		}
	}
	if good == len(rules) {
		x.say(report.OK, "contacts.properties", "intercom has an attribute for each, %d in all", good)
	}
}
