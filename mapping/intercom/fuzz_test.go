package intercom

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
)

// FuzzDecodeConversation: no document makes the decoder panic, and every part with an id is an entry.
func FuzzDecodeConversation(f *testing.F) {
	raw, err := os.ReadFile("testdata/modern.json")
	require.NoError(f, err)
	f.Add(raw)
	f.Add(raw[:len(raw)/2])
	f.Add([]byte(strings.NewReplacer(`"comment"`, `null`, `1767225802`, `"x"`, `{"type": "admin", "id": "25"}`, `[[]]`).Replace(string(raw))))
	f.Add([]byte(`{"id":1,"title":null,"created_at":null,"tags":null,"contacts":null,"source":null,"statistics":null,"conversation_parts":null,"assignee":null,"user":null,"customers":null}`))
	f.Add([]byte(`{"id":"1","title":[],"created_at":{},"tags":5,"contacts":"x","source":[],"statistics":[],"conversation_parts":[{"id":"2","author":[],"attachments":"no","metadata":3}],"state":7}`))
	f.Add([]byte(`{"id":"1","conversation_parts":{"conversation_parts":{"data":[{"id":3}]}}}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		c, err := Decode(doc)
		if err != nil {
			return
		}
		require.NotEmpty(t, c.ID)
		entries := map[mapping.EntryID]bool{}
		for _, e := range c.Entries {
			require.NotEmpty(t, e.ID)
			require.False(t, entries[e.ID], "an entry is there once")
			entries[e.ID] = true
			if e.Kind == mapping.Event {
				require.False(t, e.HasText(), "text is never an event")
				require.NotEqual(t, e.Covers == "", e.Skip == "")
			}
		}
		for _, id := range partIDs(doc) {
			require.True(t, entries[id], "part %q is lost", id)
		}
	})
}

// partIDs reads the plain ids of the plain form of a part list, by other means than the decoder.
func partIDs(doc []byte) []mapping.EntryID {
	var w struct {
		Parts struct {
			List []struct {
				ID string `json:"id"`
			} `json:"conversation_parts"`
		} `json:"conversation_parts"`
	}
	if json.Unmarshal(doc, &w) != nil {
		return nil
	}
	var ids []mapping.EntryID
	for _, p := range w.Parts.List {
		if p.ID != "" {
			ids = append(ids, mapping.EntryID(p.ID))
		}
	}
	return ids
}
