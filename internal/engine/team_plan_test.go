package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/state"
)

// teamCase is the teams of a pair that began on Dashly: as agreed, empty where nothing was, and as they are read. "?" is a
// team that the desk does not tell.
type teamCase struct {
	base, now [2]string
	unagreed  bool
	moved     [2]time.Duration // ago, when somebody moved it there; 0: nobody has
	stirred   bool             // the bridge has written on Intercom since
	held      [2]string
	policy    string
	began     mapping.Desk // empty: dashly
	oneWay    bool         // nothing is carried to Intercom
	wants     string       // what is written on Intercom: a team, "none", or empty for no write
	lost      [2]mapping.Loss
	conflicts [2]int
	keeps     [2]string // bases after it; empty: as read
	forgets   bool      // that Dashly could not hold a team is past
}

func TestTeamsAreMerged(t *testing.T) {
	const field, unmapped = mapping.LossFieldUnset, mapping.LossUnmappedTeam
	for name, c := range map[string]teamCase{
		"nothing changed":                        {base: [2]string{"75", "500"}, now: [2]string{"75", "500"}},
		"nothing changed, whatever it is":        {base: [2]string{"75", "501"}, now: [2]string{"75", "501"}},
		"a channel was set":                      {now: [2]string{"75", ""}, wants: "500"},
		"a channel changed":                      {base: [2]string{"75", "500"}, now: [2]string{"77", "500"}, wants: "501"},
		"a channel changed to where the team is": {base: [2]string{"75", "501"}, now: [2]string{"77", "501"}},
		"a channel was taken away":               {base: [2]string{"75", "500"}, now: [2]string{"", "500"}, wants: "none"},
		"taken away, and the team was chosen":    {base: [2]string{"75", "999"}, now: [2]string{"", "999"}, lost: [2]mapping.Loss{1: unmapped}},
		"an unmapped channel":                    {base: [2]string{"75", "500"}, now: [2]string{"99", "500"}, lost: [2]mapping.Loss{1: unmapped}},
		"an unmapped channel, told before":       {base: [2]string{"75", "500"}, now: [2]string{"99", "500"}, held: [2]string{"", "unmapped:99"}},
		"a team changed":                         {base: [2]string{"75", "500"}, now: [2]string{"75", "501"}, lost: [2]mapping.Loss{field}},
		"a team changed to one of no map":        {base: [2]string{"75", "500"}, now: [2]string{"75", "999"}, lost: [2]mapping.Loss{field}},
		"a team changed, told before":            {base: [2]string{"75", "500"}, now: [2]string{"75", "501"}, held: [2]string{"unset:501", ""}},
		"a team changed to where the channel is": {base: [2]string{"77", "500"}, now: [2]string{"77", "501"}, held: [2]string{"unset:501", ""}, forgets: true},
		"a team was taken away":                  {base: [2]string{"75", "500"}, now: [2]string{"75", ""}, lost: [2]mapping.Loss{field}},
		"both, the channel last":                 {base: [2]string{"", ""}, now: [2]string{"75", "501"}, moved: [2]time.Duration{time.Minute, time.Hour}, wants: "500", conflicts: [2]int{0, 1}},
		"both, the team last":                    {base: [2]string{"", ""}, now: [2]string{"75", "501"}, moved: [2]time.Duration{time.Hour, time.Minute}, lost: [2]mapping.Loss{field}, conflicts: [2]int{1, 0}},
		"both alike":                             {base: [2]string{"", ""}, now: [2]string{"75", "500"}, moved: [2]time.Duration{time.Hour, time.Minute}},
		"both, Dashly rules":                     {base: [2]string{"", ""}, now: [2]string{"75", "501"}, moved: [2]time.Duration{time.Hour, time.Minute}, policy: "dashly", wants: "500", conflicts: [2]int{0, 1}},
		"both, to none and to one of no map":     {base: [2]string{"75", "500"}, now: [2]string{"", "999"}, moved: [2]time.Duration{time.Minute, time.Hour}, lost: [2]mapping.Loss{1: unmapped}, conflicts: [2]int{0, 1}},

		"first, a channel":                       {unagreed: true, now: [2]string{"75", ""}, wants: "500"},
		"first, no channel says nothing":         {unagreed: true, now: [2]string{"", "500"}},
		"first, a channel was taken away":        {unagreed: true, now: [2]string{"", "500"}, moved: [2]time.Duration{time.Minute, 0}, wants: "none"},
		"first, the team chosen after":           {unagreed: true, now: [2]string{"75", "501"}, moved: [2]time.Duration{time.Hour, time.Minute}, lost: [2]mapping.Loss{field}},
		"first, it began on Intercom":            {unagreed: true, began: intercom.Desk, now: [2]string{"75", "501"}, lost: [2]mapping.Loss{field}},
		"first, it began there without a team":   {unagreed: true, began: intercom.Desk, now: [2]string{"75", ""}},
		"first, both alike":                      {unagreed: true, now: [2]string{"75", "500"}},
		"first, no channel is shown":             {unagreed: true, now: [2]string{"?", "500"}, keeps: [2]string{"?", "500"}},
		"first, no team is shown":                {unagreed: true, now: [2]string{"75", "?"}, wants: "500", keeps: [2]string{"75", "?"}},
		"not shown is not taken away":            {base: [2]string{"75", "500"}, now: [2]string{"?", "500"}, keeps: [2]string{"75", "500"}},
		"not shown, and the team changed":        {base: [2]string{"75", "500"}, now: [2]string{"?", "501"}, lost: [2]mapping.Loss{field}, keeps: [2]string{"75", "501"}},
		"shown again, the same":                  {base: [2]string{"75", "500"}, now: [2]string{"75", "500"}},
		"shown at last":                          {base: [2]string{"?", ""}, now: [2]string{"75", ""}, wants: "500"},
		"shown at last, and moved meanwhile":     {base: [2]string{"?", "501"}, now: [2]string{"75", "501"}, moved: [2]time.Duration{time.Minute, 0}, wants: "500"},
		"shown at last, and there is none":       {base: [2]string{"?", "501"}, now: [2]string{"", "501"}},
		"shown at last, and the team changed":    {base: [2]string{"?", "500"}, now: [2]string{"75", "501"}, moved: [2]time.Duration{0, time.Minute}, lost: [2]mapping.Loss{field}},
		"our own words moved the team":           {base: [2]string{"75", "500"}, now: [2]string{"75", "501"}, stirred: true, wants: "500"},
		"our own words moved it, and the agent":  {base: [2]string{"75", "500"}, now: [2]string{"75", "501"}, stirred: true, moved: [2]time.Duration{0, time.Minute}, lost: [2]mapping.Loss{field}},
		"our own words moved it, and no channel": {base: [2]string{"75", "500"}, now: [2]string{"75", ""}, stirred: true, wants: "500"},
		"nothing is carried to Intercom":         {base: [2]string{"75", "500"}, now: [2]string{"77", "500"}, oneWay: true},
		"a team that Intercom refused":           {base: [2]string{"75", "500"}, now: [2]string{"77", "500"}, held: [2]string{"", "501"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.scene(t)
			p := s.planFields()
			require.Empty(t, p.writes[0], "no call of Dashly sets a channel")
			require.Equal(t, c.wants, teamWritten(t, p))
			for i, loss := range c.lost {
				var want []mapping.Loss
				if loss != "" {
					want = append(want, loss)
				}
				require.Equal(t, want, p.losses[i], "lost on side %d", i)
			}
			require.Equal(t, c.conflicts, p.conflicts)
			require.Equal(t, !c.forgets && (c.held[0] != "" || c.lost[0] != ""), p.held[0][mapping.Team] != "")
			for i, v := range s.sides {
				keeps := c.now[i]
				if c.keeps[i] != "" {
					keeps = c.keeps[i]
				}
				require.Equal(t, fieldsWith(keeps), p.base[i], "what is agreed on %s", v.desk)
			}
			if c.now[0] != "?" && teamWritten(t, p) == "" {
				s.agree(p)
				again := s.planFields()
				require.Empty(t, again.writes)
				require.Equal(t, [2][]mapping.Loss{}, again.losses, "it is told once")
				require.Equal(t, [2]int{}, again.conflicts)
			}

			s = c.scene(t)
			s.opts.TeamMap = nil
			p = s.planFields()
			require.Equal(t, [2]int{}, p.conflicts)
			require.Empty(t, append(p.writes[0], p.writes[1]...), "without a map nothing is written")
			require.Empty(t, append(p.losses[0], p.losses[1]...), "without a map nothing is lost")
		})
	}
}

