package state

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
)

// EntryKey names an entry within a pair.
type EntryKey struct {
	Desk mapping.Desk
	ID   mapping.EntryID
}

// Outcome is what became of an entry.
type Outcome string

const (
	Mirrored Outcome = "mirrored" // has a twin of its own
	Folded   Outcome = "folded"   // is part of a transcript or opening note
)

// EntryRecord is the memory of one entry that the bridge carried.
type EntryRecord struct {
	Outcome Outcome `json:"outcome"`
	// Twins are the entries that stand for it on the other desk, one a part. An empty id is a part that is not
	// written yet, "?" one that is written under an id the desk did not tell.
	Twins  []mapping.EntryID `json:"twins,omitempty"`
	Text   mapping.Print     `json:"text,omitempty"` // of the source, to notice edits
	Losses []mapping.Loss    `json:"losses,omitempty"`
	// Refused is set when the desk refused the entry: a stub note stands for it.
	Refused bool `json:"refused,omitempty"`
	// Voiceless is set when the desk lets nobody write as the customer any more: a note holds the words.
	Voiceless bool `json:"voiceless,omitempty"`
	// Unsigned is set when the desk refused it from its author's counterpart, who may have left: next time the fallback
	// agent writes it, below a line that names its author.
	Unsigned bool `json:"unsigned,omitempty"`
	// Forbidden is set when the desk forbade to write it as the customer: next time a note is tried.
	Forbidden bool `json:"forbidden,omitempty"`
}

// Complete reports whether every part has a twin.
func (r EntryRecord) Complete() bool {
	for _, t := range r.Twins {
		if t == "" {
			return false
		}
	}
	return true
}

// Begun reports whether some part has a twin.
func (r EntryRecord) Begun() bool {
	return slices.ContainsFunc(r.Twins, func(t mapping.EntryID) bool { return t != "" })
}

// Intent is the durable promise "I am about to do this", written before the call leaves.
type Intent struct {
	ID      string            `json:"id"` // the operation's marker
	Kind    string            `json:"kind"`
	Desk    mapping.Desk      `json:"desk"` // that is written to
	Entries []mapping.EntryID `json:"entries,omitempty"`
	Part    int               `json:"part,omitempty"` // 1-based
	Of      int               `json:"of,omitempty"`
	Print   mapping.Print     `json:"print,omitempty"` // of what is written, without a time
	Chosen  time.Time         `json:"chosen,omitzero"`
	Contact mapping.Contact   `json:"contact,omitzero"` // of an opening
	// Customer is whom the original's desk named as the customer of an opening: they may be merged into somebody else
	// before its outcome is known.
	Customer mapping.PersonID `json:"customer,omitempty"`
	Value    string           `json:"value,omitempty"` // of a field
	// Carries is the other desk's value that a field is to follow, spelt like Value; nil: it restores what was agreed.
	Carries *string `json:"carries,omitempty"`
	// Author is in whose name a field is written: the desk's own entry about it tells the same.
	Author mapping.PersonID `json:"author,omitempty"`
	// Shown are the desk's entries that stood there before a field was written and could else be taken for its.
	Shown []mapping.EntryID `json:"shown,omitempty"`
	// Truncated is how many entries the desk did not show of the conversation when this was promised.
	Truncated int       `json:"truncated,omitempty"`
	SentAt    time.Time `json:"sent_at"`
	// Adrift is set when our clock was put back since: it was sent before SentAt, nobody knows when.
	Adrift bool `json:"adrift,omitempty"`
	// Done is set when the desk confirmed the write without telling the id of what it made: it is never sent again,
	// only looked for.
	Done bool `json:"done,omitempty"`
	// Unanswered is set when the call left and no answer came that tells what became of it.
	Unanswered bool `json:"unanswered,omitempty"`
	// Checks counts read-backs after settle that showed nothing.
	Checks int `json:"checks,omitempty"`
}

// Field gives the field that an intent is to set, and the value.
func (i Intent) Field() (f mapping.Field, value string) {
	name, value, _ := strings.Cut(i.Value, "=")
	return mapping.Field(name), value
}

// Consequence tells how far the bridge is with the changes of fields that its own writes may have caused.
type Consequence int

const (
	Clean    Consequence = iota // nothing was written since the base was read
	Stirred                     // entries were written: a changed field may be our doing
	Restored                    // the agreed value was written once more; what differs now is accepted
)

