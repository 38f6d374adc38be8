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
	// RepeatedExternalID is the answer to a second part under UniqueExternalID (U37): 400 "refuse", or the "existing" part.
	// Default "refuse".
	RepeatedExternalID string `json:"repeated_external_id"`
	// NoteExternalID is what becomes of an external_id on a note (U37): "keep", or 400 ValidationError "refuse". Default "keep".
	NoteExternalID string `json:"note_external_id"`
	// ExternalIDLimit is the longest external_id in bytes; longer ones are refused, or cut with CutExternalIDs (U37).
	// Default 0, no limit.
	ExternalIDLimit int  `json:"external_id_limit"`
	CutExternalIDs  bool `json:"cut_external_ids"`
	// UserVia is sent_via of a reply that the API posted as the user (U38): "api" or "web_user". Default "api".
	UserVia string `json:"user_via"`
	// SystemVia is sent_via of the system parts that API calls make (U38): "api", "system" or "web_panel". Default "api".
	SystemVia string `json:"system_via"`
	// SystemFrom is the author of those parts (U42): "admin", "null", "site" (default_admin without an id) or "id" (a
	// bare id). Default "admin".
	SystemFrom string `json:"system_from"`
	// PanelEvents is who the system parts name that people make in the panel (U42): "person", or "system", by nobody and
	// sent_via system. Default "person".
	PanelEvents string `json:"panel_events"`
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
	// UserReplyAssigns: a message of the customer brings an unassigned conversation to Jane; NoteAssigns: a note by an
	// operator brings it to that operator (U24). Default false, false.
	UserReplyAssigns bool `json:"user_reply_assigns"`
	NoteAssigns      bool `json:"note_assigns"`
	// AssignReopens: an assignment opens what is closed and ends a delay (8.7, U24). Default false.
	AssignReopens bool `json:"assign_reopens"`
	// PanelReplyAssigns: the same for replies written in the panel (8.4, [H:inbox]). Default true.
	PanelReplyAssigns bool `json:"panel_reply_assigns"`
	// LastUpdate is what moves last_update (U41): "replies", "notes" (replies and notes), "system" (replies and system parts,
	// not notes), "parts" (every new part, no edit or removal), "changes" (replies, edits and removals) or "everything".
	// Default "replies".
	LastUpdate string `json:"last_update"`
	// StartReturns is whose id startconversation gives (U30): "conversation" or "part". Default "conversation".
	StartReturns string `json:"start_returns"`
	// ReplyAnswer is the answer to a reply (U21): the whole "part", a "receipt" with ids, "empty" data, a "list" of all
	// parts that the call made, or a receipt for the "assignment" where the call made one too. Default "part".
	ReplyAnswer string `json:"reply_answer"`
	// EndOfList is how a list ends (U12): a "null" cursor, a "missing" one, an "empty" page after the last, or the "same"
	// cursor again with empty pages. Default "null".
	EndOfList string `json:"end_of_list"`
	// TextCursors: ids in cursors become strings under id_as_string (U7). Default false.
	TextCursors bool `json:"text_cursors"`
	// PageCap is the largest page, whatever is asked for (U12). Default 0: as asked for.
	PageCap int `json:"page_cap"`
	// SparsePages: filters apply to a page after it was cut, so that one in the middle may be short or empty (U12).
	// Default false.
	SparsePages bool `json:"sparse_pages"`
	// OldUserCursor: users/{id}/conversations answers with next_after (U13). Default false.
	OldUserCursor bool `json:"old_user_cursor"`
	// UnknownUser is the answer to get-user by an unknown own id (U31): 400 "lookup" or "create". Default "lookup".
	UnknownUser string `json:"unknown_user"`
	// MissingConversation is the answer for one that does not exist (U19): 400 "lookup", 403 "denied" or 404 "not_found".
	// Default "lookup".
	MissingConversation string `json:"missing_conversation"`
	// RemovedConversation is the answer for a removed one (U19): the "object" with its removed time, 400 "lookup",
	// 403 "denied" or 404 "not_found". Default "lookup".
	RemovedConversation string `json:"removed_conversation"`
	// ListRemoved: removed conversations stay in lists, with their removed time (U19). Default false.
	ListRemoved bool `json:"list_removed"`
	// MergedUser is the answer for a user who was merged into another (U32): the object with its "removed" time, 400
	// "lookup", or the "successor". Default "removed".
	MergedUser string `json:"merged_user"`
	// UnusableUser is the answer to a reply as a user who was merged away (U32, 4): 400 "lookup", 403 "denied" or 404
	// "not_found". Default "lookup".
	UnusableUser string `json:"unusable_user"`
	// MergedAuthors is whose id parts from before a merge bear (U32): "old" or "new". Default "old".
	MergedAuthors string `json:"merged_authors"`
	// MergedConversations is which user a conversation from before a merge shows (U32): the "new" one or the "old", with
	// its "removed" time. Default "new".
	MergedConversations string `json:"merged_conversations"`
	// EmailMerges: setting an address that another user has merges the two (U35). Default false.
	EmailMerges bool `json:"email_merges"`
	// SelfApp: what $self_app is worth in paths of version 2 (U4): "accept" or 403 "refuse". Default "accept".
	SelfApp string `json:"self_app"`
	// AsUser: whether the token may write as the user (U3): "allow" or 403 "deny". Default "allow".
	AsUser string `json:"as_user"`
	// UnassignedHidden: conversations without an assignee are listed only under include_not_assigned (U17). Default false.
	UnassignedHidden bool `json:"unassigned_hidden"`
	// UntaggedHidden: conversations without a tag are listed only under include_no_tags (8.1: it adds them). Default false.
	UntaggedHidden bool `json:"untagged_hidden"`
	// ListUnanswered: conversations that a message began and nobody answered are in the app's list (U18). Default false.
	ListUnanswered bool `json:"list_unanswered"`
	// OptionalPartFields: "auto" gives attachments, assignee, tag, channel, first, read by themselves; "asked" only with
	// their include_ parameter (U15). Default "auto".
	OptionalPartFields string `json:"optional_part_fields"`
	// Channels is where a conversation shows its channel (7: an optional field): where it is "asked" for; in the answer for
	// "one" conversation, whatever lists are asked for; only where it is "set", no key where there is none; or "never".
	// Default "asked".
	Channels string `json:"channels"`
	// AutoChannel is the id of a channel into which a rule moves a conversation when the customer writes, over the API too
	// (9.6: auto_set). Default empty: no rule.
	AutoChannel string `json:"auto_channel"`
	// ChannelList is how the channels of the site are listed (U36): "whole", "paged" one by one, or 403 "denied".
	// Default "whole".
	ChannelList string `json:"channel_list"`
	// ConversationUser is how a conversation shows its user (U16): "full" or the bare "id". Default "full".
	ConversationUser string `json:"conversation_user"`
	// NumberAuthors: users' ids in from stay numbers under id_as_string (9.2). Default false.
	NumberAuthors bool `json:"number_authors"`
	// HighIDs: ids lie beyond 2^63 (3: they go up to 2^64-1). Default false.
	HighIDs bool `json:"high_ids"`
	// ScatteredIDs: ids do not grow with the time of their making; neighbours are swapped (U14). Default false.
	ScatteredIDs bool `json:"scattered_ids"`
	// Times are how conversations and parts tell times (9, U40): whole "seconds", seconds with "micro"seconds, "iso"
	// text in UTC without a zone, the "local" time three hours ahead of UTC as text without a zone, or the same "zoned", with
	// the zone. Default "seconds".
	Times string `json:"times"`
	// Votes is what meta_data holds of a vote (U45): a "number" and a comment, both within an "object", in a "list", or the
	// number and the comment not before five minutes have passed since the question: until then nothing, "null", or "zero".
	// Default "number".
	Votes string `json:"votes"`
	// GoneAdmins is how operators who left are shown (U47): as before ("shown"), as "null", or as a bare "id". Default "shown".
	GoneAdmins string `json:"gone_admins"`
	// LeadsEnvelope is the shape of the leads list (U33): "object" or "array". Default "object".
	LeadsEnvelope string `json:"leads_envelope"`
	// LeadsTotal is what the leads list counts (U33): the "hits" of the filter, or the leads of the "site". Default "hits".
	LeadsTotal string `json:"leads_total"`
	// LeadsLag is how long the leads list lags behind (8.13: several minutes). Default 0s, so that tests need no waiting.
	LeadsLag stage.Duration `json:"leads_lag"`
	// BodyAs is how chat bodies are kept (U43): "text" verbatim, "html" (cleaned; typed text is escaped), or "mixed": the
	// customer's as text, the team's as HTML. Default "text".
	BodyAs string `json:"body_as"`
	// MaxBody is the longest body in characters; longer ones are refused with ReplyTooBig (U8). Default 0, no limit.
	MaxBody int `json:"max_body"`
	// FileLimits: replies have the file rules of startconversation, 10 MB and a list of extensions (U23). Default true.
	FileLimits bool `json:"file_limits"`
	// FilesNeedToken: file URLs answer 401 without the token (U39). Default false.
	FilesNeedToken bool `json:"files_need_token"`
	// FileLifetime is how long the URL of a file lives after it was read (U39). Default 0s: for ever.
	FileLifetime stage.Duration `json:"file_lifetime"`
	// CloseClosed is the answer to closing a closed conversation (U26): 200 "empty", 400 "error", or another "part".
	// Default "empty".
	CloseClosed string `json:"close_closed"`
	// TagAgain is the answer to adding a tag that is there and to removing one that is not: 400 "error" as version 2
	// documents, or 200 "ok" as version 1 (8.8). Default "error".
	TagAgain string `json:"tag_again"`
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
		EchoExternalIDReplies: true, EchoExternalIDNotes: true, RepeatedExternalID: "refuse", NoteExternalID: "keep",
		UserVia: "api", SystemVia: "api", SystemFrom: "admin", PanelEvents: "person",
		UserReplyReopens: true, UserReplyWakes: true, AdminReplyWakes: true, PanelReplyAssigns: true,
		LastUpdate: "replies", StartReturns: "conversation", ReplyAnswer: "part", EndOfList: "null",
		UnknownUser: "lookup", MissingConversation: "lookup", RemovedConversation: "lookup",
		MergedUser: "removed", UnusableUser: "lookup", MergedAuthors: "old", MergedConversations: "new", SelfApp: "accept", AsUser: "allow", ConversationUser: "full",
		Times: "seconds", Votes: "number", GoneAdmins: "shown", TagAgain: "error",
		Channels: "asked", ChannelList: "whole",
		OptionalPartFields: "auto", LeadsEnvelope: "object", LeadsTotal: "hits", BodyAs: "text", FileLimits: true,
		CloseClosed: "empty", TrimTags: true, RateWindow: stage.Duration(1e9),
	}
}
