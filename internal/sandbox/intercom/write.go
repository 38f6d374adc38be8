package intercom

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// flexible is an id that is accepted as text or as a number, as the examples of the OpenAPI file have both.
type flexible string

// UnmarshalJSON implements json.Unmarshaler.
func (f *flexible) UnmarshalJSON(b []byte) error {
	var n json.Number
	if err := json.Unmarshal(b, &n); err == nil {
		*f = flexible(n)
		return nil
	}
	return json.Unmarshal(b, (*string)(f))
}

// createRequest is 9.1.
type createRequest struct {
	From struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	} `json:"from"`
	Body           string   `json:"body"`
	Subject        string   `json:"subject"`
	AttachmentURLs []string `json:"attachment_urls"`
	CreatedAt      *int64   `json:"created_at"`
	BrandID        *string  `json:"brand_id"` // 2.16
	fetched
}

// createConversation is 9.1: begun by a contact, in-app, plain text. It answers with a message.
func (c *call) createConversation() (any, error) {
	var req createRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := c.since("created_at", 11, req.CreatedAt != nil); err != nil {
		return nil, err
	}
	if err := c.since("brand_id", 16, req.BrandID != nil); err != nil {
		return nil, err
	}
	switch req.From.Type {
	case "user", "lead", "contact":
	default:
		return nil, invalid("from", "type is user, lead or contact")
	}
	if req.Body == "" {
		return nil, &apiError{400, "parameter_not_found", "Body is required", "body"}
	}
	if len(req.AttachmentURLs) > 10 {
		return nil, invalid("attachment_urls", "10 at most")
	}
	from := c.usable(c.d.contacts[req.From.ID])
	if from == nil {
		return nil, c.unusable(c.d.contacts[req.From.ID])
	}
	at := c.at
	if req.CreatedAt != nil && !c.ignores("created_at", 11) && c.d.knobs.OpenCreatedAt {
		var err error
		if at, err = c.chosen(*req.CreatedAt, nil); err != nil {
			return nil, err
		}
	}
	x := c.d.newConversation(from, at, c.at)
	x.waiting = c.at
	switch c.d.knobs.SourceID {
	case "other":
		x.sourceID = x.id + "1"
	case "null":
		x.sourceID = ""
	}
	x.source.body = c.d.paragraphs(req.Body) // HTML is not supported
	x.source.files = c.d.keep(req.uploads())
	x.source.byBridge = true
	c.d.moved(x, "comment", c.at)
	c.d.route(x, c.at)
	c.d.autoBot(x, &x.source, c.at)
	return map[string]any{
		"type": "user_message", "id": x.messageID, "created_at": at.Unix(), "body": x.source.body, "message_type": "inapp",
		"conversation_id": x.id,
	}, nil
}

// unusable is the answer for one as whom nobody can write (20.10).
func (c *call) unusable(p *contact) error {
	if p != nil && (p.deleted || p.archived || p.blocked) && c.d.knobs.UnusableContact == "forbidden" {
		return &apiError{403, "action_forbidden", "Action forbidden", ""}
	}
	return notFound("User Not Found")
}

// usable drops contacts that cannot write: none, archived, blocked, or too fresh (9.1).
func (c *call) usable(p *contact) *contact {
	if p == nil || p.deleted || p.blocked || p.heir != nil || p.archived && !c.d.knobs.ArchivedWrites || c.at.Sub(p.created) < time.Duration(c.d.knobs.FreshContactDelay) {
		return nil
	}
	return p
}

// since refuses a key that the version does not have yet, unless Lax.
func (c *call) since(key string, minor int, given bool) error {
	if given && c.v.minor < minor && !c.d.knobs.Lax {
		return invalid(key, fmt.Sprintf("%s is not available before version 2.%d", key, minor))
	}
	return nil
}

// ignores reports whether the version is too old for a key that Lax let pass.
func (c *call) ignores(_ string, minor int) bool { return c.v.minor < minor }

