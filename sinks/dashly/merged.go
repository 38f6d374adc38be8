package dashly

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/sinks"
)

// defaultUser stands for the visitor of a conversation, whoever that is by now (dashly-api.md 8.4).
const defaultUser = "default_user"

// maxUnnamed bounds what is kept of users who cannot be named.
const maxUnnamed = 20000

// speaker is how a reply names the customer: by id, as is documented, unless the desk shows a conversation's user under
// an id that it does not take, because the user was merged into one whom it does not name (U32).
func (s *Sink) speaker(id mapping.PersonID) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unnamed[id] {
		return defaultUser
	}
	return string(id)
}

// unname makes a user one who is not named; false when it was done before and has not helped.
func (s *Sink) unname(id mapping.PersonID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unnamed[id] {
		return false
	}
	if s.unnamed == nil || len(s.unnamed) >= maxUnnamed {
		s.unnamed = map[mapping.PersonID]bool{}
	}
	s.unnamed[id] = true
	return true
}

// voiceless looks at a customer's message that was refused because some id is unknown. The conversation may have another
// user by now, and the user another id: then reading tells, and it is AuthorMoved. Nobody may be left to speak: then it is
// AuthorGone. What is forbidden is so because of the user only where reading shows that they are not what they were: a
// token may lack the right to write as any user (U3).
func (s *Sink) voiceless(ctx context.Context, op sinks.Operation, err error) error {
	if e, ok := errors.AsType[*api.Error](err); ok && e.Class == api.Denied && e.Status == http.StatusForbidden {
		if !s.changed(ctx, op) {
			return err
		}
		gone := *e
		gone.Class, gone.NotFound = api.Refused, true
		err = &gone
	}
	e, ok := errors.AsType[*api.Error](s.blame(ctx, string(op.Conversation), err))
	if !ok || !api.IsNotFound(err) || e.NotFound {
		return err
	}
	if e.Class == api.TryLater {
		return e
	}
	known, author := *e, string(op.Author.ID)
	conv, _, readErr := s.client.Conversation(ctx, string(op.Conversation))
	if readErr != nil { // whose it is could not be read: nothing was written, and nothing is decided
		known.Class = api.TryLater
		return &known
	}
	if now := conv.User.Value.ID; now != "" && string(now) != author {
		known.AuthorMoved = true
		return &known
	}
	u, readErr := s.client.User(ctx, apidashly.UserRef{ID: author}, false)
	switch {
	case readErr == nil && string(u.ID) != author:
		known.AuthorMoved = true
	case readErr == nil || api.IsNotFound(readErr):
		known.AuthorMoved = s.unname(op.Author.ID)
		known.AuthorGone = !known.AuthorMoved
	default:
		known.Class = api.TryLater
	}
	return &known
}

// changed reports whether a conversation has another user by now, or its user is another one, removed, or not to be read.
func (s *Sink) changed(ctx context.Context, op sinks.Operation) bool {
	conv, _, err := s.client.Conversation(ctx, string(op.Conversation))
	if err != nil {
		return false
	}
	u, err := s.client.User(ctx, apidashly.UserRef{ID: string(op.Author.ID)}, false)
	now := conv.User.Value.ID
	return now != "" && string(now) != string(op.Author.ID) || api.IsNotFound(err) || err == nil && (string(u.ID) != string(op.Author.ID) || bool(u.Removed))
}

// BegunAt walks the list of the site's conversations, newest change first, down to the first of the times: what began then
// or later has changed then or later (dashly-api.md 8.1).
func (s *Sink) BegunAt(ctx context.Context, at []time.Time) ([]mapping.Ref, error) {
	if len(at) == 0 {
		return nil, nil
	}
	first := slices.MinFunc(at, time.Time.Compare).Truncate(time.Second)
	var list []dashly.Conversation
	err := s.client.Conversations(ctx, apidashly.PageMax, func(p apidashly.Page[dashly.Conversation]) (bool, error) {
		below := len(p.Items) > 0
		for _, c := range p.Items {
			below = below && !c.LastUpdate.IsZero() && c.LastUpdate.Before(first)
			if !c.Created.Before(first) {
				list = append(list, c)
			}
		}
		return !below, nil
	})
	return refs(list), err
}

// Conversations are those of one user.
func (s *Sink) Conversations(ctx context.Context, user mapping.PersonID) ([]mapping.Ref, error) {
	if !dashly.ID(user).IsNumber() {
		return nil, nil
	}
	k := known{user: dashly.User{ID: dashly.ID(user)}}
	err := s.complete(ctx, &k)
	return refs(k.conversations), err
}

// alive tells whether a user is there and not merged away.
func alive(u dashly.User) bool { return u.ID != "" && !bool(u.Removed) }
