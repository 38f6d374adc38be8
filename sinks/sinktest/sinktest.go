// Package sinktest is the exam that every sink passes: one operation is one call, reaches whom it says and nobody else,
// and a failed one tells truly whether it may have happened.
//
// A sink's test file names the stand-in desk's readings and makes the sink, with a source to read back. All of Dashly's is
//
//	func TestExam(t *testing.T) {
//		sinktest.Run(t, sinktest.Subject{
//			Readings: sandbox.Readings(),
//			Open: func(a sinktest.Access) (sinks.Sink, sources.Source, error) {
//				c, err := api.New(api.Options{BaseURL: a.URL, Token: a.Token, MaxRate: 1000, HTTP: a.HTTP, AutomationOff: a.AutomationOff})
//				if err != nil {
//					return nil, nil, err
//				}
//				return dashly.New(c, dashly.Options{Name: a.Pair}), source.New(c, source.Options{}), nil
//			},
//		})
//	}
//
// Chapters run on simulated time with a desk in the same process; the last one speaks to a desk over sockets.
package sinktest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/sources"
)

// Access is what a sink needs to reach the desk.
type Access struct {
	URL     string
	Token   string
	Version string       // of the API; empty where the desk has but one
	HTTP    *http.Client // nil: a client of the sink's own
	// AutomationOff confirms that the desk's automation is switched off.
	AutomationOff bool
	// Pair is the name of the pair of desks, a part of the natural key of the contacts that a sink makes.
	Pair string
}

// Subject is a sink under examination.
type Subject struct {
	// Readings are the stand-in desks; the exam is held on each.
	Readings []stage.Reading
	// Open makes the sink, and a source of the same desk to read markers and ids back. They keep nothing of earlier ones.
	// The sink lets addresses find identified people only.
	Open func(a Access) (sinks.Sink, sources.Source, error)
}

const (
	address = "https://desk.sandbox"
	token   = "s3cr3t-t0ken-of-the-exam" //nolint:gosec // it opens a stand-in desk
	pair    = "exam"
	other   = mapping.Desk("other") // where the customers of Find and Ensure come from
)

// Run examines a sink on every reading of its desk.
func Run(t *testing.T, s Subject) {
	require.NotEmpty(t, s.Readings, "an exam without a desk")
	for _, reading := range s.Readings {
		t.Run(reading.Name, func(t *testing.T) { run(t, s, reading) })
	}
}

func run(t *testing.T, s Subject, reading stage.Reading) {
	for _, chapter := range []struct {
		name string
		test func(*exam)
	}{
		{"one call, one effect", effects},
		{"same words", sameWords},
		{"reach", reach},
		{"history", history},
		{"unfit classes", unfitClasses},
		{"what the desk cannot do", beyondTheDesk},
		{"twice", twice},
		{"team and agent", besides},
		{"find", find},
		{"ensure", ensure},
		{"ensure at once", ensureAtOnce},
		{"no blanks, no typed addresses", nothingTyped},
		{"never confused", neverConfused},
		{"fill", fill},
		{"merged away", mergedAway},
		{"merged, then asked for", mergedThenAsked},
		{"cut", cut},
		{"cut aside", cutAside},
		{"ensure, cut", ensureCut},
		{"throttled", throttled},
		{"denied", denied},
		{"gone", gone},
	} {
		t.Run(chapter.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { chapter.test(begin(t, s, reading)) })
		})
	}
	t.Run("sockets", func(t *testing.T) { sockets(begin(t, s, reading)) })
}

// exam is what a chapter works with: a desk with one conversation, the wire to it, and the sink.
type exam struct {
	*testing.T
	subject      Subject
	reading      stage.Reading
	desk         *stage.Front
	wire         *wire
	sink         sinks.Sink
	source       sources.Source
	automation   bool
	customer     string
	conversation string
	marks        int
}

func begin(t *testing.T, s Subject, reading stage.Reading) *exam {
	x := &exam{T: t, subject: s, reading: reading}
	x.fresh()
	return x
}

// fresh takes a new desk: a customer has asked, an agent has answered, two tags are in use.
func (x *exam) fresh() {
	x.desk = x.reading.Desk()
	h, agent := x.human(time.Hour), x.desk.Facts.Agents[0]
	x.customer = h.Customer(stage.Customer{Own: "crm-1", Name: "Ann"})
	x.conversation, _ = h.Open(x.customer, "Hello")
	h.Reply(x.conversation, agent, "How can I help?")
	h.Tag(x.conversation, agent, "known")
	h.Tag(x.conversation, agent, "other")
	h.Untag(x.conversation, agent, "other")
	x.reopen()
}

// reopen replaces the sink by one that knows nothing.
func (x *exam) reopen() {
	x.wire = &wire{next: stage.Transport{"desk.sandbox": x.desk}, writes: x.desk.Facts.Writes}
	x.sink, x.source = x.open(Access{URL: address, HTTP: &http.Client{Transport: x.wire}})
}

