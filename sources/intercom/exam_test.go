package intercom_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	sandboxintercom "github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/sources"
	"github.com/deskbridge/deskbridge/sources/intercom"
	"github.com/deskbridge/deskbridge/sources/sourcetest"
)

// TestExam holds the source against the oldest and newest version and against each reading of what is not documented.
func TestExam(t *testing.T) {
	for version, row := range map[string]struct {
		change func(*sandboxintercom.Knobs)
		lag    time.Duration
	}{
		"2.15": {change: func(*sandboxintercom.Knobs) {}},
		"2.7":  {change: func(k *sandboxintercom.Knobs) { k.PartOrder, k.Bounds, k.UnassignedZero = "desc", "strict", true }},
		"2.16": {change: func(k *sandboxintercom.Knobs) { k.PartOrder, k.IndexDelay = "id", stage.Duration(30*time.Second) }, lag: 30 * time.Second},
	} {
		t.Run(version, func(t *testing.T) {
			sourcetest.Run(t, sourcetest.Subject{
				Desk: func() *stage.Front {
					knobs := sandboxintercom.DefaultKnobs()
					row.change(&knobs)
					return sandbox.NewIntercom(sandbox.Options{Intercom: &knobs}).Front
				},
				Open: func(t *testing.T, a sourcetest.Access) sources.Source {
					c, err := apiintercom.New(apiintercom.Options{BaseURL: a.URL, Token: a.Token, Version: version, HTTP: a.HTTP})
					require.NoError(t, err)
					return intercom.New(c, intercom.Options{Settle: a.Settle})
				},
				Agents: [2]string{sandboxintercom.Jane, sandboxintercom.Tom}, Page: 150, Missing: "4711", Lag: row.lag, Short: version != "2.15",
			})
		})
	}
}
