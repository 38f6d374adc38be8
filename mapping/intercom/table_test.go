package intercom

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
)

// everyPartType lists intercom-api.md 8.2.
var everyPartType = []string{
	"comment", "open", "close", "assignment", "assign_and_reopen", "assign_and_unsnooze", "snoozed", "quick_reply",
	"note", "note_and_reopen", "note_and_unsnooze", "default_assignment", "away_mode_assignment", "workflow_assignment",
	"message_strategy_assignment", "unsnoozed", "timer_unsnooze", "participant", "participant_added", "participant_removed",
	"conversation_rating_changed", "conversation_rating_remark_added", "conversation_attribute_updated_by_user",
	"conversation_attribute_updated_by_admin", "conversation_attribute_updated_by_workflow", "conversation_tags_updated",
	"priority_changed", "priority_changed_by_rule", "conversation_sla_applied_by_rule", "conversation_sla_applied_by_workflow",
	"conversation_sla_removed", "conversation_sla_target_missed", "conversation_sla_paused", "conversation_sla_unpaused",
	"operator_workflow_event", "user_became_idle", "resolution_bot_found_no_answer", "attribute_collector", "attribute_collected",
	"language_detection_details", "channel_and_reply_time_expectation", "fin_guidance_applied", "custom_action_started",
	"custom_action_finished", "ticket_state_updated_by_admin", "ticket_attribute_updated_by_admin", "company_updated", "call_summary",
	"merged_primary_conversation",
}

func TestEveryPartTypeHasItsRow(t *testing.T) {
	for _, native := range everyPartType {
		for _, role := range []mapping.Role{mapping.Customer, mapping.Agent, mapping.Bot, mapping.System} {
			with, without := rowOf(native, role, true), rowOf(native, role, false)
			require.Equal(t, native, with.Native)
			require.Equal(t, native, without.Native)
			require.NotEqual(t, mapping.Event, with.Kind, "%s: text is never dropped", native)
			require.Equal(t, mapping.Event, without.Kind, native)
			require.NotEqual(t, without.Rule == "", without.Covers == "", "%s: either a field or a rule accounts for it", native)
		}
	}
}

func TestDoubtfulVisibilityIsNeverAMessage(t *testing.T) {
	for _, r := range Table() {
		if r.Doubt {
			require.Equal(t, mapping.Note, r.Kind, r.Native)
		}
		if r.Kind == mapping.Message {
			require.Contains(t, []string{"source", "comment", "open", "close", "quick_reply"}, r.Native)
		}
	}
	require.Equal(t, mapping.Note, rowOf("note_of_tomorrow", mapping.Agent, true).Kind)
	require.False(t, rowOf("note_of_tomorrow", mapping.Agent, true).Doubt)
	require.True(t, rowOf("comment", mapping.System, true).Doubt)
}

func TestFeaturesByVersion(t *testing.T) {
	for _, tc := range []struct {
		version             string
		silent, time, title mapping.Level
	}{
		{"2.7", mapping.Dropped, mapping.Partial, mapping.Dropped},
		{"2.9", mapping.Dropped, mapping.Partial, mapping.Dropped},
		{"2.10", mapping.Dropped, mapping.Partial, mapping.Dropped},
		{"2.11", mapping.Dropped, mapping.Full, mapping.Dropped},
		{"2.13", mapping.Dropped, mapping.Full, mapping.Full},
		{"2.15", mapping.Full, mapping.Full, mapping.Full},
		{"2.16", mapping.Full, mapping.Full, mapping.Full},
	} {
		f, err := Features(tc.version)
		require.NoError(t, err)
		require.Equal(t, []mapping.Level{tc.silent, tc.time, tc.title}, []mapping.Level{f.SilentReply, f.ChosenTime, f.Title}, tc.version)
	}
	for _, v := range []string{"", "1.4", "2.0", "2.6", "2.17", "2.150", "Preview"} {
		_, err := Features(v)
		require.Error(t, err, v)
	}
}