func (x *exam) open(a Access) (sinks.Sink, sources.Source) {
	x.Helper()
	a.Token, a.Version, a.AutomationOff, a.Pair = token, x.reading.Version, x.automation, pair
	sink, source, err := x.subject.Open(a)
	require.NoError(x, err)
	return sink, source
}

func (x *exam) human(ago time.Duration) stage.Human { return x.desk.Human(x.desk.Now().Add(-ago)) }

// wire is the way to the desk. cut, where it is set, stands in for the calls that change a conversation, aside for all
// others; n is the number of the call among those.
type wire struct {
	next   http.RoundTripper
	writes func(*http.Request) bool
	mu     sync.Mutex
	calls  int
	wrote  int
	cut    func(n int, r *http.Request, next http.RoundTripper) (*http.Response, error)
	aside  func(n int, r *http.Request, next http.RoundTripper) (*http.Response, error)
}

// RoundTrip counts the call and lets the test interfere with writes.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	write := w.writes(r)
	w.mu.Lock()
	w.calls++
	if write {
		w.wrote++
	}
	n, cut := w.wrote, w.cut
	if !write {
		n, cut = w.calls-w.wrote, w.aside
	}
	w.mu.Unlock()
	if cut != nil {
		return cut(n, r, w.next)
	}
	return w.next.RoundTrip(r)
}

// count starts to count anew.
func (w *wire) count() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls, w.wrote = 0, 0
}

// operation is one kind of write with what it is to show in the desk's picture.
type operation struct {
	name string
	op   sinks.Operation
	// before prepares the conversation; nil: nothing to do.
	before func(h stage.Human)
	// field tells whether the write has happened, by the conversation alone; nil: it makes an entry with the text.
	field func(t stage.Thread) bool
}

// text is what the entries of the exam say: nothing in it may be taken for mark-up.
const text = "Total: 5 < 7 & \"so\" on; see <b>this</b>, Ünïcode ✓"

