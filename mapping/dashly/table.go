package dashly

import "github.com/deskbridge/deskbridge/mapping"

// Row is one line of the table from Dashly's kinds of parts to the neutral model (dashly-api.md 9.2).
type Row struct {
	Native string       // ConversationPart.type; "*" stands for every kind that no other row names
	Author mapping.Role // the row holds for this author only; empty: for every author
	// When narrows a row further: "text" (a text or a file is there), "empty" (neither is), "" both.
	When   string
	Kind   mapping.Kind
	Covers mapping.Field   // the field that an event reports about
	Needs  mapping.Ability // with which that field carries it to another desk; empty: every desk can
	Rule   string          // by which an event that no field covers is skipped
	Doubt  bool            // it is uncertain whether a customer may see it: only ever written as a note
	// Stead stands for the text where there is none. It is the bridge's, so of a person it is a note.
	Stead  string
	Level  mapping.Level // how well the neutral model holds it
	Losses []mapping.Loss
	Remark string
}

// Names of the rules by which events are skipped.
const (
	RuleVote    = "vote_not_carried"
	RuleService = "event_not_carried"
	RuleUnknown = "unknown_event"
	RuleEmpty   = "empty_entry"
)

// timeNow: what a field carries, the other desk dates at the moment of the bridge's call.
var timeNow = []mapping.Loss{mapping.LossEventTimeNow}

var table = []Row{
	{Native: "reply_user", Author: mapping.Customer, Kind: mapping.Message, Level: mapping.Full, Remark: "the customer's words, from the widget, by e-mail or through a messenger"},
	{Native: "reply_admin", Author: mapping.Agent, Kind: mapping.Message, Level: mapping.Full, Remark: "an operator's reply"},
	{Native: "reply_admin", Author: mapping.Bot, Kind: mapping.Message, Level: mapping.Full, Remark: "a bot's or campaign's words under an operator's name"},
	{Native: "reply_django_user", Author: mapping.Agent, Kind: mapping.Message, Level: mapping.Full, Remark: "an operator's reply in old conversations"},
	{Native: "reply_django_user", Author: mapping.Bot, Kind: mapping.Message, Level: mapping.Full, Remark: "the same, sent automatically"},
	{Native: "auto_reply", Author: mapping.Bot, Kind: mapping.Message, Level: mapping.Full, Remark: "automatic reply of the desk"},
	{Native: "note", Author: mapping.Agent, Kind: mapping.Note, Level: mapping.Full, Remark: "seen by the team only"},
	{Native: "note", Author: mapping.Bot, Kind: mapping.Note, Level: mapping.Full, Remark: "a note that a bot left"},
	{Native: "article", Author: mapping.Agent, When: "text", Kind: mapping.Message, Level: mapping.Partial, Losses: []mapping.Loss{mapping.LossFormatting}, Remark: "the text is carried; body_json is opaque (U45)"},
	{Native: "article", Author: mapping.Agent, When: "empty", Kind: mapping.Note, Stead: "[article]", Level: mapping.Partial, Losses: []mapping.Loss{mapping.LossFormatting, mapping.LossNoteForReply}, Remark: "an article without a text: what stands for it is not the agent's words"},
	{Native: "article", Author: mapping.Bot, Kind: mapping.Message, Stead: "[article]", Level: mapping.Partial, Losses: []mapping.Loss{mapping.LossFormatting}, Remark: "the same, sent by a bot"},
	{Native: "chat_bot_admin", Author: mapping.Bot, Kind: mapping.Message, Level: mapping.Full, Remark: "a bot's line"},
	{Native: "chat_bot_user", Author: mapping.Bot, Kind: mapping.Message, Level: mapping.Partial, Losses: []mapping.Loss{mapping.LossAnswerRequestFlat}, Remark: "a bot's line that expects an answer; the form of its buttons is unknown (U46)"},
	{Native: "vote", Author: mapping.Customer, When: "text", Kind: mapping.Note, Doubt: true, Level: mapping.Partial, Losses: []mapping.Loss{mapping.LossDoubtAsNote}, Remark: "words of the customer at a vote"},
	{Native: "vote", Author: mapping.Bot, Kind: mapping.Event, Rule: RuleVote, Level: mapping.Dropped, Remark: "the desk's own question; the shape of the answer is unknown (U45)"},
	{Native: "vote", When: "empty", Kind: mapping.Event, Rule: RuleVote, Level: mapping.Dropped, Remark: "a vote without words"},
	{Native: "tag_added", When: "empty", Kind: mapping.Event, Covers: mapping.Tags, Level: mapping.Partial, Losses: timeNow, Remark: "carried by the merge of tags"},
	{Native: "tag_deleted", When: "empty", Kind: mapping.Event, Covers: mapping.Tags, Level: mapping.Partial, Losses: timeNow, Remark: "carried by the merge of tags"},
	{Native: "assigned", When: "empty", Kind: mapping.Event, Covers: mapping.Assignee, Level: mapping.Partial, Losses: timeNow, Remark: "assignment and its end"},
	{Native: "closed", When: "empty", Kind: mapping.Event, Covers: mapping.Status, Level: mapping.Partial, Losses: timeNow, Remark: "carried by the merge of states"},
	{Native: "final_closed", When: "empty", Kind: mapping.Event, Covers: mapping.Status, Level: mapping.Partial, Losses: timeNow, Remark: "deprecated form of closed"},
	{Native: "opened", When: "empty", Kind: mapping.Event, Covers: mapping.Status, Needs: mapping.ToReopen, Level: mapping.Partial, Losses: timeNow, Remark: "left over in old conversations"},
	{Native: "delayed", When: "empty", Kind: mapping.Event, Covers: mapping.Status, Needs: mapping.ToSnooze, Level: mapping.Partial, Losses: timeNow, Remark: "delayed_until of the conversation holds the time"},
	{Native: "channel_changed", When: "empty", Kind: mapping.Event, Covers: mapping.Team, Level: mapping.Full, Remark: "moved to another inbox folder; covered by the team where `teams.map` is configured"},
	{Native: "service", When: "empty", Kind: mapping.Event, Rule: RuleService, Level: mapping.Dropped, Remark: "a hint of the desk without text"},
	{Native: "service", When: "text", Kind: mapping.Note, Doubt: true, Level: mapping.Partial, Losses: []mapping.Loss{mapping.LossDoubtAsNote}, Remark: "text of the desk; who sees it is not said"},
}

