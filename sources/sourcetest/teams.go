package sourcetest

import (
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
)

// teams: a conversation tells its team, or says that it does not; both desks list theirs.
func teams(x *exam) {
	id := x.story()
	var seen []mapping.Version
	for _, team := range []string{"", x.desk.Facts.Teams[0], x.desk.Facts.Teams[1], ""} {
		if x.thread(id).Team != team {
			x.desk.Facts.Move(id, team)
		}
		require.Equal(x, team, x.thread(id).Team)
		c := x.read(id)
		if !c.Fields.TeamHidden {
			require.Equal(x, team, c.Fields.Team)
		}
		require.NotContains(x, seen, c.Version, "a move changes the version")
		seen = append(seen, c.Version)
		if last := c.Entries[len(c.Entries)-1]; len(seen) > 1 {
			require.True(x, last.Covers == mapping.Team || last.Also == mapping.Team, "the event of a move tells of the team: %s", last.Native)
		}
	}
	lister, ok := x.source.(sources.TeamLister)
	if !ok {
		return
	}
	listed, err := lister.Teams(x.Context())
	require.NoError(x, err)
	for _, team := range x.desk.Facts.Teams {
		i := slices.IndexFunc(listed, func(l sources.Team) bool { return l.ID == team })
		require.GreaterOrEqual(x, i, 0, "the list names team %s", team)
		require.NotEmpty(x, listed[i].Name)
	}
}
