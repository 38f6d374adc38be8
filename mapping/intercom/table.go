package intercom

import (
	"strings"

	"github.com/deskbridge/deskbridge/mapping"
)

// Content tells which entries of a native kind a row is about.
type Content string

const (
	Any         Content = ""
	WithText    Content = "text"    // something that was written or attached
	WithoutText Content = "no text" // neither
)

// Row says what becomes of one native kind. The rows of Table are tried in order; the first that fits counts.
type Row struct {
	Native  string // part_type, or "source" for the opening; "*" is any other
	Author  mapping.Role
	Content Content
	Kind    mapping.Kind
	Covers  mapping.Field   // the field whose merge carries the change
	Needs   mapping.Ability // with which that merge carries it to another desk; empty: every desk can
	Rule    string          // by which an event that no field covers is skipped
	Doubt   bool            // written as a note only
	Level   mapping.Level
	Losses  []mapping.Loss
	Remark  string
}

// Table lists every part_type that is known (intercom-api.md 8.2), with and without text, and the fallback for those
// that are not. Human text is never dropped, whatever the kind.
func Table() []Row { return table }

var (
	asNote  = []mapping.Loss{mapping.LossDoubtAsNote}
	timeNow = []mapping.Loss{mapping.LossEventTimeNow}
	botNote = []mapping.Loss{mapping.LossBotAsNote}
)

var table = build()

