package dashly_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping/dashly"
)

func read[T any](t *testing.T, raw string) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal([]byte(raw), &v), raw)
	return v
}

func TestIDsKeepEveryDigit(t *testing.T) {
	for raw, want := range map[string]dashly.ID{
		`18446744073709551615`: "18446744073709551615", `"1160406004324630614"`: "1160406004324630614", `13587`: "13587",
		`{"id": 9007199254740993}`: "9007199254740993", `{"id":"7","name":"x"}`: "7", `" 8 "`: "8",
		`0`: "", `"0"`: "", `""`: "", `null`: "", `true`: "", `[]`: "", `[5]`: "", `1e3`: "", `1.5`: "", `-4`: "", `{}`: "", `{"id":{"id":1}}`: "",
	} {
		require.Equal(t, want, read[dashly.ID](t, raw), raw)
	}
}

func TestTimesInEveryForm(t *testing.T) {
	at := time.Unix(1436614153, 0).UTC()
	for raw, want := range map[string]time.Time{
		`1436614153`: at, `"1436614153"`: at, `1436614153.123456`: at.Add(123456 * time.Microsecond), `"1436614153.5"`: at.Add(time.Second / 2),
		`1.436614153e9`: at, `"2015-07-11T11:29:13"`: at, `"2015-07-11T13:29:13+02:00"`: at, `"2015-07-11 11:29:13"`: at,
		`"2015-07-11"`: at.Truncate(24 * time.Hour), `"2015-07-11 13:29:13+02:00"`: at, `"2015-07-11T13:29:13+0200"`: at, `"2015-07-11 11:29:13Z"`: at,
		`null`: {}, `0`: {}, `""`: {}, `"soon"`: {}, `-5`: {}, `{}`: {}, `[1436614153]`: {}, `true`: {}, `999999999999`: {}, `1e300`: {}, `"NaN"`: {},
	} {
		require.Equal(t, want, read[dashly.Time](t, raw).Time, raw)
	}
}

func TestATimeWithoutAZoneSaysSo(t *testing.T) {
	for raw, local := range map[string]bool{
		`"2015-07-11T11:29:13"`: true, `"2015-07-11 11:29:13.5"`: true, `"2015-07-11"`: true, `"2015-07-11T11:29:13Z"`: false,
		`"2015-07-11T11:29:13+00:00"`: false, `1436614153`: false, `"1436614153.5"`: false, `null`: false, `"0001-01-01T00:00:00"`: false,
	} {
		require.Equal(t, local, read[dashly.Time](t, raw).Local, raw)
	}
	local, told := read[dashly.Time](t, `"2015-07-11T14:29:13"`), read[dashly.Time](t, `"2015-07-11T14:29:13+03:00"`)
	local.In(3 * time.Hour)
	require.Equal(t, told, local)
	told.In(3 * time.Hour)
	require.Equal(t, local, told, "nothing is moved twice")
}

func TestOtherScalarsTolerateWrongTypes(t *testing.T) {
	for raw, want := range map[string]dashly.Text{`"a"`: "a", `12.50`: "12.50", `1160406004324630614`: "1160406004324630614", `null`: "", `{}`: "", `["a"]`: "", `true`: ""} {
		require.Equal(t, want, read[dashly.Text](t, raw), raw)
	}
	for raw, want := range map[string]dashly.Flag{`true`: true, `"True"`: true, `1`: true, `false`: false, `"false"`: false, `0`: false, `null`: false, `{}`: false, `"no"`: false} {
		require.Equal(t, want, read[dashly.Flag](t, raw), raw)
	}
	for raw, want := range map[string]dashly.Mark{`1748613412`: true, `"2015-07-11"`: true, `true`: true, `null`: false, `0`: false, `false`: false, `""`: false} {
		require.Equal(t, want, read[dashly.Mark](t, raw), raw)
	}
	for raw, want := range map[string]dashly.Count{`5`: 5, `"6"`: 6, `-1`: 0, `1.5`: 0, `null`: 0, `[]`: 0} {
		require.Equal(t, want, read[dashly.Count](t, raw), raw)
	}
}

func TestObjectsMayBeAnything(t *testing.T) {
	type maybe = dashly.Maybe[dashly.Admin]
	require.Equal(t, dashly.ID("5"), read[maybe](t, `{"id":5,"name":{},"type":7}`).Value.ID)
	require.Equal(t, dashly.ID("5"), read[maybe](t, `5`).Value.ID, "an id alone stands for the object")
	for _, raw := range []string{`null`, `[]`, `""`, `false`, `0`} {
		got := read[maybe](t, raw)
		require.False(t, got.OK, raw)
		require.True(t, got.Shown, raw)
	}
}

func TestListsMayBeAnything(t *testing.T) {
	type texts = dashly.List[dashly.Text]
	for raw, want := range map[string]texts{`["a","b"]`: {"a", "b"}, `["a",null,5]`: {"a", "5"}, `"a"`: {"a"}, `null`: nil, `{}`: nil, `""`: nil, `[]`: nil} {
		require.Equal(t, want, read[texts](t, raw), raw)
	}
	require.Len(t, read[dashly.List[dashly.Part]](t, `[{"id":1}, 7, "x"]`), 3, "an element that cannot be read keeps its place")
}

func TestSenderForms(t *testing.T) {
	for raw, want := range map[string]dashly.SenderForm{
		`13587`: dashly.BareID, `"13587"`: dashly.BareID, `null`: dashly.Nobody, `[]`: dashly.Nobody, `{}`: dashly.Nobody,
		`{"id":1,"type":"admin"}`: dashly.AdminSender, `{"id":1,"type":"bot"}`: dashly.BotSender, `{"id":1,"type":"message_sender"}`: dashly.CampaignSender,
		`{"type":"default_admin","name":"x"}`: dashly.DefaultSender, `{"id":1,"user_id":null,"props":{}}`: dashly.UserSender, `{"id":1,"type":"user"}`: dashly.UserSender,
		`{"id":1,"type":"alien"}`: dashly.OtherSender, `{"id":1}`: dashly.OtherSender,
	} {
		require.Equal(t, want, read[dashly.Sender](t, raw).Form, raw)
	}
}

func TestADocumentWithoutIdentityIsAnError(t *testing.T) {
	for _, raw := range []string{`{}`, `{"id":null}`, `{"id":[]}`, `[]`, `7`, `{"id":`, ``} {
		_, err := dashly.ParseConversation([]byte(raw))
		require.Error(t, err, raw)
		_, err = dashly.ParsePart([]byte(raw))
		require.Error(t, err, raw)
		_, err = dashly.ParseUser([]byte(raw))
		require.Error(t, err, raw)
	}
	_, err := dashly.Decode(dashly.Input{})
	require.Error(t, err)
	_, err = dashly.Decode(dashly.Input{Conversation: dashly.Conversation{ID: "1"}, Parts: []dashly.Part{{}}})
	require.Error(t, err)
}
