package intercom

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
)

// TestActs: events tell what people did by the documented fields of event_details (intercom-api.md 8.3), in whatever shape
// these are; what a bot, a rule or a workflow did is not told.
func TestActs(t *testing.T) {
	for _, c := range []struct{ kind, author, details, want string }{
		{"priority_changed", "admin", `{"previous":"none","current":"high"}`, "priority changed (from: none, to: high)"},
		{"priority_changed", "admin", `{"previous":{"name":"none"},"current":{"name":"high"},"rule":{"name":"secret"}}`, "priority changed (from: none, to: high)"},
		{"priority_changed", "admin", `null`, "priority changed"},
		{"priority_changed", "admin", `[1]`, "priority changed"},
		{"priority_changed", "bot", `{"current":"high"}`, ""},
		{"priority_changed_by_rule", "admin", `{"current":"high"}`, ""},
		{"conversation_attribute_updated_by_admin", "admin", `{"attribute":{"name":"jira_issue_key"},"value":{"name":"PROJ-007","previous":"PROJ-006"}}`, "attribute changed (name: jira_issue_key, from: PROJ-006, to: PROJ-007)"},
		{"conversation_attribute_updated_by_user", "user", `{"attribute":{"name":"Order"},"value":{"name":881,"previous":null}}`, "attribute changed (name: Order, to: 881)"},
		{"conversation_attribute_updated_by_workflow", "admin", `{"attribute":{"name":"x"}}`, ""},
		{"custom_action_finished", "admin", `{"action":{"name":"Jira Create Issue","result":"success"}}`, "action finished (name: Jira Create Issue, result: success)"},
		{"conversation_sla_removed", "admin", `{"sla_name":"Gold"}`, "SLA removed (name: Gold)"},
		{"conversation_sla_target_missed", "admin", `{"sla_name":"Gold"}`, ""},
		{"call_summary", "admin", `{"call_id":"7"}`, "call (id: 7)"},
		{"participant_added", "admin", `{}`, "participant added"},
		{"operator_workflow_event", "admin", `{"workflow":{"name":"Custom Bot 1"}}`, ""},
		{"conversation_tags_updated", "bot", `{"tags_added":["x"]}`, ""},
		{"close", "admin", `null`, ""},
		{"of_next_year", "admin", `{"current":"high"}`, ""},
	} {
		e := onePart(t, fmt.Sprintf(`{"id":"9","part_type":%q,"created_at":1,"author":{"type":%q,"id":"25"},"event_details":%s}`, c.kind, c.author, c.details), "null")
		require.Equal(t, mapping.Act{Text: c.want}, e.Act, c)
	}
	words := onePart(t, `{"id":"9","part_type":"priority_changed","body":"<p>Words</p>","author":{"type":"admin","id":"25"}}`, "null")
	require.Empty(t, words.Act, "an entry with words is told by them")
}

// TestActsThatAFieldMayCarry tell what an agent did to state and team, and what a desk must be able to do to need no telling.
func TestActsThatAFieldMayCarry(t *testing.T) {
	for _, c := range []struct {
		part string
		want mapping.Act
	}{
		{`"part_type":"snoozed","event_details":{"until":"tomorrow","custom_until_time":null}`, mapping.Act{Text: "snoozed (until: tomorrow)", Needs: mapping.ToSnooze}},
		{`"part_type":"snoozed","event_details":{"until":"custom","custom_until_time":"2026-03-02T12:30:00+01:00"}`, mapping.Act{Text: "snoozed (until: 2026-03-02 11:30 UTC)", Needs: mapping.ToSnooze}},
		{`"part_type":"snoozed"`, mapping.Act{Text: "snoozed", Needs: mapping.ToSnooze}},
		{`"part_type":"unsnoozed"`, mapping.Act{Text: "woken", Needs: mapping.ToSnooze}},
		{`"part_type":"open"`, mapping.Act{Text: "opened again", Needs: mapping.ToReopen}},
		{`"part_type":"assignment","assigned_to":{"type":"team","id":"77"}`, mapping.Act{Text: "assigned to a team (to: 77)", Needs: mapping.ToSetTeam, Team: "77"}},
		{`"part_type":"assign_and_reopen","assigned_to":{"type":"team","id":"77","name":"Sales"}`, mapping.Act{Text: "opened again, assigned to a team (to: Sales)", Needs: mapping.ToSetTeam, Team: "77"}},
		{`"part_type":"assign_and_reopen","assigned_to":{"type":"admin","id":"26","name":"Tom"}`, mapping.Act{Text: "opened again, assigned", Needs: mapping.ToReopen, Agent: "26"}},
		{`"part_type":"assign_and_reopen","assigned_to":{"type":"nobody_admin","id":null}`, mapping.Act{Text: "opened again, unassigned", Needs: mapping.ToReopen, Agent: mapping.Nobody}},
		{`"part_type":"assign_and_unsnooze","assigned_to":{"type":"admin","id":"26"}`, mapping.Act{Text: "woken, assigned", Needs: mapping.ToSnooze, Agent: "26"}},
		{`"part_type":"assignment","assigned_to":{"type":"admin","id":"26","name":"Tom"}`, mapping.Act{Text: "assigned", Needs: mapping.ToAssign, Agent: "26"}},
		{`"part_type":"conversation_tags_updated","event_details":{"tags_added":["a, b","c"],"tags_removed":["d"]}`, mapping.Act{Text: "tags changed", Needs: mapping.ToTag}},
		{`"part_type":"assignment","assigned_to":{"type":"nobody_admin","id":null}`, mapping.Act{Text: "unassigned", Needs: mapping.ToAssign, Agent: mapping.Nobody}},
		{`"part_type":"assignment"`, mapping.Act{}},
		{`"part_type":"default_assignment","assigned_to":{"type":"team","id":"77"}`, mapping.Act{}},
		{`"part_type":"timer_unsnooze"`, mapping.Act{}},
		{`"part_type":"open","body":"<p>Words</p>"`, mapping.Act{}},
	} {
		e := onePart(t, `{"id":"9","created_at":1,"author":{"type":"admin","id":"25"},`+c.part+`}`, "null")
		require.Equal(t, c.want, e.Act, c.part)
	}
	customer := onePart(t, `{"id":"9","part_type":"open","created_at":1,"author":{"type":"user","id":"c1"}}`, "null")
	require.Empty(t, customer.Act, "what opened it again are the customer's words, which stand for themselves")
}

