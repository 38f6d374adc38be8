// Package report is what a run tells at its end: the final JSON object and its rendering for people.
package report

import (
	"time"

	"github.com/deskbridge/deskbridge/mapping"
)

// Schema is the version of the final JSON object. It changes only with a breaking change of its fields.
const Schema = 1

// Status is the outcome of a command in one word.
type Status string

const (
	Done        Status = "done"
	Parked      Status = "parked"
	Incomplete  Status = "incomplete"
	Differences Status = "differences"
	Failed      Status = "failed"
	Config      Status = "config"
	Locked      Status = "locked"
	Stopped     Status = "stopped"
)

// Report is the final JSON object of every command.
type Report struct {
	Schema     int                   `json:"schema"`
	Run        string                `json:"run"`
	Command    string                `json:"command"`
	Bounded    bool                  `json:"bounded,omitempty"` // only some conversations were asked for
	Status     Status                `json:"status"`
	ExitCode   int                   `json:"exit_code"`
	StartedAt  time.Time             `json:"started_at"`
	DurationS  float64               `json:"duration_s"`
	Error      *Failure              `json:"error"`
	Directions map[string]*Direction `json:"directions"`
	APICalls   map[string]*Calls     `json:"api_calls"`
	Visible    Visible               `json:"customer_visible_writes"`

	Operations []Operation  `json:"operations,omitzero"` // of plan: what sync would write
	Passes     []Pass       `json:"passes,omitempty"`    // of demo
	Parked     []ParkedPair `json:"parked,omitzero"`     // of parked: the pairs that it is about
	Findings   []Finding    `json:"findings,omitempty"`  // of check
	State      *State       `json:"state,omitempty"`     // of status
	Version    *Version     `json:"version,omitempty"`   // of version
	Mapping    any          `json:"mapping,omitempty"`   // of mapping: its directions

	Explanation *Explanation `json:"explanation,omitempty"` // of explain
}

// Failure says what went wrong, where, and what to do.
type Failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Where   string `json:"where"`
}

// Direction accounts for everything that was read on one desk to be carried to the other.
type Direction struct {
	Conversations int                  `json:"conversations"`
	Entries       Entries              `json:"entries"`
	SkippedBy     map[string]int       `json:"skipped_by"`
	ParkedBy      map[string]int       `json:"parked_by"`
	Losses        map[mapping.Loss]int `json:"losses"`
	Conflicts     int                  `json:"conflicts"`
}

// Entries counts entries by what became of them. Read is the sum of all but Written.
type Entries struct {
	Read     int `json:"read"`
	Mirrored int `json:"mirrored"`
	Folded   int `json:"folded"`
	Covered  int `json:"covered"`
	Skipped  int `json:"skipped"`
	Parked   int `json:"parked"`
	Pending  int `json:"pending"`
	Written  int `json:"written"`
}

// Balanced reports whether every entry read is accounted for.
func (e Entries) Balanced() bool {
	return e.Read == e.Mirrored+e.Folded+e.Covered+e.Skipped+e.Parked+e.Pending
}

// Calls counts the API calls of one desk.
type Calls struct {
	Read      int `json:"read"`
	Write     int `json:"write"`
	Throttled int `json:"throttled"`
}

// Visible counts calls of the class delivered.
type Visible struct {
	Live    int `json:"live"`
	History int `json:"history"`
}
