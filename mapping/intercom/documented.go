package intercom

import "github.com/deskbridge/deskbridge/mapping"

// Documented are the lists of values that the documents of Intercom name (intercom-api.md 7, 8), each with the field as
// rows spell it. They are kept apart from the tables, so that a value without a row is found.
func Documented() []mapping.Documented {
	return []mapping.Documented{
		{Field: "state", Values: []string{"open", "closed", "snoozed"}},
		{Field: "source.type", Values: append(Channels(), "conversation", "conversation_message")},
		{Field: "author.type", Values: []string{"user", "lead", "contact", "admin", "team", "bot", "operator"}},
		{Field: "assigned_to.type", Values: []string{"admin", "team", "nobody_admin", "contact"}},
		{Field: "contact.role", Values: []string{"user", "lead"}},
		{Field: "attachment.type", Values: []string{"upload"}},
		{Field: "priority", Values: []string{"priority", "not_priority", "none", "low", "medium", "high", "urgent"}},
		{Field: "ai_agent.source_type", Values: []string{"essentials_plan_setup", "profile", "workflow", "workflow_preview", "fin_preview"}},
		{Field: "ai_agent.last_answer_type", Values: []string{"ai_answer", "custom_answer"}},
		{Field: "ai_agent.resolution_state", Values: []string{
			"assumed_resolution", "confirmed_resolution", "escalated", "negative_feedback", "procedure_handoff",
		}},
		{Field: "ai_agent.content_sources.content_type", Values: []string{"file", "article", "external_content", "content_snippet", "workflow_connector_action"}},
		{Field: "linked_objects.type", Values: []string{"ticket", "conversation"}},
		{Field: "linked_objects.category", Values: []string{"Customer", "Back-office", "Tracker"}},
		{Field: "sla_applied.sla_status", Values: []string{"hit", "missed", "cancelled", "active"}},
		{Field: "event_details.action.result", Values: []string{"success", "failed"}},
	}
}

// Channels are the documented names of mapping.Conversation.Channel (intercom-api.md 7.1); the set is open.
func Channels() []string {
	return []string{"email", "facebook", "instagram", "phone_call", "phone_switch", "push", "sms", "twitter", "whatsapp"}
}
