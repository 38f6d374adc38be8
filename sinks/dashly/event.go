package dashly

import (
	"context"

	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// markerParam is the parameter of an event that holds the operation's marker.
const markerParam = "deskbridge_id"

// event records a dated event of a user, unless one with the same marker is there: events have no slot that the desk
// itself keeps unique.
func (s *Sink) event(ctx context.Context, op sinks.Operation, w apidashly.Write) (sinks.Result, error) {
	user := string(op.Author.ID)
	id, found, err := s.client.FindEvent(ctx, user, op.Title, markerParam, op.ID)
	if err != nil {
		return sinks.Result{}, err
	}
	if !found {
		id, err = s.client.RecordEvent(ctx, user, apidashly.Event{Name: op.Title, Created: op.At, Params: map[string]string{markerParam: op.ID, "text": op.Body.Text()}}, w)
		if err != nil {
			return sinks.Result{}, err
		}
	}
	if id == "" {
		id = op.ID // the desk did not tell: the marker names it as well
	}
	return sinks.Result{Entries: []mapping.EntryID{mapping.EntryID("event:" + id)}}, nil // events have ids of their own
}
