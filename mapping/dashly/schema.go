package dashly

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/deskbridge/deskbridge/mapping"
)

// Conversation is the header of a conversation (dashly-api.md 9.1), as far as the bridge reads it.
type Conversation struct {
	ID                ID             `json:"id"`
	Type              Text           `json:"type"` // of what it began with
	Created           Time           `json:"created"`
	LastUpdate        Time           `json:"last_update"`
	DelayedUntil      Time           `json:"delayed_until"`
	Closed            Flag           `json:"closed"`
	Removed           Mark           `json:"removed"`
	PartsCount        Count          `json:"parts_count"`
	Assignee          Maybe[Admin]   `json:"assignee"`
	LastAdmin         Maybe[Admin]   `json:"last_admin"`
	Tags              List[Text]     `json:"tags"`
	User              Maybe[User]    `json:"user"`
	Channel           Maybe[Channel] `json:"channel"`
	PartLast          Maybe[Part]    `json:"part_last"`
	ImportantPartLast Maybe[Part]    `json:"important_part_last"`
	ReplyLast         Maybe[Part]    `json:"reply_last"`
}

// Part is one entry of a conversation (dashly-api.md 9.2).
type Part struct {
	ID          ID               `json:"id"`
	Created     Time             `json:"created"`
	Edited      Time             `json:"edited"`
	Removed     Mark             `json:"removed"`
	Body        Text             `json:"body"`
	Direction   Text             `json:"direction"`
	Type        Text             `json:"type"`
	From        Sender           `json:"from"`
	SentVia     Text             `json:"sent_via"`
	Actions     List[any]        `json:"actions"`
	ExternalID  Text             `json:"external_id"`
	First       Flag             `json:"first"`
	Assignee    Maybe[Admin]     `json:"assignee"`
	Attachments List[Attachment] `json:"attachments"`
	Channel     Maybe[Channel]   `json:"channel"`   // of channel_changed only
	Tag         Text             `json:"tag"`       // of tag_added and tag_deleted only
	Meta        json.RawMessage  `json:"meta_data"` // its shape is unknown (U45)
}

// Admin is an operator or a bot (dashly-api.md 9.4).
type Admin struct {
	ID           ID   `json:"id"`
	Name         Text `json:"name"`
	NameInternal Text `json:"name_internal"`
	Type         Text `json:"type"`
	IsBot        Flag `json:"is_bot"` // documented of the senders of campaigns (dashly-api.md 9.5)
}

func (a *Admin) setID(id ID) { a.ID = id }

// Person gives the neutral form. An internal name that is an e-mail address is the agent's e-mail; any other is seen in the
// panel only: it stands for a name that is missing among the team alone, and tells that no address is known
// (dashly-api.md 9.4).
func (a Admin) Person() mapping.Person {
	p := mapping.Person{Role: mapping.Agent, ID: mapping.PersonID(a.ID), Name: strings.TrimSpace(string(a.Name))}
	if a.Type == "bot" || bool(a.IsBot) {
		p.Role = mapping.Bot
	}
	switch internal := strings.TrimSpace(string(a.NameInternal)); {
	case address.MatchString(internal):
		p.Email = strings.ToLower(internal)
	default:
		p.NameInternal = internal
	}
	return p
}

var address = regexp.MustCompile(`^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>".]+$`)

// Sender is who a part is from: a user's id or object, an operator or bot, the sender of a campaign, the default sender
// without an id, or nobody (dashly-api.md 9.2, U42).
type Sender struct {
	Admin
	UserID Text        `json:"user_id"`
	Props  Props       `json:"props"`
	Form   SenderForm  `json:"-"`
	User   Maybe[User] `json:"-"` // when Form is UserSender and more than the id was shown
}

// SenderForm tells what kind of author a part names. The id spaces of the forms are apart (dashly-api.md 9.5).
type SenderForm string

const (
	Nobody         SenderForm = ""
	BareID         SenderForm = "id" // a user's, or on parts of the team perhaps an operator's
	UserSender     SenderForm = "user"
	AdminSender    SenderForm = "admin"
	BotSender      SenderForm = "bot"
	CampaignSender SenderForm = "message_sender"
	DefaultSender  SenderForm = "default_admin"
	OtherSender    SenderForm = "other"
)

func (s *Sender) UnmarshalJSON(raw []byte) error {
	type fields Sender
	*s = Sender{}
	if begin(raw) != '{' {
		if s.ID = readID(raw, false); s.ID != "" {
			s.Form = BareID
		}
		return nil
	}
	var f fields
	if json.Unmarshal(raw, &f) != nil {
		return nil
	}
	*s = Sender(f)
	var keys map[string]json.RawMessage
	_ = json.Unmarshal(raw, &keys) // it is an object: it was just read
	_, hasUserID := keys["user_id"]
	switch {
	case len(keys) == 0:
	case s.Type == "admin", s.Type == "bot", s.Type == "message_sender", s.Type == "default_admin":
		s.Form = SenderForm(s.Type)
	case s.Type == "user", s.Type == "" && (hasUserID || s.Props != nil):
		s.Form = UserSender
		_ = json.Unmarshal(raw, &s.User)
	default:
		s.Form = OtherSender
	}
	return nil
}

