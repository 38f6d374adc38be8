// Package sourcetest is the exam that every source passes: nothing is lost, nothing is told twice as something else, and
// what cannot be read is an error.
//
// A source's test file says which stand-in desk it reads and how it is made:
//
//	func TestExam(t *testing.T) {
//		sourcetest.Run(t, sourcetest.Subject{
//			Desk:   func() *stage.Front { return sandbox.NewDashly(sandbox.Options{}).Front },
//			Open:   func(t *testing.T, a sourcetest.Access) sources.Source { … },
//			Agents: [2]string{"14709", "14710"},
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
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
)

// Change is something that happens to a conversation and that a listing may or may not show.
type Change string

const (
	ByMessage  Change = "message"
	ByNote     Change = "note"
	ByClose    Change = "close"
	ByAssign   Change = "assign"
	ByTag      Change = "tag"
	ByReopen   Change = "reopen"
	ByUntag    Change = "untag"
	ByUnassign Change = "unassign"
)

// Access is what a source needs to reach the desk.
type Access struct {
	URL    string
	Token  string
	HTTP   *http.Client // nil: a client of the source's own
	Settle time.Duration
}

// Subject is a source under examination.
type Subject struct {
	// Desk makes an empty stand-in desk on the clock of the world. It accepts every token.
	Desk func() *stage.Front
	// Open makes the source. It keeps nothing of an earlier one.
	Open func(t *testing.T, a Access) sources.Source
	// Agents are the ids of two people who work at the desk.
	Agents [2]string
	// Page is how many conversations one call lists.
	Page int
	// Short leaves out the long chapters about answers that cannot be read, for further readings of the same desk.
	Short bool
	// Largest is the size in bytes of the largest file that the source takes; 0: this is not examined.
	Largest int
	// Missing is the id of a conversation that never existed, spelled as the desk spells ids.
	Missing mapping.ConversationID
	// Unmoved lists the changes that do not move the desk's time of the last update: polling alone does not find them
	// in old conversations, sweeps do.
	Unmoved []Change
	// Lag is how long the desk's list may be behind the desk. Nothing is expected of a poll before it has passed.
	Lag time.Duration
}

const (
	address = "https://desk.sandbox"
	token   = "s3cr3t-t0ken-of-the-exam" //nolint:gosec // it opens a stand-in desk
	settle  = 2 * time.Minute
)

type chapter struct {
	name string
	test func(*exam)
}

// Run examines a source.
func Run(t *testing.T, s Subject) {
	chapters := []chapter{
		{"whole", whole},
		{"header not newer than entries", headerFirst},
		{"versions", versions},
		{"empty desk", emptyDesk},
		{"many pages", manyPages},
		{"cursor behind the desk's clock", cursorBehindClock},
		{"cursor never backwards", cursorNeverBack},
		{"old conversations come up again", oldOnes},
		{"changes while listing", whileListing},
		{"between", between},
		{"denied", denied},
		{"not found", notFound},
		{"harmless", harmless},
	}
	if !s.Short {
		chapters = append(chapters, chapter{"broken answers", brokenAnswers}, chapter{"odd answers", oddAnswers})
	}
	for _, chapter := range chapters {
		t.Run(chapter.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { chapter.test(begin(t, s)) })
		})
	}
	t.Run("files", func(t *testing.T) { files(t, s) })
}

// exam is what a chapter works with: a desk, the wire to it, and the source.
type exam struct {
	*testing.T
	subject Subject
	desk    *stage.Front
	wire    *wire
	source  sources.Source
}

func begin(t *testing.T, s Subject) *exam {
	x := &exam{T: t, subject: s, desk: s.Desk()}
	x.reopen()
	return x
}

// reopen replaces the source by one that knows nothing.
func (x *exam) reopen() {
	x.wire = &wire{next: stage.Transport{"desk.sandbox": x.desk}}
	x.source = x.subject.Open(x.T, Access{URL: address, Token: token, HTTP: &http.Client{Transport: x.wire}, Settle: settle})
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
func (x *exam) change(h stage.Human, conversation string, c Change) {
	a, b := x.subject.Agents[0], x.subject.Agents[1]
	switch c {
	case ByMessage:
		h.Write(conversation, "One more thing")
	case ByNote:
		h.Note(conversation, a, "Looks like a known case")
	case ByClose:
		h.Close(conversation, a)
	case ByReopen:
		h.Reopen(conversation, a)
	case ByAssign:
		h.Assign(conversation, a, b)
	case ByUnassign:
		h.Assign(conversation, a, "")
	case ByTag:
		h.Tag(conversation, a, "billing")
	case ByUntag:
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
