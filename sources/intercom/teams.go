package intercom

import (
	"context"

	"github.com/deskbridge/deskbridge/sources"
)

var _ sources.TeamLister = (*Source)(nil)

// Teams lists the teams of the workspace (intercom-api.md 12).
func (s *Source) Teams(ctx context.Context) ([]sources.Team, error) {
	list, err := s.client.Teams(ctx)
	if err != nil {
		return nil, err
	}
	var out []sources.Team
	for _, t := range list {
		out = append(out, sources.Team{ID: string(t.ID), Name: string(t.Name)})
	}
	return out, nil
}
