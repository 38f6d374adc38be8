package engine

import (
	"slices"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// Circumstances are what, beside an entry itself, decides how it is carried into a conversation that stands on both
// desks.
type Circumstances struct {
	From, To mapping.Desk
	Features mapping.Features // of To
	// History is how To receives history: native, transcript, events or none. Native needs automation that is switched
	// off, which is taken for granted.
	History  string
	Historic bool         // the entry is older than sync.start
	Home     mapping.Desk // where the customer is at home
	Unmapped bool         // the author has no counterpart on To
}

// Carriage is what the rules make of an entry.
type Carriage struct {
	// Rule names why nothing is written: the rule by which the entry is skipped, or "covered by FIELD"; empty when
	// something is written.
	Rule   string
	Kind   sinks.Kind
	Class  sinks.Class
	Author mapping.Role // in whose role it is written
	// Folded: it becomes a line of a transcript, or with Acts of an activity note.
	Folded, Acts bool
	Losses       []mapping.Loss
}

// Carry plans an entry by the rules of a pass, without a desk and without a store: the same entry in the same
// circumstances gives the same carriage. The entry's time is set as the circumstances need it.
func Carry(c Circumstances, e mapping.Entry) Carriage {
	const agent, contact = "agent", "contact"
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	start := now.Add(-time.Hour)
	at := now.Add(-time.Minute)
	if c.Historic {
		at = start.Add(-time.Hour)
	}
	e.ID, e.At, e.Opening = "2", at, false
	if e.Author.Role == mapping.Agent {
		e.Author.ID = agent
	}
	c.Features.Rating, c.Features.Backlink = mapping.Dropped, mapping.Dropped // as long as nobody names an attribute
	opts := &Options{Name: "main", Start: start, HistoryAll: true, AutomationOff: true, Home: string(c.Home), MaxAge: 24 * time.Hour, ReachableOnBoth: "deliver"}
	if !c.Unmapped {
		opts.AgentMap = []map[mapping.Desk]mapping.PersonID{{c.From: agent, c.To: agent}}
	}
	opts.Sides = [2]Side{{Send: true}, {Send: true, History: c.History, Fallback: "fallback"}}
	from, to := mapping.Ref{Desk: c.From, ID: "1"}, mapping.Ref{Desk: c.To, ID: "1"}
	opening := mapping.Entry{ID: "1", Kind: mapping.Message, Author: mapping.Person{Role: mapping.Customer}, At: at.Add(-time.Minute), Body: mapping.PlainBody("Hello"), Opening: true}
	ledger, _ := state.ReadLedger(state.PairOf(from), nil) // nothing cannot be misread
	ledger.SetMeta(state.Meta{Origin: from, Twin: to, Linked: true, Opened: opening.ID, Since: start.Add(-24 * time.Hour)})
	ledger.SetEntry(state.EntryKey{Desk: c.From, ID: opening.ID}, state.EntryRecord{Outcome: state.Mirrored, Twins: []mapping.EntryID{"1"}})
	s := scene{opts: opts, people: NewPeople(opts.AgentMap), ledger: ledger, now: now, sides: [2]sideView{
		{side: &opts.Sides[0], desk: c.From, conv: &mapping.Conversation{Ref: from, Customer: mapping.Contact{ID: contact}, Entries: []mapping.Entry{opening, e}}},
		{side: &opts.Sides[1], desk: c.To, features: c.Features, conv: &mapping.Conversation{Ref: to, Customer: mapping.Contact{ID: contact}}},
	}}
	plan := s.planEntries(0, 1)
	switch f := plan.fates[1]; f.bucket {
	case fateSkipped:
		return Carriage{Rule: f.rule, Losses: e.Losses}
	case fateCovered:
		return s.covered(0, e)
	}
	if c, ok := carriageIn(plan.drafts, e, c.Features); ok {
		return c
	}
	return Carriage{Rule: "not planned"}
}

// carriageIn gives how the planned writes carry an entry to a desk of some features.
func carriageIn(drafts []draft, e mapping.Entry, to mapping.Features) (Carriage, bool) {
	for _, d := range slices.Backward(drafts) { // the last part has the losses
		if !slices.Contains(d.entries, e.ID) {
			continue
		}
		c := Carriage{Kind: d.op.Kind, Class: d.op.Class, Author: d.op.Author.Role, Folded: d.fold, Acts: d.acts, Losses: d.losses}
		if d.fold { // whose losses are those of all that it holds
			c.Losses = foldedLosses(e, to)
		}
		return c, true
	}
	return Carriage{}, false
}
