package engine

import (
	"slices"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// Teams and channels are merged by a configured map, and not at all without one. A desk may read its team and have no call
// to set it: then a value of the other desk is a loss, once, and never read back as a change. A desk may also not tell its
// team: then nothing is known to have changed there, and nothing was taken away.

// otherTeam gives the team of the other desk that stands for one of side i.
func (s *scene) otherTeam(i int, id string) (string, bool) {
	for _, same := range s.opts.TeamMap {
		if same[s.sides[i].desk] == id {
			return same[s.sides[1-i].desk], true
		}
	}
	return "", false
}

// about reports whether an event tells of a field.
func about(e mapping.Entry, f mapping.Field) bool { return e.Covers == f || e.Also == f }

// differentTeams compares what both tell.
func differentTeams(a, b *mapping.Fields) bool {
	return !a.TeamHidden && !b.TeamHidden && a.Team != b.Team
}

func (m merger) team() {
	if len(m.opts.TeamMap) == 0 {
		return
	}
	for i, v := range m.sides { // what cannot be seen now stays agreed
		if base := m.baseOf(i); base != nil && v.conv.Fields.TeamHidden {
			m.plan.base[i].Team, m.plan.base[i].TeamHidden = base.Team, base.TeamHidden
		}
	}
	w, conflict := m.decide(mapping.Team, differentTeams)
	if w < 0 {
		w = m.shownAtLast()
	}
	if w < 0 {
		for i, v := range m.sides { // our own writes moved it: the agreed value once more
			if base := m.baseOf(i); base != nil && differentTeams(base, &v.conv.Fields) {
				m.setTeam(i, base.Team, true)
			}
		}
		return
	}
	claim, earlier := m.claim(w, mapping.Team, differentTeams)
	if claim.TeamHidden {
		return
	}
	if earlier {
		m.setTeam(w, claim.Team, true)
	}
	m.followTeam(w, claim.Team, conflict)
}

// shownAtLast decides where a side tells its team now and did not when the fields were agreed: a side on which somebody
// has moved the conversation since has changed; else it is as if nothing had been agreed yet. -1: there is no such side.
func (m merger) shownAtLast() int {
	w := -1
	for i, v := range m.sides {
		base := m.baseOf(i)
		if base == nil || !base.TeamHidden || v.conv.Fields.TeamHidden {
			continue
		}
		known := m.ledger.Desks[v.desk].Known
		if slices.ContainsFunc(m.natives(i), func(e mapping.Entry) bool {
			return about(e, mapping.Team) && !slices.Contains(known, e.ID) && !m.maybeOurs(i, e)
		}) {
			return i
		}
		w = m.first(mapping.Team)
	}
	return w
}

// followTeam carries the team of side w to the other side, as far as the map and the desk allow.
func (m merger) followTeam(w int, id string, conflict bool) {
	to := 1 - w
	there := m.sides[to].conv.Fields
	want, mapped := "", true
	if id != "" {
		want, mapped = m.otherTeam(w, id)
	}
	_, theirsMapped := m.otherTeam(to, there.Team)
	switch {
	case mapped && !there.TeamHidden && there.Team == want:
		delete(m.plan.held[to], mapping.Team) // both are alike: what could not be held is past
	case id == "" && (there.TeamHidden || m.spokenAt(w, mapping.Team).IsZero() && m.unagreed()):
		// That a conversation has no team says nothing until somebody has taken one away.
	case m.sides[to].features.Team != mapping.Full:
		m.missTeam(to, notGiven+id, mapping.LossFieldUnset, conflict)
	case !mapped:
		m.missTeam(to, unmapped+id, mapping.LossUnmappedTeam, conflict)
	case id == "" && !theirsMapped: // it was chosen there for a reason that the other desk has no word for
		m.missTeam(to, "kept:"+there.Team, mapping.LossUnmappedTeam, conflict)
	default:
		m.lost(to, conflict, func() { m.setTeam(to, want, false) })
	}
}

// unagreed reports whether nothing was ever agreed about the teams of the pair.
func (m merger) unagreed() bool {
	return slices.ContainsFunc([]int{0, 1}, func(i int) bool { return m.baseOf(i) == nil || m.baseOf(i).TeamHidden })
}

// missTeam records once that side i does not have a team of the other one; in a conflict its own word was lost as well.
func (m merger) missTeam(i int, value string, loss mapping.Loss, conflict bool) {
	before := len(m.plan.losses[i])
	if m.hold(i, mapping.Team, value, loss); conflict && len(m.plan.losses[i]) > before {
		m.plan.conflicts[i]++
	}
}

func (m merger) setTeam(i int, id string, restoring bool) {
	f := m.sides[i].conv.Fields
	if m.sides[i].features.Team != mapping.Full || f.Team == id && !f.TeamHidden {
		return
	}
	m.want(i, sinks.Operation{Kind: sinks.SetTeam, Team: id}, restoring)
}
