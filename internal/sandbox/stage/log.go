package stage

import (
	"slices"
	"sync"
	"time"
)

// Request is one call that a desk received.
type Request struct {
	Desk   string    `json:"desk"`
	Method string    `json:"method"`
	Path   string    `json:"path"` // with the query, without a token
	Status int       `json:"status"`
	At     time.Time `json:"at"`
	Fault  FaultKind `json:"fault,omitempty"`
}

// Notification is something that a real desk would have sent to a customer.
type Notification struct {
	Desk         string `json:"desk"`
	Conversation string `json:"conversation"`
	Person       string `json:"person"` // the own id of the customer, or the desk's id
	Kind         string `json:"kind"`   // reply, article, close, assignment, bot, campaign
	Text         string `json:"text"`
	Entry        string `json:"entry"`
	By           string `json:"by"` // desk (people, and its own automation) or bridge (the HTTP API)
	// Cause is what set the desk's automation off: a bot that answers an entry made over the API has By desk and
	// Cause bridge. Otherwise it equals By.
	Cause string    `json:"cause"`
	At    time.Time `json:"at"`
}

// Log keeps every request and every notification, in the order in which they happened. Two desks may share one.
type Log struct {
	mu            sync.Mutex
	requests      []Request
	notifications []Notification
}

// Requests returns a copy of all requests so far.
func (l *Log) Requests() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.requests)
}

// Notifications returns a copy of all notifications so far.
func (l *Log) Notifications() []Notification {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.notifications)
}

// Notify records a notification. Desks call it.
func (l *Log) Notify(n Notification) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notifications = append(l.notifications, n)
}

func (l *Log) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = append(l.requests, r)
}

// Reset forgets everything so far, for example after seeding.
func (l *Log) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests, l.notifications = nil, nil
}
