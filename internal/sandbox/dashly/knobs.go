package dashly

import "github.com/deskbridge/deskbridge/internal/sandbox/stage"

// Knobs are the readings of what the documentation leaves open. U-numbers are those of dashly-api.md, section 12.
// Begin with DefaultKnobs, which holds the most plausible readings.
type Knobs struct {
	// EchoExternalIDReplies: external_id is read back on replies (8.16). Default true.
	EchoExternalIDReplies bool `json:"echo_external_id_replies"`
	// EchoExternalIDNotes: and on notes (U37). Default true.
	EchoExternalIDNotes bool `json:"echo_external_id_notes"`
	// UniqueExternalID: a second part with the same external_id is refused with 400 ValidationError (U37). Default false.
	UniqueExternalID bool `json:"unique_external_id"`
	// UserVia is sent_via of a reply that the API posted as the user (U38): "api" or "web_user". Default "api".
	UserVia string `json:"user_via"`
	// SystemVia is sent_via of the system parts that API calls make (U38): "api" or "system". Default "api".
	SystemVia string `json:"system_via"`
	// SystemFrom is the author of those parts (U42): "admin" or "null". Default "admin".
	SystemFrom string `json:"system_from"`
	// UserReplyReopens, AdminReplyReopens, NoteReopens: the part opens a closed conversation (U24). Default true, false, false.
	UserReplyReopens  bool `json:"user_reply_reopens"`
	AdminReplyReopens bool `json:"admin_reply_reopens"`
	NoteReopens       bool `json:"note_reopens"`
	// UserReplyWakes, AdminReplyWakes, NoteWakes: the part ends a delay (U24). Default true, true, false.
	UserReplyWakes  bool `json:"user_reply_wakes"`
	AdminReplyWakes bool `json:"admin_reply_wakes"`
	NoteWakes       bool `json:"note_wakes"`
	// APIReplyAssigns: a reply by from_admin assigns an unassigned conversation to that operator (U24). Default false.
	APIReplyAssigns bool `json:"api_reply_assigns"`
	// PanelReplyAssigns: the same for replies written in the panel (8.4, [H:inbox]). Default true.
	PanelReplyAssigns bool `json:"panel_reply_assigns"`
	// LastUpdate is what moves last_update (U41): "replies", "notes" (replies and notes) or "everything". Default "replies".
	LastUpdate string `json:"last_update"`
	// StartReturns is whose id startconversation gives (U30): "conversation" or "part". Default "conversation".
	StartReturns string `json:"start_returns"`
	// ReplyAnswer is the answer to a reply (U21): the whole "part" or a "receipt" with ids. Default "part".
	ReplyAnswer string `json:"reply_answer"`
	// EndOfList is how a list ends (U12): a "null" cursor, a "missing" one, or an "empty" page after the last. Default "null".
	EndOfList string `json:"end_of_list"`
	// TextCursors: ids in cursors become strings under id_as_string (U7). Default false.
	TextCursors bool `json:"text_cursors"`
	// OldUserCursor: users/{id}/conversations answers with next_after (U13). Default false.
	OldUserCursor bool `json:"old_user_cursor"`
	// UnknownUser is the answer to get-user by an unknown own id (U31): 400 "lookup" or "create". Default "lookup".
	UnknownUser string `json:"unknown_user"`
	// MissingConversation is the answer for one that does not exist (U19): 400 "lookup" or 403 "denied". Default "lookup".
	MissingConversation string `json:"missing_conversation"`
	// RemovedConversation is the answer for a removed one (U19): the "object" with its removed time, or 400 "lookup".
	// Default "lookup".
	RemovedConversation string `json:"removed_conversation"`
	// UnassignedHidden: conversations without an assignee are listed only under include_not_assigned (U17). Default false.
	UnassignedHidden bool `json:"unassigned_hidden"`
	// ListUnanswered: conversations that a message began and nobody answered are in the app's list (U18). Default false.
	ListUnanswered bool `json:"list_unanswered"`
	// OptionalPartFields: "auto" gives attachments, assignee, tag, channel, first, read by themselves; "asked" only with
	// their include_ parameter (U15). Default "auto".
	OptionalPartFields string `json:"optional_part_fields"`
	// LeadsEnvelope is the shape of the leads list (U33): "object" or "array". Default "object".
	LeadsEnvelope string `json:"leads_envelope"`
	// LeadsLag is how long the leads list lags behind (8.13: several minutes). Default 0s, so that tests need no waiting.
	LeadsLag stage.Duration `json:"leads_lag"`
	// BodyAs is how chat bodies are kept (U43): "text" verbatim, or "html" (cleaned; typed text is escaped). Default "text".
	BodyAs string `json:"body_as"`
	// MaxBody is the longest body in characters; longer ones are refused with ReplyTooBig (U8). Default 0, no limit.
	MaxBody int `json:"max_body"`
	// FileLimits: replies have the file rules of startconversation, 10 MB and a list of extensions (U23). Default true.
	FileLimits bool `json:"file_limits"`
	// FilesNeedToken: file URLs answer 401 without the token (U39). Default false.
	FilesNeedToken bool `json:"files_need_token"`
	// CloseClosed is the answer to closing a closed conversation (U26): 200 "empty", 400 "error", or another "part".
	// Default "empty".
	CloseClosed string `json:"close_closed"`
	// TrimTags, FoldTags: tags lose outer white space, become lower case (U27). Default true, false.
	TrimTags bool `json:"trim_tags"`
	FoldTags bool `json:"fold_tags"`
	// RefuseCommaTags: a tag with a comma is refused with 400 ValidationError (U27). Default false.
	RefuseCommaTags bool `json:"refuse_comma_tags"`
	// QueryTagDelete: parameters of DELETE tag may stand in the query (U6). Default false.
	QueryTagDelete bool `json:"query_tag_delete"`
	// RateLimit calls are served in each RateWindow, then 429 (U10). Default 0, no limit; the window defaults to 1s.
	RateLimit  int            `json:"rate_limit"`
	RateWindow stage.Duration `json:"rate_window"`
	// RetryAfter: a 429 carries a Retry-After header (U10). Default false.
	RetryAfter bool `json:"retry_after"`
	// Lax: parameters that are not documented are ignored in place of 400 ValidationError. Default false.
	Lax bool `json:"lax"`
	// AutoBot is a text with which a bot answers every message of a customer, those made over the API included.
	// Default empty, no bot.
	AutoBot string `json:"auto_bot"`
	// ClockSkew is by how much the desk's clock is ahead of the real one. Default 0s.
	ClockSkew stage.Duration `json:"clock_skew"`
}

// DefaultKnobs are the most plausible readings of the documentation.
func DefaultKnobs() Knobs {
	return Knobs{
		EchoExternalIDReplies: true, EchoExternalIDNotes: true,
		UserVia: "api", SystemVia: "api", SystemFrom: "admin",
		UserReplyReopens: true, UserReplyWakes: true, AdminReplyWakes: true, PanelReplyAssigns: true,
		LastUpdate: "replies", StartReturns: "conversation", ReplyAnswer: "part", EndOfList: "null",
		UnknownUser: "lookup", MissingConversation: "lookup", RemovedConversation: "lookup",
		OptionalPartFields: "auto", LeadsEnvelope: "object", BodyAs: "text", FileLimits: true,
		CloseClosed: "empty", TrimTags: true, RateWindow: stage.Duration(1e9),
	}
}