func build() []Row {
	rows := []Row{
		{Native: "source", Author: mapping.Customer, Content: WithText, Kind: mapping.Message, Level: mapping.Full, Remark: "the opening, whatever its channel (source.type); the note that begins the copy names its subject, beside the title where they differ"},
		{Native: "source", Author: mapping.Bot, Content: WithText, Kind: mapping.Message, Level: mapping.Partial, Losses: botNote, Remark: "delivered_as campaigns_initiated, operator_initiated or automated, or a bot's opening"},
		{Native: "source", Author: mapping.System, Content: WithText, Kind: mapping.Note, Doubt: true, Level: mapping.Partial, Losses: asNote, Remark: "nobody is named as the author"},
		{Native: "source", Content: WithText, Kind: mapping.Message, Level: mapping.Full, Remark: "an agent's opening (admin_initiated)"},

		{Native: "comment", Author: mapping.Bot, Content: WithText, Kind: mapping.Message, Level: mapping.Partial, Losses: botNote, Remark: "words of Fin, Operator or a workflow"},
		{Native: "comment", Author: mapping.System, Content: WithText, Kind: mapping.Note, Doubt: true, Level: mapping.Partial, Losses: asNote, Remark: "nobody is named as the author (Twitter, erased people)"},
		{Native: "comment", Content: WithText, Kind: mapping.Message, Level: mapping.Full, Remark: "a reply of the customer or of an agent"},
		{Native: "comment", Content: WithoutText, Kind: mapping.Event, Rule: "empty_comment", Level: mapping.Dropped, Remark: "below 2.6 every event is a comment without a body"},

		{Native: "quick_reply", Content: WithText, Kind: mapping.Message, Level: mapping.Partial, Losses: []mapping.Loss{mapping.LossAnswerRequestFlat}, Remark: "the labels of the buttons become a list"},
		{Native: "quick_reply", Content: WithoutText, Kind: mapping.Event, Rule: "empty_comment", Level: mapping.Dropped, Remark: "buttons without labels, or under the name of a contact, who is asked and did not offer them"},

		{Native: "note", Content: WithText, Kind: mapping.Note, Level: mapping.Full},
		{Native: "note", Content: WithoutText, Kind: mapping.Event, Rule: "empty_note", Level: mapping.Dropped},
	}
	for _, n := range []string{"note_and_reopen", "note_and_unsnooze"} {
		rows = append(rows,
			Row{Native: n, Content: WithText, Kind: mapping.Note, Covers: mapping.Status, Level: mapping.Full, Remark: "the note is carried, the change of state by the status field"},
			Row{Native: n, Content: WithoutText, Kind: mapping.Event, Covers: mapping.Status, Level: mapping.Partial, Losses: timeNow})
	}
	for _, n := range []string{"open", "close"} {
		rows = append(rows,
			Row{Native: n, Author: mapping.System, Content: WithText, Kind: mapping.Note, Covers: mapping.Status, Doubt: true, Level: mapping.Partial, Losses: asNote, Remark: "nobody is named as the author"},
			Row{Native: n, Content: WithText, Kind: mapping.Message, Covers: mapping.Status, Level: mapping.Full, Remark: "a reply that changed the state too; a customer's reply to a closed conversation is an open part"},
			Row{Native: n, Content: WithoutText, Kind: mapping.Event, Covers: mapping.Status, Needs: map[string]mapping.Ability{"open": mapping.ToReopen}[n], Level: mapping.Partial, Losses: timeNow})
	}
	for _, r := range covered(mapping.Status, "snoozed", "unsnoozed", "timer_unsnooze") {
		r.Needs = mapping.ToSnooze
		rows = append(rows, r)
	}
	rows = append(rows, covered(mapping.Assignee, "assignment", "assign_and_reopen", "assign_and_unsnooze", "default_assignment",
		"away_mode_assignment", "workflow_assignment", "message_strategy_assignment")...)
	rows = append(rows, covered(mapping.Tags, "conversation_tags_updated")...)
	rows = append(rows, skipped("priority_not_carried", "priority_changed", "priority_changed_by_rule")...)
	rows = append(rows, skipped("participant_event", "participant", "participant_added", "participant_removed")...)
	rows = append(rows, skipped("rating_not_carried", "conversation_rating_changed", "conversation_rating_remark_added")...)
	rows = append(rows, skipped("attribute_not_carried", "conversation_attribute_updated_by_user", "conversation_attribute_updated_by_admin",
		"conversation_attribute_updated_by_workflow")...)
	rows = append(rows, skipped("sla_not_carried", "conversation_sla_applied_by_rule", "conversation_sla_applied_by_workflow", "conversation_sla_removed",
		"conversation_sla_target_missed", "conversation_sla_paused", "conversation_sla_unpaused")...)
	rows = append(rows, skipped("workflow_event", "operator_workflow_event", "user_became_idle", "resolution_bot_found_no_answer", "attribute_collector",
		"attribute_collected", "language_detection_details", "channel_and_reply_time_expectation", "fin_guidance_applied")...)
	rows = append(rows, skipped("custom_action_not_carried", "custom_action_started", "custom_action_finished")...)
	rows = append(rows, skipped("ticket_not_carried", "ticket_state_updated_by_admin", "ticket_attribute_updated_by_admin")...)
	rows = append(rows, skipped("company_not_carried", "company_updated")...)
	rows = append(rows, skipped("call_not_carried", "call_summary")...)
	rows = append(rows, skipped(mapping.SkipMerge, "merged_primary_conversation")...)
	return append(rows,
		Row{Native: "note*", Content: WithText, Kind: mapping.Note, Level: mapping.Full, Remark: "every kind whose name begins with note is internal"},
		Row{Native: "*", Content: WithText, Kind: mapping.Note, Doubt: true, Level: mapping.Partial, Losses: []mapping.Loss{mapping.LossUnknownKind, mapping.LossDoubtAsNote}, Remark: "any other kind: its text is kept, as a note"},
		Row{Native: "*", Content: WithoutText, Kind: mapping.Event, Rule: "unknown_event", Level: mapping.Dropped, Remark: "any other kind without text"})
}

// covered gives the rows of events that a field carries. Who may see a text on them is uncertain.
func covered(f mapping.Field, natives ...string) []Row {
	var rows []Row
	for _, n := range natives {
		rows = append(rows,
			Row{Native: n, Content: WithText, Kind: mapping.Note, Covers: f, Doubt: true, Level: mapping.Partial, Losses: asNote, Remark: "the change is carried by the field, the text as a note"},
			Row{Native: n, Content: WithoutText, Kind: mapping.Event, Covers: f, Level: mapping.Partial, Losses: timeNow})
	}
	return rows
}

