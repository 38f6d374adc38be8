package intercom

import (
	"context"

	"github.com/deskbridge/deskbridge/sources"
)

var _ sources.TagLister = (*Source)(nil)

// Tags lists the tags of the workspace (intercom-api.md 12).
func (s *Source) Tags(ctx context.Context) ([]string, error) {
	list, err := s.client.Tags(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(list))
	for _, t := range list {
		names = append(names, string(t.Name))
	}
	return names, nil
}
