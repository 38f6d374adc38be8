package engine_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox"
)

// TestASlowFileBesideADeadOneHoldsNothingUp: one message has an attachment that takes longer than links are fresh, and one that is
// gone. The words go over with the one and a line for the other, and what follows them too.
func TestASlowFileBesideADeadOneHoldsNothingUp(t *testing.T) {
	slow, dead := 0, 0
	s := setup{front: func(next http.RoundTripper) http.RoundTripper {
		return passed(func(r *http.Request) (*http.Response, error) {
			switch {
			case strings.HasPrefix(r.URL.Path, "/files/") && strings.Contains(r.URL.Path, "gone"):
				dead++
				return &http.Response{StatusCode: http.StatusNotFound, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Request: r, Body: http.NoBody}, nil
			case strings.HasPrefix(r.URL.Path, "/files/"):
				slow++
				time.Sleep(70 * time.Second) //nolint:forbidigo // simulated time: ten megabytes at 150 kB a second
			}
			return next.RoundTrip(r)
		})
	}}
	inWorld(t, s, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.done()
		w.pause(5 * time.Minute)
		d.Write(conv, "My papers", sandbox.Upload{Name: "big.pdf", Content: []byte("%PDF-1.4 large")}, sandbox.Upload{Name: "gone.pdf", Content: []byte("%PDF-1.4 gone")})
		w.pause(time.Minute)
		d.Write(conv, "Are you there?")
		w.done()
		said := strings.Join(lines(w.thread(w.intercom.Dump())), "\n")
		require.Contains(t, said, "My papers", w.picture())
		require.Contains(t, said, "gone.pdf")
		require.Contains(t, said, "Are you there?")
		require.Equal(t, [2]int{2, 2}, [2]int{slow, dead})
	})
}
