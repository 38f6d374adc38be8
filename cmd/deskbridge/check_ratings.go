package main

import (
	"context"
	"slices"
	"strings"

	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/report"
)

// ratings looks whether Intercom has the attribute of conversations that is to hold ratings, and whether it takes text. It costs
// one call, and none without the rule.
func (x *examiner) ratings(ctx context.Context) {
	const about = "ratings.intercom_attribute"
	name := x.cfg.Ratings.IntercomAttribute
	if name == "" || x.off(config.Dashly, about) {
		return
	}
	if x.ofConversations == nil {
		x.say(report.Warning, about, "intercom %s has no list that tells whether the attribute %q exists: look for it in Settings > Conversation data", x.cfg.Intercom.Version, name)
		return
	}
	known, err := x.ofConversations(ctx)
	if err != nil {
		x.say(report.Down, about, "%v", err)
		return
	}
	named := func(is func(string) bool) int {
		return slices.IndexFunc(known, func(a apiintercom.Attribute) bool { return is(string(a.Name)) && !a.Archived.On })
	}
	switch i := named(func(n string) bool { return n == name }); {
	case i < 0:
		near := ""
		if j := named(func(n string) bool { return strings.EqualFold(n, name) }); j >= 0 {
			near = "; there is \"" + string(known[j].Name) + "\""
		}
		x.say(report.Warning, about, "intercom has no attribute %q of conversations: no rating will ever be carried%s; make it in Settings > Conversation data, of the type text", name, near)
	case !slices.Contains([]string{"string", ""}, string(known[i].Type)):
		x.say(report.Warning, about, "the attribute %q of intercom is of type %s: a rating is text and will be refused (field_not_held)", name, known[i].Type)
	default:
		x.say(report.OK, about, "intercom has the attribute")
	}
}
