package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhereRatingsAreKept(t *testing.T) {
	c, err := load(t, least)
	require.NoError(t, err)
	require.Empty(t, c.Ratings.IntercomAttribute, "nowhere")
	c, err = load(t, least+"ratings: {intercom_attribute: Rating by customer}")
	require.NoError(t, err)
	require.Equal(t, "Rating by customer", c.Ratings.IntercomAttribute)
	for value, want := range map[string]string{
		`"rating: 5"`:                     "6:31: ratings.intercom_attribute: an attribute of Intercom has letters, digits, currency symbols, blanks, - and _ only",
		`" rating"`:                       "6:31: ratings.intercom_attribute: a name has no blank at its ends and no line break in it",
		`[rating]`:                        "6:31: ratings.intercom_attribute: this must be text",
		strings.Repeat("a", 191):          "6:31: ratings.intercom_attribute: a name has 190 characters at most",
		`rating, dashly_attribute: rated`: "6:39: ratings.dashly_attribute: there is no such key",
	} {
		_, err := load(t, least+"ratings: {intercom_attribute: "+value+"}")
		require.ErrorContains(t, err, want)
	}
}

func TestWhereBacklinksAreKept(t *testing.T) {
	c, err := load(t, least)
	require.NoError(t, err)
	require.Empty(t, c.Backlinks.IntercomAttribute, "nowhere")
	c, err = load(t, least+"backlinks: {intercom_attribute: Copy}")
	require.NoError(t, err)
	require.Equal(t, "Copy", c.Backlinks.IntercomAttribute)
	_, err = load(t, least+"backlinks: {intercom_attribute: \"a:b\"}")
	require.ErrorContains(t, err, "6:33: backlinks.intercom_attribute: an attribute of Intercom has letters, digits, currency symbols, blanks, - and _ only")
	_, err = load(t, least+"ratings: {intercom_attribute: A}\nbacklinks: {intercom_attribute: A}")
	require.ErrorContains(t, err, "7:33: backlinks.intercom_attribute: ratings.intercom_attribute names the same attribute: each needs one of its own")
}
