package dashly

import (
	"context"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
)

// Properties reads the custom properties of a user (dashly-api.md 9.3).
func (s *Source) Properties(ctx context.Context, customer mapping.PersonID, names []string) (map[string]string, error) {
	_, _, custom, err := s.client.Custom(ctx, string(customer))
	if api.IsNotFound(err) {
		return nil, nil
	}
	return only(custom, names), err
}

func only(all map[string]string, names []string) map[string]string {
	out := map[string]string{}
	for _, n := range names {
		if v, ok := all[n]; ok {
			out[n] = v
		}
	}
	return out
}