func fieldsWith(team string) mapping.Fields {
	f := mapping.Fields{State: mapping.Open, Team: team}
	if team == "?" {
		f.Team, f.TeamHidden = "", true
	}
	return f
}

func teamWritten(t *testing.T, p fieldPlan) string {
	t.Helper()
	if len(p.writes[1]) == 0 {
		return ""
	}
	require.Len(t, p.writes[1], 1)
	op := p.writes[1][0]
	require.EqualValues(t, "team", op.Kind)
	require.EqualValues(t, "quiet", op.Class)
	require.False(t, op.Historic)
	require.EqualValues(t, "fallback", op.Author.ID)
	if op.Team == "" {
		return "none"
	}
	return op.Team
}

func (c teamCase) scene(t *testing.T) *scene {
	t.Helper()
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	there, err := intercom.Features("2.15")
	there.Backlink = mapping.Dropped
	require.NoError(t, err)
	here, err := dashly.Features("")
	require.NoError(t, err)
	refs := [2]mapping.Ref{{Desk: dashly.Desk, ID: "1"}, {Desk: intercom.Desk, ID: "2"}}
	origin, twin := refs[0], refs[1]
	if c.began == intercom.Desk {
		origin, twin = twin, origin
	}
	l, err := state.ReadLedger(state.PairOf(origin), nil)
	require.NoError(t, err)
	l.SetMeta(state.Meta{Origin: origin, Twin: twin, Linked: true, Since: now.Add(-240 * time.Hour)})
	if c.policy == "" {
		c.policy = "newest"
	}
	opts := &Options{Name: "main", Start: now.Add(-240 * time.Hour), MaxAge: 24 * time.Hour, Conflicts: map[mapping.Field]string{mapping.Team: c.policy},
		Sides:   [2]Side{{Send: !c.oneWay, Fallback: "fallback"}, {Send: true, Fallback: "fallback"}},
		TeamMap: []map[mapping.Desk]string{{dashly.Desk: "75", intercom.Desk: "500"}, {dashly.Desk: "77", intercom.Desk: "501"}}}
	s := &scene{opts: opts, people: NewPeople(nil), ledger: l, now: now}
	for i, features := range []mapping.Features{here, there} {
		conv := mapping.Conversation{Ref: refs[i], Customer: mapping.Contact{ID: "alice"}, Fields: fieldsWith(c.now[i])}
		if ago := c.moved[i]; ago > 0 {
			conv.Entries = append(conv.Entries, mapping.Entry{ID: "moved", Kind: mapping.Event, At: now.Add(-ago), Author: mapping.Person{Role: mapping.Agent, ID: "jane"},
				Made: mapping.ByHuman, Covers: []mapping.Field{mapping.Team, mapping.Assignee}[i], Also: []mapping.Field{"", mapping.Team}[i]})
		}
		d := state.DeskState{}
		if !c.unagreed {
			base := fieldsWith(c.base[i])
			d.Base = &base
			if c.stirred && i == 1 {
				d.Consequence, d.Before, d.BeforeAt = state.Stirred, &base, now.Add(-time.Hour)
			}
		}
		if c.held[i] != "" {
			d.Held = map[mapping.Field]string{mapping.Team: c.held[i]}
		}
		l.SetDesk(refs[i].Desk, d)
		s.sides[i] = sideView{side: &opts.Sides[i], desk: refs[i].Desk, features: features, conv: &conv, readAt: now}
	}
	return s
}

