// Package dashly holds Dashly's (and Carrot quest's) wire schema and its table to and from the neutral conversation.
package dashly

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
)

// Desk is the name of this desk in references and stored keys.
const Desk mapping.Desk = "dashly"

// Input is one conversation as it was read: the header, then all of its parts in any order.
type Input struct {
	Conversation Conversation
	Parts        []Part
	// User, when it has an id, replaces the user that the header shows; it was read on its own.
	User User
	// Same holds ids that name the conversation's user under an earlier id (merged users, U32).
	Same map[ID]bool
	// Others holds what was read of authors of user replies that are somebody else.
	Others map[ID]User
	// DeskTime is the desk's clock when the header was answered; zero when unknown.
	DeskTime time.Time
	// ChannelHidden: the listing of this desk does not show channels, so versions leave them out.
	ChannelHidden bool
}

// Decode translates a conversation into the neutral model. It loses no part: parts are in the order of mapping.Sort, a
// part that was read twice is there once. It fails only when the conversation or a part has no readable id.
func Decode(in Input) (mapping.Conversation, error) {
	c := in.Conversation
	if c.ID == "" {
		return mapping.Conversation{}, wrap("conversation", errNoID)
	}
	parts, err := inOrder(in.Parts)
	if err != nil {
		return mapping.Conversation{}, fmt.Errorf("decode conversation %s: %w", c.ID, err)
	}
	d := decoder{Input: in, customer: c.User.Value}
	if in.User.ID != "" {
		d.customer = in.User
	}
	out := mapping.Conversation{
		Ref:     mapping.Ref{Desk: Desk, ID: mapping.ConversationID(c.ID)},
		Created: c.Created.Truncate(time.Second), Updated: c.LastUpdate.Time,
		Customer: d.contact(), Fields: fieldsOf(c, in.DeskTime),
		Truncated: max(0, int(c.PartsCount)-len(parts)),
		Version:   VersionOf(c, !in.ChannelHidden), DeskTime: in.DeskTime, Channel: channelOf(c, parts),
	}
	d.harvest(c, parts, &out)
	at := out.Created
	for _, p := range parts {
		if !p.Created.IsZero() {
			at = p.Created.Truncate(time.Second)
		}
		e := d.entry(p)
		e.At = at // a part without a time has that of the part before it
		out.Entries = append(out.Entries, e)
		d.meet(p, &out)
		if text := ratingOf(p, e); text != "" {
			out.Rating = text
		}
	}
	if c.Removed {
		out.Losses = append(out.Losses, mapping.LossRemoved)
	}
	if out.Truncated > 0 {
		out.Losses = append(out.Losses, mapping.LossSourceTruncated)
	}
	markOpening(out.Entries, parts, out.Truncated == 0)
	mapping.Sort(out.Entries)
	return out, nil
}

// channelOf tells how a conversation came, by what it began with (dashly-api.md 9.1, 9.2). The inbox folder, which a rule
// may have chosen, is asked only for the name of a messenger.
func channelOf(c Conversation, parts []Part) string {
	first := slices.IndexFunc(parts, func(p Part) bool { return bool(p.First) })
	if first < 0 {
		first = slices.IndexFunc(parts, func(p Part) bool { return p.Type == "reply_user" })
	}
	via := ""
	if first >= 0 {
		via = string(parts[first].SentVia)
	}
	switch {
	case c.Type == "incoming_email" || via == "email_user":
		return "email"
	case via == "integrations" && !slices.Contains([]Text{"", "manual", "mobile"}, c.Channel.Value.Type):
		return string(c.Channel.Value.Type)
	case via == "integrations" || slices.Contains(SentVia(), via):
		return ""
	}
	return via // the name of an integration
}

