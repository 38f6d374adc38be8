package intercom

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"regexp"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	wire "github.com/deskbridge/deskbridge/mapping/intercom"
)

// Reply is one message or note in a conversation. Exactly one of Contact and Admin is set.
type Reply struct {
	Contact   string // the customer's Intercom id
	Admin     string
	Note      bool   // an admin's internal note
	Body      string // plain text of a contact, HTML of an admin
	CreatedAt time.Time
	// SkipNotifications stores an admin's reply without telling the customer; 2.15 and later.
	SkipNotifications bool
	Files             []File
}

// File travels inside a reply, ten at most.
type File struct {
	Name, Type string
	Content    []byte
}

type replyBody struct {
	MessageType       string       `json:"message_type"`
	Type              string       `json:"type"`
	IntercomUserID    string       `json:"intercom_user_id,omitempty"`
	AdminID           string       `json:"admin_id,omitempty"`
	Body              string       `json:"body"`
	CreatedAt         int64        `json:"created_at,omitempty"`
	SkipNotifications bool         `json:"skip_notifications,omitempty"`
	Files             []attachment `json:"attachment_files,omitempty"`
}

type attachment struct {
	ContentType string `json:"content_type"`
	Name        string `json:"name"`
	Data        string `json:"data"`
}

// Reply writes a reply and returns the conversation of the answer with its newest parts. The reach of the call follows from the reply: see
// Reach. When act states another, or an admin's body is HTML that does not pass api.Clean, nothing leaves: Refused.
func (c *Client) Reply(ctx context.Context, conversation string, r Reply, act Act) (mapping.Conversation, error) {
	if act.Reach != r.Reach(c) {
		return mapping.Conversation{}, refused("reply", conversation, "class_mismatch", "the reply would be "+string(r.Reach(c))+", not "+string(act.Reach))
	}
	if r.Admin != "" && !api.Clean(r.Body) {
		return mapping.Conversation{}, refused("reply", conversation, "unsafe_html", "the text holds HTML that is never written")
	}
	in := replyBody{MessageType: "comment", Type: "user", IntercomUserID: r.Contact, Body: r.Body}
	if r.Admin != "" {
		in.Type, in.AdminID, in.IntercomUserID = "admin", r.Admin, ""
		in.SkipNotifications = r.SkipNotifications && c.Since(15)
	}
	if r.Note {
		in.MessageType = "note"
	}
	if !r.CreatedAt.IsZero() && (r.Admin != "" || c.Since(11)) {
		in.CreatedAt = r.CreatedAt.Unix()
	}
	for _, f := range r.Files {
		in.Files = append(in.Files, attachment{ContentType: f.Type, Name: f.Name, Data: base64.StdEncoding.EncodeToString(f.Content)})
	}
	return c.changed(ctx, write("reply", conversation, http.MethodPost, "/conversations/"+seg(conversation)+"/reply", act), in)
}

// Reach tells whom a reply reaches: a note nobody, an admin's comment the customer unless notifications are skipped
// (2.15 and later), a contact's comment no person, though the desk's automation may answer (intercom-api.md 10).
func (r Reply) Reach(c *Client) api.Reach {
	switch {
	case r.Note && r.Admin != "":
		return api.Silent
	case r.Admin != "" && r.SkipNotifications && c.Since(15):
		return api.Silent
	case r.Admin != "":
		return api.Delivered
	}
	return api.Quiet
}

// justWritten is how many of the newest parts of an answer are looked at for what the write has made: the answer shows up
// to 500, at each of as many writes.
const justWritten = 40

// changed sends a write that answers with the conversation, and gives that with its newest parts.
func (c *Client) changed(ctx context.Context, call api.Call, in any) (mapping.Conversation, error) {
	var none mapping.Conversation
	a, err := c.call(ctx, call, in, nil)
	if err != nil {
		return none, err
	}
	conv, err := wire.DecodeNewest(a.Body, justWritten)
	if err != nil {
		return none, c.t.Unusable(call, unread(err))
	}
	conv.DeskTime = a.Time
	return conv, nil
}

// Opening is a conversation that a contact begins.
type Opening struct {
	Contact   string // Intercom id
	Lead      bool
	Body      string // plain text
	CreatedAt time.Time
}

// Opened is the answer to an opening.
type Opened struct {
	Conversation string
	Message      string // the later source.id; may be empty
}

// OpenConversation begins a conversation in the contact's name: a quiet call. Below 2.11 created_at is not sent.
func (c *Client) OpenConversation(ctx context.Context, o Opening, act Act) (Opened, error) {
	type from struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	}
	in := struct {
		From      from   `json:"from"`
		Body      string `json:"body"`
		CreatedAt int64  `json:"created_at,omitempty"`
	}{From: from{Type: "user", ID: o.Contact}, Body: o.Body}
	if o.Lead {
		in.From.Type = "lead"
	}
	if !o.CreatedAt.IsZero() && c.Since(11) {
		in.CreatedAt = o.CreatedAt.Unix()
	}
	var out struct {
		ID           wire.Text `json:"id"`
		Conversation wire.Text `json:"conversation_id"`
	}
	call := write("open conversation", "", http.MethodPost, "/conversations", act)
	if _, err := c.call(ctx, call, in, &out); err != nil {
		return Opened{}, err
	}
	if out.Conversation == "" {
		return Opened{}, c.t.Unusable(call, errors.New("no conversation_id"))
	}
	return Opened{Conversation: string(out.Conversation), Message: string(out.ID)}, nil
}

