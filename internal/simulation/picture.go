package simulation

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
)

var (
	longID = regexp.MustCompile(`\b(?:[0-9]{9,}|[0-9a-f]{24})\b|deskbridge:main:\w+`)
	stamp  = regexp.MustCompile(`\b\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC`)
)

// untoken is a text without the line by which the bridge knows its own notes.
func untoken(text string) string {
	if i := strings.LastIndex(text, "[db1 "); i >= 0 && strings.HasSuffix(strings.TrimSpace(text), "]") {
		return strings.TrimSpace(text[:i])
	}
	return text
}

// tame takes out of a text what differs between runs that are alike: ids and times.
func tame(text string) string {
	if !strings.ContainsAny(text, "0123456789") && !strings.Contains(text, "deskbridge:main:") {
		return text // no id without a figure, and no time
	}
	return stamp.ReplaceAllString(longID.ReplaceAllString(text, "#"), "(time)")
}

// plainly is the text of an entry, tamed. Only the bridge's own notes lose their last line: people may quote one.
func plainly(e stage.Entry) string {
	if e.ByBridge && !e.Visible {
		return tame(untoken(e.Text))
	}
	return tame(e.Text)
}

// picture is a desk as people would describe it. A + stands before what the bridge wrote; what the customer does not
// see is a note; entries from before the world began have their age. System entries are left out.
func (w *World) picture(desk mapping.Desk) string {
	var b strings.Builder
	skew := time.Until(w.front(desk).Now())
	for _, t := range w.front(desk).Dump() {
		fmt.Fprintf(&b, "%s: %s", tame(t.Customer), t.State)
		if t.Agent != "" {
			fmt.Fprintf(&b, ", %s", t.Agent)
		}
		if t.Team != "" {
			fmt.Fprintf(&b, ", in %s", teamOf(t.Team))
		}
		for _, tag := range t.Tags {
			fmt.Fprintf(&b, ", #%s", tag)
		}
		if t.Title != "" {
			fmt.Fprintf(&b, ", %q", t.Title)
		}
		for _, name := range slices.Sorted(maps.Keys(t.Attributes)) {
			fmt.Fprintf(&b, ", %s %q", name, tame(t.Attributes[name]))
		}
		b.WriteString("\n")
		for _, e := range t.Entries {
			if line := w.line(e, skew); line != "" {
				b.WriteString("  " + line + "\n")
			}
		}
	}
	return b.String()
}

// line is one entry of a picture, empty for one that says nothing.
func (w *World) line(e stage.Entry, skew time.Duration) string {
	text := strings.TrimSpace(plainly(e))
	if e.Side == stage.SideSystem || text == "" && len(e.Files) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(map[bool]string{true: "+ ", false: "  "}[e.ByBridge])
	b.WriteString(e.Side)
	if !e.Visible {
		b.WriteString(" note")
	}
	if age := w.began.Sub(e.At.Add(-skew)); age >= time.Minute {
		fmt.Fprintf(&b, ", %s before", age.Round(time.Minute).String())
	}
	b.WriteString(": " + oneLine(strings.ReplaceAll(text, "\n", " / ")))
	for _, f := range e.Files {
		fmt.Fprintf(&b, " [%s %.8s]", f.Name, f.SHA256)
	}
	return b.String()
}

// oneLine is a text in one line. Of a very long one only its ends are shown, and its length.
func oneLine(text string) string {
	const long, end = 3000, 60
	line := []rune(strings.Join(strings.Fields(text), " "))
	if len(line) <= long {
		return string(line)
	}
	return fmt.Sprintf("%s … %s (%d characters)", string(line[:end]), string(line[len(line)-end:]), len(line))
}

// delivered lists what a real desk would have sent to customers, a + before what the bridge caused.
func (w *World) delivered() string {
	var b strings.Builder
	for _, n := range w.Log.Notifications() {
		mark := map[bool]string{true: "+ ", false: "  "}[n.By == stage.ByBridge]
		fmt.Fprintf(&b, "%s%s, to %s, %s: %s\n", mark, n.Desk, tame(n.Person), n.Kind, oneLine(tame(n.Text)))
	}
	return b.String()
}
