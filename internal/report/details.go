package report

import "time"

// Operation is one write that a dry run found to be due.
type Operation struct {
	Pair         string    `json:"pair"`
	Desk         string    `json:"desk"`         // where it would be written
	Conversation string    `json:"conversation"` // there; empty when it would be opened
	Kind         string    `json:"kind"`         // as in sinks.Kind
	Class        string    `json:"class"`        // whom it can reach, as in sinks.Class
	Historic     bool      `json:"historic"`
	Entries      []string  `json:"entries,omitempty"` // what it carries
	Text         string    `json:"text"`              // its beginning, or the new value of a field
	At           time.Time `json:"at,omitzero"`
}

// Pass is one pass of the demo with its own report.
type Pass struct {
	Name string `json:"name"` // first, live, idle
	Report
}

// ParkedPair is a pair of conversations that is set aside, or that was until just now.
type ParkedPair struct {
	Pair    string    `json:"pair"` // "desk:id" of the conversation that it began with
	Reason  string    `json:"reason"`
	Detail  string    `json:"detail,omitempty"`
	Since   time.Time `json:"since"`
	RetryAt time.Time `json:"retry_at"`
	Tries   int       `json:"tries"`
}

// Level is how serious a finding is.
type Level string

const (
	OK      Level = "ok"
	Warning Level = "warning" // it works, and may surprise
	Wrong   Level = "wrong"   // the configuration does not fit: exit code 4
	Down    Level = "down"    // unreachable or denied: exit code 1
	Info    Level = "info"    // to be known, or to be done by hand
)

// Finding is one thing that check looked at.
type Finding struct {
	Level   Level  `json:"level"`
	About   string `json:"about"` // "dashly account", "agents", "dashly automation"
	Message string `json:"message"`
}

// State is what the store remembers.
type State struct {
	AtWork      *Worker  `json:"at_work"`    // null: no run is
	Unfinished  bool     `json:"unfinished"` // no run is at work, and the last one was killed, or failed
	LastRun     *Past    `json:"last_run"`
	LastSuccess *Past    `json:"last_success"` // the newest run of sync or serve over all conversations that ended as done or parked
	LagS        *float64 `json:"lag_s"`        // age of the last success in seconds; null when there was none
	Pending     int      `json:"pending"`      // pairs
	Parked      int      `json:"parked"`
	Pairs       int      `json:"pairs"`
}

// Worker is a process that makes a run.
type Worker struct {
	Since   time.Time `json:"since"`
	Host    string    `json:"host"`
	Process int       `json:"process"`
}

// Past is a run of the history.
type Past struct {
	Run       string    `json:"run"`
	Command   string    `json:"command"`
	Status    Status    `json:"status"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at"`
	Error     *Failure  `json:"error"`
}

// Version tells which program this is.
type Version struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
}
