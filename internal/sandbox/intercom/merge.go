package intercom

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// MergeContacts makes two contacts one: from is gone, its conversations are into's (11).
func (h Hand) MergeContacts(from, into string) {
	h.enter()
	defer h.d.mu.Unlock()
	a, b := h.contact(from), h.contact(into)
	if a == b {
		panic(fmt.Sprintf("intercom sandbox: contact %q cannot be merged into itself", from))
	}
	a.heir = b
	for _, x := range h.d.threads {
		if slices.Contains(x.contacts, a) {
			if x.former == nil {
				x.former = map[*contact]*contact{}
			}
			x.former[b] = cmp.Or(x.former[a], a)
		}
		if i := slices.Index(x.contacts, a); i >= 0 && !slices.Contains(x.contacts, b) {
			x.contacts[i] = b
		} else if i >= 0 {
			x.contacts = slices.Delete(x.contacts, i, i+1)
		}
	}
}

// MergeConversations closes the second conversation, and the first one goes on for both (6.4).
func (h Hand) MergeConversations(second, first string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	from, into := h.conv(second, at), h.conv(first, at)
	from.state, from.until = closed, time.Time{}
	h.d.add(from, &part{kind: "close", author: h.d.operator()}, "state", at)
	if h.d.knobs.MergeCopies { // 20.15
		source := from.source
		source.kind = "comment"
		for _, p := range append([]*part{&source}, from.parts...) {
			if p.body == "" && len(p.files) == 0 {
				continue
			}
			copied := *p
			copied.byBridge = false // the desk itself writes it
			h.d.add(into, &copied, "comment", at)
		}
	}
	h.d.add(into, &part{kind: "merged_primary_conversation", author: h.d.operator()}, "state", at)
}

// CustomerOf is the id of the contact of a conversation.
func (d *Desk) CustomerOf(conversation string) string {
	h := d.People()
	at := h.enter()
	defer d.mu.Unlock()
	return h.conv(conversation, at).contacts[0].id
}

// DeleteContact takes a contact away for good (11); what was said stays.
func (h Hand) DeleteContact(customer string) {
	h.enter()
	defer h.d.mu.Unlock()
	h.contact(customer).deleted = true
}

// absent is the answer for a contact that is not there: one who was merged is 410 with the way to the heir since 2.16 (11).
func (c *call) absent(p *contact) error {
	how := c.d.knobs.MergedContact
	if p == nil || p.heir == nil || how == "missing" || how == "documented" && c.v.minor < 16 {
		return notFound("User Not Found")
	}
	if how != "gone" {
		c.header.Set("Link", "<"+c.v.base+"/contacts/"+p.heir.id+`>; rel="canonical"`)
	}
	return &apiError{http.StatusGone, "contact_merged", "the contact was merged", ""}
}

// shown are the contacts of a conversation as it shows them (7.1, 11).
func (v view) shown(x *conversation) []*contact {
	out := slices.Clone(x.contacts)
	for i, p := range out {
		if a := x.former[p]; a != nil && v.d.knobs.MergedConversations == "old" {
			out[i] = a
		}
	}
	if v.d.knobs.ContactOrder == "newest" {
		slices.Reverse(out)
	}
	return out
}

// authorOf is the author of a part as it is shown (8.4, 11, 20.10).
func (v view) authorOf(a author) author {
	p := v.d.contacts[a.id]
	if p == nil {
		return a
	}
	for p.heir != nil && v.d.knobs.MergedAuthors == "new" {
		p = p.heir
		a = p.author()
	}
	switch {
	case p.deleted && v.d.knobs.DeletedAuthors == "nobody":
		return author{}
	case v.d.knobs.AuthorType == "contact":
		a.kind = "contact"
	}
	return a
}
