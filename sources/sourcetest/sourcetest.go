// Package sourcetest is the exam that every source passes: nothing is lost, nothing is told twice as something else, and
// what cannot be read is an error.
//
// A source's test file names the stand-in desk's readings and makes the source. All of Intercom's is
//
//	func TestExam(t *testing.T) {
//		sourcetest.Run(t, sourcetest.Subject{
//			Readings: sandbox.Readings(),
//			Largest:  100 << 20,
//			Open: func(a sourcetest.Access) (sources.Source, error) {
//				c, err := api.New(api.Options{BaseURL: a.URL, Token: a.Token, Version: a.Version, HTTP: a.HTTP})
//				if err != nil {
//					return nil, err
//				}
//				return intercom.New(c, intercom.Options{Settle: a.Settle, Allow: a.Allow}), nil
//			},
//		})
//	}
//
// Chapters run on simulated time with a desk in the same process; files are read over real HTTP.
package sourcetest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
)

// change is something that happens to a conversation and that a listing may or may not show.
type change string

const (
	byMessage  change = "message"
	byNote     change = "note"
	byClose    change = "close"
	byAssign   change = "assign"
	byTag      change = "tag"
	byReopen   change = "reopen"
	byUntag    change = "untag"
	byUnassign change = "unassign"
)

// Access is what a source needs to reach the desk.
type Access struct {
	URL     string
	Token   string
	Version string       // of the API; empty where the desk has but one
	HTTP    *http.Client // nil: a client of the source's own
	Settle  time.Duration
	Allow   []string // hosts besides the desk's own whose files are fetched although they are not public
}

// Subject is a source under examination.
type Subject struct {
	// Readings are the stand-in desks; the exam is held on each.
	Readings []stage.Reading
	// Open makes the source. It keeps nothing of an earlier one.
	Open func(a Access) (sources.Source, error)
	// Largest is the size in bytes of the largest file that the source takes.
	Largest int
}

const (
	address = "https://desk.sandbox"
	token   = "s3cr3t-t0ken-of-the-exam" //nolint:gosec // it opens a stand-in desk
	settle  = 2 * time.Minute
)

// Run examines a source on every reading of its desk.
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
		{"whole", whole},
		{"header not newer than entries", headerFirst},
		{"versions", versions},
		{"teams", teams},
		{"empty desk", emptyDesk},
		{"many pages", manyPages},
		{"cursor behind the desk's clock", cursorBehindClock},
		{"cursor never backwards", cursorNeverBack},
		{"clock put back", clockPutBack},
		{"old conversations come up again", oldOnes},
		{"changes while listing", whileListing},
		{"between", between},
		{"denied", denied},
		{"not found", notFound},
		{"harmless", harmless},
		{"broken answers", brokenAnswers},
		{"odd answers", oddAnswers},
	} {
		t.Run(chapter.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { chapter.test(begin(t, s, reading)) })
		})
	}
	t.Run("files", func(t *testing.T) { files(begin(t, s, reading)) })
}

// exam is what a chapter works with: a desk, the wire to it, and the source.
type exam struct {
	*testing.T
	subject Subject
	reading stage.Reading
	desk    *stage.Front
	wire    *wire
	source  sources.Source
	endless atomic.Int32 // how often a file without an end was asked for
}

func begin(t *testing.T, s Subject, reading stage.Reading) *exam {
	x := &exam{T: t, subject: s, reading: reading}
	x.fresh()
	return x
}

// fresh takes a new desk and a source that knows nothing.
func (x *exam) fresh() {
	x.desk = x.reading.Desk()
	x.reopen()
}

// reopen replaces the source by one that knows nothing.
func (x *exam) reopen() {
	x.wire = &wire{next: stage.Transport{"desk.sandbox": x.desk}}
	x.open(Access{URL: address, HTTP: &http.Client{Transport: x.wire}})
}

func (x *exam) open(a Access) {
	x.Helper()
	a.Token, a.Version, a.Settle = token, x.reading.Version, settle
	var err error
	x.source, err = x.subject.Open(a)
	require.NoError(x, err)
}

