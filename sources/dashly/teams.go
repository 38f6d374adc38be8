package dashly

import (
	"context"

	"github.com/deskbridge/deskbridge/sources"
)

var _ sources.TeamLister = (*Source)(nil)

// Teams lists the channels of the site (dashly-api.md 8.15).
func (s *Source) Teams(ctx context.Context) ([]sources.Team, error) {
	list, err := s.client.Channels(ctx)
	if err != nil {
		return nil, err
	}
	var out []sources.Team
	for _, c := range list {
		out = append(out, sources.Team{ID: string(c.ID), Name: string(c.Name)})
	}
	return out, nil
}
