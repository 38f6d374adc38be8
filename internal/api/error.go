// Package api holds what the typed clients of all desks share: the classes of errors, pacing, tokens that never show.
package api

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Class answers the first question about a failed call: may it have happened?
type Class string

const (
	// TryLater: certainly nothing happened; the same call may succeed later (429, connection refused, 503 before the
	// request was sent, a read that failed in any way).
	TryLater Class = "try_later"
	// MayHaveHappened: a write left and no usable answer came. Read back and adopt; never send blindly again.
	MayHaveHappened Class = "may_have_happened"
	// Refused: certainly nothing happened and repeating is useless (validation, not found, too big).
	Refused Class = "refused"
	// Denied: the token or the account lacks the right. Nothing on this desk will work until a human acts.
	Denied Class = "denied"
	// Stopped: the caller's context ended, or its permit was refused, before the call left.
	Stopped Class = "stopped"
)

// Error is a failed call to a desk. It never holds a token, a body or an e-mail address.
type Error struct {
	Class  Class
	Desk   string
	Call   string // what was being done: "reply", "get conversation"
	Ref    string // to what: a conversation or contact id; may be empty
	Status int    // HTTP status, 0 when no answer came
	Code   string // the desk's own error code
	// Reason is the desk's message, shortened and redacted, or our own.
	Reason     string
	RetryAfter time.Duration // 0 when the desk did not tell
	// NotFound is set on Refused errors that say that the object does not exist.
	NotFound bool
	// AuthorMoved and AuthorGone are set on Refused errors, AuthorGone in doubt on Denied ones, about the customer in whose name something was to be written:
	// the desk knows them under another id by now, which reading shows, or lets nobody write as them any more.
	AuthorMoved, AuthorGone bool
	Err                     error
	// untold: throttled, and the desk does not say until when.
	untold bool
}

func (e *Error) Error() string {
	s := e.Desk + ": " + e.Call
	if e.Ref != "" {
		s += " " + e.Ref
	}
	if e.Status != 0 {
		s += fmt.Sprintf(": HTTP %d", e.Status)
	}
	if e.Code != "" {
		s += " " + e.Code
	}
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	if e.Err != nil && e.Reason == "" {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// ClassOf finds the class of an error. A cancelled context without a class of its own is Stopped. An error that nobody
// classified is MayHaveHappened, the careful reading.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	if errors.Is(err, context.Canceled) {
		return Stopped
	}
	return MayHaveHappened
}

// IsNotFound reports whether the desk said that the object does not exist.
func IsNotFound(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.NotFound
}

// Elsewhere makes an opening in the name of somebody whom the desk does not know one whose customer has moved: the
// counterpart is looked for again. Other errors stay what they are.
func Elsewhere(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || !e.NotFound {
		return err
	}
	moved := *e
	moved.NotFound, moved.AuthorMoved = false, true
	return &moved
}
