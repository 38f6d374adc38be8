package intercom

import (
	"cmp"
	"context"
	"slices"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
)

// contact reads a contact, once an hour, and follows one who was merged. One whom the desk does not know has no id. What
// was read before the contact was merged is not believed any more.
func (s *Source) contact(ctx context.Context, id mapping.PersonID) (mapping.Contact, error) {
	s.mu.Lock()
	k, ok := s.contacts[id]
	s.mu.Unlock()
	heir := mapping.PersonID(s.client.Heir(string(id)))
	if ok && s.opts.Now().Sub(k.at) <= contactAge && (heir == "" || heir == k.contact.ID) {
		return k.contact, nil
	}
	w, err := s.client.Contact(ctx, string(id))
	if err != nil && !api.IsNotFound(err) {
		return mapping.Contact{}, err
	}
	k = known{at: s.opts.Now()}
	if err == nil {
		k.contact = w.Neutral()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.contacts) >= maxContacts {
		clear(s.contacts)
	}
	s.contacts[id] = k
	return k.contact, nil
}

// describe completes the customer. Role, address and phone decide who the counterpart is, so a customer that cannot be
// read now fails the read; one that is gone keeps what the conversation told.
func (s *Source) describe(ctx context.Context, c *mapping.Conversation) error {
	full, err := s.contact(ctx, c.Customer.ID)
	if err != nil {
		return err
	}
	if full.ID == "" {
		return s.succeed(ctx, c)
	}
	full.ExternalID = cmp.Or(full.ExternalID, c.Customer.ExternalID)
	full.Name = cmp.Or(full.Name, c.Customer.Name)
	full.Email = cmp.Or(full.Email, c.Customer.Email)
	id := c.Customer.ID
	c.Customer = full
	if full.ID != id {
		same(c, id)
	}
	return nil
}

// succeed finds the customer of a conversation that goes on showing a contact whom the desk does not know any more, below
// 2.16 without a way to the heir: the only other one who speaks there as a customer, when nobody was ever added.
func (s *Source) succeed(ctx context.Context, c *mapping.Conversation) error {
	id, heir := c.Customer.ID, mapping.PersonID("")
	for _, e := range c.Entries {
		switch by := e.Author.ID; {
		case e.Native == added, e.Author.Role == mapping.Customer && by != "" && by != id && heir != "" && by != heir:
			return nil
		case e.Author.Role == mapping.Customer && by != "" && by != id:
			heir = by
		}
	}
	if heir == "" || len(c.Others) > 0 || c.Truncated > 0 {
		return nil
	}
	full, err := s.contact(ctx, heir)
	if err != nil || full.ID == "" {
		return err
	}
	c.Customer = full
	same(c, id)
	same(c, heir) // who may have been merged on
	return nil
}

// added is the event of a participant who was attached (intercom-api.md 8.2).
const added = "participant_added"

// former finds the customer's words from before a merge of contacts: parts may bear the id of a contact who is gone
// (intercom-api.md 20.10). Whoever else they are by, is read, once an hour.
func (s *Source) former(ctx context.Context, c *mapping.Conversation) error {
	var asked []mapping.PersonID
	for _, e := range c.Entries {
		id := e.Author.ID
		if e.Author.Role != mapping.Customer || id == "" || id == c.Customer.ID || slices.Contains(asked, id) ||
			slices.ContainsFunc(c.Others, func(o mapping.Contact) bool { return o.ID == id }) {
			continue
		}
		asked = append(asked, id)
	}
	for _, id := range asked {
		now, err := s.contact(ctx, id)
		if err != nil {
			return err
		}
		if now.ID == c.Customer.ID || now.ID == "" && replaced(*c, id) {
			same(c, id)
		}
	}
	return nil
}

// replaced reports whether the only contact of a conversation must be the heir of one whom the desk does not know any
// more: that one began it, and nobody was added since. Below 2.16 the desk does not tell who was merged into whom.
func replaced(c mapping.Conversation, gone mapping.PersonID) bool {
	if len(c.Others) > 0 || c.Truncated > 0 || len(c.Entries) == 0 || !c.Entries[0].Opening || c.Entries[0].Author.ID != gone {
		return false
	}
	return !slices.ContainsFunc(c.Entries, func(e mapping.Entry) bool { return e.Native == added })
}

// same makes the entries of an earlier id the present customer's.
func same(c *mapping.Conversation, former mapping.PersonID) {
	if former == c.Customer.ID {
		return
	}
	c.Customer.Former = append(slices.Clone(c.Customer.Former), former)
	for i := range c.Entries {
		if a := &c.Entries[i].Author; a.Role == mapping.Customer && a.ID == former {
			a.ID = c.Customer.ID
		}
	}
}
