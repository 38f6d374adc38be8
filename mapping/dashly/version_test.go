package dashly_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
)

const versioned = `{"id":1,"last_update":1436626215,"parts_count":5,"closed":false,"delayed_until":null,"assignee":{"id":7},"user":{"id":9},"channel":{"id":75},"tags":["b","a"],"part_last":{"id":20,"edited":null}}`

func versionOf(t *testing.T, raw string) string {
	t.Helper()
	c, err := dashly.ParseConversation([]byte(raw))
	require.NoError(t, err)
	return string(dashly.VersionOf(c, true))
}

func TestSpellingDoesNotChangeTheVersion(t *testing.T) {
	require.Equal(t, versionOf(t, versioned), versionOf(t, `{"id":"1","last_update":"1436626215.0","parts_count":"5","closed":0,"assignee":{"id":"7","name":"Jane"},"user":{"id":"9","props":{}},"channel":{"id":"75"},"tags":["a","b"],"part_last":{"id":"20"},"user_unread_count":4}`))
	require.Equal(t, versionOf(t, `{"id":1,"channel":null}`), versionOf(t, `{"id":1}`))
}

func TestEveryChangeChangesTheVersion(t *testing.T) {
	seen := map[string]string{versionOf(t, versioned): "as it was"}
	for _, change := range []string{
		`{"id":1,"last_update":1436626216,"parts_count":5,"closed":false,"assignee":{"id":7},"user":{"id":9},"channel":{"id":75},"tags":["b","a"],"part_last":{"id":20}}`,
		`{"id":1,"last_update":1436626215,"parts_count":6,"closed":false,"assignee":{"id":7},"user":{"id":9},"channel":{"id":75},"tags":["b","a"],"part_last":{"id":20}}`,
		`{"id":1,"last_update":1436626215,"parts_count":5,"closed":true,"assignee":{"id":7},"user":{"id":9},"channel":{"id":75},"tags":["b","a"],"part_last":{"id":20}}`,
		`{"id":1,"last_update":1436626215,"parts_count":5,"closed":false,"delayed_until":1,"assignee":{"id":7},"user":{"id":9},"channel":{"id":75},"tags":["b","a"],"part_last":{"id":20}}`,
		`{"id":1,"last_update":1436626215,"parts_count":5,"closed":false,"assignee":null,"user":{"id":9},"channel":{"id":75},"tags":["b","a"],"part_last":{"id":20}}`,
		`{"id":1,"last_update":1436626215,"parts_count":5,"closed":false,"assignee":{"id":7},"user":{"id":10},"channel":{"id":75},"tags":["b","a"],"part_last":{"id":20}}`,
		`{"id":1,"last_update":1436626215,"parts_count":5,"closed":false,"assignee":{"id":7},"user":{"id":9},"channel":{"id":76},"tags":["b","a"],"part_last":{"id":20}}`,
		`{"id":1,"last_update":1436626215,"parts_count":5,"closed":false,"assignee":{"id":7},"user":{"id":9},"channel":{"id":75},"tags":["b"],"part_last":{"id":20}}`,
		`{"id":1,"last_update":1436626215,"parts_count":5,"closed":false,"assignee":{"id":7},"user":{"id":9},"channel":{"id":75},"tags":["b,a"],"part_last":{"id":20}}`,
		`{"id":1,"last_update":1436626215,"parts_count":5,"closed":false,"assignee":{"id":7},"user":{"id":9},"channel":{"id":75},"tags":["b","a"],"part_last":{"id":21}}`,
		`{"id":1,"last_update":1436626215,"parts_count":5,"closed":false,"assignee":{"id":7},"user":{"id":9},"channel":{"id":75},"tags":["b","a"],"part_last":{"id":20,"edited":3}}`,
		`{"id":1,"last_update":1436626215,"parts_count":5,"closed":false,"assignee":{"id":7},"user":{"id":9},"channel":{"id":75},"tags":["b","a"],"part_last":{"id":20,"removed":3}}`,
	} {
		v := versionOf(t, change)
		require.Empty(t, seen[v], change)
		seen[v] = change
	}
}

// TestAChannelThatIsNotShownIsNotGone: only what says that there is none is no channel.
func TestAChannelThatIsNotShownIsNotGone(t *testing.T) {
	for raw, want := range map[string]mapping.Fields{
		`{"id":1,"channel":{"id":75}}`:           {Team: "75"},
		`{"id":1,"channel":"75"}`:                {Team: "75"},
		`{"id":1,"channel":null}`:                {},
		`{"id":1,"channel":0}`:                   {},
		`{"id":1}`:                               {TeamHidden: true},
		`{"id":1,"channel":{}}`:                  {TeamHidden: true},
		`{"id":1,"channel":{"name":"E-mail"}}`:   {TeamHidden: true},
		`{"id":1,"channel":{"id":["75"]}}`:       {TeamHidden: true},
		`{"id":1,"channel":{"id":0,"name":"x"}}`: {TeamHidden: true},
	} {
		conv, err := dashly.ParseConversation([]byte(raw))
		require.NoError(t, err)
		c, err := dashly.Decode(dashly.Input{Conversation: conv})
		require.NoError(t, err)
		want.State = mapping.Open
		require.Equal(t, want, c.Fields, raw)
	}
}
