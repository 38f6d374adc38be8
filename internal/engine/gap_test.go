package engine_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// gappy takes parts with these words out of Dashly's lists of parts, which its counts go on counting.
type gappy struct {
	next    http.RoundTripper
	words   *string // empty: nothing
	unnamed bool    // no list tells which part is the first
}

func (g gappy) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := g.next.RoundTrip(r)
	if err != nil || *g.words == "" || !strings.HasSuffix(r.URL.Path, "/parts") || r.Method != http.MethodGet {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	var list struct {
		Meta json.RawMessage   `json:"meta"`
		Data []json.RawMessage `json:"data"`
	}
	if json.Unmarshal(body, &list) == nil && list.Data != nil {
		kept := []json.RawMessage{}
		for _, part := range list.Data {
			if g.unnamed {
				part = bytes.ReplaceAll(part, []byte(`"first":true`), []byte(`"first":false`))
			}
			if !strings.Contains(string(part), *g.words) {
				kept = append(kept, part)
			}
		}
		list.Data = kept
		if body, err = json.Marshal(list); err != nil {
			return nil, err
		}
	}
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return res, nil
}

func inGappyWorld(t *testing.T, story func(w *world, hidden *string)) {
	hidden := ""
	inWorld(t, setup{front: func(next http.RoundTripper) http.RoundTripper { return gappy{next: next, words: &hidden} }}, func(w *world) { story(w, &hidden) })
}

// repliedOver gives the copy on Intercom of a conversation whose customer is at home on Dashly, with a reply that is to be
// delivered there.
func repliedOver(w *world, reply string) (copied string) {
	carriedOver(w)
	copied = w.thread(w.intercom.Dump()).ID
	w.intercom.People().Reply(copied, intercom.Jane, reply)
	return copied
}

// reached is what the bridge delivered on Dashly, without the lines above the words.
func reached(w *world) (said []string) {
	for _, text := range w.delivered("dashly", "bridge") {
		said = append(said, text[strings.LastIndex(text, "\n")+1:])
	}
	return said
}

// TestALostAnswerBehindAGapIsNotSentAgain: a reply took effect, its answer was lost, and the list of parts lacks it
// although the desk counts it. It is not delivered a second time, however long that lasts, and found when the list shows it.
func TestALostAnswerBehindAGapIsNotSentAgain(t *testing.T) {
	t.Parallel()
	inGappyWorld(t, func(w *world, hidden *string) {
		copied := repliedOver(w, "It is on its way")
		cut := false
		w.dashly.Fail(func(r *http.Request) sandbox.Fault {
			if cut || r.Method != http.MethodPost {
				return sandbox.Fault{}
			}
			cut = true
			return sandbox.Fault{Kind: stage.CutAfter}
		})
		*hidden = "on its way"
		require.Equal(t, report.Incomplete, w.sync().Status)
		for range 8 {
			w.pause(61 * time.Minute)
			w.sync()
		}
		w.pause(61 * time.Minute)
		require.Equal(t, report.Parked, w.sync().Status)
		require.Equal(t, []string{"It is on its way"}, reached(w))
		*hidden = ""
		w.pause(61 * time.Minute)
		w.intercom.People().Reply(copied, intercom.Jane, "Tomorrow")
		w.done()
		require.Equal(t, []string{"It is on its way", "Tomorrow"}, reached(w))
		w.idle()
	})
}

// TestAWriteThatNeverHappenedIsSentBesideAnOldGap: what a desk has counted and not shown all along hides nothing new.
func TestAWriteThatNeverHappenedIsSentBesideAnOldGap(t *testing.T) {
	t.Parallel()
	inGappyWorld(t, func(w *world, hidden *string) {
		copied := repliedOver(w, "It is on its way")
		w.done()
		w.pause(3 * time.Minute)
		*hidden = "on its way"
		w.intercom.People().Reply(copied, intercom.Jane, "Tomorrow")
		lost := false
		w.dashly.Fail(func(r *http.Request) sandbox.Fault {
			if lost || r.Method != http.MethodPost {
				return sandbox.Fault{}
			}
			lost = true
			return sandbox.Fault{Kind: stage.CutBefore}
		})
		w.done()
		require.Equal(t, []string{"It is on its way", "Tomorrow"}, reached(w))
		w.idle()
	})
}

// TestAReplyBehindAGapIsNotDeliveredAgain loses the store while the list of parts lacks a reply that was delivered: what may be
// the same becomes a note, and what is said from then on is delivered.
func TestAReplyBehindAGapIsNotDeliveredAgain(t *testing.T) {
	t.Parallel()
	inGappyWorld(t, func(w *world, hidden *string) {
		copied := repliedOver(w, "It is on its way")
		w.done()
		w.pause(3 * time.Minute)
		*hidden = "on its way"
		w.forget("")
		w.persist()
		require.Equal(t, []string{"It is on its way"}, reached(w))
		w.pause(3 * time.Minute)
		w.intercom.People().Reply(copied, intercom.Jane, "Tomorrow")
		w.persist()
		require.Equal(t, []string{"It is on its way", "Tomorrow"}, reached(w))
	})
}

// TestLastWordsBehindAGapAreNotSaidAgain loses the store while the list of parts lacks what a customer said last: a note holds what may
// stand there, and what is said from then on is a message.
func TestLastWordsBehindAGapAreNotSaidAgain(t *testing.T) {
	t.Parallel()
	inGappyWorld(t, func(w *world, hidden *string) {
		p := w.intercom.People()
		id, _ := p.Open(p.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "First")
		for _, words := range []string{"Second", "Last words"} {
			w.pause(time.Minute)
			p.Write(id, words)
			w.done()
		}
		w.pause(3 * time.Minute)
		before := lines(w.thread(w.dashly.Dump()))
		*hidden = "Last words"
		w.forget("")
		w.persist()
		w.pause(3 * time.Minute)
		p.Write(id, "And more")
		w.persist()
		require.Equal(t, append(before, "team note: Alice (Intercom): Last words", "customer says: And more"), lines(w.thread(w.dashly.Dump())))
		*hidden = ""
		w.idle()
	})
}

// TestWordsBehindAGapAreNotWrittenAgain loses the store while the list of parts lacks a customer's words, of which the copy of what
// came later can be read: they are told to be unverifiable, and not written a second time. What the copy was opened with is
// recognised, whether or not its desk says which part is the first.
func TestWordsBehindAGapAreNotWrittenAgain(t *testing.T) {
	t.Parallel()
	for name, unnamed := range map[string]bool{"the first part is named": false, "no part is named the first": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hidden := ""
			inWorld(t, setup{front: func(next http.RoundTripper) http.RoundTripper { return gappy{next, &hidden, unnamed} }}, func(w *world) {
				p := w.intercom.People()
				id, _ := p.Open(p.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "First")
				for _, words := range []string{"Second words", "Third"} {
					w.pause(time.Minute)
					p.Write(id, words)
				}
				w.done()
				w.pause(3 * time.Minute)
				before := lines(w.thread(w.dashly.Dump()))
				hidden = "Second words"
				w.forget("")
				w.persist()
				require.Equal(t, before, lines(w.thread(w.dashly.Dump())))
				w.pause(3 * time.Minute)
				p.Write(id, "Fourth")
				rep := w.done()
				require.Equal(t, append(before, "customer says: Fourth"), lines(w.thread(w.dashly.Dump())))
				require.Equal(t, 1, rep.Directions["intercom_to_dashly"].SkippedBy["unverifiable"])
				require.Len(t, lines(w.thread(w.intercom.Dump())), 4, w.picture())
				hidden = ""
				w.idle()
			})
		})
	}
}