// User is a lead or visitor (dashly-api.md 9.3).
type User struct {
	ID          ID                 `json:"id"`
	UserID      Text               `json:"user_id"` // the site owner's own id
	Removed     Mark               `json:"removed"`
	Props       Props              `json:"props"`
	EmailStatus Maybe[EmailStatus] `json:"email_status"`
}

func (u *User) setID(id ID) { u.ID = id }

// EmailStatus tells whether an address is confirmed (dashly-api.md 9.3).
type EmailStatus struct {
	Status Text `json:"status"`
}

// NaturalKey begins the own user id of every user that the bridge made: "deskbridge:<pair>:<id on the other desk>".
const NaturalKey = "deskbridge:"

// Identified tells whether the site owner vouches for the user: an own user id, or a confirmed e-mail address. The
// bridge's natural key vouches for nobody.
func (u User) Identified() bool {
	if u.UserID != "" && !strings.HasPrefix(string(u.UserID), NaturalKey) {
		return true
	}
	return u.Email() != "" && u.EmailStatus.OK && u.EmailStatus.Value.Status == "confirmed"
}

// Name, Email and Phone are system properties (dashly-api.md 9.3); empty when unknown.
func (u User) Name() string  { return u.prop("$name") }
func (u User) Email() string { return u.prop("$email") }
func (u User) Phone() string { return u.prop("$phone") }

func (u User) prop(key string) string { return strings.TrimSpace(string(u.Props[key])) }

// Contact gives the neutral form.
func (u User) Contact() mapping.Contact {
	return mapping.Contact{
		ID: mapping.PersonID(u.ID), ExternalID: string(u.UserID),
		Name: u.Name(), Email: u.Email(), Phone: u.Phone(), Identified: u.Identified(),
	}
}

// Channel is an inbox folder (dashly-api.md 9.6).
type Channel struct {
	ID        ID          `json:"id"`
	Name      Text        `json:"name"`
	Operators List[Admin] `json:"operators"`
	Type      Text        `json:"type"`
}

func (c *Channel) setID(id ID) { c.ID = id }

// Attachment is a file of a part (dashly-api.md 9.7).
type Attachment struct {
	ID       ID    `json:"id"`
	Filename Text  `json:"filename"`
	MimeType Text  `json:"mime_type"`
	Size     Count `json:"size"`
	URL      Text  `json:"url"`
	// Odd is set on one that has another shape than the documented one: a file is there, and nobody knows its address.
	Odd bool `json:"-"`
}

// UnmarshalJSON reads the documented object; of any other that has members, of a text and of an id, what names the file.
func (a *Attachment) UnmarshalJSON(raw []byte) error {
	type fields Attachment
	*a = Attachment{}
	switch begin(raw) {
	case '{':
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, (*fields)(a)) != nil || json.Unmarshal(raw, &members) != nil || len(members) == 0 {
			return nil
		}
		if a.ID == "" && a.Filename == "" && a.URL == "" {
			a.Filename, a.Odd = Text(readText(members["name"])), true
		}
	case '"':
		a.Filename = Text(lastSegment(readText(raw)))
		a.Odd = a.Filename != ""
	default:
		a.ID = readID(raw, false)
	}
	return nil
}

// lastSegment is the end of an address, without what is asked of it: the name of a file, if it has one.
func lastSegment(address string) string {
	address, _, _ = strings.Cut(strings.TrimSpace(address), "?")
	address = strings.TrimRight(address, "/")
	return address[strings.LastIndex(address, "/")+1:]
}

var errNoID = errors.New("no readable id")

// ParseConversation reads a header. It fails for what is no object and for an object without an id.
func ParseConversation(raw []byte) (Conversation, error) {
	var c Conversation
	err := parse(raw, &c, func() ID { return c.ID })
	return c, wrap("conversation", err)
}

// ParsePart reads a part. It fails for what is no object and for an object without an id.
func ParsePart(raw []byte) (Part, error) {
	var p Part
	err := parse(raw, &p, func() ID { return p.ID })
	return p, wrap("part", err)
}

// ParseUser reads a user. It fails for what is no object and for an object without an id.
func ParseUser(raw []byte) (User, error) {
	var u User
	err := parse(raw, &u, func() ID { return u.ID })
	return u, wrap("user", err)
}

func parse(raw []byte, v any, id func() ID) error {
	if err := json.Unmarshal(raw, v); err != nil {
		return err
	}
	if id() == "" {
		return errNoID
	}
	return nil
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("decode %s: %w", what, err)
}
