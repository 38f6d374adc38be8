package mapping_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
)

func TestRatingText(t *testing.T) {
	require.Empty(t, mapping.RatingText())
	require.Equal(t, "5", mapping.RatingText([2]string{"vote", "5"}), "one value needs no name")
	require.Equal(t, "comment: Quick and kind, vote: 5", mapping.RatingText([2]string{"comment", "Quick\n and\tkind"}, [2]string{"vote", "5"}))
	long := mapping.RatingText([2]string{"comment", strings.Repeat("ä", 300)}, [2]string{"vote", "5"})
	require.Equal(t, 255, utf8.RuneCountInString(long))
	require.Equal(t, long, mapping.RatingText([2]string{"", long}), "what was written reads back as it is")
}