// skipped gives the rows of events that no field carries.
func skipped(rule string, natives ...string) []Row {
	var rows []Row
	for _, n := range natives {
		rows = append(rows,
			Row{Native: n, Content: WithText, Kind: mapping.Note, Doubt: true, Level: mapping.Partial, Losses: asNote, Remark: "the text is kept, as a note"},
			Row{Native: n, Content: WithoutText, Kind: mapping.Event, Rule: rule, Level: mapping.Dropped})
	}
	return rows
}

// PartTypes are the documented kinds of parts (intercom-api.md 8.2).
func PartTypes() []string {
	return []string{
		"comment", "open", "close", "assignment", "assign_and_reopen", "assign_and_unsnooze", "snoozed", "quick_reply",
		"note", "note_and_reopen", "note_and_unsnooze", "default_assignment", "away_mode_assignment", "workflow_assignment",
		"message_strategy_assignment", "unsnoozed", "timer_unsnooze", "participant", "participant_added", "participant_removed",
		"conversation_rating_changed", "conversation_rating_remark_added", "conversation_attribute_updated_by_user",
		"conversation_attribute_updated_by_admin", "conversation_attribute_updated_by_workflow", "conversation_tags_updated",
		"priority_changed", "priority_changed_by_rule", "conversation_sla_applied_by_rule", "conversation_sla_applied_by_workflow",
		"conversation_sla_removed", "conversation_sla_target_missed", "conversation_sla_paused", "conversation_sla_unpaused",
		"operator_workflow_event", "user_became_idle", "resolution_bot_found_no_answer", "attribute_collector", "attribute_collected",
		"language_detection_details", "channel_and_reply_time_expectation", "fin_guidance_applied", "custom_action_started",
		"custom_action_finished", "ticket_state_updated_by_admin", "ticket_attribute_updated_by_admin", "company_updated", "call_summary",
		"merged_primary_conversation",
	}
}

// RowOf finds the row of an entry. There is always one.
func RowOf(native string, author mapping.Role, text bool) Row {
	content := WithoutText
	if text {
		content = WithText
	}
	for _, r := range table {
		if (r.Author == "" || r.Author == author) && (r.Content == Any || r.Content == content) && nativeFits(r.Native, native) {
			return r
		}
	}
	return table[len(table)-1]
}

func nativeFits(pattern, native string) bool {
	prefix, open := strings.CutSuffix(pattern, "*")
	if open {
		return strings.HasPrefix(native, prefix)
	}
	return pattern == native
}

// decodeLosses keeps the losses that have happened once an entry is decoded; the others depend on how it is written.
func decodeLosses(r Row) []mapping.Loss {
	var out []mapping.Loss
	for _, l := range r.Losses {
		if l == mapping.LossUnknownKind || l == mapping.LossAnswerRequestFlat {
			out = append(out, l)
		}
	}
	return out
}

// Opening says who speaks in an opening that was delivered in one way.
type Opening struct {
	DeliveredAs string
	Author      mapping.Role // of whoever is no contact; empty: as source.author tells
	Remark      string
}

// Openings lists every delivered_as that is known (intercom-api.md 7.1). Another value reads like an empty one.
func Openings() []Opening { return openings }

// DeliveredAs are the documented values of delivered_as (intercom-api.md 7.1).
func DeliveredAs() []string {
	return []string{"customer_initiated", "campaigns_initiated", "operator_initiated", "automated", "admin_initiated"}
}

var openings = []Opening{
	{DeliveredAs: "customer_initiated", Remark: "the customer wrote first; where nobody is named, and others are, came or went, it may be any of them"},
	{DeliveredAs: "admin_initiated", Remark: "an agent wrote first"},
	{DeliveredAs: "campaigns_initiated", Author: mapping.Bot, Remark: "a series or campaign, whoever of the team it was sent in the name of; what a contact wrote stays theirs"},
	{DeliveredAs: "operator_initiated", Author: mapping.Bot, Remark: "a bot; what a contact wrote stays theirs"},
	{DeliveredAs: "automated", Author: mapping.Bot, Remark: "an automatic message; what a contact wrote stays theirs"},
}
