package intercom

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// Hand is people at work in the inbox and the messenger, and the desk's own automation, at one time.
type Hand struct {
	d  *Desk
	at time.Time
}

var _ stage.Human = Hand{}

// At is people at work at that time; now when it is zero.
func (d *Desk) At(t time.Time) Hand { return Hand{d, t} }

// People is people at work now.
func (d *Desk) People() Hand { return Hand{d: d} }

func (h Hand) enter() time.Time {
	at := h.at
	if at.IsZero() {
		at = h.d.now()
	}
	h.d.Settle()
	h.d.mu.Lock()
	return at
}

func (h Hand) conv(id string, at time.Time) *conversation {
	c := h.d.find(id, at)
	if c == nil {
		panic(fmt.Sprintf("intercom sandbox: no conversation %q", id))
	}
	return c
}

func (h Hand) contact(id string) *contact {
	p := h.d.contacts[id]
	if p == nil {
		panic(fmt.Sprintf("intercom sandbox: no contact %q", id))
	}
	return p
}

func (h Hand) agent(id string) author { return h.d.adminAuthor(h.d.mustAdmin(id)) }

// Customer implements stage.Human: a user if it has an own id or a confirmed address, else a lead.
func (h Hand) Customer(p stage.Customer) string {
	at := h.enter()
	defer h.d.mu.Unlock()
	c := h.d.byExternal(p.Own)
	if c == nil {
		role := "lead"
		if p.Own != "" || p.Confirmed {
			role = "user"
		}
		c = h.d.newContact(role, at)
	}
	c.external = cmp.Or(p.Own, c.external)
	c.name, c.email, c.phone = cmp.Or(p.Name, c.name), cmp.Or(p.Email, c.email), cmp.Or(p.Phone, c.phone)
	return c.id
}

// Archive puts a contact away (11).
func (h Hand) Archive(customer string) {
	h.enter()
	defer h.d.mu.Unlock()
	h.contact(customer).archived = true
}

// Block blocks a contact (11): nobody can write as them.
func (h Hand) Block(customer string) {
	h.enter()
	defer h.d.mu.Unlock()
	h.contact(customer).blocked = true
}

// LetIn takes back that a contact was archived or blocked (11).
func (h Hand) LetIn(customer string) {
	h.enter()
	defer h.d.mu.Unlock()
	p := h.contact(customer)
	p.archived, p.blocked = false, false
}

// Open implements stage.Human.
func (h Hand) Open(customer, body string, files ...stage.Upload) (string, string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	x := h.d.newConversation(h.contact(customer), at, at)
	x.waiting = at
	x.source.body, x.source.files = h.d.paragraphs(body), h.d.keep(files)
	h.d.moved(x, "comment", at)
	h.d.autoBot(x, &x.source, at)
	return x.id, x.source.id
}

// Write implements stage.Human.
func (h Hand) Write(conversation, body string, files ...stage.Upload) string {
	at := h.enter()
	defer h.d.mu.Unlock()
	x := h.conv(conversation, at)
	p := &part{author: x.contacts[0].author(), body: h.d.paragraphs(body), files: h.d.keep(files)}
	return h.d.customerSays(x, p, at).id
}

// WriteAs is a message of another participant, who joins the conversation with it.
func (h Hand) WriteAs(conversation, customer, body string) string {
	at := h.enter()
	defer h.d.mu.Unlock()
	x, who := h.conv(conversation, at), h.contact(customer)
	if !slices.Contains(x.contacts, who) {
		x.contacts = append(x.contacts, who)
		h.d.add(x, &part{kind: "participant_added", author: h.d.operator()}, "state", at)
	}
	return h.d.customerSays(x, &part{author: who.author(), body: h.d.paragraphs(body)}, at).id
}

// TakeOut removes a participant from a conversation, as a teammate does (9.6).
func (h Hand) TakeOut(conversation, customer string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	x, who := h.conv(conversation, at), h.contact(customer)
	x.contacts = slices.DeleteFunc(x.contacts, func(c *contact) bool { return c == who })
	h.d.add(x, &part{kind: "participant_removed", author: h.d.operator()}, "state", at)
}

