package dashly

import (
	"context"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/sinks"
)

// fresh bounds how far the creation of the opened conversation can lie from the answer to the call.
const fresh = 5 * time.Minute

// open opens a conversation with the customer's own words. The answer's id may be the conversation's or its first
// part's (U30), so it is confirmed by reading; where it stays unclear the result is empty, for the write did happen.
func (s *Sink) open(ctx context.Context, op sinks.Operation, w apidashly.Write) (sinks.Result, error) {
	user := string(op.Author.ID)
	id, at, err := s.client.StartConversation(ctx, user, op.Body.Guarded(), file(op), w)
	if err != nil || id == "" {
		return sinks.Result{}, api.Elsewhere(err)
	}
	if conv, _, err := s.client.Conversation(ctx, id); err == nil && ownAndFresh(conv, user, at) {
		out := sinks.Result{Conversation: mapping.ConversationID(conv.ID)}
		if last := conv.PartLast.Value.ID; conv.PartsCount == 1 && last != "" {
			out.Entries = []mapping.EntryID{mapping.EntryID(last)}
		}
		return out, nil
	}
	if conv, ok := s.holding(ctx, user, dashly.ID(id), at); ok {
		return sinks.Result{Conversation: conv, Entries: []mapping.EntryID{mapping.EntryID(id)}}, nil
	}
	return sinks.Result{}, nil
}

func ownAndFresh(c dashly.Conversation, user string, at time.Time) bool {
	if string(c.User.Value.ID) != user || c.Created.IsZero() {
		return false
	}
	if at.IsZero() {
		return true // the desk told no time; user and id agree
	}
	d := at.Sub(c.Created.Time)
	return d < fresh && d > -fresh
}

// holding finds the user's fresh conversation that holds a part.
func (s *Sink) holding(ctx context.Context, user string, part dashly.ID, at time.Time) (mapping.ConversationID, bool) {
	var found dashly.ID
	err := s.client.UserConversations(ctx, apidashly.UserRef{ID: user}, "web", 10, func(p apidashly.Page[dashly.Conversation]) (bool, error) {
		for _, c := range p.Items {
			if !ownAndFresh(c, user, at) {
				continue
			}
			if c.PartLast.Value.ID == part {
				found = c.ID
				return false, nil
			}
			err := s.client.PartPages(ctx, string(c.ID), func(parts apidashly.Page[dashly.Part]) (bool, error) {
				for _, x := range parts.Items {
					if x.ID == part {
						found = c.ID
					}
				}
				return false, nil
			})
			if err != nil || found != "" {
				return false, err
			}
		}
		return false, nil
	})
	return mapping.ConversationID(found), err == nil && found != ""
}
