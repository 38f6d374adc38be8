package engine_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// TestADeskThatWantsToBeLeftAlone answers a write with 429 for an hour: the pass ends at once, for the other conversations
// too, nothing reaches the desk in that hour, and afterwards everything is written, once.
func TestADeskThatWantsToBeLeftAlone(t *testing.T) {
	const many = 40
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		var talks []string
		for i := range many {
			conv, _ := d.Open(d.Customer(sandbox.Customer{Own: fmt.Sprintf("crm-%d", i), Name: "Alice"}), "Hello?")
			talks = append(talks, conv)
		}
		w.done()
		w.pause(time.Minute)
		for _, conv := range talks {
			d.Write(conv, "Anybody there?")
		}
		var until time.Time
		calls := 0
		w.intercom.Fail(func(r *http.Request) sandbox.Fault {
			if until.IsZero() && r.Method == http.MethodPost && r.URL.Path != "/conversations/search" {
				until = time.Now().Add(time.Hour)
			}
			left := time.Until(until)
			if left <= 0 {
				return sandbox.Fault{}
			}
			calls++
			return sandbox.Fault{Kind: stage.Refuse, Status: 429, RetryAfter: fmt.Sprint(int(left.Seconds()) + 1)}
		})
		w.bridge(func(e *engine.Engine) {
			stop, serve := make(chan struct{}), engine.Request{Command: "serve"}
			began := time.Now()
			rep := e.Run(context.Background(), stop, serve)
			require.Equal(t, report.Incomplete, rep.Status)
			require.Equal(t, report.Failure{Code: "try_later", Message: rep.Error.Message, Where: "intercom"}, *rep.Error)
			require.Contains(t, rep.Error.Message, "429")
			told := calls
			require.LessOrEqual(t, told, 4, "what was under way at once")
			for range 2 {
				w.pause(20 * time.Minute)
				rep = e.Run(context.Background(), stop, serve)
				require.Equal(t, report.Failed, rep.Status, "nothing could run")
				require.Contains(t, rep.Error.Message, "wants no call before "+until.UTC().Format("2006-01-02T15:04"))
			}
			require.Equal(t, told, calls, "nothing is sent before its time")
			require.Less(t, time.Since(began), 42*time.Minute, "nobody waits")
			w.pause(time.Until(until) + 2*settle)
			rep = e.Run(context.Background(), stop, serve)
			require.Equal(t, report.Done, rep.Status, "%+v", rep.Error)
		})
		threads := w.intercom.Dump()
		require.Len(t, threads, many)
		for _, thread := range threads {
			require.Equal(t, []string{"customer says: Hello?", "customer says: Anybody there?"}, []string{lines(thread)[0], last(lines(thread))})
			require.Len(t, lines(thread), 3, "with the note that begins the copy")
		}
		w.idle()
	})
}

// TestAThrottledRunThatIsAskedToStop does not wait for the end of the throttling.
func TestAThrottledRunThatIsAskedToStop(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.done()
		w.pause(time.Minute)
		d.Write(conv, "Anybody there?")
		_, replies := throttle(w, "100")
		w.bridge(func(e *engine.Engine) {
			stop, began := make(chan struct{}), time.Now()
			time.AfterFunc(10*time.Second, func() { close(stop) })
			rep := e.Run(context.Background(), stop, engine.Request{Command: "sync"})
			require.Equal(t, report.Stopped, rep.Status, "%+v", rep.Error)
			require.Less(t, time.Since(began), 12*time.Second)
		})
		require.Equal(t, 1, replies())
		w.pause(2 * time.Minute)
		w.done()
		require.Equal(t, 2, replies())
		require.Equal(t, "customer says: Anybody there?", last(lines(w.thread(w.intercom.Dump()))))
		w.idle()
	})
}

// TestACollisionIsNoRefusal: a desk at which somebody else is writing to the same conversation answers 409 for a while. No stub
// stands for what was said.
func TestACollisionIsNoRefusal(t *testing.T) {
	for _, status := range []int{http.StatusConflict, http.StatusLocked} {
		inWorld(t, setup{}, func(w *world) {
			d := w.dashly.People()
			conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
			w.pause(3 * time.Minute)
			w.done()
			d.Write(conv, "Anybody there?")
			until, met := time.Now().Add(5*time.Minute), 0
			w.intercom.Fail(func(r *http.Request) sandbox.Fault {
				if !strings.HasSuffix(r.URL.Path, "/reply") || time.Now().After(until) {
					return sandbox.Fault{}
				}
				met++
				return sandbox.Fault{Kind: stage.Refuse, Status: status}
			})
			w.pause(3 * time.Minute)
			w.persist()
			require.Positive(t, met)
			require.Equal(t, 2, strings.Count(w.picture(), "Anybody there?"), w.picture())
			require.NotContains(t, w.picture(), "refused the text", status)
		})
	}
}
