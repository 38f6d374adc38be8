package engine

import (
	"cmp"
	"strings"

	"github.com/deskbridge/deskbridge/mapping"
)

// CoveredBy begins the rule of an entry whose change a field carries: "covered by status".
const CoveredBy = "covered by "

// covered tells which field carries an event of side i, and what is lost with it.
func (s *scene) covered(i int, e mapping.Entry) Carriage {
	return Carriage{Rule: CoveredBy + string(cmp.Or(e.Covers, e.Also)), Losses: s.coveredLosses(i, e)}
}

// coveredLosses are those of the change that an event of side i tells of, by what the other desk can do and by the rules of
// today: the change itself, or else its time, because the other desk dates the bridge's call. An attribute has no time.
func (s *scene) coveredLosses(i int, e mapping.Entry) []mapping.Loss {
	switch {
	case e.Covers == "":
		return e.Losses
	case e.Covers == mapping.Status:
		return []mapping.Loss{s.stateLoss(i, e.Needs)}
	case e.Covers == mapping.Tags:
		return s.tagLosses(i, e)
	case e.Covers == mapping.Team || e.Also == mapping.Team:
		return []mapping.Loss{s.teamLoss(i, cmp.Or(e.Target, e.Act.Team))}
	}
	return []mapping.Loss{s.agentLoss(i, cmp.Or(mapping.PersonID(e.Target), e.Act.Agent))}
}

// stateLoss is the loss of a change of state for which the other desk needs an ability.
func (s *scene) stateLoss(i int, need mapping.Ability) mapping.Loss {
	state, loss := mapping.Snoozed, mapping.LossSnoozeUnsupported
	switch need {
	case mapping.ToSnooze:
	case mapping.ToReopen:
		state, loss = mapping.Open, mapping.LossReopenUnsupported
	default:
		return mapping.LossEventTimeNow
	}
	switch becomes, ruled := s.opts.States[s.sides[i].desk][state]; {
	case becomes == StateKept:
		return mapping.LossStateKept
	case ruled || s.sides[1-i].features.Level(need) == mapping.Full:
		return mapping.LossEventTimeNow
	}
	return loss
}

// teamLoss is the loss of an assignment to a team of side i.
func (s *scene) teamLoss(i int, id string) mapping.Loss {
	_, mapped := s.otherTeam(i, id)
	switch {
	case id == "" || id == mapping.Nobody:
		return mapping.LossEventTimeNow
	case s.sides[1-i].features.Team != mapping.Full:
		return mapping.LossFieldUnset
	case !mapped:
		return mapping.LossUnmappedTeam
	}
	return mapping.LossEventTimeNow
}

// agentLoss is the loss of an assignment to an agent of side i.
func (s *scene) agentLoss(i int, id mapping.PersonID) mapping.Loss {
	who, mapped := s.counterpart(i, mapping.Person{Role: mapping.Agent, ID: id})
	switch {
	case id == "" || id == mapping.Nobody:
		return mapping.LossEventTimeNow
	case !mapped:
		return mapping.LossUnmappedAgent
	case s.held(1-i, mapping.Assignee) == string(who.ID):
		return mapping.LossFieldUnset
	}
	return mapping.LossEventTimeNow
}

// tagLosses are those of the tags that an event tells to have been added. What it tells to have been taken away and the
// other desk was never given is no loss.
func (s *scene) tagLosses(i int, e mapping.Entry) (losses []mapping.Loss) {
	for _, tag := range e.Tagged {
		losses = append(losses, s.tagLoss(i, tag))
	}
	for _, tag := range e.Untagged {
		if loss := s.tagLoss(i, tag); loss == mapping.LossEventTimeNow {
			losses = append(losses, loss)
		}
	}
	if len(e.Tagged)+len(e.Untagged) == 0 { // it does not tell which
		return []mapping.Loss{mapping.LossEventTimeNow}
	}
	return losses
}

// tagLoss is the loss of a tag that was added on side i.
func (s *scene) tagLoss(i int, tag string) mapping.Loss {
	name, carried := s.opts.Tags.carried(tag, s.sides[i].desk, s.sides[1-i].desk)
	switch {
	case !carried:
		return mapping.LossTagKept
	case !s.sides[1-i].features.HoldsTag(name):
		return mapping.LossTagUnsafe
	case s.held(1-i, mapping.Tags) == "+"+strings.TrimSpace(name):
		return mapping.LossFieldUnset
	}
	return mapping.LossEventTimeNow
}

// held is the value of a field that side i could not be given, as it is stored; empty where there is none.
func (s *scene) held(i int, f mapping.Field) string { return s.ledger.Desks[s.sides[i].desk].Held[f] }
