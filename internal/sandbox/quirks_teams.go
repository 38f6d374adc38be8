package sandbox

import (
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
)

// teamQuirks are readings of what is said of channels and teams.
func teamQuirks() []Quirk {
	return []Quirk{
		onDashly("7", "lists show no channel", func(k *dashly.Knobs) { k.Channels = "one" }, Traits{Introduces: true}), // a channel names its operators
		onDashly("7", "no key where there is no channel", func(k *dashly.Knobs) { k.Channels = "set" }),
		onDashly("7", "no channel is shown", func(k *dashly.Knobs) { k.Channels = "never" }, Traits{Introduces: true}),
		onDashly("9.6", "a rule sorts into a channel", func(k *dashly.Knobs) { k.AutoChannel = dashly.Mail }, Traits{Assigns: true, Introduces: true}), // a channel names its operators
		onDashly("U36", "channels come one by one", func(k *dashly.Knobs) { k.ChannelList = "paged" }),
		onDashly("U36", "channels may not be listed", func(k *dashly.Knobs) { k.ChannelList = "denied" }),
		onIntercom("20.8", "new conversations are routed to a team", func(k *intercom.Knobs) { k.TeamRouting = intercom.Sales }, Traits{Assigns: true}),
		onIntercom("7.3", "an assignment to a team opens nothing", func(k *intercom.Knobs) { k.TeamReopens = false }),
		onIntercom("9.3", "a team takes the admin away", func(k *intercom.Knobs) { k.TeamClears = true }, Traits{Assigns: true}),
		onIntercom("9.3", "an admin takes the team away", func(k *intercom.Knobs) { k.AdminClears = true }, Traits{Assigns: true}),
	}
}
