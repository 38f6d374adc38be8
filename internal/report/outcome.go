package report

import "time"

// Exit codes of every command, in their order of precedence (design.md, section 4).
const (
	ExitDone       = 0
	ExitFailed     = 1
	ExitParked     = 2
	ExitIncomplete = 3
	ExitConfig     = 4
	ExitLocked     = 5
	ExitStopped    = 130
)

// Operation is one write that a plan would make.
type Operation struct {
	Pair         string    `json:"pair"`
	Desk         string    `json:"desk"` // that would be written to
	Conversation string    `json:"conversation,omitempty"`
	Kind         string    `json:"kind"`
	Class        string    `json:"class"`
	Historic     bool      `json:"historic,omitempty"`
	Entries      []string  `json:"entries,omitempty"`
	Text         string    `json:"text,omitempty"` // the first 60 characters
	At           time.Time `json:"at,omitzero"`
}

// Conclude sets status, exit code and error. A status other than Done stands as it is; Done becomes Incomplete or
// Parked where the counts say so. A plan is done when it could be made: what it would write is no shortcoming.
func (r *Report) Conclude(s Status, f *Failure) {
	r.Status, r.Error = s, f
	if s == Done && r.Command != "plan" {
		for name, d := range r.Directions {
			switch {
			case !d.Entries.Balanced():
				r.Status = Incomplete
				r.Error = &Failure{Code: "unbalanced", Message: "entries were read that are not accounted for: this is a defect of deskbridge", Where: name}
			case d.Entries.Pending > 0 && r.Status != Incomplete:
				r.Status = Incomplete
				r.Error = &Failure{Code: "pending", Message: "some entries are pending: the next run takes them up", Where: name}
			case d.Entries.Parked > 0 && r.Status == Done:
				r.Status = Parked
			}
		}
	}
	r.ExitCode = map[Status]int{Done: ExitDone, Parked: ExitParked, Incomplete: ExitIncomplete, Differences: ExitIncomplete, Failed: ExitFailed,
		Config: ExitConfig, Locked: ExitLocked, Stopped: ExitStopped}[r.Status]
}
