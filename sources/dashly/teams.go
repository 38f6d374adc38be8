package dashly

import (
	"context"

	"github.com/deskbridge/deskbridge/sources"
)

var _ sources.TeamLister = (*Source)(nil)

// Teams lists the channels of the site.
func (s *Source) Teams(ctx context.Context) ([]sources.Team, error) {
	channels, err := s.client.Channels(ctx)
	var out []sources.Team
	for _, c := range channels {
		out = append(out, sources.Team{ID: string(c.ID), Name: string(c.Name)})
	}
	return out, err
}
