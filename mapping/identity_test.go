package mapping_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/mapping"
)

func TestMarkerRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := mapping.Marker{
			Pair:     rapid.StringMatching(`[a-z0-9_-]{1,20}`).Draw(t, "pair"),
			Source:   mapping.Ref{Desk: mapping.Desk(rapid.SampledFrom([]string{"dashly", "intercom"}).Draw(t, "desk")), ID: mapping.ConversationID(rapid.StringMatching(`[ -~]{1,30}`).Draw(t, "conversation"))},
			Entry:    mapping.EntryID(rapid.StringMatching(`[ -~]{1,30}`).Draw(t, "entry")),
			Revision: rapid.IntRange(0, 9).Draw(t, "revision"),
			Part:     rapid.IntRange(1, 9).Draw(t, "part"),
			Of:       rapid.IntRange(9, 10000).Draw(t, "of"),
		}
		text := m.String()
		got, ok := mapping.ParseMarker(m.Pair, text)
		require.True(t, ok, text)
		if strings.Contains(text, ":#:") {
			require.Equal(t, [3]int{m.Revision, m.Part, m.Of}, [3]int{got.Revision, got.Part, got.Of})
		} else {
			require.Equal(t, m, got)
		}
		require.LessOrEqual(t, len(text), 200+len(m.Pair))
		_, foreign := mapping.ParseMarker(m.Pair+"x", text)
		require.False(t, foreign)
	})
}

func TestLongMarkersAreHashedAndKeepTheirPosition(t *testing.T) {
	m := mapping.Marker{Pair: "main", Source: mapping.Ref{Desk: "intercom", ID: mapping.ConversationID(strings.Repeat("9", 300))}, Entry: "1", Part: 2, Of: 3}
	require.Less(t, len(m.String()), 100)
	got, ok := mapping.ParseMarker("main", m.String())
	require.True(t, ok)
	require.True(t, got.Source.IsZero())
	require.Equal(t, 2, got.Part)
}

// Stored markers, tokens and prints on live desks depend on these texts: a change here is a new format, not a new golden.
func TestIdentitiesAreFrozen(t *testing.T) {
	ref := mapping.Ref{Desk: "dashly", ID: "1160406004324630614"}
	require.Equal(t, "db1:main:dashly:1160406004324630614:1160406004324630626:0:1/1",
		mapping.Marker{Pair: "main", Source: ref, Entry: "1160406004324630626", Part: 1, Of: 1}.String())
	require.Equal(t, "[db1 main dashly:1160406004324630614 1–9 ~1/2 1fa348a2]",
		mapping.Token{Pair: "main", Source: ref, First: "1", Last: "9", Part: 1, Of: 2, Fold: true}.String())
	require.Equal(t, "[db1 main dashly:1160406004324630614 -–- 1/1 in 147 b58b6488]",
		mapping.Token{Pair: "main", Source: ref, Part: 1, Of: 1, Copy: "147"}.String())
	at := time.Unix(1436626215, 0)
	require.Equal(t, mapping.Print("40ac462cd006b6af8cc7d26474e66353"), mapping.PrintOf(true, true, at, "Привет, мир! 42"))
	require.Equal(t, mapping.PrintOf(true, true, at, "<Hello>,  World"), mapping.PrintOf(true, true, at, "hello world"))
	require.NotEqual(t, mapping.PrintOf(true, true, at, "hello"), mapping.PrintOf(false, true, at, "hello"))
	require.NotEqual(t, mapping.PrintOf(true, true, at, "hello"), mapping.PrintOf(true, false, at, "hello"))
	require.NotEqual(t, mapping.PrintOf(true, true, at, "hello"), mapping.PrintOf(true, true, at.Add(time.Second), "hello"))
}

func TestTokenRoundTripAndForgery(t *testing.T) {
	tok := mapping.Token{Pair: "main", Source: mapping.Ref{Desk: "intercom", ID: "147"}, First: "source:3", Last: "77", Part: 2, Of: 2, Fold: true}
	got, ok := mapping.FindToken("Some note\n\n" + tok.String() + "\n")
	require.True(t, ok)
	require.Equal(t, tok, got)

	_, ok = mapping.FindToken(strings.Replace(tok.String(), "147", "148", 1))
	require.False(t, ok, "a token whose check does not fit is none")
	_, ok = mapping.FindToken(tok.String() + " and more")
	require.False(t, ok, "a token is the last line")

	link := mapping.Token{Pair: "main", Source: tok.Source, Part: 1, Of: 1, Copy: "1160406004324630614"}
	got, ok = mapping.FindToken(link.String())
	require.True(t, ok)
	require.Equal(t, link, got)
	_, ok = mapping.FindToken(strings.Replace(link.String(), "614", "615", 1))
	require.False(t, ok, "the check is for one copy")
}

