package main

import (
	"context"
	"slices"
	"strings"

	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/report"
)

// conversationAttributes looks whether Intercom has the attributes of conversations that are to hold ratings and back-links, and
// whether they take text. It costs one call, and none without a rule.
func (x *examiner) conversationAttributes(ctx context.Context) {
	var known []apiintercom.Attribute
	for _, a := range []struct{ about, name, value, without string }{
		{"ratings.intercom_attribute", x.cfg.Ratings.IntercomAttribute, "a rating", "no rating will ever be carried"},
		{"backlinks.intercom_attribute", x.cfg.Backlinks.IntercomAttribute, "a back-link", "no original will ever name its copy"},
	} {
		if a.name == "" || x.off(config.Dashly, a.about) {
			continue
		}
		if known == nil {
			list, err := x.ofConversations(ctx)
			if err != nil {
				x.say(report.Down, a.about, "%v", err)
				return
			}
			known = slices.DeleteFunc(list, func(k apiintercom.Attribute) bool { return k.Archived.On })
		}
		named := func(is func(string) bool) int {
			return slices.IndexFunc(known, func(k apiintercom.Attribute) bool { return is(string(k.Name)) })
		}
		switch i := named(func(n string) bool { return n == a.name }); {
		case i < 0:
			near := ""
			if j := named(func(n string) bool { return strings.EqualFold(n, a.name) }); j >= 0 {
				near = "; there is \"" + string(known[j].Name) + "\""
			}
			x.say(report.Warning, a.about, "intercom has no attribute %q of conversations: %s%s; make it in Settings > Conversation data, of the type text", a.name, a.without, near)
		case !slices.Contains([]string{"string", ""}, string(known[i].Type)):
			x.say(report.Warning, a.about, "the attribute %q of intercom is of type %s: %s is text and will be refused (field_not_held)", a.name, known[i].Type, a.value)
		default:
			x.say(report.OK, a.about, "intercom has the attribute")
		}
	}
}
