package intercom

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/deskbridge/deskbridge/internal/api"
	wire "github.com/deskbridge/deskbridge/mapping/intercom"
)

// heirs are contacts who were merged into others, as far as the desk has told in this process.
type heirs struct {
	mu   sync.Mutex
	into map[string]string
}

func (h *heirs) of(id string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.into[id]
}

func (h *heirs) learn(ids []string, into string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.into == nil || len(h.into) >= maxHeirs {
		h.into = map[string]string{}
	}
	for _, id := range ids {
		h.into[id] = into
	}
}

const (
	maxHeirs  = 20000
	mergeHops = 10 // the desk itself resolves three (intercom-api.md 11)
)

// Heir is the contact into whom another was merged, as far as a call of this client has shown; empty when none has.
func (c *Client) Heir(id string) string { return c.heirs.of(id) }

// Contact reads one contact, and follows one who was merged to the one who is left (intercom-api.md 11), over ten steps
// at most. A merged one whose heir the desk does not name is Refused with NotFound, and so is one that leads in a circle
// or further than that, with the code merge_loop.
func (c *Client) Contact(ctx context.Context, id string) (wire.Contact, error) {
	var passed []string
	for {
		var out wire.Contact
		call := read("get contact", id, "/contacts/"+seg(id))
		a, err := c.call(ctx, call, nil, &out)
		if err == nil && out.ID == "" {
			err = c.t.Unusable(call, errors.New("contact without an id"))
		}
		if err == nil {
			out.DeskTime = a.Time
		}
		next := heirIn(err)
		if next == "" {
			if err == nil && string(out.ID) != id { // the desk answers with the heir itself
				passed = append(passed, id)
			}
			if err == nil && len(passed) > 0 {
				c.heirs.learn(passed, string(out.ID))
			}
			return out, err
		}
		passed = append(passed, id)
		if slices.Contains(passed, next) || len(passed) > mergeHops {
			return out, &api.Error{Class: api.Refused, Desk: string(wire.Desk), Call: call.Name, Ref: passed[0], Code: "merge_loop", NotFound: true,
				Reason: "merged contacts lead to each other and to nobody who is left"}
		}
		id = next
	}
}

// IsMerged reports whether the desk said that a contact was merged into another.
func IsMerged(err error) bool {
	e, ok := errors.AsType[*api.Error](err)
	return ok && (e.Code == "contact_merged" || e.Code == "merge_loop")
}

// heirIn is the contact whom an answer about a merged one names; empty when it is another answer, or names nobody.
func heirIn(err error) string {
	if e, ok := errors.AsType[*api.Error](err); ok && e.Code == "contact_merged" {
		return contactIn(e.Reason)
	}
	return ""
}
