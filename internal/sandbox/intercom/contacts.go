package intercom

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// contactRequest is the body of create and update (11).
type contactRequest struct {
	Role         *string         `json:"role"`
	ExternalID   *string         `json:"external_id"`
	Email        *string         `json:"email"`
	Phone        *string         `json:"phone"`
	Name         *string         `json:"name"`
	Avatar       json.RawMessage `json:"avatar"`
	SignedUpAt   *int64          `json:"signed_up_at"`
	LastSeenAt   *int64          `json:"last_seen_at"`
	OwnerID      *flexible       `json:"owner_id"`
	Unsubscribed *bool           `json:"unsubscribed_from_emails"`
	Custom       map[string]any  `json:"custom_attributes"`
	Verified     *bool           `json:"email_verified"`    // 2.16
	Language     *string         `json:"language_override"` // 2.16 as far as the sheet tells
}

// createContact is 11.
func (c *call) createContact() (any, error) {
	var req contactRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Role == nil && req.ExternalID == nil && req.Email == nil {
		return nil, &apiError{400, "parameter_not_found", "email, external_id or role is required", ""}
	}
	role := "user"
	if req.Role != nil {
		role = *req.Role
	}
	if err := c.checkContact(req, role, nil); err != nil {
		return nil, err
	}
	if err := c.checkAttributes(req.Custom); err != nil {
		return nil, err
	}
	p := c.d.newContact(role, c.at)
	p.apply(req)
	return c.v.contact(p), nil
}

// checkContact finds mistakes, and the contact that is there already: 409 with its id in the text (11). Leads never
// conflict over an address.
func (c *call) checkContact(req contactRequest, role string, self *contact) error {
	if role != "user" && role != "lead" {
		return invalid("role", "user or lead")
	}
	if err := c.since("email_verified", 16, req.Verified != nil); err != nil {
		return err
	}
	if req.Email != nil && *req.Email != "" && !strings.Contains(*req.Email, "@") {
		return invalid("email", "not an address")
	}
	own := ""
	if req.ExternalID != nil {
		own = *req.ExternalID
	} else if self != nil {
		own = self.external
	}
	for _, p := range c.d.people {
		if p == self || p.deleted || p.heir != nil {
			continue
		}
		sameID := own != "" && req.ExternalID != nil && p.external == own
		sameEmail := role == "user" && p.role == "user" && req.Email != nil && *req.Email != "" && strings.EqualFold(p.email, *req.Email)
		if c.d.knobs.SharedEmails && own != "" && p.external != "" { // different external ids
			sameEmail = false
		}
		if !sameID && !sameEmail {
			continue
		}
		message := "A contact matching those details already exists"
		if p.archived {
			message = "An archived contact matching those details already exists"
		}
		if c.d.knobs.ConflictNamesID {
			message += " with id=" + p.id
		}
		return &apiError{409, "conflict", message, ""}
	}
	return nil
}

func (p *contact) apply(req contactRequest) {
	set := func(to *string, v *string) {
		if v != nil {
			*to = *v
		}
	}
	set(&p.role, req.Role)
	set(&p.external, req.ExternalID)
	set(&p.email, req.Email)
	set(&p.phone, req.Phone)
	set(&p.name, req.Name)
	if req.Unsubscribed != nil {
		p.unsubscribed = *req.Unsubscribed
	}
	for k, v := range req.Custom {
		p.custom[k] = v
	}
}

func (c *call) person() (*contact, error) {
	p := c.d.contacts[c.path[1]]
	if p == nil || p.deleted || p.heir != nil {
		return nil, c.absent(p)
	}
	return p, nil
}

// getContact reads one by Intercom's id.
func (c *call) getContact() (any, error) {
	p, err := c.person()
	if err != nil {
		return nil, err
	}
	return c.v.contact(p), nil
}

// updateContact changes what is given.
func (c *call) updateContact() (any, error) {
	p, err := c.person()
	if err != nil {
		return nil, err
	}
	var req contactRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	role := p.role
	if req.Role != nil {
		role = *req.Role
	}
	if err := c.checkContact(req, role, p); err != nil {
		return nil, err
	}
	if err := c.checkAttributes(req.Custom); err != nil {
		return nil, err
	}
	p.apply(req)
	p.updated = c.at
	return c.v.contact(p), nil
}

// findContact is 11: users only, 2.13+.
func (c *call) findContact() (any, error) {
	p := c.d.byExternal(c.path[2])
	if p == nil || p.role != "user" || p.archived && !c.d.knobs.FindArchived || c.at.Sub(p.created) < time.Duration(c.d.knobs.ContactFindDelay) {
		return nil, notFound("User Not Found")
	}
	return c.v.contact(p), nil
}

// listContacts is paged by cursor (5), newest first.
func (c *call) listContacts() (any, error) {
	perPage, err := c.perPage(50)
	if err != nil {
		return nil, err
	}
	after, err := c.readCursor(c.r.URL.Query().Get("starting_after"))
	if err != nil {
		return nil, err
	}
	return c.contactPage(c.alive(0), perPage, after, true, "created_at"), nil
}

// alive are the contacts that are old enough.
func (c *call) alive(delay time.Duration) []*contact {
	return slices.DeleteFunc(slices.Clone(c.d.people), func(p *contact) bool {
		return p.deleted || p.archived || p.heir != nil || c.at.Sub(p.created) < delay
	})
}

func (c *call) contactPage(found []*contact, perPage int, after *key, desc bool, by string) any {
	total := len(found)
	page, pages := paginate(c, found, perPage, after, desc, func(p *contact) key {
		if by == "updated_at" {
			return key{at: p.updated.Unix(), id: p.id}
		}
		return key{at: p.created.Unix(), id: p.id}
	})
	out := make([]wireContact, len(page))
	for i, p := range page {
		out[i] = c.v.contact(p)
	}
	return map[string]any{"type": "list", "data": out, "total_count": total, "pages": pages}
}

// searchContacts is 11. New contacts take a while to show.
func (c *call) searchContacts() (any, error) {
	req, perPage, after, err := c.searchRequest(50)
	if err != nil {
		return nil, err
	}
	match, err := c.compile(req.Query, 0, contactFields(&contact{}), func(f filter) error {
		date := f.Field == "created_at" || f.Field == "updated_at"
		if date && f.Operator != "=" && f.Operator != "<" && f.Operator != ">" { // 6.2
			return invalid("query", "dates take =, < and > only")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	by, desc, err := sorting(req, "created_at", "updated_at")
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(c.alive(time.Duration(c.d.knobs.ContactIndexDelay)), func(p *contact) bool { return !match(contactFields(p)) })
	return c.contactPage(found, perPage, after, desc, by), nil
}

func contactFields(p *contact) fields {
	return func(name string) ([]string, bool, bool) {
		switch name {
		case "id":
			return texts(p.id), false, true
		case "external_id":
			return texts(p.external), false, true
		case "role":
			return texts(p.role), false, true
		case "email":
			return texts(p.email), false, true
		case "phone":
			return texts(p.phone), false, true
		case "name":
			return texts(p.name), false, true
		case "created_at":
			return text(p.created), true, true
		case "updated_at":
			return text(p.updated), true, true
		}
		return nil, false, false
	}
}
