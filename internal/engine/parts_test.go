package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
)

// TestPartsWithManyFilesAreKnownAgain: a long text in two numbered parts, with more files than parts, on a desk that takes one file
// an entry and keeps no mark, is not written and not delivered again when the memory is lost.
func TestPartsWithManyFilesAreKnownAgain(t *testing.T) {
	var files []sandbox.Upload
	for i := range 6 {
		files = append(files, upload(fmt.Sprintf("f%d.png", i), 10+i))
	}
	threeOf := func(n int) string { // paragraphs of so many characters, which fill a part and leave no room for its number
		return strings.Repeat(strings.Repeat("word ", n/5)+"\n\n", 3)
	}
	for who, begin := range map[string]func(w *world){
		"customer": func(w *world) {
			i := w.intercom.People()
			conv, _ := i.Open(i.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
			w.persist()
			w.pause(time.Minute)
			i.Write(conv, threeOf(4995), files...)
		},
		"agent": func(w *world) {
			d := w.dashly.People()
			d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
			w.persist()
			w.pause(time.Minute)
			w.intercom.People().Reply(w.thread(w.intercom.Dump()).ID, intercom.Jane, threeOf(4985), files...)
		},
	} {
		t.Run(who, func(t *testing.T) {
			inWorld(t, setup{maxAge: 24 * time.Hour}, func(w *world) {
				w.dashly.SetKnobs(func(k *dashly.Knobs) { k.EchoExternalIDReplies, k.EchoExternalIDNotes = false, false })
				begin(w)
				w.persist()
				w.pause(10 * time.Minute)
				want, heard := w.essence(), w.delivered("dashly", "bridge")
				w.forget("")
				w.persist()
				require.Equal(t, want, w.essence())
				require.Equal(t, heard, w.delivered("dashly", "bridge"))
				w.idle()
			})
		})
	}
}
