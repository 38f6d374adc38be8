package stage

import (
	"net/http"
	"time"
)

// Reading is one way to read what the documents of a desk leave open: a stand-in desk that behaves so. The exams of the
// desk's source and of its sink are held on each of the desk's readings.
type Reading struct {
	Name string
	// Version of the API that a client of the desk asks for; empty where there is but one.
	Version string
	// Desk makes an empty desk on the clock of the world. It accepts every token.
	Desk func() *Front
}

// Facts are what an exam must know of a stand-in desk and cannot see through its API. What depends on knobs follows the
// present ones.
type Facts struct {
	// Agents are the ids of two people who work at the desk.
	Agents [2]string
	// Teams are the ids of two teams or channels; Move gives a conversation to one by hand, an empty id takes it away.
	Teams [2]string
	Move  func(conversation, team string)
	// Missing is the id of a conversation that never existed, spelled as the desk spells ids.
	Missing string
	// Page is how many conversations one call lists at most.
	Page int
	// Lag is how long the lists of conversations are behind the desk.
	Lag func() time.Duration
	// Updated is what the desk has for the time of a conversation's last update: some changes do not move it. An unknown
	// id is a mistake of the test and panics.
	Updated func(conversation string) time.Time
	// Customers counts the people who are no agents.
	Customers func() int
	// Merge makes one customer another, as people or the desk itself do it.
	Merge func(from, into string)
	// Writes tells whether a call changes a conversation or leaves an event. What prepares that and may be repeated at
	// will (a contact, a tag of the account) does not.
	Writes func(r *http.Request) bool
}
