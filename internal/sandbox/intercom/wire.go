package intercom

import (
	"encoding/json"
	"strconv"
	"time"
)

// seconds is unix seconds; the zero time is null.
type seconds struct{ time.Time }

// MarshalJSON writes whole seconds, or null.
func (s seconds) MarshalJSON() ([]byte, error) {
	if s.IsZero() {
		return []byte("null"), nil
	}
	return []byte(strconv.FormatInt(s.Unix(), 10)), nil
}

type reference struct {
	Type string  `json:"type"`
	ID   *string `json:"id"`
}

type wireAuthor struct {
	Type        string  `json:"type"`
	ID          string  `json:"id"`
	Name        *string `json:"name"`
	Email       string  `json:"email,omitempty"`
	FromAIAgent *bool   `json:"from_ai_agent,omitempty"` // 2.14+
	IsAIAnswer  *bool   `json:"is_ai_answer,omitempty"`  // 2.14+
}

// wireAttachment is 8.5.
type wireAttachment struct {
	Type        string `json:"type"`
	Name        string `json:"name"`
	URL         string `json:"url"`
	ContentType string `json:"content_type"`
	Filesize    int    `json:"filesize,omitempty"`
}

type quickReply struct {
	Text string `json:"text"`
	UUID string `json:"uuid"`
}

// wirePart is 8.1. Fields behind pointers to pointers come with a version only, and may then be null.
type wirePart struct {
	Type        string           `json:"type"`
	ID          string           `json:"id"`
	PartType    string           `json:"part_type"`
	Body        *string          `json:"body"`
	CreatedAt   seconds          `json:"created_at"`
	UpdatedAt   seconds          `json:"updated_at"`
	NotifiedAt  seconds          `json:"notified_at"`
	AssignedTo  *reference       `json:"assigned_to"`
	Author      wireAuthor       `json:"author"`
	Attachments []wireAttachment `json:"attachments"`
	ExternalID  *string          `json:"external_id"`
	Redacted    bool             `json:"redacted"`
	*part213
	*part214
}

// part213 is what 2.13 added.
type part213 struct {
	EmailMetadata *struct{}      `json:"email_message_metadata"`
	State         string         `json:"state"`
	Tags          []wireTag      `json:"tags"`
	EventDetails  map[string]any `json:"event_details"`
	AppCode       any            `json:"app_package_code,omitempty"` // text, or jsonNull
}

// part214 is what 2.14 added.
type part214 struct {
	Metadata *partMetadata `json:"metadata"`
}

type partMetadata struct {
	Options []quickReply `json:"quick_reply_options,omitempty"`
	UUID    string       `json:"quick_reply_uuid,omitempty"`
}

type wireTag struct {
	Type      string     `json:"type"`
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	AppliedAt *seconds   `json:"applied_at,omitempty"`
	AppliedBy *reference `json:"applied_by,omitempty"`
}

type wireTags struct {
	Type string    `json:"type"`
	Tags []wireTag `json:"tags"`
}

type wireContactRef struct {
	Type       string  `json:"type"`
	ID         string  `json:"id"`
	ExternalID *string `json:"external_id"`
}

type wireContacts struct {
	Type     string           `json:"type"`
	Contacts []wireContactRef `json:"contacts"`
}

type wireTeammates struct {
	Type      string      `json:"type"`
	Teammates []reference `json:"teammates"`
}

type wireSource struct {
	Type        string           `json:"type"`
	ID          *string          `json:"id"`
	DeliveredAs string           `json:"delivered_as"`
	Subject     string           `json:"subject"`
	Body        string           `json:"body"`
	Author      wireAuthor       `json:"author"`
	Attachments []wireAttachment `json:"attachments"`
	URL         *string          `json:"url"`
	Redacted    bool             `json:"redacted"`
}

type wireFirstReply struct {
	CreatedAt seconds `json:"created_at"`
	Type      string  `json:"type"`
	URL       *string `json:"url"`
}

type wireRating struct {
	Rating    int            `json:"rating"`
	Remark    string         `json:"remark"`
	CreatedAt seconds        `json:"created_at"`
	Contact   wireContactRef `json:"contact"`
	Teammate  *reference     `json:"teammate,omitempty"`
}

// wireStatistics holds what the bridge may look at; times are left out while there are none.
type wireStatistics struct {
	Type               string   `json:"type"`
	FirstContactReply  *seconds `json:"first_contact_reply_at,omitempty"`
	LastContactReply   *seconds `json:"last_contact_reply_at,omitempty"`
	FirstAdminReply    *seconds `json:"first_admin_reply_at,omitempty"`
	LastAdminReply     *seconds `json:"last_admin_reply_at,omitempty"`
	FirstAssignment    *seconds `json:"first_assignment_at,omitempty"`
	LastAssignment     *seconds `json:"last_assignment_at,omitempty"`
	FirstClose         *seconds `json:"first_close_at,omitempty"`
	LastClose          *seconds `json:"last_close_at,omitempty"`
	LastClosedBy       string   `json:"last_closed_by_id,omitempty"`
	CountReopens       int      `json:"count_reopens"`
	CountAssignments   int      `json:"count_assignments"`
	CountConversations int      `json:"count_conversation_parts"`
}

