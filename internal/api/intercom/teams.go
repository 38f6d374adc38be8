package intercom

import (
	"context"
	"errors"
	"slices"

	wire "github.com/deskbridge/deskbridge/mapping/intercom"
)

// Teams lists the teams of the workspace; the list is not paged (intercom-api.md 12).
func (c *Client) Teams(ctx context.Context) ([]wire.Team, error) {
	var out struct {
		Teams []wire.Team `json:"teams"`
	}
	call := read("list teams", "", "/teams")
	if _, err := c.call(ctx, call, nil, &out); err != nil {
		return nil, err
	}
	if out.Teams == nil || slices.ContainsFunc(out.Teams, func(t wire.Team) bool { return t.ID == "" }) {
		return nil, c.t.Unusable(call, errors.New("no list of teams with their ids"))
	}
	return out.Teams, nil
}
