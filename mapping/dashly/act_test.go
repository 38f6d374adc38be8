package dashly_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
)

// TestActs: a vote tells what the desk keeps with it, whatever that looks like (U45), and a change of channel by a person
// where it led. Nothing else does.
func TestActs(t *testing.T) {
	const bot, tom = `"from":{"id":14699,"name":"Dash","type":"bot"},"sent_via":"system"`, `"from":{"id":14710,"name":"Tom","type":"admin"},"sent_via":"web_panel"`
	for part, want := range map[string]string{
		`"type":"vote",` + bot + `,"body":"How did we do?","meta_data":{"vote":5,"comment":"Quick and kind","voted":1748614012}`:                   "vote (comment: Quick and kind, vote: 5, voted: 1748614012)",
		`"type":"vote",` + bot + `,"meta_data":{"answer":{"score":"good","by":null,"asked":false},"tags":["a",7,null],"big":12345678901234567890}`: "vote (answer: asked no, score good, big: 12345678901234567890, tags: a, 7)",
		`"type":"vote",` + bot + `,"meta_data":{"z0":1,"z1":1,"z2":1,"z3":1,"z4":1,"z5":1,"z6":1,"z7":1,"z8":1}`:                                   "vote (z0: 1, z1: 1, z2: 1, z3: 1, z4: 1, z5: 1, z6: 1, z7: 1)",
		`"type":"vote",` + bot + `,"body":"How did we do?","meta_data":{}`:                                                                         "",
		`"type":"vote",` + bot + `,"body":"How did we do?"`:                                                                                        "",
		`"type":"vote",` + bot + `,"meta_data":{"vote":0,"comment":"","answers":[0,{"score":0.0}]}`:                                                "",
		`"type":"vote",` + bot + `,"meta_data":{"vote":0,"comment":"Never again"}`:                                                                 "vote (comment: Never again, vote: 0)",
		`"type":"vote",` + bot + `,"meta_data":[5]`:                                                                                                "vote (vote: 5)",
		`"type":"vote",` + bot + `,"meta_data":[{"vote":5}]`:                                                                                       "vote (vote: 5)",
		`"type":"vote",` + bot + `,"meta_data":"good"`:                                                                                             "vote (vote: good)",
		`"type":"vote",` + bot + `,"meta_data":{"good":false,"comment":""}`:                                                                        "vote (good: no)",
		`"type":"vote",` + bot + `,"meta_data":{"vote":0,"voted":false}`:                                                                           "",
		`"type":"vote",` + bot + `,"meta_data":{"vote":null,"comment":" ","seen":false,"list":[],"more":{}}`:                                       "vote (seen: no)",
		`"type":"vote",` + bot + `,"removed":1748614012,"meta_data":{"vote":5}`:                                                                    "",
		`"type":"vote","from":13587,"direction":"u2a","body":"Words","meta_data":{"vote":5}`:                                                       "",
		`"type":"channel_changed",` + tom + `,"channel":77`:                                                                                        "channel changed (to: 77)",
		`"type":"channel_changed",` + tom + `,"channel":0`:                                                                                         "channel changed (to: none)",
		`"type":"channel_changed",` + tom:                                                                                                          "channel changed",
		`"type":"channel_changed",` + bot + `,"channel":77`:                                                                                        "",
		`"type":"closed",` + tom:       "",
		`"type":"service",` + tom:      "",
		`"type":"of_next_year",` + tom: "",
		`"type":"reply_admin",` + tom + `,"body":"Hi","meta_data":{"vote":5}`: "",
	} {
		e := decodeOne(t, `{"id":9,"created":1748613837,`+part+`}`)
		require.Equal(t, want, e.Act.Text, part)
		require.Equal(t, strings.HasPrefix(want, "vote"), e.Act.Mutable, part)
		require.Equal(t, strings.HasPrefix(want, "channel"), e.Act.Needs == mapping.ToSetTeam, part)
	}
	p, err := dashly.ParsePart([]byte(`{"id":9,"type":"channel_changed",` + tom + `,"channel":77}`))
	require.NoError(t, err)
	h, err := dashly.ParseConversation([]byte(`{"id":1,"channel":{"id":77,"name":"Support"}}`))
	require.NoError(t, err)
	c, err := dashly.Decode(dashly.Input{Conversation: h, Parts: []dashly.Part{p}})
	require.NoError(t, err)
	require.Equal(t, mapping.Act{Text: "channel changed (to: Support)", Needs: mapping.ToSetTeam, Team: "77"}, c.Entries[0].Act)

	assigned := decodeOne(t, `{"id":9,"created":1748613837,"type":"assigned",`+tom+`,"assignee":{"id":14711,"name":"Max"}}`)
	require.Equal(t, mapping.Act{Text: "assigned", Needs: mapping.ToAssign, Agent: "14711"}, assigned.Act)
	ended := decodeOne(t, `{"id":9,"created":1748613837,"type":"assigned",`+tom+`,"assignee":null}`)
	require.Equal(t, mapping.Act{Text: "unassigned", Needs: mapping.ToAssign, Agent: mapping.Nobody}, ended.Act)
	for _, from := range []string{bot, `"from":{"type":"default_admin","name":"Example"}`, `"from":13587`, `"from":null`} {
		require.Empty(t, decodeOne(t, `{"id":9,"created":1748613837,"type":"assigned",`+from+`,"assignee":{"id":14711,"name":"Max"}}`).Act, from)
	}
	require.Empty(t, decodeOne(t, `{"id":9,"created":1748613837,"type":"assigned",`+tom+`}`).Act, "it does not tell to whom")
}

// TestACommentOfAVoteIsTold whole, if it has no more than 2,000 characters.
func TestACommentOfAVoteIsTold(t *testing.T) {
	told := func(comment string) string {
		return decodeOne(t, `{"id":9,"type":"vote","from":{"id":14699,"type":"bot"},"meta_data":{"vote":5,"comment":"`+comment+`"}}`).Act.Text
	}
	whole := strings.TrimSpace(strings.Repeat("слово ", 333))
	require.Equal(t, "vote (comment: "+whole+", vote: 5)", told(whole))
	require.Contains(t, told(whole+" слово"), "…, vote: 5)")
}

func TestChoices(t *testing.T) {
	const message, note, activity, drop = mapping.ChooseMessage, mapping.ChooseNote, mapping.ChooseActivity, mapping.ChooseDrop
	for kind, want := range map[string][]mapping.Choice{
		"reply_user": {message}, "reply_admin": {message, note, drop}, "article": {message, note, drop}, "reply_django_user": {message, note, drop},
		"note": {note, drop}, "auto_reply": {note, drop}, "chat_bot_admin": {note, drop}, "chat_bot_user": {note, drop}, "service": {note, drop},
		"vote": {note, activity, drop}, "channel_changed": {activity}, "assigned": {activity},
		"tag_added": nil, "tag_deleted": nil, "closed": nil, "final_closed": nil, "opened": nil, "delayed": nil,
	} {
		got, named := dashly.Choices(kind)
		require.True(t, named, kind)
		require.Equal(t, want, got, kind)
	}
	got, named := dashly.Choices("of_next_year")
	require.False(t, named)
	require.Equal(t, []mapping.Choice{note, drop}, got)
}
