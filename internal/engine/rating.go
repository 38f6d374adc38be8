package engine

import (
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// rating carries the newest rating to a desk that has a place for one. It leads in one direction only: no call of any desk
// rates in the customer's name. What somebody writes into that place stays until the customer rates anew; a rating that
// is not shown was not taken back.
func (m merger) rating() {
	for i, v := range m.sides {
		if v.features.Rating != mapping.Full {
			continue
		}
		rated, base := m.sides[1-i].conv.Rating, m.baseOf(1-i)
		m.plan.base[i].Rating = v.conv.Rating
		if m.plan.base[1-i].Rating = rated; rated == "" {
			if base != nil {
				m.plan.base[1-i].Rating = base.Rating
			}
			continue
		}
		if v.conv.Rating != rated && (base == nil || base.Rating != rated) {
			m.want(i, sinks.Operation{Kind: sinks.SetRating, Rating: rated}, false)
		}
	}
}
