package intercom

import (
	"net/http"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// Readings are the workspaces on which a source and a sink of Intercom are examined: the usual version as the documents
// are most plausibly read, the oldest and the newest one as oddly as they allow.
func Readings() []stage.Reading {
	return []stage.Reading{
		reading("2.15", func(*Knobs) {}),
		reading("2.7", func(k *Knobs) {
			k.PartOrder, k.Bounds, k.UnassignedZero, k.LastPage = "desc", "strict", true, "cursor"
			k.UntagAbsent, k.CloseClosedPart, k.TagExisting, k.SharedEmails = "not_found", true, "refuse", false
		}),
		reading("2.16", func(k *Knobs) {
			k.PartOrder, k.IndexDelay = "id", stage.Duration(30*time.Second)
			k.MergedConversations, k.DeliveredAs = "old", "automated"
			k.ContactHTML, k.FreshContactDelay = true, stage.Duration(5*time.Second)
		}),
	}
}

func reading(version string, change func(*Knobs)) stage.Reading {
	return stage.Reading{Name: version, Version: version, Desk: func() *stage.Front {
		k := DefaultKnobs()
		k.ContactAttributes = []string{"plan:string", "seats:integer", "trial:boolean", "renewal:date"}
		change(&k)
		return New(Options{Knobs: &k}).Front
	}}
}

func (d *Desk) facts() stage.Facts {
	h := d.People()
	return stage.Facts{
		Agents:  [2]string{Jane, Tom},
		Teams:   [2]string{Support, Sales},
		Move:    func(conversation, team string) { h.AssignWith(conversation, Jane, "team", team, "") },
		Missing: "4711",
		Page:    150,
		Lag: func() time.Duration {
			h.enter()
			defer d.mu.Unlock()
			return time.Duration(d.knobs.IndexDelay)
		},
		Updated: func(conversation string) time.Time {
			now := h.enter()
			defer d.mu.Unlock()
			return h.conv(conversation, now).updated
		},
		Customers: func() int {
			now := h.enter()
			defer d.mu.Unlock()
			return len((&call{d: d, at: now}).alive(0))
		},
		Merge: h.MergeContacts,
		Writes: func(r *http.Request) bool {
			return r.Method != http.MethodGet && strings.HasPrefix(r.URL.Path, "/conversations") && !strings.HasSuffix(r.URL.Path, "/search")
		},
	}
}
