package dashly

import (
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// reply is 8.4.
func (c *call) reply() (answer, error) {
	x, err := c.conversation()
	if err != nil {
		return answer{}, err
	}
	p := &part{kind: replyAdmin, via: "api", at: c.at, byBridge: true, external: c.params.Get("external_id")}
	if err := c.sender(x, p); err != nil {
		return answer{}, err
	}
	if err := c.content(p, "attachment", "attachment_file_name"); err != nil {
		return answer{}, err
	}
	if again, err := c.externalID(p); err != nil || again != nil {
		if again == nil {
			again = &answer{}
		}
		return *again, err
	}
	before := len(x.parts)
	p.random, _ = strconv.ParseInt(c.params.Get("random_id"), 10, 32)
	if s := c.params.Get("auto_assign"); s != "" { // two parts, the assignment first
		to := c.d.admin(number(s))
		if to == nil || to.gone {
			return answer{}, lookup("the operator of auto_assign")
		}
		c.d.assign(x, to.id, p.from, "api", c.at, true)
	} else if c.d.knobs.APIReplyAssigns && p.kind == replyAdmin && p.from.admin != 0 && x.assignee == 0 { // U24
		c.d.assign(x, p.from.admin, p.from, "api", c.at, true)
	}
	p.files = c.keep(c.at)
	c.d.add(x, p)
	made := x.parts[before:]
	switch {
	case p.kind == replyUser:
		c.d.autoBot(x, p)
	case visible(p.kind): // no silent flag exists (U25)
		c.d.notify(x, p, map[string]string{replyAdmin: "reply", article: "article"}[p.kind])
	}
	return answer{data: c.replied(x, p, made)}, nil
}

// replied is what a reply answers; made is all that the call made, the assignment included (U21).
func (c *call) replied(x *conversation, p *part, made []*part) any {
	out := c.v.part(x, p, false)
	out.RandomID = p.random
	switch c.d.knobs.ReplyAnswer {
	case "receipt":
		return c.receipt(p)
	case "empty":
		return struct{}{}
	case "list":
		var all []wirePart
		for _, q := range made {
			all = append(all, c.v.part(x, q, false))
		}
		return all
	case "assignment":
		for _, q := range made {
			if q.kind == assigned {
				return c.receipt(q)
			}
		}
		return c.receipt(p)
	}
	return out
}

func (c *call) keep(at time.Time) []*file {
	if c.file == nil {
		return nil
	}
	return c.d.keepFiles([]stage.Upload{*c.file}, at)
}

// unusable is the answer to a reply as somebody who is not the user of the conversation (U32).
func (c *call) unusable(u *user) error {
	how := c.d.knobs.UnusableUser
	switch {
	case u == nil || u.heir == nil || how == "lookup":
		return lookup("the user of this conversation")
	case how == "denied":
		return errorOf(403)
	}
	return errorOf(404)
}

// sender reads from_user, from_admin and type: exactly one sender (U22); type is ignored for the user.
func (c *call) sender(x *conversation, p *part) error {
	fromUser, fromAdmin := c.params.Get("from_user"), c.params.Get("from_admin")
	if (fromUser == "") == (fromAdmin == "") {
		return invalid("from_admin", "give from_user or from_admin")
	}
	if fromUser != "" {
		if c.d.knobs.AsUser == "deny" { // U3
			return errorOf(403)
		}
		if fromUser != "default_user" && number(fromUser) != x.user.id {
			return c.unusable(c.d.users[number(fromUser)])
		}
		p.kind, p.from, p.via = replyUser, author{user: x.user.id}, c.d.knobs.UserVia
		return nil
	}
	switch t := c.params.Get("type"); t {
	case "", replyAdmin:
	case note, article:
		p.kind = t
	default:
		return invalid("type", "reply_admin, note or article")
	}
	from, err := c.actor()
	p.from = from
	return err
}

// actor reads from_admin.
func (c *call) actor() (author, error) {
	s := c.params.Get("from_admin")
	if s == "default_admin" {
		return author{site: true}, nil
	}
	a := c.d.admin(number(s))
	if a == nil || a.gone {
		return author{}, lookup("the operator of from_admin")
	}
	return author{admin: a.id}, nil
}

var extensions = strings.Fields("jpg jpeg png gif pdf rar zip html csv docx doc xlsx xls txt sig")

// content reads body, body_json, actions and the file. The body may be empty when there is a file.
func (c *call) content(p *part, fileField, nameField string) error {
	body := c.params.Get("body")
	if c.d.knobs.MaxBody > 0 && utf8.RuneCountInString(body) > c.d.knobs.MaxBody {
		return &apiError{status: 400, name: "ReplyTooBig", message: "the body is too long"} // U8
	}
	p.body = c.d.given(p.kind, body)
	if s := c.params.Get("body_json"); s != "" {
		if json.Unmarshal([]byte(s), &p.bodyJSON) != nil {
			return invalid("body_json", "not a JSON object")
		}
	}
	if s := c.params.Get("actions"); s != "" {
		if json.Unmarshal([]byte(s), &p.actions) != nil {
			return invalid("actions", "not an array of objects")
		}
	}
	if c.file == nil && c.params.Has(fileField) {
		return invalid(fileField, "not a file")
	}
	if c.file != nil && !c.params.Has(fileField) {
		return invalid(fileField, "the file goes here")
	}
	if c.file == nil {
		if body == "" && p.bodyJSON == nil {
			return invalid("body", "empty")
		}
		return nil
	}
	name := c.params.Get(nameField)
	if name == "" || utf8.RuneCountInString(name) > 255 {
		return invalid(nameField, "required with a file, up to 255 characters")
	}
	c.file.Name = name
	if fileField == "attachment" && !c.d.knobs.FileLimits { // U23
		return nil
	}
	if len(c.file.Content) > 10<<20 {
		return invalid(fileField, "more than 10 MB")
	}
	if !slices.Contains(extensions, strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))) {
		return invalid(fileField, "this kind of file is not accepted")
	}
	return nil
}

