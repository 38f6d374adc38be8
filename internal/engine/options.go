// Package engine keeps two desks in step: it polls, adopts, reconciles, plans, writes and records, one pair of
// conversations at a time and many pairs at once. It knows contracts only, never a desk's or a store's package.
package engine

import (
	"time"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/sources"
)

// Side is one desk as the engine sees it.
type Side struct {
	Source sources.Source
	Sink   sinks.Sink
	Settle time.Duration // a call takes effect within this time or never
	// Send tells whether entries of this desk are carried to the other one.
	Send bool
	// History is how this desk receives history: "native", "transcript", "events" or "none".
	History string
	// Fallback is the agent of this desk in whose name is written what has no counterpart here.
	Fallback mapping.PersonID
	// Link is the address of a conversation in the desk's own panel, with "{id}" where its id stands; empty: unknown.
	Link string
	// Calls and visible writes so far; read when a report is made.
	Meter Meter
}

// Meter counts what an api client did. The counts only grow.
type Meter interface {
	Count() Meters
}

// Meters are the counts of one desk.
type Meters struct {
	Read, Write, Throttled      int
	VisibleLive, VisibleHistory int
}

// Options are the rules of one pair of desks.
type Options struct {
	Name  string // pair id: part of every marker, token and key
	Sides [2]Side
	Lease time.Duration
	Start time.Time // entries older than this are history
	// HistoryAll and HistorySince tell how far back is looked; neither set means not before Start.
	HistoryAll    bool
	HistorySince  time.Time
	AutomationOff bool
	Home          string // "auto" or a desk
	MaxAge        time.Duration
	// ReachableOnBoth is "deliver" or "note".
	ReachableOnBoth string
	// AgentMap lists agents that are the same person, by desk.
	AgentMap []map[mapping.Desk]mapping.PersonID
	// TeamMap lists teams and channels that stand for each other, by desk; empty: they are not carried.
	TeamMap   []map[mapping.Desk]string
	Conflicts map[mapping.Field]string // "newest", "merge" or a desk
	Filters   Filters                  // which conversations are carried
	Tags      TagRules                 // under which names tags are carried
	States    StateRules               // what a state becomes on the other desk
	// Kinds tells what becomes of the entries of a desk by their native kinds; a kind that is not named becomes what it is.
	Kinds map[mapping.Desk]map[string]mapping.Choice
	// Texts lead the internal notes of the bridge; an empty one is its default.
	Texts mapping.Texts
	// Properties of customers that both desks know; they are carried where the other desk has none.
	Properties []mapping.Property
	// Conversations at once.
	Workers int
}

// MostWorkers is how many conversations can be worked on at once when a desk takes one call after another, so many a second: each
// call then waits for those of all others, and a write that waits too long after its promise, or after its conversation was read,
// does not leave. Half of that time is left for the call itself. It is 1 at least: the configuration refuses what one cannot keep.
func MostWorkers(perSecond float64, settle time.Duration) int {
	turn := min(freshFor+freshFor/2, settle/4) / 2
	return max(1, int(perSecond*turn.Seconds()))
}

// Request is one pass.
type Request struct {
	Command       string
	From          mapping.Desk // only this desk's conversations, by Window instead of the cursor; empty: every enabled direction
	Window        *sources.Window
	Conversations []mapping.Ref // only these
	MaxWrites     int           // stop after this many write calls; 0: no bound
	DryRun        bool
	Sweep         bool
	// Rebuild forgets all pairs, looks at every conversation of Window and recognises what stands; nothing is written to
	// a desk. With DryRun the store is left as it is, and the report tells what would be recognised.
	Rebuild bool
	// Explain, with DryRun and one conversation, puts into the report what becomes of each of its entries, and why.
	Explain bool
}

// bounded reports whether the pass is about some conversations only.
func (q Request) bounded() bool {
	return len(q.Conversations) > 0 || q.Window != nil || q.From != ""
}
