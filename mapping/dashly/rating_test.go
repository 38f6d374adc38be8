package dashly

import (
	"encoding/json"
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
		`{}`:                                            "",
		`[5]`:                                           "",
		``:                                              "",
	} {
		e := mapping.Entry{Native: "vote", Kind: mapping.Event}
		require.Equal(t, want, ratingOf(Part{Meta: json.RawMessage(meta)}, e), meta)
		e.Removed = true
		require.Empty(t, ratingOf(Part{Meta: json.RawMessage(meta)}, e))
		require.Empty(t, ratingOf(Part{Meta: json.RawMessage(meta)}, mapping.Entry{Native: "reply_user"}))
	}
}
