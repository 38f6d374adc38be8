package engine

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

func long(n int) string { return strings.Repeat("ä", n) }

// TestATagThatIsTooLongIsNotWritten, as one with a comma is not; what stands around it does not count.
func TestATagThatIsTooLongIsNotWritten(t *testing.T) {
	for _, c := range []struct {
		tag   string
		holds bool
	}{{long(255), true}, {" " + long(255) + " ", true}, {long(256), false}, {"a,b", false}} {
		s := teamCase{began: intercom.Desk}.scene(t)
		s.opts.TeamMap = nil
		s.sides[1].conv.Fields.Tags = []string{c.tag}
		p := s.planFields()
		if c.holds {
			require.Len(t, p.writes[0], 1)
			require.Empty(t, p.losses[0])
			continue
		}
		require.Empty(t, p.writes[0])
		require.Equal(t, []mapping.Loss{mapping.LossTagUnsafe}, p.losses[0])
		s.agree(p)
		again := s.planFields()
		require.Empty(t, again.writes[0])
		require.Empty(t, again.losses[0], "it is counted once")
	}
	s := teamCase{}.scene(t)
	s.opts.TeamMap = nil
	s.sides[0].conv.Fields.Tags = []string{long(256)}
	require.Len(t, s.planFields().writes[1], 1, "Intercom has no such limit")
}

// TestATagThatIsTooLongIsTold in an activity note, as one with a comma is.
func TestATagThatIsTooLongIsTold(t *testing.T) {
	s := teamCase{began: intercom.Desk}.scene(t)
	p := planner{scene: s, from: 1, to: 0}
	require.Equal(t, []string{long(256), "a,b"}, p.unheldTags([]string{"vip", long(256), "a,b", long(255)}))
}
