package dashly

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// wireID is an id in an answer: a number, or a string under id_as_string (3.1).
type wireID struct {
	n    uint64
	text bool
}

// MarshalJSON writes the number with all its digits, or as a string.
func (i wireID) MarshalJSON() ([]byte, error) {
	s := strconv.FormatUint(i.n, 10)
	if i.text {
		s = `"` + s + `"`
	}
	return []byte(s), nil
}

// stamp is a time of a conversation or part; the zero time is null. Its form is the knob Times.
type stamp struct {
	time.Time
	form string
}

// MarshalJSON writes whole seconds since 1970 unless the form is another, or null.
func (s stamp) MarshalJSON() ([]byte, error) {
	switch {
	case s.IsZero():
		return []byte("null"), nil
	case s.form == "micro":
		return []byte(microText(s.Time)), nil
	case s.form == "iso":
		return json.Marshal(s.UTC().Format(isoTime))
	case s.form == "local":
		return json.Marshal(s.In(deskZone).Format(isoTime))
	case s.form == "zoned":
		return json.Marshal(s.In(deskZone).Format(isoTime + "-07:00"))
	}
	return []byte(strconv.FormatInt(s.Unix(), 10)), nil
}

// deskZone is where the desk's clocks hang that tell local times.
var deskZone = time.FixedZone("", 3*60*60)

// micro is seconds with microseconds.
type micro struct{ time.Time }

// MarshalJSON writes for example 1436614153.123456.
func (s micro) MarshalJSON() ([]byte, error) { return []byte(microText(s.Time)), nil }

func microText(t time.Time) string {
	us := t.UnixMicro()
	return fmt.Sprintf("%d.%06d", us/1e6, us%1e6)
}

// wireAdmin is 9.4.
type wireAdmin struct {
	ID       wireID  `json:"id"`
	Name     string  `json:"name"`
	Avatar   *string `json:"avatar"`
	Type     string  `json:"type"`
	Internal string  `json:"name_internal,omitempty"`
}

// messageSender is 9.5.
type messageSender struct {
	ID        uint64  `json:"-"`
	WireID    wireID  `json:"id"`
	Name      string  `json:"name"`
	EmailName string  `json:"email_name"`
	IsDefault bool    `json:"is_default"`
	IsRemoved bool    `json:"is_removed"`
	IsBot     bool    `json:"is_bot"`
	Avatar    *string `json:"avatar"`
	Type      string  `json:"type"`
}

var (
	botSender  = messageSender{ID: 512, Name: "Dash", EmailName: "bot", IsBot: true, Type: "message_sender"}
	teamSender = messageSender{ID: 511, Name: "Example team", EmailName: "team", IsDefault: true, Type: "message_sender"}
)

// siteSender is the author without an id of 9.2.
type siteSender struct {
	Type   string  `json:"type"`
	Name   string  `json:"name"`
	Avatar *string `json:"avatar"`
}

// wireUser is 9.3 as it comes inside conversations and lists.
type wireUser struct {
	ID          wireID           `json:"id"`
	UserID      *string          `json:"user_id"`
	Removed     stamp            `json:"removed"`
	MapURL      *string          `json:"map_url"`
	App         wireID           `json:"app"`
	Presence    string           `json:"presence,omitempty"`
	Props       map[string]any   `json:"props,omitempty"`
	PropsCustom map[string]any   `json:"props_custom,omitempty"`
	EmailStatus *wireEmailStatus `json:"email_status,omitempty"`
	Notes       *[]struct{}      `json:"notes,omitempty"`
	Tags        *[]struct{}      `json:"tags,omitempty"`
}

type wireEmailStatus struct {
	ID     wireID `json:"id"`
	Status string `json:"status"`
}

// wireAttachment is 9.7.
type wireAttachment struct {
	ID       wireID `json:"id"`
	Type     string `json:"type"`
	Filename string `json:"filename"`
	MimeType string `json:"mime_type"`
	Size     int    `json:"size"`
	URL      string `json:"url"`
	Created  micro  `json:"created"`
}

// wireChannel is 9.6.
type wireChannel struct {
	ID          wireID      `json:"id"`
	Name        string      `json:"name"`
	Avatar      *string     `json:"avatar"`
	Type        string      `json:"type"`
	Droppable   bool        `json:"droppable"`
	Operators   []wireAdmin `json:"operators"`
	NotAssigned int         `json:"not_assigned_count"`
	NotRead     int         `json:"not_read_count"`
}