// Manage is a change of a conversation's state or assignment, always without a body, so that nobody is addressed.
type Manage struct {
	MessageType  string `json:"message_type"` // open, close, snoozed, assignment
	Type         string `json:"type,omitempty"`
	AdminID      string `json:"admin_id"`
	SnoozedUntil int64  `json:"snoozed_until,omitempty"`
	AssigneeID   string `json:"assignee_id,omitempty"`
}

// Manage changes state or assignment and returns the conversation of the answer.
func (c *Client) Manage(ctx context.Context, conversation string, m Manage, act Act) (mapping.Conversation, error) {
	return c.changed(ctx, write("manage "+m.MessageType, conversation, http.MethodPost, "/conversations/"+seg(conversation)+"/parts", act), m)
}

// SetTitle renames a conversation; 2.13 and later.
func (c *Client) SetTitle(ctx context.Context, conversation, title string, act Act) error {
	in := map[string]string{"title": title}
	_, err := c.call(ctx, write("set title", conversation, http.MethodPut, "/conversations/"+seg(conversation), act), in, nil)
	return err
}

// SetAttribute sets one attribute of a conversation, by its name (intercom-api.md 9.4). Whether one that the workspace does not
// have is refused or ignored is not documented.
func (c *Client) SetAttribute(ctx context.Context, conversation, name, value string, act Act) error {
	in := map[string]map[string]string{"custom_attributes": {name: value}}
	_, err := c.call(ctx, write("set attribute", conversation, http.MethodPut, "/conversations/"+seg(conversation), act), in, nil)
	return err
}

// CreateTag makes a tag, or returns the one that has the name already, where the desk does so (unknown 14).
func (c *Client) CreateTag(ctx context.Context, name string, act Act) (wire.Tag, error) {
	var out wire.Tag
	call := write("create tag", "", http.MethodPost, "/tags", act)
	_, err := c.call(ctx, call, map[string]string{"name": name}, &out)
	if err == nil && out.ID == "" {
		err = c.t.Unusable(call, errors.New("tag without an id"))
	}
	return out, err
}

// AttachTag tags a conversation.
func (c *Client) AttachTag(ctx context.Context, conversation, tag, admin string, act Act) error {
	in := map[string]string{"id": tag, "admin_id": admin}
	_, err := c.call(ctx, write("attach tag", conversation, http.MethodPost, "/conversations/"+seg(conversation)+"/tags", act), in, nil)
	return err
}

// DetachTag takes a tag away. The call is a DELETE with a JSON body (intercom-api.md 9.5).
func (c *Client) DetachTag(ctx context.Context, conversation, tag, admin string, act Act) error {
	in := map[string]string{"admin_id": admin}
	_, err := c.call(ctx, write("detach tag", conversation, http.MethodDelete, "/conversations/"+seg(conversation)+"/tags/"+seg(tag), act), in, nil)
	return err
}

// NewContact is a contact to create; empty fields are not sent.
type NewContact struct {
	Role       string `json:"role"`
	ExternalID string `json:"external_id,omitempty"`
	Name       string `json:"name,omitempty"`
	Email      string `json:"email,omitempty"`
	Phone      string `json:"phone,omitempty"`
}

// ConflictError says that a contact with one of these keys exists.
type ConflictError struct {
	ID       string // of that contact
	Archived bool
	Err      error
}

func (e *ConflictError) Error() string { return e.Err.Error() }
func (e *ConflictError) Unwrap() error { return e.Err }

var (
	contactID  = regexp.MustCompile(`\bid=([0-9A-Za-z_-]+)`)
	isArchived = regexp.MustCompile(`(?i)\barchived contact\b`)
)

// contactIn finds the id in a message; the desk names it nowhere else (intercom-api.md 11).
func contactIn(message string) string {
	if m := contactID.FindStringSubmatch(message); m != nil {
		return m[1]
	}
	return ""
}

// CreateContact makes a contact. One that exists already is a *ConflictError, which wraps the *api.Error.
func (c *Client) CreateContact(ctx context.Context, n NewContact) (wire.Contact, error) {
	var out wire.Contact
	call := write("create contact", "", http.MethodPost, "/contacts", Act{Reach: api.Quiet})
	call.Exists = true
	_, err := c.call(ctx, call, n, &out)
	if e, ok := errors.AsType[*api.Error](err); ok && e.Status == http.StatusConflict {
		return out, &ConflictError{ID: contactIn(e.Reason), Archived: isArchived.MatchString(e.Reason), Err: e}
	}
	if err == nil && out.ID == "" {
		err = c.t.Unusable(call, errors.New("contact without an id"))
	}
	return out, err
}
