package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// longest is how many lines of a text a terminal shows.
const longest = 12

// explanationText prints the two conversations in two columns, and under each entry what became of it.
func explanationText(w io.Writer, r report.Report, width int) error {
	x := r.Explanation
	c := columns{width: (width - 3) / 2}
	c.both(c.lines(sideLines(x.Sides[0]), longest), c.lines(sideLines(x.Sides[1]), longest))
	c.rule('┼')
	for _, line := range pairLines(r) {
		c.across(line)
	}
	for _, row := range x.Rows {
		c.rule('┼')
		var half [2][]string
		for i, shown := range besides(x, row) {
			for _, e := range shown {
				half[i] = append(half[i], c.lines(entryLines(e), longest)...)
			}
		}
		c.both(half[0], half[1])
		c.across("→ " + verdict(row))
	}
	c.rule('┴')
	for _, line := range sumLines(x) {
		c.across(line)
	}
	_, err := io.WriteString(w, c.out.String())
	return err
}

// columns writes two columns of a width.
type columns struct {
	width int
	out   strings.Builder
}

// lines breaks texts into the lines of one column, each text at most so many lines long.
func (c *columns) lines(texts []string, most int) (out []string) {
	for _, t := range texts {
		var of []string
		for line := range strings.Lines(printable(t)) {
			of = append(of, wrap(strings.Join(strings.Fields(line), " "), c.width, most+1)...)
		}
		if len(of) > most {
			of = append(of[:most-1], "…")
		}
		out = append(out, of...)
	}
	return out
}

func (c *columns) both(left, right []string) {
	for i := range max(len(left), len(right)) {
		var l, r string
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		c.out.WriteString(strings.TrimRight(pad(l, c.width+1)+"│ "+r, " ") + "\n")
	}
}

func (c *columns) across(text string) {
	for _, l := range wrap(strings.Join(strings.Fields(printable(text)), " "), 2*c.width+3, longest) {
		c.out.WriteString(l + "\n")
	}
}

func (c *columns) rule(cross rune) {
	half := strings.Repeat("─", c.width+1)
	c.out.WriteString(half + string(cross) + half + "\n")
}

// sideLines describes a conversation as a whole.
func sideLines(s report.ExplainedSide) []string {
	if s.Conversation == "" {
		return []string{s.Desk, "no conversation yet"}
	}
	head := s.Desk + ":" + s.Conversation
	if s.Began {
		head += ", began here"
	}
	lines := []string{head}
	switch {
	case s.Gone:
		return append(lines, "deleted: the desk did not find it twice")
	case s.Unread != nil:
		return append(lines, "not read: "+s.Unread.Reason+", "+s.Unread.Detail)
	case !s.Read:
		return append(lines, "not read")
	}
	lines = append(lines, "customer "+cmp.Or(s.Customer, "without a name"))
	how := s.State
	if !s.Until.IsZero() {
		how += " until " + s.Until.UTC().Format(mapping.Minute)
	}
	lines = append(lines, how+", "+cmp.Or(prefixed("assigned to ", s.Assignee), "not assigned")+prefixed(", team ", s.Team)+prefixed(", tags: ", strings.Join(s.Tags, ", ")))
	for _, more := range []string{prefixed("title: ", s.Title), prefixed("the other desk could not be given: ", strings.Join(s.NotGiven, ", ")), s.URL} {
		if more != "" {
			lines = append(lines, more)
		}
	}
	if s.Truncated > 0 {
		lines = append(lines, fmt.Sprintf("entries that the desk does not show: %d", s.Truncated))
	}
	if !s.UnverifiableBefore.IsZero() {
		lines = append(lines, "whether copies from before "+s.UnverifiableBefore.UTC().Format(mapping.Minute)+" stand here cannot be seen")
	}
	return lines
}

func prefixed(label, s string) string {
	if s == "" {
		return ""
	}
	return label + s
}

// pairLines describes the pair: where the customer is, what it waits for, and what would be written besides entries.
func pairLines(r report.Report) []string {
	x := r.Explanation
	lines := []string{fmt.Sprintf("pair %s; the customer is answered on %s", x.Pair, x.Home)}
	if w := x.Waiting; w != nil {
		how := "pending"
		if w.Parked {
			how = "parked"
		}
		lines = append(lines, fmt.Sprintf("%s since %s: %s%s; next try %s, tries so far: %d", how, w.Since.UTC().Format(mapping.Minute), w.Reason, prefixed(", ", w.Detail), w.RetryAt.UTC().Format(mapping.Minute), w.Tries))
	}
	if x.Ended != nil {
		lines = append(lines, "this look ended early, so what is left to write is not known: "+x.Ended.Reason+prefixed(", ", x.Ended.Detail))
	}
	for _, o := range r.Operations {
		if len(o.Entries) == 0 {
			lines = append(lines, fmt.Sprintf("would be written to %s besides: %s, %s: %s", o.Desk, o.Kind, o.Class, o.Text))
		}
	}
	return lines
}

