// Package intercom writes conversations to Intercom.
package intercom

import (
	"context"
	"slices"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/deskbridge/deskbridge/internal/api"
	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/mapping"
	wire "github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sinks"
)

// Options of a Sink.
type Options struct {
	Name     string           // of the pair: part of the natural key of the bridge's own contacts
	Match    string           // "identified", "email" or "none": when an address may find a contact
	Fallback mapping.PersonID // the admin in whose name is written what names no other
	Rating   string           // the attribute of conversations that holds ratings; empty: none
	Backlink string           // the one that names the copy; empty: none
}

// Sink writes one workspace.
type Sink struct {
	client   *apiintercom.Client
	opts     Options
	features mapping.Features

	mu     sync.Mutex
	tags   map[string]string // ids by name; nil until listed
	listed time.Time
	muted  map[mapping.PersonID]bool   // see mute
	taken  map[string]mapping.PersonID // see takenBy
}

var _ sinks.Sink = (*Sink)(nil)

// New makes a sink. The client has checked the version.
func New(client *apiintercom.Client, o Options) *Sink {
	features, _ := wire.Features(client.Version())
	if o.Rating == "" {
		features.Rating = mapping.Dropped
	}
	if o.Backlink == "" {
		features.Backlink = mapping.Dropped
	}
	return &Sink{client: client, opts: o, features: features}
}

// Desk names the desk.
func (s *Sink) Desk() mapping.Desk { return wire.Desk }

// Features tells what the pinned API version can do.
func (s *Sink) Features() mapping.Features {
	f := s.features
	f.FileTypes = slices.Clone(f.FileTypes)
	return f
}

// Do does one operation. What would reach somebody else than the operation states is refused before any call.
func (s *Sink) Do(ctx context.Context, op sinks.Operation) (sinks.Result, error) {
	if op.Author.Role != mapping.Customer && op.Author.ID == "" {
		op.Author.ID = s.opts.Fallback
	}
	reach, err := s.reach(op)
	if err != nil {
		return sinks.Result{}, err
	}
	if err := s.admissible(op, reach); err != nil {
		return sinks.Result{}, err
	}
	act := apiintercom.Act{Reach: reach, Historic: op.Historic}
	switch op.Kind {
	case sinks.OpenConversation:
		return s.open(ctx, op, act)
	case sinks.PostMessage, sinks.PostNote:
		return s.post(ctx, op, act)
	case sinks.SetState, sinks.SetAssignee, sinks.SetTeam:
		return s.manage(ctx, op, act)
	case sinks.AddTag:
		return sinks.Result{}, s.addTag(ctx, op, act)
	case sinks.RemoveTag:
		return sinks.Result{}, s.removeTag(ctx, op, act)
	case sinks.SetRating:
		return sinks.Result{}, s.client.SetAttribute(ctx, string(op.Conversation), s.opts.Rating, op.Rating, act)
	case sinks.SetBacklink:
		return sinks.Result{}, s.client.SetAttribute(ctx, string(op.Conversation), s.opts.Backlink, op.Backlink, act)
	default: // SetTitle: reach knows no other
		return sinks.Result{}, s.client.SetTitle(ctx, string(op.Conversation), op.Title, act)
	}
}

// reach tells whom the call of an operation reaches. An agent's message is silent only where the API can be told to
// notify nobody (2.15); everything else that changes a conversation may wake its automation.
func (s *Sink) reach(op sinks.Operation) (api.Reach, error) {
	switch op.Kind {
	case sinks.PostNote:
		return api.Silent, nil
	case sinks.PostMessage:
		switch {
		case op.Author.Role == mapping.Customer:
			return api.Quiet, nil
		case op.Class != sinks.Silent:
			return api.Delivered, nil
		case s.features.SilentReply != mapping.Full:
			return "", refused(op, "silent_unsupported", "before 2.15 an agent's message always notifies the customer")
		}
		return api.Silent, nil
	case sinks.SetTitle:
		if s.features.Title != mapping.Full {
			return "", refused(op, "title_unsupported", "titles can be set from 2.13 on")
		}
		return api.Quiet, nil
	case sinks.SetRating:
		if s.opts.Rating == "" {
			return "", refused(op, "rating_unsupported", "no attribute is named that holds ratings")
		}
		return api.Quiet, nil
	case sinks.SetBacklink:
		if s.opts.Backlink == "" {
			return "", refused(op, "backlink_unsupported", "no attribute is named that holds back-links")
		}
		return api.Quiet, nil
	case sinks.OpenConversation, sinks.SetState, sinks.SetAssignee, sinks.SetTeam, sinks.AddTag, sinks.RemoveTag:
		return api.Quiet, nil
	}
	return "", refused(op, "unknown_operation", "no such operation")
}

// admissible refuses, before any call, what the operation or the API cannot mean.
func (s *Sink) admissible(op sinks.Operation, reach api.Reach) error {
	stated := api.Reach(op.Class)
	switch {
	case depth(reach) > depth(stated), stated == api.Delivered && reach != api.Delivered:
		return refused(op, "class_mismatch", "the call would be "+string(reach)+", not "+string(stated))
	case op.Kind != sinks.OpenConversation && op.Conversation == "":
		return refused(op, "no_conversation", "the operation names no conversation")
	case op.Author.ID == "":
		return refused(op, "no_author", "the operation names no author and there is no fallback agent")
	case op.Kind == sinks.OpenConversation && op.Author.Role != mapping.Customer:
		return refused(op, "opening_by_team", "only a customer can open a conversation without a delivery")
	case op.Kind != sinks.OpenConversation && op.Kind != sinks.PostMessage && op.Author.Role == mapping.Customer:
		return refused(op, "not_by_customer", "only an agent can do this")
	}
	switch op.Kind {
	case sinks.OpenConversation, sinks.PostMessage, sinks.PostNote:
		return s.fits(op)
	case sinks.SetState:
		if op.State == mapping.Snoozed && op.Until.IsZero() {
			return refused(op, "snooze_without_end", "a snooze needs the time of its end")
		}
	case sinks.AddTag, sinks.RemoveTag:
		if op.Tag == "" {
			return refused(op, "no_tag", "the operation names no tag")
		}
	}
	return nil
}

// fits checks what the documented and guessed limits allow (intercom-api.md 15).
func (s *Sink) fits(op sinks.Operation) error {
	empty := op.Body.IsEmpty()
	switch {
	case op.Kind == sinks.OpenConversation && len(op.Files) > 0:
		return refused(op, "files_on_opening", "an opening cannot carry files: post them in a reply")
	case empty && (op.Kind == sinks.OpenConversation || len(op.Files) == 0):
		return refused(op, "empty_body", "there is no text")
	case len(op.Files) > s.features.FilesPerEntry:
		return refused(op, "too_many_files", "a reply carries ten files at most")
	case utf8.RuneCountInString(op.Body.Text()) > s.features.BodyRunes:
		return refused(op, "body_too_long", "the text is longer than one entry may be")
	}
	for _, f := range op.Files {
		if int64(len(f.Content)) > s.features.FileBytes {
			return refused(op, "file_too_big", "a file is larger than the desk takes")
		}
	}
	return nil
}

func depth(r api.Reach) int {
	return slices.Index([]api.Reach{api.Silent, api.Quiet, api.Delivered}, r)
}

func refused(op sinks.Operation, code, reason string) error {
	return &api.Error{Class: api.Refused, Desk: string(wire.Desk), Call: string(op.Kind), Ref: string(op.Conversation), Code: code, Reason: reason}
}