// What no row of the table fits: kinds that nobody knows, and known kinds with an author or a text that they should not
// have. The words of a person are never dropped.
var (
	rowUnknownText  = Row{Native: "*", When: "text", Kind: mapping.Note, Doubt: true, Level: mapping.Partial, Losses: []mapping.Loss{mapping.LossUnknownKind, mapping.LossDoubtAsNote}, Remark: "unknown kind with a text or a file"}
	rowUnknownEmpty = Row{Native: "*", When: "empty", Kind: mapping.Event, Rule: RuleUnknown, Level: mapping.Dropped, Remark: "unknown kind without content"}
	rowOddText      = Row{Native: "* (known kind, unexpected author or text)", When: "text", Kind: mapping.Note, Doubt: true, Level: mapping.Partial, Losses: []mapping.Loss{mapping.LossDoubtAsNote}, Remark: "for example a text on an assignment, or a user's reply that names an operator"}
	rowOddEmpty     = Row{Native: "* (message or note)", When: "empty", Kind: mapping.Event, Rule: RuleEmpty, Level: mapping.Dropped, Remark: "neither text nor file: nothing to carry"}
)

// Table gives every row, those of unforeseen parts last.
func Table() []Row {
	return append(append([]Row(nil), table...), rowOddText, rowOddEmpty, rowUnknownText, rowUnknownEmpty)
}

// Kinds are the documented kinds of parts (dashly-api.md 9.2), the obsolete ones included.
func Kinds() []string {
	return []string{
		"reply_user", "reply_admin", "auto_reply", "note", "tag_added", "tag_deleted", "assigned", "closed", "final_closed", "delayed",
		"channel_changed", "vote", "article", "chat_bot_admin", "chat_bot_user", "service", "reply_django_user", "opened",
	}
}

// SentVia are the documented values of sent_via (dashly-api.md 9.2); the set is open.
func SentVia() []string {
	return []string{
		"web_user", "email_user", "web_panel", "email_admin", "app_android", "app_ios", "app_chrome", "app_desktop", "message_auto",
		"message_manual", "message_chat_bot", "api", "integrations", "system", "auto_reply",
	}
}

// RowFor finds the row of a part. full tells whether it has a text or a file; known whether the table names its kind.
func RowFor(native string, author mapping.Role, full bool) (row Row, known bool) {
	when := "empty"
	if full {
		when = "text"
	}
	for _, r := range table {
		if r.Native != native {
			continue
		}
		known = true
		if (r.Author == "" || r.Author == author) && (r.When == "" || r.When == when) && (full || r.Kind == mapping.Event || r.Stead != "") {
			return r, true
		}
	}
	switch {
	case known && full:
		return rowOddText, true
	case known:
		return rowOddEmpty, true
	case full:
		return rowUnknownText, false
	}
	return rowUnknownEmpty, false
}

// Origin is what ConversationPart.sent_via tells (dashly-api.md 9.2, 8.16).
type Origin struct {
	SentVia string // "*" stands for every other value, names of integrations included
	// Automatic: what the team's side says this way is a bot's.
	Automatic bool
	// Customer and Team are what it proves about parts of the customer's and of the team's side.
	Customer, Team mapping.Provenance
	Remark         string
}

var origins = []Origin{
	{SentVia: "web_user", Remark: "the widget; the bridge's own replies as a user may carry it too (U38)"},
	{SentVia: "email_user", Customer: mapping.ByHuman, Team: mapping.Unknown, Remark: "an e-mail of the customer"},
	{SentVia: "web_panel", Team: mapping.ByHuman, Remark: "an operator in the panel"},
	{SentVia: "email_admin", Team: mapping.ByHuman, Remark: "an operator by e-mail"},
	{SentVia: "app_android", Team: mapping.ByHuman, Remark: "an operator's app"},
	{SentVia: "app_ios", Team: mapping.ByHuman, Remark: "an operator's app"},
	{SentVia: "app_chrome", Team: mapping.ByHuman, Remark: "an operator's app"},
	{SentVia: "app_desktop", Team: mapping.ByHuman, Remark: "an operator's app"},
	{SentVia: "message_auto", Automatic: true, Remark: "a triggered campaign, also under an operator's name"},
	{SentVia: "message_manual", Automatic: true, Remark: "a campaign sent by hand; an operator's own words when an operator is its author"},
	{SentVia: "message_chat_bot", Automatic: true, Remark: "a bot"},
	{SentVia: "auto_reply", Automatic: true, Remark: "the desk's automatic reply"},
	{SentVia: "system", Automatic: true, Remark: "the desk itself"},
	{SentVia: "api", Customer: mapping.ByAPI, Team: mapping.ByAPI, Remark: "the bridge or another client"},
	{SentVia: "integrations", Remark: "a messenger or another product"},
	{SentVia: "*", Remark: "an integration's name: the author decides"},
}

// Origins gives the table of sent_via.
func Origins() []Origin { return append([]Origin(nil), origins...) }

func originOf(via string) Origin {
	for _, o := range origins {
		if o.SentVia == via {
			return o
		}
	}
	return origins[len(origins)-1]
}
