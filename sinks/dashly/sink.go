// Package dashly writes Dashly: one operation with one call, and the safe search for a customer's counterpart.
package dashly

import (
	"context"
	"errors"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/deskbridge/deskbridge/internal/api"
	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/sinks"
)

// defaultAdmin is the author that every site has (dashly-api.md 8).
const defaultAdmin = "default_admin"

// Ways to find a customer by an address.
const (
	MatchIdentified = "identified" // only if both sides are identified
	MatchEmail      = "email"      // whoever has the address
	MatchNone       = "none"       // never
)

// Options of a sink.
type Options struct {
	Name     string           // of the pair: part of the natural key of the users that the bridge makes
	Match    string           // identified (also when empty), email or none
	Fallback mapping.PersonID // operator who acts where no other is given; empty: default_admin
}

// Sink writes Dashly. It is safe for concurrent use.
type Sink struct {
	client   *apidashly.Client
	opts     Options
	features mapping.Features

	mu      sync.Mutex
	unnamed map[mapping.PersonID]bool // users who speak by another name; see speaker
}

var _ sinks.Sink = (*Sink)(nil)

// New makes a sink.
func New(client *apidashly.Client, o Options) *Sink {
	if o.Match == "" {
		o.Match = MatchIdentified
	}
	if o.Fallback == "" {
		o.Fallback = defaultAdmin
	}
	features, err := dashly.Features("")
	if err != nil {
		panic(err) // the default version is always known
	}
	return &Sink{client: client, opts: o, features: features}
}

// Desk names the desk.
func (s *Sink) Desk() mapping.Desk { return dashly.Desk }

// Features tells what Dashly can do.
func (s *Sink) Features() mapping.Features { return s.features }

// Do does one operation with one write call. Reads may follow it: to tell which conversation was opened (U30), whether a
// close was needless (U26), and whether an unknown id was the conversation's or an operator's. Dashly's own reach
// decides: an operation that claims another class is Refused before anything leaves.
func (s *Sink) Do(ctx context.Context, op sinks.Operation) (sinks.Result, error) {
	if err := s.check(op); err != nil {
		return sinks.Result{}, err
	}
	w := apidashly.Write{Reach: api.Reach(op.Class), Historic: op.Historic}
	id := string(op.Conversation)
	var made []string
	var err error
	switch op.Kind {
	case sinks.OpenConversation:
		return s.open(ctx, op, w)
	case sinks.RecordEvent:
		return s.event(ctx, op, w)
	case sinks.PostMessage, sinks.PostNote:
		made, err = s.client.Reply(ctx, id, s.reply(op), w)
	case sinks.SetState:
		made, err = s.client.Close(ctx, id, s.actor(op.Author), w)
		err = s.unlessClosed(ctx, id, err)
	case sinks.SetAssignee:
		made, err = s.client.Assign(ctx, id, string(op.Assignee), s.actor(op.Author), w)
	case sinks.AddTag:
		made, err = s.client.AddTag(ctx, id, op.Tag, s.actor(op.Author), w)
	case sinks.RemoveTag:
		made, err = s.client.RemoveTag(ctx, id, op.Tag, s.actor(op.Author), w)
	}
	if err != nil && op.Kind == sinks.PostMessage && op.Author.Role == mapping.Customer {
		return sinks.Result{}, s.voiceless(ctx, op, err)
	}
	if err != nil {
		return sinks.Result{}, s.blame(ctx, id, err)
	}
	return sinks.Result{Entries: entries(made)}, nil
}

func entries(ids []string) []mapping.EntryID {
	var out []mapping.EntryID
	for _, id := range ids {
		out = append(out, mapping.EntryID(id))
	}
	return out
}

// reachOf tells whom the call for an operation reaches; false when there is no such call.
func reachOf(op sinks.Operation) (sinks.Class, bool) {
	switch op.Kind {
	case sinks.OpenConversation:
		return sinks.Quiet, op.Author.Role == mapping.Customer // an operator can only open by a delivered message
	case sinks.PostMessage:
		switch op.Author.Role {
		case mapping.Customer:
			return sinks.Quiet, true
		case mapping.Agent:
			return sinks.Delivered, true // U25: there is no silent flag
		}
		return "", false // a bot's words are never shown as an operator's
	case sinks.PostNote, sinks.RecordEvent:
		return sinks.Silent, true // an event with a time of creation triggers no automation (dashly-api.md 8.14)
	case sinks.SetState:
		return sinks.Quiet, op.State == mapping.Closed // dashly-api.md 8.7, 8.10
	case sinks.SetAssignee, sinks.AddTag, sinks.RemoveTag:
		return sinks.Quiet, true
	}
	return "", false
}

