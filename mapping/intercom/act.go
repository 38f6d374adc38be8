package intercom

import (
	"cmp"
	"strconv"
	"time"

	"github.com/tidwall/gjson"

	"github.com/deskbridge/deskbridge/mapping"
)

// Kinds of events about the rating of a conversation.
const (
	ratingChanged = "conversation_rating_changed"
	remarkAdded   = "conversation_rating_remark_added"
)

// acts are the kinds of events that may tell what a person did, and what they tell. All others are the desk's own, or are
// carried by a field of every desk, whatever they name.
var acts = map[string]string{
	"priority_changed":                       "priority changed",
	"participant":                            "participant changed",
	"participant_added":                      "participant added",
	"participant_removed":                    "participant removed",
	ratingChanged:                            "rating of the conversation",
	remarkAdded:                              "remark on the rating",
	"conversation_attribute_updated_by_user": "attribute changed", "conversation_attribute_updated_by_admin": "attribute changed",
	"conversation_sla_removed":      "SLA removed",
	"attribute_collected":           "attribute collected",
	"custom_action_started":         "action started",
	"custom_action_finished":        "action finished",
	"ticket_state_updated_by_admin": "ticket state changed", "ticket_attribute_updated_by_admin": "ticket attribute changed",
	"company_updated":             "company changed",
	"call_summary":                "call",
	"merged_primary_conversation": "another conversation was merged into this one",
	"open":                        "opened again", "snoozed": "snoozed", "unsnoozed": "woken",
	"assignment": "", "assign_and_reopen": "opened again", "assign_and_unsnooze": "woken", // and to whom
	"conversation_tags_updated": "tags changed",
}

// needs are the abilities of another desk with which a field carries there what an agent did, beside those that the table
// names; an assignment to a team needs another one.
var needs = map[string]mapping.Ability{
	"assignment": mapping.ToAssign, "assign_and_reopen": mapping.ToReopen, "assign_and_unsnooze": mapping.ToSnooze,
	"conversation_tags_updated": mapping.ToTag,
}

// details are the documented fields of event_details (intercom-api.md 8.3) that are told, with their labels.
var details = []struct{ path, label string }{
	{"attribute.name", "name"}, {"action.name", "name"}, {"action.result", "result"}, {"sla_name", "name"}, {"call_id", "id"},
	{"value.previous", "from"}, {"previous", "from"}, {"value.name", "to"}, {"current", "to"},
}

// act gives what an event tells of what a person did. Ratings are the customer's, whoever the part names; state and team
// are told where an agent changed them: a customer's words, which open a conversation, stand for themselves.
func act(p Part, e mapping.Entry, rating [][2]string) mapping.Act {
	what, tells := acts[e.Native]
	human := e.Author.Role == mapping.Customer || e.Author.Role == mapping.Agent
	need := cmp.Or(e.Needs, needs[e.Native])
	switch {
	case !tells || e.Kind != mapping.Event || e.Removed:
		return mapping.Act{}
	case e.Native == ratingChanged || e.Native == remarkAdded:
		return mapping.NewAct(what, rating...)
	case !human || need != "" && e.Author.Role != mapping.Agent:
		return mapping.Act{}
	}
	var values [][2]string
	if need == mapping.ToSnooze {
		values = append(values, [2]string{"until", snoozeEnd(p)})
	}
	var of mapping.Act
	switch to := p.AssignedTo.Value; {
	case e.Covers != mapping.Assignee:
	case to.Type == "team":
		need, of.Team = mapping.ToSetTeam, string(to.ID)
		what, values = and(what, "assigned to a team"), append(values, [2]string{"to", cmp.Or(string(to.Name), string(to.ID))})
	case to.Type == "admin":
		of.Agent = mapping.PersonID(to.ID)
		what = and(what, "assigned")
	case to.Type == "nobody_admin":
		of.Agent = mapping.Nobody
		what = and(what, "unassigned")
	}
	if what == "" {
		return mapping.Act{} // it does not tell to whom
	}
	for _, d := range details {
		v := gjson.GetBytes(p.Details, d.path)
		if v.IsObject() {
			v = v.Get("name")
		}
		if v.Type == gjson.String || v.Type == gjson.Number {
			values = append(values, [2]string{d.label, v.String()})
		}
	}
	of.Text, of.Needs = mapping.NewAct(what, values...).Text, need
	return of
}

// and joins what one event did.
func and(one, other string) string {
	if one == "" {
		return other
	}
	return one + ", " + other
}

// snoozeEnd is when a snooze ends, or what the agent chose ("tomorrow", intercom-api.md 8.3).
func snoozeEnd(p Part) string {
	if at, err := time.Parse(time.RFC3339, gjson.GetBytes(p.Details, "custom_until_time").Str); err == nil {
		return at.UTC().Format(mapping.Minute)
	}
	return gjson.GetBytes(p.Details, "until").Str
}

// rated gives what the latest parts about the rating tell: the conversation shows one rating, the latest. Without a part
// of its own the remark is told with the score.
func (w Conversation) rated(parts []Part) map[Text][][2]string {
	out := map[Text][][2]string{}
	if !w.Rating.Present {
		return out
	}
	var score, remark Text
	for _, p := range parts {
		switch p.Type {
		case ratingChanged:
			score = p.ID
		case remarkAdded:
			remark = p.ID
		}
	}
	said := [2]string{"remark", string(w.Rating.Value.Remark)}
	if r := w.Rating.Value.Rating; r.Present && score != "" {
		out[score] = append(out[score], [2]string{"score", strconv.Itoa(r.N) + " of 5"})
	}
	if remark != "" {
		out[remark] = append(out[remark], said)
	} else if score != "" {
		out[score] = append(out[score], said)
	}
	return out
}

// Choices gives what the configuration may make of the entries of a kind, and whether a row of the table names it. The
// opening is of the kind "source".
func Choices(kind string) (allowed []mapping.Choice, named bool) {
	_, told := acts[kind]
	traits := func(fits func(Row) bool) (rows []mapping.Trait) {
		for _, r := range table {
			if fits(r) {
				rows = append(rows, mapping.Trait{Kind: r.Kind, Author: r.Author, Covers: r.Covers, Doubt: r.Doubt, Acts: r.Kind == mapping.Event && told})
			}
		}
		return rows
	}
	if rows := traits(func(r Row) bool { return r.Native == kind }); len(rows) > 0 && kind != "*" && kind != "note*" {
		return mapping.ChoicesOf(rows), true
	}
	return mapping.ChoicesOf(traits(func(r Row) bool { return r.Content != Any && r.Native != "source" && nativeFits(r.Native, kind) })), false
}
