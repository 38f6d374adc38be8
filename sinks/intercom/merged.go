package intercom

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	wire "github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sinks"
)

// errKeyGone tells that the external_id of the bridge's own contact belongs to one who cannot be had any more, which nobody
// knew.
var errKeyGone = errors.New("the external_id is taken by a contact who is gone")

// generations is how many contacts the bridge makes for one customer, when each is put away, or merged into one whom the
// desk does not name, and its external_id stays taken.
const generations = 3

// key is the external_id of the bridge's own contact for a customer.
func (s *Sink) key(id mapping.PersonID, generation int) string {
	key := wire.ContactKey(s.opts.Name, id)
	if generation > 1 {
		key += ":" + strconv.Itoa(generation)
	}
	return key
}

// generation of a contact whom the bridge made for a customer; 0: it is none.
func (s *Sink) generation(c mapping.Contact, id mapping.PersonID) int {
	for generation := generations; generation > 0; generation-- {
		if c.ExternalID == s.key(id, generation) {
			return generation
		}
	}
	return 0
}

// made gives the contact whom the bridge made for a customer, empty where there is none to be had, and whether its
// external_id is taken: the next generation is looked for only behind one that is.
func (s *Sink) made(ctx context.Context, id mapping.PersonID, generation int) (_ mapping.Contact, taken bool, err error) {
	key := s.key(id, generation)
	if who, taken := s.takenBy(key); taken {
		return mapping.Contact{ID: who, ExternalID: key}, true, nil
	}
	found, err := orNobody(s.client.ContactByExternalID(ctx, key))
	return found, found.ID != "", err
}

// takenBy gives the contact who is known to have an external_id of the bridge's and not to come back; an archived one need
// not be named.
func (s *Sink) takenBy(key string) (who mapping.PersonID, taken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	who, taken = s.taken[key]
	return who, taken
}

// take notes it, and gives the conflict that told it.
func (s *Sink) take(key string, who mapping.PersonID, conflict error) error {
	if who != "" {
		s.mute(who)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken == nil || len(s.taken) >= maxMute {
		s.taken = map[string]mapping.PersonID{}
	}
	s.taken[key] = who
	return errors.Join(errKeyGone, conflict)
}

const (
	freshContact = time.Hour // how old a contact may be that the desk does not let speak yet (intercom-api.md 9.1: minutes)
	maxMute      = 20000
)

// mute notes a contact as whom the desk lets nobody write: who was archived or blocked. Nothing is opened in their name,
// and nobody brings them back.
func (s *Sink) mute(id mapping.PersonID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.muted == nil || len(s.muted) >= maxMute {
		s.muted = map[mapping.PersonID]bool{}
	}
	s.muted[id] = true
}

func (s *Sink) isMute(id mapping.PersonID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.muted[id]
}

// age of a contact, by the clock of the desk that made it, which may be far from ours.
func age(who wire.Contact) time.Duration {
	now := who.DeskTime
	if now.IsZero() {
		now = time.Now()
	}
	return now.Sub(who.CreatedAt.Time)
}

// unlessFresh looks at an opening whose contact the desk does not find although it was just read: one that was made a
// moment ago answers so for a while (intercom-api.md 9.1), and nothing has happened. One that is older was archived or
// blocked: the customer needs another.
func (s *Sink) unlessFresh(err error, who wire.Contact) error {
	e, ok := errors.AsType[*api.Error](err)
	if !ok || !e.NotFound {
		return err
	}
	if !who.CreatedAt.IsZero() && age(who) > freshContact {
		if e.Code == "" { // not the desk's own words: they tell nothing about the contact
			return err
		}
		s.mute(mapping.PersonID(who.ID))
		return api.Elsewhere(err)
	}
	later := *e
	later.Class, later.NotFound = api.TryLater, false
	return &later
}

// spoke reports whether a contact is the author of anything in a conversation.
func spoke(c mapping.Conversation, id mapping.PersonID) bool {
	return slices.ContainsFunc(c.Entries, func(e mapping.Entry) bool { return e.Author.ID == id })
}

// blame looks at a write that was refused because something does not exist: that may be the agent, who has left, or the
// contact, who was archived or merged (intercom-api.md 4, 11, 20.10), and must not make the conversation look gone. Codes
// are an open set, so the conversation itself is asked. Where it has another contact by now, or the contact has an heir,
// the author has moved; where not, nobody can speak as the customer any more. What is forbidden in a customer's name may
// be so because of them, or because of the token: it stays Denied, and AuthorGone says that it may be them.
func (s *Sink) blame(ctx context.Context, op sinks.Operation, err error) error {
	e, ok := errors.AsType[*api.Error](err)
	forbidden := ok && e.Class == api.Denied && e.Status == http.StatusForbidden && op.Author.Role == mapping.Customer
	if !ok || !e.NotFound && !forbidden {
		return err
	}
	conv, readErr := s.client.Conversation(ctx, string(op.Conversation))
	if readErr != nil {
		return err
	}
	known := *e
	known.NotFound = false
	if e.Status == http.StatusNotFound && e.Code == "" { // not the desk's own words: somebody in between, who passed nothing on
		known.Class = api.TryLater
		return &known
	}
	if op.Author.Role != mapping.Customer {
		return &known
	}
	present := slices.ContainsFunc(conv.Others, func(c mapping.Contact) bool { return c.ID == op.Author.ID })
	if now := conv.Customer.ID; now != "" && now != op.Author.ID && !present && s.client.Heir(string(now)) != string(op.Author.ID) {
		known.Class, known.AuthorMoved = api.Refused, true
		return &known
	}
	who, readErr := s.client.Contact(ctx, string(op.Author.ID))
	switch {
	case readErr == nil && mapping.PersonID(who.ID) != op.Author.ID:
		known.Class, known.AuthorMoved = api.Refused, true
	case readErr == nil && !forbidden && age(who) < freshContact && !spoke(conv, op.Author.ID):
		known.Class = api.TryLater
	case readErr == nil || api.IsNotFound(readErr):
		known.AuthorGone = true
	case !forbidden: // who it was to be could not be read: nothing was written, and nothing is decided
		known.Class = api.TryLater
	}
	return &known
}
