// Package sinks is the writing contract: what the engine asks of a desk that it writes conversations to.
package sinks

import (
	"context"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
)

// Kind is what an operation does.
type Kind string

const (
	OpenConversation Kind = "open"     // open a conversation with the customer's own message
	PostMessage      Kind = "message"  // a customer's or an agent's message
	PostNote         Kind = "note"     // an internal note
	SetState         Kind = "state"    // open, close, snooze
	SetAssignee      Kind = "assignee" // empty assignee: take the assignment away
	AddTag           Kind = "add_tag"
	RemoveTag        Kind = "remove_tag"
	SetTitle         Kind = "title"
	// SetTeam gives the conversation to a team; empty team: take it away. It is one write beside the agent's assignment, and
	// may do what that does: open what is closed, wake automation. A sink whose Team is not Full refuses it.
	SetTeam Kind = "team"
	// SetRating writes the customer's rating into the attribute that is configured for it. A sink whose Rating is not Full
	// refuses it.
	SetRating Kind = "rating"
	// SetBacklink writes where the copy of the conversation is into the attribute that is configured for it. A sink whose
	// Backlink is not Full refuses it.
	SetBacklink Kind = "backlink"
	// RecordEvent records a dated event of the customer (Author), outside of every conversation: At is its time, Title
	// its name, Body its text. A sink whose Events is not Full refuses it. It looks for an event with the same ID first,
	// so that repeating it makes no second one.
	RecordEvent Kind = "event"
)

// Class is whom a call can reach. The api client enforces it; an operation states it so that a plan can show it.
type Class string

const (
	Silent    Class = "silent"    // cannot reach a customer
	Quiet     Class = "quiet"     // addresses nobody, but the desk's automation may speak
	Delivered Class = "delivered" // reaches the customer
)

// Operation is one write. It is complete: a sink needs no memory to do it.
type Operation struct {
	ID           string // the marker, unique to this piece of work and stable over repetitions
	Kind         Kind
	Class        Class
	Historic     bool                   // older than the configured start; never Delivered
	Conversation mapping.ConversationID // empty for OpenConversation
	Author       mapping.Person         // the customer, or the agent who acts; ids of this desk
	Body         mapping.Body
	Files        []Upload
	At           time.Time // the chosen time; a sink whose ChosenTime is Dropped ignores it
	State        mapping.State
	Until        time.Time
	Assignee     mapping.PersonID
	Team         string
	Tag          string
	Title        string
	Rating       string
	Backlink     string
}

// Upload is a file that travels with an operation.
type Upload struct {
	Name, Type string
	Content    []byte
}

// Result is what a finished operation tells. Every field may be empty: what a desk does not say is found by reading.
type Result struct {
	Conversation mapping.ConversationID // of OpenConversation
	Entries      []mapping.EntryID      // what the operation made, system entries included
}

// Found is what a desk has of a customer.
type Found struct {
	// Contact is the counterpart; its ID is empty when there is none, or when more than one could be meant.
	Contact mapping.Contact
	// Conversations of the counterpart, newest first. A fresh one may be missing until settle has passed.
	Conversations []mapping.Ref
	// Lost tells that the bridge once made a contact for the customer who was merged into another whom the desk does not
	// name: what was opened in that one's name is not among Conversations.
	Lost bool
}

// Sink writes one desk. Errors are *api.Error; their class says whether the write may have happened.
type Sink interface {
	// Desk names the desk.
	Desk() mapping.Desk

	// Features tells what this desk can do in the configured API version. It never changes during a run.
	Features() mapping.Features

	// Find looks for the counterpart of another desk's customer by the safe rules (own id first, then an address that
	// exactly one identified contact has), and for that counterpart's conversations. It writes nothing and creates
	// nothing.
	Find(ctx context.Context, from mapping.Desk, c mapping.Contact) (Found, error)

	// Ensure is Find, and creates the counterpart when there is none. It may be repeated and run twice at once: the
	// natural key of the contact makes it one. It never overwrites what is there, and never with blanks. It is AuthorMoved
	// where it learns of somebody whose conversations Find has not shown: both are asked again.
	Ensure(ctx context.Context, from mapping.Desk, c mapping.Contact) (mapping.Contact, error)

	// Fill gives a contact the name and the custom properties of the other desk's customer, each only where there is none:
	// what somebody else sets between its read and its write stays only where the desk has a call that never overwrites. It
	// sets no address, and for a customer who is not identified it fills contacts that Ensure made only: what a visitor says
	// of themselves is not said of somebody with the same address. It may be repeated. unheld counts the properties that the
	// desk does not take. It costs a read, and one write when something is missing; where the desk refuses all of them at
	// once, one write each.
	Fill(ctx context.Context, contact mapping.PersonID, of mapping.Contact, values []mapping.PropertyValue) (unheld int, err error)

	// Conversations are those of one contact of this desk, newest first. One who is gone has none.
	Conversations(ctx context.Context, contact mapping.PersonID) ([]mapping.Ref, error)

	// BegunAt gives the conversations, of whomever, that began in exactly one of these seconds; of more than 15 seconds
	// only the first count. It is asked where a customer's conversations do not show a copy that a lost memory may have
	// made, because the customer was merged since. A sink whose FindByTime is not Full gives all that began in the first
	// of them or later, by a walk through its list.
	BegunAt(ctx context.Context, at []time.Time) ([]mapping.Ref, error)

	// Do does one operation with exactly one write call. It never repeats a call that may have happened. Changing a
	// field to the value that it has already is a success. What is Refused because of the customer in whose name it
	// was to be is AuthorMoved when they are somebody else by now (they were merged: read again, and ask Ensure again
	// for an opening), or AuthorGone when nobody can speak as them. What is Denied is AuthorGone where it may be because of
	// the customer, and nothing tells that it is.
	Do(ctx context.Context, op Operation) (Result, error)
}
