package engine

import (
	"cmp"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// backlink names the copy in its original, where that desk has a place for it: by the copy's address if the configuration
// tells one, else by its desk and id. It is written once for each copy: what somebody writes into that place stays, and so does
// what stands there when nothing is remembered.
func (m merger) backlink() {
	i := m.origin()
	v, copied := m.sides[i], m.sides[1-i]
	if v.features.Backlink != mapping.Full {
		return
	}
	base := m.baseOf(i)
	if !copied.side.Send { // nothing is carried to this desk
		if base != nil {
			m.plan.base[i].Backlink = base.Backlink
		}
		return
	}
	link := cmp.Or(copied.url(), copied.conv.String())
	m.plan.base[i].Backlink = link
	if v.conv.Backlink != link && (base == nil && v.conv.Backlink == "" || base != nil && base.Backlink != link) {
		m.want(i, sinks.Operation{Kind: sinks.SetBacklink, Backlink: link}, false)
	}
}
