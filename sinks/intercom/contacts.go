package intercom

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/deskbridge/deskbridge/internal/api"
	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/mapping"
	wire "github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sinks"
)

// The rules by which an address may find a contact.
const (
	matchEmail = "email" // whoever bears it
	matchNone  = "none"  // never
)

// Find looks for the counterpart of another desk's customer, and for its conversations, the last changed first. Where
// the bridge once made a contact for the same customer, the conversations of that one follow: memory may be lost, and
// the customer may have become known by another rule since.
func (s *Sink) Find(ctx context.Context, _ mapping.Desk, c mapping.Contact) (sinks.Found, error) {
	contact, err := s.counterpart(ctx, c)
	if err != nil {
		return sinks.Found{}, err
	}
	found := sinks.Found{Contact: contact}
	if contact.ID == "" {
		return found, s.earlier(ctx, c, &found)
	}
	if err := s.conversations(ctx, contact.ID, &found); err != nil {
		return sinks.Found{}, err
	}
	if err := s.earlier(ctx, c, &found); err != nil {
		return sinks.Found{}, err
	}
	if c.ID == "" || contact.ExternalID == wire.ContactKey(s.opts.Name, c.ID) {
		return found, nil
	}
	made, err := orNobody(s.client.ContactByExternalID(ctx, wire.ContactKey(s.opts.Name, c.ID)))
	if err != nil || made.ID == "" || made.ID == contact.ID {
		return found, err
	}
	return found, s.conversations(ctx, made.ID, &found)
}