func TestChosenTimesDependOnTheSourceAlone(t *testing.T) {
	at := time.Unix(1000, 0)
	times := mapping.ChosenTimes([]mapping.Entry{{ID: "a", At: at}, {ID: "b", At: at}, {ID: "c", At: at.Add(time.Second)}, {ID: "z", At: at.Add(-time.Hour)}, {ID: "d", At: at.Add(time.Minute)}})
	require.Equal(t, int64(1000-3600), times["z"].Unix(), "an older one moves nobody")
	require.Equal(t, int64(1000), times["a"].Unix())
	require.Equal(t, int64(1001), times["b"].Unix())
	require.Equal(t, int64(1002), times["c"].Unix(), "it stands after what was said before it")
	require.Equal(t, int64(1060), times["d"].Unix())
}

// Notes that tell acts stand on live desks: a change here is a new format, not a new golden. What knew only the older forms
// took such a note for one about the conversation, and must not take it for an entry's twin or a transcript.
func TestTokensOfActsAreFrozen(t *testing.T) {
	ref := mapping.Ref{Desk: "dashly", ID: "1160406004324630614"}
	rating := mapping.Entry{ID: "26000000005", Act: mapping.Act{Text: "rating of the conversation (score: 5 of 5)"}}
	vote := mapping.Entry{ID: "1160406004324630633", Act: mapping.Act{Text: "vote (vote: 5)", Mutable: true}}
	require.Equal(t, "89e1c4f4", rating.ActCheck())
	require.Equal(t, "292486f6", vote.ActCheck())
	tok := mapping.ActsToken("main", ref, []mapping.Entry{rating, vote}, 1, 1)
	require.Equal(t, "[db1 main dashly:1160406004324630614 =89e1c4f4+292486f6–= 1/1 27019e75]", tok.String())

	got, ok := mapping.FindToken("Meanwhile\n" + tok.String())
	require.True(t, ok)
	require.Equal(t, tok, got)
	require.True(t, got.IsActs() && !got.Fold && !got.Stub && got.First != "")
	require.True(t, got.Tells(rating) && got.Tells(vote))
	rating.Act.Text = "rating of the conversation"
	require.True(t, got.Tells(rating), "a later rating takes the score away")
	vote.Act.Text = "vote (comment: Kind, vote: 5)"
	require.False(t, got.Tells(vote), "another state")
	require.False(t, got.Tells(mapping.Entry{ID: "26000000006"}))

	for _, other := range []mapping.Token{{Pair: "main", Source: ref, Part: 1, Of: 1}, {Pair: "main", Source: ref, First: "1", Last: "9", Part: 1, Of: 1, Fold: true}, {Pair: "main", Source: ref, First: "26000000005", Last: "26000000005", Part: 1, Of: 1}} {
		require.False(t, other.IsActs() || other.Tells(rating))
	}
}

func TestWhatAnActTells(t *testing.T) {
	require.Equal(t, "priority changed (from: low, to: high)", mapping.NewAct("priority changed", [2]string{"from", " low\n"}, [2]string{"to", "high"}, [2]string{"by", " \t"}).Text)
	require.Equal(t, "call", mapping.NewAct("call").Text)
	long := mapping.NewAct("vote", [2]string{"comment", strings.Repeat("слово\x00 ", 4000)}, [2]string{"more", strings.Repeat("x", 900)}, [2]string{"bad", "\xff"}).Text
	require.LessOrEqual(t, len([]rune(long)), 4000)
	require.Contains(t, long, strings.Repeat("слово ", 300), "of a person's words nothing is cut that a note can hold")
	require.NotContains(t, long, "\x00")
}

// TestPartsThatNobodyWrites: a line that anybody of a team can write names no part that the bridge would not write.
func TestPartsThatNobodyWrites(t *testing.T) {
	ref := mapping.Ref{Desk: "dashly", ID: "1"}
	for _, n := range [][2]int{{0, 0}, {0, 1}, {2, 1}, {-1, 1}, {1, 10001}, {10001, 10001}} {
		_, ok := mapping.FindToken(mapping.Token{Pair: "main", Source: ref, First: "1", Last: "1", Part: n[0], Of: n[1]}.String())
		require.False(t, ok, n)
		_, ok = mapping.ParseMarker("main", mapping.Marker{Pair: "main", Source: ref, Entry: "1", Part: n[0], Of: n[1]}.String())
		require.False(t, ok, n)
	}
	for _, sum := range []string{"99999999999999999999/99999999999999999999", "1/99999999999999999999"} {
		_, ok := mapping.ParseMarker("main", "db1:main:dashly:1:1:0:"+sum)
		require.False(t, ok, sum)
	}
}
