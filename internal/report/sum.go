package report

import (
	"maps"

	"github.com/deskbridge/deskbridge/mapping"
)

// Merge makes one report of two passes, an earlier and a later one, over the same desks: counts of calls, losses and
// twins made are added up. The buckets of entries hold the state at the end, so those of the later pass stand for the
// conversations that it read; that is known per pass only, so the entries are added up too: each pass balances, hence
// their sum does.
func (r *Report) Merge(later Report) {
	if r.Directions == nil {
		r.Directions = map[string]*Direction{}
	}
	for name, d := range later.Directions {
		sum := r.Directions[name]
		if sum == nil {
			sum = newDirection()
			r.Directions[name] = sum
		}
		sum.Conversations += d.Conversations
		sum.Conflicts += d.Conflicts
		sum.Entries.add(d.Entries)
		addCounts(sum.SkippedBy, d.SkippedBy)
		addCounts(sum.ParkedBy, d.ParkedBy)
		addCounts(sum.Losses, d.Losses)
	}
	if r.APICalls == nil {
		r.APICalls = map[string]*Calls{}
	}
	for desk, c := range later.APICalls {
		sum := r.APICalls[desk]
		if sum == nil {
			sum = &Calls{}
			r.APICalls[desk] = sum
		}
		sum.Read += c.Read
		sum.Write += c.Write
		sum.Throttled += c.Throttled
	}
	r.Visible.Live += later.Visible.Live
	r.Visible.History += later.Visible.History
}

func newDirection() *Direction {
	return &Direction{SkippedBy: map[string]int{}, ParkedBy: map[string]int{}, Losses: map[mapping.Loss]int{}}
}

func (e *Entries) add(o Entries) {
	e.Read += o.Read
	e.Mirrored += o.Mirrored
	e.Folded += o.Folded
	e.Covered += o.Covered
	e.Skipped += o.Skipped
	e.Parked += o.Parked
	e.Pending += o.Pending
	e.Written += o.Written
}

func addCounts[K comparable](sum, more map[K]int) {
	for k, n := range more {
		sum[k] += n
	}
}

// whole returns the report with empty maps in place of missing ones, so that its JSON has the same shape always.
func (r Report) whole() Report {
	directions := make(map[string]*Direction, len(r.Directions))
	for name, d := range r.Directions {
		full := newDirection()
		if d != nil {
			full.Conversations, full.Entries, full.Conflicts = d.Conversations, d.Entries, d.Conflicts
			maps.Copy(full.SkippedBy, d.SkippedBy)
			maps.Copy(full.ParkedBy, d.ParkedBy)
			maps.Copy(full.Losses, d.Losses)
		}
		directions[name] = full
	}
	r.Directions = directions
	if r.APICalls == nil {
		r.APICalls = map[string]*Calls{}
	}
	if r.Schema == 0 {
		r.Schema = Schema
	}
	passes := make([]Pass, len(r.Passes))
	for i, p := range r.Passes {
		passes[i] = Pass{Name: p.Name, Report: p.whole()}
	}
	r.Passes = passes
	return r
}
