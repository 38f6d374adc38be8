package engine_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/internal/thin"
)

// TestAnErasedTextStaysErased loses the store after a text that was copied to a desk that keeps no markers was erased at
// home: the copy must not bring it back.
func TestAnErasedTextStaysErased(t *testing.T) {
	for _, version := range []string{"2.7", "2.15"} {
		inWorld(t, setup{version: version}, func(w *world) {
			w.dashly.SetKnobs(func(k *dashly.Knobs) { k.EchoExternalIDReplies, k.EchoExternalIDNotes = false, false })
			p := w.intercom.People()
			conv, _ := p.Open(p.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Hello")
			w.done()
			w.pause(time.Minute)
			secret := p.Write(conv, "My card is 4111")
			w.done()
			w.pause(time.Minute)
			p.Write(conv, "Thanks")
			w.done()
			p.Erase(conv, secret)
			w.persist()
			want := lines(w.thread(w.intercom.Dump()))
			require.NotContains(t, strings.Join(want, " "), "4111")
			w.forget("")
			w.persist()
			require.Equal(t, want, lines(w.thread(w.intercom.Dump())), "%s %s", version, w.picture())
			w.idle()
		})
	}
}

// TestARefusedEntryHasOneStub loses the store after the second part of an entry was refused: the note that stands for it
// is not written again, and the part that was accepted does not come back.
func TestARefusedEntryHasOneStub(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		w.intercom.Fail(func(r *http.Request) sandbox.Fault {
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			r.Body = io.NopCloser(bytes.NewReader(body))
			if r.Method == http.MethodPost && bytes.Contains(body, []byte("unacceptable")) {
				return sandbox.Fault{Kind: stage.Refuse, Status: 422}
			}
			return sandbox.Fault{}
		})
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello")
		w.done()
		w.pause(time.Minute)
		d.Write(conv, strings.Repeat("All is well so far. ", 8000)+"This is unacceptable.")
		w.persist()
		twin := lines(w.thread(w.intercom.Dump()))
		stubs := func(lines []string) (n int) {
			for _, l := range lines {
				if strings.Contains(l, "this desk refused the text") {
					n++
				}
			}
			return n
		}
		require.Equal(t, 1, stubs(twin), twin)
		require.True(t, slices.ContainsFunc(twin, func(l string) bool { return strings.HasPrefix(l, "customer says: All is well") }), "the first part was accepted")
		home := lines(w.thread(w.dashly.Dump()))
		w.forget("")
		w.log.Reset()
		w.persist()
		for _, r := range w.log.Requests() {
			require.False(t, r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/reply"), "%+v: nothing is tried again", r)
		}
		require.Equal(t, twin, lines(w.thread(w.intercom.Dump())))
		require.Equal(t, home, lines(w.thread(w.dashly.Dump())))
		w.idle()
	})
}

// TestWhatNobodyCanReadIsNotSentAgain loses the store of a thread whose copy is longer than its desk shows.
func TestWhatNobodyCanReadIsNotSentAgain(t *testing.T) {
	if thin.By > 1 {
		t.Skip("it lasts for minutes under the race detector, and has one worker")
	}
	for _, version := range []string{"2.12", "2.15"} {
		inWorld(t, setup{version: version}, func(w *world) {
			d := w.dashly.People()
			conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello")
			for n := range 560 {
				w.pause(7 * time.Second)
				d.Write(conv, fmt.Sprintf("message %d", n%200))
			}
			w.persist()
			want := w.essence()
			w.forget("")
			w.persist()
			require.Equal(t, want, w.essence(), version)
			rep := w.done()
			require.Zero(t, rep.APICalls["intercom"].Write)
			w.pause(time.Hour)
			d.Write(conv, "One more")
			rep = w.done()
			require.Positive(t, rep.Directions["dashly_to_intercom"].SkippedBy["unverifiable"], "%+v", rep.Directions["dashly_to_intercom"])
			require.Contains(t, lines(w.thread(w.intercom.Dump())), "customer says: One more")
		})
	}
}