// DeskState is what the ledger knows of one side.
type DeskState struct {
	Seen mapping.Version `json:"seen,omitempty"` // as of the last look that left nothing to do
	// Customer is whose conversation it is, as of the last write or of the last look that left nothing to do.
	Customer mapping.PersonID `json:"customer,omitempty"`
	Base     *mapping.Fields  `json:"base,omitempty"` // agreed fields, in the desk's own vocabulary
	// Unsent is Base as it was before people changed fields here while nothing was carried from this desk; nil: as Base.
	Unsent *mapping.Fields `json:"unsent,omitempty"`
	// Known are the desk's own entries as of Base: a newer one may explain a changed field.
	Known       []mapping.EntryID `json:"known,omitempty"`
	Consequence Consequence       `json:"consequence,omitempty"`
	// Before is what the fields were, and when by the desk's clock, as read before the first of the writes that
	// Consequence tells of: a difference from Base that it holds already is not their doing.
	Before   *mapping.Fields `json:"before,omitempty"`
	BeforeAt time.Time       `json:"before_at,omitzero"`
	// BeforeShown are the desk's own entries of the last seconds that this reading showed: in one second, ids tell what
	// came later.
	BeforeShown []mapping.EntryID `json:"before_shown,omitempty"`
	// Written are the fields that were written since Base, as promised and confirmed.
	Written      []Intent  `json:"written,omitempty"`
	MissingSince time.Time `json:"missing_since,omitzero"`
	Gone         bool      `json:"gone,omitempty"`
	// Held are values that this desk refused or cannot hold, by field: they are not written again.
	Held map[mapping.Field]string `json:"held,omitempty"`
	// Doubted are operations that were refused once, in an answer that may not be this desk's own, since the last look that
	// left nothing to do: a second refusal decides.
	Doubted []string `json:"doubted,omitempty"`
	// Vain is how often an operation had no answer and was then read back in vain, since the last look that left nothing to
	// do: it is not sent for ever.
	Vain map[string]int `json:"vain,omitempty"`
}

// Meta is what the ledger knows of the pair as a whole.
type Meta struct {
	Origin mapping.Ref     `json:"origin"`
	Twin   mapping.Ref     `json:"twin,omitzero"`
	Opened mapping.EntryID `json:"opened,omitempty"` // entry of the origin with which the twin was opened
	Linked bool            `json:"linked,omitempty"` // the back-link note stands
	Since  time.Time       `json:"since"`
	// Copied is a conversation that is the origin's copy by what it says itself, or by a promise, while the origin cannot be
	// looked at, so that nobody has confirmed it.
	Copied mapping.Ref `json:"copied,omitzero"`
	// DroppedAt is when an operator gave up what was not carried by then.
	DroppedAt time.Time `json:"dropped_at,omitzero"`
	// Sought is set when a filter left the conversation out and the other desk was searched for a copy of it in vain.
	Sought bool `json:"sought,omitempty"`
	// Unsure is set while the store may have forgotten something of the pair: it was left before everything was looked at, in
	// a run that did not know what the store had lost.
	Unsure bool `json:"unsure,omitempty"`
	// Unread is set while the origin, of which no copy is known, could not be read.
	Unread bool `json:"unread,omitempty"`
}

// Ledger is the memory of one pair. Its setters collect the next Change; Pending hands it over.
type Ledger struct {
	Pair    Pair
	Meta    Meta
	Entries map[EntryKey]EntryRecord
	Intents map[string]Intent
	Desks   map[mapping.Desk]DeskState
	// Ours are entries that the bridge wrote and that are nobody's twin: notes about the pair, system entries.
	Ours map[EntryKey]string

	next Change
}

// Keys of the records. They are a stored contract.
const (
	keyMeta   = "meta"
	keyEntry  = "e/" // e/<desk>/<id>
	keyIntent = "i/" // i/<operation>
	keyDesk   = "d/" // d/<desk>
	keyOurs   = "o/" // o/<desk>/<id>
)

func (k EntryKey) key(prefix string) string { return prefix + string(k.Desk) + "/" + string(k.ID) }

func parseEntryKey(s string) EntryKey {
	desk, id, _ := strings.Cut(s, "/")
	return EntryKey{Desk: mapping.Desk(desk), ID: mapping.EntryID(id)}
}

// ReadLedger decodes the records of a pair. No records give a ledger without memory: Known is then false.
func ReadLedger(p Pair, r Records) (*Ledger, error) {
	l := &Ledger{Pair: p, Entries: map[EntryKey]EntryRecord{}, Intents: map[string]Intent{}, Desks: map[mapping.Desk]DeskState{}, Ours: map[EntryKey]string{}}
	for k, v := range r {
		var err error
		switch {
		case k == keyMeta:
			err = json.Unmarshal(v, &l.Meta)
		case strings.HasPrefix(k, keyEntry):
			err = into(l.Entries, parseEntryKey(k[len(keyEntry):]), v)
		case strings.HasPrefix(k, keyIntent):
			err = into(l.Intents, k[len(keyIntent):], v)
		case strings.HasPrefix(k, keyDesk):
			err = into(l.Desks, mapping.Desk(k[len(keyDesk):]), v)
		case strings.HasPrefix(k, keyOurs):
			err = into(l.Ours, parseEntryKey(k[len(keyOurs):]), v)
		}
		if err != nil {
			return nil, fmt.Errorf("ledger of %s: record %s: %w", p, k, err)
		}
	}
	return l, nil
}

