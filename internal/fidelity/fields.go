package fidelity

import (
	"cmp"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

// sentVia are the rows of Dashly's sent_via: it decides who is taken for the author, and is not carried itself.
func sentVia() (rows []Row) {
	for _, o := range dashly.Origins() {
		live := "the author as the desk names it"
		if o.Automatic {
			live = "what the team's side says is a bot's"
		}
		rows = append(rows, Row{Native: cmp.Or(map[string]string{"*": others}[o.SentVia], o.SentVia), Live: live, Level: mapping.Partial, Losses: []mapping.Loss{mapping.LossFieldUnset}, Remark: o.Remark})
	}
	return rows
}

// deliveredAs are the rows of Intercom's delivered_as, which decides likewise.
func deliveredAs() (rows []Row) {
	for _, o := range intercom.Openings() {
		live := "the author as the desk names it"
		if o.Author == mapping.Bot {
			live = "the first message is a bot's"
		}
		rows = append(rows, Row{Native: cmp.Or(o.DeliveredAs, "none"), Live: live, Level: mapping.Partial, Losses: []mapping.Loss{mapping.LossFieldUnset}, Remark: o.Remark})
	}
	return append(rows, Row{Native: others, Live: "the author as the desk names it", Level: mapping.Partial, Losses: []mapping.Loss{mapping.LossFieldUnset}})
}

// values are the rows of the other documented values.
func values(list []mapping.Value) (rows []Row) {
	for _, v := range list {
		rows = append(rows, Row{Native: v.Field + ": " + v.Value, Live: v.Becomes, Level: v.Level, Losses: v.Losses, Remark: v.Remark})
	}
	return rows
}

// field is what a conversation's field is called at its desk, and what becomes of it on a desk of some features.
type field struct {
	native string
	live   string
	level  func(to mapping.Features) mapping.Level
	losses []mapping.Loss // where the level is not full
	remark string
	dated  bool // a change is dated by the desk it is carried to, at the moment of the bridge's call
}

func always(l mapping.Level) func(mapping.Features) mapping.Level {
	return func(mapping.Features) mapping.Level { return l }
}

var (
	full    = always(mapping.Full)
	partly  = always(mapping.Partial)
	dropped = always(mapping.Dropped)
	unset   = []mapping.Loss{mapping.LossFieldUnset}
	held    = []mapping.Loss{mapping.LossPropertyNotHeld}
)

func reopen(to mapping.Features) mapping.Level { return to.Reopen }
func snooze(to mapping.Features) mapping.Level { return to.Snooze }
func title(to mapping.Features) mapping.Level  { return to.Title }

// team is partial where it can be set: only what the map names is carried.
func team(to mapping.Features) mapping.Level {
	if to.Team == mapping.Full {
		return mapping.Partial
	}
	return to.Team
}

// rating is partial where an attribute can hold it: only if the configuration names one.
func rating(to mapping.Features) mapping.Level {
	if to.Rating == mapping.Full {
		return mapping.Partial
	}
	return to.Rating
}

// tags are full where every name can be held.
func tags(to mapping.Features) mapping.Level {
	if to.CommaInTags == mapping.Full {
		return to.Tags
	}
	return mapping.Partial
}

var fromDashly = []field{
	{"closed: false", "open", reopen, []mapping.Loss{mapping.LossReopenUnsupported}, "", true},
	{"closed: true", "closed", full, nil, "`status` can make another state of each, or keep it where it is: `state_kept`", true},
	{"delayed_until", "snoozed, with the time", snooze, []mapping.Loss{mapping.LossSnoozeUnsupported}, "", true},
	{"assignee", "the agent's counterpart", full, nil, "an agent without one stays unassigned: `unmapped_agent`; `kinds: {dashly: {assigned: activity}}` tells it in a note", true},
	{"tags", "merged", tags, []mapping.Loss{mapping.LossTagUnsafe}, "", true},
	{"channel", "the team that `teams.map` names for it; nothing without a map", team, []mapping.Loss{mapping.LossUnmappedTeam},
		"a channel that is taken away takes the team away, if it is one of the map", true},
	{"vote", "the text of the attribute that `ratings` names; nothing without one", rating, unset, "the newest one; `kinds: {dashly: {vote: activity}}` tells it in a note", false},
	{"user: name, e-mail, phone", "those of the contact that the bridge makes", partly, nil, "an address only of an identified customer; a contact that was there keeps what it has, and gets a name with `contacts.properties` only", false},
	{"user: custom properties", "those of `contacts.properties`, where the contact has none", partly, held, "none by default; typed; a text has 255 characters at most", false},
	{"external_service, external_id", "nothing", dropped, unset, "on the bridge's own writes its mark, by which they are known", false},
	{"important", "nothing", dropped, unset, "Intercom takes a priority in its Preview version only", false},
	{"message, replied, first, last_admin, counters", "nothing", dropped, unset, "what began it, and what the parts tell", false},
	{"part: edited", "the words at the time they were carried", partly, nil, "a later edit is not noticed", false},
	{"part: removed", "nothing (removed)", partly, []mapping.Loss{mapping.LossRemoved}, "what is taken away after it was carried stays in the copy", false},
	{"part: body_json, meta_data, actions", "nothing, but what a vote says", dropped, []mapping.Loss{mapping.LossAnswerRequestFlat}, "their shapes are not documented (U45, U46)", false},
	{"part: inbound_email", "nothing", dropped, unset, "no call reads it (U44)", false},
	{"read state", "nothing", dropped, unset, "Dashly counts apart what the visitor and what the operators have not read; Intercom could be set, but no document says whose reading its `read` is, and a customer must not be said to have read what nobody showed them", false},
}

var fromIntercom = []field{
	{"state: open", "open, by the next words of the customer only", reopen, []mapping.Loss{mapping.LossReopenUnsupported}, "no call of Dashly opens a closed conversation", true},
	{"state: closed", "closed", full, nil, "`status` can make another state of each, or keep it where it is: `state_kept`", true},
	{"state: snoozed, snoozed_until", "nothing", snooze, []mapping.Loss{mapping.LossSnoozeUnsupported}, "no call of Dashly delays a conversation", true},
	{"admin_assignee_id", "the agent's counterpart", full, nil, "an agent without one stays unassigned: `unmapped_agent`; `kinds: {intercom: {assignment: activity}}` tells it in a note", true},
	{"team_assignee_id", "nothing", team, unset, "no call of Dashly sets a channel; with `teams.map` a change is counted, once", true},
	{"tags", "merged", tags, []mapping.Loss{mapping.LossTagUnsafe}, "a tag with a comma is not written to Dashly; `kinds: {intercom: {conversation_tags_updated: activity}}` tells it in a note", true},
	{"title, source.subject", "a line of the note that begins the copy", title, unset, "Dashly has no titles: a later one is not told; a subject without a text is the first message", false},
	{"conversation_rating", "nothing", rating, unset, "Dashly's conversations have no attributes; `kinds: {intercom: {conversation_rating_changed: activity}}` tells it in a note", false},
	{"contact: name, email, phone", "those of the user that the bridge makes", partly, nil, "an address only of an identified customer, and only one that nobody has; a user who was there keeps what is there, and gets a name with `contacts.properties` only; Dashly compares phones letter for letter, so one is found as `+` and digits or as Intercom spells it, in no third spelling", false},
	{"contact: custom_attributes", "those of `contacts.properties`, where the user has none", partly, held, "none by default; typed; a text has 255 characters at most", false},
	{"custom_attributes", "nothing", dropped, unset, "", false},
	{"channel, ai_agent, ai_agent_participated", "nothing", dropped, unset, "an agent of the desk's own is a bot", false},
	{"contacts after the first, participants", "the words of a further participant are a note", partly, []mapping.Loss{mapping.LossOtherParticipant}, "", false},
	{"company, linked_objects, ticket, topics, external_references", "nothing", dropped, unset, "they stay in the workspace", false},
	{"waiting_since, first_contact_reply, statistics, sla_applied, teammates", "nothing", dropped, unset, "each desk counts its own", false},
	{"part: event_details, email_message_metadata, translations, tags of a part", "nothing", dropped, unset, "", false},
	{"part: redacted", "nothing (removed)", partly, []mapping.Loss{mapping.LossRemoved}, "what is redacted after it was carried stays in the copy", false},
	{"read", "nothing", dropped, unset, "the documents do not say whose reading it tells; the only call of Dashly's that marks as read, an old one, does so for the visitor (U28)", false},
}

func fields(list []field, to mapping.Features) (rows []Row) {
	for _, f := range list {
		r := Row{Native: f.native, Live: f.live, Level: f.level(to), Remark: f.remark}
		if r.Level != mapping.Full {
			r.Losses = f.losses
		}
		if f.dated && r.Level != mapping.Dropped {
			r.Level, r.Losses = mapping.Partial, joined(r.Losses, []mapping.Loss{mapping.LossEventTimeNow})
		}
		rows = append(rows, r)
	}
	return rows
}
