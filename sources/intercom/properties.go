package intercom

import (
	"context"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
)

// Properties reads the custom attributes of a contact (intercom-api.md 11).
func (s *Source) Properties(ctx context.Context, customer mapping.PersonID, names []string) (map[string]string, error) {
	_, _, custom, err := s.client.Attributes(ctx, string(customer))
	if api.IsNotFound(err) {
		return nil, nil
	}
	out := map[string]string{}
	for _, n := range names {
		if v, ok := custom[n]; ok {
			out[n] = v
		}
	}
	return out, err
}