// agree records what a plan comes to as the end of a look does.
func (s *scene) agree(p fieldPlan) {
	for i, v := range s.sides {
		base := p.base[i]
		d := state.DeskState{Base: &base, Held: p.held[i]}
		for _, e := range s.natives(i) {
			d.Known = append(d.Known, e.ID)
		}
		s.ledger.SetDesk(v.desk, d)
	}
}

// TestTheDesksOwnRoutingIsNobodysWord: of a pair that began on Dashly nothing is known to have been agreed. Jane put it into a
// channel there, and people have acted in the copy. What Intercom's automation did to the copy after our writes is our doing.
func TestTheDesksOwnRoutingIsNobodysWord(t *testing.T) {
	for name, c := range map[string]struct {
		acted, routed time.Duration // ago, on Intercom: people, and the automation
		team          string        // as the automation left it
		ours          bool          // the automation did it after our words of this look
		wants         string
	}{
		"it routed the copy, then people came":                    {10 * time.Minute, 30 * time.Minute, "501", false, "500"},
		"it routed by itself, later":                              {50 * time.Minute, 30 * time.Minute, "501", false, ""},
		"our words made it route where the channel is":            {2 * time.Hour, time.Second, "500", true, ""},
		"our words made it route elsewhere than where it was put": {2 * time.Hour, time.Second, "501", true, "500"},
	} {
		t.Run(name, func(t *testing.T) {
			s := teamCase{unagreed: true, now: [2]string{"75", c.team}, moved: [2]time.Duration{time.Hour, c.acted}}.scene(t)
			copied := s.sides[1].conv
			copied.Entries[0].Covers, copied.Entries[0].Also = mapping.Status, ""
			copied.Entries = append(copied.Entries, mapping.Entry{ID: "routed", Kind: mapping.Event, At: s.now.Add(-c.routed),
				Author: mapping.Person{Role: mapping.Bot, ID: "operator"}, Covers: mapping.Assignee, Also: mapping.Team})
			slices.SortFunc(copied.Entries, func(a, b mapping.Entry) int { return a.At.Compare(b.At) })
			if c.ours {
				none := fieldsWith("")
				s.ledger.SetDesk(intercom.Desk, state.DeskState{Consequence: state.Stirred, Before: &none, BeforeAt: s.now.Add(-2 * time.Second)})
			}
			require.Equal(t, c.wants, teamWritten(t, s.planFields()))
		})
	}
}
