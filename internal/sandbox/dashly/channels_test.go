package dashly

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhereAChannelIsShown: what a list and a conversation show, in a channel and in none; a dash is no key.
func TestWhereAChannelIsShown(t *testing.T) {
	for channels, want := range map[string][4]string{
		"asked": {"null", "null", "75", "75"}, "one": {"-", "null", "-", "75"}, "set": {"-", "-", "75", "75"}, "never": {"-", "-", "-", "-"},
	} {
		b := newBench(t, func(k *Knobs) { k.Channels = channels })
		var got [4]string
		for i, channel := range []string{"0", Mail} {
			b.d.People().Move(b.conv, Jane, channel)
			var list []map[string]json.RawMessage
			b.ok("GET", "apps/12/conversations?include_channel=true", nil, &list)
			var one map[string]json.RawMessage
			b.ok("GET", "conversations/"+b.conv+"?include_channel=true", nil, &one)
			for j, c := range []map[string]json.RawMessage{list[0], one} {
				var ch struct {
					ID json.Number `json:"id"`
				}
				raw, there := c["channel"]
				got[2*i+j] = "-"
				if there {
					require.NoError(t, json.Unmarshal(raw, &ch))
					got[2*i+j] = "null"
				}
				if ch.ID != "" {
					got[2*i+j] = ch.ID.String()
				}
			}
		}
		require.Equal(t, want, got, channels)
	}
}

func TestHowChannelsAreListed(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.ChannelList = "paged" })
	pages, path := 0, "apps/12/channels"
	for position := ""; ; pages++ {
		var page []map[string]any
		out := b.ok("GET", path+position, nil, &page)
		require.Len(t, page, 1)
		next := string(out.Meta["next_before_position"])
		if next == "null" {
			break
		}
		position = "?paginate_position=" + next
	}
	require.Equal(t, 2, pages, "three channels, one a page")
	b.d.SetKnobs(func(k *Knobs) { k.ChannelList = "denied" })
	b.refused("PermissionDeniedError", "GET", path, nil)
}

func TestARuleSortsIntoAChannel(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.AutoChannel = Mail })
	b.say("from_user", "default_user")
	require.Equal(t, Mail, b.thread().Team)
	b.d.People().Move(b.conv, Jane, Help)
	b.say("from_admin", Jane)
	require.Equal(t, Help, b.thread().Team)
}