// externalID checks and cuts the external_id of a part, as the knobs have it (U37). It gives the answer for a part that
// exists already, where that is not an error.
func (c *call) externalID(p *part) (*answer, error) {
	k := c.d.knobs
	if p.external == "" {
		return nil, nil
	}
	if p.kind == note && k.NoteExternalID == "refuse" {
		return nil, invalid("external_id", "not for notes")
	}
	if k.ExternalIDLimit > 0 && len(p.external) > k.ExternalIDLimit {
		if !k.CutExternalIDs {
			return nil, invalid("external_id", "too long")
		}
		p.external = p.external[:k.ExternalIDLimit]
	}
	if !k.UniqueExternalID {
		return nil, nil
	}
	for _, x := range c.d.convs {
		for _, old := range x.parts {
			switch {
			case old.external != p.external:
			case k.RepeatedExternalID == "existing":
				return &answer{data: c.replied(x, old, []*part{old})}, nil
			default:
				return nil, invalid("external_id", "exists already")
			}
		}
	}
	return nil, nil
}

type receipt struct {
	ID    wireID `json:"id"`
	Group wireID `json:"part_group"`
}

func (c *call) receipt(p *part) receipt { return receipt{c.v.id(p.id), c.v.id(p.group)} }

// assign is 8.5: an empty admin takes the assignment away; no change answers with empty data.
func (c *call) assign() (answer, error) {
	x, err := c.conversation()
	if err != nil {
		return answer{}, err
	}
	by, err := c.actor()
	if err != nil {
		return answer{}, err
	}
	var to uint64
	if s := c.params.Get("admin"); s != "" {
		a := c.d.admin(number(s))
		if a == nil || a.gone {
			return answer{}, lookup("the operator")
		}
		to = a.id
	}
	p := c.d.assign(x, to, by, "api", c.at, true)
	if p == nil {
		return answer{data: struct{}{}}, nil
	}
	return answer{data: c.receipt(p)}, nil
}

// close is 8.6; closing twice is a knob (U26).
func (c *call) close() (answer, error) {
	x, err := c.conversation()
	if err != nil {
		return answer{}, err
	}
	by, err := c.actor()
	if err != nil {
		return answer{}, err
	}
	if x.closed {
		switch c.d.knobs.CloseClosed {
		case "empty":
			return answer{data: struct{}{}}, nil
		case "error":
			return answer{}, &apiError{status: 400, name: "BadRequest", message: "the conversation is closed"}
		}
	}
	x.closed, x.until = true, time.Time{}
	return answer{data: c.receipt(c.d.system(x, closed, by, "api", c.at, true))}, nil
}

