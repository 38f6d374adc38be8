// Package dashly is a stateful stand-in for the Dashly (Carrot quest) Web API, version 2.
//
// It is written from the fact sheet reference/dashly-api.md alone; numbers in comments are its sections. It shares no
// code with the bridge's own reading of Dashly, so that a misreading on either side shows.
package dashly

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// Name of the desk in logs.
const Name = "dashly"

// Options of a Desk. The zero value is a desk with the default staff that accepts any token.
type Options struct {
	// Token is the only token accepted; empty accepts every non-empty one.
	Token string
	// AppID is the id of the site, 12 when zero.
	AppID uint64
	// FirstID is the first id of conversations and parts. Zero means 1160406004324630614, which is beyond 2^53 (3).
	FirstID uint64
	// Knobs are DefaultKnobs when nil.
	Knobs *Knobs
	// Now is the real time; time.Now when nil.
	Now func() time.Time
	// Log is shared when given.
	Log *stage.Log
}

// Desk is one site. It is an http.Handler that serves /v2/…, the same without prefix, /files/… and /_sandbox/….
type Desk struct {
	*stage.Front
	opt Options
	now func() time.Time

	mu       sync.Mutex
	knobs    Knobs
	nextID   uint64
	swapped  bool // the last id was taken under ScatteredIDs
	admins   []*admin
	users    map[uint64]*user
	own      map[string]uint64
	userIDs  []uint64
	convs    map[uint64]*conversation
	order    []*conversation // by last_update and id, ascending; nil when out of date
	files    map[uint64]*file
	channels []channel
	hits     []time.Time
}

type admin struct {
	id             uint64
	name, internal string
	bot, gone      bool
}

type channel struct {
	id         uint64
	name, kind string
}

// Ids of the staff that every desk begins with.
const (
	Jane  = "14709" // known as jane@example.org in the panel
	Tom   = "14710" // by name only
	Olga  = "14711"
	Max   = "14712" // works at this desk only
	Dash  = "14699" // the bot
	Mail  = "75"    // channels
	Help  = "77"
	first = uint64(1160406004324630614)
)

// New makes an empty desk.
func New(opt Options) *Desk {
	if opt.AppID == 0 {
		opt.AppID = 12
	}
	if opt.FirstID == 0 {
		opt.FirstID = first
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = &stage.Log{}
	}
	knobs := DefaultKnobs()
	if opt.Knobs != nil {
		knobs = *opt.Knobs
	}
	d := &Desk{
		opt: opt, knobs: knobs, nextID: opt.FirstID,
		users: map[uint64]*user{}, own: map[string]uint64{}, convs: map[uint64]*conversation{}, files: map[uint64]*file{},
		admins: []*admin{
			{id: 14699, name: "Dash", bot: true},
			{id: 14709, name: "Jane", internal: "jane@example.org"},
			{id: 14710, name: "Tom", internal: "Tom"},
			{id: 14711, name: "Ольга", internal: "olga@example.org"},
			{id: 14712, name: "Max", internal: "max@example.org"},
		},
		channels: []channel{{75, "E-mail", "email"}, {77, "Support", "manual"}, {78, "Telegram", "telegram"}},
	}
	d.now = func() time.Time {
		d.mu.Lock()
		skew := d.knobs.ClockSkew
		d.mu.Unlock()
		return opt.Now().Add(time.Duration(skew))
	}
	d.Front = &stage.Front{
		Name: Name, Log: opt.Log, Now: d.now, Serve: http.HandlerFunc(d.serve), Dump: d.Dump,
		Refusal: func(w http.ResponseWriter, status int) { writeError(w, errorOf(status)) },
		Human:   func(at time.Time) stage.Human { return d.At(at) },
		Knobs:   d.changeKnobs,
		Facts:   d.facts(),
	}
	return d
}

// SetKnobs changes the readings of a running desk.
func (d *Desk) SetKnobs(change func(*Knobs)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.knobs)
	d.order = nil
}

func (d *Desk) changeKnobs(change []byte) (any, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(bytes.TrimSpace(change)) == 0 {
		return d.knobs, nil
	}
	k := d.knobs
	dec := json.NewDecoder(bytes.NewReader(change))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&k); err != nil {
		return nil, fmt.Errorf("reading knobs: %w", err)
	}
	d.knobs = k
	return k, nil
}

// Hire adds an agent, or changes the one with that id. It returns the id.
func (d *Desk) Hire(a stage.Agent) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	id, _ := strconv.ParseUint(a.ID, 10, 64)
	if id == 0 {
		id = 14700 + uint64(len(d.admins))*10
	}
	for _, x := range d.admins {
		if x.id == id {
			x.name, x.internal, x.bot, x.gone = a.Name, a.Email, a.Bot, false
			return a.ID
		}
	}
	d.admins = append(d.admins, &admin{id: id, name: a.Name, internal: a.Email, bot: a.Bot})
	return strconv.FormatUint(id, 10)
}

// Dismiss makes the agent unusable in new calls; old entries keep showing it (U47).
func (d *Desk) Dismiss(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mustAdmin(id).gone = true
}

const high = uint64(1)<<63 + 1<<20 // beyond what a signed number holds

// id is the next free one. Under ScatteredIDs the even and the odd one of a pair change places.
func (d *Desk) id() uint64 {
	if d.knobs.HighIDs && d.nextID < high {
		d.nextID = high
	}
	if d.swapped != d.knobs.ScatteredIDs {
		d.swapped = d.knobs.ScatteredIDs
		d.nextID += 2 + d.nextID%2 // whole pairs
	}
	d.nextID++
	if d.swapped {
		return (d.nextID - 1) ^ 1
	}
	return d.nextID - 1
}

func (d *Desk) admin(id uint64) *admin {
	for _, a := range d.admins {
		if a.id == id {
			return a
		}
	}
	return nil
}

func (d *Desk) mustAdmin(id string) *admin {
	n, _ := strconv.ParseUint(id, 10, 64)
	a := d.admin(n)
	if a == nil {
		panic(fmt.Sprintf("dashly sandbox: no agent %q", id))
	}
	return a
}
