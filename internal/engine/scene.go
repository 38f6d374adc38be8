package engine

import (
	"slices"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// scene is everything that is known of one pair at one moment: the pure functions of this package (adopt, plan, merge)
// read it and nothing else.
type scene struct {
	opts   *Options
	people *People
	ledger *state.Ledger
	sides  [2]sideView // in the order of Options.Sides
	now    time.Time   // the bridge's clock
	// unheard are entries that the desk forbids to write as the customer: in this look a note is tried.
	unheard map[state.EntryKey]bool
	// older: in this look something was found that a desk proves to be ours and that the ledger did not know, nor that it
	// was under way.
	older bool
}

// sideView is one side of a scene.
type sideView struct {
	side     *Side
	desk     mapping.Desk
	features mapping.Features
	conv     *mapping.Conversation // nil while the pair has no conversation here
	readAt   time.Time
	skew     time.Duration            // the desk's clock minus the bridge's
	merged   map[mapping.EntryID]bool // what stands in conv because of a merge; nil while nobody has looked
}

// deskNow is the desk's own clock.
func (v sideView) deskNow(now time.Time) time.Time { return now.Add(v.skew) }

// real is a time of the desk's clock, told by the bridge's.
func (v sideView) real(at time.Time) time.Time { return at.Add(-v.skew) }

// choosesTime reports whether the desk lets the bridge choose the time of what it writes as the customer, or as an agent.
func (v sideView) choosesTime(customer bool) bool {
	return v.features.ChosenTime == mapping.Full || v.features.ChosenTime == mapping.Partial && !customer
}

// seenAt is the side with the clock as an answer just read shows it. What the look is about may have been read long ago: its clock
// was measured then.
func (v sideView) seenAt(c mapping.Conversation) sideView {
	if !c.DeskTime.IsZero() && (v.conv == nil || v.conv.Ref != c.Ref) {
		v.skew = skewOf(c.DeskTime, time.Now())
	}
	return v
}

// sentBy is until when a write that was promised may still leave; settled is when it has taken effect or never will, and
// can be seen: an opening is found by a search, whose index may lag by as much again.
func (v sideView) sentBy(in state.Intent) time.Time { return in.SentAt.Add(v.side.Settle / 4) }
func (v sideView) settled(in state.Intent) time.Time {
	at := v.sentBy(in).Add(v.side.Settle)
	if in.Kind == "open" {
		at = at.Add(v.side.Settle)
	}
	return at
}

// near reports whether a time of the desk's clock is one at which a promised write may have taken effect.
func (v sideView) near(at time.Time, in state.Intent) bool {
	return (in.Adrift || !v.real(at).Before(in.SentAt.Add(-v.side.Settle))) && !v.real(at).After(v.settled(in))
}

// follows reports whether what stands on side i is not older than the entry that was promised there. It matters only where nobody
// knows when that was sent.
func (s *scene) follows(i int, in state.Intent, t mapping.Entry) bool {
	from := s.sides[1-i]
	if !in.Adrift || from.conv == nil {
		return true
	}
	return !slices.ContainsFunc(from.conv.Entries, func(e mapping.Entry) bool {
		return slices.Contains(in.Entries, e.ID) && s.sides[i].real(t.At).Before(from.real(e.At).Add(-s.sides[i].side.Settle))
	})
}

// index gives the position of a desk in the scene.
func (s *scene) index(d mapping.Desk) int {
	if s.sides[0].desk == d {
		return 0
	}
	return 1
}

// origin is the side on which the thread began.
func (s *scene) origin() int { return s.index(s.ledger.Meta.Origin.Desk) }

// opened is the entry of side i that a copy was opened with; empty while there is none, and on the other side.
func (s *scene) opened(i int) mapping.EntryID {
	if i != s.origin() {
		return ""
	}
	return s.ledger.Meta.Opened
}

// refs are the conversations of the two sides; that of the twin is zero while there is none.
func (s *scene) refs() (refs [2]mapping.Ref) {
	refs[s.origin()], refs[1-s.origin()] = s.ledger.Meta.Origin, s.ledger.Meta.Twin
	return refs
}

// historic reports whether an entry of side i is older than the configured start.
func (s *scene) historic(i int, e mapping.Entry) bool {
	return s.sides[i].real(e.At).Before(s.opts.Start)
}

// deliverable reports whether an entry of side i is live by every clock: only then it may reach a customer. How far a
// desk's clock is off is known to a few seconds.
func (s *scene) deliverable(i int, e mapping.Entry) bool {
	live := s.sides[i].real(e.At)
	if s.sides[i].skew != 0 {
		live = live.Add(-minSkew)
	}
	return !live.Before(s.opts.Start) && !e.At.Before(s.opts.Start)
}

// included reports whether history of this age is looked at.
func (s *scene) included(i int, e mapping.Entry) bool {
	switch {
	case !s.historic(i, e) || s.opts.HistoryAll:
		return true
	case s.opts.HistorySince.IsZero():
		return false
	}
	return !s.sides[i].real(e.At).Before(s.opts.HistorySince)
}

// natives gives the entries of a side that the bridge did not write, in order.
func (s *scene) natives(i int) []mapping.Entry {
	v := s.sides[i]
	if v.conv == nil {
		return nil
	}
	ours := s.ledger.OursOn(v.desk)
	out := make([]mapping.Entry, 0, len(v.conv.Entries))
	for _, e := range v.conv.Entries {
		if !ours[e.ID] {
			out = append(out, e)
		}
	}
	return out
}

// record is the ledger's memory of an entry of side i.
func (s *scene) record(i int, id mapping.EntryID) (state.EntryRecord, bool) {
	r, ok := s.ledger.Entries[state.EntryKey{Desk: s.sides[i].desk, ID: id}]
	return r, ok
}

// counterpart gives the agent of the other desk who is the same person as one of side i.
func (s *scene) counterpart(i int, a mapping.Person) (mapping.Person, bool) {
	return s.people.Counterpart(s.sides[i].desk, a, s.sides[1-i].desk)
}

// chosenTimes are the seconds under which the natives of side i that carry words are written elsewhere.
func (s *scene) chosenTimes(i int) map[mapping.EntryID]time.Time {
	var worded []mapping.Entry
	for _, e := range s.natives(i) {
		if e.HasText() || e.Removed {
			worded = append(worded, e)
		}
	}
	return mapping.ChosenTimes(worded)
}
