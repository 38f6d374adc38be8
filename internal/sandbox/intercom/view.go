package intercom

import (
	"cmp"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// view renders the state for one request.
type view struct {
	d     *Desk
	minor int // of version 2.x
	base  string
	now   time.Time
	plain bool // display_as=plaintext
}

func (v view) author(a author) wireAuthor {
	a = v.authorOf(a)
	out := wireAuthor{Type: a.kind, ID: a.id, Name: some(a.name), Email: a.email}
	if v.minor >= 14 {
		out.FromAIAgent, out.IsAIAnswer = ptr(false), ptr(false)
	}
	return out
}

// body shows pasted images in their places (8.5).
func (v view) body(p *part) string {
	if v.plain {
		return stage.Plain(p.body)
	}
	body := p.body
	for _, f := range p.files {
		img := `<img src="` + html.EscapeString(v.link(f)) + `">`
		switch {
		case !f.inline:
		case strings.Contains(body, stage.ImagePlace):
			body = strings.Replace(body, stage.ImagePlace, img, 1)
		default:
			body += `<div class="intercom-container">` + img + `</div>`
		}
	}
	return body
}

// link is the URL of a file. It dies (8.5); each read makes a fresh one.
func (v view) link(f *file) string {
	u := fmt.Sprintf("%s/downloads/%d/%s", v.base, f.id, url.PathEscape(f.name))
	if life := time.Duration(v.d.knobs.FileLifetime); life > 0 {
		u += fmt.Sprintf("?expires=%d&signature=%x", v.now.Add(life).Unix(), f.id*7919)
	}
	return u
}

// files are what is attached; what is pasted into the text is not among them (8.5).
func (v view) files(files []*file) []wireAttachment {
	out := []wireAttachment{}
	for _, f := range files {
		if f.inline {
			continue
		}
		a := wireAttachment{Type: "upload", Name: f.name, URL: v.link(f), ContentType: f.media}
		switch n := len(f.content); v.d.knobs.FileSizes {
		case "bytes":
			a.Filesize = n
		case "kilobytes":
			a.Filesize = (n + 1023) / 1024
		case "before":
			a.Filesize = n + n/8 + 1
		}
		out = append(out, a)
	}
	return out
}

func (v view) part(p *part) wirePart {
	out := wirePart{
		Type: "conversation_part", ID: p.id, PartType: p.kind, Body: some(v.body(p)), CreatedAt: seconds{p.at},
		UpdatedAt: seconds{p.updated}, NotifiedAt: seconds{p.at}, AssignedTo: p.assigned, Author: v.author(p.author),
		Attachments: v.files(p.files), Redacted: p.redacted,
	}
	if p.took {
		out.PartType = "assignment"
	}
	if v.minor >= 13 {
		out.part213 = &part213{State: p.state, Tags: []wireTag{}, EventDetails: p.details}
		switch {
		case p.byBridge && v.d.knobs.AppCode != "":
			out.AppCode = v.d.knobs.AppCode
		case p.byBridge || v.d.knobs.HumanAppCode == "null":
			out.AppCode = jsonNull
		}
	}
	if v.minor >= 14 {
		out.part214 = &part214{}
		if len(p.quickAsk) > 0 || p.quickPick != "" {
			out.Metadata = &partMetadata{Options: p.quickAsk, UUID: p.quickPick}
		}
	}
	return out
}

// conversation renders the whole conversation, with the newest parts only (6.3).
func (v view) conversation(c *conversation) wireConversation {
	out := v.item(c)
	parts := slices.Clone(c.parts)
	slices.SortStableFunc(parts, func(a, b *part) int {
		if v.d.knobs.PartOrder == "id" {
			return cmp.Compare(a.n, b.n)
		}
		return cmp.Or(cmp.Compare(a.at.Unix(), b.at.Unix()), cmp.Compare(a.n, b.n))
	})
	total := len(parts)
	if limit := v.d.knobs.MaxParts; limit > 0 && total > limit {
		parts = parts[total-limit:]
	}
	if v.d.knobs.PartOrder == "desc" {
		slices.Reverse(parts)
	}
	if !v.d.knobs.TotalCountsAll {
		total = len(parts)
	}
	out.Parts = &wireParts{Type: "conversation_part.list", Parts: make([]wirePart, len(parts)), TotalCount: total}
	for i, p := range parts {
		out.Parts.Parts[i] = v.part(p)
	}
	return out
}

// item renders the conversation as lists show it: without parts (6.1).
func (v view) item(c *conversation) wireConversation {
	out := wireConversation{
		Type: "conversation", ID: c.id, Title: some(c.title), CreatedAt: seconds{c.created}, UpdatedAt: seconds{c.updated},
		WaitingSince: seconds{c.waiting}, SnoozedUntil: seconds{c.until}, Open: c.state != closed, State: c.state, Read: c.read,
		Priority: v.priority(c.priority), Admin: v.assignee(c.admin), Team: v.assignee(c.team), Custom: c.custom,
		Tags:      wireTags{Type: "tag.list", Tags: []wireTag{}},
		Contacts:  wireContacts{Type: "contact.list"},
		Teammates: wireTeammates{Type: "admin.list", Teammates: []reference{}},
		Source: wireSource{
			Type: "conversation", ID: some(c.sourceID), DeliveredAs: c.delivered, Body: v.body(&c.source),
			Author: v.author(c.source.author), Attachments: v.files(c.source.files), Redacted: c.source.redacted,
		},
		Statistics: v.statistics(c),
	}
	for _, t := range c.tags {
		out.Tags.Tags = append(out.Tags.Tags, v.appliedTag(t))
	}
	for _, p := range v.shown(c) {
		out.Contacts.Contacts = append(out.Contacts.Contacts, wireContactRef{"contact", p.id, some(p.external)})
	}
	for _, id := range teammates(c) {
		out.Teammates.Teammates = append(out.Teammates.Teammates, reference{"admin", ptr(id)})
	}
	if at := statistics(c).FirstContactReply; at != nil {
		out.FirstReply = &wireFirstReply{CreatedAt: *at, Type: "conversation"}
	}
	if r := c.rating; r != nil {
		out.Rating = &wireRating{Rating: r.value, Remark: r.remark, CreatedAt: seconds{r.at}, Contact: out.Contacts.Contacts[0]}
		if r.teammate != 0 {
			out.Rating.Teammate = &reference{"admin", ptr(strconv.FormatInt(r.teammate, 10))}
		}
	}
	if v.minor >= 10 {
		out.Linked = &wireLinked{Type: "list", Data: []struct{}{}}
	}
	if v.minor >= 11 {
		out.AIAgent = ptr(false)
	}
	return out
}

// priority has another vocabulary since 2.16 (2).
func (v view) priority(high bool) string {
	switch {
	case v.minor >= 16 && high:
		return "high"
	case v.minor >= 16:
		return "none"
	case high:
		return "priority"
	}
	return "not_priority"
}

// assignee: nobody is null, and 0 since 2.16 (7.1).
func (v view) assignee(id int64) any {
	switch {
	case id == 0 && v.minor < 16 && !v.d.knobs.UnassignedZero:
		return nil
	case v.d.knobs.AssigneeText:
		return strconv.FormatInt(id, 10)
	}
	return id
}

func (v view) appliedTag(t appliedTag) wireTag {
	return wireTag{Type: "tag", ID: t.tag.id, Name: t.tag.name, AppliedAt: &seconds{t.at}, AppliedBy: &reference{t.by.kind, ptr(t.by.id)}}
}

func teammates(c *conversation) []string {
	var out []string
	for _, p := range c.parts {
		if p.author.kind == "admin" && !slices.Contains(out, p.author.id) {
			out = append(out, p.author.id)
		}
	}
	return out
}

// statistics may be null (7.1).
func (v view) statistics(c *conversation) *wireStatistics {
	s := statistics(c)
	switch v.d.knobs.Statistics {
	case "none":
		return nil
	case "messages":
		s.CountConversations = 0
		for _, p := range c.parts {
			if p.body != "" || len(p.files) > 0 {
				s.CountConversations++
			}
		}
	}
	return &s
}

func statistics(c *conversation) wireStatistics {
	s := wireStatistics{Type: "conversation_statistics", CountConversations: len(c.parts)}
	mark := func(first, last **seconds, at time.Time) {
		if *first == nil {
			*first = &seconds{at}
		}
		*last = &seconds{at}
	}
	if c.source.author.kind == "user" || c.source.author.kind == "lead" {
		mark(&s.FirstContactReply, &s.LastContactReply, c.source.at)
	}
	for _, p := range c.parts {
		customer := p.author.kind == "user" || p.author.kind == "lead"
		switch {
		case customer && (p.body != "" || len(p.files) > 0):
			mark(&s.FirstContactReply, &s.LastContactReply, p.at)
		case p.author.kind == "admin" && p.kind == "comment":
			mark(&s.FirstAdminReply, &s.LastAdminReply, p.at)
		}
		switch {
		case strings.HasPrefix(p.kind, "assign"):
			mark(&s.FirstAssignment, &s.LastAssignment, p.at)
			s.CountAssignments++
		case p.kind == "close":
			mark(&s.FirstClose, &s.LastClose, p.at)
			s.LastClosedBy = p.author.id
		}
		if p.kind == "open" || strings.HasSuffix(p.kind, "_and_reopen") {
			s.CountReopens++
		}
	}
	return s
}

func (v view) contact(c *contact) wireContact {
	list := func(what string) addressable {
		return addressable{Type: "list", Data: []struct{}{}, URL: "/contacts/" + c.id + "/" + what}
	}
	return wireContact{
		Type: "contact", ID: c.id, ExternalID: some(c.external), WorkspaceID: v.d.opt.IDCode, Role: c.role, Email: some(c.email),
		Phone: some(c.phone), Name: some(c.name), Unsubscribed: c.unsubscribed, CreatedAt: seconds{c.created},
		UpdatedAt: seconds{c.updated}, Custom: c.custom, Tags: list("tags"), Notes: list("notes"), Companies: list("companies"),
	}
}

func (v view) admin(a *admin) wireAdmin {
	out := wireAdmin{Type: "admin", ID: strconv.FormatInt(a.id, 10), Name: a.name, Email: a.email, JobTitle: "Support", InboxSeat: true, TeamIDs: []int64{}}
	for _, t := range v.d.teams {
		if slices.Contains(t.admins, a.id) {
			out.TeamIDs = append(out.TeamIDs, t.id)
		}
	}
	return out
}
