package dashly

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
)

// TestWhatAVoteSays, whatever its shape (U45).
func TestWhatAVoteSays(t *testing.T) {
	for meta, want := range map[string]string{
		`{"vote":5,"comment":""}`:                       "5",
		`{"vote":5,"comment":"Quick and kind"}`:         "comment: Quick and kind, vote: 5",
		`{"vote":{"value":5,"comment":null}}`:           "5",
		`{"vote":{"value":5,"comment":"Quick"}}`:        "comment: Quick, value: 5",
		`{"vote":{"value":5},"asked":{"by":"bot"}}`:     "asked: by bot, vote: value 5",
		`{"votes":[5,"Quick"]}`:                         "5, Quick",
		`{"vote":0,"comment":"Never again"}`:            "comment: Never again, vote: 0",
		`{"vote":0,"comment":""}`:                       "",
		`{"vote":{"value":{"value":{"value":"good"}}}}`: "good",
		`{"vote":null}`:                                 "",
		`{"a":{"a":{"a":{"a":{"a":{"a":5}}}}}}`:         "a 5",
		`{"good":false,"comment":""}`:                   "good: no",
		`{"vote":{"good":true}}`:                        "good: yes",
		`{"vote":0,"voted":false}`:                      "",
		`[{"vote":5}]`:                                  "5",
		`[5]`:                                           "5",
		`5`:                                             "5",
		`"good"`:                                        "good",
		`0`:                                             "",
		`null`:                                          "",
		`[]`:                                            "",
		`{}`:                                            "",
		``:                                              "",
	} {
		e := mapping.Entry{Native: "vote", Kind: mapping.Event}
		require.Equal(t, want, ratingOf(Part{Meta: json.RawMessage(meta)}, e), meta)
		e.Removed = true
		require.Empty(t, ratingOf(Part{Meta: json.RawMessage(meta)}, e))
		require.Empty(t, ratingOf(Part{Meta: json.RawMessage(meta)}, mapping.Entry{Native: "reply_user"}))
	}
}

// TestAVoteWithinAVote: time and memory grow with the length of what the desk keeps with a vote only, however deep it is.
func TestAVoteWithinAVote(t *testing.T) {
	asked := func(depth int) uint64 {
		p := Part{Type: "vote", Meta: json.RawMessage(strings.Repeat(`{"a":`, depth) + `"words"` + strings.Repeat(`}`, depth))}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		require.Contains(t, ratingOf(p, mapping.Entry{Native: "vote"}), `{"a":`, "what lies deep is told as it is spelled")
		require.Contains(t, voteOf(p), "vote (a: a a a a {")
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	require.Less(t, asked(8000), 8*asked(2000))
}