// besides gives what stands in the two columns: the entry in that of its desk, its twins in the other. A transcript has a
// row of its own, and the lines that it holds only name it.
func besides(x *report.Explanation, row report.ExplainedRow) (shown [2][]report.ShownEntry) {
	own := 0
	if row.Desk == x.Sides[1].Desk {
		own = 1
	}
	shown[own] = []report.ShownEntry{row.ShownEntry}
	if row.Fate != "folded" {
		shown[1-own] = row.Twins
	}
	return shown
}

// entryLines describes an entry: when, who, what, and its words.
func entryLines(e report.ShownEntry) []string {
	if e.Missing {
		if e.Entry == "?" {
			return []string{"written; the desk did not tell the id"}
		}
		return []string{"entry " + e.Entry + ": the desk does not show it in this conversation"}
	}
	lines := []string{entryHead(e), e.Native + " " + e.Entry}
	if e.Text != "" {
		lines = append(lines, e.Text)
	}
	if e.Removed {
		lines = append(lines, "[the desk has removed the content]")
	}
	for _, f := range e.Files {
		lines = append(lines, "["+f+"]")
	}
	return lines
}

func entryHead(e report.ShownEntry) string {
	return e.At.UTC().Format(time.DateTime) + " " + e.Author.Role + prefixed(" ", e.Author.Name) + ", " + e.Kind
}

// verdict says in a line what became of an entry, or what would, by which rule, and what is lost with it.
func verdict(row report.ExplainedRow) string {
	if row.Bridge != "" {
		return "written by the bridge: " + cmp.Or(works[row.Bridge], row.Bridge)
	}
	says := row.Fate
	switch {
	case row.Fate == report.FateNotSent:
		says = "not sent: this direction is switched off"
	case row.Fate == "covered": // its rule begins with that word
		says = row.Rule
	case row.Fate == "folded" && len(row.Twins) > 0:
		says += " into the note " + row.Twins[0].Entry
	case row.Fate == "pending" && row.Class != "":
		says += ": would be written as " + manner(row)
	case row.Rule != "":
		says += ": " + manner(row)
	}
	if row.Historic {
		says += "; history"
	}
	return says + prefixed("; lost: ", listed(row.Losses))
}

func manner(row report.ExplainedRow) string {
	return cmp.Or(rules[row.Rule], row.Rule) + prefixed(", as ", row.As) + prefixed(", ", row.Class)
}

// rules are those that have a word of their own for people.
var rules = map[string]string{
	string(sinks.OpenConversation): "the opening", string(sinks.PostMessage): "a message", string(sinks.PostNote): "a note",
	string(sinks.RecordEvent): "a dated event of the customer", "transcript": "a line of a note", "activity": "a line of a note about activities", "stub": "a note that stands for it, because the desk refused it",
}

func listed(losses []mapping.Loss) string {
	var codes []string
	for _, l := range losses {
		codes = append(codes, string(l))
	}
	return strings.Join(codes, ", ")
}

// works are the bridge's own entries that have a word of their own for people.
var works = map[string]string{"field": "a change of a field", "note": "a note about the pair"}

// sumLines counts each direction as the report does.
func sumLines(x *report.Explanation) (lines []string) {
	for i, s := range x.Sides {
		if s.Entries == nil {
			continue
		}
		e := *s.Entries
		var buckets []string
		for _, b := range []struct {
			name string
			n    int
		}{{"mirrored", e.Mirrored}, {"folded", e.Folded}, {"covered", e.Covered}, {"skipped", e.Skipped}, {"parked", e.Parked}, {"pending", e.Pending}} {
			if b.n > 0 {
				buckets = append(buckets, fmt.Sprintf("%d %s", b.n, b.name))
			}
		}
		lines = append(lines, fmt.Sprintf("%s → %s: entries read: %d%s", s.Desk, x.Sides[1-i].Desk, e.Read, prefixed(" = ", strings.Join(buckets, " + "))))
	}
	return append(lines, "Times are UTC, by each desk's own clock.", "Nothing was written.")
}
