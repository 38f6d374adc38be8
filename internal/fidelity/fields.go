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

func chosenTime(to mapping.Features) mapping.Level { return to.ChosenTime }

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
	if to.CommaInTags == mapping.Full && to.TagRunes == 0 {
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
	{"user: $name, $email, $phone", "those of the contact that the bridge makes", partly, nil, "an address only of an identified customer; a contact that was there keeps what it has, and gets a name with `contacts.properties` only; Dashly compares phones letter for letter, so one is found as `+` and digits or as Intercom spells it, in no third spelling", false},
	{"user: props_custom", "those of `contacts.properties`, where the contact has none", partly, held, "none by default; typed; a text has 255 characters at most", false},
	{"user: id, user_id", "the contact with that external id, else the mark of the bridge's own contact", partly, unset, "a user id of one's own finds the contact who bears it; it is not given to one who does not", false},
	{"user: removed", "nothing", dropped, unset, "whoever was merged or erased is nobody's counterpart any more; the contact stays", false},
	{"user: props ($country, $region, $city, $initial_referrer, UTM and the other system properties)", "nothing", dropped, unset, "Intercom finds out place and origin by itself, and takes no place; `contacts.properties` has only properties of your own", false},
	{"user: props_events, events", "nothing", dropped, unset, "what the customer does on the site; they belong to no conversation", false},
	{"user: notes", "nothing", dropped, unset, "about the person and not the conversation: they are not read", false},
	{"user: tags, segments", "nothing", dropped, unset, "those of a person, who may be sorted otherwise on each desk: they are not read; the tags of the conversation are merged", false},
	{"user: presence_details, timezone_offset", "nothing", dropped, unset, "what the customer does now, and where: each desk sees that by itself", false},
	{"user: map_url, app", "nothing", dropped, unset, "an address of Dashly's, and the application that the token belongs to", false},
	{"external_service, external_id", "nothing", dropped, unset, "the messenger by which it came, and its number there; the note that begins the copy names the messenger", false},
	{"important", "nothing", dropped, unset, "Intercom takes a priority in its Preview version only", false},
	{"message, replied, last_admin", "nothing", dropped, unset, "what began it, and what the parts tell", false},
	{"parts_count, replies_count, admin_unread_count, user_unread_count, not_answered_admin_replies, unread_parts_count", "nothing", dropped, unset, "each desk counts its own; by `parts_count` the bridge knows what Dashly does not show: `source_truncated`", false},
	{"created", "the time of what begins the copy", chosenTime, []mapping.Loss{mapping.LossTimeNow}, "`filters.created_after` and `filters.created_before` ask it", false},
	{"sended_time, last_user_reply_time, last_update", "nothing", dropped, unset, "when the message that began it was sent, and what the parts tell; `last_update` tells what has changed", false},
	{"clicked, unsubscribed", "nothing", dropped, unset, "what became of the message that began it; they stand in old samples only", false},
	{"removed", "nothing (removed)", partly, []mapping.Loss{mapping.LossRemoved}, "its parts count as removed; what was carried before stays in the copy", false},
	{"part: first", "which entry counts as the one that began it", partly, unset, "where no part says so, the earliest message of a conversation that is whole", false},
	{"part: part_group, random_id", "nothing", dropped, unset, "the question that a part belongs to, and the number that whoever wrote it gave it; order and time are carried", false},
	{"part: external_id", "nothing", dropped, unset, "the bridge's own writes are known by it; what another program put there stays on Dashly", false},
	{"part: edited", "the words at the time they were carried", partly, nil, "a later edit is not noticed", false},
	{"part: removed", "nothing (removed)", partly, []mapping.Loss{mapping.LossRemoved}, "what is taken away after it was carried stays in the copy", false},
	{"part: body_json, meta_data, actions", "nothing, but what a vote says", dropped, []mapping.Loss{mapping.LossAnswerRequestFlat}, "their shapes are not documented (U45, U46)", false},
	{"part: inbound_email", "nothing", dropped, unset, "no call reads it (U44)", false},
	{"read, part: read", "nothing", dropped, unset, "Dashly counts apart what the visitor and what the operators have not read; Intercom could be set, but no document says whose reading its `read` is, and a customer must not be said to have read what nobody showed them", false},
}

