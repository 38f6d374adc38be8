package intercom

import (
	"encoding/json"
	gohtml "html"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// close makes a close part; with a body the text goes to the customer (7.3, 10).
func (d *Desk) close(x *conversation, p *part, at time.Time) {
	if x.state == closed && p.body == "" && !d.knobs.CloseClosedPart {
		return
	}
	p.kind = "close"
	x.state, x.until, x.waiting = closed, time.Time{}, time.Time{}
	d.add(x, p, "state", at)
	if p.body != "" {
		d.notify(x, p, "close")
	}
	d.closeBot(x, p, at)
}

func (d *Desk) snooze(x *conversation, p *part, until, at time.Time) {
	p.kind = "snoozed"
	p.details = map[string]any{"until": "custom", "custom_until_time": until.UTC().Format(time.RFC3339)}
	x.state, x.until = snoozed, until
	d.add(x, p, "state", at)
}

func (d *Desk) reopen(x *conversation, p *part, at time.Time) {
	switch x.state {
	case open:
		return
	case snoozed:
		p.kind = "unsnoozed"
	default:
		p.kind = "open"
	}
	x.state, x.until = open, time.Time{}
	d.add(x, p, "state", at)
}

// assign sets one of the two slots. A closed conversation is opened by it (7.3); a body goes to the customer (10).
func (d *Desk) assign(x *conversation, p *part, kind, id string, at time.Time) {
	n, _ := strconv.ParseInt(id, 10, 64)
	p.kind, p.assigned = "assignment", &reference{kind, ptr(id)}
	if n == 0 {
		p.assigned = &reference{"nobody_admin", nil}
	}
	if kind == "team" {
		x.team = n
		if n != 0 && d.knobs.TeamClears {
			x.admin = 0
		}
	} else {
		x.admin = n
		if n != 0 && d.knobs.AdminClears {
			x.team = 0
		}
	}
	if kind != "team" || d.knobs.TeamReopens {
		switch x.state {
		case closed:
			p.kind = "assign_and_reopen"
		case snoozed:
			p.kind = "assign_and_unsnooze"
		}
		x.state, x.until = open, time.Time{}
	}
	d.add(x, p, "assign", at)
	if p.body != "" {
		d.notify(x, p, "assignment")
	}
}

// manageRequest is 9.3, all variants together. None of them has created_at or skip_notifications.
type manageRequest struct {
	MessageType  string    `json:"message_type"`
	Type         string    `json:"type"`
	AdminID      flexible  `json:"admin_id"`
	AssigneeID   *flexible `json:"assignee_id"`
	SnoozedUntil int64     `json:"snoozed_until"`
	Body         string    `json:"body"`
}

// manage is 9.3: close, snooze, open, assign.
func (c *call) manage() (any, error) {
	x, err := c.conversation()
	if err != nil {
		return nil, err
	}
	var req manageRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	by, err := c.admin(string(req.AdminID))
	if err != nil {
		return nil, err
	}
	p, before := &part{author: c.d.adminAuthor(by), body: c.d.html(req.Body), byBridge: true}, len(x.parts)
	idle := req.MessageType == "close" && x.state == closed || req.MessageType == "open" && x.state == open
	if idle && c.d.knobs.RefuseNoChange { // 20.11
		return nil, &apiError{422, "unprocessable_entity", "nothing to change", "message_type"}
	}
	switch req.MessageType {
	case "close":
		if req.Type != "admin" {
			return nil, invalid("type", "admin")
		}
		c.d.close(x, p, c.at)
	case "snoozed":
		if req.SnoozedUntil <= 0 || req.Body != "" {
			return nil, invalid("snoozed_until", "required")
		}
		c.d.snooze(x, p, time.Unix(req.SnoozedUntil, 0), c.at)
	case "open":
		c.d.reopen(x, p, c.at)
	case "assignment":
		if err := c.assignment(x, p, req); err != nil {
			return nil, err
		}
	default:
		return nil, invalid("message_type", "close, snoozed, open or assignment")
	}
	return c.changed(x, before), nil
}

func (c *call) assignment(x *conversation, p *part, req manageRequest) error {
	if req.AssigneeID == nil {
		return &apiError{400, "parameter_not_found", "assignee_id is required", "assignee_id"}
	}
	id := string(*req.AssigneeID)
	switch {
	case req.Type != "admin" && req.Type != "team":
		return invalid("type", "admin or team")
	case id == "0":
	case req.Type == "team" && c.d.team(id) == nil:
		return &apiError{404, "team_not_found", "Team not found", "assignee_id"}
	case req.Type == "admin":
		if a := c.d.admin(id); a == nil || a.gone {
			return &apiError{404, "assignee_not_found", "Assignee not found", "assignee_id"}
		}
	}
	c.d.assign(x, p, req.Type, id, c.at)
	return nil
}

// attach tags a conversation; the tag applies twice if the knob says so (9.5, 20.11).
func (d *Desk) attach(x *conversation, t *tag, by author, at time.Time, byBridge bool) appliedTag {
	for _, old := range x.tags {
		if old.tag == t && !d.knobs.TagTwice {
			return old
		}
	}
	applied := appliedTag{t, at, by}
	x.tags = append(x.tags, applied)
	d.tagged(x, t, "tags_added", by, at, byBridge)
	return applied
}

func (d *Desk) detach(x *conversation, t *tag, by author, at time.Time, byBridge bool) bool {
	before := len(x.tags)
	x.tags = slices.DeleteFunc(slices.Clone(x.tags), func(a appliedTag) bool { return a.tag == t })
	if len(x.tags) == before {
		return false
	}
	d.tagged(x, t, "tags_removed", by, at, byBridge)
	return true
}

func (d *Desk) tagged(x *conversation, t *tag, what string, by author, at time.Time, byBridge bool) {
	if !d.knobs.TagParts {
		d.moved(x, "tag", at)
		return
	}
	details := map[string]any{"tags_added": []string{}, "tags_removed": []string{}}
	details[what] = []string{t.name}
	d.add(x, &part{kind: "conversation_tags_updated", author: by, details: details, byBridge: byBridge}, "tag", at)
}

// createTag is 12: creates, or renames when an id is given.
func (c *call) createTag() (any, error) {
	var req struct {
		Name string   `json:"name"`
		ID   flexible `json:"id"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if strings.TrimSpace(req.Name) == "" {
		return nil, invalid("name", "invalid tag parameters")
	}
	if req.ID != "" {
		t := c.d.tagByID(string(req.ID))
		if t == nil {
			return nil, &apiError{404, "tag_not_found", "Tag not found", "id"}
		}
		t.name = req.Name
		return wireTag{Type: "tag", ID: t.id, Name: t.name}, nil
	}
	t, existed := c.d.tagNamed(req.Name)
	if existed && c.d.knobs.TagExisting == "refuse" { // 20.14
		return nil, invalid("name", "a tag with that name exists")
	}
	return wireTag{Type: "tag", ID: t.id, Name: t.name}, nil
}

// attachTag is 9.5.
func (c *call) attachTag() (any, error) {
	x, t, by, err := c.tagging(true)
	if err != nil {
		return nil, err
	}
	return c.v.appliedTag(c.d.attach(x, t, by, c.at, true)), nil
}

// detachTag is 9.5: a DELETE with a JSON body.
func (c *call) detachTag() (any, error) {
	x, t, by, err := c.tagging(false)
	if err != nil {
		return nil, err
	}
	out := c.v.appliedTag(appliedTag{t, c.at, by})
	for _, a := range x.tags {
		if a.tag == t {
			out = c.v.appliedTag(a)
		}
	}
	if !c.d.detach(x, t, by, c.at, true) && c.d.knobs.UntagAbsent == "not_found" {
		return nil, &apiError{404, "tag_not_found", "Tag not found", ""}
	}
	return out, nil
}

func (c *call) tagging(inBody bool) (*conversation, *tag, author, error) {
	x, err := c.conversation()
	if err != nil {
		return nil, nil, author{}, notFound("Conversation not found")
	}
	var req struct {
		ID      *flexible `json:"id"`
		AdminID flexible  `json:"admin_id"`
	}
	if err := c.decode(&req); err != nil {
		return nil, nil, author{}, err
	}
	id := ""
	switch {
	case inBody && req.ID != nil:
		id = string(*req.ID)
	case !inBody && req.ID == nil:
		id = c.path[3]
	default:
		return nil, nil, author{}, invalid("id", "the tag's id")
	}
	by, err := c.admin(string(req.AdminID))
	if err != nil {
		return nil, nil, author{}, err
	}
	t := c.d.tagByID(id)
	if t == nil {
		return nil, nil, author{}, &apiError{404, "tag_not_found", "Tag not found", "id"}
	}
	return x, t, c.d.adminAuthor(by), nil
}

// fetched carries the content of attachment_urls from before the lock; it travels inside the body.
type fetched struct {
	Fetched []stage.Upload `json:"_fetched"`
}

func (f fetched) uploads() []stage.Upload { return f.Fetched }

// prefetch gets the files behind attachment_urls before the desk is locked, because they may live on a slow host, or
// on this one. It returns the body with the files put in.
func (d *Desk) prefetch(path []string, body []byte) ([]byte, error) {
	if strings.Contains(string(body), `"_fetched"`) {
		return nil, invalid("_fetched", "unknown parameter")
	}
	if path[0] != "conversations" || !strings.Contains(string(body), `"attachment_urls"`) {
		return body, nil
	}
	var m map[string]json.RawMessage
	if json.Unmarshal(body, &m) != nil {
		return body, nil // the call itself will complain
	}
	var urls []string
	if json.Unmarshal(m["attachment_urls"], &urls) != nil || len(urls) > 10 {
		return body, nil
	}
	var files []stage.Upload
	for _, u := range urls {
		name := u[strings.LastIndex(u, "/")+1:]
		if i := strings.IndexAny(name, "?#"); i >= 0 {
			name = name[:i]
		}
		content, media, _ := d.opt.Fetch(u) // what cannot be got stays an attachment without content
		files = append(files, stage.Upload{Name: name, Type: media, Content: content})
	}
	m["_fetched"], _ = json.Marshal(files)
	return json.Marshal(m)
}

func unescaped(s string) string { return gohtml.UnescapeString(s) }
