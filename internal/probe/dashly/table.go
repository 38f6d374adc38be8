package dashly

import "github.com/deskbridge/deskbridge/internal/probe"

type rows = probe.Readings

const (
	listCall  = "GET apps/{app}/conversations"
	partsCall = "GET conversations/{id}/parts"
)

// Table is every question that reading can answer, in the order of docs/unknowns.md.
func Table() []probe.Probe[*Survey] {
	row := probe.Ask[*Survey]
	return []probe.Probe[*Survey]{
		row("U1", "version 2", listCall+": status", rows{
			{"answered", "the path and the header are right"},
		}, (*Survey).version2),
		row("U4", "$self_app in paths", "GET apps/$self_app/conversations: status", rows{
			{"accepted", "dashly.app_id may stay $self_app; then a token of another site on the same host is not noticed"},
			{"refused", "dashly.app_id must name the site"},
		}, (*Survey).selfApp),
		row("U7", "ids in cursors", listCall+": meta.next_before_position", rows{
			{"numbers", "cursors are handed back as they came"},
			{"text", "cursors are handed back as they came"},
		}, (*Survey).cursorIDs),
		row("U12", "end of a list", listCall+" and "+partsCall+": the last meta", rows{
			{"null", "the bridge stops there"},
			{"no key", "the bridge stops there"},
			{"an empty page", "one more read for each list"},
			{"the same cursor", "one more read for each list"},
		}, (*Survey).end),
		row("U12", "length of pages", listCall+"?paginate_count=50: the length of data", rows{
			{"as asked", "lists cost as few calls as they can"},
			{"shorter", "lists cost more calls; the bridge goes on until they end"},
		}, (*Survey).pageLength),
		row("U12", "empty pages before the end", listCall+": data and meta.next_before_position", rows{
			{"there are some", "an empty page with a cursor is not taken for the end"},
		}, (*Survey).emptyPages),
		row("U13", "cursor of a user's list", "GET users/{id}/conversations?paginate_count=1: the keys of meta", rows{
			{"next_before_position", "as in the other lists"},
			{"next_after", "the bridge reads the old name too"},
		}, (*Survey).userCursor),
		row("U14", "ids of parts", partsCall+": id against created", rows{
			{"grow with time", "the order of entries of one second is known"},
			{"do not grow", "entries of one second may change places"},
		}, (*Survey).partIDs),
		row("U15", "attachments of a part", partsCall+" with and without include_attachments", rows{
			{"come by themselves", "the bridge asks for them all the same"},
			{"come when asked for", "the bridge asks for them"},
		}, (*Survey).optional),
		row("U16", "user of a conversation", "GET conversations/{id}?include_user=true: user", rows{
			{"an object", "no further read is needed"},
			{"a bare id", "the user is read on its own"},
		}, (*Survey).userShape),
		row("U16", "undocumented parameters", "GET conversations/{id}?include_deskbridge=true: status", rows{
			{"refused", "the bridge sends documented ones only"},
			{"ignored", "the bridge sends documented ones only"},
		}, (*Survey).undocumented),
		row("U17", "unassigned conversations without asking", listCall+" with and without include_not_assigned: assignee", rows{
			{"are listed", "the bridge asks for them all the same"},
			{"are left out", "the bridge asks for them"},
		}, (*Survey).unassigned),
		row("8.1", "untagged conversations without asking", listCall+" with and without include_no_tags: tags", rows{
			{"are listed", "the bridge asks for them all the same"},
			{"are left out", "the bridge asks for them"},
		}, (*Survey).untagged),
		row("U18", "messages that nobody answered", "GET users/{id}/conversations against "+listCall+": replied", rows{
			{"are listed", "they are read and skipped as awaiting_customer"},
			{"are left out", "they are read when the customer answers"},
		}, (*Survey).unanswered),
		row("U19", "a conversation that does not exist", "GET conversations/{an id beyond all}: status", rows{
			{"400", "counts as gone after the second answer"},
			{"403", "counts as gone while the list can be read"},
			{"404", "counts as gone after the second answer"},
		}, (*Survey).missing),
		row("U19", "removed conversations", listCall+": removed", rows{
			{"are listed", "each counts as gone"},
		}, (*Survey).removed),
		row("U27", "blanks around tags", listCall+": tags", rows{{"exist", "tags are compared without them"}}, tagged(blanks)),
		row("U27", "capitals in tags", listCall+": tags", rows{{"exist", "tags are compared without regard to case"}}, tagged(capitals)),
		row("U27", "commas in tags", listCall+": tags", rows{{"exist", "the bridge writes none all the same (tag_unsafe)"}}, tagged(commas)),
		row("U33", "list of leads", "GET apps/{app}/users?limit=1: data", rows{
			{"an object", "both shapes are read"},
			{"an array", "both shapes are read"},
		}, (*Survey).leadsShape),
		row("8.16", "external_id of replies", partsCall+": external_id of replies that the bridge wrote", rows{
			{"is echoed", "a reply of the bridge is known by its marker"},
			{"is not echoed", "a reply of the bridge is known by promise and words"},
		}, (*Survey).echo),
		row("U38", "sent_via of customers' replies over the API", partsCall+": sent_via of what the bridge wrote", rows{
			{"api", "an entry with another one is no work of the bridge"},
			{"web_user", "sent_via proves nothing of customers' replies"},
			{"another", "sent_via proves nothing of customers' replies"},
		}, (*Survey).userVia),
		row("U38", "sent_via of system parts over the API", partsCall+": sent_via of what the bridge wrote", rows{
			{"api", "the field merge covers them"},
			{"system", "the field merge covers them"},
			{"web_panel", "the field merge covers them"},
			{"another", "the field merge covers them"},
		}, (*Survey).systemVia),
		row("U39", "files", "the first byte of attachments[].url of "+partsCall+", without the token", rows{
			{"open", "the token stays away from links"},
			{"closed without the token", "the token goes to the desk's own hosts only"},
		}, (*Survey).files),
		row("U40", "times", listCall+": created", rows{
			{"seconds", "all three forms are read"},
			{"microseconds", "all three forms are read"},
			{"text", "a text without a zone counts as UTC"},
		}, (*Survey).times),
		row("U40", "clock", "Date of "+listCall+" against the own clock", rows{
			{"agrees", "times are compared with the desk's own clock"},
			{"is ahead", "times are compared with the desk's own clock"},
			{"is behind", "times are compared with the desk's own clock"},
		}, (*Survey).clock),
		row("U41", "last_update after a note", listCall+": last_update against part_last", rows{
			{"moves", "the poll finds notes"},
			{"stays", "the sweep finds notes in conversations where nothing else happens"},
		}, moved(note)),
		row("U41", "last_update after a system part", listCall+": last_update against part_last", rows{
			{"moves", "the poll finds tags, assignments and closings"},
			{"stays", "the sweep finds tags, assignments and closings"},
		}, moved(system...)),
		row("U42", "author of system parts over the API", partsCall+": from of what the bridge wrote", authors, authored(true)),
		row("U42", "author of people's system parts", partsCall+": from of system parts", authors, authored(false)),
		row("U43", "bodies of customers", partsCall+": body of reply_user", bodies, bodied("reply_user")),
		row("U43", "bodies of the team", partsCall+": body of reply_admin", bodies, bodied("reply_admin")),
		row("U47", "operators who left", partsCall+": from of reply_admin", rows{
			{"nobody", "the fallback agent writes for them"},
			{"a bare id", "the fallback agent writes for them"},
		}, (*Survey).gone),
		row("3", "ids", "the largest id of "+listCall+" and "+partsCall, rows{
			{"below 2^53", "ids are text everywhere"},
			{"beyond 2^53", "ids are text everywhere"},
			{"beyond 2^63", "ids are text everywhere"},
		}, (*Survey).ids),
		row("7", "channel of a conversation", listCall+"?include_channel=true and GET conversations/{id}: channel", rows{
			{"shown, null where there is none", "the poll sees a change of channel, and one that was taken away"},
			{"shown where there is one", "the poll sees a change of channel; one that was taken away cannot be told from one that is not shown"},
			{"not shown in lists", "a change of channel is found when its part counts, or something else changes"},
		}, (*Survey).channelShown),
		row("U36", "list of channels", "GET apps/{app}/channels: meta", rows{
			{"whole", "check compares teams.map with it"},
			{"paged", "check follows the cursor and compares teams.map with it"},
		}, (*Survey).channelList),
		row("9.2", "ids of authors under id_as_string", partsCall+": from of reply_user", rows{
			{"text", "both are read"},
			{"numbers", "both are read"},
		}, (*Survey).authorIDs),
	}
}

var (
	authors = rows{
		{"the person", "the field merge covers them, whoever made them"},
		{"nobody", "the field merge covers them, whoever made them"},
		{"the site", "the field merge covers them, whoever made them"},
		{"a bare id", "the field merge covers them, whoever made them"},
	}
	bodies = rows{
		{"text", "reading understands both"},
		{"HTML", "reading understands both"},
	}
)
