package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

// TestWhatBecomesOfFilesIsCounted: a transcript only names them, and an image keeps no place within a text.
func TestWhatBecomesOfFilesIsCounted(t *testing.T) {
	can, err := intercom.Features("2.15")
	require.NoError(t, err)
	file := mapping.File{Name: "bill.pdf", URL: "https://files.example.com/bill.pdf"}
	words := mapping.PlainBody("The bill")
	chunks := transcript([]mapping.Entry{{ID: "1", Body: words, Files: []mapping.File{file, file}}, {ID: "2", Body: words}, {ID: "3", Files: []mapping.File{file}}}, intercom.Desk, 1000)
	require.Len(t, chunks, 1)
	require.Equal(t, []mapping.Loss{mapping.LossFileNotCarried, mapping.LossFileNotCarried, mapping.LossFileNotCarried}, chunks[0].losses)

	_, losses := pieces(words, []mapping.File{file}, can, can.BodyRunes, false)
	require.Empty(t, losses)
	image := mapping.File{Name: "shot.png", URL: "https://files.example.com/shot.png", Within: true}
	parts, losses := pieces(words, []mapping.File{image, image}, can, can.BodyRunes, false)
	require.Len(t, parts, 1)
	require.Equal(t, []mapping.Loss{mapping.LossImageMoved}, losses, "once for an entry")
}
