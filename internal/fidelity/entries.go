package fidelity

import (
	"slices"
	"strings"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sinks"
)

var roles = []mapping.Role{mapping.Customer, mapping.Agent, mapping.Bot, mapping.System}

const (
	withText = "text or file"
	without  = "neither"
	others   = "any other"
)

// each calls row for every kind, author and content.
func each(kinds []string, row func(kind string, author mapping.Role, content string)) {
	for _, kind := range append(kinds, others) {
		for _, content := range []string{withText, without} {
			for _, author := range roles {
				row(kind, author, content)
			}
		}
	}
}

func dashlyParts(to mapping.Features) (rows []Row) {
	each(dashly.Kinds(), func(kind string, author mapping.Role, content string) {
		r, _ := dashly.RowFor(kind, author, content == withText)
		e := mapping.Entry{Kind: r.Kind, Native: kind, Author: mapping.Person{Role: author}, Covers: r.Covers, Needs: r.Needs, Skip: r.Rule, Doubt: r.Doubt, Losses: r.Losses}
		if content == without && r.Stead != "" {
			e.Body = mapping.PlainBody(r.Stead)
		}
		rows = append(rows, entry(dashly.Desk, intercom.Desk, "native", to, e, content, r.Level, r.Remark))
		rows[len(rows)-1].Choices, _ = dashly.Choices(kind)
	})
	return rows
}

func intercomParts(to mapping.Features) (rows []Row) {
	each(append([]string{"source"}, intercom.PartTypes()...), func(kind string, author mapping.Role, content string) {
		if kind == "source" && content == without {
			return // there is no entry
		}
		r := intercom.RowOf(kind, author, content == withText)
		e := mapping.Entry{Kind: r.Kind, Native: kind, Author: mapping.Person{Role: author}, Covers: r.Covers, Needs: r.Needs, Skip: r.Rule, Doubt: r.Doubt, Losses: r.Losses}
		rows = append(rows, entry(intercom.Desk, dashly.Desk, "transcript", to, e, content, r.Level, r.Remark))
		rows[len(rows)-1].Choices, _ = intercom.Choices(kind)
	})
	return rows
}

// entry is the row of an entry: what the planner makes of it as history, live where its customer is at home on the desk
// where it was written, and live where the customer is at home on the other one.
func entry(from, to mapping.Desk, history string, features mapping.Features, e mapping.Entry, content string, level mapping.Level, remark string) Row {
	if content == withText {
		e.Body = mapping.PlainBody("Hello")
	}
	ways := func(e mapping.Entry) (out [3]engine.Carriage) {
		for i, c := range []engine.Circumstances{{Historic: true, Home: from}, {Home: from}, {Home: to}} {
			c.From, c.To, c.Features, c.History = from, to, features, history
			out[i] = engine.Carry(c, e)
		}
		return out
	}
	all := ways(e)
	old, here, there := all[0], all[1], all[2]
	row := Row{Native: e.Native, Author: string(e.Author.Role), Content: content, History: words(old), Live: words(here), Level: level, Remark: remark}
	if words(there) != row.Live {
		row.Live += "; " + words(there) + " where the customer is at home there"
	}
	for _, c := range all {
		row.Losses = joined(row.Losses, c.Losses)
		row.Level = worse(row.Level, levelOf(c))
	}
	if content == withText {
		for _, c := range ways(furnished(e)) {
			row.Further = joined(row.Further, c.Losses)
		}
		row.Further = slices.DeleteFunc(row.Further, func(l mapping.Loss) bool { return slices.Contains(row.Losses, l) })
	}
	if old.Folded && len(row.Losses) == 0 {
		row.Remark = strings.TrimPrefix(row.Remark+"; "+foldedOnly, "; ")
	}
	return row
}

// foldedOnly tells why a row without a loss is partial.
const foldedOnly = "as history it is but a line, which names its author and its time"

// furnished is an entry whose words have a form, with an image within them and a file that every desk takes.
func furnished(e mapping.Entry) mapping.Entry {
	e.Body, e.Files = mapping.HTMLBody(`<p><b>Hello</b> <img src="https://files.example.com/shot.png"> there</p>`)
	e.Files = append(e.Files, mapping.File{Name: "bill.pdf", Type: "application/pdf", URL: "https://files.example.com/bill.pdf", Attached: true})
	return e
}

func levelOf(c engine.Carriage) mapping.Level {
	switch {
	case strings.HasPrefix(c.Rule, engine.CoveredBy) && slices.Equal(c.Losses, []mapping.Loss{mapping.LossEventTimeNow}):
		return mapping.Partial
	case c.Rule != "":
		return mapping.Dropped
	case c.Folded || len(c.Losses) > 0:
		return mapping.Partial
	}
	return mapping.Full
}

func words(c engine.Carriage) string {
	switch {
	case c.Rule != "" && !strings.HasPrefix(c.Rule, engine.CoveredBy):
		return "nothing (" + c.Rule + ")"
	case c.Rule != "":
		return c.Rule
	case c.Folded:
		return "line of a transcript, in a note"
	case c.Kind == sinks.PostNote:
		return "note"
	case c.Kind == sinks.RecordEvent:
		return "dated event"
	case c.Class == sinks.Delivered:
		return "message, delivered"
	case c.Class == sinks.Silent:
		return "message, silent"
	}
	return "message"
}