// wireConversation is 9.1.
type wireConversation struct {
	ID              wireID     `json:"id"`
	Created         stamp      `json:"created"`
	Replied         bool       `json:"replied"`
	DelayedUntil    stamp      `json:"delayed_until"`
	Closed          bool       `json:"closed"`
	Message         *wireID    `json:"message"`
	Type            string     `json:"type"`
	ReplyType       string     `json:"reply_type"`
	Removed         stamp      `json:"removed"`
	ReplyLastType   string     `json:"reply_last_type"`
	PartsCount      int        `json:"parts_count"`
	Assignee        *wireAdmin `json:"assignee"`
	SendedTime      stamp      `json:"sended_time"`
	AdminUnread     int        `json:"admin_unread_count"`
	UserUnread      int        `json:"user_unread_count"`
	Unanswered      int        `json:"not_answered_admin_replies"`
	UnreadParts     int        `json:"unread_parts_count"`
	Replies         int        `json:"replies_count"`
	LastAdmin       *wireAdmin `json:"last_admin"`
	LastUpdate      stamp      `json:"last_update"`
	Tags            []string   `json:"tags"`
	Important       bool       `json:"important"`
	ExternalService *string    `json:"external_service"`
	ExternalID      *string    `json:"external_id"`
	LastUserReply   stamp      `json:"last_user_reply_time"`
	Status          *string    `json:"status"`
	AssistantType   *string    `json:"assistant_type"`
	RecipientType   string     `json:"recipient_type"`
	User            any        `json:"user,omitempty"` // the object, or a bare id (U16)
	PartLast        *wirePart  `json:"part_last,omitempty"`
	ImportantLast   *wirePart  `json:"important_part_last,omitempty"`
	ReplyLast       *wirePart  `json:"reply_last,omitempty"`
	Channel         any        `json:"channel,omitempty"` // json null when asked for and there is none
}

// wirePart is 9.2.
type wirePart struct {
	ID           wireID            `json:"id"`
	Created      stamp             `json:"created"`
	Edited       stamp             `json:"edited"`
	Removed      stamp             `json:"removed"`
	Conversation any               `json:"conversation"`
	Group        wireID            `json:"part_group"`
	Body         string            `json:"body"`
	BodyJSON     map[string]any    `json:"body_json"`
	Direction    string            `json:"direction"`
	Type         string            `json:"type"`
	From         any               `json:"from"`
	SentVia      string            `json:"sent_via"`
	MetaData     map[string]any    `json:"meta_data"`
	ReplyType    string            `json:"reply_type"`
	Actions      *[]map[string]any `json:"actions"`
	ExternalID   *string           `json:"external_id"`
	Assignee     any               `json:"assignee,omitempty"`
	Tag          string            `json:"tag,omitempty"`
	Channel      any               `json:"channel,omitempty"`
	InboundEmail *wireID           `json:"inbound_email,omitempty"`
	Read         *bool             `json:"read,omitempty"`
	First        *bool             `json:"first,omitempty"`
	Attachments  []wireAttachment  `json:"attachments,omitempty"`
	RandomID     int64             `json:"random_id,omitempty"`
}

// jsonNull is a null that omitempty does not drop.
var jsonNull = json.RawMessage("null")

// wireEvent is 9.8.
type wireEvent struct {
	ID      wireID         `json:"id"`
	Created micro          `json:"created"`
	Type    wireEventType  `json:"type"`
	User    wireID         `json:"user"`
	Props   map[string]any `json:"props"`
}

type wireEventType struct {
	ID      wireID `json:"id"`
	Name    string `json:"name"`
	Score   int    `json:"score"`
	Visible bool   `json:"visible"`
	Active  bool   `json:"active"`
}

func text(id uint64) string { return strconv.FormatUint(id, 10) }

func ptr[T any](v T) *T { return &v }

func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func or(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// fileURL is where a file is served, below the host that the request came to.
func (v view) fileURL(f *file) string {
	u := v.base + "/files/" + text(f.id) + "/" + url.PathEscape(f.name)
	if life := time.Duration(v.d.knobs.FileLifetime); life > 0 { // U39
		u += fmt.Sprintf("?expires=%d", v.now.Add(life).Unix())
	}
	return u
}
