package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// TestLinesOver: a line that nobody configured any more is one line above the whole words of an entry, and names its author;
// a desk may show it in one line with them. Words that only end another entry's have no line there.
func TestLinesOver(t *testing.T) {
	anna := mapping.Person{Role: mapping.Agent, ID: "31", Name: "Anna"}
	for text, want := range map[string][]string{
		"Anna aus Intercom:\n\nYes":          {"Anna aus Intercom:"},
		"Anna aus Intercom: Yes":             {"Anna aus Intercom:"},
		"Hier ist Anna –\n\nYes":             {"Hier ist Anna –"},
		"Bob aus Intercom:\n\nYes":           nil,
		"Anna:\n\nIs it\n\nYes":              nil, // more than a line
		"Anna aus Intercom: Is it red? Yes":  nil, // another entry's
		"Anna aus Intercom: No, not yet yes": {"Anna aus Intercom: No, not yet"},
		"Annayes":                            nil, // within a word
		"Yes":                                nil,
	} {
		s := ratedScene(t, 0)
		yes := mapping.Entry{ID: "2", Kind: mapping.Message, Native: "comment", Author: anna, At: s.now.Add(-time.Minute), Body: mapping.PlainBody("Yes")}
		red := yes
		red.ID, red.Body = "3", mapping.PlainBody("Is it red? Yes")
		s.sides[0].conv.Entries = append(s.sides[0].conv.Entries, yes, red)
		s.sides[1].conv.Entries = []mapping.Entry{{ID: "t1", Kind: mapping.Message, Author: mapping.Person{Role: mapping.Agent, ID: "default_admin"}, At: s.now, Body: mapping.PlainBody(text)}}
		a := adopter{scene: s, from: 0, to: 1, entries: s.natives(0)}
		require.Equal(t, append([]string{"Anna (Intercom):"}, want...), a.linesOver(yes), text)
	}
}

// TestANoteOfOursIsNobodysWord: what stands in an original from a copy that was deleted is not told to a new one as a note
// of the team, though no store knows it.
func TestANoteOfOursIsNobodysWord(t *testing.T) {
	s := ratedScene(t, 0)
	s.sides[1].conv = nil
	ledger, err := state.ReadLedger(s.ledger.Pair, nil)
	require.NoError(t, err)
	ledger.SetMeta(state.Meta{Origin: s.sides[0].conv.Ref, Since: s.now.Add(-2 * time.Hour)})
	s.ledger = ledger
	tok := mapping.Token{Pair: "main", Source: mapping.Ref{Desk: "dashly", ID: "3"}, First: "9", Last: "9", Part: 1, Of: 1}
	note := func(id mapping.EntryID, pair string) mapping.Entry {
		tok.Pair = pair
		return mapping.Entry{ID: id, Kind: mapping.Note, Native: "note", At: s.now.Add(-time.Second), Body: mapping.PlainBody("He wants it\n\n" + tok.String()),
			Author: mapping.Person{Role: mapping.Agent, ID: "25", Name: "Jane"}}
	}
	s.sides[0].conv.Entries = append(s.sides[0].conv.Entries, note("2", "main"), note("3", "other"))
	p := s.planEntries(0, 1)
	require.Equal(t, []fate{{bucket: fatePlanned}, {fateSkipped, "own_note"}, {bucket: fatePlanned}}, p.fates, "another bridge's is a person's")
	for _, d := range p.drafts {
		require.NotContains(t, d.entries, mapping.EntryID("2"))
	}
}