// wire is the way to the desk. before is called ahead of every call, with its number from 1; what it returns stands for
// the answer, unless it is nil.
type wire struct {
	next   http.RoundTripper
	mu     sync.Mutex
	calls  int
	before func(n int, r *http.Request) func() (*http.Response, error)
}

// RoundTrip counts the call and lets the test interfere.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.calls++
	n, before := w.calls, w.before
	w.mu.Unlock()
	if before != nil {
		if instead := before(n, r); instead != nil {
			return instead()
		}
	}
	return w.next.RoundTrip(r)
}

// watch counts from nought again and interferes from now on.
func (w *wire) watch(before func(n int, r *http.Request) func() (*http.Response, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls, w.before = 0, before
}

// human is people at work, so long ago.
func (x *exam) human(ago time.Duration) stage.Human { return x.desk.Human(x.desk.Now().Add(-ago)) }

// customer makes a customer with an own id.
func (x *exam) customer(own string) string {
	return x.human(0).Customer(stage.Customer{Own: own, Name: "Customer " + own})
}

// pass lets time go by.
func (x *exam) pass(d time.Duration) { time.Sleep(d) } //nolint:forbidigo // simulated time

// lag is how long the desk's lists are behind the desk: nothing is expected of a poll before it has passed.
func (x *exam) lag() time.Duration { return x.desk.Facts.Lag() }

// listed is everything that a listing gave, the last word on each conversation.
type listed map[mapping.ConversationID]sources.Listing

func (l listed) take(one sources.Listing) error {
	l[one.Ref.ID] = one
	return nil
}

func (l listed) ids() []mapping.ConversationID {
	var out []mapping.ConversationID
	for id := range l {
		out = append(out, id)
	}
	slices.SortFunc(out, func(a, b mapping.ConversationID) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return out
}

func (x *exam) changed(since sources.Cursor, floor time.Time) (listed, sources.Cursor) {
	x.Helper()
	out := listed{}
	next, err := x.source.Changed(x.Context(), since, floor, out.take)
	require.NoError(x, err)
	return out, next
}

func (x *exam) between(w sources.Window) listed {
	x.Helper()
	out := listed{}
	require.NoError(x, x.source.Between(x.Context(), w, out.take))
	return out
}

func (x *exam) read(id string) mapping.Conversation {
	x.Helper()
	c, err := x.source.Read(x.Context(), mapping.ConversationID(id))
	require.NoError(x, err)
	require.Equal(x, x.source.Desk(), c.Desk)
	require.Equal(x, mapping.ConversationID(id), c.ID)
	return c
}

// thread is the desk's own picture of a conversation.
func (x *exam) thread(id string) stage.Thread {
	x.Helper()
	dump := x.desk.Dump()
	i := slices.IndexFunc(dump, func(t stage.Thread) bool { return t.ID == id })
	require.GreaterOrEqual(x, i, 0, "no conversation %s at the desk", id)
	return dump[i]
}

// everything is the whole desk as text, to be compared.
func (x *exam) everything() string {
	x.Helper()
	b, err := json.Marshal(x.desk.Dump())
	require.NoError(x, err)
	return string(b)
}

// change does one kind of change to a conversation.
func (x *exam) change(h stage.Human, conversation string, c change) {
	a, b := x.desk.Facts.Agents[0], x.desk.Facts.Agents[1]
	switch c {
	case byMessage:
		h.Write(conversation, "One more thing")
	case byNote:
		h.Note(conversation, a, "Looks like a known case")
	case byClose:
		h.Close(conversation, a)
	case byReopen:
		h.Reopen(conversation, a)
	case byAssign:
		h.Assign(conversation, a, b)
	case byUnassign:
		h.Assign(conversation, a, "")
	case byTag:
		h.Tag(conversation, a, "billing")
	case byUntag:
		h.Untag(conversation, a, "billing")
	}
}

// entryIDs are the ids of the entries of a conversation.
func entryIDs(c mapping.Conversation) []string {
	var out []string
	for _, e := range c.Entries {
		out = append(out, string(e.ID))
	}
	return out
}

// deskIDs are the ids of the entries of the desk's picture.
func deskIDs(t stage.Thread) []string {
	var out []string
	for _, e := range t.Entries {
		out = append(out, e.ID)
	}
	return out
}
