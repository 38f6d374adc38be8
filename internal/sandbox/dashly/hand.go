package dashly

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// Hand is people at work in the panel, on the site and in mailboxes, and the desk's own automation, at one time.
type Hand struct {
	d  *Desk
	at time.Time
}

var _ stage.Human = Hand{}

// At is people at work at that time; now when it is zero.
func (d *Desk) At(t time.Time) Hand { return Hand{d, t} }

// People is people at work now.
func (d *Desk) People() Hand { return Hand{d: d} }

// enter settles what is due and locks the desk. It returns the time of the act.
func (h Hand) enter() time.Time {
	at := h.at
	if at.IsZero() {
		at = h.d.now()
	}
	h.d.Settle()
	h.d.mu.Lock()
	return at
}

func (h Hand) conv(id string) *conversation {
	c := h.d.convs[number(id)]
	if c == nil {
		panic(fmt.Sprintf("dashly sandbox: no conversation %q", id))
	}
	return c
}

func (h Hand) agent(id string) author { return author{admin: h.d.mustAdmin(id).id} }

// Customer implements stage.Human.
func (h Hand) Customer(p stage.Customer) string {
	at := h.enter()
	defer h.d.mu.Unlock()
	u := h.d.users[h.d.own[p.Own]]
	if p.Own == "" || u == nil {
		u = h.d.newUser(p.Own, at)
	}
	for key, v := range map[string]string{"$name": p.Name, "$email": p.Email, "$phone": p.Phone} {
		if v != "" {
			u.props[key] = v
		}
	}
	u.confirmed = u.confirmed || p.Confirmed
	return text(u.id)
}

// Open implements stage.Human.
func (h Hand) Open(customer, body string, files ...stage.Upload) (string, string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	u := h.d.users[number(customer)]
	if u == nil {
		panic(fmt.Sprintf("dashly sandbox: no user %q", customer))
	}
	c := h.d.newConversation(u, at)
	p := h.say(c, at, body, "web_user", files)
	return text(c.id), text(p.id)
}

// OpenVia is Open through another way, as WriteVia.
func (h Hand) OpenVia(customer, body, via string) (conversation string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	c := h.d.newConversation(h.d.users[number(customer)], at)
	h.say(c, at, body, via, nil)
	return text(c.id)
}

// Write implements stage.Human.
func (h Hand) Write(conversation, body string, files ...stage.Upload) string {
	return h.WriteVia(conversation, body, "web_user", files...)
}

// WriteVia is Write through another way: email_user, app_android, integrations, the name of a messenger, ….
func (h Hand) WriteVia(conversation, body, via string, files ...stage.Upload) string {
	at := h.enter()
	defer h.d.mu.Unlock()
	return text(h.say(h.conv(conversation), at, body, via, files).id)
}

func (h Hand) say(c *conversation, at time.Time, body, via string, files []stage.Upload) *part {
	p := &part{kind: replyUser, body: h.d.typed(replyUser, body), from: author{user: c.user.id}, via: via, at: at, files: h.d.keepFiles(files, at)}
	if via == "email_user" {
		p.inbound = 124 + uint64(len(c.parts))
	}
	h.d.add(c, p)
	h.d.autoBot(c, p)
	return p
}

// Reply implements stage.Human. An operator's reply to a conversation without assignee assigns it (8.4, [H:inbox]).
func (h Hand) Reply(conversation, agent, body string, files ...stage.Upload) string {
	return h.ReplyVia(conversation, agent, body, "web_panel", files...)
}

// ReplyVia is Reply through another way: email_admin, app_ios, app_chrome, app_desktop, ….
func (h Hand) ReplyVia(conversation, agent, body, via string, files ...stage.Upload) string {
	at := h.enter()
	defer h.d.mu.Unlock()
	c, by := h.conv(conversation), h.agent(agent)
	if c.assignee == 0 && h.d.knobs.PanelReplyAssigns {
		h.d.assign(c, by.admin, by, via, at, false)
	}
	p := h.d.add(c, &part{kind: replyAdmin, body: h.d.typed(replyAdmin, body), from: by, via: via, at: at, files: h.d.keepFiles(files, at)})
	h.d.notify(c, p, "reply")
	return text(p.id)
}

// Note implements stage.Human.
func (h Hand) Note(conversation, agent, body string, files ...stage.Upload) string {
	at := h.enter()
	defer h.d.mu.Unlock()
	c := h.conv(conversation)
	p := &part{kind: note, body: h.d.typed(note, body), from: h.agent(agent), via: "web_panel", at: at, files: h.d.keepFiles(files, at)}
	return text(h.d.add(c, p).id)
}

