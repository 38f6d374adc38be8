// Package intercom is a stateful stand-in for the Intercom REST API, versions 2.7 to 2.16.
//
// It is written from the fact sheet reference/intercom-api.md and the published OpenAPI file alone; numbers in comments
// are sections of the sheet. It shares no code with the bridge's own reading of Intercom, so that a misreading on
// either side shows.
package intercom

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
const Name = "intercom"

// Options of a Desk. The zero value is a desk with the default staff that accepts any token.
type Options struct {
	// Token is the only token accepted; empty accepts every non-empty one.
	Token string
	// IDCode is the key of the workspace, "abcd1234" when empty.
	IDCode string
	// Version is used when a call has no Intercom-Version header, "2.15" when empty.
	Version string
	// Knobs are DefaultKnobs when nil.
	Knobs *Knobs
	// Now is the real time; time.Now when nil.
	Now func() time.Time
	// Log is shared when given.
	Log *stage.Log
	// Fetch gets the file behind an attachment_urls entry. Nil uses the network, with a limit of 10 seconds. A file
	// that cannot be got becomes an attachment without content.
	Fetch func(url string) (content []byte, media string, err error)
}

// Desk is one workspace. It is an http.Handler that serves the API, /downloads/… and /_sandbox/….
type Desk struct {
	*stage.Front
	opt Options
	now func() time.Time

	mu       sync.Mutex
	knobs    Knobs
	lastConv int64
	lastPart int64
	lastMsg  int64
	lastReq  int64
	admins   []*admin
	teams    []team
	tags     []*tag
	contacts map[string]*contact
	people   []*contact // in order of creation
	convs    map[string]*conversation
	threads  []*conversation // in order of creation
	files    []*file
	window   int64 // start of the rate window, unix seconds
	used     int
	searches int
}

type admin struct {
	id          int64
	name, email string
	bot, gone   bool
}

type team struct {
	id     int64
	name   string
	admins []int64
}

type tag struct {
	id, name string
}

// Ids of the staff that every workspace begins with. Jane, Tom and Olga work at the other desk too.
const (
	Jane     = "25"
	Tom      = "26"
	Olga     = "27"
	Lena     = "28" // works at this desk only
	Operator = "24" // the bot, not in the list of admins (8.4)
	Support  = "5017691"
	Sales    = "5017692"
)

// New makes an empty desk.
func New(opt Options) *Desk {
	if opt.IDCode == "" {
		opt.IDCode = "abcd1234"
	}
	if opt.Version == "" {
		opt.Version = "2.15"
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = &stage.Log{}
	}
	if opt.Fetch == nil {
		opt.Fetch = fetch
	}
	knobs := DefaultKnobs()
	if opt.Knobs != nil {
		knobs = *opt.Knobs
	}
	d := &Desk{
		opt: opt, knobs: knobs, lastConv: 214000000000000, lastPart: 26000000000, lastMsg: 403918000,
		contacts: map[string]*contact{}, convs: map[string]*conversation{},
		admins: []*admin{
			{id: 24, name: "Operator", email: "operator+" + opt.IDCode + "@intercom.io", bot: true},
			{id: 25, name: "Jane", email: "jane@example.org"},
			{id: 26, name: "Tom", email: "tom@example.com"},
			{id: 27, name: "Ольга", email: "olga@example.org"},
			{id: 28, name: "Lena", email: "lena@example.org"},
		},
		teams: []team{{5017691, "Support", []int64{25, 26, 27, 28}}, {5017692, "Sales", []int64{28}}},
	}
	d.now = func() time.Time {
		d.mu.Lock()
		skew := d.knobs.ClockSkew
		d.mu.Unlock()
		return opt.Now().Add(time.Duration(skew))
	}
	d.Front = &stage.Front{
		Name: Name, Log: opt.Log, Now: d.now, Serve: http.HandlerFunc(d.serve), Dump: d.Dump,
		Refusal: func(w http.ResponseWriter, status int) { writeError(w, errorOf(status), 0) },
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

// Hire adds an admin, or changes the one with that id. It returns the id.
func (d *Desk) Hire(a stage.Agent) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	id, _ := strconv.ParseInt(a.ID, 10, 64)
	if id == 0 {
		id = 100 + int64(len(d.admins))
	}
	for _, x := range d.admins {
		if x.id == id {
			x.name, x.email, x.bot, x.gone = a.Name, a.Email, a.Bot, false
			return a.ID
		}
	}
	d.admins = append(d.admins, &admin{id: id, name: a.Name, email: a.Email, bot: a.Bot})
	return strconv.FormatInt(id, 10)
}

// Dismiss takes an admin out of the list and refuses it in new calls; old parts keep showing it.
func (d *Desk) Dismiss(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mustAdmin(id).gone = true
}

func (d *Desk) admin(id string) *admin {
	for _, a := range d.admins {
		if strconv.FormatInt(a.id, 10) == id {
			return a
		}
	}
	return nil
}

func (d *Desk) mustAdmin(id string) *admin {
	a := d.admin(id)
	if a == nil {
		panic(fmt.Sprintf("intercom sandbox: no admin %q", id))
	}
	return a
}

func (d *Desk) team(id string) *team {
	for i := range d.teams {
		if strconv.FormatInt(d.teams[i].id, 10) == id {
			return &d.teams[i]
		}
	}
	return nil
}
