package dashly_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
)

const fixtures = "../../../shared/fixtures"

func TestFixtures(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(fixtures, "dashly-part-*.json"))
	require.NoError(t, err)
	if len(files) == 0 {
		t.Skip("the fixtures lie beside the repository, in ../shared/fixtures, and are not part of it")
	}
	kinds := map[string]mapping.Kind{
		"article": mapping.Message, "assigned": mapping.Event, "auto-reply": mapping.Message, "channel-changed": mapping.Event,
		"chat-bot-admin": mapping.Message, "chat-bot-user": mapping.Message, "closed": mapping.Event, "delayed": mapping.Event,
		"final-closed": mapping.Event, "note": mapping.Note, "reply-admin": mapping.Message, "reply-django-user": mapping.Message,
		"reply-user": mapping.Message, "service": mapping.Note, "tag-added": mapping.Event, "tag-deleted": mapping.Event, "vote": mapping.Event,
	}
	in := dashly.Input{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		p, err := dashly.ParsePart(raw)
		require.NoError(t, err, file)
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "dashly-part-"), ".json")
		require.Equal(t, kinds[name], decodeOne(t, string(raw)).Kind, name)
		in.Parts = append(in.Parts, p)
	}
	raw, err := os.ReadFile(filepath.Join(fixtures, "dashly-conversation.json"))
	require.NoError(t, err)
	in.Conversation, err = dashly.ParseConversation(raw)
	require.NoError(t, err)
	c, err := dashly.Decode(in)
	require.NoError(t, err)
	require.Len(t, c.Entries, len(files))
	require.Equal(t, mapping.Contact{ID: "13587", ExternalID: "crm-42", Name: "Alice", Email: "alice@example.org", Phone: "+15550100", Identified: true}, c.Customer)
	require.Equal(t, mapping.Fields{State: mapping.Open, Assignee: "14709", Team: "75", Tags: []string{"en", "sales"}}, c.Fields)
	require.Equal(t, mapping.EntryID("2030901"), c.Entries[0].ID)
	require.True(t, c.Entries[0].Opening)
	require.Equal(t, []mapping.Person{{Role: mapping.Agent, ID: "14709", Name: "Jane", NameInternal: "Jane Roe"}, {Role: mapping.Agent, ID: "14710", Name: "Tom", Email: "tom@example.org"}}, c.Agents)
}
