package simulation

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
)

// Call is an HTTP call that has reached a desk.
type Call struct {
	Desk    mapping.Desk
	Request *http.Request
	Write   bool
	N       int // of this sort (write or read) at this desk, from 1
	Of      int // of this sort at both desks, from 1
}

// StoreCall is a command to the store, before it is done or afterwards.
type StoreCall struct {
	Doing string // "commit dashly:1", "take lease run"
	Write bool
	Done  bool // the command was done: what is decided now concerns its answer
}

// StoreFault tells how a command to the store goes wrong. The zero value is no fault.
type StoreFault struct {
	Slow time.Duration // it takes so much longer
	Down bool          // it fails: without effect, or with it when it was done already
}

// Fault is one way in which calls go wrong, from the text of ParseFault.
type Fault struct {
	stage.Fault
	Desk  mapping.Desk // empty: either
	Reads bool         // it strikes reads, not writes
	Files bool         // of the reads it strikes only the downloads of files
	Whole bool         // of the reads it strikes only those of one conversation
	Nth   int          // it strikes the n-th call of its sort from now on
	Times int          // so often in a row
	text  string
}

func (f Fault) String() string { return f.text }

// armed is a fault that waits for its calls.
type armed struct {
	Fault
	seen int
	told bool // by the script
}

// faultKinds are the words for what goes wrong.
var faultKinds = map[string]stage.Fault{
	"cut before send":   {Kind: stage.CutBefore},
	"cut after send":    {Kind: stage.CutAfter},
	"half an answer":    {Kind: stage.TruncateAfter},
	"answer twice":      {Kind: stage.Doubled},
	"nulls":             {Kind: stage.Nulls},
	"wrong types":       {Kind: stage.WrongTypes},
	"omit an item":      {Kind: stage.Omit},
	"repeat an item":    {Kind: stage.Repeat},
	"hang before":       {Kind: stage.HangBefore},
	"hang after":        {Kind: stage.HangAfter},
	"500 before":        {Kind: stage.Refuse, Status: 500},
	"500 after":         {Kind: stage.FailAfter, Status: 500},
	"html before":       {Kind: stage.Refuse, Status: 502, HTML: true},
	"html after":        {Kind: stage.FailAfter, Status: 502, HTML: true},
	"303 before":        {Kind: stage.Refuse, Status: 303, HTML: true},
	"303 after":         {Kind: stage.FailAfter, Status: 303, HTML: true},
	"429":               {Kind: stage.Refuse, Status: 429},
	"429 retry after 7": {Kind: stage.Refuse, Status: 429, RetryAfter: "7"},
	"403":               {Kind: stage.Refuse, Status: 403},
	"late by 60s":       {Kind: stage.Late, Delay: time.Minute},
	"late by 110s":      {Kind: stage.Late, Delay: 110 * time.Second},
	"late by 5m":        {Kind: stage.Late, Delay: 5 * time.Minute},
}

