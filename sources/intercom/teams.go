package intercom

import (
	"context"

	"github.com/deskbridge/deskbridge/sources"
)

var _ sources.TeamLister = (*Source)(nil)

// Teams lists the teams of the workspace.
func (s *Source) Teams(ctx context.Context) ([]sources.Team, error) {
	teams, err := s.client.Teams(ctx)
	var out []sources.Team
	for _, t := range teams {
		out = append(out, sources.Team{ID: string(t.ID), Name: string(t.Name)})
	}
	return out, err
}