// Reply implements stage.Human.
func (h Hand) Reply(conversation, agent, body string, files ...stage.Upload) string {
	at := h.enter()
	defer h.d.mu.Unlock()
	x := h.conv(conversation, at)
	p := h.d.adminSays(x, &part{kind: "comment", author: h.agent(agent), body: h.d.paragraphs(body), files: h.d.keep(files)}, at)
	h.d.notify(x, p, "reply")
	return p.id
}

// Note implements stage.Human.
func (h Hand) Note(conversation, agent, body string, files ...stage.Upload) string {
	at := h.enter()
	defer h.d.mu.Unlock()
	x := h.conv(conversation, at)
	return h.d.adminSays(x, &part{kind: "note", author: h.agent(agent), body: h.d.paragraphs(body), files: h.d.keep(files)}, at).id
}

// Assign implements stage.Human.
func (h Hand) Assign(conversation, agent, to string) {
	h.AssignWith(conversation, agent, "admin", to, "")
}

// AssignWith assigns to an admin or a team, with a text that the customer sees.
func (h Hand) AssignWith(conversation, agent, kind, to, body string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	p := &part{author: h.agent(agent), body: h.d.paragraphs(body)}
	h.d.assign(h.conv(conversation, at), p, kind, cmp.Or(to, "0"), at)
}

// Close implements stage.Human.
func (h Hand) Close(conversation, agent string) { h.CloseWith(conversation, agent, "") }

// CloseWith closes with a text that goes to the customer (7.3).
func (h Hand) CloseWith(conversation, agent, body string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	h.d.close(h.conv(conversation, at), &part{author: h.agent(agent), body: h.d.paragraphs(body)}, at)
}

// Reopen implements stage.Human.
func (h Hand) Reopen(conversation, agent string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	h.d.reopen(h.conv(conversation, at), &part{author: h.agent(agent)}, at)
}

// Snooze implements stage.Human.
func (h Hand) Snooze(conversation, agent string, until time.Time) {
	at := h.enter()
	defer h.d.mu.Unlock()
	h.d.snooze(h.conv(conversation, at), &part{author: h.agent(agent)}, until, at)
}

// Tag implements stage.Human.
func (h Hand) Tag(conversation, agent, name string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	t, _ := h.d.tagNamed(name)
	h.d.attach(h.conv(conversation, at), t, h.agent(agent), at, false)
}

// Untag implements stage.Human.
func (h Hand) Untag(conversation, agent, name string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	t, _ := h.d.tagNamed(name)
	h.d.detach(h.conv(conversation, at), t, h.agent(agent), at, false)
}

// Title implements stage.Human.
func (h Hand) Title(conversation, agent, title string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	x := h.conv(conversation, at)
	h.agent(agent)
	x.title = title
	h.d.moved(x, "title", at)
}

// Prioritise marks or unmarks the conversation. The part tells both values (8.3).
func (h Hand) Prioritise(conversation, agent string, high bool) {
	at := h.enter()
	defer h.d.mu.Unlock()
	x := h.conv(conversation, at)
	level := map[bool]string{false: "not_priority", true: "priority"}
	details := map[string]any{"previous": level[x.priority], "current": level[high]}
	x.priority = high
	h.d.add(x, &part{kind: "priority_changed", author: h.agent(agent), details: details}, "state", at)
}

// Event is a part of any kind by the Operator, without text (8.2).
func (h Hand) Event(conversation, kind string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	h.d.add(h.conv(conversation, at), &part{kind: kind, author: h.d.operator()}, "state", at)
}

// Bot implements stage.Human.
func (h Hand) Bot(conversation, body string) string {
	at := h.enter()
	defer h.d.mu.Unlock()
	x := h.conv(conversation, at)
	p := h.d.add(x, &part{kind: "comment", author: h.d.operator(), body: h.d.paragraphs(body)}, "comment", at)
	h.d.notify(x, p, "bot")
	return p.id
}