func into[K comparable, V any](m map[K]V, k K, data []byte) error {
	var v V
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	m[k] = v
	return nil
}

// Known reports whether the ledger has any memory of the pair.
func (l *Ledger) Known() bool { return !l.Meta.Origin.IsZero() }

// SetMeta records the pair itself.
func (l *Ledger) SetMeta(m Meta) {
	l.Meta = m
	l.put(keyMeta, m)
	for _, r := range []mapping.Ref{m.Origin, m.Twin} {
		if !r.IsZero() {
			l.next.Index = append(l.next.Index, r)
		}
	}
}

// SetEntry records what became of an entry.
func (l *Ledger) SetEntry(k EntryKey, r EntryRecord) {
	l.Entries[k] = r
	l.put(k.key(keyEntry), r)
}

// SetOurs records an entry that the bridge wrote and that is nobody's twin.
func (l *Ledger) SetOurs(k EntryKey, what string) {
	if l.Ours[k] != what {
		l.Ours[k] = what
		l.put(k.key(keyOurs), what)
	}
}

// SetIntent records an intent.
func (l *Ledger) SetIntent(i Intent) {
	l.Intents[i.ID] = i
	l.put(keyIntent+i.ID, i)
}

// DropIntent takes an intent away: its outcome is known.
func (l *Ledger) DropIntent(id string) {
	if _, ok := l.Intents[id]; ok {
		delete(l.Intents, id)
		l.del(keyIntent + id)
	}
}

// SetDesk records the state of one side.
func (l *Ledger) SetDesk(d mapping.Desk, s DeskState) {
	l.Desks[d] = s
	l.put(keyDesk+string(d), s)
}

// Park puts the pair on the agenda; Settled takes it off.
func (l *Ledger) Park(i Item) { i.Pair = l.Pair; l.next.Agenda, l.next.Done = &i, false }

// Confirm ends the intent of a field that was written: it is remembered until the next agreement. What could not be written
// of a field that has one value is past with it.
func (l *Ledger) Confirm(in Intent) {
	l.DropIntent(in.ID)
	d := l.Desks[in.Desk]
	d.Written = append(slices.DeleteFunc(slices.Clone(d.Written), func(w Intent) bool { return w.ID == in.ID }), in)
	if f, _ := in.Field(); f != mapping.Tags {
		d.Held = maps.Clone(d.Held)
		delete(d.Held, f)
	}
	l.SetDesk(in.Desk, d)
}

// Settled takes the pair off the agenda.
func (l *Ledger) Settled() { l.next.Agenda, l.next.Done = nil, true }

// Forget takes all records of the pair away, and the pair off the agenda: its conversation turned out to belong to
// another pair.
func (l *Ledger) Forget(r Records) {
	l.next = Change{Done: true}
	for k := range r {
		l.next.Del = append(l.next.Del, k)
	}
}

// Pending hands over the change collected so far; ok is false when there is none.
func (l *Ledger) Pending() (c Change, ok bool) {
	c, l.next = l.next, Change{}
	return c, len(c.Put)+len(c.Del)+len(c.Index) > 0 || c.Agenda != nil || c.Done
}

func (l *Ledger) put(key string, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		panic("state: " + key + ": " + err.Error()) // records are plain data
	}
	if l.next.Put == nil {
		l.next.Put = map[string][]byte{}
	}
	l.next.Put[key] = data
	l.next.Del = slices.DeleteFunc(l.next.Del, func(k string) bool { return k == key })
}

func (l *Ledger) del(key string) {
	delete(l.next.Put, key)
	l.next.Del = append(l.next.Del, key)
}

// OursOn gives the entries of one desk that the bridge wrote, as twins or as notes about the pair.
func (l *Ledger) OursOn(desk mapping.Desk) map[mapping.EntryID]bool {
	ours := map[mapping.EntryID]bool{}
	for k := range l.Ours {
		if k.Desk == desk {
			ours[k.ID] = true
		}
	}
	for k, r := range l.Entries {
		if k.Desk == desk {
			continue
		}
		for _, t := range r.Twins {
			ours[t] = true
		}
	}
	return ours
}
