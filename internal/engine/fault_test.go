package engine_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/internal/thin"
)

// TestEveryLostAnswerEndsAlike lets each write call of a story go wrong in every way, once at a time, and demands the
// same two desks and the same customer-visible writes as without the fault.
func TestEveryLostAnswerEndsAlike(t *testing.T) {
	faults := map[string]sandbox.Fault{
		"cut before":        {Kind: stage.CutBefore},
		"cut after":         {Kind: stage.CutAfter},
		"500 before":        {Kind: stage.Refuse, Status: 500},
		"500 after":         {Kind: stage.FailAfter, Status: 500},
		"502 page":          {Kind: stage.Refuse, Status: 502, HTML: true},
		"half an answer":    {Kind: stage.TruncateAfter},
		"nulls":             {Kind: stage.Nulls},
		"wrong types":       {Kind: stage.WrongTypes},
		"no answer, done":   {Kind: stage.HangAfter},
		"no answer, undone": {Kind: stage.HangBefore},
		"late":              {Kind: stage.Late, Delay: settle / 2},
		"404 page":          {Kind: stage.Refuse, Status: 404, HTML: true},
		"422 page":          {Kind: stage.Refuse, Status: 422, HTML: true},
		"429":               {Kind: stage.Refuse, Status: 429},
		"429, wait":         {Kind: stage.Refuse, Status: 429, RetryAfter: "7"},
	}
	for name, story := range tellings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := func(t *testing.T, at int, f sandbox.Fault) (essence string, writes, visible int) {
				inWorld(t, story.setup, func(w *world) {
					var mu sync.Mutex
					decide := func(r *http.Request) sandbox.Fault {
						if r.Method == http.MethodGet || strings.HasSuffix(r.URL.Path, "/search") {
							return sandbox.Fault{}
						}
						mu.Lock()
						defer mu.Unlock()
						if writes++; writes == at {
							return f
						}
						return sandbox.Fault{}
					}
					w.dashly.Fail(decide)
					w.intercom.Fail(decide)
					second := story.tell(w)
					w.persist()
					second()
					w.persist()
					w.idle()
					essence = w.essence()
					visible = len(w.delivered("dashly", "bridge")) + len(w.delivered("intercom", "bridge"))
				})
				return essence, writes, visible
			}
			want, writes, visible := run(t, 0, sandbox.Fault{})
			for kind, f := range thin.Sample(faults) {
				for at := 1; at <= writes; at += stride(3) {
					got, _, seen := run(t, at, f)
					require.Equal(t, want, got, "%s at write %d of %d", kind, at, writes)
					require.Equal(t, visible, seen, "customer-visible writes: %s at write %d", kind, at)
				}
			}
		})
	}
}

// persist runs, as cron would, until a pass ends with nothing open.
func (w *world) persist() {
	w.t.Helper()
	var last string
	for range 8 {
		rep := w.sync()
		if rep.Status == report.Done && (w.reaper == nil || !w.reaper.revive()) {
			return
		}
		last = fmt.Sprintf("%s %+v", rep.Status, rep.Error)
		if w.reaper != nil {
			w.reaper.revive()
		}
		w.pause(2 * time.Minute)
	}
	w.t.Fatalf("no pass came to an end: %s\n%s", last, w.picture())
}

// TestACloseThatDidNotArrive: Jane closes a conversation whose copy was spoken in, and what the bridge carries opens it again. The
// close that puts this right never arrives, on a desk that does not tell who closed: Jane's own close is not taken for it.
func TestACloseThatDidNotArrive(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		for _, q := range sandbox.Quirks() {
			if q.Name == "system parts of people name nobody" || q.Name == "every reply reopens" {
				q.Set(w.dashly, w.intercom)
			}
		}
		d, i := w.dashly.People(), w.intercom.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello")
		w.persist()
		w.pause(time.Minute)
		i.Note(w.thread(w.intercom.Dump()).ID, intercom.Jane, "paid by card")
		w.pause(time.Second)
		d.Close(conv, dashly.Jane)
		cut := 0
		w.dashly.Fail(func(r *http.Request) sandbox.Fault {
			if strings.HasSuffix(r.URL.Path, "/close") {
				if cut++; cut == 1 {
					return sandbox.Fault{Kind: stage.CutBefore}
				}
			}
			return sandbox.Fault{}
		})
		w.persist()
		require.Equal(t, 2, cut)
		require.Equal(t, "closed", w.thread(w.dashly.Dump()).State)
		require.Equal(t, "closed", w.thread(w.intercom.Dump()).State)
		w.idle()
	})
}
