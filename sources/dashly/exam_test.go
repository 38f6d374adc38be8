package dashly_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	sandboxdashly "github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/sources"
	"github.com/deskbridge/deskbridge/sources/dashly"
	"github.com/deskbridge/deskbridge/sources/sourcetest"
)

// TestExam holds the source against each reading of what Dashly's documents leave open.
func TestExam(t *testing.T) {
	unmoved := []sourcetest.Change{sourcetest.ByNote, sourcetest.ByClose, sourcetest.ByAssign, sourcetest.ByTag}
	largest := map[string]int{"likely": 64 << 20}
	for name, change := range map[string]func(*sandboxdashly.Knobs){
		"likely": func(*sandboxdashly.Knobs) {},
		"odd": func(k *sandboxdashly.Knobs) {
			k.EndOfList, k.TextCursors, k.OptionalPartFields, k.BodyAs = "empty", true, "asked", "html"
			k.UnassignedHidden, k.MissingConversation, k.RemovedConversation = true, "denied", "object"
			k.FilesNeedToken, k.UserVia = true, "web_user"
		},
	} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, sourcetest.Subject{
				Desk: func() *stage.Front {
					knobs := sandboxdashly.DefaultKnobs()
					change(&knobs)
					return sandbox.NewDashly(sandbox.Options{Dashly: &knobs}).Front
				},
				Open: func(t *testing.T, a sourcetest.Access) sources.Source {
					c, err := apidashly.New(apidashly.Options{BaseURL: a.URL, Token: a.Token, MaxRate: 1000, HTTP: a.HTTP})
					require.NoError(t, err)
					return dashly.New(c, dashly.Options{Settle: a.Settle})
				},
				Agents: [2]string{sandboxdashly.Jane, sandboxdashly.Tom}, Page: 50, Missing: "4711", Unmoved: unmoved, Largest: largest[name],
			})
		})
	}
}
