package sources

import "context"

// Team is a team or channel, as a desk lists it.
type Team struct {
	ID   string // as the fields of a conversation have it
	Name string
}

// TeamLister is a source that can list the teams or channels of its desk. The list is whole, or there is an error: Denied
// where the token may not read it. It may be repeated.
type TeamLister interface {
	Teams(ctx context.Context) ([]Team, error)
}
