package fidelity

import (
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

// versions are those that docs/fidelity.md shows side by side. One that is like none of them gets a column of its own.
var versions = []string{"2.9", "2.11", "2.13", "2.15", "2.16"}

// feature is what people call a field of mapping.Features, and how its value is told.
type feature struct {
	name string
	cell func(mapping.Features) string
}

func level(of func(mapping.Features) mapping.Level) func(mapping.Features) string {
	return func(f mapping.Features) string { return string(of(f)) }
}

// limit tells a number of something; zero is what none means.
func limit(of func(mapping.Features) int64, zero string) func(mapping.Features) string {
	return func(f mapping.Features) string {
		if n := of(f); n != 0 {
			return strconv.FormatInt(n, 10)
		}
		return zero
	}
}

var features = []feature{
	{"an agent's message of which the customer is not notified", level(func(f mapping.Features) mapping.Level { return f.SilentReply })},
	{"the time of a message is chosen", level(func(f mapping.Features) mapping.Level { return f.ChosenTime })},
	{"a message carries the bridge's mark", level(func(f mapping.Features) mapping.Level { return f.Marker })},
	{"a note carries it", level(func(f mapping.Features) mapping.Level { return f.NoteMarker })},
	{"a closed conversation is opened", level(reopen)},
	{"a conversation is snoozed", level(snooze)},
	{"the assignee is taken away", level(func(f mapping.Features) mapping.Level { return f.Unassign })},
	{"the team or channel is set", level(func(f mapping.Features) mapping.Level { return f.Team })},
	{"tags are set and taken away", level(func(f mapping.Features) mapping.Level { return f.Tags })},
	{"tags with a comma", level(func(f mapping.Features) mapping.Level { return f.CommaInTags })},
	{"a title is set, should another desk give one", level(title)},
	{"an attribute of the conversation holds a rating", level(func(f mapping.Features) mapping.Level { return f.Rating })},
	{"an attribute of the conversation names its copy", level(func(f mapping.Features) mapping.Level { return f.Backlink })},
	{"a dated event of the customer, outside of conversations", level(func(f mapping.Features) mapping.Level { return f.Events })},
	{"formatted text of agents", level(func(f mapping.Features) mapping.Level { return f.HTML })},
	{"conversations are found by the second in which they began", level(func(f mapping.Features) mapping.Level { return f.FindByTime })},
	{"files in one entry", limit(func(f mapping.Features) int64 { return int64(f.FilesPerEntry) }, "none")},
	{"KiB of a file", limit(func(f mapping.Features) int64 { return f.FileBytes >> 10 }, "no limit is known")},
	{"kinds of files", func(f mapping.Features) string {
		if f.FileTypes == nil {
			return "all"
		}
		return strings.Join(f.FileTypes, ", ")
	}},
	{"characters of a tag", limit(func(f mapping.Features) int64 { return int64(f.TagRunes) }, "no limit is known")},
	{"characters of one entry", limit(func(f mapping.Features) int64 { return int64(f.BodyRunes) }, "no limit is known")},
}

// edition is one Intercom-Version: what the desk can do in it, and what of that becomes of every row.
type edition struct {
	features   mapping.Features
	directions []Direction
	like       []string // other versions that are the same in everything
}

// same reports whether nothing but the number tells two versions apart.
func (e edition) same(o edition) bool {
	o.features.Version = e.features.Version
	return reflect.DeepEqual(e.features, o.features) &&
		slices.EqualFunc(e.directions, o.directions, func(a, b Direction) bool { return reflect.DeepEqual(a.Tables, b.Tables) })
}

// editions gives the versions that are shown, oldest first, each with those that are like it.
func editions() (all []edition, err error) {
	read := func(v string) (e edition) {
		if e.features, err = intercom.Features(v); err == nil {
			e.directions, err = Of(v)
		}
		return e
	}
	shown := map[string]edition{}
	for _, v := range versions {
		if shown[v] = read(v); err != nil {
			return nil, err
		}
	}
	for _, v := range intercom.Versions {
		if _, ok := shown[v]; ok {
			continue
		}
		e, found := read(v), false
		if err != nil {
			return nil, err
		}
		for _, w := range versions {
			if o := shown[w]; !found && o.same(e) {
				o.like, found = append(o.like, v), true
				shown[w] = o
			}
		}
		if !found {
			shown[v] = e
		}
	}
	for _, v := range intercom.Versions {
		if e, ok := shown[v]; ok {
			all = append(all, e)
		}
	}
	return all, nil
}

func (e edition) version() string { return e.features.Version }

// writeVersions prints the score of each version and direction, what the desks can do, and what a version changes.
func writeVersions(w io.Writer, all []edition) error {
	there, err := dashly.Features("")
	if err != nil {
		return err
	}
	var heads, alike []string
	for _, e := range all {
		heads = append(heads, e.version())
		for _, v := range e.like {
			alike = append(alike, v+" is like "+e.version())
		}
	}
	fmt.Fprintf(w, "## Scores\n\nHow many rows are full / partial / dropped, by Intercom-Version")
	if len(alike) > 0 {
		fmt.Fprintf(w, " (%s)", strings.Join(alike, ", "))
	}
	fmt.Fprintf(w, ":\n\n| direction | %s |\n|---|%s\n", strings.Join(heads, " | "), strings.Repeat("---|", len(heads)))
	for i, d := range all[0].directions {
		cells := []string{name(d.From) + " to " + name(d.To)}
		for _, e := range all {
			s := e.directions[i].Score()
			cells = append(cells, fmt.Sprintf("%d / %d / %d", s[mapping.Full], s[mapping.Partial], s[mapping.Dropped]))
		}
		fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
	}
	fmt.Fprintf(w, "\n## What the desks can do\n\nHow well the desk that is written to holds something, by Intercom-Version; the last column is Dashly. "+
		"Numbers are the limits that the bridge keeps.\nWhere Intercom's versions differ, the row is bold.\n\n| feature | %s | %s |\n|---|%s---|\n",
		strings.Join(heads, " | "), name(dashly.Desk), strings.Repeat("---|", len(heads)))
	for _, f := range features {
		cells := []string{f.name}
		for _, e := range all {
			cells = append(cells, f.cell(e.features))
		}
		if differ := slices.Compact(slices.Clone(cells[1:])); len(differ) > 1 {
			cells[0] = "**" + f.name + "**"
		}
		fmt.Fprintf(w, "| %s | %s |\n", strings.Join(cells, " | "), f.cell(there))
	}
	fmt.Fprintf(w, "\n## What a version changes\n")
	for i, e := range all[1:] {
		list := changes(all[i], e)
		if len(list) == 0 {
			fmt.Fprintf(w, "\nBetween %s and %s no feature and no row differs.\n", all[i].version(), e.version())
			continue
		}
		fmt.Fprintf(w, "\n| | %s | %s |\n|---|---|---|\n", all[i].version(), e.version())
		for _, cells := range list {
			if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")); err != nil {
				return err
			}
		}
	}
	return nil
}

