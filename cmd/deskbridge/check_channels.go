package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

// channelsOf are the documented names of the channels of each desk, its own chat apart.
var channelsOf = map[mapping.Desk][]string{config.Dashly: dashly.Channels(), config.Intercom: intercom.Channels()}

// channelFilter warns of channels that no desk from which something is carried is documented to have, and of those that are
// wanted and excepted. The sets of both desks are open: an integration of Dashly's may have any name.
func (x *examiner) channelFilter(f *config.ChannelFilter) {
	known := []string{engine.OwnChat}
	for _, s := range x.sides {
		if s.Send {
			known = append(known, channelsOf[s.Source.Desk()]...)
		}
	}
	slices.Sort(known)
	known = slices.Compact(known)
	same := func(c config.ChannelName) func(string) bool {
		return func(name string) bool { return strings.EqualFold(name, string(c)) }
	}
	for _, list := range []struct {
		key      string
		channels []config.ChannelName
	}{{"filters.channels.only", f.Only}, {"filters.channels.except", f.Except}} {
		for i, c := range list.channels {
			about := fmt.Sprintf("%s[%d]", list.key, i)
			switch {
			case !slices.ContainsFunc(known, same(c)):
				x.say(report.Warning, about, "can never match, as far as the documents tell: no desk that something is carried from has a channel %s; there are: %s",
					c, strings.Join(known, ", "))
			case list.key == "filters.channels.only" && slices.ContainsFunc(names(f.Except), same(c)):
				x.say(report.Warning, about, "%s is excepted too: no conversation is carried because of it", c)
			}
		}
	}
}
