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

// metaValues bounds how much of a part's meta_data is told, and metaDepth how deep it is taken apart: what lies deeper is
// told as it is spelled.
const metaValues, metaDepth = 8, 4

// act gives what an event tells of what a person did. Of a vote that is the customer's, whoever the part is from, what the
// desk keeps with it; it may keep it on the part that asked, later, and nothing is told while there is nothing.
func (d *decoder) act(p Part, e mapping.Entry) mapping.Act {
	human := e.Author.Role == mapping.Customer || e.Author.Role == mapping.Agent
	switch {
	case e.Kind != mapping.Event || e.Removed:
		return mapping.Act{}
	case e.Native == "vote":
		if given := voteOf(p); given != "" {
			return mapping.Act{Text: given, Mutable: true}
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

// voteOf gives what the desk keeps with a vote, in a line; empty while that says nothing.
func voteOf(p Part) string {
	given := valuesOf(metaOf(p.Meta))
	if len(given) == 0 {
		return ""
	}
	return mapping.NewAct("vote", given...).Text
}

// ratingOf gives what a vote says; empty while it says nothing. An object that stands alone is told by its members (U45), a
// yes or no that stands alone with its name.
func ratingOf(p Part, e mapping.Entry) string {
	if e.Native != "vote" || e.Removed {
		return ""
	}
	members := metaOf(p.Meta)
	values := valuesOf(members)
	for range metaDepth {
		inner, ok := alone(members, values).(map[string]any)
		if !ok {
			break
		}
		members, values = inner, valuesOf(inner)
	}
	if _, ok := alone(members, values).(bool); ok {
		return mapping.RatingText([2]string{"", values[0][0] + ": " + values[0][1]})
	}
	return mapping.RatingText(values...)
}

// alone is the only member that tells something; nil where there are several, or none.
func alone(members map[string]any, values [][2]string) any {
	if len(values) != 1 {
		return nil
	}
	return members[values[0][0]]
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

// metaOf gives the members of meta_data, whatever its shape (U45): of a list of one its element, and what is no object is
// the vote itself.
func metaOf(raw json.RawMessage) map[string]any {
	var v any
	in := json.NewDecoder(bytes.NewReader(raw))
	in.UseNumber() // as it is spelled
	if in.Decode(&v) != nil {
		return nil
	}
	for range metaDepth {
		if list, ok := v.([]any); ok && len(list) == 1 {
			v = list[0]
		}
	}
	if members, ok := v.(map[string]any); ok {
		return members
	}
	return map[string]any{"vote": v}
}

// valuesOf gives what members of meta_data tell, by their names. Nothing and the empty text are left out. Zeros are what is
// counted before anybody has voted, and so is a no beside them (U45); a no without a number may be the answer.
func valuesOf(members map[string]any) (values [][2]string) {
	if !anyOf(members, says) && anyOf(members, isNumber) {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if text := valueText(members[name], metaDepth); text != "" && len(values) < metaValues {
			values = append(values, [2]string{name, text})
		}
	}
	return values
}

// anyOf reports whether something holds of a value, or of one that lies within it.
func anyOf(v any, holds func(any) bool) bool {
	within := func(x any) bool { return anyOf(x, holds) }
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, within)
	case map[string]any:
		return slices.ContainsFunc(slices.Collect(maps.Values(v)), within)
	}
	return holds(v)
}

// says reports whether a value is more than a zero, a no or nothing.
func says(v any) bool {
	if n, ok := v.(json.Number); ok {
		f, err := n.Float64()
		return err != nil || f != 0
	}
	return v != false && valueText(v, 0) != ""
}

func isNumber(v any) bool {
	_, ok := v.(json.Number)
	return ok
}

// valueText tells a value in words, and what lies deeper within it than depth as it is spelled.
func valueText(v any, depth int) string {
	var all []string
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v)
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case json.Number:
		return v.String()
	case []any:
		if depth == 0 {
			return spelled(v)
		}
		for _, x := range v {
			if text := valueText(x, depth-1); text != "" {
				all = append(all, text)
			}
		}
	case map[string]any:
		if depth == 0 {
			return spelled(v)
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if text := valueText(v[name], depth-1); text != "" {
				all = append(all, name+" "+text)
			}
		}
	}
	return strings.Join(all, ", ")
}

// spelled is a value as JSON.
func spelled(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(raw)
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
