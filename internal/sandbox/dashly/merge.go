package dashly

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// Merge makes two users one, as happens when a visitor signs in (9.3): from is gone, its conversations are into's.
func (h Hand) Merge(from, into string) {
	at := h.enter()
	defer h.d.mu.Unlock()
	a, b := h.d.users[number(from)], h.d.users[number(into)]
	if a == nil || b == nil || a == b {
		panic(fmt.Sprintf("dashly sandbox: cannot merge user %q into %q", from, into))
	}
	h.d.merge(a, b, at)
}

// CustomerOf is the id of the user of a conversation.
func (d *Desk) CustomerOf(conversation string) string {
	h := d.People()
	h.enter()
	defer d.mu.Unlock()
	c := d.convs[number(conversation)]
	if c == nil {
		panic(fmt.Sprintf("dashly sandbox: no conversation %q", conversation))
	}
	return text(c.user.id)
}

func (d *Desk) merge(from, into *user, at time.Time) {
	from.removed, from.heir = at, into
	into.spoke = into.spoke || from.spoke
	if into.own == "" && from.own != "" {
		into.own = from.own
		d.own[from.own] = into.id
	}
	for _, c := range d.convs {
		if c.user == from {
			c.user = into
			c.former = cmp.Or(c.former, from)
		}
	}
}

// mergeByAddress merges a user into the oldest other one who has the same address (U35).
func (d *Desk) mergeByAddress(u *user, at time.Time) {
	address, _ := u.props["$email"].(string)
	for _, id := range d.userIDs {
		o := d.users[id]
		if have, _ := o.props["$email"].(string); o != u && o.heir == nil && address != "" && strings.EqualFold(have, address) {
			d.merge(u, o, at)
			return
		}
	}
}

// known is a user as the API finds it; what one who was merged into another answers is a knob (U32). Nothing can be
// written to such a one.
func (c *call) known(u *user) (*user, error) {
	switch {
	case u == nil:
		return nil, lookup("the user")
	case u.heir == nil:
		return u, nil
	case c.d.knobs.MergedUser == "successor":
		return c.known(u.heir)
	case c.d.knobs.MergedUser == "removed" && c.r.Method == "GET":
		return u, nil
	}
	return nil, lookup("the user")
}

// shown is the user of a conversation as it shows them (U32).
func (v view) shown(c *conversation) *user {
	if v.d.knobs.MergedConversations == "old" {
		return cmp.Or(c.former, c.user)
	}
	return c.user
}

// authorID is the id that parts of a user bear (U32).
func (d *Desk) authorID(id uint64) uint64 {
	if u := d.users[id]; u != nil && d.knobs.MergedAuthors == "new" {
		for u.heir != nil {
			u = u.heir
		}
		return u.id
	}
	return id
}