// check refuses, before any call, what Dashly cannot do or what would reach somebody else than the operation says.
func (s *Sink) check(op sinks.Operation) error {
	reach, can := reachOf(op)
	switch {
	case !can:
		return refused(op, "unsupported", "the desk has no call for it")
	case op.Class != reach:
		return refused(op, "wrong_class", "the call is "+string(reach)+", not "+string(op.Class))
	case op.Kind != sinks.OpenConversation && op.Kind != sinks.RecordEvent && !dashly.ID(op.Conversation).IsNumber():
		return refused(op, "invalid", "it names no conversation")
	case op.Author.Role == mapping.Customer && op.Kind != sinks.PostNote && writes(op) && !dashly.ID(op.Author.ID).IsNumber():
		return refused(op, "invalid", "the customer has no id of this desk")
	case op.Assignee != "" && !dashly.ID(op.Assignee).IsNumber():
		return refused(op, "invalid", "the assignee is not an operator's id")
	case writes(op) && op.Body.IsEmpty() && len(op.Files) == 0:
		return refused(op, "empty", "there is nothing to say")
	case len(op.Files) > s.features.FilesPerEntry:
		return refused(op, "too_many_files", "one file travels with an entry")
	}
	for _, f := range op.Files {
		ext := strings.ToLower(strings.TrimPrefix(path.Ext(f.Name), "."))
		switch {
		case int64(len(f.Content)) > s.features.FileBytes:
			return refused(op, "file_too_big", "the file is too big")
		case !slices.Contains(s.features.FileTypes, ext):
			return refused(op, "file_type", "the desk does not take files of this extension")
		}
	}
	return nil
}

// writes tells whether an operation carries words.
func writes(op sinks.Operation) bool {
	return op.Kind == sinks.OpenConversation || op.Kind == sinks.PostMessage || op.Kind == sinks.PostNote || op.Kind == sinks.RecordEvent
}

func refused(op sinks.Operation, code, reason string) error {
	return &api.Error{Class: api.Refused, Desk: string(dashly.Desk), Call: string(op.Kind), Ref: string(op.Conversation), Code: code, Reason: reason}
}

// actor is the operator in whose name something is done: the author where that is one, else the fallback.
func (s *Sink) actor(p mapping.Person) string {
	if p.Role == mapping.Agent && (p.ID == defaultAdmin || dashly.ID(p.ID).IsNumber()) {
		return string(p.ID)
	}
	return string(s.opts.Fallback)
}

// reply spells a message or note. A message's external id is the operation's marker; a note bears its token, and whether
// it may have an external id is not documented (U37).
func (s *Sink) reply(op sinks.Operation) apidashly.Reply {
	r := apidashly.Reply{Body: op.Body.Guarded(), ExternalID: op.ID, File: file(op)}
	switch {
	case op.Kind == sinks.PostNote:
		r.FromAdmin, r.Note, r.ExternalID = s.actor(op.Author), true, ""
	case op.Author.Role == mapping.Customer:
		r.FromUser = s.speaker(op.Author.ID)
	default:
		r.FromAdmin = s.actor(op.Author)
	}
	return r
}

func file(op sinks.Operation) *apidashly.File {
	if len(op.Files) == 0 {
		return nil
	}
	f := op.Files[0]
	return &apidashly.File{Name: fileName(f.Name), Type: f.Type, Content: f.Content}
}

// longestName of a file, in characters (dashly-api.md 8.4, attachment_file_name).
const longestName = 255

// fileName shortens a name that is too long before its extension, by which the desk decides.
func fileName(name string) string {
	ext := path.Ext(name)
	stem, tail := []rune(strings.TrimSuffix(name, ext)), []rune(ext)
	if len(stem)+len(tail) <= longestName {
		return name
	}
	return string(stem[:max(longestName-len(tail), 0)]) + ext
}

// unlessClosed makes a refused close a success when the conversation is closed already (U26).
func (s *Sink) unlessClosed(ctx context.Context, id string, err error) error {
	if err == nil || api.ClassOf(err) != api.Refused || api.IsNotFound(err) {
		return err
	}
	if conv, _, readErr := s.client.Conversation(ctx, id); readErr == nil && bool(conv.Closed) {
		return nil
	}
	return err
}

// blame looks at a write that was refused because some id is unknown: LookupError does not say which, and an operator
// who has left (U47) must not make the conversation look gone. Where reading does not tell, or the refusal was not in the
// desk's own words (a 404 of somebody in between, who then passed nothing on), nothing was written and nothing is decided.
func (s *Sink) blame(ctx context.Context, conversation string, err error) error {
	e, ok := errors.AsType[*api.Error](err)
	if !ok || !e.NotFound {
		return err
	}
	conv, _, readErr := s.client.Conversation(ctx, conversation)
	if api.IsNotFound(readErr) || readErr == nil && bool(conv.Removed) {
		return err
	}
	known := *e
	known.NotFound = false
	if readErr != nil || e.Status == http.StatusNotFound && e.Code == "" {
		known.Class = api.TryLater
		return &known
	}
	if known.Reason == "" {
		known.Reason = "an id in the request is unknown, but not the conversation's"
	}
	return &known
}
