// Package fidelity tells what each direction carries: one row per documented value of both desks, with what becomes of
// it, how well, and what is lost. The rows of entries are what the planner of the engine makes of them, not a second
// telling of its rules.
package fidelity

import (
	"slices"
	"strings"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

// Row is one documented value and what becomes of it.
type Row struct {
	Native string `json:"native"`
	// Author and Content narrow an entry's row; empty for other rows.
	Author  string `json:"author,omitempty"`
	Content string `json:"content,omitempty"`
	// History and Live tell what is written for it; other rows have Live only.
	History string         `json:"history,omitempty"`
	Live    string         `json:"live"`
	Level   mapping.Level  `json:"level"`
	Losses  []mapping.Loss `json:"losses,omitempty"`
	// Further losses of an entry count besides, where its words have a form, an image stands within them, or a file with them.
	Further []mapping.Loss `json:"further_losses,omitempty"`
	// Choices are what the configuration may make of entries of this kind (kinds); empty for other rows.
	Choices []mapping.Choice `json:"choices,omitempty"`
	Remark  string           `json:"remark,omitempty"`
}

// Table is the rows of one kind of value.
type Table struct {
	Title string `json:"title"`
	Rows  []Row  `json:"rows"`
}

// Direction is everything that is carried from one desk to the other.
type Direction struct {
	From    mapping.Desk `json:"from"`
	To      mapping.Desk `json:"to"`
	Version string       `json:"intercom_version"`
	Tables  []Table      `json:"tables"`
}

// Score counts the rows of a direction by their levels.
func (d Direction) Score() map[mapping.Level]int {
	score := map[mapping.Level]int{}
	for _, t := range d.Tables {
		for _, r := range t.Rows {
			score[r.Level]++
		}
	}
	return score
}

// Of gives both directions for one Intercom-Version. An unknown version is an error.
func Of(version string) ([]Direction, error) {
	toIntercom, err := intercom.Features(version)
	if err != nil {
		return nil, err
	}
	toDashly, err := dashly.Features("")
	if err != nil {
		return nil, err
	}
	return []Direction{
		{dashly.Desk, intercom.Desk, version, []Table{
			{"Parts of Dashly, by type, author and content", grouped(dashlyParts(toIntercom))},
			{"Ways of sending of Dashly (`sent_via`)", sentVia()},
			{"Fields of a Dashly conversation", fields(fromDashly, toIntercom)},
			{"Other documented values of Dashly", values(dashly.Values())},
		}},
		{intercom.Desk, dashly.Desk, version, []Table{
			{"Parts of Intercom, by part_type, author and content", grouped(intercomParts(toDashly))},
			{"Ways in which an Intercom conversation begins (`delivered_as`)", deliveredAs()},
			{"Fields of an Intercom conversation", fields(fromIntercom, toDashly)},
			{"Other documented values of Intercom", values(intercom.Values())},
		}},
	}, nil
}

// grouped joins the rows that differ in nothing but their authors.
func grouped(rows []Row) []Row {
	var out []Row
	for _, r := range rows {
		i := slices.IndexFunc(out, func(o Row) bool {
			return o.Native == r.Native && o.Content == r.Content && o.History == r.History && o.Live == r.Live && o.Level == r.Level && slices.Equal(o.Losses, r.Losses) && slices.Equal(o.Further, r.Further) && o.Remark == r.Remark
		})
		if i < 0 {
			out = append(out, r)
			continue
		}
		out[i].Author += ", " + r.Author
	}
	everybody := strings.Join([]string{string(mapping.Customer), string(mapping.Agent), string(mapping.Bot), string(mapping.System)}, ", ")
	for i := range out {
		if out[i].Author == everybody {
			out[i].Author = "anybody"
		}
	}
	return out
}

// worse is the lower of two levels.
func worse(a, b mapping.Level) mapping.Level {
	order := []mapping.Level{mapping.Full, mapping.Partial, mapping.Dropped}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

// joined are losses without repetition, in the order of their codes.
func joined(lists ...[]mapping.Loss) []mapping.Loss {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}
