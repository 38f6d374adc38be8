package engine

import (
	"slices"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
)

// homes gives, for each native entry of side i, the side on which the customer is answered at that point: that of the
// customer's latest own message before it, at first the side where the thread began. In doubt it does not move.
func (s *scene) homes(i int) map[mapping.EntryID]int {
	home := s.origin()
	out := map[mapping.EntryID]int{}
	if s.opts.Home != "auto" && s.opts.Home != "" {
		fixed := s.index(mapping.Desk(s.opts.Home))
		for _, e := range s.natives(i) {
			out[e.ID] = fixed
		}
		return out
	}
	type spoken struct {
		at   time.Time
		side int
	}
	var other []spoken
	for _, e := range s.natives(1 - i) {
		if ownWords(e) && s.current(1-i, e) && !s.sides[1-i].merged[e.ID] {
			other = append(other, spoken{at: e.At.Add(-s.sides[1-i].skew), side: 1 - i})
		}
	}
	slices.SortStableFunc(other, func(a, b spoken) int { return a.at.Compare(b.at) })
	n := 0
	for _, e := range s.natives(i) {
		at := e.At.Add(-s.sides[i].skew)
		for n < len(other) && other[n].at.Before(at) {
			home = other[n].side
			n++
		}
		out[e.ID] = home
		if ownWords(e) && s.current(i, e) && !s.sides[i].merged[e.ID] {
			home = i
		}
	}
	return out
}

// ownWords reports whether an entry is the customer speaking.
func ownWords(e mapping.Entry) bool {
	return e.Kind == mapping.Message && !e.Doubt && e.Author.Role == mapping.Customer
}
