package dashly

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// Kinds of parts (9.2).
const (
	replyUser    = "reply_user"
	replyAdmin   = "reply_admin"
	autoReply    = "auto_reply"
	note         = "note"
	article      = "article"
	botAdmin     = "chat_bot_admin"
	botUser      = "chat_bot_user"
	vote         = "vote"
	tagAdded     = "tag_added"
	tagDeleted   = "tag_deleted"
	assigned     = "assigned"
	closed       = "closed"
	finalClosed  = "final_closed"
	delayed      = "delayed"
	channelMoved = "channel_changed"
	service      = "service"
	legacyReply  = "reply_django_user"
	legacyOpened = "opened"
)

type user struct {
	id        uint64
	own       string
	props     map[string]any
	custom    map[string]any
	confirmed bool
	events    []*event
	created   time.Time
	changed   time.Time      // of the properties
	before    map[string]any // the properties before that, nil when the user is new
	spoke     bool           // has a conversation
	removed   time.Time      // merged into heir
	heir      *user
}

type event struct {
	id     uint64
	name   string
	at     time.Time
	params map[string]any
}

type file struct {
	id          uint64
	name, media string
	content     []byte
	at          time.Time
}

type conversation struct {
	id         uint64
	user       *user
	former     *user // who they were before a merge
	created    time.Time
	closed     bool
	until      time.Time
	assignee   uint64
	lastAdmin  uint64
	tags       []string
	updated    time.Time
	message    uint64
	kind       string
	recipient  string
	replied    bool
	removed    time.Time
	channel    uint64
	assistant  string
	parts      []*part
	unread     int // by operators
	userUnread int
	unanswered int
}

type part struct {
	id, group  uint64
	at         time.Time
	edited     time.Time
	removed    time.Time
	kind       string
	body       string
	html       bool // body is HTML whatever the knob says
	bodyJSON   map[string]any
	from       author
	via        string
	meta       map[string]any
	actions    []map[string]any
	replyType  string
	external   string
	random     int64
	assignee   uint64
	tag        string
	channel    uint64
	inbound    uint64
	files      []*file
	byBridge   bool
	fromBridge bool // automation that an API call set off
}

// author is who made a part: at most one field is set; none is null.
type author struct {
	user   uint64
	admin  uint64
	sender *messageSender
	site   bool // {"type":"default_admin"}
	bare   bool // of admin, the id alone is shown
}

func visible(kind string) bool {
	switch kind {
	case replyUser, replyAdmin, autoReply, article, botAdmin, botUser, vote, legacyReply:
		return true
	}
	return false
}

// isReply is what the documents call a reply: of the user or of operators, bots included.
func isReply(kind string) bool { return visible(kind) && kind != vote }

// add appends a part and does what follows from it.
func (d *Desk) add(c *conversation, p *part) *part {
	p.id = d.id()
	p.group = p.id
	if len(c.parts) > 0 {
		p.group = c.parts[0].group
	}
	if p.replyType == "" {
		p.replyType = "no"
		if p.kind == replyUser || p.kind == replyAdmin {
			p.replyType = "text"
		}
	}
	c.parts = append(c.parts, p)
	d.count(c, p)
	d.effects(c, p)
	if (d.moves(p.kind) || len(c.parts) == 1) && p.at.After(c.updated) {
		c.updated = p.at
		d.order = nil
	}
	return p
}

// moves reports whether a new part moves last_update (U41).
func (d *Desk) moves(kind string) bool {
	switch d.knobs.LastUpdate {
	case "everything", "parts":
		return true
	case "notes":
		return isReply(kind) || kind == note
	case "system":
		return kind != note
	}
	return isReply(kind)
}

// count keeps the counters of 9.1.
func (d *Desk) count(c *conversation, p *part) {
	switch {
	case p.kind == replyUser:
		c.unread++
		c.unanswered++
		c.replied = true
		d.order = nil
	case p.kind == replyAdmin || p.kind == legacyReply || p.kind == article:
		c.unread, c.unanswered = 0, 0
		c.userUnread++
		if p.from.admin != 0 {
			c.lastAdmin = p.from.admin
		}
	}
}

// effects of a reply or note on the state: all of them knobs (U24).
func (d *Desk) effects(c *conversation, p *part) {
	var reopens, wakes bool
	switch p.kind {
	case replyUser:
		reopens, wakes = d.knobs.UserReplyReopens, d.knobs.UserReplyWakes
	case replyAdmin, article:
		reopens, wakes = d.knobs.AdminReplyReopens, d.knobs.AdminReplyWakes
	case note:
		reopens, wakes = d.knobs.NoteReopens, d.knobs.NoteWakes
	}
	if reopens && c.closed {
		c.closed = false
	}
	if wakes {
		c.until = time.Time{}
	}
	if to := number(d.knobs.AutoChannel); p.kind == replyUser && to != 0 && c.channel != to {
		c.channel = to
		d.system(c, channelMoved, author{admin: number(Dash)}, "system", p.at, false).channel = to
	}
	if c.assignee != 0 {
		return
	}
	switch {
	case p.kind == replyUser && d.knobs.UserReplyAssigns:
		d.assign(c, number(Jane), author{admin: number(Dash)}, "system", p.at, false)
	case p.kind == note && d.knobs.NoteAssigns && p.from.admin != 0:
		d.assign(c, p.from.admin, p.from, p.via, p.at, p.byBridge)
	}
}

