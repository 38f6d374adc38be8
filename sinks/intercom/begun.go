package intercom

import (
	"context"
	"slices"
	"time"

	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/mapping"
	wire "github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sinks"
)

// filtersOfGroup is how many conditions a search may join (intercom-api.md 6.2).
const filtersOfGroup = 15

var newestFirst = apiintercom.Sort{Field: "updated_at", Order: "descending"}

// Conversations are those of one contact.
func (s *Sink) Conversations(ctx context.Context, contact mapping.PersonID) ([]mapping.Ref, error) {
	var found sinks.Found
	err := s.conversations(ctx, contact, &found)
	return found.Conversations, err
}

// BegunAt searches by created_at, with one call a page.
func (s *Sink) BegunAt(ctx context.Context, at []time.Time) ([]mapping.Ref, error) {
	var any []apiintercom.Filter
	wanted := map[int64]bool{}
	for _, t := range at {
		if n := t.Unix(); !wanted[n] && len(any) < filtersOfGroup {
			wanted[n] = true
			any = append(any, apiintercom.Filter{Field: "created_at", Operator: "=", Value: n})
		}
	}
	if len(any) == 0 {
		return nil, nil
	}
	query := any[0]
	if len(any) > 1 {
		query = apiintercom.Filter{Operator: "OR", Value: any}
	}
	var found []mapping.Ref
	err := s.client.SearchPages(ctx, query, newestFirst, func(p apiintercom.Page) (bool, error) {
		for _, item := range p.Items {
			ref := mapping.Ref{Desk: wire.Desk, ID: mapping.ConversationID(item.ID)}
			if wanted[item.CreatedAt.Unix()] && !slices.Contains(found, ref) {
				found = append(found, ref)
			}
		}
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}