// Vote implements stage.Human.
func (h Hand) Vote(conversation string, n int, remark string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	x := h.conv(conversation, at)
	x.rating = &rating{n, remark, at, x.admin}
	h.d.add(x, &part{kind: "conversation_rating_changed", author: x.contacts[0].author()}, "rating", at)
}

// Campaign implements stage.Human: an automatic message with a conversation of its own.
func (h Hand) Campaign(customer, body string) string {
	at := h.enter()
	defer h.d.mu.Unlock()
	x := h.d.newConversation(h.contact(customer), at, at)
	x.delivered = "automated"
	x.source.author, x.source.body = h.agent(Jane), h.d.paragraphs(body)
	h.d.moved(x, "comment", at)
	h.d.notify(x, &x.source, "campaign")
	return x.id
}

// Erase implements stage.Human: redaction (8.7).
func (h Hand) Erase(conversation, entry string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	x := h.conv(conversation, at)
	p := &x.source
	if i := slices.IndexFunc(x.parts, func(p *part) bool { return p.id == entry }); i >= 0 {
		p = x.parts[i]
	} else if entry != x.source.id {
		panic(fmt.Sprintf("intercom sandbox: no entry %q in conversation %q", entry, conversation))
	}
	p.redacted, p.body, p.files, p.updated = true, "<p><i>This message was deleted</i></p>", nil, at
	h.d.moved(x, "redaction", at)
}

// Delete implements stage.Human.
func (h Hand) Delete(conversation string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	h.conv(conversation, at).deleted = true
}

// Dump is the whole desk in the neutral picture, in order of ids. The opening message is an entry "source:<id>".
func (d *Desk) Dump() []stage.Thread {
	d.Settle()
	now := d.now()
	d.mu.Lock()
	defer d.mu.Unlock()
	out := []stage.Thread{}
	for _, x := range d.threads { // ids grow
		if !x.deleted {
			d.wake(x, now)
			out = append(out, d.thread(x))
		}
	}
	return out
}

func (d *Desk) thread(x *conversation) stage.Thread {
	t := stage.Thread{ID: x.id, Customer: x.contacts[0].key(), State: x.state, Tags: []string{}, Title: x.title}
	for name, v := range x.custom {
		if t.Attributes == nil {
			t.Attributes = map[string]string{}
		}
		t.Attributes[name] = fmt.Sprint(v)
	}
	for _, a := range x.tags {
		t.Tags = append(t.Tags, a.tag.name)
	}
	slices.Sort(t.Tags)
	if x.admin != 0 {
		a := d.mustAdmin(strconv.FormatInt(x.admin, 10))
		t.Assignee, t.Agent = strconv.FormatInt(a.id, 10), a.name
	}
	if x.team != 0 {
		t.Team = strconv.FormatInt(x.team, 10)
	}
	parts := slices.Clone(x.parts)
	slices.SortStableFunc(parts, func(a, b *part) int {
		return cmp.Or(cmp.Compare(a.at.Unix(), b.at.Unix()), cmp.Compare(a.n, b.n))
	})
	for _, p := range append([]*part{&x.source}, parts...) {
		e := stage.Entry{
			ID: p.id, Side: p.side(), Visible: p.visible(), Text: stage.Plain(p.body), At: p.at.UTC().Truncate(time.Second),
			ByBridge: p.byBridge, Native: p.kind,
		}
		for _, f := range p.files {
			e.Files = append(e.Files, stage.FileOf(f.name, f.content))
		}
		t.Entries = append(t.Entries, e)
	}
	return t
}

// visible: notes are internal, everything else with content is seen by the customer (8.2).
func (p *part) visible() bool {
	return !strings.HasPrefix(p.kind, "note") && (p.body != "" || len(p.files) > 0)
}

func (p *part) side() string {
	switch {
	case p.body == "" && len(p.files) == 0:
		return stage.SideSystem
	case p.author.kind == "user" || p.author.kind == "lead":
		return stage.SideCustomer
	case p.author.kind == "bot":
		return stage.SideBot
	}
	return stage.SideTeam
}
