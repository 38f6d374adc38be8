package intercom

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// States of a conversation (7.3).
const (
	open    = "open"
	closed  = "closed"
	snoozed = "snoozed"
)

type contact struct {
	id, external               string
	role                       string
	email, phone               string
	name                       string
	created, updated           time.Time
	custom                     map[string]any
	unsubscribed               bool
	archived, deleted, blocked bool
	heir                       *contact // merged into this one
}

type file struct {
	id          int
	name, media string
	content     []byte
	inline      bool
}

type author struct {
	kind        string // user, lead, admin, bot, team
	id          string
	name, email string
}

type appliedTag struct {
	tag *tag
	at  time.Time
	by  author
}

type rating struct {
	value    int
	remark   string
	at       time.Time
	teammate int64
}

type conversation struct {
	id        string
	title     string
	created   time.Time
	updated   time.Time
	waiting   time.Time
	until     time.Time
	state     string
	read      bool
	priority  bool
	admin     int64
	team      int64
	tags      []appliedTag
	contacts  []*contact
	former    map[*contact]*contact // those of contacts who were merged into them
	custom    map[string]any
	rating    *rating
	messageID string
	sourceID  string // as source.id shows it; empty is null
	delivered string // delivered_as
	source    part
	parts     []*part
	deleted   bool
	index     []snapshot // as search knows it, oldest first; used with an index delay only
}

// snapshot is a conversation as search shows it from due on.
type snapshot struct {
	due  time.Time
	conv conversation
}

type part struct {
	id        string
	n         int64
	kind      string
	body      string // HTML, empty for none
	at        time.Time
	updated   time.Time
	author    author
	assigned  *reference
	took      bool // a comment that is shown as an assignment (8.2)
	files     []*file
	details   map[string]any
	state     string
	redacted  bool
	byBridge  bool
	caused    bool // automation that an API call set off
	quickAsk  []quickReply
	quickPick string
	typed     string    // the body as it was given over the API
	made      time.Time // when it was written, whatever its time says
}

