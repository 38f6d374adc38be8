package simulation

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Event is one thing that happened in a world.
type Event struct {
	At time.Duration // since the world began
	// Kind is what happened: send, answer, commit, die, dashly (somebody acted there), pass, …
	Kind string
	// Text tells subject and outcome. It is empty unless the plan asks for a readable trace.
	Text string

	subject, outcome uint64
}

func (e Event) String() string {
	return fmt.Sprintf("%16s  %-12s %s", e.At, e.Kind, e.Text)
}

// trace is everything that happened.
type trace struct {
	readable bool
	began    time.Time
	mu       sync.Mutex
	events   []Event
}

// add records an event. text is asked only for a readable trace.
func (t *trace) add(kind string, subject, outcome uint64, text func() string) {
	e := Event{At: time.Since(t.began), Kind: kind, subject: subject, outcome: outcome}
	if t.readable && text != nil {
		e.Text = text()
	}
	t.mu.Lock()
	t.events = append(t.events, e)
	t.mu.Unlock()
}

// sorted gives the events by time; those of one moment by what they are, because two processors may have noted them in
// either order.
func (t *trace) sorted() []Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	slices.SortStableFunc(t.events, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.Kind, b.Kind), cmp.Compare(a.subject, b.subject), cmp.Compare(a.outcome, b.outcome))
	})
	return t.events
}

// hash is the SHA-256 of all events.
func (t *trace) hash() string {
	h := sha256.New()
	var row [24]byte
	for _, e := range t.sorted() {
		binary.LittleEndian.PutUint64(row[0:], uint64(e.At))
		binary.LittleEndian.PutUint64(row[8:], e.subject)
		binary.LittleEndian.PutUint64(row[16:], e.outcome)
		h.Write(row[:])
		h.Write([]byte(e.Kind))
	}
	return hex.EncodeToString(h.Sum(nil))
}
