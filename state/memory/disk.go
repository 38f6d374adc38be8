package memory

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/deskbridge/deskbridge/state"
)

// Manner says how a disk keeps what it is given. The zero value does it as SQLite does.
type Manner struct {
	// Lossy: a write that returned may be lost with the last second, as by a Redis that does not sync before it answers.
	Lossy bool
	// Parted: a Commit is up to three writes, as in Redis: the index with a new agenda item, the records, the removal of
	// an item. The first is made just after the lease was compared, not in the same moment, and so is a Put under a
	// pair's lease. A Forget is one write a pair, and one for index and agenda. Else each is one write.
	Parted bool
	// Keep is how many of the last writes can be taken back, for runs too long to keep all. 0: all of them.
	Keep int
}

// Disk is what survives a process: all that was stored, and every earlier version of it. Its writes are numbered from
// 1: each Commit and Forget or part of one, each Put and Reschedule, each lease that is taken, renewed or given back.
// What changes nothing is no write. Several processes may use one disk at once.
type Disk struct {
	manner Manner

	mu       sync.Mutex
	first    int       // the number of versions[0]
	versions []version // shared with copies: it is only ever appended to, and cut off with its capacity
}

// version is a disk after one write.
type version struct {
	Write
	names tree[contents] // by the name of a configuration
}

// Write tells what a write was, for messages.
type Write struct {
	At    time.Time
	Doing string // "commit dashly:1"
}

// contents is what one configuration has stored.
type contents struct {
	leases  tree[*lease]
	records tree[tree[string]] // by pair and key; a pair without records is not there
	index   tree[state.Pair]   // by conversation
	agenda  tree[*state.Item]  // by pair
	values  tree[string]
}

// NewDisk gives an empty disk.
func NewDisk(m Manner) *Disk { return &Disk{manner: m, versions: make([]version, 1)} }

// Writes gives the number of the last write, 0 when there was none.
func (d *Disk) Writes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last()
}

// Written tells what the n-th write was. It panics when that was never made or is not kept any more.
func (d *Disk) Written(n int) Write {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.upTo(n)[n-d.first].Write
}

// At gives a disk of its own, as this one was after its n-th write; with 0 an empty one. It panics when that write was
// never made or is not kept any more.
//
// A torn last record is At(Writes()-1): SQLite and Redis both drop a last write that is not whole when they start
// again, and never keep half of it (sqlite.org/walformat.html: recovery ends at the last valid commit frame; Redis with
// aof-load-truncated drops a script or transaction without its end). Of a Parted disk that is the last part.
func (d *Disk) At(n int) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &Disk{manner: d.manner, first: d.first, versions: d.upTo(n)}
}

// Copy gives a disk of its own with the same on it.
func (d *Disk) Copy() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &Disk{manner: d.manner, first: d.first, versions: d.upTo(d.last())}
}

// RollBack puts the disk back to what it was after its n-th write, under the processes that have it open. The next
// write is n+1. It panics like At.
func (d *Disk) RollBack(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.versions = d.upTo(n)
}

// Wipe empties the disk under the processes that have it open. The next write is 1.
func (d *Disk) Wipe() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.first, d.versions = 0, make([]version, 1)
}

// LoseLast is a loss of power, or a replica that takes over: what was written in the last p is gone, under the
// processes that have the disk open. It gives the number of lost writes. A disk that is not Lossy loses none. It panics
// when the last write before that time is not kept any more.
func (d *Disk) LoseLast(p time.Duration) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.manner.Lossy {
		return 0
	}
	from, n := time.Now().Add(-p), d.last()
	for n > 0 && !d.upTo(n)[n-d.first].At.Before(from) {
		n--
	}
	lost := d.last() - n
	d.versions = d.upTo(n)
	return lost
}

func (d *Disk) last() int { return d.first + len(d.versions) - 1 }

// upTo gives the versions up to a write. Whoever appends to them gets a list of his own.
func (d *Disk) upTo(n int) []version {
	if n < d.first || n > d.last() {
		panic(fmt.Sprintf("memory: no write %d: the disk keeps %d to %d", n, d.first, d.last()))
	}
	end := n - d.first + 1
	return d.versions[:end:end]
}

// read gives what is stored under a name at this moment.
func (d *Disk) read(name string) contents {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, _ := d.versions[len(d.versions)-1].names.get(name)
	return c
}

// write makes a change beside which nobody else writes, whole or, when it fails, not at all.
func (d *Disk) write(name, doing string, change func(c *contents, now time.Time) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now().Round(0) // by the wall clock
	names := d.versions[len(d.versions)-1].names
	had, _ := names.get(name)
	next := had
	if err := change(&next, now); err != nil {
		return err
	}
	if next == had {
		return nil
	}
	d.versions = append(d.versions, version{Write{now, doing}, names.with(name, next)})
	if k := d.manner.Keep; k > 0 && len(d.versions) > 2*k+1 {
		old := len(d.versions) - 1 - k
		d.first, d.versions = d.first+old, slices.Clone(d.versions[old:])
	}
	return nil
}
