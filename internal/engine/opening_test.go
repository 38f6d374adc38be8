package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
)

// TestTheRestOfAnOpeningThatBecameHistory is told in notes where nobody confirmed that automation is off, which the history needs:
// the start was moved behind what a pass had begun, or the confirmation was taken back. No word is lost, and files are named.
func TestTheRestOfAnOpeningThatBecameHistory(t *testing.T) {
	var long strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&long, "word%05d ", i)
	}
	opens := func(w *world, words string, files ...sandbox.Upload) {
		d := w.dashly.People()
		d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), words, files...)
	}
	rest := func(w *world) string {
		for range 4 {
			w.pause(10 * time.Minute)
			w.sync()
		}
		w.idle()
		told := ""
		for _, e := range w.thread(w.intercom.Dump()).Entries {
			told += e.Text + "\n"
		}
		return told
	}
	missing := func(told string) (words []string) {
		for _, word := range strings.Fields(long.String()) {
			if !strings.Contains(told, word) {
				words = append(words, word)
			}
		}
		return words[:min(len(words), 5)]
	}
	t.Run("the start was moved", func(t *testing.T) {
		inWorld(t, setup{}, func(w *world) {
			opens(w, long.String())
			require.NotEqual(t, report.Done, w.run(engine.Request{Command: "sync", MaxWrites: 2}).Status)
			require.Len(t, w.intercom.Dump(), 1)
			w.pause(10 * time.Minute)
			w.start = time.Now().Truncate(time.Second)
			require.Empty(t, missing(rest(w)))
		})
	})
	t.Run("automation runs again", func(t *testing.T) {
		inWorld(t, setup{automation: true, all: true, adjust: func(o *engine.Options) { o.Sides[1].History = "transcript" }}, func(w *world) {
			opens(w, long.String())
			w.pause(48 * time.Hour)
			w.cutOver()
			require.NotEqual(t, report.Done, w.run(engine.Request{Command: "backfill", MaxWrites: 2}).Status)
			require.Len(t, w.intercom.Dump(), 1)
			w.setup.automation = false
			require.Empty(t, missing(rest(w)))
		})
	})
	t.Run("files without a word", func(t *testing.T) {
		inWorld(t, setup{}, func(w *world) {
			var files []sandbox.Upload
			for i := range 60 {
				files = append(files, upload(fmt.Sprintf("f%d.png", i), 10+i))
			}
			opens(w, "", files...)
			require.NotEqual(t, report.Done, w.run(engine.Request{Command: "sync", MaxWrites: 2}).Status)
			require.Len(t, w.intercom.Dump(), 1)
			w.pause(10 * time.Minute)
			w.start = time.Now().Truncate(time.Second)
			told := rest(w)
			for _, f := range files {
				require.Contains(t, told, fmt.Sprintf("%s, %d bytes", f.Name, len(f.Content)))
			}
		})
	})
}
