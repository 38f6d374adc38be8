package dashly

import "github.com/deskbridge/deskbridge/mapping"

// Documented are the lists of values that the documents of Dashly name (dashly-api.md 9), each with the field as rows spell
// it. They are kept apart from the tables, so that a value without a row is found.
func Documented() []mapping.Documented {
	return []mapping.Documented{
		{Field: "type", Values: []string{
			"email", "incoming_email", "popup_small", "popup_big", "block_popup_small", "block_popup_big", "popup_chat", "lead_bot", "routing_bot", "push", "sdk_push",
		}},
		{Field: "reply_type", Values: []string{"text", "email", "phone", "push", "button", "no"}},
		{Field: "reply_last_type", Values: []string{"reply_user", "reply_admin"}},
		{Field: "status", Values: []string{"created", "rendered", "sent", "accepted", "delivered", "bounced", "complained", "dropped", "error"}},
		{Field: "assistant_type", Values: []string{"dialogflow", "lead_bot", "routing_bot", "facebook_bot", "telegram_bot", "widget_bot", "yandex_ai"}},
		{Field: "recipient_type", Values: []string{"all", "web", "sdk"}},
		{Field: "closed", Values: []string{"false", "true"}},
		{Field: "channel.type", Values: append(Channels(), "mobile", "manual")},
		{Field: "from: type", Values: []string{"admin", "bot", "message_sender", "default_admin"}},
		{Field: "direction", Values: []string{"a2u", "u2a"}},
		{Field: "email_status.status", Values: []string{"validation", "not_valid", "not_confirmed", "confirmed", "bounced", "spam", "unsubscribed", "black_list"}},
		{Field: "attachment.type", Values: []string{"file"}},
		{Field: "presence", Values: []string{"online", "idle", "offline"}},
	}
}

// Channels are the documented names of mapping.Conversation.Channel (dashly-api.md 9.6); the set is open.
func Channels() []string {
	return []string{"email", "vk", "facebook", "instagram", "telegram", "viber", "whatsapp", "yandex_dialogs"}
}
