package engine_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
)

// breaksOn answers 500 to each write whose address or body has a word in it, does nothing, and counts them.
func breaksOn(word string, count *int) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return passed(func(r *http.Request) (*http.Response, error) {
			if r.Method != http.MethodPost || r.Body == nil {
				return next.RoundTrip(r)
			}
			b, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			r.Body = io.NopCloser(bytes.NewReader(b))
			if !strings.Contains(r.URL.Path+" "+string(b), word) {
				return next.RoundTrip(r)
			}
			*count++
			return &http.Response{StatusCode: http.StatusInternalServerError, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
				Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
				Body: io.NopCloser(strings.NewReader(`{"type":"error.list","errors":[{"code":"server_error","message":"Server Error"}]}`))}, nil
		})
	}
}

// until runs every two minutes for so long, or until a run ends with that status.
func (w *world) until(status report.Status, most time.Duration) (rep report.Report) {
	for began := time.Now(); time.Since(began) < most; w.pause(2 * time.Minute) {
		if rep = w.run(engine.Request{Command: "serve"}); rep.Status == status {
			break
		}
	}
	return rep
}

// TestATextOnWhichTheDeskBreaksHoldsNothingUpForEver: it is tried less and less often, parked meanwhile, and in the end a note
// stands for it and its thread goes on.
func TestATextOnWhichTheDeskBreaksHoldsNothingUpForEver(t *testing.T) {
	tries := 0
	inWorld(t, setup{front: breaksOn("poison", &tries)}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.done()
		w.pause(time.Minute)
		d.Write(conv, "poison words")
		w.pause(time.Minute)
		d.Reply(conv, dashly.Jane, "What do you mean?")
		require.Equal(t, report.Parked, w.until(report.Parked, 2*time.Hour).Status)
		require.Equal(t, report.Done, w.until(report.Done, 24*time.Hour).Status)
		require.Equal(t, 8, tries)
		said := lines(w.thread(w.intercom.Dump()))
		require.Len(t, said, 4, w.picture())
		require.Contains(t, said[3], "What do you mean?")
	})
}

// TestAReplyOnWhichTheDeskBreaksIsSentLessOften: each try may have reached the customer, for all that the bridge knows.
func TestAReplyOnWhichTheDeskBreaksIsSentLessOften(t *testing.T) {
	tries := 0
	inWorld(t, setup{front: breaksOn("poison", &tries)}, func(w *world) {
		d := w.dashly.People()
		d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.done()
		w.pause(time.Minute)
		w.intercom.People().Reply(w.thread(w.intercom.Dump()).ID, intercom.Jane, "poison answer")
		require.Equal(t, report.Done, w.until(report.Done, 2*time.Hour).Status)
		w.until(report.Parked, time.Hour)
		require.Equal(t, 4, tries)
	})
}

// TestAContactOnWhichTheDeskBreaksIsParked: nothing can stand for it.
func TestAContactOnWhichTheDeskBreaksIsParked(t *testing.T) {
	tries := 0
	inWorld(t, setup{front: breaksOn("/contacts ", &tries)}, func(w *world) {
		d := w.dashly.People()
		d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		require.Equal(t, report.Parked, w.until(report.Parked, time.Hour).Status)
		require.Equal(t, 6, tries)
	})
}

// TestATagOnWhichTheDeskBreaksIsGivenUp: it counts as refused, and what else is in the conversation goes on.
func TestATagOnWhichTheDeskBreaksIsGivenUp(t *testing.T) {
	tries := 0
	inWorld(t, setup{front: breaksOn("/tags ", &tries)}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		d.Tag(conv, dashly.Jane, "vip")
		require.Equal(t, report.Parked, w.until(report.Parked, 2*time.Hour).Status)
		require.Equal(t, report.Done, w.until(report.Done, 24*time.Hour).Status)
		require.Equal(t, 8, tries)
	})
}

// TestAnOutageGivesNothingUp: while a desk answers nothing at all, nothing is told about any write.
func TestAnOutageGivesNothingUp(t *testing.T) {
	down := false
	inWorld(t, setup{front: func(next http.RoundTripper) http.RoundTripper {
		return passed(func(r *http.Request) (*http.Response, error) {
			if down && r.URL.Host == host(sandbox.IntercomURL) {
				return nil, errors.New("no route to host")
			}
			return next.RoundTrip(r)
		})
	}}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.done()
		w.pause(time.Minute)
		d.Write(conv, "Are you there?")
		down = true
		w.until(report.Done, 4*time.Hour)
		down = false
		require.Equal(t, report.Done, w.until(report.Done, 3*time.Hour).Status)
		require.Contains(t, lines(w.thread(w.intercom.Dump())), "customer says: Are you there?")
	})
}