// earlier adds the conversations of contacts whom the bridge made for the customer before others were merged into them.
func (s *Sink) earlier(ctx context.Context, c mapping.Contact, found *sinks.Found) error {
	for _, id := range c.Former {
		made, err := orNobody(s.client.ContactByExternalID(ctx, wire.ContactKey(s.opts.Name, id)))
		if err == nil && made.ID != "" && made.ID != found.Contact.ID {
			err = s.conversations(ctx, made.ID, found)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// conversations adds those of one contact.
func (s *Sink) conversations(ctx context.Context, contact mapping.PersonID, found *sinks.Found) error {
	query := apiintercom.Filter{Field: "contact_ids", Operator: "=", Value: string(contact)}
	return s.client.SearchPages(ctx, query, newestFirst, func(p apiintercom.Page) (bool, error) {
		for _, item := range p.Items {
			ref := mapping.Ref{Desk: wire.Desk, ID: mapping.ConversationID(item.ID)}
			if !slices.Contains(found.Conversations, ref) {
				found.Conversations = append(found.Conversations, ref)
			}
		}
		return true, nil
	})
}

// counterpart applies the rules in their order: the site owner's id, the bridge's own contact, an address. An empty
// contact is nobody, or more than one.
func (s *Sink) counterpart(ctx context.Context, c mapping.Contact) (mapping.Contact, error) {
	if id, ok := strings.CutPrefix(c.ExternalID, wire.ContactKey(s.opts.Name, "")); ok {
		// The other desk's contact is one that this bridge made there for a contact of ours.
		id, _, _ = strings.Cut(id, ":") // of a later generation
		found, err := orNobody(s.client.Contact(ctx, id))
		if err != nil || found.ID != "" && !s.isMute(found.ID) {
			return found, err
		}
	}
	if c.ExternalID != "" && !wire.IsOwn(c.ExternalID) {
		found, err := orNobody(s.client.ContactByExternalID(ctx, c.ExternalID))
		if err != nil || found.ID != "" && !s.isMute(found.ID) {
			return found, err
		}
	}
	if c.ID != "" {
		if found, err := orNobody(s.client.ContactByExternalID(ctx, wire.ContactKey(s.opts.Name, c.ID))); err != nil || found.ID != "" {
			return found, err
		}
	}
	if s.opts.Match == matchNone || !c.Identified && s.opts.Match != matchEmail {
		return mapping.Contact{}, nil
	}
	for _, address := range []struct {
		field  string
		values []string
		has    func(mapping.Contact) bool
	}{
		{"email", filled(c.Email), func(other mapping.Contact) bool { return strings.EqualFold(other.Email, c.Email) }},
		{"phone", mapping.SpellingsOf(c.Phone), func(other mapping.Contact) bool { return mapping.SamePhone(other.Phone, c.Phone) }},
	} {
		found, many, err := s.byAddress(ctx, address.field, address.values, address.has, c.ExternalID)
		if err != nil || many || found.ID != "" {
			return found, err
		}
	}
	return mapping.Contact{}, nil
}

func filled(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

func orNobody(w wire.Contact, err error) (mapping.Contact, error) {
	if api.IsNotFound(err) {
		return mapping.Contact{}, nil
	}
	if err != nil {
		return mapping.Contact{}, err
	}
	return w.Neutral(), nil
}

// byAddress finds the only contact that bears an address, in one of its spellings. The bridge's own contacts stand for others and do not count;
// leads and the like count only when the configuration lifts the condition. Two people whom the site owner gives different
// ids are two, whatever address they share; own is the customer's id, which may be empty.
func (s *Sink) byAddress(ctx context.Context, field string, values []string, has func(mapping.Contact) bool, own string) (found mapping.Contact, many bool, err error) {
	var list []wire.Contact
	for _, value := range values {
		some, err := s.client.SearchContacts(ctx, field, value)
		if err != nil {
			return found, false, err
		}
		list = append(list, some...)
	}
	var fit []mapping.Contact
	for _, w := range list {
		c := w.Neutral()
		if own != "" && !wire.IsOwn(own) && c.ExternalID != "" && c.ExternalID != own {
			continue
		}
		known := slices.ContainsFunc(fit, func(other mapping.Contact) bool { return other.ID == c.ID })
		if c.ID != "" && !known && has(c) && !wire.IsOwn(c.ExternalID) && (c.Identified || s.opts.Match == matchEmail) {
			fit = append(fit, c)
		}
	}
	if len(fit) == 1 && !s.isMute(fit[0].ID) {
		return fit[0], false, nil
	}
	return found, len(fit) > 0, nil
}

// Ensure finds the counterpart, or makes the bridge's own contact. Its external_id makes two creations one: the second
// is a conflict that names the first, which may be archived and is then brought back.
func (s *Sink) Ensure(ctx context.Context, _ mapping.Desk, c mapping.Contact) (mapping.Contact, error) {
	found, err := s.counterpart(ctx, c)
	if err != nil || found.ID != "" {
		return found, err
	}
	if c.ID == "" {
		return found, &api.Error{Class: api.Refused, Desk: string(wire.Desk), Call: "create contact", Code: "no_contact", Reason: "the other desk's customer has no id"}
	}
	n := apiintercom.NewContact{Role: "user", ExternalID: wire.ContactKey(s.opts.Name, c.ID), Name: c.Name}
	if c.Identified {
		n.Email, n.Phone = c.Email, cmp.Or(append(mapping.SpellingsOf(c.Phone), "")...)
	}
	for generation := 1; ; generation++ {
		made, err := s.createOnce(ctx, n)
		if !errors.Is(err, errKeyGone) || generation == generations {
			return made, err
		}
		n.ExternalID = wire.ContactKey(s.opts.Name, c.ID) + ":" + strconv.Itoa(generation+1)
	}
}

// generations is how many contacts the bridge makes for one customer, when each is merged into one whom the desk does
// not name and its external_id stays taken.
const generations = 3

// createOnce makes a contact under its external_id, without its addresses where somebody else bears one or the desk does
// not take them.
func (s *Sink) createOnce(ctx context.Context, n apiintercom.NewContact) (mapping.Contact, error) {
	made, err := s.create(ctx, n)
	if e, ok := errors.AsType[*api.Error](err); ok && e.Status != http.StatusConflict && addressInTheWay(err) && n.Email != "" && n.Phone != "" {
		n.Phone = "" // a number that the desk cannot read costs no e-mail address
		made, err = s.create(ctx, n)
	}
	if !addressInTheWay(err) || n.Email == "" && n.Phone == "" {
		return made, err
	}
	n.Email, n.Phone = "", ""
	return s.create(ctx, n)
}

// addressInTheWay reports whether a creation failed because of what the contact was to bear, not because of us.
func addressInTheWay(err error) bool {
	e, ok := errors.AsType[*api.Error](err)
	return ok && e.Class == api.Refused && (e.Status == 409 || e.Status == 400 || e.Status == 422)
}

func (s *Sink) create(ctx context.Context, n apiintercom.NewContact) (mapping.Contact, error) {
	w, err := s.client.CreateContact(ctx, n)
	conflict, ok := errors.AsType[*apiintercom.ConflictError](err)
	if !ok {
		if err != nil {
			return mapping.Contact{}, err
		}
		return w.Neutral(), nil
	}
	if conflict.ID == "" {
		return s.ownContact(ctx, n, conflict.Err)
	}
	twin, readErr := s.client.Contact(ctx, conflict.ID)
	switch {
	case readErr != nil && !api.IsNotFound(readErr):
		return mapping.Contact{}, readErr
	case readErr == nil && s.client.Heir(conflict.ID) == string(twin.ID) && n.Email == "" && n.Phone == "":
		return twin.Neutral(), nil // ours, and merged into this one since
	case readErr == nil && string(twin.ExternalID) != n.ExternalID:
		return mapping.Contact{}, conflict.Err // another person's contact
	case conflict.Archived && (readErr == nil || n.Email == "" && n.Phone == ""):
		// Without an address only the external_id can be what conflicts, so even an unreadable contact is ours.
		if err := s.client.Unarchive(ctx, conflict.ID); err != nil {
			return mapping.Contact{}, err
		}
		if twin, readErr = s.client.Contact(ctx, conflict.ID); readErr != nil {
			return mapping.Contact{}, readErr
		}
	case readErr != nil && n.Email == "" && n.Phone == "" && apiintercom.IsMerged(readErr):
		return mapping.Contact{}, errors.Join(errKeyGone, conflict.Err)
	case readErr != nil:
		return mapping.Contact{}, conflict.Err
	}
	return twin.Neutral(), nil
}

// ownContact is the way out of a conflict that names nobody. Without an address only the key can be what conflicts: then
// the contact exists, was made a moment ago, and will be found.
func (s *Sink) ownContact(ctx context.Context, n apiintercom.NewContact, conflict error) (mapping.Contact, error) {
	found, err := orNobody(s.client.ContactByExternalID(ctx, n.ExternalID))
	if err != nil || found.ID != "" {
		return found, err
	}
	e, ok := errors.AsType[*api.Error](conflict)
	if !ok || n.Email != "" || n.Phone != "" {
		return found, conflict
	}
	later := *e
	later.Class = api.TryLater
	return found, &later
}
