package intercom

import "github.com/deskbridge/deskbridge/internal/sandbox/stage"

// Knobs are the readings of what the documentation leaves open; numbers are sections of intercom-api.md, "20.n" its
// list of unknowns. Begin with DefaultKnobs, which holds the most plausible readings.
type Knobs struct {
	// IndexDelay is how long a change of a conversation takes to show in search and lists (6.2, 20.7).
	// Set it before conversations are written. Default 0s.
	IndexDelay stage.Duration `json:"index_delay"`
	// ContactIndexDelay is the same for contacts search (11: minutes). Default 0s.
	ContactIndexDelay stage.Duration `json:"contact_index_delay"`
	// ContactFindDelay is how long find_by_external_id answers 404 for a new contact (11). Default 0s.
	ContactFindDelay stage.Duration `json:"contact_find_delay"`
	// FreshContactDelay is how long a new contact answers 404 as an author (9.1). Default 0s.
	FreshContactDelay stage.Duration `json:"fresh_contact_delay"`
	// Bounds of > and < in conversation search (6.2, 20.7): "inclusive" or "strict". Default "inclusive".
	Bounds string `json:"bounds"`
	// PageCap is the largest page, whatever is asked for (5). Default 0: as asked for.
	PageCap int `json:"page_cap"`
	// LastPage is pages.next of the last page (5): "missing", "null", an object without a cursor ("bare"), or one whose
	// cursor is null ("cursor"). Default "missing".
	LastPage string `json:"last_page"`
	// TotalCount of a search (20.7): "exact", "less" than there are, or "none". Default "exact".
	TotalCount string `json:"total_count"`
	// SearchDepth is how many conversations a search shows: cursors beyond are refused with 400 client_error (20.7).
	// Default 0, no limit.
	SearchDepth int `json:"search_depth"`
	// SearchLimit searches are served in each window of 10 seconds, beside RateLimit (20.7). Default 0, no limit.
	SearchLimit int `json:"search_limit"`
	// CursorLife is how long a cursor is good for; older ones are refused with 400 client_error (20.16). Default 0s: for ever.
	CursorLife stage.Duration `json:"cursor_life"`
	// SortIgnored: conversation search answers newest change first, whatever sort says (20.16). Default false.
	SortIgnored bool `json:"sort_ignored"`
	// NoteWakes, CommentWakes: an admin's note or comment ends a snooze (7.3). Default true, true.
	NoteWakes    bool `json:"note_wakes"`
	CommentWakes bool `json:"comment_wakes"`
	// NoteReopens, CommentReopens: an admin's note or comment opens a closed conversation. Default false, false.
	NoteReopens    bool `json:"note_reopens"`
	CommentReopens bool `json:"comment_reopens"`
	// TagTwice: tagging a tagged conversation adds the tag a second time (9.5, 20.11). Default false: nothing happens.
	TagTwice bool `json:"tag_twice"`
	// UntagAbsent is the answer to taking a tag away that is not there: "ok" or 404 "not_found". Default "ok".
	UntagAbsent string `json:"untag_absent"`
	// Unmoved lists the changes that leave updated_at alone (20.6): comment, note, state, assign, tag, title,
	// attributes, read, rating, redaction. Default read and redaction.
	Unmoved []string `json:"unmoved"`
	// ContactCreatedAt, AdminCreatedAt: created_at of a reply is honoured; OpenCreatedAt: that of a new conversation (20.5).
	// Default true, true, true.
	ContactCreatedAt bool `json:"contact_created_at"`
	AdminCreatedAt   bool `json:"admin_created_at"`
	OpenCreatedAt    bool `json:"open_created_at"`
	// BackdatedMoves: what is written with a created_at in the past moves updated_at all the same (20.5). Default true.
	BackdatedMoves bool `json:"backdated_moves"`
	// FutureCreatedAt is what becomes of a created_at in the future, EarlyCreatedAt of one before the conversation began
	// (9.2, 20.5): "accept", 400 "refuse", or "now", the time of the call. Default "accept", "accept".
	FutureCreatedAt string `json:"future_created_at"`
	EarlyCreatedAt  string `json:"early_created_at"`
	// RepeatWindow: a reply with author, kind and body of one from less than this ago makes no part; the answer is as
	// usual (20.1). Default 0s: never.
	RepeatWindow stage.Duration `json:"repeat_window"`
	// CloseClosedPart: closing a closed conversation makes another part (20.11). Default false.
	CloseClosedPart bool `json:"close_closed_part"`
	// RefuseNoChange: closing what is closed and opening what is open is 422 (20.11). Default false.
	RefuseNoChange bool `json:"refuse_no_change"`
	// Routing is the id of an admin to whom automation brings an unassigned conversation when a contact writes, over the
	// API too (20.8). Default empty: nobody.
	Routing string `json:"routing"`
	// TeamReopens: an assignment to a team opens a closed conversation and ends a snooze, as one to an admin does (7.3).
	// Default true.
	TeamReopens bool `json:"team_reopens"`
	// TeamClears: an assignment to a team takes the admin away; AdminClears: one to an admin takes the team away (9.3: they
	// are independent). Default false, false.
	TeamClears  bool `json:"team_clears"`
	AdminClears bool `json:"admin_clears"`
	// TeamRouting is the id of a team to which automation brings a conversation without one when a contact writes, over the
	// API too (20.8). Default empty: none.
	TeamRouting string `json:"team_routing"`
	// ReplyEvents: a reply leaves a language_detection_details event of the Operator beside it (9.2). Default false.
	ReplyEvents bool `json:"reply_events"`
	// ReplyTakes: a comment of an admin over the API takes a conversation that no admin has; its part is an assignment with
	// the text (8.2). Default false.
	ReplyTakes bool `json:"reply_takes"`
	// ReplyParts is which parts the answer to a reply or change shows (9.2): "all", the "new" ones, or "none". Default "all".
	ReplyParts string `json:"reply_parts"`
	// SourceID is source.id of a conversation begun over the API (9.1, 7.1): the "message" that was answered, an "other"
	// id, or "null". Default "message".
	SourceID string `json:"source_id"`
	// DeliveredAs is source.delivered_as of what a contact began, over the API too (7.1: the list is open-ended): a text.
	// Default "customer_initiated".
	DeliveredAs string `json:"delivered_as"`
	// AssigneeText: assignees are text in place of numbers (7.1). Default false.
	AssigneeText bool `json:"assignee_text"`
	// Statistics are those of "all" parts, of "messages" only, or "none" (7.1). Default "all".
	Statistics string `json:"statistics"`
	// UnassignedZero: an empty assignee is 0 below 2.16 too (7.1). Default false: null; 2.16 always says 0.
	UnassignedZero bool `json:"unassigned_zero"`
	// PartOrder is the order of parts in an answer (20.4): "created" (time, then id), "id", or "desc" (newest first).
	// Default "created".
	PartOrder string `json:"part_order"`
	// MaxParts is how many parts are readable (6.3). Default 500.
	MaxParts int `json:"max_parts"`
	// TotalCountsAll: total_count goes beyond MaxParts (20.4). Default true.
	TotalCountsAll bool `json:"total_counts_all"`
	// TagExisting is the answer to creating a tag that exists (12): "return" it or 400 "refuse". Default "return".
	TagExisting string `json:"tag_existing"`
	// AppCode is the app_package_code of parts made over the API, 2.13+ (8.1); empty for null. Default "bridge-app".
	AppCode string `json:"app_code"`
	// TagsCaseSensitive: "VIP" and "vip" are two tags (20.14). Default false.
	TagsCaseSensitive bool `json:"tags_case_sensitive"`
	// HumanAppCode is the app_package_code of other parts, 2.13+ (8.1): "null", or the key is "missing". Default "null".
	HumanAppCode string `json:"human_app_code"`
	// AuthorType is author.type of contacts (8.4): their "role", or "contact". Default "role".
	AuthorType string `json:"author_type"`
	// TagParts: tagging makes a conversation_tags_updated part (8.2). Default true.
	TagParts bool `json:"tag_parts"`
	// NonParticipant is the answer to a reply by a contact that is not in the conversation (20.10): 404 "refuse", or
	// "accept", which adds it. Default "refuse".
	NonParticipant string `json:"non_participant"`
	// ContactOrder is the order in which a conversation shows its contacts (7.1): as they "joined", or "newest" first. Default
	// "joined".
	ContactOrder string `json:"contact_order"`
	// ArchivedWrites: an archived contact can be the author of a reply (20.10). Default false: 404.
	ArchivedWrites bool `json:"archived_writes"`
	// UnusableContact is the answer to what is written as a deleted, archived or blocked contact (9.2, 20.10): 404
	// "not_found" or 403 "forbidden". Default "not_found".
	UnusableContact string `json:"unusable_contact"`
	// MergedAuthors is whose id parts from before a merge of contacts bear (20.10): "old" or "new". Default "old".
	MergedAuthors string `json:"merged_authors"`
	// DeletedAuthors is who wrote the parts of a deleted contact (8.4, 11, 20.10): still "shown", or "nobody", whose type and id
	// are empty. Default "shown".
	DeletedAuthors string `json:"deleted_authors"`
	// MergedContact is the answer for a contact who was merged into another (11): as "documented", 404 below 2.16 and 410
	// with a Link since; 404 "missing", 410 with the "link", or 410 "gone" without one, in every version. Default
	// "documented".
	MergedContact string `json:"merged_contact"`
	// MergedConversations is whose id a conversation from before a merge of contacts shows, and is found by (11): the
	// "new" one or the "old". Default "new".
	MergedConversations string `json:"merged_conversations"`
	// MergeCopies: merging two conversations copies the messages of the second into the first (20.15). Default false.
	MergeCopies bool `json:"merge_copies"`
	// FindArchived: find_by_external_id shows archived contacts (11). Default false: 404.
	FindArchived bool `json:"find_archived"`
	// ConflictNamesID: the text of a 409 names the contact that exists (11). Default true.
	ConflictNamesID bool `json:"conflict_names_id"`
	// SharedEmails: users with different external ids may have one address (11). Default true; otherwise 409.
	SharedEmails bool `json:"shared_emails"`
	// ContactHTML: tags in a contact's reply are taken as HTML. Default false: they are text.
	ContactHTML bool `json:"contact_html"`
	// JoinLines: line breaks of plain text become blanks (20.3). Default false.
	JoinLines bool `json:"join_lines"`
	// Autolink: addresses of the web in a text become links (20.3). Default false.
	Autolink bool `json:"autolink"`
	// ContactFiles are the files that a contact's reply may carry (20.18): "any", or "images", others are 422. Default "any".
	ContactFiles string `json:"contact_files"`
	// FileSizes is what filesize tells of an attachment (8.5: all of it is optional in practice, and no unit is documented): its
	// "bytes", its "kilobytes", the bytes it had "before" it was compressed anew, or nothing, "none". Default "bytes".
	FileSizes string `json:"file_sizes"`
	// UnknownAttribute is the answer to setting one that does not exist (9.4): 400 "refuse" or "ignore". Default "refuse".
	UnknownAttribute string `json:"unknown_attribute"`
	// ContactAttributes are the custom attributes of contacts that exist, each with its type (12): "plan:string". A value
	// for any other, or of another type, is UnknownAttribute. Default none.
	ContactAttributes []string `json:"contact_attributes"`
	// Attributes are the conversation attributes that exist. Default none.
	Attributes []string `json:"attributes"`
	// MaxBody is the longest comment or note in characters (20.9). Default 0, no limit.
	MaxBody int `json:"max_body"`
	// MaxRequest is the largest body of a request in bytes, beyond it is 413 (20.9). Default 0, no limit.
	MaxRequest int `json:"max_request"`
	// StoredParts is how many parts a conversation holds; a reply beyond is 422 (20.9). Default 0, no limit.
	StoredParts int `json:"stored_parts"`
	// FileLifetime is how long an attachment's URL lives (8.5). Default 30m; 0s is for ever.
	FileLifetime stage.Duration `json:"file_lifetime"`
	// RateLimit calls are served in each window of 10 seconds (3). Default 1666; 0 is no limit.
	RateLimit int `json:"rate_limit"`
	// RetryAfter: a 429 carries Retry-After (20.13). Default false.
	RetryAfter bool `json:"retry_after"`
	// Lax: keys that are not documented for the version are ignored in place of 400 parameter_invalid. With it,
	// skip_notifications below 2.15 is ignored and the customer is notified. Default false.
	Lax bool `json:"lax"`
	// AutoBot is a text with which a bot answers every message of a customer, those made over the API included.
	// Default empty, no bot.
	AutoBot string `json:"auto_bot"`
	// CloseBot is a text with which a bot asks the customer for a rating when a conversation is closed, over the API too
	// (10, 20.8). Default empty, no bot.
	CloseBot string `json:"close_bot"`
	// ClockSkew is by how much the desk's clock is ahead of the real one. Default 0s.
	ClockSkew stage.Duration `json:"clock_skew"`
}

