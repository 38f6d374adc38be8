package probe_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/probe"
	probedashly "github.com/deskbridge/deskbridge/internal/probe/dashly"
	probeintercom "github.com/deskbridge/deskbridge/internal/probe/intercom"
)

// sight is how docs/unknowns.md shows a probe: its name, all that it can answer, the call and the field.
func sight[S any](p probe.Probe[S]) string {
	var all []string
	for _, r := range p.Readings {
		all = append(all, r[0])
	}
	return "**" + p.Name + "**: " + strings.Join(all, ", ") + " (" + p.How + ")"
}

func sights[S any](t *testing.T, table []probe.Probe[S]) map[string][]string {
	out, names := map[string][]string{}, map[string]bool{}
	for _, p := range table {
		require.False(t, names[p.Name], "two probes have the name %q", p.Name)
		names[p.Name] = true
		require.NotEmpty(t, p.Readings, p.Name)
		for _, r := range p.Readings {
			require.NotContains(t, r, "", p.Name)
		}
		out[p.Unknown] = append(out[p.Unknown], sight(p))
	}
	return out
}

// TestTheDocumentShowsEveryProbe holds the last column of docs/unknowns.md against the tables: a row marked P shows
// what its probes can answer, and no other row has a probe.
func TestTheDocumentShowsEveryProbe(t *testing.T) {
	page, err := os.ReadFile("../../docs/unknowns.md")
	require.NoError(t, err)
	_, dashly, ok := strings.Cut(string(page), "\n## Dashly\n")
	require.True(t, ok)
	dashly, intercom, ok := strings.Cut(dashly, "\n## Intercom\n")
	require.True(t, ok)
	for text, wanted := range map[string]map[string][]string{dashly: sights(t, probedashly.Table()), intercom: sights(t, probeintercom.Table())} {
		rows := map[string]string{}
		for line := range strings.Lines(text) {
			cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
			if len(cells) == 6 {
				rows[strings.TrimSpace(cells[0])] = strings.TrimSpace(cells[5])
			}
		}
		require.Greater(t, len(rows), 20)
		for number, cell := range rows {
			require.Equal(t, strings.HasPrefix(cell, "P "), len(wanted[number]) > 0, "row %s: %s", number, cell)
			require.Equal(t, len(wanted[number]), strings.Count(cell, "**")/2, "row %s", number)
		}
		for number, all := range wanted {
			for _, one := range all {
				require.Contains(t, rows[number], one)
			}
		}
	}
}