// TestRatings: the conversation shows the latest rating, so the latest part tells it, and no part before it.
func TestRatings(t *testing.T) {
	part := func(id, kind string) string {
		return fmt.Sprintf(`{"id":%q,"part_type":%q,"created_at":1,"author":{"type":"user","id":"c1"}}`, id, kind)
	}
	for _, c := range []struct {
		rating string
		parts  []string
		want   []string
	}{
		{`{"rating":4,"remark":"Well done"}`, []string{"2 conversation_rating_changed"}, []string{"rating of the conversation (score: 4 of 5, remark: Well done)"}},
		{`{"rating":4,"remark":"Well done"}`, []string{"2 conversation_rating_changed", "3 conversation_rating_remark_added"}, []string{"rating of the conversation (score: 4 of 5)", "remark on the rating (remark: Well done)"}},
		{`{"rating":5,"remark":""}`, []string{"2 conversation_rating_changed", "10 conversation_rating_changed"}, []string{"rating of the conversation", "rating of the conversation (score: 5 of 5)"}},
		{`{"rating":null,"remark":null}`, []string{"2 conversation_rating_changed"}, []string{"rating of the conversation"}},
		{`null`, []string{"2 conversation_rating_changed", "3 conversation_rating_remark_added"}, []string{"rating of the conversation", "remark on the rating"}},
		{`{"rating":3}`, nil, nil},
	} {
		var parts, got []string
		for _, p := range c.parts {
			id, kind, _ := strings.Cut(p, " ")
			parts = append(parts, part(id, kind))
		}
		conv, err := Decode([]byte(`{"id":"1","created_at":1,"conversation_rating":` + c.rating + `,"conversation_parts":{"conversation_parts":[` + strings.Join(parts, ",") + `]}}`))
		require.NoError(t, err)
		for _, e := range conv.Entries {
			got = append(got, e.Act.Text)
		}
		require.Equal(t, c.want, got, c)
	}
	bot := onePart(t, `{"id":"9","part_type":"conversation_rating_changed","author":{"type":"bot","id":"1"}}`, `{"rating":2}`)
	require.Equal(t, "rating of the conversation (score: 2 of 5)", bot.Act.Text, "the rating is the contact's, whoever the part names")
}

func onePart(t *testing.T, part, rating string) mapping.Entry {
	t.Helper()
	c, err := Decode([]byte(`{"id":"1","created_at":1,"conversation_rating":` + rating + `,"conversation_parts":{"conversation_parts":[` + part + `]}}`))
	require.NoError(t, err)
	require.Len(t, c.Entries, 1)
	return c.Entries[0]
}

func TestChoices(t *testing.T) {
	const message, note, activity, drop = mapping.ChooseMessage, mapping.ChooseNote, mapping.ChooseActivity, mapping.ChooseDrop
	for kind, want := range map[string][]mapping.Choice{
		"source": {message, note, drop}, "comment": {message, note, drop}, "open": {message, note, activity, drop}, "close": {message, note, drop}, "quick_reply": {message, note, drop},
		"note": {note, drop}, "note_and_reopen": {note, drop}, "assignment": {note, activity, drop}, "snoozed": {note, activity, drop}, "default_assignment": {note, drop},
		"priority_changed": {note, activity, drop}, "conversation_rating_changed": {note, activity, drop}, "call_summary": {note, activity, drop},
		"priority_changed_by_rule": {note, drop}, "operator_workflow_event": {note, drop},
	} {
		got, named := Choices(kind)
		require.True(t, named, kind)
		require.Equal(t, want, got, kind)
	}
	for _, kind := range []string{"of_next_year", "note_of_next_year", "*", "note*", "source/email"} {
		got, named := Choices(kind)
		require.False(t, named, kind)
		require.NotContains(t, got, message, kind)
		require.NotContains(t, got, activity, kind)
	}
	for kind := range acts {
		require.Contains(t, PartTypes(), kind, "an act of a kind that no document names")
	}
}
