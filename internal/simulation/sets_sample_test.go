package simulation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox"
)

// unplayed are all scenarios, of which nobody asks how they end.
func unplayed(t *testing.T) (stories []told) {
	t.Helper()
	for _, s := range scenarios(t) {
		stories = append(stories, told{Scenario: s})
	}
	return stories
}

// TestSamplesMeetEverything: the samples of readings that CI makes have each quirk and nine stories of ten.
func TestSamplesMeetEverything(t *testing.T) {
	stories := unplayed(t)
	set, place := readings(stories), places(300, len(stories)*len(sandbox.Quirks()))
	quirks, alone, mixed := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range 300 {
		r := set[place(i)]
		quirks[r.quirks[0].Name], alone[r.Name] = true, true
	}
	place = places(1000, mixtures)
	for i := range 1000 {
		mixed[storyOf(place(i), stories).Name] = true
	}
	t.Logf("%d of %d quirks alone in %d of %d stories, mixtures in %d", len(quirks), len(sandbox.Quirks()), len(alone), len(stories), len(mixed))
	require.Len(t, quirks, len(sandbox.Quirks()))
	require.Greater(t, 10*len(alone), 9*len(stories))
	require.Greater(t, 10*len(mixed), 9*len(stories))
}

// TestSamplesRepeatNothing: a sample has no place twice, a greater one has those of a lesser one, and a whole set is in its
// order.
func TestSamplesRepeatNothing(t *testing.T) {
	for all := 1; all < 300; all++ {
		few, most, seen := places(all/2, all), places(all-1, all), map[int]bool{}
		for i := range all - 1 {
			require.Equal(t, few(i), most(i))
			require.Less(t, most(i), all)
			seen[most(i)] = true
		}
		require.Len(t, seen, all-1)
		require.Equal(t, all-1, places(all, all)(all-1))
	}
}
