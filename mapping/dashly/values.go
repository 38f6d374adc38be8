package dashly

import "github.com/deskbridge/deskbridge/mapping"

// Values are the documented values of a conversation's fields that are not synchronised (dashly-api.md 8.1, 9.1, 9.6).
func Values() (all []mapping.Value) {
	add := func(field, becomes string, level mapping.Level, remark string, values ...string) {
		for _, v := range values {
			all = append(all, mapping.Value{Field: field, Value: v, Becomes: becomes, Level: level, Losses: []mapping.Loss{mapping.LossFieldUnset}, Remark: remark})
		}
	}
	add("type", "a conversation like any other", mapping.Partial, "what it began with; who speaks first is told by its parts",
		"email", "incoming_email", "popup_small", "popup_big", "block_popup_small", "block_popup_big", "popup_chat", "lead_bot", "routing_bot", "push", "sdk_push")
	add("reply_type", "nothing", mapping.Dropped, "the answer that was asked for; the answer itself is an entry", "text", "email", "phone", "push", "button", "no")
	add("reply_last_type", "nothing", mapping.Dropped, "the parts tell it", "reply_user", "reply_admin")
	add("status", "nothing", mapping.Dropped, "how the message that began it was delivered", "created", "rendered", "sent", "accepted", "delivered", "bounced",
		"complained", "dropped", "error")
	add("assistant_type", "nothing", mapping.Dropped, "a bot's words are its own entries, as notes", "dialogflow", "lead_bot", "routing_bot", "facebook_bot", "telegram_bot",
		"widget_bot", "yandex_ai")
	add("recipient_type", "nothing", mapping.Dropped, "", "all", "web", "sdk")
	add("channel.type", "nothing", mapping.Dropped, "the desk's own chat", "mobile", "manual")
	add("channel.type", "a conversation like any other", mapping.Partial, "the note that begins the copy names it, where it is that of a messenger", "email", "vk", "facebook", "instagram", "telegram", "viber",
		"whatsapp", "yandex_dialogs")
	add("from: type", "the agent's counterpart, or the fallback agent under a line with the name", mapping.Partial, "of a part of the team's side", "admin", "default_admin")
	add("from: type", "a note that names the bot", mapping.Partial, "never shown as a human", "bot", "message_sender")
	add("direction", "nothing", mapping.Dropped, "kind and author tell it", "u2a", "a2u")
	add("email_status.status", "decides whether an address counts as confirmed", mapping.Partial, "only `confirmed` does", "validation", "not_valid", "not_confirmed",
		"confirmed", "bounced", "spam", "unsubscribed", "black_list")
	all = append(all, mapping.Value{Field: "attachment.type", Value: "file", Becomes: "a file, or a line that says why not", Level: mapping.Partial,
		Losses: []mapping.Loss{mapping.LossFileNotCarried}, Remark: "up to 20 MB; other types likewise, if they have a link"})
	add("presence", "nothing", mapping.Dropped, "", "online", "idle", "offline")
	return all
}
