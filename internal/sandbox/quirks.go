package sandbox

import (
	"slices"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// Quirk is a reading of what the documents of a desk leave open, other than the likely one. docs/unknowns.md names each.
type Quirk struct {
	// Name is unique and says in plain words how the desk behaves.
	Name string
	// Unknown is the question that it answers: "dashly U17" and "intercom 20.11" are numbers in the lists of unknowns of the
	// two fact sheets, "dashly 9.2" is a section.
	Unknown string
	// Dashly and Intercom set the knobs; nil where the desk has none of it.
	Dashly   func(*dashly.Knobs)
	Intercom func(*intercom.Knobs)
	Traits
}

// Traits are what a test must know of a quirk to judge what it sees. The zero value: the same words stand on both desks
// in the same order, and as many of them are delivered to customers, as under the likely reading.
type Traits struct {
	// Lag is how late a change may show in lists and searches.
	Lag time.Duration
	// Reorders: what was carried may stand in another order, because times are not honoured.
	Reorders bool
	// Shuffles: entries of one second may change places where they were written, so that all that hangs on their order is
	// open.
	Shuffles bool
	// Hidden: a change of what people did may move no time; a sweep finds it.
	Hidden bool
	// Campaigns: threads that nobody answered are listed, so that more entries are read and skipped.
	Campaigns bool
	// Speaks: the desk adds words of its own.
	Speaks bool
	// Assigns: the desk sets assignees by itself.
	Assigns bool
	// Introduces: the desk shows agents sooner or later than under the likely reading, so that the line that names the author
	// stands before other copies.
	Introduces bool
	// Nameless: the desk does not tell a person's words from an app's, so that equal words, said within seconds on both
	// desks, count as one and its copy.
	Nameless bool
	// Softens: the desk refuses some replies, and notes stand for them.
	Softens bool
	// Loses: the desk takes a reply and does not keep it, or shows it in a second place.
	Loses bool
	// Blocks: nothing at all, or no word of a customer, can be carried until somebody grants a right or changes the
	// configuration.
	Blocks bool
}

// And gives what a test must know of two quirks at once.
func (t Traits) And(o Traits) Traits {
	return Traits{
		Lag: max(t.Lag, o.Lag), Reorders: t.Reorders || o.Reorders, Shuffles: t.Shuffles || o.Shuffles, Hidden: t.Hidden || o.Hidden,
		Campaigns: t.Campaigns || o.Campaigns, Speaks: t.Speaks || o.Speaks, Assigns: t.Assigns || o.Assigns,
		Introduces: t.Introduces || o.Introduces, Nameless: t.Nameless || o.Nameless,
		Softens: t.Softens || o.Softens, Loses: t.Loses || o.Loses, Blocks: t.Blocks || o.Blocks,
	}
}

// Set makes running desks behave so.
func (q Quirk) Set(d *DashlyDesk, i *IntercomDesk) {
	if q.Dashly != nil {
		d.SetKnobs(q.Dashly)
	}
	if q.Intercom != nil {
		i.SetKnobs(q.Intercom)
	}
}

// Quirks gives every alternative setting of every knob, and a few that go together, in a stable order.
func Quirks() []Quirk {
	return slices.Concat(dashlyQuirks(), intercomQuirks(), jointQuirks(), teamQuirks())
}

// jointQuirks are settings of several knobs that are likely to hold together, or hard together.
func jointQuirks() []Quirk {
	return []Quirk{
		{
			Name: "external ids are not echoed", Unknown: "dashly U37",
			Dashly: func(k *dashly.Knobs) { k.EchoExternalIDReplies, k.EchoExternalIDNotes = false, false },
		},
		{
			Name: "no external ids, answers name the assignment", Unknown: "dashly U21",
			Dashly: func(k *dashly.Knobs) {
				k.EchoExternalIDReplies, k.EchoExternalIDNotes, k.APIReplyAssigns, k.ReplyAnswer = false, false, true, "assignment"
			},
			Traits: Traits{Assigns: true, Introduces: true},
		},
		{
			Name: "system parts by the system", Unknown: "dashly U42",
			Dashly: func(k *dashly.Knobs) { k.SystemVia, k.SystemFrom, k.PanelEvents = "system", "null", "system" },
			Traits: Traits{Introduces: true},
		},
		{
			Name: "every reply reopens", Unknown: "dashly U24",
			Dashly:   func(k *dashly.Knobs) { k.AdminReplyReopens, k.NoteReopens = true, true },
			Intercom: func(k *intercom.Knobs) { k.NoteReopens, k.CommentReopens = true, true },
		},
		{
			Name: "nothing wakes", Unknown: "dashly U24",
			Dashly:   func(k *dashly.Knobs) { k.UserReplyWakes, k.AdminReplyWakes = false, false },
			Intercom: func(k *intercom.Knobs) { k.NoteWakes, k.CommentWakes = false, false },
		},
		{
			Name: "no time is honoured", Unknown: "intercom 20.5",
			Intercom: func(k *intercom.Knobs) { k.ContactCreatedAt, k.AdminCreatedAt, k.OpenCreatedAt = false, false, false },
			Traits:   Traits{Reorders: true},
		},
		{
			Name: "no time is honoured and no app is named", Unknown: "intercom 20.5",
			Intercom: func(k *intercom.Knobs) {
				k.ContactCreatedAt, k.AdminCreatedAt, k.OpenCreatedAt, k.AppCode = false, false, false, ""
			},
			Traits: Traits{Reorders: true, Nameless: true},
		},
		{
			Name: "clocks differ", Unknown: "dashly U40",
			Dashly:   func(k *dashly.Knobs) { k.ClockSkew = stage.Duration(30 * time.Second) },
			Intercom: func(k *intercom.Knobs) { k.ClockSkew = stage.Duration(-45 * time.Second) },
			Traits:   Traits{Reorders: true},
		},
		{
			Name: "clocks differ and no time lies in the future", Unknown: "intercom 20.5",
			Dashly:   func(k *dashly.Knobs) { k.ClockSkew = stage.Duration(30 * time.Second) },
			Intercom: func(k *intercom.Knobs) { k.ClockSkew, k.FutureCreatedAt = stage.Duration(-45*time.Second), "refuse" },
			Traits:   Traits{Reorders: true},
		},
		{
			Name: "a search shows forty conversations, five a page", Unknown: "intercom 20.7",
			Intercom: func(k *intercom.Knobs) { k.PageCap, k.SearchDepth = 5, 40 },
		},
	}
}