// DefaultKnobs are the most plausible readings of the documentation.
func DefaultKnobs() Knobs {
	return Knobs{
		Bounds: "inclusive", NoteWakes: true, CommentWakes: true, UntagAbsent: "ok", Unmoved: []string{"read", "redaction"},
		ContactCreatedAt: true, AdminCreatedAt: true, OpenCreatedAt: true, BackdatedMoves: true, FutureCreatedAt: "accept",
		EarlyCreatedAt: "accept", LastPage: "missing", TotalCount: "exact", ReplyParts: "all", SourceID: "message", DeliveredAs: "customer_initiated", Statistics: "all",
		HumanAppCode: "null", AuthorType: "role", UnusableContact: "not_found", MergedAuthors: "old", DeletedAuthors: "shown", MergedContact: "documented", MergedConversations: "new", ConflictNamesID: true, ContactFiles: "any", FileSizes: "bytes",
		TeamReopens: true, PartOrder: "created", MaxParts: 500, TotalCountsAll: true,
		TagExisting: "return", AppCode: "bridge-app", TagParts: true, NonParticipant: "refuse", ContactOrder: "joined", SharedEmails: true,
		UnknownAttribute: "refuse", FileLifetime: stage.Duration(30 * 60 * 1e9), RateLimit: 1666,
	}
}
