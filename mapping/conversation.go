// Package mapping is the neutral model of a helpdesk conversation and the pure translation between two desks.
//
// Nothing in this package or below it does I/O, reads a clock or writes a log. Each desk's own vocabulary (its wire
// schema and its table to and from this model) is a package of its own below this one.
package mapping

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Desk names one helpdesk product, for example "dashly". The names are part of stored keys: they never change.
type Desk string

// ConversationID, EntryID and PersonID are a desk's own ids. They are opaque: only the adapter of their desk may parse
// or make them. They are text because ids of up to 2^64-1 occur.
type (
	ConversationID string
	EntryID        string
	PersonID       string
)

// Ref names one conversation of one desk. Its text, "desk:id", is what commands and logs show.
type Ref struct {
	Desk Desk
	ID   ConversationID
}

func (r Ref) String() string { return string(r.Desk) + ":" + string(r.ID) }

// IsZero reports whether the reference names nothing.
func (r Ref) IsZero() bool { return r.ID == "" }

// ParseRef reads "desk:id".
func ParseRef(s string) (Ref, error) {
	desk, id, ok := strings.Cut(s, ":")
	if !ok || desk == "" || id == "" || strings.ContainsAny(s, " \t\n") {
		return Ref{}, fmt.Errorf("%q is not a conversation: write it as desk:id, for example dashly:1882298", s)
	}
	return Ref{Desk: Desk(desk), ID: ConversationID(id)}, nil
}

// Kind is what an entry is to a reader of the conversation.
type Kind string

const (
	// Message is text that the customer wrote or can see.
	Message Kind = "message"
	// Note is text that only the team sees.
	Note Kind = "note"
	// Event is a change of state; it has no text of a person.
	Event Kind = "event"
)

// Role is who somebody is in a conversation.
type Role string

const (
	Customer Role = "customer"
	Agent    Role = "agent"
	// Bot is anything automatic that speaks: bots, auto replies, campaigns. It is never shown as a human.
	Bot Role = "bot"
	// System is the desk itself.
	System Role = "system"
)

// Person is an author or an agent as one desk shows them.
type Person struct {
	Role  Role
	ID    PersonID // empty when the desk gives none
	Name  string
	Email string
	// NameInternal is what the desk shows to its team, and stands there for a name that it lacks. No customer may read it.
	NameInternal string
	// Former are the names, one a line, under which the team knew the person before. They are shown to nobody.
	Former string `json:",omitempty"`
}

// NameForTeam is how the team knows a person, customers must not read it; empty when the desk tells no name.
func (p Person) NameForTeam() string { return cmp.Or(p.Name, p.NameInternal) }

// Called reports whether the team knows a person by a name, or knew them by it.
func (p Person) Called(name string) bool {
	name = strings.TrimSpace(name)
	return name != "" && slices.ContainsFunc(append(strings.Split(p.Former, "\n"), p.NameForTeam()), func(own string) bool {
		return strings.EqualFold(strings.TrimSpace(own), name)
	})
}

// With is a person with what is told of them now: what is left out now is no news. But where a desk shows an address, an
// internal name may stand: then the address that was known there is theirs no longer.
func (p Person) With(now Person) Person {
	names := append(strings.Split(now.Former, "\n"), strings.Join(strings.Fields(p.NameForTeam()), " "))
	if now.NameInternal != "" {
		p.Email = ""
	}
	p.Name, p.Email, p.NameInternal = cmp.Or(now.Name, p.Name), cmp.Or(now.Email, p.Email), cmp.Or(now.NameInternal, p.NameInternal)
	for _, name := range names {
		if name != "" && !p.Called(name) {
			p.Former = strings.TrimPrefix(p.Former+"\n"+name, "\n")
		}
	}
	return p
}

// Meet adds somebody to people of whom each stands there once, or what is told of them now.
func Meet(people []Person, now Person) []Person {
	if i := slices.IndexFunc(people, func(p Person) bool { return p.ID == now.ID }); i >= 0 {
		people[i] = people[i].With(now)
		return people
	}
	return append(people, now)
}

// Contact is a customer as one desk knows them.
type Contact struct {
	ID         PersonID
	ExternalID string // the site owner's own id of the person; empty when none
	Name       string
	Email      string
	Phone      string
	// Identified tells that the site owner vouches for the person (an own user id, a confirmed address). An address
	// that a visitor merely typed does not identify anybody.
	Identified bool
	// Former are ids under which the desk knew the person before others were merged into them, as far as the conversation
	// shows.
	Former []PersonID
}

// Provenance is what a desk tells about how an entry was made.
type Provenance string

const (
	// Unknown: the desk does not tell; the entry may be the bridge's.
	Unknown Provenance = ""
	// ByHuman: provably made by hand, hence not by the bridge.
	ByHuman Provenance = "human"
	// ByAPI: made through the desk's API, by the bridge or by another client.
	ByAPI Provenance = "api"
)

// Field names a part of a conversation's state that is synchronised, not replayed.
type Field string

const (
	Status   Field = "status"
	Assignee Field = "assignee"
	Team     Field = "team"
	Tags     Field = "tags"
	Title    Field = "title"
	Rating   Field = "rating"
	Backlink Field = "backlink"
)

// Nobody is the target of an event that takes an agent or a team away.
const Nobody = "nobody"

// File is an attachment or inline image. Its URL may expire within minutes: fetch it at once or read again.
type File struct {
	ID   string // the desk's id of the file, empty when it has none
	Name string
	Type string // media type, may be empty
	Size int64  // bytes, 0 when unknown
	URL  string
	// Within is set on an inline image behind which the text goes on: an ImagePlace stands in the text where it was.
	Within bool
	// Attached is set on what the desk itself lists as an attachment. Not set: a text names it, and anybody may have written
	// that: it is fetched without credentials, and its server is not waited for as a desk is.
	Attached bool
}

