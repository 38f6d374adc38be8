package report

import (
	"time"

	"github.com/deskbridge/deskbridge/mapping"
)

// Explanation is one pair of conversations as both desks show it at this moment, entry by entry, with what becomes of each
// entry and why.
type Explanation struct {
	Pair string `json:"pair"` // "desk:id" of the conversation that it began with
	Home string `json:"home"` // the desk where the customer is answered now
	// Waiting is why the pair stands on the agenda; nil when it does not.
	Waiting *Waiting `json:"waiting,omitempty"`
	// Ended is why this look ended before it knew what is left to write; nil when it does know.
	Ended *Waiting        `json:"ended,omitempty"`
	Sides []ExplainedSide `json:"sides"` // both desks, in the order of the directions
	Rows  []ExplainedRow  `json:"rows"`  // by real time: what a desk's clock is off is taken out
}

// Waiting is a reason to look again.
type Waiting struct {
	Parked  bool      `json:"parked"` // set aside; else pending
	Reason  string    `json:"reason"`
	Detail  string    `json:"detail,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	RetryAt time.Time `json:"retry_at,omitzero"`
	Tries   int       `json:"tries,omitempty"`
}

// ExplainedSide is the conversation of one desk as a whole.
type ExplainedSide struct {
	Desk         string    `json:"desk"`
	Conversation string    `json:"conversation,omitempty"` // empty while there is none
	Began        bool      `json:"began"`                  // the thread began here
	Read         bool      `json:"read"`                   // the desk showed it
	Unread       *Waiting  `json:"unread,omitempty"`       // why it could not be read
	Gone         bool      `json:"gone,omitempty"`         // it was deleted
	URL          string    `json:"url,omitempty"`
	Customer     string    `json:"customer,omitempty"`
	State        string    `json:"state,omitempty"`
	Until        time.Time `json:"until,omitzero"` // end of a snooze
	Assignee     string    `json:"assignee,omitempty"`
	Team         string    `json:"team,omitempty"` // id of the team or channel
	Tags         []string  `json:"tags,omitempty"`
	Title        string    `json:"title,omitempty"`
	NotGiven     []string  `json:"not_given,omitempty"` // fields (status, assignee, team, tags, title) whose present value the other desk could not be given
	// Truncated counts entries that exist and cannot be read.
	Truncated int `json:"truncated,omitempty"`
	// UnverifiableBefore is the time before which nobody can tell whether a copy stands here; zero when all can be read.
	UnverifiableBefore time.Time `json:"unverifiable_before,omitzero"`
	// Entries counts the native entries as the report does; nil when this desk's entries are not carried.
	Entries *Entries `json:"entries,omitempty"`
}

// ExplainedRow is one entry. What the bridge wrote is a row of its own only if it is the twin of no entry that can be
// read: then Bridge tells what it is, and there is no fate.
type ExplainedRow struct {
	ShownEntry
	Bridge string `json:"bridge,omitempty"`
	// Fate is the bucket of the report: mirrored, folded, covered, skipped, parked or pending. FateNotSent is in none.
	Fate string `json:"fate,omitempty"`
	// Rule is why: of a skipped or covered entry, the rule; of one that waits, the reason; else the kind of the write,
	// as in sinks.Kind, "stub" for an entry that the desk refused, "transcript" for a line of a note, "activity" for one of a note about activities.
	Rule   string         `json:"rule,omitempty"`
	As     string         `json:"as,omitempty"`    // in whose role it is, or would be, written
	Class  string         `json:"class,omitempty"` // whom the write can reach, as in sinks.Class
	Losses []mapping.Loss `json:"losses,omitempty"`
	// Historic entries are older than sync.start.
	Historic bool         `json:"historic,omitempty"`
	Home     string       `json:"home,omitempty"`  // the desk where the customer was answered at that point
	Twins    []ShownEntry `json:"twins,omitempty"` // on the other desk, one a part; of a folded entry, the note without its text
}

// FateNotSent is the fate of an entry without a twin whose direction is switched off.
const FateNotSent = "not_sent"

// ShownEntry is an entry as its desk shows it.
type ShownEntry struct {
	Desk    string    `json:"desk"`
	Entry   string    `json:"entry"`             // "?": the desk did not tell the id
	Missing bool      `json:"missing,omitempty"` // the desk does not show it now; the rest is empty then
	Native  string    `json:"native,omitempty"`  // the desk's own name of the kind
	Kind    string    `json:"kind,omitempty"`    // message: the customer can see it; note: the team; event: a change
	Author  ShownBy   `json:"author,omitzero"`
	At      time.Time `json:"at,omitzero"` // by the desk's clock
	Text    string    `json:"text,omitempty"`
	Files   []string  `json:"files,omitempty"`
	Removed bool      `json:"removed,omitempty"` // the desk has taken the content away
}

// ShownBy is who wrote an entry.
type ShownBy struct {
	Role string `json:"role"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}