// Article is a knowledge-base article that an operator sends.
func (h Hand) Article(conversation, agent, title string) string {
	at := h.enter()
	defer h.d.mu.Unlock()
	c := h.conv(conversation)
	p := h.d.add(c, &part{
		kind: article, body: title, from: h.agent(agent), via: "web_panel", at: at,
		bodyJSON: map[string]any{"article": map[string]any{"id": 31, "title": title, "url": "https://help.example.org/article/31"}},
	})
	h.d.notify(c, p, "article")
	return text(p.id)
}

// Assign implements stage.Human.
func (h Hand) Assign(conversation, agent, to string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	var id uint64
	if to != "" {
		id = h.d.mustAdmin(to).id
	}
	h.d.assign(h.conv(conversation), id, h.agent(agent), "web_panel", at, false)
}

// Close implements stage.Human.
func (h Hand) Close(conversation, agent string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	c := h.conv(conversation)
	if !c.closed {
		c.closed, c.until = true, time.Time{}
		h.d.system(c, closed, h.agent(agent), "web_panel", at, false)
	}
}

// Reopen implements stage.Human: the button of the panel. No part is documented for it (8.7), so none is made.
func (h Hand) Reopen(conversation, agent string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	c := h.conv(conversation)
	h.agent(agent)
	c.closed, c.until = false, time.Time{}
	h.d.touched(c, at)
}

// Snooze implements stage.Human: a delay.
func (h Hand) Snooze(conversation, agent string, until time.Time) {
	at := h.enter()
	defer h.d.mu.Unlock()
	c := h.conv(conversation)
	c.until, c.closed = until, false
	h.d.system(c, delayed, h.agent(agent), "web_panel", at, false)
}

// Tag implements stage.Human.
func (h Hand) Tag(conversation, agent, tag string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	if c, tag := h.conv(conversation), h.d.normalTag(tag); !slices.Contains(c.tags, tag) {
		h.d.changeTag(c, tagAdded, tag, h.agent(agent), "web_panel", at, false)
	}
}

// Untag implements stage.Human.
func (h Hand) Untag(conversation, agent, tag string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	if c, tag := h.conv(conversation), h.d.normalTag(tag); slices.Contains(c.tags, tag) {
		h.d.changeTag(c, tagDeleted, tag, h.agent(agent), "web_panel", at, false)
	}
}

// Title implements stage.Human: Dashly has no titles (9.1).
func (Hand) Title(string, string, string) {}

// Move puts the conversation into a channel, "0" takes it out.
func (h Hand) Move(conversation, agent, channel string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	c := h.conv(conversation)
	c.channel = number(channel)
	h.d.system(c, channelMoved, h.agent(agent), "web_panel", at, false).channel = c.channel
}

// Bot implements stage.Human.
func (h Hand) Bot(conversation, body string) string {
	return h.automatic(conversation, &part{kind: botAdmin, body: body, from: author{sender: &botSender}, via: "message_chat_bot"})
}

// Ask is a line of the bot that expects an action of the customer, with buttons.
func (h Hand) Ask(conversation, body string, buttons ...string) string {
	var actions []map[string]any
	for i, b := range buttons {
		actions = append(actions, map[string]any{"id": fmt.Sprintf("btn-%d", i+1), "type": "button", "text": b})
	}
	return h.automatic(conversation, &part{
		kind: botUser, body: body, from: author{sender: &botSender}, via: "message_chat_bot", actions: actions,
		meta: map[string]any{"bot_action": "btn-1"}, replyType: "text",
	})
}

// AutoReply is the desk's automatic answer outside of working hours.
func (h Hand) AutoReply(conversation, body string) string {
	return h.automatic(conversation, &part{kind: autoReply, body: "<p>" + body + "</p>", html: true, from: author{sender: &teamSender}, via: "auto_reply"})
}

func (h Hand) automatic(conversation string, p *part) string {
	p.at = h.enter()
	defer h.d.mu.Unlock()
	c := h.conv(conversation)
	h.d.add(c, p)
	h.d.notify(c, p, "bot")
	return text(p.id)
}

// Service is a system entry of the given kind that nobody sees: service, final_closed, opened.
func (h Hand) Service(conversation, kind, body string) string {
	at := h.enter()
	defer h.d.mu.Unlock()
	by := author{site: true}
	if kind == finalClosed {
		by = author{}
	}
	return text(h.d.add(h.conv(conversation), &part{kind: kind, body: body, from: by, via: "system", at: at}).id)
}

