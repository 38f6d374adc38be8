// Package sources is the reading contract: what the engine asks of a desk that it reads conversations from.
package sources

import (
	"context"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
)

// Cursor is how far a desk has been polled, in a form that only its source reads. Empty means never.
type Cursor string

// Listing is one conversation as a list shows it, without its entries.
type Listing struct {
	Ref     mapping.Ref
	Version mapping.Version // equal to the Version of Read while nothing has changed
	Updated time.Time       // the desk's clock
	// Agents are members of the team whom the list names, where the desk has no list of its team.
	Agents []mapping.Person
}

// Window bounds a listing by the time of the last update. Zero times are open ends; Limit 0 is no limit.
type Window struct {
	Since, Until time.Time
	Limit        int
}

// Account is whom a token belongs to.
type Account struct {
	ID   string // stable id of the account or site; a store belongs to one
	Name string
	Host string
	// Unnamed is the ID that the account has where the configuration names none, and by which it may be known to a store
	// from that time; empty: there is no other.
	Unnamed string
}

// Source reads one desk. Every method may be repeated without effect on the desk. Errors are *api.Error: TryLater for
// anything that may pass, Refused with NotFound for what does not exist, Denied for a token without the right.
// A method that fails half way has promised nothing of what it yielded; what it yielded is true all the same.
type Source interface {
	// Desk names the desk.
	Desk() mapping.Desk

	// Account tells whom the token belongs to, with one call.
	Account(ctx context.Context) (Account, error)

	// Agents lists the team where the desk can; nil where it cannot (agents are then gathered from what is read).
	Agents(ctx context.Context) ([]mapping.Person, error)

	// Changed yields every conversation that may have changed since the cursor (or since floor, when the cursor is
	// empty), with overlap, each at least once, in any order. The cursor that it returns is for the next poll: it is
	// behind the desk's clock by settle, and valid only once everything yielded is safe.
	Changed(ctx context.Context, since Cursor, floor time.Time, yield func(Listing) error) (Cursor, error)

	// Between yields conversations by their last update, newest or oldest first as the desk likes, without regard to
	// any cursor. It serves sweeps and backfills.
	Between(ctx context.Context, w Window, yield func(Listing) error) error

	// Read reads one conversation whole: header first, then entries, so that nothing in the header is newer than the
	// entries. What the desk no longer shows is counted in Truncated.
	Read(ctx context.Context, id mapping.ConversationID) (mapping.Conversation, error)

	// Properties reads custom properties of one customer, with one call: those of these names that the desk has, each value
	// as JSON. A customer whom the desk does not know has none.
	Properties(ctx context.Context, customer mapping.PersonID, names []string) (map[string]string, error)

	// File reads a file of an entry that was just read, of at most so many bytes, and of no more than the source takes. Of a
	// larger one it reads one byte more at most, once, and tells by an *api.TooLarge within the Refused. Links expire: on any
	// other Refused, read again.
	File(ctx context.Context, f mapping.File, most int64) (FileBody, error)
}

// FileBody is the content of a file.
type FileBody struct {
	Content []byte
	Type    string // media type as served
}
