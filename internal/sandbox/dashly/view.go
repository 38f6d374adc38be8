package dashly

import (
	"time"
)

// view renders the state for one request.
type view struct {
	d    *Desk
	text bool   // id_as_string
	base string // of file URLs
	now  time.Time
	// asked tells whether an optional field is wanted; fallback is the method's default (section 7).
	asked func(field string, fallback bool) bool
}

func (v view) id(n uint64) wireID { return wireID{n: n, text: v.text} }

func (v view) stamp(t time.Time) stamp { return stamp{t, v.d.knobs.Times} }

// admin is nobody for an unknown id, and perhaps for one who left (U47).
func (v view) admin(id uint64) *wireAdmin {
	a := v.d.admin(id)
	if id == 0 || a == nil || a.gone && v.d.knobs.GoneAdmins == "null" {
		return nil
	}
	if a.gone && v.d.knobs.GoneAdmins == "id" {
		return &wireAdmin{ID: v.id(a.id), Type: "admin"}
	}
	kind := "admin"
	if a.bot {
		kind = "bot"
	}
	return &wireAdmin{ID: v.id(a.id), Name: a.name, Type: kind, Internal: a.internal}
}

func (v view) user(u *user) *wireUser {
	return &wireUser{ID: v.id(u.id), UserID: some(u.own), Removed: v.stamp(u.removed), App: v.id(v.d.opt.AppID), Presence: "offline", Props: or(u.props)}
}

// conversation renders the header; optional tells the method's default for channel (7: off in lists, on for one).
func (v view) conversation(c *conversation, channelToo bool) wireConversation {
	out := v.core(c)
	if v.asked("user", true) {
		out.User = v.user(v.shown(c))
		if v.d.knobs.ConversationUser == "id" {
			out.User = v.id(v.shown(c).id)
		}
	}
	if v.asked("channel", channelToo) && v.channelShown(c, channelToo) {
		out.Channel = jsonNull
		for _, ch := range v.d.channels {
			if ch.id == c.channel {
				out.Channel = v.channel(ch)
			}
		}
	}
	for i := len(c.parts) - 1; i >= 0; i-- {
		p := c.parts[i]
		if out.PartLast == nil && v.asked("part_last", true) {
			out.PartLast = ptr(v.part(c, p, true))
		}
		if out.ImportantLast == nil && v.asked("important_part_last", true) && (visible(p.kind) || p.kind == note) {
			out.ImportantLast = ptr(v.part(c, p, true))
		}
		if isReply(p.kind) {
			if v.asked("reply_last", true) {
				out.ReplyLast = ptr(v.part(c, p, true))
			}
			break
		}
	}
	return out
}

// channelShown tells whether the desk shows a channel that was asked for; one is set where a single conversation is read.
func (v view) channelShown(c *conversation, one bool) bool {
	switch v.d.knobs.Channels {
	case "one":
		return one
	case "set":
		return c.channel != 0
	}
	return v.d.knobs.Channels == "asked"
}

func (v view) core(c *conversation) wireConversation {
	c.wake(v.now)
	out := wireConversation{
		ID: v.id(c.id), Created: v.stamp(c.created), Replied: c.replied, DelayedUntil: v.stamp(c.until), Closed: c.closed,
		Type: c.kind, ReplyType: "text", Removed: v.stamp(c.removed), ReplyLastType: replyUser, PartsCount: len(c.parts),
		Assignee: v.admin(c.assignee), SendedTime: v.stamp(c.created), AdminUnread: c.unread, UserUnread: c.userUnread,
		Unanswered: c.unanswered, UnreadParts: c.userUnread, LastAdmin: v.admin(c.lastAdmin), LastUpdate: v.stamp(c.updated),
		Tags: append([]string{}, c.tags...), AssistantType: some(c.assistant), RecipientType: c.recipient,
	}
	if c.message != 0 {
		out.Message, out.Status = ptr(v.id(c.message)), ptr("delivered")
	}
	for _, p := range c.parts {
		if p.kind == replyUser {
			out.LastUserReply = v.stamp(p.at)
		}
		if isReply(p.kind) {
			out.Replies++
			out.ReplyLastType = replyAdmin
			if p.kind == replyUser {
				out.ReplyLastType = replyUser
			}
		}
	}
	out.Important = out.ReplyLastType == replyUser || c.assignee == 0
	return out
}

// part renders an entry. Nested ones carry no more than their standard fields and files.
func (v view) part(c *conversation, p *part, nested bool) wirePart {
	out := wirePart{
		ID: v.id(p.id), Created: v.stamp(p.at), Edited: v.stamp(p.edited), Removed: v.stamp(p.removed), Conversation: v.id(c.id),
		Group: v.id(p.group), Body: p.body, BodyJSON: or(p.bodyJSON), Direction: "a2u", Type: p.kind, From: v.from(p.from),
		SentVia: p.via, MetaData: v.meta(p), ReplyType: p.replyType, ExternalID: v.external(p),
	}
	if p.kind == replyUser {
		out.Direction = "u2a"
	}
	if p.actions != nil {
		out.Actions = &p.actions
	}
	auto := v.d.knobs.OptionalPartFields == "auto"
	want := func(field string) bool { return nested && auto || !nested && v.asked(field, auto) }
	if !nested && v.asked("conversation", false) {
		out.Conversation = v.core(c)
	}
	if len(p.files) > 0 && want("attachments") {
		for _, f := range p.files {
			out.Attachments = append(out.Attachments, wireAttachment{
				ID: v.id(f.id), Type: "file", Filename: f.name, MimeType: f.media, Size: len(f.content), URL: v.fileURL(f), Created: micro{f.at},
			})
		}
	}
	v.special(&out, c, p, want)
	return out
}

// special fields come with some kinds only.
func (v view) special(out *wirePart, c *conversation, p *part, want func(string) bool) {
	if p.kind == assigned && want("assignee") {
		out.Assignee = jsonNull
		if a := v.admin(p.assignee); a != nil {
			out.Assignee = a
		}
	}
	if want("tag") {
		out.Tag = p.tag
	}
	if p.kind == channelMoved && want("channel") {
		out.Channel = v.id(p.channel)
	}
	if p.inbound != 0 && want("inbound_email") {
		out.InboundEmail = ptr(v.id(p.inbound))
	}
	if p.kind == replyUser && want("read") {
		out.Read = ptr(c.unread == 0)
	}
	if p == c.parts[0] && want("first") {
		out.First = ptr(true)
	}
}

func (v view) from(a author) any {
	switch {
	case a.user != 0:
		return wireID{n: v.d.authorID(a.user), text: v.text && !v.d.knobs.NumberAuthors}
	case a.bare:
		return v.id(a.admin)
	case a.admin != 0:
		return v.admin(a.admin)
	case a.sender != nil:
		s := *a.sender
		s.WireID = v.id(s.ID)
		return s
	case a.site:
		return siteSender{Type: "default_admin", Name: "Example"}
	}
	return nil
}

func (v view) external(p *part) *string {
	echo := v.d.knobs.EchoExternalIDReplies
	if p.kind == note {
		echo = v.d.knobs.EchoExternalIDNotes
	}
	if !echo {
		return nil
	}
	return some(p.external)
}

func (v view) channel(ch channel) wireChannel {
	out := wireChannel{ID: v.id(ch.id), Name: ch.name, Type: ch.kind, Droppable: ch.kind == "manual", Operators: []wireAdmin{}}
	for _, a := range v.d.admins {
		if !a.bot && !a.gone {
			out.Operators = append(out.Operators, *v.admin(a.id))
		}
	}
	return out
}
