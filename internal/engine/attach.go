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
	all := d.files
	d.files = nil
	instead := func(f mapping.File, reason string) {
		d.stub(f, reason)
		op.Body = d.op.Body
	}
	for _, f := range all {
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
			d.files = append(d.files, f)
			op.Files = append(op.Files, sinks.Upload{Name: name, Type: kind, Content: body.Content})
		case tooLarge: // a new link would lead to the same
			if f.Size <= large.Most { // what was told is not its size
				f.Size = large.Size
			}
			instead(f, largerThan(large.Most))
		case api.ClassOf(err) == api.Refused && (!l.refetched || time.Since(l.sides[from].readAt) > time.Minute):
			l.refetched, l.fresh[from] = true, false // links die: the conversation, read again, gives new ones
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
	return nil
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