// Legacy is an operator's reply of the old kind reply_django_user (9.2).
func (h Hand) Legacy(conversation, agent, body string) string {
	at := h.enter()
	defer h.d.mu.Unlock()
	c := h.conv(conversation)
	p := h.d.add(c, &part{kind: legacyReply, body: h.d.typed(legacyReply, body), from: h.agent(agent), via: "web_panel", at: at})
	h.d.notify(c, p, "reply")
	return text(p.id)
}

// Vote implements stage.Human.
func (h Hand) Vote(conversation string, n int, remark string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	h.d.add(h.conv(conversation), &part{
		kind: vote, from: author{admin: number(Dash)}, via: "system", at: at, body: "How did we do?",
		meta: map[string]any{"vote": n, "comment": remark},
	})
}

// Campaign implements stage.Human: an automatic message; its conversation is in the inbox once the customer answers.
func (h Hand) Campaign(customer, body string) string {
	at := h.enter()
	defer h.d.mu.Unlock()
	u := h.d.users[number(customer)]
	if u == nil {
		panic(fmt.Sprintf("dashly sandbox: no user %q", customer))
	}
	c := h.d.newConversation(u, at)
	c.message = h.d.id()
	p := h.d.add(c, &part{kind: replyAdmin, body: "<p>" + body + "</p>", html: true, from: author{sender: &teamSender}, via: "message_auto", at: at})
	h.d.notify(c, p, "campaign")
	return text(c.id)
}

// Erase implements stage.Human.
func (h Hand) Erase(conversation, entry string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	p := h.part(conversation, entry)
	p.removed, p.body, p.files, p.bodyJSON = at, "", nil, nil
	h.d.touched(h.conv(conversation), at)
}

// Edit changes the text of an entry (9.2: edited).
func (h Hand) Edit(conversation, entry, body string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	p := h.part(conversation, entry)
	p.edited, p.body = at, h.d.typed(p.kind, body)
	h.d.touched(h.conv(conversation), at)
}

func (h Hand) part(conversation, entry string) *part {
	for _, p := range h.conv(conversation).parts {
		if text(p.id) == entry {
			return p
		}
	}
	panic(fmt.Sprintf("dashly sandbox: no entry %q in conversation %q", entry, conversation))
}

// Delete implements stage.Human.
func (h Hand) Delete(conversation string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	c := h.conv(conversation)
	c.removed = at
	h.d.touched(c, at)
}

// Dump is the whole desk in the neutral picture, in order of ids. Removed conversations are left out.
func (d *Desk) Dump() []stage.Thread {
	d.Settle()
	now := d.now()
	d.mu.Lock()
	defer d.mu.Unlock()
	out := []stage.Thread{}
	for _, c := range d.convs {
		if c.removed.IsZero() {
			c.wake(now)
			out = append(out, d.thread(c))
		}
	}
	slices.SortFunc(out, func(a, b stage.Thread) int {
		return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), strings.Compare(a.ID, b.ID))
	})
	return out
}

func (d *Desk) thread(c *conversation) stage.Thread {
	t := stage.Thread{ID: text(c.id), Customer: c.user.key(), State: "open", Tags: append([]string{}, c.tags...)}
	slices.Sort(t.Tags)
	switch {
	case c.closed:
		t.State = "closed"
	case !c.until.IsZero():
		t.State = "snoozed"
	}
	if a := d.admin(c.assignee); a != nil {
		t.Assignee, t.Agent = text(a.id), a.name
	}
	if c.channel != 0 {
		t.Team = text(c.channel)
	}
	for _, p := range c.parts {
		e := stage.Entry{
			ID: text(p.id), Side: p.side(), Visible: visible(p.kind), Text: d.plain(p), At: p.at.UTC().Truncate(time.Second),
			ByBridge: p.byBridge, Native: p.kind,
		}
		for _, f := range p.files {
			e.Files = append(e.Files, stage.FileOf(f.name, f.content))
		}
		t.Entries = append(t.Entries, e)
	}
	return t
}

func (p *part) side() string {
	switch {
	case p.kind == replyUser:
		return stage.SideCustomer
	case p.kind == vote || p.kind == botAdmin || p.kind == botUser || p.kind == autoReply || p.from.sender != nil:
		return stage.SideBot
	case visible(p.kind) || p.kind == note:
		return stage.SideTeam
	}
	return stage.SideSystem
}
