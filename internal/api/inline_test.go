package api

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestInlineIsReadAsBrowsersDo: "base64" counts in any case and behind blanks, and its padding may be missing.
func TestInlineIsReadAsBrowsersDo(t *testing.T) {
	for link, want := range map[string][2]string{
		"data:image/png;base64,aGVsbG8=":                   {"hello", "image/png"},
		"data:image/png;base64,aGVsbG8":                    {"hello", "image/png"},
		"data:image/png;BASE64,aGVs%0AbG8=":                {"hello", "image/png"},
		"DATA:image/png; base64,aGVsbG8=":                  {"hello", "image/png"},
		"data:;base64,aGVsbG8=":                            {"hello", ""},
		"data:text/plain;charset=utf-8,hel%6Co":            {"hello", "text/plain;charset=utf-8"},
		"data:text/plain;kind=base64,hello":                {"hello", "text/plain;kind=base64"},
		"data:image/svg+xml;charset=utf-8;base64,aGVsbG8=": {"hello", "image/svg+xml;charset=utf-8"},
	} {
		content, kind, err := inline("intercom", link, 1000)
		require.NoError(t, err, link)
		require.Equal(t, want, [2]string{string(content), kind}, link)
	}
	for _, link := range []string{"data:image/png", "data:image/png;base64,%%%", "data:image/png;base64,a", "data:image/png;base64,a=b"} {
		_, _, err := inline("intercom", link, 1000)
		require.Error(t, err, link)
	}
	_, _, err := inline("intercom", "data:;base64,aGVsbG8=", 4)
	require.ErrorContains(t, err, "larger than 4 bytes")
}
