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
	// FreshContactDelay is how long a new contact answers 404 as an author (9.1). Default 0s.
	FreshContactDelay stage.Duration `json:"fresh_contact_delay"`
	// Bounds of > and < in conversation search (6.2, 20.7): "inclusive" or "strict". Default "inclusive".
	Bounds string `json:"bounds"`
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
	// ContactCreatedAt, AdminCreatedAt: created_at of a reply is honoured (20.5). Default true, true.
	ContactCreatedAt bool `json:"contact_created_at"`
	AdminCreatedAt   bool `json:"admin_created_at"`
	// CloseClosedPart: closing a closed conversation makes another part (20.11). Default false.
	CloseClosedPart bool `json:"close_closed_part"`
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
	// TagParts: tagging makes a conversation_tags_updated part (8.2). Default true.
	TagParts bool `json:"tag_parts"`
	// NonParticipant is the answer to a reply by a contact that is not in the conversation (20.10): 404 "refuse", or
	// "accept", which adds it. Default "refuse".
	NonParticipant string `json:"non_participant"`
	// SharedEmails: users with different external ids may have one address (11). Default true; otherwise 409.
	SharedEmails bool `json:"shared_emails"`
	// ContactHTML: tags in a contact's reply are taken as HTML. Default false: they are text.
	ContactHTML bool `json:"contact_html"`
	// UnknownAttribute is the answer to setting one that does not exist (9.4): 400 "refuse" or "ignore". Default "refuse".
	UnknownAttribute string `json:"unknown_attribute"`
	// Attributes are the conversation attributes that exist. Default none.
	Attributes []string `json:"attributes"`
	// MaxBody is the longest comment or note in characters (20.9). Default 0, no limit.
	MaxBody int `json:"max_body"`
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
	// ClockSkew is by how much the desk's clock is ahead of the real one. Default 0s.
	ClockSkew stage.Duration `json:"clock_skew"`
}

// DefaultKnobs are the most plausible readings of the documentation.
func DefaultKnobs() Knobs {
	return Knobs{
		Bounds: "inclusive", NoteWakes: true, CommentWakes: true, UntagAbsent: "ok", Unmoved: []string{"read", "redaction"},
		ContactCreatedAt: true, AdminCreatedAt: true, PartOrder: "created", MaxParts: 500, TotalCountsAll: true,
		TagExisting: "return", AppCode: "bridge-app", TagParts: true, NonParticipant: "refuse", SharedEmails: true,
		UnknownAttribute: "refuse", FileLifetime: stage.Duration(30 * 60 * 1e9), RateLimit: 1666,
	}
}
