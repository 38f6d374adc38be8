package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
)

// TestAClockThatIsOffDecidesNothing: by how much Intercom's clock is behind is measured anew with each answer, and not to the
// second. What was said at the same time is decided as between clocks that are right, whatever was measured.
func TestAClockThatIsOffDecidesNothing(t *testing.T) {
	const behind = 45 * time.Second
	for name, c := range map[string]struct {
		said [2]time.Duration // ago
		last int
	}{
		"at the same time":                 {said: [2]time.Duration{10 * time.Minute, 10 * time.Minute}, last: 0},
		"Intercom's people, a while after": {said: [2]time.Duration{10 * time.Minute, 10*time.Minute - 10*time.Second}, last: 1},
		"Dashly's people, a while after":   {said: [2]time.Duration{10*time.Minute - 10*time.Second, 10 * time.Minute}, last: 0},
	} {
		for _, measured := range []time.Duration{0, -44 * time.Second, -behind, -46 * time.Second} {
			t.Run(name+" "+measured.String(), func(t *testing.T) {
				said := c.said
				if measured != 0 {
					said[1] += behind
				}
				s := stateCase{base: [2]mapping.State{open, open}, now: [2]mapping.State{closed, snoozed}, said: said}.scene(t)
				s.sides[1].skew = measured
				p := s.planFields()
				require.NotEmpty(t, p.writes[1-c.last])
				require.Empty(t, p.writes[c.last])
			})
		}
	}
}

// TestSilenceHasNoClock: that nobody has taken a channel away is no word about the team, whatever the desk's clock tells.
func TestSilenceHasNoClock(t *testing.T) {
	for _, measured := range []time.Duration{0, -time.Minute, time.Minute} {
		s := teamCase{unagreed: true, now: [2]string{"", "500"}}.scene(t)
		s.sides[0].skew = measured
		p := s.planFields()
		require.Empty(t, append(p.writes[0], p.writes[1]...), "a clock that is off by %s", measured)
	}
}

// TestALookHasOneClock: while a look goes on, a second more or less is no other clock.
func TestALookHasOneClock(t *testing.T) {
	var v sideView
	for _, c := range [][2]time.Duration{{-45, -45}, {-46, -45}, {-44, -45}, {-50, -50}, {0, 0}, {1, 0}, {30, 30}, {31, 30}} {
		v.measure(c[0] * time.Second)
		require.Equal(t, c[1]*time.Second, v.skew)
	}
}

// TestAPauseIsNoClock: a look that stood still between its read and what it decides, as on a slow store, does not take that time
// for a clock that is behind. Of another conversation, which was just read, the answer tells.
func TestAPauseIsNoClock(t *testing.T) {
	read := time.Now().Add(-5 * time.Minute)
	c := mapping.Conversation{Ref: mapping.Ref{Desk: "intercom", ID: "1"}, DeskTime: read}
	v := sideView{conv: &c, readAt: read}
	require.Zero(t, v.seenAt(c).skew)
	require.Equal(t, -5*time.Minute, v.seenAt(mapping.Conversation{Ref: mapping.Ref{Desk: "intercom", ID: "2"}, DeskTime: read}).skew)
}