// operations are all kinds of write that the sink's features promise.
func (x *exam) operations() []operation {
	f := x.sink.Features()
	jane, tom := x.desk.Facts.Agents[0], x.desk.Facts.Agents[1]
	agent := mapping.Person{Role: mapping.Agent, ID: mapping.PersonID(jane)}
	customer := mapping.Person{Role: mapping.Customer, ID: mapping.PersonID(x.customer)}
	at := x.desk.Now().Add(-10 * time.Minute).UTC().Truncate(time.Second)
	body, conversation := mapping.PlainBody(text), mapping.ConversationID(x.conversation)
	file := sinks.Upload{Name: "note of it.txt", Type: "text/plain", Content: []byte("content\x00 of it")}
	x.marks++
	id := func(kind string) string {
		return mapping.Marker{Pair: pair, Source: mapping.Ref{Desk: other, ID: "7"}, Entry: mapping.EntryID(fmt.Sprint(kind, x.marks)), Part: 1, Of: 1}.String()
	}
	out := []operation{
		{name: "open", op: sinks.Operation{Kind: sinks.OpenConversation, Class: sinks.Quiet, Author: customer, Body: body, At: at}},
		{name: "customer's message", op: sinks.Operation{Kind: sinks.PostMessage, Class: sinks.Quiet, Author: customer, Body: body, At: at}},
		{name: "agent's message", op: sinks.Operation{Kind: sinks.PostMessage, Class: sinks.Delivered, Author: agent, Body: body, At: at}},
		{name: "note", op: sinks.Operation{Kind: sinks.PostNote, Class: sinks.Silent, Author: agent, Body: body, At: at}},
		{name: "note with a file", op: sinks.Operation{Kind: sinks.PostNote, Class: sinks.Silent, Author: agent, Body: body, At: at, Files: []sinks.Upload{file}}},
		{name: "message that is a file", op: sinks.Operation{Kind: sinks.PostMessage, Class: sinks.Quiet, Author: customer, At: at, Files: []sinks.Upload{file}}},
		{name: "close", op: sinks.Operation{Kind: sinks.SetState, Class: sinks.Quiet, Author: agent, State: mapping.Closed},
			field: func(t stage.Thread) bool { return t.State == "closed" }},
		{name: "assign", op: sinks.Operation{Kind: sinks.SetAssignee, Class: sinks.Quiet, Author: agent, Assignee: mapping.PersonID(tom)},
			before: func(h stage.Human) { h.Assign(x.conversation, jane, jane) }, field: func(t stage.Thread) bool { return t.Assignee == tom }},
	}
	add := func(level mapping.Level, o operation) {
		if level == mapping.Full {
			out = append(out, o)
		}
	}
	add(f.SilentReply, operation{name: "silent message", op: sinks.Operation{Kind: sinks.PostMessage, Class: sinks.Silent, Author: agent, Body: body, At: at}})
	add(f.Reopen, operation{name: "reopen", op: sinks.Operation{Kind: sinks.SetState, Class: sinks.Quiet, Author: agent, State: mapping.Open},
		before: func(h stage.Human) { h.Close(x.conversation, jane) }, field: func(t stage.Thread) bool { return t.State == "open" }})
	add(f.Snooze, operation{name: "snooze", op: sinks.Operation{Kind: sinks.SetState, Class: sinks.Quiet, Author: agent, State: mapping.Snoozed, Until: x.desk.Now().Add(24 * time.Hour)},
		field: func(t stage.Thread) bool { return t.State == "snoozed" }})
	add(f.Unassign, operation{name: "unassign", op: sinks.Operation{Kind: sinks.SetAssignee, Class: sinks.Quiet, Author: agent},
		before: func(h stage.Human) { h.Assign(x.conversation, jane, tom) }, field: func(t stage.Thread) bool { return t.Assignee == "" }})
	support, sales := x.desk.Facts.Teams[0], x.desk.Facts.Teams[1]
	add(f.Team, operation{name: "team", op: sinks.Operation{Kind: sinks.SetTeam, Class: sinks.Quiet, Author: agent, Team: sales},
		before: func(stage.Human) { x.desk.Facts.Move(x.conversation, support) }, field: func(t stage.Thread) bool { return t.Team == sales }})
	add(f.Team, operation{name: "no team", op: sinks.Operation{Kind: sinks.SetTeam, Class: sinks.Quiet, Author: agent},
		before: func(stage.Human) { x.desk.Facts.Move(x.conversation, support) }, field: func(t stage.Thread) bool { return t.Team == "" }})
	tagged := func(tag string) func(stage.Thread) bool {
		return func(t stage.Thread) bool { return slices.Contains(t.Tags, tag) }
	}
	add(f.Tags, operation{name: "tag", op: sinks.Operation{Kind: sinks.AddTag, Class: sinks.Quiet, Author: agent, Tag: "other"}, field: tagged("other")})
	add(f.Tags, operation{name: "new tag", op: sinks.Operation{Kind: sinks.AddTag, Class: sinks.Quiet, Author: agent, Tag: "never seen"}, field: tagged("never seen")})
	add(f.Tags, operation{name: "untag", op: sinks.Operation{Kind: sinks.RemoveTag, Class: sinks.Quiet, Author: agent, Tag: "known"},
		field: func(t stage.Thread) bool { return !slices.Contains(t.Tags, "known") }})
	add(f.Title, operation{name: "title", op: sinks.Operation{Kind: sinks.SetTitle, Class: sinks.Quiet, Author: agent, Title: "Order 881"},
		field: func(t stage.Thread) bool { return t.Title == "Order 881" }})
	for i := range out {
		o := &out[i].op
		o.ID = id(strings.ReplaceAll(out[i].name, " ", "-"))
		if o.Kind != sinks.OpenConversation {
			o.Conversation = conversation
		}
	}
	return out
}

// made are the entries of the desk that show an operation with words or files.
func (x *exam) made(o operation) []stage.Entry {
	var out []stage.Entry
	for _, t := range x.desk.Dump() {
		for _, e := range t.Entries {
			words := !o.op.Body.IsEmpty() && mapping.Letters(e.Text) == mapping.Letters(text)
			if e.ByBridge && (words || o.op.Body.IsEmpty() && len(e.Files) > 0) {
				out = append(out, e)
			}
		}
	}
	return out
}

// happened counts how often an operation shows at the desk. A field counts once.
func (x *exam) happened(o operation) int {
	if o.field == nil {
		return len(x.made(o))
	}
	if o.field(x.thread()) {
		return 1
	}
	return 0
}

// thread is the desk's own picture of the conversation.
func (x *exam) thread() stage.Thread {
	x.Helper()
	dump := x.desk.Dump()
	i := slices.IndexFunc(dump, func(t stage.Thread) bool { return t.ID == x.conversation })
	require.GreaterOrEqual(x, i, 0)
	return dump[i]
}

// everything is the whole desk as text, to be compared.
func (x *exam) everything() string {
	x.Helper()
	b, err := json.Marshal(x.desk.Dump())
	require.NoError(x, err)
	return string(b)
}

// told are what the bridge made the desk send to customers.
func (x *exam) told() []stage.Notification {
	return slices.DeleteFunc(x.desk.Log.Notifications(), func(n stage.Notification) bool { return n.By != stage.ByBridge })
}

// each does something with every kind of write, each on a desk of its own.
func (x *exam) each(do func(o operation)) {
	x.Helper()
	for _, o := range x.operations() {
		x.fresh()
		fresh := x.operations() // ids of this desk
		o = fresh[slices.IndexFunc(fresh, func(f operation) bool { return f.name == o.name })]
		if o.before != nil {
			o.before(x.human(0))
		}
		x.desk.Log.Reset()
		x.wire.count()
		do(o)
	}
}
