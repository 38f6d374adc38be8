package fidelity_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/fidelity"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

// TestThePageIsWhatTheProgramSays fails when docs/fidelity.md is not what the program prints today.
func TestThePageIsWhatTheProgramSays(t *testing.T) {
	var want bytes.Buffer
	require.NoError(t, fidelity.Markdown(&want))
	have, err := os.ReadFile("../../docs/fidelity.md")
	require.NoError(t, err)
	require.Equal(t, want.String(), string(have), "write it anew: go run ./cmd/deskbridge mapping --markdown > docs/fidelity.md")
}

// TestNothingIsLeftOut: every documented value has a row in every version.
func TestNothingIsLeftOut(t *testing.T) {
	require.Empty(t, fidelity.Lint())
	for _, v := range intercom.Versions {
		directions, err := fidelity.Of(v)
		require.NoError(t, err)
		require.Len(t, directions, 2)
		for _, d := range directions {
			for _, table := range d.Tables {
				for _, r := range table.Rows {
					require.NotEmpty(t, r.Level, r)
					require.NotContains(t, r.Live+r.History, "not planned", r)
					require.False(t, r.Level == mapping.Dropped && len(r.Losses) == 0 && !strings.Contains(r.Live, "nothing"), r)
				}
			}
		}
	}
	_, err := fidelity.Of("1.4")
	require.ErrorContains(t, err, `"1.4" is not supported`)
}

// TestWordsAreNeverDropped: whatever it is called, a text of a customer or an agent is written, and a note never as a
// message.
func TestWordsAreNeverDropped(t *testing.T) {
	for _, v := range intercom.Versions {
		directions, err := fidelity.Of(v)
		require.NoError(t, err)
		for _, d := range directions {
			for _, r := range d.Tables[0].Rows {
				human := r.Author != "bot" && r.Author != "system" && r.Author != "bot, system"
				if r.Content == "text or file" && human {
					require.NotContains(t, r.Live+r.History, "nothing", r)
				}
				if strings.HasPrefix(r.Native, "note") {
					require.NotContains(t, r.Live+r.History, "message", r)
				}
			}
		}
	}
}

// TestNoChoiceShowsWhatIsInternal: a kind may be chosen to be a message only where a customer's or an agent's words are one
// anyway, and every kind of the tables has choices that the planner takes.
func TestNoChoiceShowsWhatIsInternal(t *testing.T) {
	directions, err := fidelity.Of(fidelity.Version)
	require.NoError(t, err)
	for _, d := range directions {
		shown := map[string]bool{}
		for _, r := range d.Tables[0].Rows {
			person := strings.Contains(r.Author, "customer") || strings.Contains(r.Author, "agent") || r.Author == "anybody"
			shown[r.Native] = shown[r.Native] || person && strings.Contains(r.Live, "message")
		}
		for _, r := range d.Tables[0].Rows {
			require.Equal(t, shown[r.Native], slices.Contains(r.Choices, mapping.ChooseMessage), r.Native)
			if strings.HasPrefix(r.Native, "note") {
				require.NotContains(t, r.Choices, mapping.ChooseMessage, r.Native)
			}
		}
	}
}
