package dashly

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/deskbridge/deskbridge/mapping"
)

// acts are the kinds of events that may tell what a person did.
var acts = []string{"vote", "channel_changed", "assigned"}

// metaValues bounds how much of a part's meta_data is told.
const metaValues = 8

// act gives what an event tells of what a person did. Of a vote that is the customer's, whoever the part is from, what the
// desk keeps with it; it may keep it on the part that asked, later, and nothing is told while there is nothing.
func (d *decoder) act(p Part, e mapping.Entry) mapping.Act {
	human := e.Author.Role == mapping.Customer || e.Author.Role == mapping.Agent
	switch {
	case e.Kind != mapping.Event || e.Removed:
		return mapping.Act{}
	case e.Native == "vote":
		if given := metaOf(p.Meta); len(given) > 0 {
			act := mapping.NewAct("vote", given...)
			act.Mutable = true
			return act
		}
	case e.Native == "channel_changed" && human:
		act := mapping.NewAct("channel changed", [2]string{"to", d.channelName(p)})
		act.Needs, act.Team = mapping.ToSetTeam, string(p.Channel.Value.ID)
		return act
	case e.Native == "assigned" && e.Author.Role == mapping.Agent && p.From.Form == AdminSender && e.Author.ID != "":
		// Not the site's default sender, in whose name the bridge may assign (U42).
		switch to := p.Assignee; {
		case to.Value.ID != "":
			return mapping.Act{Text: "assigned", Needs: mapping.ToAssign, Agent: mapping.PersonID(to.Value.ID)}
		case to.Shown && !to.OK:
			return mapping.Act{Text: "unassigned", Needs: mapping.ToAssign, Agent: mapping.Nobody}
		}
	}
	return mapping.Act{}
}

// ratingOf gives what a vote says; empty while it says nothing. An object that stands alone is told by its members (U45).
func ratingOf(p Part, e mapping.Entry) string {
	if e.Native != "vote" || e.Removed {
		return ""
	}
	raw, values := p.Meta, metaOf(p.Meta)
	for len(values) == 1 {
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, &members) != nil || begin(members[values[0][0]]) != '{' {
			break
		}
		raw = members[values[0][0]]
		values = metaOf(raw)
	}
	return mapping.RatingText(values...)
}

// channelName is the name of the channel that a part names, or its id; a part names 0 where it left every channel.
func (d *decoder) channelName(p Part) string {
	now := d.Conversation.Channel.Value
	switch id := p.Channel.Value.ID; {
	case !p.Channel.Shown:
		return ""
	case id == "":
		return "none"
	case id == now.ID && now.Name != "":
		return string(now.Name)
	default:
		return string(id)
	}
}

// metaOf gives what meta_data holds, by the names of its members. Nothing, no and the empty text are left out, and where
// that leaves zeros only, they are what is counted before anybody has voted (U45).
func metaOf(raw json.RawMessage) (values [][2]string) {
	if begin(raw) != '{' {
		return nil
	}
	var members map[string]any
	in := json.NewDecoder(bytes.NewReader(raw))
	in.UseNumber() // as it is spelled
	if in.Decode(&members) != nil {
		return nil
	}
	said := false
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if text := valueText(members[name]); text != "" && len(values) < metaValues {
			values, said = append(values, [2]string{name, text}), said || !zeros(members[name])
		}
	}
	if !said {
		return nil
	}
	return values
}

// zeros reports whether a value holds nothing, or nothing but zeros.
func zeros(v any) bool {
	switch v := v.(type) {
	case json.Number:
		n, err := v.Float64()
		return err == nil && n == 0
	case []any:
		return !slices.ContainsFunc(v, func(x any) bool { return !zeros(x) })
	case map[string]any:
		return !slices.ContainsFunc(slices.Collect(maps.Values(v)), func(x any) bool { return !zeros(x) })
	}
	return valueText(v) == ""
}

func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSpace(v)
	case bool:
		if v {
			return "yes"
		}
		return ""
	case json.Number:
		return v.String()
	case []any:
		var all []string
		for _, x := range v {
			if text := valueText(x); text != "" {
				all = append(all, text)
			}
		}
		return strings.Join(all, ", ")
	case map[string]any:
		var all []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if text := valueText(v[name]); text != "" {
				all = append(all, name+" "+text)
			}
		}
		return strings.Join(all, ", ")
	}
	return ""
}

// Choices gives what the configuration may make of the entries of a kind, and whether a row of the table names it.
func Choices(kind string) (allowed []mapping.Choice, named bool) {
	var rows []mapping.Trait
	for _, r := range table {
		if r.Native == kind {
			rows = append(rows, mapping.Trait{Kind: r.Kind, Author: r.Author, Covers: r.Covers, Doubt: r.Doubt, Acts: r.Kind == mapping.Event && slices.Contains(acts, kind)})
		}
	}
	if len(rows) > 0 {
		return mapping.ChoicesOf(rows), true
	}
	return mapping.ChoicesOf([]mapping.Trait{{Kind: rowUnknownText.Kind, Doubt: rowUnknownText.Doubt}, {Kind: rowUnknownEmpty.Kind}}), false
}
