package intercom

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
)

func TestEveryPartTypeHasItsRow(t *testing.T) {
	for _, native := range PartTypes() {
		for _, role := range []mapping.Role{mapping.Customer, mapping.Agent, mapping.Bot, mapping.System} {
			with, without := RowOf(native, role, true), RowOf(native, role, false)
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
	require.Equal(t, mapping.Note, RowOf("note_of_tomorrow", mapping.Agent, true).Kind)
	require.False(t, RowOf("note_of_tomorrow", mapping.Agent, true).Doubt)
	require.True(t, RowOf("comment", mapping.System, true).Doubt)
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

// TestTheNoteNamesTheChannelsThatItsRowsSay: a way of coming that no note names is not said to be named.
func TestTheNoteNamesTheChannelsThatItsRowsSay(t *testing.T) {
	seen := 0
	for _, v := range Values() {
		if v.Field != "source.type" {
			continue
		}
		seen++
		c, err := Decode([]byte(`{"id":"1","source":{"type":"` + v.Value + `"}}`))
		require.NoError(t, err)
		require.Equal(t, c.Channel != "", v.Remark == "the note that begins the copy names it", v.Value)
	}
	require.Equal(t, len(Channels())+2, seen)
}
