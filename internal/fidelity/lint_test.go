package fidelity

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping/intercom"
)

// TestAValueWithoutARowIsFound takes the rows of one kind away.
func TestAValueWithoutARowIsFound(t *testing.T) {
	var named []string
	for _, r := range intercom.Table() {
		if r.Native != "close" {
			named = append(named, r.Native)
		}
	}
	require.Equal(t, []string{`intercom: part_type "close" has no row`}, lint([]documented{{"intercom: part_type", intercom.PartTypes(), named}}))
}
