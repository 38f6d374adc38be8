package report

import (
	"fmt"
	"slices"
)

// Exit codes of the program. Of several that fit, the first of this list counts.
const (
	ExitConfig     = 4   // the configuration or the command line is wrong
	ExitLocked     = 5   // another run holds the lease
	ExitStopped    = 130 // stopped by a signal, after the writes in hand
	ExitFailed     = 1   // nothing could run
	ExitIncomplete = 3   // a desk or direction failed, something is pending, or differences were found
	ExitParked     = 2   // done, but something is parked
	ExitDone       = 0
)

// ranks lists the outcomes by precedence, the strongest first.
var ranks = []struct {
	status Status
	code   int
}{
	{Config, ExitConfig}, {Locked, ExitLocked}, {Stopped, ExitStopped}, {Failed, ExitFailed},
	{Incomplete, ExitIncomplete}, {Differences, ExitIncomplete}, {Parked, ExitParked}, {Done, ExitDone},
}

func rank(s Status) int {
	for i, r := range ranks {
		if r.status == s {
			return i
		}
	}
	return rank(Failed) // an outcome that nobody knows is no success
}

// ExitCode gives the exit code of an outcome.
func (s Status) ExitCode() int { return ranks[rank(s)].code }

// Conclude sets status, exit code and error from what the command says of itself and from what the report holds; the
// stronger of the two counts. A direction whose entries are not all accounted for, or that has pending ones, is
// incomplete, whatever else is said. It may be called again: an outcome never becomes weaker.
func (r *Report) Conclude(said Status, failure *Failure) {
	status := said
	if r.Status != "" && rank(r.Status) < rank(status) {
		status = r.Status
	}
	if failure != nil && (r.Error == nil || rank(said) <= rank(r.Status)) {
		r.Error = failure
	}
	found, reason := r.found()
	if rank(found) < rank(status) {
		status = found
	}
	if r.Error == nil && rank(found) <= rank(status) {
		r.Error = reason
	}
	r.Status, r.ExitCode = status, status.ExitCode()
}

// found is the outcome that the counts alone tell.
func (r *Report) found() (Status, *Failure) {
	pending, parked := 0, 0
	for _, name := range r.names() {
		d := r.Directions[name]
		if e := d.Entries; !e.Balanced() {
			return Incomplete, &Failure{Code: "unbalanced", Where: name,
				Message: fmt.Sprintf("%d of %d entries read are not accounted for: please report this", e.Read-e.Mirrored-e.Folded-e.Covered-e.Skipped-e.Parked-e.Pending, e.Read)}
		}
		pending += d.Entries.Pending
		parked += d.Entries.Parked
	}
	switch {
	case pending > 0 && !r.dry(): // all that a dry run finds is pending: that is its answer, not a defect
		return Incomplete, &Failure{Code: "pending", Message: fmt.Sprintf("%s still to be carried: run it again", count(pending, "entry is", "entries are"))}
	case parked > 0 && !r.dry():
		return Parked, nil
	}
	return Done, nil
}

// Ended concludes a daemon that was told to end: it is done, and what is pending or parked is the next one's to take up.
func (r *Report) Ended() {
	r.Status, r.ExitCode, r.Error = Done, ExitDone, nil
}

// dry reports whether the command writes nothing to the desks.
func (r *Report) dry() bool {
	return r.Command == "plan" || r.Command == "check" || r.Command == "explain" || r.Command == "state rebuild"
}

// names gives the directions in a fixed order.
func (r *Report) names() []string {
	names := make([]string, 0, len(r.Directions))
	for name, d := range r.Directions {
		if d != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
