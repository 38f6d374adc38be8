package report

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// WriteJSON writes the final object: one line, the same shape whatever happened.
func (r Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(r.whole())
}

// WriteTable writes what was counted for people: outcome, a column for each direction, calls, and who was reached. The
// error is not in it: its place is stderr.
func (r Report) WriteTable(w io.Writer) error {
	var out strings.Builder
	out.WriteString(r.headline() + "\n")
	if len(r.Directions) > 0 {
		out.WriteString("\n" + r.directionTable())
	}
	if len(r.APICalls) > 0 {
		out.WriteString("\n" + r.callTable())
		out.WriteString("\n" + r.reached() + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// Idle reports whether the run ended before it had looked at anything: its table would be zeros.
func (r Report) Idle() bool {
	if r.Status != Failed && r.Status != Config && r.Status != Locked || r.Explanation != nil {
		return false
	}
	for _, d := range r.Directions {
		if d.Conversations > 0 || d.Entries != (Entries{}) {
			return false
		}
	}
	for _, c := range r.APICalls {
		if c.Write > 0 {
			return false
		}
	}
	return len(r.Directions) > 0
}

var words = map[Status]string{
	Done: "done", Parked: "done, something is parked", Incomplete: "incomplete", Differences: "differences found",
	Failed: "failed", Config: "the configuration is wrong", Locked: "another run is at work", Stopped: "stopped",
}

func (r Report) headline() string {
	took := time.Duration(r.DurationS * float64(time.Second))
	if took > time.Second {
		took = took.Round(100 * time.Millisecond)
	} else {
		took = took.Round(time.Millisecond)
	}
	s := fmt.Sprintf("%s: %s (%s", r.Command, words[r.Status], took)
	if r.Run != "" {
		s += ", run " + r.Run
	}
	return s + ")"
}

// reached says in a sentence which customers heard of it.
func (r Report) reached() string {
	if r.dry() {
		return "Nothing was written."
	}
	s := "No message was delivered to a customer."
	if n := r.Visible.Live; n > 0 {
		s = count(n, "live message was", "live messages were") + " delivered to customers."
	}
	if n := r.Visible.History; n > 0 {
		s += fmt.Sprintf(" WARNING: %s of history reached customers.", count(n, "message", "messages"))
	}
	return s
}

func (r Report) directionTable() string {
	names := r.names()
	head := []string{""}
	for _, name := range names {
		head = append(head, strings.ReplaceAll(name, "_to_", " → "))
	}
	g := grid{rows: [][]string{head}}
	row := func(label string, value func(*Direction) int) {
		cells := []string{label}
		for _, name := range names {
			cells = append(cells, fmt.Sprint(value(r.Directions[name])))
		}
		g.rows = append(g.rows, cells)
	}
	detail := func(counts func(*Direction) map[string]int) {
		keys := map[string]bool{}
		for _, name := range names {
			for k := range counts(r.Directions[name]) {
				keys[k] = true
			}
		}
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			row("    "+k, func(d *Direction) int { return counts(d)[k] })
		}
	}
	row("conversations", func(d *Direction) int { return d.Conversations })
	row("entries read", func(d *Direction) int { return d.Entries.Read })
	row("  mirrored", func(d *Direction) int { return d.Entries.Mirrored })
	row("  folded into a note", func(d *Direction) int { return d.Entries.Folded })
	row("  covered by fields", func(d *Direction) int { return d.Entries.Covered })
	row("  skipped", func(d *Direction) int { return d.Entries.Skipped })
	detail(func(d *Direction) map[string]int { return d.SkippedBy })
	row("  parked", func(d *Direction) int { return d.Entries.Parked })
	detail(func(d *Direction) map[string]int { return d.ParkedBy })
	row("  pending", func(d *Direction) int { return d.Entries.Pending })
	row("written in this run", func(d *Direction) int { return d.Entries.Written })
	row("conflicts", func(d *Direction) int { return d.Conflicts })
	row("losses", func(d *Direction) int {
		n := 0
		for _, c := range d.Losses {
			n += c
		}
		return n
	})
	detail(func(d *Direction) map[string]int {
		m := make(map[string]int, len(d.Losses))
		for k, n := range d.Losses {
			m[string(k)] = n
		}
		return m
	})
	return g.String()
}

func (r Report) callTable() string {
	g := grid{rows: [][]string{{"API calls", "read", "write", "throttled"}}}
	for _, desk := range slices.Sorted(maps.Keys(r.APICalls)) {
		c := r.APICalls[desk]
		g.rows = append(g.rows, []string{"  " + desk, fmt.Sprint(c.Read), fmt.Sprint(c.Write), fmt.Sprint(c.Throttled)})
	}
	return g.String()
}

// grid is rows of cells: the first column stands left, the others right.
type grid struct{ rows [][]string }

func (g grid) String() string {
	var width []int
	for _, row := range g.rows {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var out strings.Builder
	for _, row := range g.rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				line.WriteString(cell + pad)
			} else {
				line.WriteString("   " + pad + cell)
			}
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return out.String()
}