// tag is 8.8; action=delete is the deprecated way to remove.
func (c *call) tag() (answer, error) {
	switch c.params.Get("action") {
	case "", "add":
		return c.changeTag(tagAdded)
	case "delete":
		return c.changeTag(tagDeleted)
	}
	return answer{}, invalid("action", "add or delete")
}

// untag is 8.8: the parameters are a form in the body of the DELETE.
func (c *call) untag() (answer, error) { return c.changeTag(tagDeleted) }

func (c *call) changeTag(kind string) (answer, error) {
	x, err := c.conversation()
	if err != nil {
		return answer{}, err
	}
	by := author{admin: number(Dash)} // from_admin is optional here
	if c.params.Has("from_admin") {
		if by, err = c.actor(); err != nil {
			return answer{}, err
		}
	}
	tag := c.d.normalTag(c.params.Get("tag"))
	if tag == "" || utf8.RuneCountInString(tag) > 255 || c.d.knobs.RefuseCommaTags && strings.Contains(tag, ",") {
		return answer{}, invalid("tag", "1 to 255 characters")
	}
	has := slices.Contains(x.tags, tag)
	switch {
	case has == (kind == tagAdded) && c.d.knobs.TagAgain == "ok":
		return answer{data: struct{}{}}, nil
	case kind == tagAdded && has:
		return answer{}, &apiError{status: 400, name: "ConversationTagAlreadyAssigned", message: "the tag is there"}
	case kind == tagDeleted && !has:
		return answer{}, &apiError{status: 400, name: "ConversationTagIsNotAssigned", message: "the tag is not there"}
	}
	p := c.d.changeTag(x, kind, tag, by, "api", c.at, true)
	return answer{data: c.receipt(p)}, nil
}

func (d *Desk) changeTag(x *conversation, kind, tag string, by author, via string, at time.Time, byBridge bool) *part {
	if kind == tagAdded {
		x.tags = append(x.tags, tag)
	} else {
		x.tags = slices.DeleteFunc(slices.Clone(x.tags), func(t string) bool { return t == tag })
	}
	p := d.system(x, kind, by, via, at, byBridge)
	p.tag = tag
	return p
}

// setTyping is 8.9 and leaves nothing behind.
func (c *call) setTyping() (answer, error) {
	if _, err := c.conversation(); err != nil {
		return answer{}, err
	}
	return answer{data: struct{}{}}, nil
}

// startConversation is 8.11.
func (c *call) startConversation() (answer, error) {
	p := &part{kind: replyUser, via: c.d.knobs.UserVia, at: c.at, byBridge: true}
	if err := c.content(p, "file", "filename"); err != nil {
		return answer{}, err
	}
	if c.d.knobs.AsUser == "deny" { // U3
		return answer{}, errorOf(403)
	}
	u, err := c.user(true) // a missing user is created under by_user_id
	if err != nil {
		return answer{}, err
	}
	x := c.d.newConversation(u, c.at)
	p.from, p.files = author{user: u.id}, c.keep(c.at)
	p.random, _ = strconv.ParseInt(c.params.Get("random_id"), 10, 32)
	c.d.add(x, p)
	c.d.autoBot(x, p)
	out := map[string]any{"id": c.v.id(x.id)} // U30
	if c.d.knobs.StartReturns == "part" {
		out["id"] = c.v.id(p.id)
	}
	if p.random != 0 {
		out["random_id"] = p.random
	}
	return answer{data: out}, nil
}

// sendMessage is 8.12: delivered at once; a missing user is not created.
func (c *call) sendMessage() (answer, error) {
	kind := c.params.Get("type")
	switch kind {
	case "":
		kind = "popup_chat"
	case "popup_chat", "popup_small", "popup_big":
	default:
		return answer{}, invalid("type", "popup_chat, popup_small or popup_big")
	}
	if c.params.Get("body") == "" {
		return answer{}, invalid("body", "required")
	}
	u, err := c.user(false)
	if err != nil {
		return answer{}, err
	}
	x := c.d.newConversation(u, c.at)
	x.kind, x.message = kind, c.d.id()
	p := c.d.add(x, &part{
		kind: replyAdmin, body: c.params.Get("body"), html: true, from: author{sender: &teamSender}, via: "message_manual",
		at: c.at, byBridge: true,
	})
	c.d.notify(x, p, "campaign")
	return answer{data: map[string]any{"conversation": c.v.id(x.id), "message": c.v.id(x.message)}}, nil
}
