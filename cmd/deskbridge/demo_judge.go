package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// judge checks every promise of the demo against the reports, against what customers were sent, and against the desks.
func (d *demonstration) judge() (report.Status, *report.Failure) {
	broken := func(code, format string, args ...any) (report.Status, *report.Failure) {
		return report.Incomplete, &report.Failure{Code: code, Message: fmt.Sprintf(format, args...), Where: "demo"}
	}
	for _, p := range d.report.Passes {
		if p.Status == report.Failed {
			return report.Failed, p.Error
		}
		for name, direction := range p.Directions {
			if e := direction.Entries; !e.Balanced() || e.Pending > 0 {
				return broken("unbalanced", "%s, pass %s: %d entries are pending and %d not accounted for", name, p.Name, e.Pending,
					e.Read-e.Mirrored-e.Folded-e.Covered-e.Skipped-e.Parked-e.Pending)
			} else if e.Parked > 0 {
				return broken("parked", "%s, pass %s: %d entries are parked", name, p.Name, e.Parked)
			}
		}
		if p.Visible.History > 0 {
			return broken("history_delivered", "pass %s delivered %d messages of history to customers", p.Name, p.Visible.History)
		}
		if p.Status != report.Done {
			return broken("pass", "pass %s ended as %s: %s", p.Name, p.Status, failureText(p.Error))
		}
	}
	if n := writes(d.report.Passes[2].Report); n > 0 {
		return broken("idle_writes", "the idle pass made %d writes though nothing had happened", n)
	}
	if where := d.unasked(); where != "" {
		return broken("history_delivered", "a customer was sent something that nobody had written since %s: %s", d.start.Format("15:04 MST"), where)
	}
	if missing := d.missing(); len(missing) > 0 {
		return broken("missing", "%d conversations have words that the other desk lacks: %s", len(missing), strings.Join(missing[:min(3, len(missing))], ", "))
	}
	return report.Done, nil
}

func failureText(f *report.Failure) string {
	if f == nil {
		return "no reason given"
	}
	return f.Message
}

func writes(r report.Report) int {
	n := 0
	for _, c := range r.APICalls {
		n += c.Write
	}
	return n
}

// unasked names a conversation in which the bridge delivered words that are not of a live entry; empty when there is none.
func (d *demonstration) unasked() string {
	live := map[string]bool{}
	for _, t := range slices.Concat(d.dashly.Dump(), d.intercom.Dump()) {
		for _, e := range t.Entries {
			if !e.ByBridge && !e.At.Before(d.start) && letters(e.Text) != "" {
				live[letters(e.Text)] = true
			}
		}
	}
	for _, n := range d.log.Notifications() {
		if n.By != "bridge" {
			continue
		}
		said := false
		for text := range live {
			said = said || strings.Contains(letters(n.Text), text)
		}
		if !said {
			return n.Desk + ":" + n.Conversation
		}
	}
	return ""
}

// missing names the conversations, as desk:id, with words of people that their counterpart does not hold. Those in
// which the customer has said nothing yet owe nothing: they wait for the customer.
func (d *demonstration) missing() []string {
	var missing []string
	for desk, threads := range d.threads {
		for id, t := range threads {
			if twin, ok := d.twin(desk, id); spoken(t) && (!ok || !holds(twin, t)) {
				missing = append(missing, desk+":"+id)
			}
		}
	}
	slices.Sort(missing)
	return missing
}

// recall learns from the desks what they show, and from the store which conversations are counterparts.
func (d *demonstration) recall(ctx context.Context) error {
	d.threads = map[string]map[string]sandbox.Thread{"dashly": {}, "intercom": {}}
	for _, t := range d.dashly.Dump() {
		d.threads["dashly"][t.ID] = t
	}
	for _, t := range d.intercom.Dump() {
		d.threads["intercom"][t.ID] = t
	}
	d.twins = map[string]mapping.Ref{}
	return d.bridge.store.Pairs(ctx, func(p state.Pair) error {
		records, err := d.bridge.store.Load(ctx, p)
		if err != nil {
			return err
		}
		l, err := state.ReadLedger(p, records)
		if err != nil {
			return err
		}
		d.twins[l.Meta.Origin.String()], d.twins[l.Meta.Twin.String()] = l.Meta.Twin, l.Meta.Origin
		return nil
	})
}

