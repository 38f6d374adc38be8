package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
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
