package dashly

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// Readings are the desks on which a source and a sink of Dashly are examined: as the documents are most plausibly read,
// and as oddly as they allow.
func Readings() []stage.Reading {
	return []stage.Reading{
		reading("likely", func(*Knobs) {}),
		reading("odd", func(k *Knobs) {
			k.EndOfList, k.TextCursors, k.OptionalPartFields, k.BodyAs = "empty", true, "asked", "html"
			k.UnassignedHidden, k.UntaggedHidden, k.MissingConversation, k.RemovedConversation = true, true, "denied", "object"
			k.FilesNeedToken, k.UserVia = true, "web_user"
			k.StartReturns, k.ReplyAnswer, k.CloseClosed = "part", "receipt", "error"
			k.MergedUser, k.MergedConversations = "successor", "old"
			k.UnknownUser, k.LeadsEnvelope, k.SystemVia, k.SystemFrom = "create", "array", "system", "null"
			k.Channels, k.ChannelList = "one", "paged"
		}),
	}
}

func reading(name string, change func(*Knobs)) stage.Reading {
	return stage.Reading{Name: name, Desk: func() *stage.Front {
		k := DefaultKnobs()
		change(&k)
		return New(Options{Knobs: &k}).Front
	}}
}

func (d *Desk) facts() stage.Facts {
	h := d.People()
	return stage.Facts{
		Agents:  [2]string{Jane, Tom},
		Teams:   [2]string{Mail, Help},
		Move:    func(conversation, team string) { h.Move(conversation, Jane, cmp.Or(team, "0")) },
		Missing: "4711",
		Page:    50,
		Lag:     func() time.Duration { return 0 },
		Updated: func(conversation string) time.Time {
			h.enter()
			defer d.mu.Unlock()
			return h.conv(conversation).updated
		},
		Customers: func() int {
			h.enter()
			defer d.mu.Unlock()
			return len(d.users)
		},
		Merge: h.Merge,
		Writes: func(r *http.Request) bool {
			return r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/props")
		},
	}
}