// inOrder gives the parts by ascending id, each once: of a part that was read twice, the later read.
func inOrder(parts []Part) ([]Part, error) {
	byID := make(map[ID]Part, len(parts))
	for _, p := range parts {
		if p.ID == "" {
			return nil, fmt.Errorf("part: %w", errNoID)
		}
		byID[p.ID] = p
	}
	out := make([]Part, 0, len(byID))
	for _, p := range byID {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Part) int { return compareIDs(a.ID, b.ID) })
	return out, nil
}

// markOpening flags the message that the desk calls first, else the earliest message of a conversation that is whole. System
// parts, which may come before it, do not begin a conversation.
func markOpening(entries []mapping.Entry, parts []Part, whole bool) {
	first := -1
	for i, e := range entries {
		if e.Kind != mapping.Message {
			continue
		}
		if bool(parts[i].First) {
			first = i
			break
		}
		if whole && (first < 0 || e.At.Before(entries[first].At)) {
			first = i
		}
	}
	if first >= 0 {
		entries[first].Opening = true
	}
}

type decoder struct {
	Input
	customer User
}

func (d *decoder) entry(p Part) mapping.Entry {
	e := mapping.Entry{
		ID: mapping.EntryID(p.ID), Native: string(p.Type), Author: d.author(p),
		Marker: string(p.ExternalID), Removed: bool(p.Removed || d.Conversation.Removed),
		Edited: p.Edited.Time,
	}
	doubtful := false
	if !e.Removed {
		e.Body, e.Files, doubtful = bodyOf(p)
	}
	row, known := RowFor(e.Native, e.Author.Role, e.HasText())
	switch {
	case e.Removed && !known:
		row = rowUnknownEmpty
	case e.Removed && (row.Rule == RuleEmpty || row.Stead != ""):
		row, _ = RowFor(e.Native, e.Author.Role, true)
		e.Losses = append(e.Losses, mapping.LossRemoved)
	case !e.HasText() && row.Stead != "" && !e.Removed:
		e.Body = mapping.PlainBody(row.Stead)
		if row.Kind == mapping.Note {
			e.Losses = append(e.Losses, mapping.LossNoteForReply)
		}
	case e.Removed && row.Kind != mapping.Event:
		e.Losses = append(e.Losses, mapping.LossRemoved)
	}
	e.Kind, e.Covers, e.Needs, e.Skip, e.Doubt = row.Kind, row.Covers, row.Needs, row.Rule, row.Doubt
	if doubtful && e.Kind == mapping.Message && e.Author.Role != mapping.Customer {
		e.Kind, e.Doubt = mapping.Note, true
	}
	if !known && row.Doubt {
		e.Losses = append(e.Losses, mapping.LossUnknownKind)
	}
	if len(p.Actions) > 0 && e.Kind != mapping.Event {
		e.Losses = append(e.Losses, mapping.LossAnswerRequestFlat)
	}
	if e.Native == "article" && !e.Removed {
		e.Losses = append(e.Losses, mapping.LossFormatting)
	}
	switch {
	case p.Tag != "" && e.Native == "tag_added":
		e.Tagged = []string{string(p.Tag)}
	case p.Tag != "" && e.Native == "tag_deleted":
		e.Untagged = []string{string(p.Tag)}
	}
	e.Made = madeBy(p, e.Author.Role)
	e.Act = d.act(p, e)
	if given := voteOf(p); e.Native == "vote" && e.Kind == mapping.Note && !e.Removed && given != "" {
		e.Body = e.Body.Append(mapping.PlainBody("[" + given + "]"))
	}
	if e.Kind == mapping.Event && ratingOf(p, e) != "" {
		e.Also = mapping.Rating
	}
	return e
}

// madeBy tells what sent_via proves. A part with a marker of the bridge's form is never called a human's.
func madeBy(p Part, role mapping.Role) mapping.Provenance {
	o := originOf(string(p.SentVia))
	made := o.Team
	if role == mapping.Customer {
		made = o.Customer
	}
	if made == mapping.ByHuman && strings.HasPrefix(string(p.ExternalID), "db1:") {
		return mapping.Unknown
	}
	return made
}