// SkipMerge is the rule (Entry.Skip) of the event that tells that another conversation of the customer was joined to this
// one. What was said there may stand here too, with ids of its own.
const SkipMerge = "merge_not_carried"

// Entry is one item of a conversation. The opening message is an entry like any other.
type Entry struct {
	ID     EntryID
	Kind   Kind
	Native string // the desk's own name of the kind, for example "reply_admin"
	Author Person
	At     time.Time // second resolution
	Body   Body
	Files  []File
	// Marker is the caller-owned id that the desk keeps on the entry ("" when it has none).
	Marker string
	Made   Provenance
	// Opening is set on the entry that began the conversation.
	Opening bool
	// Removed is set when the desk has taken the content away (redaction, erasure).
	Removed bool
	// Edited is when the words were last changed; zero when they never were, or the desk does not tell.
	Edited time.Time
	// Covers names the field that an event reports about; the field merge carries it. Empty for other entries.
	Covers Field
	// Needs is what another desk must be able to do, if that field is to carry the event; empty: every desk can.
	Needs Ability
	// Also names a second field that the event may report about: one kind of event may tell of the agent and of the team.
	Also Field
	// Target is the id of the agent or team that an event assigns to, or Nobody; empty when it does not tell.
	Target string
	// Tagged and Untagged are the tags that an event tells to have been added and taken away, as far as it tells.
	Tagged, Untagged []string
	// Skip names the rule by which an event that no field covers is not carried, for example "event_not_carried".
	Skip string
	// Doubt is set when it is uncertain whether a customer may see the entry: it is then only ever written as a note.
	Doubt bool
	// Act is what an event tells of what a person did. A note may tell it where no field carries it.
	Act Act
	// Authorless is set on words that name nobody as their author where the desk may show so what a customer said who was deleted
	// since. As what they are read is said by the other fields.
	Authorless bool
	Losses     []Loss
}

// State is whether a conversation is being worked on.
type State string

const (
	Open    State = "open"
	Closed  State = "closed"
	Snoozed State = "snoozed"
)

// Fields is the synchronised state of a conversation in one desk's own vocabulary: agent ids, tags and teams are
// spelled as that desk spells them.
type Fields struct {
	State    State     `json:"state"`
	Until    time.Time `json:"until,omitzero"` // end of a snooze
	Assignee PersonID  `json:"assignee,omitempty"`
	Team     string    `json:"team,omitempty"`
	// TeamHidden is set when the desk did not tell the team: an empty Team then does not mean that there is none.
	TeamHidden bool     `json:"team_hidden,omitempty"`
	Tags       []string `json:"tags,omitempty"` // sorted, without repetition
	Title      string   `json:"title,omitempty"`
	// Rating is set in what was agreed only: that of a conversation is its own field.
	Rating string `json:"rating,omitempty"`
	// Backlink likewise.
	Backlink string `json:"backlink,omitempty"`
}

// Normal returns f with its tags sorted and unique.
func (f Fields) Normal() Fields {
	f.Tags = slices.Clone(f.Tags)
	slices.Sort(f.Tags)
	f.Tags = slices.Compact(f.Tags)
	if len(f.Tags) == 0 {
		f.Tags = nil
	}
	if f.State != Snoozed {
		f.Until = time.Time{}
	}
	return f
}

// Version is a canonical text of everything that a desk's listing shows about a conversation's state. Two equal
// versions mean: nothing that the listing can show has changed. It is never ordered.
type Version string

// Conversation is one conversation, read whole.
type Conversation struct {
	Ref
	Created  time.Time
	Updated  time.Time
	Customer Contact // the current customer
	// Others are further participants of the customer's side.
	Others []Contact
	// Joined is set when the desk tells that participants came or went, or could have told so where nobody can read any
	// more: who is shown need not be who was.
	Joined  bool
	Fields  Fields
	Entries []Entry // in order: see Sort
	Agents  []Person
	// Truncated counts entries that exist but cannot be read. They are never taken for absent.
	Truncated int
	// NewestOnly tells that what is Truncated is the oldest, because the desk shows so many of the newest and no more.
	NewestOnly bool
	Version    Version
	// DeskTime is the desk's own clock when the conversation had been read; zero when it did not tell.
	DeskTime time.Time
	// Channel is how it came, as its desk calls it ("email", "whatsapp"); empty for the desk's own chat and when unknown.
	Channel string
	// Subject is that of the message that began it, where neither the title nor that message says the same.
	Subject string
	// Rating is what the customer's newest rating says; on a desk that keeps another one's (Features.Rating), what stands in
	// the place for it. Empty: none.
	Rating string
	// Backlink is what stands in the place that names the copy (Features.Backlink). Empty: nothing.
	Backlink string
	Losses   []Loss
}

// Sort puts entries into their order: the opening first, then by time, then as the adapter gave them. Adapters call it
// with entries in ascending order of the desk's ids.
func Sort(entries []Entry) {
	slices.SortStableFunc(entries, func(a, b Entry) int {
		if a.Opening != b.Opening {
			if a.Opening {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.At.Unix(), b.At.Unix())
	})
}

// HasText reports whether the entry carries anything that a person wrote or attached.
func (e Entry) HasText() bool { return !e.Body.IsEmpty() || len(e.Files) > 0 }

// Took reports whether an entry is an assignment that bears words: a desk may show so the reply of whoever takes a conversation.
func (e Entry) Took() bool { return e.Kind == Note && e.Doubt && e.Covers == Assignee }
