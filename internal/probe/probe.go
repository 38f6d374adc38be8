// Package probe finds out, by a few reads, which reading of a desk's documents holds on a live account.
package probe

import (
	"context"
	"fmt"
	"time"
)

// Bound is the largest number of reads that the probes of one desk make.
const Bound = 20

// Probe is one question about a desk that reading can answer. S is what the desk's probes read.
type Probe[S any] struct {
	Unknown  string // the number of its row in docs/unknowns.md
	Name     string // of the question, unique at its desk
	How      string // the call and the field
	Readings Readings
	Look     func(s S, ctx context.Context) (Answer, error)
}

// Readings are the answers that a probe can give, each with what it means for the bridge.
type Readings [][2]string

// Ask makes a probe.
func Ask[S any](unknown, name, how string, r Readings, look func(s S, ctx context.Context) (Answer, error)) Probe[S] {
	return Probe[S]{Unknown: unknown, Name: name, How: how, Readings: r, Look: look}
}

// Answer is what a probe saw: one of its readings, perhaps with a detail, or why nothing can be seen and what it needs.
type Answer struct{ Is, Detail, Unseen string }

// Saw is a reading that holds.
func Saw(is string) Answer { return Answer{Is: is} }

// With adds a figure to a reading.
func (a Answer) With(format string, args ...any) Answer {
	a.Detail = fmt.Sprintf(format, args...)
	return a
}

// Unseen tells what is there to see, and what would be needed.
func Unseen(format string, args ...any) Answer { return Answer{Unseen: fmt.Sprintf(format, args...)} }

// Result is the outcome of one probe.
type Result struct {
	Unknown, Name string
	Answer
	Means string
}

// String is the outcome in one line.
func (r Result) String() string {
	switch {
	case r.Is == "":
		return fmt.Sprintf("%s: cannot be seen here: %s", r.Name, r.Unseen)
	case r.Detail != "":
		return fmt.Sprintf("%s: %s (%s): %s", r.Name, r.Is, r.Detail, r.Means)
	}
	return fmt.Sprintf("%s: %s: %s", r.Name, r.Is, r.Means)
}

// Run asks every probe of a table, in its order. A read that fails leaves open what depends on it, and no more.
func Run[S any](ctx context.Context, s S, table []Probe[S]) []Result {
	out := make([]Result, 0, len(table))
	for _, p := range table {
		r := Result{Unknown: p.Unknown, Name: p.Name}
		var err error
		if r.Answer, err = p.Look(s, ctx); err != nil {
			r.Answer = Unseen("%v", err)
		}
		for _, x := range p.Readings {
			if x[0] == r.Is {
				r.Means = x[1]
			}
		}
		out = append(out, r)
	}
	return out
}

// Own is a conversation in which the bridge wrote, as the store remembers it.
type Own struct {
	Conversation string
	// Entries are the ids of what the bridge wrote there. The value is the entry of the other desk that it stands for,
	// empty where it stands for none of its own.
	Entries map[string]string
}

// Wrote reports whether the bridge wrote an entry.
func (o Own) Wrote(entry string) bool {
	_, ok := o.Entries[entry]
	return ok
}

// Times are the times of entries of the other desk, by id.
type Times map[string]time.Time

// Once keeps what was read. Its zero value has read nothing.
type Once[T any] struct {
	done  bool
	value T
	err   error
}

// Get reads at the first call and gives the same ever after, an error too.
func (o *Once[T]) Get(read func() (T, error)) (T, error) {
	if !o.done {
		o.value, o.err = read()
		o.done = true
	}
	return o.value, o.err
}

// Unanimous gives the one value that all witnesses agree on. ok is false without a witness; split tells that they differ.
func Unanimous(seen []string) (is string, ok, split bool) {
	for _, s := range seen {
		if is != "" && s != is {
			return "", false, true
		}
		is = s
	}
	return is, is != "", false
}

// Agreed is the answer of witnesses, or what is needed where there is none.
func Agreed(seen []string, need string) Answer {
	is, ok, split := Unanimous(seen)
	switch {
	case split:
		return Unseen("it is seen both ways")
	case !ok:
		return Unseen("%s", need)
	}
	return Saw(is)
}

// Value is what was read, or the zero value.
func (o *Once[T]) Value() T { return o.value }
