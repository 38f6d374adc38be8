package simulation

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
)

// expectation is a row of the table of what a script can demand of a desk. It fails when it is not so.
type expectation struct {
	form string
	// of gives the error of a thread; several is set for those that are about the whole desk.
	of   func(t stage.Thread, got words) error
	desk func(all []stage.Thread, got words) error
}

func (e expectation) pattern() pattern { return newPattern(e.form) }

// expectations are all lines that demand something.
var expectations = []expectation{
	{form: "shows TEXT", of: func(t stage.Thread, got words) error { return shows(t, true, got[0], 1) }},
	{form: "shows NUMBER times TEXT", of: func(t stage.Thread, got words) error { return shows(t, true, got[1], got.number(0)) }},
	{form: "shows note TEXT", of: func(t stage.Thread, got words) error { return shows(t, false, got[0], 1) }},
	{form: "shows no TEXT", of: func(t stage.Thread, got words) error { return shows(t, true, got[0], 0) }},
	{form: "shows no note TEXT", of: func(t stage.Thread, got words) error { return shows(t, false, got[0], 0) }},
	{form: "shows nothing", desk: func(all []stage.Thread, _ words) error { return is(len(all), 0) }},
	{form: "shows NUMBER conversations", desk: func(all []stage.Thread, got words) error { return is(len(all), got.number(0)) }},
	{form: "shows open", of: func(t stage.Thread, _ words) error { return is(t.State, "open") }},
	{form: "shows closed", of: func(t stage.Thread, _ words) error { return is(t.State, "closed") }},
	{form: "shows snoozed", of: func(t stage.Thread, _ words) error { return is(t.State, "snoozed") }},
	{form: "shows nobody assigned", of: func(t stage.Thread, _ words) error { return is(t.Agent, "") }},
	{form: "shows NAME assigned", of: func(t stage.Thread, got words) error { return is(t.Agent, got[0]) }},
	{form: "shows no team", of: func(t stage.Thread, _ words) error { return is(t.Team, "") }},
	{form: "shows team NAME", of: func(t stage.Thread, got words) error { return is(teamOf(t.Team), got[0]) }},
	{form: "shows tag TEXT", of: func(t stage.Thread, got words) error { return is(slices.Contains(t.Tags, got[0]), true) }},
	{form: "shows no tag TEXT", of: func(t stage.Thread, got words) error { return is(slices.Contains(t.Tags, got[0]), false) }},
	{form: "shows attribute TEXT", of: func(t stage.Thread, got words) error {
		return is(slices.Contains(slices.Collect(maps.Values(t.Attributes)), got[0]), true)
	}},
	{form: "shows title TEXT", of: func(t stage.Thread, got words) error { return is(t.Title, got[0]) }},
}

// teamOf is the name of a team or channel; the ids of the two stand-in desks are all different.
func teamOf(id string) string {
	for _, names := range teams {
		for name, known := range names {
			if known == id && id != "0" {
				return name
			}
		}
	}
	return id
}

func is[T comparable](have, want T) error {
	if have != want {
		return fmt.Errorf("it is %v, not %v", have, want)
	}
	return nil
}

// shows counts the entries with exactly this text, whoever is named before it.
func shows(t stage.Thread, visible bool, text string, want int) error {
	n := 0
	for _, e := range t.Entries {
		if e.Visible == visible && (carries(e.Text, text) || e.ByBridge && !e.Visible && carries(untoken(e.Text), text)) {
			n++
		}
	}
	if n != want {
		return fmt.Errorf("%d entries say so, not %d", n, want)
	}
	return nil
}

// carries reports whether an entry says a text, as it is or under a line that names its author.
func carries(entry, text string) bool {
	entry, text = strings.TrimSpace(entry), strings.TrimSpace(text)
	before, ok := strings.CutSuffix(entry, text)
	return ok && (before == "" || strings.HasSuffix(before, "\n") || strings.HasSuffix(before, ": "))
}

// expectation reads what a script demands of a desk.
func (p *parser) expectation(desk mapping.Desk, in []token) (func(*World) error, error) {
	if len(in) > 0 && in[0].text == "knob" {
		in = append([]token{{'w', string(desk)}}, in...)
		return choose(p, in, commands, func(c command, got words) (func(*World) error, error) { return c.read(got) })
	}
	label := ""
	if n := len(in); n > 2 && in[n-2].text == "in" {
		label, in = in[n-1].text, in[:n-2]
		if !p.labels[label] {
			return nil, unknown("conversation", label, p.labels)
		}
	}
	return choose(p, in, expectations, func(e expectation, got words) (func(*World) error, error) {
		return func(w *World) error {
			if e.desk != nil {
				return e.desk(w.front(desk).Dump(), got)
			}
			id, err := w.conversation(label, desk)
			if err != nil {
				return err
			}
			t, ok := w.thread(desk, id)
			if !ok {
				return fmt.Errorf("%s does not show the conversation any more", desk)
			}
			if err := e.of(t, got); err != nil {
				return fmt.Errorf("%w:\n%s", err, w.picture(desk))
			}
			return nil
		}, nil
	})
}