func (d *demonstration) twin(desk, id string) (sandbox.Thread, bool) {
	ref := d.twins[desk+":"+id]
	t, ok := d.threads[string(ref.Desk)][string(ref.ID)]
	return t, ok
}

// holds reports whether every text that people wrote in t can be read in twin, as often as it was written.
func holds(twin, t sandbox.Thread) bool {
	all := ""
	for _, e := range twin.Entries {
		all += letters(e.Text) + " "
	}
	times := map[string]int{}
	for _, text := range human(t) {
		times[text]++
	}
	for text, n := range times {
		if strings.Count(all, text) < n {
			return false
		}
	}
	return true
}

// human lists the texts, by their letters, that people wrote in a thread at its own desk.
func human(t sandbox.Thread) []string {
	var texts []string
	for _, e := range t.Entries {
		if !e.ByBridge && (e.Side == "customer" || e.Side == "team") && letters(e.Text) != "" {
			texts = append(texts, letters(e.Text))
		}
	}
	return texts
}

func spoken(t sandbox.Thread) bool {
	return slices.ContainsFunc(t.Entries, func(e sandbox.Entry) bool {
		return e.Side == "customer" && !e.ByBridge && letters(e.Text) != ""
	})
}

// letters keeps what no desk changes: letters and digits.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// sideBySide prints one conversation as both desks show it: a live one in which people wrote on both, if there is one,
// and short enough for a screen.
func (d *demonstration) sideBySide(w io.Writer) error {
	var chosen, twin sandbox.Thread
	best := 0
	for _, id := range slices.Sorted(maps.Keys(d.threads["dashly"])) {
		t := d.threads["dashly"][id]
		other, ok := d.twin("dashly", id)
		if !ok || t.Entries[0].At.Before(d.start) || !plain(t) || !plain(other) {
			continue
		}
		here, there := len(human(t)), len(human(other))
		score := here + there
		if min(here, there) > 0 {
			score += 10
		}
		if here+there <= 8 && score > best {
			chosen, twin, best = t, other, score
		}
	}
	if best == 0 {
		return nil
	}
	const width = 56
	left, right := lines(chosen, width), lines(twin, width)
	var out strings.Builder
	fmt.Fprintf(&out, "\nOne conversation on both desks:\n\n%s│ %s\n%s┼%s\n", pad("dashly "+chosen.ID, width+1), "intercom "+twin.ID, strings.Repeat("─", width+1), strings.Repeat("─", width+1))
	for i := range max(len(left), len(right)) {
		var l, r string
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			r = right[i]
		}
		out.WriteString(strings.TrimRight(pad(l, width+1)+"│ "+r, " ") + "\n")
	}
	out.WriteString("\n")
	_, err := io.WriteString(w, out.String())
	return err
}

// lines shows what people can read of a thread, at most four lines an entry.
func lines(t sandbox.Thread, width int) []string {
	var out []string
	for _, e := range t.Entries {
		text := strings.Join(strings.Fields(e.Text), " ")
		if text == "" || e.Side == "system" {
			continue
		}
		who := map[string]string{"customer": "customer", "team": "agent", "bot": "bot"}[e.Side]
		if !e.Visible {
			who = "note"
		}
		out = append(out, wrap(fmt.Sprintf("%s %s: %s", e.At.Format("15:04:05"), who, text), width, 4)...)
	}
	return out
}

// plain reports whether all text is of letters that are one column wide and run from left to right.
func plain(t sandbox.Thread) bool {
	return !slices.ContainsFunc(t.Entries, func(e sandbox.Entry) bool {
		return strings.ContainsFunc(e.Text, func(r rune) bool { return unicode.IsLetter(r) && r > 0x4ff || unicode.IsMark(r) || r > 0xffff })
	})
}
