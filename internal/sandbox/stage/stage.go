// Package stage is what both stand-in desks share: people who act, the neutral picture of a desk, the log and the faults.
package stage

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Who did something: people and automation of the desk itself, or a client of its HTTP API.
const (
	ByDesk   = "desk"
	ByBridge = "bridge"
)

// Sides of a conversation, as Entry.Side names them.
const (
	SideCustomer = "customer"
	SideTeam     = "team"
	SideBot      = "bot"
	SideSystem   = "system"
)

// Upload is a file that somebody attaches. An empty Type is guessed from the name.
type Upload struct {
	Name    string `json:"name"`
	Type    string `json:"type,omitempty"`
	Content []byte `json:"content"`
	// Inline: it is an image that is pasted into the text, where the next ImagePlace is, or at the end. At a desk that has
	// no such images it is attached.
	Inline bool `json:"inline,omitempty"`
}

// ImagePlace stands in a text for an image that is pasted there.
const ImagePlace = "\U0001F5BC"

// Customer describes a person who writes to the site.
type Customer struct {
	Own       string `json:"own,omitempty"` // the site owner's own id (Dashly user_id, Intercom external_id); empty: anonymous
	Name      string `json:"name,omitempty"`
	Email     string `json:"email,omitempty"`
	Phone     string `json:"phone,omitempty"`
	Confirmed bool   `json:"confirmed,omitempty"` // the e-mail address is confirmed
}

// Agent is a member of the team. An empty ID is chosen by the desk.
type Agent struct {
	ID    string
	Name  string
	Email string // Dashly shows it as name_internal only
	Bot   bool
}

// Human is everything that people (and a desk's own automation) do at a desk, without the API. Conversations, entries,
// customers and agents are named by the desk's ids. An unknown id is a mistake of the test and panics.
type Human interface {
	// Customer makes sure that the person exists and returns the desk's id. The same Own gives the same person; without
	// Own every call makes a new one.
	Customer(c Customer) string
	// Open begins a conversation with the customer's message.
	Open(customer, text string, files ...Upload) (conversation, entry string)
	// Write is the customer's next message.
	Write(conversation, text string, files ...Upload) (entry string)
	Reply(conversation, agent, text string, files ...Upload) (entry string)
	Note(conversation, agent, text string, files ...Upload) (entry string)
	// Assign gives the conversation to an agent; an empty to takes the assignment away.
	Assign(conversation, agent, to string)
	Close(conversation, agent string)
	Reopen(conversation, agent string)
	Snooze(conversation, agent string, until time.Time)
	Tag(conversation, agent, tag string)
	Untag(conversation, agent, tag string)
	// Title does nothing on a desk without titles.
	Title(conversation, agent, title string)
	// Bot is a line of the desk's bot that the customer sees.
	Bot(conversation, text string) (entry string)
	// Vote is the customer's rating, 1 to 5.
	Vote(conversation string, vote int, remark string)
	// Campaign begins a conversation with an automatic message to the customer.
	Campaign(customer, text string) (conversation string)
	// Erase takes the content of an entry away (redaction, erasure).
	Erase(conversation, entry string)
	// Delete removes the whole conversation.
	Delete(conversation string)
}

// Thread is one conversation in a picture that both desks share. Threads and entries come in a stable order.
type Thread struct {
	ID       string   `json:"id"`
	Customer string   `json:"customer"` // the own id of the person, or the desk's id of one who has none
	State    string   `json:"state"`    // open, closed or snoozed
	Assignee string   `json:"assignee"` // the desk's id of the agent
	Agent    string   `json:"agent"`    // the assignee's name
	Team     string   `json:"team"`     // the desk's id of the team or channel; empty: none
	Tags     []string `json:"tags"`     // sorted
	Title    string   `json:"title"`
	// Attributes are custom ones of the conversation, by name.
	Attributes map[string]string `json:"attributes,omitempty"`
	Entries    []Entry           `json:"entries"`
}

// Entry is one item of a Thread.
type Entry struct {
	ID       string    `json:"id"`
	Side     string    `json:"side"`    // customer, team, bot or system
	Visible  bool      `json:"visible"` // the customer sees it
	Text     string    `json:"text"`    // as a reader sees it, without markup
	Files    []File    `json:"files,omitempty"`
	At       time.Time `json:"at"` // whole seconds, UTC
	ByBridge bool      `json:"by_bridge"`
	Native   string    `json:"native"` // the desk's own name of the kind
}

// File is an attachment of an Entry.
type File struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// FileOf describes an upload.
func FileOf(name string, content []byte) File {
	sum := sha256.Sum256(content)
	return File{Name: name, SHA256: hex.EncodeToString(sum[:])}
}

// Duration is a time.Duration that reads and writes itself as "90s" in JSON.
type Duration time.Duration

// MarshalText gives the usual text of a duration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what time.ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("reading a duration: %w", err)
	}
	*d = Duration(v)
	return nil
}
