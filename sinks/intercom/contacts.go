package intercom

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
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
// the bridge once made contacts for the same customer, the conversations of those follow, and of those whom it passes over
// because they were put away: memory may be lost, and the customer may have become known by another rule since.
func (s *Sink) Find(ctx context.Context, _ mapping.Desk, c mapping.Contact) (sinks.Found, error) {
	contact, aside, err := s.counterpart(ctx, c)
	if err != nil {
		return sinks.Found{}, err
	}
	found := sinks.Found{Contact: contact}
	if contact.ID != "" {
		aside = append([]mapping.PersonID{contact.ID}, aside...)
	}
	for _, id := range aside {
		if err := s.conversations(ctx, id, &found); err != nil {
			return sinks.Found{}, err
		}
	}
	for _, id := range c.Former { // whom the bridge made for the customer before others were merged into them
		if err := s.ofMade(ctx, id, 1, &found, aside); err != nil {
			return sinks.Found{}, err
		}
	}
	if c.ID == "" || contact.ID == "" { // the bridge's own were asked for
		return found, nil
	}
	return found, s.ofMade(ctx, c.ID, s.generation(contact, c.ID)+1, &found, aside)
}

// ofMade adds the conversations of the contacts whom the bridge made for a customer, from a generation on.
func (s *Sink) ofMade(ctx context.Context, id mapping.PersonID, from int, found *sinks.Found, known []mapping.PersonID) error {
	for generation := from; generation <= generations; generation++ {
		made, taken, err := s.made(ctx, id, generation)
		if err != nil {
			return err
		}
		if made.ID != "" && !slices.Contains(known, made.ID) {
			if err := s.conversations(ctx, made.ID, found); err != nil {
				return err
			}
		}
		if !taken {
			return nil
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
// contact is nobody, or more than one. aside are those whom it would have been, had they not been put away.
func (s *Sink) counterpart(ctx context.Context, c mapping.Contact) (_ mapping.Contact, aside []mapping.PersonID, err error) {
	if id, ok := strings.CutPrefix(c.ExternalID, wire.ContactKey(s.opts.Name, "")); ok {
		// The other desk's contact is one that this bridge made there for a contact of ours.
		id, _, _ = strings.Cut(id, ":") // of a later generation
		found, err := orNobody(s.client.Contact(ctx, id))
		if err != nil || found.ID != "" && !s.isMute(found.ID) {
			return found, nil, err
		}
		aside = append(aside, filled(found.ID)...)
	}
	if c.ExternalID != "" && !wire.IsOwn(c.ExternalID) {
		found, err := orNobody(s.client.ContactByExternalID(ctx, c.ExternalID))
		if err != nil || found.ID != "" && !s.isMute(found.ID) {
			return found, aside, err
		}
		aside = append(aside, filled(found.ID)...)
	}
	for generation := 1; c.ID != "" && generation <= generations; generation++ {
		found, taken, err := s.made(ctx, c.ID, generation)
		if err != nil || found.ID != "" && !s.isMute(found.ID) {
			return found, aside, err
		}
		aside = append(aside, filled(found.ID)...)
		if !taken {
			break
		}
	}
	if s.opts.Match == matchNone || !c.Identified && s.opts.Match != matchEmail {
		return mapping.Contact{}, aside, nil
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
			return found, aside, err
		}
	}
	return mapping.Contact{}, aside, nil
}

func filled[T ~string](value T) []T {
	if value == "" {
		return nil
	}
	return []T{value}
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
// is a conflict that names the first. One whom the team put away nobody brings back: the next generation speaks in their
// place. That they were, a conflict may be the first to tell: then it is AuthorMoved, for Find did not know of them.
func (s *Sink) Ensure(ctx context.Context, _ mapping.Desk, c mapping.Contact) (mapping.Contact, error) {
	found, _, err := s.counterpart(ctx, c)
	if err != nil || found.ID != "" {
		return found, err
	}
	if c.ID == "" {
		return found, &api.Error{Class: api.Refused, Desk: string(wire.Desk), Call: "create contact", Code: "no_contact", Reason: "the other desk's customer has no id"}
	}
	n := apiintercom.NewContact{Role: "user", Name: c.Name}
	if c.Identified {
		n.Email, n.Phone = c.Email, cmp.Or(append(mapping.SpellingsOf(c.Phone), "")...)
	}
	for generation := 1; generation <= generations; generation++ {
		n.ExternalID = s.key(c.ID, generation)
		if _, taken := s.takenBy(n.ExternalID); taken {
			continue
		}
		made, err := s.createOnce(ctx, n)
		if err == nil && s.isMute(made.ID) {
			continue
		}
		if e, ok := errors.AsType[*api.Error](err); ok && errors.Is(err, errKeyGone) {
			moved := *e
			moved.AuthorMoved = true
			return mapping.Contact{}, &moved
		}
		return made, err
	}
	return found, &api.Error{Class: api.Refused, Desk: string(wire.Desk), Call: "create contact", Code: "no_contact", Reason: "every contact that the bridge made for the customer was put away"}
}

// createOnce makes a contact under its external_id, without its addresses where somebody else bears one or the desk does
// not take them.
func (s *Sink) createOnce(ctx context.Context, n apiintercom.NewContact) (mapping.Contact, error) {
	made, err := s.create(ctx, n)
	if e, ok := errors.AsType[*api.Error](err); ok && e.Status != http.StatusConflict && addressInTheWay(err) && n.Email != "" && n.Phone != "" {
		n.Phone = "" // a number that the desk cannot read costs no e-mail address
		made, err = s.create(ctx, n)
	}
	if !addressInTheWay(err) || errors.Is(err, errKeyGone) || n.Email == "" && n.Phone == "" {
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
		return s.ownContact(ctx, n, conflict.Err, conflict.Archived)
	}
	twin, readErr := s.client.Contact(ctx, conflict.ID)
	switch {
	case readErr != nil && !api.IsNotFound(readErr):
		return mapping.Contact{}, readErr
	case readErr == nil && s.client.Heir(conflict.ID) == string(twin.ID) && n.Email == "" && n.Phone == "":
		return twin.Neutral(), nil // ours, and merged into this one since
	case readErr == nil && string(twin.ExternalID) != n.ExternalID:
		return mapping.Contact{}, conflict.Err // another person's contact
	case conflict.Archived && (readErr == nil || n.Email == "" && n.Phone == ""), readErr != nil && n.Email == "" && n.Phone == "" && apiintercom.IsMerged(readErr):
		// Without an address only the external_id can be what conflicts, so even an unreadable contact is ours.
		return mapping.Contact{}, s.take(n.ExternalID, mapping.PersonID(conflict.ID), conflict.Err)
	case readErr != nil:
		return mapping.Contact{}, conflict.Err
	}
	return twin.Neutral(), nil
}

// ownContact is the way out of a conflict that names nobody. Without an address only the key can be what conflicts: then
// the contact exists, and was archived, or was made a moment ago and will be found.
func (s *Sink) ownContact(ctx context.Context, n apiintercom.NewContact, conflict error, archived bool) (mapping.Contact, error) {
	found, err := orNobody(s.client.ContactByExternalID(ctx, n.ExternalID))
	if err != nil || found.ID != "" {
		return found, err
	}
	e, ok := errors.AsType[*api.Error](conflict)
	if !ok || n.Email != "" || n.Phone != "" {
		return found, conflict
	}
	if archived {
		return found, s.take(n.ExternalID, "", conflict)
	}
	later := *e
	later.Class = api.TryLater
	return found, &later
}