// system adds a system part.
func (d *Desk) system(c *conversation, kind string, by author, via string, at time.Time, byBridge bool) *part {
	switch {
	case byBridge:
		via = d.knobs.SystemVia
		switch d.knobs.SystemFrom { // U42
		case "null":
			by = author{}
		case "site":
			by = author{site: true}
		case "id":
			by.bare = by.admin != 0
		}
	case d.knobs.PanelEvents == "system":
		by, via = author{}, "system"
	}
	return d.add(c, &part{kind: kind, from: by, via: via, at: at, byBridge: byBridge})
}

// assign makes the part and changes the field; nil when nothing changes (8.5).
func (d *Desk) assign(c *conversation, to uint64, by author, via string, at time.Time, byBridge bool) *part {
	if c.assignee == to {
		return nil
	}
	c.assignee = to
	if to != 0 {
		c.replied = true // visible in the inbox once somebody has it (9.1)
		d.order = nil
		if d.knobs.AssignReopens {
			c.closed, c.until = false, time.Time{}
		}
	}
	p := d.system(c, assigned, by, via, at, byBridge)
	p.assignee = to
	return p
}

func (d *Desk) normalTag(tag string) string {
	if d.knobs.TrimTags {
		tag = strings.TrimSpace(tag)
	}
	if d.knobs.FoldTags {
		tag = strings.ToLower(tag)
	}
	return tag
}

// wake ends delays that are over.
func (c *conversation) wake(now time.Time) {
	if !c.until.IsZero() && !c.until.After(now) {
		c.until = time.Time{}
	}
}

// notify records that the customer heard of the part.
func (d *Desk) notify(c *conversation, p *part, kind string) {
	by, cause := stage.ByDesk, stage.ByDesk
	if p.byBridge {
		by, cause = stage.ByBridge, stage.ByBridge
	}
	if p.fromBridge {
		cause = stage.ByBridge
	}
	d.Log.Notify(stage.Notification{
		Desk: Name, Conversation: text(c.id), Person: c.user.key(), Kind: kind, Text: d.plain(p),
		Entry: text(p.id), By: by, Cause: cause, At: p.at.UTC(),
	})
}

// autoBot answers a message of the customer, if there is such a bot.
func (d *Desk) autoBot(c *conversation, cause *part) {
	if d.knobs.AutoBot == "" {
		return
	}
	p := d.add(c, &part{
		kind: botAdmin, body: d.typed(botAdmin, d.knobs.AutoBot), from: author{sender: &botSender}, via: "message_chat_bot",
		at: cause.at.Add(time.Millisecond), fromBridge: cause.byBridge,
	})
	d.notify(c, p, "bot")
}

// keepsHTML tells in which form this desk keeps the bodies of a kind (U43).
func (d *Desk) keepsHTML(kind string) bool {
	return d.knobs.BodyAs == "html" || d.knobs.BodyAs == "mixed" && kind != replyUser
}

// typed is text of a person in the form in which this desk keeps bodies of that kind.
func (d *Desk) typed(kind, s string) string {
	if d.keepsHTML(kind) {
		return stage.Paragraphs(s)
	}
	return s
}

// given is a body that came over the API in the form in which this desk keeps bodies of that kind.
func (d *Desk) given(kind, s string) string {
	if d.keepsHTML(kind) {
		return stage.Sanitise(s)
	}
	return s
}

func (d *Desk) plain(p *part) string {
	if p.html || d.keepsHTML(p.kind) {
		return stage.Plain(p.body)
	}
	return p.body
}

func (u *user) key() string {
	if u.own != "" {
		return u.own
	}
	return text(u.id)
}

// touched moves last_update where edits and removals do (U41).
func (d *Desk) touched(c *conversation, at time.Time) {
	if (d.knobs.LastUpdate == "everything" || d.knobs.LastUpdate == "changes") && at.After(c.updated) {
		c.updated = at
		d.order = nil
	}
}

// sorted gives all conversations by last_update and id, ascending.
func (d *Desk) sorted() []*conversation {
	if d.order == nil {
		d.order = make([]*conversation, 0, len(d.convs))
		for _, c := range d.convs {
			d.order = append(d.order, c)
		}
		slices.SortFunc(d.order, func(a, b *conversation) int {
			return cmp.Or(cmp.Compare(a.updated.UnixMicro(), b.updated.UnixMicro()), cmp.Compare(a.id, b.id))
		})
	}
	return d.order
}

// newConversation makes one without parts.
func (d *Desk) newConversation(u *user, at time.Time) *conversation {
	c := &conversation{id: d.id(), user: u, created: at, updated: at, kind: "popup_chat", recipient: "web"}
	u.spoke = true
	d.convs[c.id] = c
	d.order = nil
	return c
}

func (d *Desk) keepFiles(uploads []stage.Upload, at time.Time) []*file {
	var out []*file
	for _, u := range uploads {
		f := &file{id: 48217 + uint64(len(d.files)), name: u.Name, media: stage.TypeOf(u.Name, u.Type), content: u.Content, at: at}
		d.files[f.id] = f
		out = append(out, f)
	}
	return out
}
