package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// quirks are readings of what the documents leave open, each against the default one. docs/unknowns.md names them.
var quirks = map[string]func(d *dashly.Knobs, i *intercom.Knobs){
	"external ids are not echoed": func(d *dashly.Knobs, _ *intercom.Knobs) {
		d.EchoExternalIDReplies, d.EchoExternalIDNotes = false, false
	},
	"external ids are not echoed on notes": func(d *dashly.Knobs, _ *intercom.Knobs) { d.EchoExternalIDNotes = false },
	"external ids are unique":              func(d *dashly.Knobs, _ *intercom.Knobs) { d.UniqueExternalID = true },
	"own user replies look like the web":   func(d *dashly.Knobs, _ *intercom.Knobs) { d.UserVia = "web_user" },
	"system parts by the system":           func(d *dashly.Knobs, _ *intercom.Knobs) { d.SystemVia, d.SystemFrom = "system", "null" },
	"every reply reopens":                  func(d *dashly.Knobs, _ *intercom.Knobs) { d.AdminReplyReopens, d.NoteReopens = true, true },
	"no reply reopens":                     func(d *dashly.Knobs, _ *intercom.Knobs) { d.UserReplyReopens = false },
	"notes wake":                           func(d *dashly.Knobs, i *intercom.Knobs) { d.NoteWakes, i.NoteWakes = true, true },
	"nothing wakes": func(d *dashly.Knobs, i *intercom.Knobs) {
		d.UserReplyWakes, d.AdminReplyWakes, i.NoteWakes, i.CommentWakes = false, false, false, false
	},
	"an api reply assigns":            func(d *dashly.Knobs, _ *intercom.Knobs) { d.APIReplyAssigns = true },
	"notes move last_update":          func(d *dashly.Knobs, _ *intercom.Knobs) { d.LastUpdate = "notes" },
	"everything moves last_update":    func(d *dashly.Knobs, _ *intercom.Knobs) { d.LastUpdate = "everything" },
	"start returns a part":            func(d *dashly.Knobs, _ *intercom.Knobs) { d.StartReturns = "part" },
	"replies answer with a receipt":   func(d *dashly.Knobs, _ *intercom.Knobs) { d.ReplyAnswer = "receipt" },
	"lists end without a key":         func(d *dashly.Knobs, _ *intercom.Knobs) { d.EndOfList = "missing" },
	"lists end with an empty page":    func(d *dashly.Knobs, _ *intercom.Knobs) { d.EndOfList = "empty" },
	"cursors are text":                func(d *dashly.Knobs, _ *intercom.Knobs) { d.TextCursors = true },
	"old cursor of a user's list":     func(d *dashly.Knobs, _ *intercom.Knobs) { d.OldUserCursor = true },
	"reading an unknown user creates": func(d *dashly.Knobs, _ *intercom.Knobs) { d.UnknownUser = "create" },
	"unassigned are hidden":           func(d *dashly.Knobs, _ *intercom.Knobs) { d.UnassignedHidden = true },
	"campaigns are listed":            func(d *dashly.Knobs, _ *intercom.Knobs) { d.ListUnanswered = true },
	"optional fields only when asked": func(d *dashly.Knobs, _ *intercom.Knobs) { d.OptionalPartFields = "asked" },
	"leads as an array":               func(d *dashly.Knobs, _ *intercom.Knobs) { d.LeadsEnvelope = "array" },
	"bodies are html":                 func(d *dashly.Knobs, i *intercom.Knobs) { d.BodyAs, i.ContactHTML = "html", true },
	"closing twice is an error":       func(d *dashly.Knobs, i *intercom.Knobs) { d.CloseClosed = "error"; i.CloseClosedPart = true },
	"tags are trimmed and folded":     func(d *dashly.Knobs, _ *intercom.Knobs) { d.TrimTags, d.FoldTags = true, true },
	"the index lags": func(_ *dashly.Knobs, i *intercom.Knobs) {
		i.IndexDelay, i.ContactIndexDelay = stage.Duration(90*time.Second), stage.Duration(90*time.Second)
	},
	"bounds are strict":                    func(_ *dashly.Knobs, i *intercom.Knobs) { i.Bounds = "strict" },
	"notes and comments reopen":            func(_ *dashly.Knobs, i *intercom.Knobs) { i.NoteReopens, i.CommentReopens = true, true },
	"tagging twice duplicates":             func(_ *dashly.Knobs, i *intercom.Knobs) { i.TagTwice = true },
	"the time of contacts is not honoured": func(_ *dashly.Knobs, i *intercom.Knobs) { i.ContactCreatedAt = false },
	"no time is honoured":                  func(_ *dashly.Knobs, i *intercom.Knobs) { i.ContactCreatedAt, i.AdminCreatedAt = false, false },
	"unassigned is zero":                   func(_ *dashly.Knobs, i *intercom.Knobs) { i.UnassignedZero = true },
	"parts come newest first":              func(_ *dashly.Knobs, i *intercom.Knobs) { i.PartOrder = "desc" },
	"tags leave parts":                     func(_ *dashly.Knobs, i *intercom.Knobs) { i.TagParts = true },
	"clocks differ": func(d *dashly.Knobs, i *intercom.Knobs) {
		d.ClockSkew, i.ClockSkew = stage.Duration(30*time.Second), stage.Duration(-45*time.Second)
	},
}

// TestEveryReadingOfTheDocuments tells each story under each quirk: the same words on both desks, each once, each as
// visible as it should be, nothing delivered that should not be, and then nothing left to do.
func TestEveryReadingOfTheDocuments(t *testing.T) {
	for story, s := range tellings {
		t.Run(story, func(t *testing.T) {
			t.Parallel()
			tell := func(t *testing.T, set func(*dashly.Knobs, *intercom.Knobs)) (essence string, visible int) {
				inWorld(t, s.setup, func(w *world) {
					if set != nil {
						var i *intercom.Knobs
						w.intercom.SetKnobs(func(k *intercom.Knobs) { i = k })
						w.dashly.SetKnobs(func(k *dashly.Knobs) { set(k, i) })
					}
					second := s.tell(w)
					w.pause(2 * time.Minute) // until the slowest index shows it
					w.persist()
					second()
					w.pause(2 * time.Minute)
					w.persist()
					w.idle()
					w.pause(10 * time.Minute)
					w.idle()
					essence = w.words()
					visible = len(w.delivered("dashly", "bridge")) + len(w.delivered("intercom", "bridge"))
				})
				return essence, visible
			}
			want, deliveries := tell(t, nil)
			for name, set := range quirks {
				t.Run(name, func(t *testing.T) {
					got, seen := tell(t, set)
					require.Equal(t, want, got)
					require.Equal(t, deliveries, seen)
				})
			}
		})
	}
}
