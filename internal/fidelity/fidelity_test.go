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
	head, _, _ := strings.Cut(want.String(), "\n## ")
	require.Contains(t, head, "Intercom-Version "+fidelity.Version)
	require.Contains(t, head, "`deskbridge mapping --intercom-version 2.9`")
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

// TestWordsAreNeverDropped: whatever it is called, a text of anybody but a bot is written, also where the desk names nobody,
// and a note never as a message.
func TestWordsAreNeverDropped(t *testing.T) {
	for _, v := range intercom.Versions {
		directions, err := fidelity.Of(v)
		require.NoError(t, err)
		for _, d := range directions {
			for _, r := range d.Tables[0].Rows {
				if r.Content == "text or file" && r.Author != "bot" {
					require.NotContains(t, r.Live+r.History, "nothing", r)
				}
				if strings.HasPrefix(r.Native, "note") {
					require.NotContains(t, r.Live+r.History, "message", r)
				}
			}
		}
	}
}

// TestNobodySaysWhatTheyDidNot: where there is neither a text nor a file, what the bridge says in its stead is no message.
func TestNobodySaysWhatTheyDidNot(t *testing.T) {
	for _, v := range intercom.Versions {
		directions, err := fidelity.Of(v)
		require.NoError(t, err)
		for _, d := range directions {
			for _, r := range d.Tables[0].Rows {
				if r.Content == "neither" {
					require.NotContains(t, r.Live+r.History, "message", r)
				}
			}
		}
	}
}

// TestNothingLosesNothing: losses count with what is written, so an entry of which nothing is has none.
func TestNothingLosesNothing(t *testing.T) {
	for _, v := range intercom.Versions {
		directions, err := fidelity.Of(v)
		require.NoError(t, err)
		for _, d := range directions {
			for _, r := range d.Tables[0].Rows {
				if strings.HasPrefix(r.Live, "nothing") && strings.HasPrefix(r.History, "nothing") {
					require.Empty(t, r.Losses, r)
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

// TestNoRowIsPartialWithoutAReason: a code, or for what no code counts, a remark; of an entry the remark must be about that.
func TestNoRowIsPartialWithoutAReason(t *testing.T) {
	for _, v := range intercom.Versions {
		directions, err := fidelity.Of(v)
		require.NoError(t, err)
		for _, d := range directions {
			for n, table := range d.Tables {
				for _, r := range table.Rows {
					if r.Level == mapping.Partial && len(r.Losses) == 0 {
						require.NotEmpty(t, r.Remark, r)
						require.True(t, n > 0 || strings.Contains(r.Remark, "as history it is but a line") && strings.Contains(r.History, "line of a transcript"), r)
					}
				}
			}
		}
	}
}

// TestRowsTellWhatAFormAndAFileLose: each row of an entry with words, and no other; what is written as plain text loses its
// form, and what a transcript names its file.
func TestRowsTellWhatAFormAndAFileLose(t *testing.T) {
	for _, v := range intercom.Versions {
		directions, err := fidelity.Of(v)
		require.NoError(t, err)
		for _, d := range directions {
			for n, table := range d.Tables {
				for _, r := range table.Rows {
					if n > 0 || r.Content != "text or file" || strings.HasPrefix(r.Live, "nothing") {
						require.Empty(t, r.Further, r)
						continue
					}
					either := slices.Concat(r.Losses, r.Further)
					plain := d.To == "dashly" || strings.Contains(r.Author, "customer") && strings.Contains(r.Live, "message") || slices.Contains(r.Losses, mapping.LossFormatting)
					require.Equal(t, plain, slices.Contains(either, mapping.LossFormatting), r)
					require.Contains(t, either, mapping.LossImageMoved, r)
					require.Equal(t, strings.Contains(r.History, "transcript"), slices.Contains(either, mapping.LossFileNotCarried), r)
					for _, l := range r.Further {
						require.NotContains(t, r.Losses, l, r)
					}
				}
			}
		}
	}
}
