// Package state is the remembering contract: leases, ledgers, cursors, the agenda of unfinished pairs, run history.
package state

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
)

// Pair names one pair of conversations by its origin, "desk:id". All records of a pair live together.
type Pair string

// PairOf gives the pair that a conversation is the origin of.
func PairOf(origin mapping.Ref) Pair { return Pair(origin.String()) }

// Lease is the right to write, for a while. Its fence grows with every holder of the same name.
type Lease struct {
	Name    string
	Token   string // random; whoever holds the name now has stored this
	Fence   int64
	TTL     time.Duration
	Expires time.Time // by the local clock, counted from before the store was asked
}

// Holder tells who has a lease, for messages and for the takeover from a dead process of the same host.
type Holder struct {
	Token   string    `json:"token"`
	Host    string    `json:"host"` // host, boot and process name space
	PID     int       `json:"pid"`
	Started int64     `json:"started"` // start of the process, in the kernel's ticks: ids are used again
	Since   time.Time `json:"since"`
}

// HeldError says that somebody else holds a lease.
type HeldError struct {
	Name   string
	Holder Holder
}

func (e *HeldError) Error() string {
	return "lease " + e.Name + " is held by another process" + e.Holder.describe()
}

// ErrLost says that a lease is no longer ours: nothing may be written any more under it.
var ErrLost = errors.New("lease lost")

// ErrReplaced says that what was opened is not what stands in its place now: nothing can be written before a new start.
var ErrReplaced = errors.New("was removed or replaced while it was in use: start again")

// Records are the raw records of one pair: key to JSON.
type Records map[string][]byte

// Change is one atomic step on a pair.
type Change struct {
	Put map[string][]byte
	Del []string
	// Index are further conversations by which the pair is found.
	Index []mapping.Ref
	// Agenda, when set, puts the pair on the agenda, or replaces its item. Done takes it off.
	Agenda *Item
	Done   bool
}

// Item is a pair that needs another look, whether or not its desks list it again.
type Item struct {
	Pair    Pair      `json:"pair"`
	Parked  bool      `json:"parked"` // set aside with a reason; else pending
	Reason  string    `json:"reason"` // a code: rate_limited, unresolved_write, …
	Detail  string    `json:"detail,omitempty"`
	Since   time.Time `json:"since"`
	RetryAt time.Time `json:"retry_at"`
	Tries   int       `json:"tries"`
	// File is the entry of which a file could not be had, as desk:entry, and FileTries how often it was asked for: both stay
	// while the pair waits for something else.
	File      string `json:"file,omitempty"`
	FileTries int    `json:"file_tries,omitempty"`
}

// Store remembers. Every method may be called by several goroutines and, where not said otherwise, beside other
// processes. A write that returned nil is durable as far as Durable promises; one that failed is whole or absent.
type Store interface {
	// Acquire takes the named lease for ttl. It is a *HeldError while another process that may be alive has it. A
	// holder of this host whose process is gone is replaced at once, one of another host when its ttl has passed.
	// The fence is greater than that of every earlier holder, also over releases.
	Acquire(ctx context.Context, name string, ttl time.Duration) (Lease, error)
	// Renew prolongs a lease that is still ours, else ErrLost. A missing lease is a lost lease.
	Renew(ctx context.Context, l Lease) (Lease, error)
	// Release gives a lease back. Releasing what is no longer ours does nothing.
	Release(ctx context.Context, l Lease) error

	// Load reads all records of a pair; none is an empty map.
	Load(ctx context.Context, p Pair) (Records, error)
	// Commit does one atomic step on a pair under its lease (Name is the pair's), else ErrLost and nothing is done.
	// The index and a new agenda item are stored no later, a removed item no earlier than the step. Repeating the
	// same step gives the same state.
	Commit(ctx context.Context, l Lease, p Pair, c Change) error
	// Resolve finds the pair that a conversation belongs to, as origin or by its index.
	Resolve(ctx context.Context, r mapping.Ref) (Pair, bool, error)
	// Agenda lists all items, the earliest RetryAt first.
	Agenda(ctx context.Context) ([]Item, error)
	// Reschedule moves the retry time of an item, if there is one.
	Reschedule(ctx context.Context, p Pair, at time.Time) (bool, error)
	// Forget takes away every pair with its records, its index and its item, under a lease, in any order. Values stay.
	// One that was cut off may have taken some; repeated, it takes the rest.
	Forget(ctx context.Context, l Lease) error
	// Pairs yields the name of every pair that has records, in any order.
	Pairs(ctx context.Context, yield func(Pair) error) error

	// Get reads a value that belongs to no pair: a cursor, a known contact, an observed trait.
	Get(ctx context.Context, key string) ([]byte, bool, error)
	// Put writes one under a lease, else ErrLost.
	Put(ctx context.Context, l Lease, key string, value []byte) error
	// List yields the values whose key begins with prefix.
	List(ctx context.Context, prefix string, yield func(key string, value []byte) error) error

	// Durable tells whether a commit that returned survives the loss of power where the store lives.
	Durable(ctx context.Context) bool
	Close() error
}

// Watcher is a store that tells who has a lease without taking it, also one that was opened for reading only.
type Watcher interface {
	// Holder gives who has the named lease, nil when it could be taken.
	Holder(ctx context.Context, name string) (*Holder, error)
}

// Shared is a store in which several names may live side by side.
type Shared interface {
	// Others gives what stands under a key that belongs to no pair, under each of the other names that have it. It may read
	// everything that there is.
	Others(ctx context.Context, key string) (map[string][]byte, error)
}

// Machine is the host's name, without what tells its boots and name spaces apart.
func (h Holder) Machine() string {
	name, _, _ := strings.Cut(h.Host, "/")
	return name
}

func (h Holder) describe() string {
	if h.Host == "" {
		return ""
	}
	return " (" + h.Machine() + ", process " + strconv.Itoa(h.PID) + ", since " + h.Since.UTC().Format(time.RFC3339) + ")"
}