// fetch is the default of Options.Fetch.
func fetch(url string) ([]byte, string, error) {
	client := http.Client{Timeout: 10 * time.Second}
	resp, err := client.Get(url)
	if err != nil {
		return nil, "", fmt.Errorf("fetching an attachment: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("fetching an attachment: HTTP %d", resp.StatusCode)
	}
	content, err := io.ReadAll(io.LimitReader(resp.Body, 100<<20))
	return content, resp.Header.Get("Content-Type"), err
}

// moved stamps updated_at, unless this kind of change leaves it alone (20.6), and lets the index know.
func (d *Desk) moved(c *conversation, change string, at time.Time) {
	d.stir(c, at, !slices.Contains(d.knobs.Unmoved, change))
}

func (d *Desk) stir(c *conversation, at time.Time, moves bool) {
	if moves && at.After(c.updated) {
		c.updated = at
	}
	if d.knobs.IndexDelay > 0 {
		now := *c
		now.index = nil
		now.tags = slices.Clone(c.tags)
		now.contacts = slices.Clone(c.contacts)
		c.index = append(c.index, snapshot{due: at.Add(time.Duration(d.knobs.IndexDelay)), conv: now})
	}
}

// indexed is the conversation as search shows it at that time; nil when it does not know it yet.
func (d *Desk) indexed(c *conversation, at time.Time) *conversation {
	if d.knobs.IndexDelay == 0 || len(c.index) == 0 {
		return c
	}
	for i := len(c.index) - 1; i >= 0; i-- {
		if !c.index[i].due.After(at) {
			c.index = c.index[i:]
			return &c.index[0].conv
		}
	}
	return nil
}

// add appends a part. Its time is p.at; the conversation changes at now.
func (d *Desk) add(c *conversation, p *part, change string, now time.Time) *part {
	d.lastPart++
	p.n = d.lastPart
	p.id = strconv.FormatInt(p.n, 10)
	if p.at.IsZero() {
		p.at = now
	}
	p.updated, p.state, p.made = p.at, c.state, now
	c.parts = append(c.parts, p)
	late := p.at.Before(now.Add(-time.Second))
	d.stir(c, now, !slices.Contains(d.knobs.Unmoved, change) && (d.knobs.BackdatedMoves || !late || p.kind == "timer_unsnooze"))
	return p
}

// customerSays is a comment of a contact. On a closed conversation its part is an open that carries the text (7.3).
func (d *Desk) customerSays(c *conversation, p *part, now time.Time) *part {
	p.kind = "comment"
	if c.state == closed {
		p.kind = "open"
	}
	c.state, c.until, c.read = open, time.Time{}, false
	if c.waiting.IsZero() {
		c.waiting = now
	}
	d.add(c, p, "comment", now)
	d.route(c, now)
	d.autoBot(c, p, now)
	return p
}

// route brings an unassigned conversation to somebody, if there is such a rule (20.8).
func (d *Desk) route(c *conversation, now time.Time) {
	if to := d.admin(d.knobs.Routing); to != nil && c.admin == 0 {
		c.admin = to.id
		d.add(c, &part{kind: "default_assignment", author: d.operator(), assigned: &reference{"admin", ptr(d.knobs.Routing)}}, "assign", now)
	}
	if to := d.team(d.knobs.TeamRouting); to != nil && c.team == 0 {
		c.team = to.id
		d.add(c, &part{kind: "default_assignment", author: d.operator(), assigned: &reference{"team", ptr(d.knobs.TeamRouting)}}, "assign", now)
	}
}

// adminSays is a comment or note of an admin, with what it does to the state (7.3).
func (d *Desk) adminSays(c *conversation, p *part, now time.Time) *part {
	wakes, reopens := d.knobs.CommentWakes, d.knobs.CommentReopens
	if p.kind == "note" {
		wakes, reopens = d.knobs.NoteWakes, d.knobs.NoteReopens
	} else {
		c.waiting = time.Time{}
	}
	switch {
	case c.state == snoozed && wakes:
		c.state, c.until = open, time.Time{}
		if p.kind == "note" {
			p.kind = "note_and_unsnooze"
		}
	case c.state == closed && reopens:
		c.state = open
		if p.kind == "note" {
			p.kind = "note_and_reopen"
		}
	}
	change := "comment"
	if strings.HasPrefix(p.kind, "note") {
		change = "note"
	}
	return d.add(c, p, change, now)
}

// autoBot answers a message of the customer, if there is such a bot.
func (d *Desk) autoBot(c *conversation, cause *part, now time.Time) {
	if d.knobs.AutoBot == "" {
		return
	}
	p := d.add(c, &part{kind: "comment", body: stage.Paragraphs(d.knobs.AutoBot), author: d.operator(), caused: cause.byBridge}, "comment", now)
	d.notify(c, p, "bot")
}

// closeBot asks the customer for a rating after a close, if there is such a bot.
func (d *Desk) closeBot(c *conversation, cause *part, now time.Time) {
	if d.knobs.CloseBot == "" {
		return
	}
	p := d.add(c, &part{kind: "comment", body: stage.Paragraphs(d.knobs.CloseBot), author: d.operator(), caused: cause.byBridge}, "comment", now)
	d.notify(c, p, "bot")
}

// notify records that the customer heard of the part.
func (d *Desk) notify(c *conversation, p *part, kind string) {
	by, cause := stage.ByDesk, stage.ByDesk
	if p.byBridge {
		by, cause = stage.ByBridge, stage.ByBridge
	}
	if p.caused {
		cause = stage.ByBridge
	}
	d.Log.Notify(stage.Notification{
		Desk: Name, Conversation: c.id, Person: c.contacts[0].key(), Kind: kind, Text: stage.Plain(p.body), Entry: p.id,
		By: by, Cause: cause, At: p.at.UTC(),
	})
}

func (d *Desk) operator() author { return d.adminAuthor(d.admin(Operator)) }

func (d *Desk) adminAuthor(a *admin) author {
	kind := "admin"
	if a.bot {
		kind = "bot"
	}
	return author{kind, strconv.FormatInt(a.id, 10), a.name, a.email}
}

func (c *contact) author() author { return author{c.role, c.id, c.name, c.email} }

func (c *contact) key() string { return cmp.Or(c.external, c.id) }

// wake ends a snooze whose time has come, with the part that the timer makes (7.3).
func (d *Desk) wake(c *conversation, now time.Time) {
	if c.state == snoozed && !c.until.After(now) {
		at := c.until
		c.state, c.until = open, time.Time{}
		d.add(c, &part{kind: "timer_unsnooze", author: d.operator(), at: at}, "state", at)
	}
}

// find is a conversation by id, with its timers run; nil when there is none.
func (d *Desk) find(id string, now time.Time) *conversation {
	c := d.convs[id]
	if c == nil || c.deleted {
		return nil
	}
	d.wake(c, now)
	return c
}

func (d *Desk) newConversation(from *contact, at, now time.Time) *conversation {
	d.lastConv += 7
	d.lastMsg++
	c := &conversation{
		id: strconv.FormatInt(d.lastConv, 10), created: at, state: open, contacts: []*contact{from}, custom: map[string]any{},
		messageID: strconv.FormatInt(d.lastMsg, 10), delivered: d.knobs.DeliveredAs,
	}
	c.sourceID = c.messageID
	c.source = part{kind: "source", id: "source:" + c.messageID, at: at, author: from.author()}
	d.convs[c.id] = c
	d.threads = append(d.threads, c)
	c.updated = now
	return c
}

// newContact makes a contact with the next id of 24 hexadecimal digits.
func (d *Desk) newContact(role string, at time.Time) *contact {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s contact %d", d.opt.IDCode, len(d.people)))
	c := &contact{id: hex.EncodeToString(sum[:12]), role: role, created: at, updated: at, custom: map[string]any{}}
	d.contacts[c.id] = c
	d.people = append(d.people, c)
	return c
}

func (d *Desk) byExternal(id string) *contact {
	for _, c := range d.people {
		if id != "" && c.external == id && !c.deleted && c.heir == nil {
			return c
		}
	}
	return nil
}

func (d *Desk) keep(uploads []stage.Upload) []*file {
	var out []*file
	for _, u := range uploads {
		f := &file{id: len(d.files) + 1, name: u.Name, media: stage.TypeOf(u.Name, u.Type), content: u.Content, inline: u.Inline}
		d.files = append(d.files, f)
		out = append(out, f)
	}
	return out
}

// tagNamed finds or makes a tag; names are case insensitive (12 and the OpenAPI file) unless the knob says otherwise.
func (d *Desk) tagNamed(name string) (t *tag, existed bool) {
	for _, t := range d.tags {
		if t.name == name || !d.knobs.TagsCaseSensitive && strings.EqualFold(t.name, name) {
			return t, true
		}
	}
	t = &tag{id: strconv.Itoa(7522900 + len(d.tags)), name: name}
	d.tags = append(d.tags, t)
	return t, false
}

func (d *Desk) tagByID(id string) *tag {
	for _, t := range d.tags {
		if t.id == id {
			return t
		}
	}
	return nil
}
