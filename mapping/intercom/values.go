package intercom

import "github.com/deskbridge/deskbridge/mapping"

// Values are the documented values of fields that are not synchronised, and of authors (intercom-api.md 7.1, 8.4).
func Values() (all []mapping.Value) {
	unset := []mapping.Loss{mapping.LossFieldUnset}
	add := func(field, becomes string, level mapping.Level, losses []mapping.Loss, remark string, values ...string) {
		for _, v := range values {
			all = append(all, mapping.Value{Field: field, Value: v, Becomes: becomes, Level: level, Losses: losses, Remark: remark})
		}
	}
	add("source.type", "a conversation like any other", mapping.Partial, unset, "the note that begins the copy names it",
		"email", "facebook", "instagram", "phone_call", "phone_switch", "push", "sms", "twitter", "whatsapp")
	add("author.type", "the customer", mapping.Full, nil, "an author whose id is a contact's is the customer whatever the type says", "user", "lead", "contact")
	add("author.type", "the fallback agent, under a line with the name", mapping.Partial, []mapping.Loss{mapping.LossAuthorFallback},
		"a team has no counterpart", "team")
	add("author.type", "the agent's counterpart", mapping.Full, nil, "", "admin")
	add("author.type", "a note that names the bot", mapping.Partial, []mapping.Loss{mapping.LossBotAsNote}, "never shown as a human", "bot", "operator")
	add("source.type", "a conversation like any other", mapping.Partial, unset, "Intercom's own chat, which no note names", "conversation")
	add("source.type", "a conversation like any other", mapping.Partial, unset, "of versions 1.x; no note names it", "conversation_message")
	add("assigned_to.type", "the agent's counterpart", mapping.Full, nil, "of the part that assigns; the field of the conversation counts", "admin")
	add("assigned_to.type", "nothing", mapping.Dropped, unset, "as team_assignee_id", "team")
	add("assigned_to.type", "nobody", mapping.Full, nil, "", "nobody_admin")
	add("assigned_to.type", "nothing", mapping.Dropped, unset, "seen in samples of the documents", "contact")
	add("contact.role", "the user with that User ID or address, else the mark of the bridge's own user", mapping.Partial, unset,
		"identified, with or without an external id, unless a bridge made it", "user")
	add("contact.role", "a user who is known by the bridge's mark only", mapping.Partial, unset, "anonymous", "lead")
	add("attachment.type", "a file, or a line that says why not", mapping.Partial, []mapping.Loss{mapping.LossFileNotCarried}, "up to 10 MB and of the kinds that Dashly takes; other types likewise, if they have a link", "upload")
	add("priority", "nothing", mapping.Dropped, unset, "Dashly has none; only the Preview version of Intercom takes one", "priority", "not_priority", "none", "low", "medium", "high", "urgent")
	add("ai_agent.source_type", "nothing", mapping.Dropped, unset, "what called the agent; its words are entries of a bot",
		"essentials_plan_setup", "profile", "workflow", "workflow_preview", "fin_preview")
	add("ai_agent.last_answer_type", "nothing", mapping.Dropped, unset, "the answer itself is an entry", "ai_answer", "custom_answer")
	add("ai_agent.resolution_state", "nothing", mapping.Dropped, unset, "Intercom's own reckoning; what became of the conversation is its state",
		"assumed_resolution", "confirmed_resolution", "escalated", "negative_feedback", "procedure_handoff")
	add("ai_agent.content_sources.content_type", "nothing", mapping.Dropped, unset, "what the agent took its answer from",
		"file", "article", "external_content", "content_snippet", "workflow_connector_action")
	add("linked_objects.type", "nothing", mapping.Dropped, unset, "it stays in the workspace", "ticket", "conversation")
	add("linked_objects.category", "nothing", mapping.Dropped, unset, "it stays in the workspace", "Customer", "Back-office", "Tracker")
	add("sla_applied.sla_status", "nothing", mapping.Dropped, unset, "each desk counts its own", "hit", "missed", "cancelled", "active")
	add("event_details.action.result", "nothing", mapping.Dropped, unset, "`kinds: {intercom: {custom_action_finished: activity}}` tells the action in a note",
		"success", "failed")
	return all
}