var fromIntercom = []field{
	{"state: open", "open, by the next words of the customer only", reopen, []mapping.Loss{mapping.LossReopenUnsupported}, "no call of Dashly opens a closed conversation", true},
	{"state: closed", "closed", full, nil, "`status` can make another state of each, or keep it where it is: `state_kept`", true},
	{"state: snoozed, snoozed_until", "nothing", snooze, []mapping.Loss{mapping.LossSnoozeUnsupported}, "no call of Dashly delays a conversation", true},
	{"admin_assignee_id", "the agent's counterpart", full, nil, "an agent without one stays unassigned: `unmapped_agent`; `kinds: {intercom: {assignment: activity}}` tells it in a note", true},
	{"team_assignee_id", "nothing", team, unset, "no call of Dashly sets a channel; with `teams.map` a change is counted, once", true},
	{"tags", "merged", tags, []mapping.Loss{mapping.LossTagUnsafe}, "a tag with a comma, or of more than 255 characters, is not written to Dashly; `kinds: {intercom: {conversation_tags_updated: activity}}` tells it in a note", true},
	{"title, source.subject", "a line of the note that begins the copy", title, unset, "Dashly has no titles: a later one is not told, and is counted, once; both, where they differ; a subject without a text is the first message", false},
	{"conversation_rating", "nothing", rating, unset, "Dashly's conversations have no attributes; `kinds: {intercom: {conversation_rating_changed: activity}}` tells it in a note", false},
	{"contact: name, email, phone", "those of the user that the bridge makes", partly, nil, "an address only of an identified customer, and only one that nobody has; a user who was there keeps what is there, and gets a name with `contacts.properties` only", false},
	{"contact: id, external_id", "the user with that User ID, else the mark of the bridge's own user", partly, unset, "an external id finds the user who bears it; it is not given to one who does not", false},
	{"contact: tags", "nothing", dropped, unset, "those of a person: no call of Dashly's sets them; the tags of the conversation are merged", false},
	{"contact: notes", "nothing", dropped, unset, "about the person and not the conversation: no call of Dashly's writes one", false},
	{"contact: companies", "nothing", dropped, unset, "no document of Dashly's names companies", false},
	{"contact: location", "nothing", dropped, unset, "each desk finds out the place by itself; `contacts.properties` has only attributes of your own", false},
	{"contact: avatar, social_profiles", "nothing", dropped, unset, "Dashly's users have none, as far as the documents tell", false},
	{"contact: language_override, browser_language", "nothing", dropped, unset, "the language of Intercom's own messenger", false},
	{"contact: unsubscribed_from_emails, has_hard_bounced, marked_email_as_spam", "nothing", dropped, unset, "whom a desk may send its mailings to is told to that desk; the bridge sends none", false},
	{"contact: owner_id", "nothing", dropped, unset, "Dashly's users have no owner; who has the conversation is carried", false},
	{"contact: workspace_id, email_domain", "nothing", dropped, unset, "the workspace that the token belongs to, and a part of the address", false},
	{"contact: created_at, updated_at, signed_up_at, last_seen_at, last_replied_at, last_contacted_at, last_email_opened_at, last_email_clicked_at", "nothing", dropped, unset, "each desk keeps its own times of a person", false},
	{"contact: browser, browser_version, os, android_app_name, android_app_version, android_device, android_os_version, android_sdk_version, android_last_seen_at, ios_app_name, ios_app_version, ios_device, ios_os_version, ios_sdk_version, ios_last_seen_at", "nothing", dropped, unset, "with what the customer came to Intercom; Dashly sees that by itself", false},
	{"contact: custom_attributes", "those of `contacts.properties`, where the user has none", partly, held, "none by default; typed; a text has 255 characters at most", false},
	{"custom_attributes", "nothing", dropped, unset, "Dashly's conversations have no attributes; `kinds: {intercom: {conversation_attribute_updated_by_admin: activity}}` tells a change in a note", false},
	{"channel, ai_agent, ai_agent_participated, ai_topics, sales_agent", "nothing", dropped, unset, "an agent of the desk's own is a bot", false},
	{"source.url", "nothing", dropped, unset, "the page where it began; Dashly's calls take a `referrer`, but no document says who sees it: it is not sent", false},
	{"source.recipients, source.reply_to, source.email_message_metadata", "nothing", dropped, unset, "of an e-mail, since 2.16: the words are carried, its head is not", false},
	{"created_at", "nothing", chosenTime, []mapping.Loss{mapping.LossTimeNow}, "Dashly dates by itself; a transcript names the time of each line; `filters.created_after` and `filters.created_before` ask it", false},
	{"updated_at", "nothing", dropped, unset, "tells what has changed", false},
	{"side conversations", "nothing", dropped, unset, "threads within the team, with calls of their own since 2.16, which the bridge does not make", false},
	{"contacts after the first, participants", "the words of a further participant are a note", partly, []mapping.Loss{mapping.LossOtherParticipant}, "", false},
	{"company, linked_objects, ticket, topics, external_references", "nothing", dropped, unset, "they stay in the workspace", false},
	{"waiting_since, first_contact_reply, statistics, sla_applied, teammates", "nothing", dropped, unset, "each desk counts its own", false},
	{"part: event_details", "nothing", dropped, unset, "told in a note where `kinds` says activity; by the tags that it names the bridge knows who changed them", false},
	{"part: email_message_metadata, translations", "nothing", dropped, unset, "the head of an e-mail, and words that nobody wrote", false},
	{"part: tags", "nothing", dropped, unset, "a tag of a part is one of the conversation, too, and merged as such", false},
	{"part: metadata", "the texts of the buttons, as a list", partly, []mapping.Loss{mapping.LossAnswerRequestFlat}, "of a `quick_reply` only; which button was pressed is told by the answer", false},
	{"part: external_id", "nothing", dropped, unset, "no documented call sets it, so it is no mark of the bridge's", false},
	{"part: app_package_code", "nothing", dropped, unset, "it tells the bridge what a program wrote", false},
	{"part: updated_at, notified_at", "nothing", dropped, unset, "they stand for a `created_at` that is missing; an edit is not noticed", false},
	{"part: redacted, source.redacted", "nothing (removed)", partly, []mapping.Loss{mapping.LossRemoved}, "what is redacted after it was carried stays in the copy", false},
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
