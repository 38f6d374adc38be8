package simulation

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state/memory"
)

// World is two stand-in desks, a disk and the processes of a bridge between them. It lives inside a bubble of
// testing/synctest. The hooks of a plan may use everything that is exported here.
type World struct {
	Dashly   *dashly.Desk
	Intercom *intercom.Desk
	Log      *stage.Log
	// Disk is what the bridge remembers. A hook may put it back to an earlier write, or put another one in its place.
	Disk *memory.Disk

	scenario *Scenario
	plan     Plan
	settings Settings
	began    time.Time
	pace     *pace
	trace    *trace
	hosts    map[string]http.Handler
	under    sync.WaitGroup // calls on their way that nobody waits for
	// successors are processes that took over from stopped ones.
	successors sync.WaitGroup

	asking sync.Mutex // the hooks of the plan: who asks has it

	mu      sync.Mutex
	counted int   // points of this life
	passed  int   // points of all lives
	lives   []int // at which point each life before this one ended
	points  []Point
	changes int // of anything that outlives a process
	pids    int
	living  map[int]bool
	host    string
	// finishing: the story is told, what follows only looks at its end, and has no points.
	finishing bool
	faults    []*armed
	traps     []*trap
	wrong     []error // what happened beside the script and must not
	calls     counts  // what the desks were asked
	account   account
	store     outage
	asked     storeSeen

	talks     map[string]*talk
	last      string // label of the latest conversation
	known     map[string]map[mapping.Desk]string
	hired     map[mapping.Desk]map[string]string
	marks     map[string]int          // versions of the disk, by the names that the script gave them
	stores    map[string]*memory.Disk // of other bridges, by name; nil while there is but one
	storeName string                  // of Disk
	rewritten map[string]bool         // entries whose words people have changed or erased, by id
	reports   []PassReport
	buckets   []string
	// of a repetition: the number of the turn, its distance, and whether the sentence is about the past
	n         int
	every     time.Duration
	backdated bool
}

// trap kills or stops the process at a coming point of a kind that belongs to a write.
type trap struct {
	kind Kind
	left int
	stop time.Duration // 0: it dies
}

// newWorld makes a world for one run. It is called inside the bubble.
func newWorld(s *Scenario, plan Plan, settings Settings) (*World, error) {
	w := &World{
		Log: &stage.Log{}, Disk: memory.NewDisk(memory.Manner{Lossy: settings.lossy, Parted: settings.parted}),
		scenario: s, plan: plan, settings: settings, began: time.Now(), pace: newPace(plan.Seed),
		living: map[int]bool{}, host: "host-1",
		talks: map[string]*talk{}, known: map[string]map[mapping.Desk]string{}, hired: map[mapping.Desk]map[string]string{}, marks: map[string]int{}, rewritten: map[string]bool{},
	}
	w.trace = &trace{readable: plan.Readable, began: w.began}
	w.Dashly, w.Intercom = sandbox.NewPair(sandbox.Options{Log: w.Log})
	w.hosts = map[string]http.Handler{hostOf(sandbox.DashlyURL): w.Dashly, hostOf(sandbox.IntercomURL): w.Intercom}
	for _, k := range settings.knobs {
		if err := w.turn(k); err != nil {
			return nil, err
		}
	}
	for _, f := range plan.Faults {
		w.faults = append(w.faults, &armed{Fault: f})
	}
	w.Dashly.Fail(func(r *http.Request) stage.Fault { return w.fault(dashlyDesk, r) })
	w.Intercom.Fail(func(r *http.Request) stage.Fault { return w.fault(intercomDesk, r) })
	return w, nil
}

func hostOf(url string) string { return strings.TrimPrefix(url, "https://") }

// front is what both desks have in common.
func (w *World) front(desk mapping.Desk) *stage.Front {
	if desk == dashlyDesk {
		return w.Dashly.Front
	}
	return w.Intercom.Front
}

func (w *World) turn(k knob) error {
	_, err := w.front(k.desk).Knobs([]byte(k.change))
	return err
}

// Sleep lets time pass.
func (w *World) Sleep(d time.Duration) { <-time.After(d) }

// Now is how long the world exists.
func (w *World) Now() time.Duration { return time.Since(w.began) }

// Kill lets the process die at the n-th point of this kind, from now on, that belongs to a write, by HTTP or to the
// store.
func (w *World) Kill(at Kind, nth int) {
	w.set(&trap{kind: at, left: nth})
}

// Stop lets the process be stopped, as by SIGSTOP, for so long at the n-th point of this kind, from now on, that belongs
// to a write. At that moment another host begins to do the same work.
func (w *World) Stop(d time.Duration, at Kind, nth int) {
	w.set(&trap{kind: at, left: nth, stop: d})
}

func (w *World) set(t *trap) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.traps = append(w.traps, t)
}

// Move has every following process run on another host than those before.
func (w *World) Move() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.host = fmt.Sprintf("host-%d", w.pids+2)
}

// change notes that something has changed which outlives a process, or will.
func (w *World) change() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changes++
}

// Deaths is how often a process died so far.
func (w *World) Deaths() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.lives)
}

// Points is how many points there were so far, in all lives.
func (w *World) Points() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.passed
}

// talk is one conversation of the story, on both desks.
type talk struct {
	desk mapping.Desk // where it began
	ids  map[mapping.Desk]string
}

// conversation finds a conversation on a desk: by its label, or the latest one.
func (w *World) conversation(label string, desk mapping.Desk) (string, error) {
	if label == "" {
		label = w.last
	}
	t, ok := w.talks[label]
	if !ok {
		return "", fmt.Errorf("no conversation %q has begun", label)
	}
	w.last = label
	if id, ok := t.ids[desk]; ok {
		return id, nil
	}
	id, err := w.twin(desk, mapping.Ref{Desk: t.desk, ID: mapping.ConversationID(t.ids[t.desk])})
	if err != nil {
		return "", fmt.Errorf("conversation %q: %w", label, err)
	}
	t.ids[desk] = id
	return id, nil
}

// twin finds the copy of a conversation by the notes that the bridge leaves in it, not by what the bridge remembers.
func (w *World) twin(desk mapping.Desk, original mapping.Ref) (string, error) {
	for _, t := range w.front(desk).Dump() {
		for _, e := range t.Entries {
			if !e.ByBridge || e.Visible {
				continue
			}
			if token, ok := mapping.FindToken(e.Text); ok && token.Source == original {
				return t.ID, nil
			}
		}
	}
	return "", fmt.Errorf("%s has no copy of %s", desk, original)
}

// thread is the picture of one conversation; false when the desk does not show it.
func (w *World) thread(desk mapping.Desk, id string) (stage.Thread, bool) {
	for _, t := range w.front(desk).Dump() {
		if t.ID == id {
			return t, true
		}
	}
	return stage.Thread{}, false
}