// changes gives what of the features and the rows is different in the later of two versions: what, before, after.
func changes(before, after edition) (list [][]string) {
	for _, f := range features {
		if a, b := f.cell(before.features), f.cell(after.features); a != b {
			list = append(list, []string{f.name, a, b})
		}
	}
	for n, d := range after.directions {
		for k, t := range d.Tables {
			history := 0
			for _, r := range t.Rows {
				who := []string{name(d.From) + ":", r.Native}
				if r.Author != "" {
					who = append(who, "by "+r.Author+", "+r.Content)
				}
				what := strings.Join(who, " ")
				i := slices.IndexFunc(before.directions[n].Tables[k].Rows, func(o Row) bool {
					return o.Native == r.Native && o.Author == r.Author && o.Content == r.Content
				})
				if i < 0 {
					list = append(list, []string{what, "in other rows", r.Live + ": " + r.outcome()})
					continue
				}
				switch o := before.directions[n].Tables[k].Rows[i]; {
				case o.Live != r.Live:
					list = append(list, []string{what, o.Live + ": " + o.outcome(), r.Live + ": " + r.outcome()})
				case o.outcome() != r.outcome():
					list = append(list, []string{what, o.outcome(), r.outcome()})
				case o.History != r.History:
					history++
				case !slices.Equal(o.Further, r.Further):
					list = append(list, []string{what + ", with a form or a file", strings.Join(codes(o.Further), ", "), strings.Join(codes(r.Further), ", ")})
				}
			}
			if history > 0 {
				list = append(list, []string{fmt.Sprintf("%s: %d more rows", t.Title, history), "", "only what history becomes differs"})
			}
		}
	}
	return list
}

// outcome is a row's level with its losses.
func (r Row) outcome() string {
	if len(r.Losses) == 0 {
		return string(r.Level)
	}
	return fmt.Sprintf("%s (%s)", r.Level, strings.Join(codes(r.Losses), ", "))
}