// replyRequest is 9.2, all variants together.
type replyRequest struct {
	MessageType    string       `json:"message_type"`
	Type           string       `json:"type"`
	Body           *string      `json:"body"`
	IntercomUserID string       `json:"intercom_user_id"`
	UserID         string       `json:"user_id"`
	Email          string       `json:"email"`
	AdminID        flexible     `json:"admin_id"`
	CreatedAt      *int64       `json:"created_at"`
	URLs           []string     `json:"attachment_urls"`
	Files          []fileParam  `json:"attachment_files"`
	Options        []quickReply `json:"reply_options"`
	Skip           *bool        `json:"skip_notifications"`
	SkipUnsnooze   *bool        `json:"skip_unsnooze"` // Preview
	fetched
}

type fileParam struct {
	ContentType string `json:"content_type"`
	Data        []byte `json:"data"` // base64
	Name        string `json:"name"`
}

// reply is 9.2.
func (c *call) reply() (any, error) {
	x, err := c.conversation()
	if err != nil {
		return nil, err
	}
	var req replyRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := c.checkReply(&req); err != nil {
		return nil, err
	}
	if n := c.d.knobs.StoredParts; n > 0 && len(x.parts) >= n { // 20.9
		return nil, &apiError{422, "unprocessable_entity", "the conversation has too many parts", ""}
	}
	p := &part{byBridge: true, kind: req.MessageType, quickAsk: req.Options}
	if req.Body != nil {
		p.body, p.typed = *req.Body, *req.Body
	}
	before := len(x.parts)
	p.files = c.d.keep(append(req.uploads(), uploadsOf(req.Files)...))
	if req.Type == "admin" {
		err = c.adminReply(x, p, req)
	} else {
		err = c.contactReply(x, p, req)
	}
	if err != nil {
		return nil, err
	}
	if c.d.knobs.ReplyEvents { // 9.2
		c.d.add(x, &part{kind: "language_detection_details", author: c.d.operator()}, "comment", c.at)
	}
	return c.changed(x, before), nil
}

func uploadsOf(files []fileParam) []stage.Upload {
	var out []stage.Upload
	for _, f := range files {
		out = append(out, stage.Upload{Name: f.Name, Type: f.ContentType, Content: f.Data})
	}
	return out
}

func (c *call) checkReply(req *replyRequest) error {
	switch {
	case req.Type != "admin" && req.Type != "user":
		return invalid("type", "user or admin")
	case req.MessageType != "comment" && (req.MessageType != "note" || req.Type != "admin") && req.MessageType != "quick_reply":
		return invalid("message_type", "comment, note or quick_reply")
	case len(req.URLs) > 10 || len(req.Files) > 10:
		return invalid("attachment_files", "10 at most")
	case req.Type == "user" && (req.Skip != nil || req.SkipUnsnooze != nil):
		return invalid("skip_notifications", "for admins only")
	}
	blank := req.Body == nil || *req.Body == ""
	if req.MessageType != "quick_reply" && (req.Body == nil || blank && len(req.URLs)+len(req.Files) == 0) {
		return &apiError{400, "parameter_not_found", "body is required", "body"}
	}
	if n := c.d.knobs.MaxBody; n > 0 && req.Body != nil && utf8.RuneCountInString(*req.Body) > n {
		return &apiError{422, "data_invalid", "the body is too long", "body"}
	}
	if err := c.since("skip_notifications", 15, req.Skip != nil); err != nil {
		return err
	}
	if err := c.since("reply_options", 14, len(req.Options) > 0); err != nil {
		return err
	}
	if err := c.since("skip_unsnooze", 17, req.SkipUnsnooze != nil && c.r.Header.Get("Intercom-Version") != "Preview"); err != nil {
		return err
	}
	return c.since("created_at", 11, req.CreatedAt != nil && req.Type == "user")
}