type wireLinked struct {
	Type       string     `json:"type"`
	TotalCount int        `json:"total_count"`
	HasMore    bool       `json:"has_more"`
	Data       []struct{} `json:"data"`
}

type wireParts struct {
	Type       string     `json:"type"`
	Parts      []wirePart `json:"conversation_parts"`
	TotalCount int        `json:"total_count"`
}

// wireConversation is 7.1.
type wireConversation struct {
	Type         string          `json:"type"`
	ID           string          `json:"id"`
	Title        *string         `json:"title"`
	CreatedAt    seconds         `json:"created_at"`
	UpdatedAt    seconds         `json:"updated_at"`
	WaitingSince seconds         `json:"waiting_since"`
	SnoozedUntil seconds         `json:"snoozed_until"`
	Open         bool            `json:"open"`
	State        string          `json:"state"`
	Read         bool            `json:"read"`
	Priority     string          `json:"priority"`
	Admin        any             `json:"admin_assignee_id"` // a number, text or null (7.1)
	Team         any             `json:"team_assignee_id"`
	Tags         wireTags        `json:"tags"`
	Rating       *wireRating     `json:"conversation_rating"`
	Source       wireSource      `json:"source"`
	Contacts     wireContacts    `json:"contacts"`
	Teammates    wireTeammates   `json:"teammates"`
	Custom       map[string]any  `json:"custom_attributes"`
	FirstReply   *wireFirstReply `json:"first_contact_reply"`
	SLA          *struct{}       `json:"sla_applied"`
	Statistics   *wireStatistics `json:"statistics"`
	Linked       *wireLinked     `json:"linked_objects,omitempty"`        // 2.10+
	AIAgent      *bool           `json:"ai_agent_participated,omitempty"` // 2.11+
	Parts        *wireParts      `json:"conversation_parts,omitempty"`
}

type wireNext struct {
	PerPage       int `json:"per_page"`
	StartingAfter any `json:"starting_after,omitempty"` // text, or jsonNull
}

type wirePages struct {
	Type       string `json:"type"`
	Page       int    `json:"page"`
	PerPage    int    `json:"per_page"`
	TotalPages int    `json:"total_pages"`
	Next       any    `json:"next,omitempty"` // a wireNext, or jsonNull
}

type wireAdmin struct {
	Type        string  `json:"type"`
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Email       string  `json:"email"`
	JobTitle    string  `json:"job_title"`
	Away        bool    `json:"away_mode_enabled"`
	Reassign    bool    `json:"away_mode_reassign"`
	InboxSeat   bool    `json:"has_inbox_seat"`
	TeamIDs     []int64 `json:"team_ids"`
	EmailProven *bool   `json:"email_verified,omitempty"` // of /me
	App         any     `json:"app,omitempty"`            // of /me
}

// wireContact is a contact as 11 and the OpenAPI file describe it.
type wireContact struct {
	Type          string         `json:"type"`
	ID            string         `json:"id"`
	ExternalID    *string        `json:"external_id"`
	WorkspaceID   string         `json:"workspace_id"`
	Role          string         `json:"role"`
	Email         *string        `json:"email,omitempty"`
	Phone         *string        `json:"phone"`
	Name          *string        `json:"name"`
	OwnerID       *int64         `json:"owner_id"`
	HardBounced   bool           `json:"has_hard_bounced"`
	Spam          bool           `json:"marked_email_as_spam"`
	Unsubscribed  bool           `json:"unsubscribed_from_emails"`
	CreatedAt     seconds        `json:"created_at"`
	UpdatedAt     seconds        `json:"updated_at"`
	SignedUpAt    seconds        `json:"signed_up_at"`
	LastSeenAt    seconds        `json:"last_seen_at"`
	LastRepliedAt seconds        `json:"last_replied_at"`
	Custom        map[string]any `json:"custom_attributes"`
	Tags          addressable    `json:"tags"`
	Notes         addressable    `json:"notes"`
	Companies     addressable    `json:"companies"`
	Avatar        *struct{}      `json:"avatar"`
}

type addressable struct {
	Type       string     `json:"type"`
	Data       []struct{} `json:"data"`
	URL        string     `json:"url"`
	TotalCount int        `json:"total_count"`
	HasMore    bool       `json:"has_more"`
}

// jsonNull is a null that omitempty does not drop.
var jsonNull = json.RawMessage("null")

func ptr[T any](v T) *T { return &v }

func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
