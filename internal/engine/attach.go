package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// reasonFile is on the agenda while the file of an entry cannot be had.
const reasonFile = "file_unavailable"

// fileTries is how often a file is asked for whose server fails, over half an hour, before a line stands for it.
const fileTries = 5

// attach fetches the files of a draft. A file that cannot be had, or that proves to be one that the desk does not take,
// becomes a line with its name, size and the reason.
func (l *look) attach(ctx context.Context, from, to int, op *sinks.Operation, d *draft) error {
	all := slices.Clone(d.files)
	d.files = nil
	instead := func(f mapping.File, reason string) {
		d.stub(f, reason)
		op.Body = d.op.Body
	}
	uploads := make([]*sinks.Upload, len(all))
	for _, n := range l.doubtedFirst(op.ID, len(all)) {
		f := all[n]
		body, err := l.file(from, to, f, d.entries[0])
		large, tooLarge := errors.AsType[*api.TooLarge](err)
		switch {
		case err == nil:
			f.Size = int64(len(body.Content))
			kind, can := cmp.Or(f.Type, body.Type), l.sides[to].features
			name := withExtension(f.Name, kind, body.Content, can)
			why := carriable(f, can) // a desk may not tell how large a file is
			if why == "" && can.FileTypes != nil && !slices.Contains(can.FileTypes, extension(name)) {
				why = notTaken
			}
			if why != "" {
				instead(f, why)
				continue
			}
			all[n], uploads[n] = f, &sinks.Upload{Name: name, Type: kind, Content: body.Content}
		case tooLarge: // a new link would lead to the same
			if f.Size <= large.Most { // what was told is not its size
				f.Size = large.Size
			}
			instead(f, largerThan(large.Most))
		case api.ClassOf(err) == api.Refused && l.refetches(from, op.ID, n):
			l.fresh[from] = false // links die: the conversation, read again, gives new ones
			return errAgain
		case api.ClassOf(err) == api.Refused:
			reason := "could not be fetched"
			if ae, ok := asError(err); ok && ae.Reason != "" {
				reason = ae.Reason
			}
			instead(f, reason)
		case api.ClassOf(err) != api.TryLater:
			return l.failed(ctx, err, from)
		case !l.lastTry(from, f, d.entries[0]):
			return l.retryFile(ctx, l.fileOf(from, d.entries[0]), err.Error())
		default:
			l.giveUp(f, d.entries[0])
			instead(f, "could not be fetched")
		}
	}
	for n, u := range uploads {
		if u != nil {
			d.files, op.Files = append(d.files, all[n]), append(op.Files, *u)
		}
	}
	return nil
}

// mostRefetches is for how many files of one write the conversation is read again, so that rounds are left to write it.
const mostRefetches = 4

// refetches reports whether the conversation is to be read again because the link of a file leads nowhere: once a file, and only
// if the link was not read just now for another one's sake.
func (l *look) refetches(from int, op string, n int) bool {
	before := l.refetched[op]
	if slices.Contains(before, n) || len(before) >= mostRefetches || len(l.refetched) > 0 && time.Since(l.sides[from].readAt) <= time.Minute {
		return false
	}
	if l.refetched == nil {
		l.refetched = map[string][]int{}
	}
	l.refetched[op] = append(before, n)
	return true
}

// doubtedFirst is the order in which the files of a write are fetched: those with new links before these are old again.
func (l *look) doubtedFirst(op string, files int) []int {
	order := slices.Clone(l.refetched[op])
	for n := range files {
		if !slices.Contains(order, n) {
			order = append(order, n)
		}
	}
	return slices.DeleteFunc(order, func(n int) bool { return n >= files })
}

// stub puts a line in the place of a file.
func (d *draft) stub(f mapping.File, reason string) {
	d.op.Body = aboveToken(d.op.Body, fileLine(f, reason))
	d.losses = append(slices.Clone(d.losses), mapping.LossFileNotCarried)
}

// leaveTime takes the chosen time off a draft.
func (d *draft) leaveTime() {
	d.chosen, d.op.At = d.op.At, time.Time{}
	d.losses = append(slices.Clone(d.losses), mapping.LossTimeNow)
}

// leaveFiles takes the files off a draft, and reports whether it had any. If the time went already, in vain, it comes back.
func (d *draft) leaveFiles() bool {
	had := len(d.files) > 0
	if had && !d.chosen.IsZero() {
		d.op.At, d.chosen = d.chosen, time.Time{}
		d.losses = slices.DeleteFunc(slices.Clone(d.losses), func(l mapping.Loss) bool { return l == mapping.LossTimeNow })
	}
	for _, f := range d.files {
		d.stub(f, "this desk refused the file")
	}
	d.files = nil
	return had
}