// FaultKinds lists the words that a fault can begin with.
func FaultKinds() []string {
	var all []string
	for k := range faultKinds {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}

var faultForm = regexp.MustCompile(`^(.+?)(?: on (?:the )?(?:(\d+)(?:st|nd|rd|th) )?(?:(dashly|intercom) )?(write|read|file|conversation))?(?:, (\d+) times)?$`)

// ParseFault reads for example "cut after send", "429 on the 3rd intercom read", "500 before on dashly write, 4
// times", "500 before on intercom file" or "500 before on dashly conversation". Without more it strikes the next write.
func ParseFault(text string) (Fault, error) {
	m := faultForm.FindStringSubmatch(strings.TrimSpace(text))
	f := Fault{Nth: 1, Times: 1, text: strings.TrimSpace(text)}
	ok := m != nil
	if ok {
		f.Fault, ok = faultKinds[m[1]]
	}
	if !ok {
		return f, fmt.Errorf("%q is no fault; write one of: %s; then for example \"on the 3rd dashly write, 2 times\"", text, strings.Join(FaultKinds(), ", "))
	}
	if m[2] != "" {
		f.Nth, _ = strconv.Atoi(m[2])
	}
	f.Desk, f.Files, f.Whole = mapping.Desk(m[3]), m[4] == "file", m[4] == "conversation"
	f.Reads = f.Files || f.Whole || m[4] == "read"
	if m[5] != "" {
		f.Times, _ = strconv.Atoi(m[5])
	}
	return f, nil
}

// isConversation tells whether a call reads one conversation, not the parts of it.
func isConversation(r *http.Request) bool { return conversationPath.MatchString(r.URL.Path) }

var conversationPath = regexp.MustCompile(`/conversations/\d+$`)

// counts are the calls so far, by desk and sort.
type counts struct {
	reads, writes map[mapping.Desk]int
	names         []string // of the writes
}

// isFile tells whether a call downloads a file.
func isFile(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/files/") || strings.HasPrefix(r.URL.Path, "/downloads/")
}

// fault decides how a call goes wrong. It is asked at the moment of the call, which is nobody else's.
func (w *World) fault(desk mapping.Desk, r *http.Request) stage.Fault {
	c := Call{Desk: desk, Request: r, Write: isWrite(r)}
	w.mu.Lock()
	finishing := w.finishing
	if w.calls.reads == nil {
		w.calls.reads, w.calls.writes = map[mapping.Desk]int{}, map[mapping.Desk]int{}
	}
	sort := w.calls.reads
	if c.Write {
		sort = w.calls.writes
		w.calls.names = append(w.calls.names, string(desk)+" "+r.Method+" "+r.URL.Path)
	}
	sort[desk]++
	c.N, c.Of = sort[desk], sort[dashlyDesk]+sort[intercomDesk]
	var out stage.Fault
	w.faults = slices.DeleteFunc(w.faults, func(f *armed) bool {
		if finishing || f.Reads == c.Write || f.Desk != "" && f.Desk != desk || f.Files && !isFile(r) || f.Whole && !isConversation(r) || out.Kind != stage.None {
			return false
		}
		if f.seen++; f.seen >= f.Nth {
			out = f.Fault.Fault
		}
		return f.seen >= f.Nth+f.Times-1
	})
	w.mu.Unlock()
	if out.Kind == stage.None && w.plan.Desk != nil && !finishing {
		w.asking.Lock()
		defer w.asking.Unlock()
		out = w.plan.Desk(w, c)
	}
	return out
}

// Arm lets calls go wrong from now on, before faults that wait already: what a script says happens, whatever the plan adds.
func (w *World) Arm(f Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	first := slices.IndexFunc(w.faults, func(f *armed) bool { return !f.told })
	if first < 0 {
		first = len(w.faults)
	}
	w.faults = slices.Insert(w.faults, first, &armed{Fault: f, told: true})
}

// written is the number of write calls that reached the desks.
func (w *World) written() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.calls.names)
}

func (w *World) lastWrites(n int) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.calls.names[len(w.calls.names)-n:])
}

// outage is a time in which the store does not work.
type outage struct {
	until time.Time
	fault StoreFault
}

// Outage lets every command to the store go wrong for a while.
func (w *World) Outage(d time.Duration, f StoreFault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.store = outage{time.Now().Add(d), f}
}

// storeFault decides how a command to the store goes wrong.
func (w *World) storeFault(c StoreCall) StoreFault {
	w.mu.Lock()
	o, finishing := w.store, w.finishing
	if finishing {
		w.mu.Unlock()
		return StoreFault{}
	}
	fault, struck := w.strikeStore(c)
	w.mu.Unlock()
	if struck {
		return fault
	}
	if time.Now().Before(o.until) && !c.Done {
		return o.fault
	}
	if w.plan.Store != nil {
		w.asking.Lock()
		defer w.asking.Unlock()
		return w.plan.Store(w, c)
	}
	return StoreFault{}
}
