package dashly_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
)

// FuzzDecodeConversation: whatever the desk sends, nothing panics, and every part with an id is an entry.
func FuzzDecodeConversation(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"id":1,"user":{"id":2},"parts_count":1}`, `[{"id":3,"type":"reply_user","from":2,"body":"Hello"}]`},
		{`{"id":"1160406004324630614","closed":null,"tags":null,"user":null,"assignee":[],"channel":0,"part_last":null}`, `[{"id":null}]`},
		{`{"id":1,"last_update":"x","delayed_until":{},"tags":{"a":1},"parts_count":-5}`, `[{"id":{"id":4},"created":[],"from":{"id":{},"type":[]},"attachments":{},"actions":7,"body":{}}]`},
		{`{"id":1`, `[{"id":3,"type":"reply`},
		{`{"id":1}`, `[{"id":3,"type":"article","removed":true},{"id":3},{"id":2,"type":"vote","body":"<p"}, 5, null]`},
		{`{"id":1}`, `[{"id":2,"type":"vote","from":null,"body":"Bob was rude to me"},{"id":3,"type":"vote","from":{"id":4,"type":"bot"},"body":"How did we do?"}]`},
		{`null`, `{}`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, header, list string) {
		conv, err := dashly.ParseConversation([]byte(header))
		if err != nil {
			return
		}
		var raws []json.RawMessage
		if json.Unmarshal([]byte(list), &raws) != nil {
			return
		}
		in := dashly.Input{Conversation: conv, DeskTime: time.Unix(1748613412, 0)}
		want := map[mapping.EntryID]bool{}
		for _, raw := range raws {
			if p, err := dashly.ParsePart(raw); err == nil {
				in.Parts = append(in.Parts, p)
				want[mapping.EntryID(p.ID)] = true
			}
		}
		c, err := dashly.Decode(in)
		require.NoError(t, err)
		require.Len(t, c.Entries, len(want))
		for _, e := range c.Entries {
			require.True(t, want[e.ID])
			require.NotEmpty(t, e.Kind)
			require.False(t, e.Kind == mapping.Event && e.Covers == "" && e.Skip == "", "an event is covered or skipped by a rule")
			require.False(t, e.Kind == mapping.Event && e.HasText() && !(e.Native == "vote" && e.Author.Role == mapping.Bot), "text is never dropped")
		}
	})
}
