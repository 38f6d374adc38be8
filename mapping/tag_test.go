package mapping_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
)

func TestTagMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, tag string
		want         bool
	}{
		{"vip", "vip", true}, {" VIP", "vip ", true}, {"vip", "vip customer", false}, {"vip", "", false},
		{"internal-*", "Internal-audit", true}, {"internal-*", "internal-", true}, {"internal-*", "an internal-audit", false},
		{"*late", "very late", true}, {"*late", "later", false}, {"*", "anything", true}, {"**", "", true},
		{"a*b*c", "a-b-c", true}, {"a*b*c", "acb", false}, {"a*b*c", "abc", true}, {"a*b*b", "ab", false}, {"ab*ba", "aba", false},
		{"a*b*c", "a-c-b-c", true}, {"*x*", "axb", true}, {"*x*", "ab", false}, {"ж*", "Жалоба", true},
	} {
		require.Equal(t, c.want, mapping.TagMatches(c.pattern, c.tag), "%q %q", c.pattern, c.tag)
	}
}
