package intercom

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// open begins a conversation in the customer's name. The body is plain text by contract of the call.
// Whether the contact is a user or a lead is read first, because the call names it.
func (s *Sink) open(ctx context.Context, op sinks.Operation, act apiintercom.Act) (sinks.Result, error) {
	who, err := s.client.Contact(ctx, string(op.Author.ID))
	if err != nil {
		return sinks.Result{}, api.Elsewhere(err)
	}
	o, err := s.client.OpenConversation(ctx, apiintercom.Opening{Contact: string(who.ID), Lead: who.Role == "lead", Body: op.Body.Guarded(), CreatedAt: op.At}, act)
	if err != nil {
		return sinks.Result{}, unlessEarly(s.unlessFresh(err, who), op.At)
	}
	// The message's id may be that of the later source, but nobody says so: reading tells which entry it became.
	return sinks.Result{Conversation: mapping.ConversationID(o.Conversation)}, nil
}

// post writes a message or a note. Whether a contact's body is taken for text or for HTML is not documented: it is
// written so that it reads the same either way.
func (s *Sink) post(ctx context.Context, op sinks.Operation, act apiintercom.Act) (sinks.Result, error) {
	r := apiintercom.Reply{Note: op.Kind == sinks.PostNote, CreatedAt: op.At}
	if op.Author.Role == mapping.Customer {
		r.Contact, r.Body = string(op.Author.ID), op.Body.Guarded()
	} else {
		r.Admin, r.Body = string(op.Author.ID), op.Body.HTML()
		r.SkipNotifications = act.Reach == api.Silent && s.client.Since(15)
	}
	for _, f := range op.Files {
		r.Files = append(r.Files, apiintercom.File{Name: cmp.Or(f.Name, "file"), Type: cmp.Or(f.Type, "application/octet-stream"), Content: f.Content})
	}
	c, err := s.client.Reply(ctx, string(op.Conversation), r, act)
	if err != nil {
		return sinks.Result{}, unlessEarly(s.blame(ctx, op, err), op.At)
	}
	return sinks.Result{Entries: s.written(c, op)}, nil
}

// clockDoubt is by how much two desks' clocks may differ.
const clockDoubt = 5 * time.Minute

// unlessEarly looks at a refusal of what bears a time from a moment ago: that may lie in the future of a desk whose clock
// is behind, and what a desk makes of such a time is not documented (intercom-api.md 9.2). It is no refusal until the time
// is certainly past. One that lies further ahead is not waited for: the clock of its desk is wrong.
func unlessEarly(err error, at time.Time) error {
	e, ok := errors.AsType[*api.Error](err)
	if !ok || e.Class != api.Refused || e.Status != http.StatusBadRequest || at.IsZero() || time.Since(at).Abs() > clockDoubt {
		return err
	}
	later := *e
	later.Class = api.TryLater
	return &later
}

// written finds the part that a reply made in the answer, which may hold older parts and a bot's newer ones. What a
// human made, as far as the desk tells, is not claimed: reading tells. No part that fits, no claim.
func (s *Sink) written(c mapping.Conversation, op sinks.Operation) []mapping.EntryID {
	kind := mapping.Message
	if op.Kind == sinks.PostNote {
		kind = mapping.Note
	}
	words, text := mapping.Letters(op.Body.Words()), mapping.Letters(op.Body.Text())
	var newest mapping.EntryID
	var made mapping.Provenance
	unnamed := false // something that fits in every way bears no app's code
	for _, e := range c.Entries {
		took := kind == mapping.Message && e.Took()
		if e.Opening || e.Kind != kind && !took || e.Author.ID != op.Author.ID {
			continue
		}
		chosen := op.At.IsZero() || e.At.Unix() == op.At.Unix()
		justNow := c.DeskTime.Sub(e.At).Abs() <= 5*time.Second
		if !chosen && (e.Made != mapping.ByHuman || !justNow) {
			continue
		}
		got := mapping.Letters(e.Body.Words())
		if got != words && got != text || len(e.Files) < len(op.Files) {
			continue
		}
		if e.Made == mapping.ByHuman {
			unnamed = unnamed || justNow || !op.At.IsZero()
			continue
		}
		if newest == "" || later(e.ID, newest) {
			newest, made = e.ID, e.Made
		}
	}
	if made == mapping.ByAPI || newest == "" && unnamed {
		s.client.SawApp(made == mapping.ByAPI)
	}
	if newest == "" {
		return nil
	}
	return []mapping.EntryID{newest}
}

// later compares ids of parts, which grow with the time of their making, whatever time was chosen for them.
func later(a, b mapping.EntryID) bool {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(string(a), string(b))) > 0
}

// assignments are the events that an assignment may make, by the state before it (intercom-api.md 7.3).
var assignments = []string{"assignment", "assign_and_reopen", "assign_and_unsnooze"}

// manage changes state or assignment. There is never a body: it would be sent to the customer (intercom-api.md 10).
func (s *Sink) manage(ctx context.Context, op sinks.Operation, act apiintercom.Act) (sinks.Result, error) {
	m := apiintercom.Manage{AdminID: string(op.Author.ID)}
	var natives []string
	switch {
	case op.Kind == sinks.SetAssignee:
		m.MessageType, m.Type, m.AssigneeID = "assignment", "admin", cmp.Or(string(op.Assignee), "0")
		natives = assignments
	case op.Kind == sinks.SetTeam: // the other of two slots (intercom-api.md 9.3)
		m.MessageType, m.Type, m.AssigneeID = "assignment", "team", cmp.Or(op.Team, "0")
		natives = assignments
	case op.State == mapping.Open:
		m.MessageType = "open"
		natives = []string{"open", "unsnoozed"}
	case op.State == mapping.Closed:
		m.MessageType, m.Type = "close", "admin"
		natives = []string{"close"}
	case op.State == mapping.Snoozed:
		m.MessageType, m.SnoozedUntil = "snoozed", op.Until.Unix()
		natives = []string{"snoozed"}
	default:
		return sinks.Result{}, refused(op, "unknown_state", "no such state")
	}
	c, err := s.client.Manage(ctx, string(op.Conversation), m, act)
	if err != nil {
		return sinks.Result{}, s.blame(ctx, op, err)
	}
	return sinks.Result{Entries: s.changed(c, op, natives)}, nil
}

// changed finds the event that a change of state or assignment made. It is claimed only when the desk's clock tells that
// it was made just now and no other event of that kind was: a team and an agent are often assigned within a second. Where
// the desk does not name the app, nothing proves that it was a human's.
func (s *Sink) changed(c mapping.Conversation, op sinks.Operation, natives []string) []mapping.EntryID {
	another := func(e mapping.Entry) bool {
		team := e.Also == mapping.Team // or nobody
		return op.Kind == sinks.SetTeam && !team || op.Kind == sinks.SetAssignee && op.Assignee != "" && team
	}
	if c.DeskTime.IsZero() {
		return nil
	}
	var found []mapping.EntryID
	for _, e := range c.Entries {
		if e.Kind == mapping.Event && e.Author.ID == op.Author.ID && (e.Made != mapping.ByHuman || !s.client.NamesApp()) && slices.Contains(natives, e.Native) && !another(e) &&
			c.DeskTime.Sub(e.At) <= 5*time.Second {
			found = append(found, e.ID)
		}
	}
	if len(found) != 1 {
		return nil
	}
	return found
}
