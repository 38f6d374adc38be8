package intercom

import (
	"encoding/json"
	"time"

	"github.com/tidwall/gjson"
)

// Conversation is a conversation as the wire shows it, of either generation: where a field changed its name, both are
// here, and which one counts is chosen per field, because documents mix them (intercom-api.md 7.2).
type Conversation struct {
	ID            Text   `json:"id"`
	Title         Text   `json:"title"`
	CreatedAt     Time   `json:"created_at"`
	UpdatedAt     Time   `json:"updated_at"`
	SnoozedUntil  Time   `json:"snoozed_until"`
	Open          Flag   `json:"open"`
	State         Text   `json:"state"`
	AdminAssignee Given  `json:"admin_assignee_id"`
	TeamAssignee  Given  `json:"team_assignee_id"`
	Tags          Tagged `json:"tags"`
	Priority      Text   `json:"priority"`

	Source   Object[Source] `json:"source"`
	Contacts List[Contact]  `json:"contacts"`

	Message   Object[Source]  `json:"conversation_message"` // 1.x
	User      Object[Contact] `json:"user"`                 // 1.x
	Customers List[Contact]   `json:"customers"`            // 1.x
	Assignee  Object[Author]  `json:"assignee"`             // 1.x and 2.0

	Rating     Object[Rating]     `json:"conversation_rating"`
	Statistics Object[Statistics] `json:"statistics"`
	Parts      Parts              `json:"conversation_parts"`
}

// Tagged is a tag list.
type Tagged = List[Tag]

// Tag is a tag of the workspace or of a conversation.
type Tag struct {
	ID   Text `json:"id"`
	Name Text `json:"name"`
}

// Statistics are counted by the desk; only the count of parts is of use.
type Statistics struct {
	Parts Count `json:"count_conversation_parts"`
}

// Parts is the list of parts with the count that the desk claims.
type Parts struct {
	List  List[Part]
	Total Count
}

// UnmarshalJSON never fails.
func (p *Parts) UnmarshalJSON(b []byte) error {
	*p = Parts{}
	_ = p.List.UnmarshalJSON(b)
	if first(b) == '{' {
		_ = p.Total.UnmarshalJSON([]byte(gjson.GetBytes(b, "total_count").Raw))
	}
	return nil
}

// Source is the message that began a conversation.
type Source struct {
	Type        Text             `json:"type"`
	ID          Text             `json:"id"`
	DeliveredAs Text             `json:"delivered_as"`
	Subject     Text             `json:"subject"`
	Body        Text             `json:"body"`
	Author      Object[Author]   `json:"author"`
	Attachments List[Attachment] `json:"attachments"`
	Redacted    Flag             `json:"redacted"`
}

// Author is a reference to whoever did something.
type Author struct {
	Type        Text `json:"type"`
	ID          Text `json:"id"`
	Name        Text `json:"name"`
	Email       Text `json:"email"`
	FromAIAgent Flag `json:"from_ai_agent"`
	IsAIAnswer  Flag `json:"is_ai_answer"`
}

// Part is one conversation part.
type Part struct {
	ID          Text             `json:"id"`
	Type        Text             `json:"part_type"`
	Body        Text             `json:"body"`
	CreatedAt   Time             `json:"created_at"`
	UpdatedAt   Time             `json:"updated_at"`
	NotifiedAt  Time             `json:"notified_at"`
	Author      Object[Author]   `json:"author"`
	AssignedTo  Object[Author]   `json:"assigned_to"`
	Attachments List[Attachment] `json:"attachments"`
	Redacted    Flag             `json:"redacted"`
	AppPackage  Given            `json:"app_package_code"`
	Metadata    Object[Metadata] `json:"metadata"`
	Details     json.RawMessage  `json:"event_details"`
}

// Rating is the latest rating of a conversation by its contact (intercom-api.md 7.1): 1 to 5, with or without a remark.
type Rating struct {
	Rating Count `json:"rating"`
	Remark Text  `json:"remark"`
}

// Metadata of a part holds the buttons of a bot.
type Metadata struct {
	QuickReplies List[QuickReply] `json:"quick_reply_options"`
}

// QuickReply is one button.
type QuickReply struct {
	Text Text `json:"text"`
}

// Attachment is a file; its URL dies after about 30 minutes (intercom-api.md 8.5).
type Attachment struct {
	Name        Text  `json:"name"`
	URL         Text  `json:"url"`
	ContentType Text  `json:"content_type"`
	Size        Count `json:"filesize"`
}

// UnmarshalJSON never fails. What is listed in another shape than the documented one is a file, too: a text is its address.
func (a *Attachment) UnmarshalJSON(b []byte) error {
	type documented Attachment
	*a = Attachment{}
	switch first(b) {
	case '{':
		_ = json.Unmarshal(b, (*documented)(a))
	case '"':
		_ = a.URL.UnmarshalJSON(b)
	}
	return nil
}

// Contact is a person of the customer's side, as a reference or whole.
type Contact struct {
	Type       Text `json:"type"`
	ID         Text `json:"id"`
	ExternalID Text `json:"external_id"`
	Role       Text `json:"role"` // user or lead
	Name       Text `json:"name"`
	Email      Text `json:"email"`
	Phone      Text `json:"phone"`
	UserID     Text `json:"user_id"` // 1.x
	CreatedAt  Time `json:"created_at"`
	// DeskTime is the desk's clock when it answered; zero when unknown.
	DeskTime time.Time `json:"-"`
}

// Admin is a teammate.
type Admin struct {
	Type  Text `json:"type"`
	ID    Text `json:"id"`
	Name  Text `json:"name"`
	Email Text `json:"email"`
}

// Team is a team of the workspace.
type Team struct {
	ID   Text `json:"id"`
	Name Text `json:"name"`
}