func (c *call) adminReply(x *conversation, p *part, req replyRequest) error {
	by, err := c.admin(string(req.AdminID))
	if err != nil {
		return err
	}
	p.author = c.d.adminAuthor(by)
	p.body = c.d.html(p.body)
	if req.CreatedAt != nil && c.d.knobs.AdminCreatedAt {
		if p.at, err = c.chosen(*req.CreatedAt, x); err != nil {
			return err
		}
	}
	if c.repeated(x, p) {
		return nil
	}
	if c.d.knobs.ReplyTakes && p.kind == "comment" && x.admin == 0 { // 8.2
		x.admin = by.id
		p.took, p.assigned = true, &reference{"admin", ptr(string(req.AdminID))}
	}
	c.d.adminSays(x, p, c.at)
	skip := req.Skip != nil && *req.Skip && c.v.minor >= 15
	if req.MessageType != "note" && !skip { // the off switch exists since 2.15 only (10)
		c.d.notify(x, p, "reply")
	}
	return nil
}

func (c *call) contactReply(x *conversation, p *part, req replyRequest) error {
	var from *contact
	switch {
	case req.IntercomUserID != "":
		from = c.d.contacts[req.IntercomUserID]
	case req.UserID != "":
		from = c.d.byExternal(req.UserID)
	case req.Email != "": // one of those who share it, and nobody says which (11)
		for _, q := range c.d.people {
			if q.email == req.Email && (from == nil || slices.Contains(x.contacts, q)) {
				from = q
			}
		}
	}
	named := from
	if from = c.usable(named); from == nil {
		return c.unusable(named)
	}
	if !slices.Contains(x.contacts, from) {
		if c.d.knobs.NonParticipant == "refuse" {
			return notFound("User Not Found")
		}
		x.contacts = append(x.contacts, from)
	}
	if c.d.knobs.ContactFiles == "images" && slices.ContainsFunc(p.files, func(f *file) bool { return !strings.HasPrefix(f.media, "image/") }) {
		return &apiError{422, "data_invalid", "images only", "attachment_files"} // 20.18
	}
	p.author = from.author()
	if c.d.knobs.ContactHTML {
		p.body = c.d.html(p.body)
	} else {
		p.body = c.d.paragraphs(p.body)
	}
	if len(req.Options) > 0 {
		p.quickAsk, p.quickPick, p.body = nil, req.Options[0].UUID, stage.Paragraphs(req.Options[0].Text)
	}
	if req.CreatedAt != nil && c.d.knobs.ContactCreatedAt && c.v.minor >= 11 {
		var err error
		if p.at, err = c.chosen(*req.CreatedAt, x); err != nil {
			return err
		}
	}
	if c.repeated(x, p) {
		return nil
	}
	c.d.customerSays(x, p, c.at)
	return nil
}

// admin is the acting admin; whoever left cannot act (12).
func (c *call) admin(id string) (*admin, error) {
	a := c.d.admin(id)
	if a == nil || a.gone {
		return nil, &apiError{404, "admin_not_found", "Admin not found", "admin_id"}
	}
	return a, nil
}

// updateConversation is 9.4.
func (c *call) updateConversation() (any, error) {
	x, err := c.conversation()
	if err != nil {
		return nil, err
	}
	var req struct {
		Read      *bool           `json:"read"`
		Title     *string         `json:"title"`
		Custom    map[string]any  `json:"custom_attributes"`
		CompanyID json.RawMessage `json:"company_id"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := c.since("title", 13, req.Title != nil); err != nil {
		return nil, err
	}
	if err := c.since("company_id", 14, req.CompanyID != nil); err != nil {
		return nil, err
	}
	for name := range req.Custom {
		if !slices.Contains(c.d.knobs.Attributes, name) {
			if c.d.knobs.UnknownAttribute == "refuse" {
				return nil, invalid("custom_attributes", "no attribute "+strconv.Quote(name))
			}
			delete(req.Custom, name)
		}
	}
	if req.Read != nil {
		x.read = *req.Read
		c.d.moved(x, "read", c.at)
	}
	if req.Title != nil && !c.ignores("title", 13) {
		x.title = *req.Title
		c.d.moved(x, "title", c.at)
	}
	for name, v := range req.Custom {
		x.custom[name] = v
		c.d.moved(x, "attributes", c.at)
	}
	return c.v.conversation(x), nil
}
