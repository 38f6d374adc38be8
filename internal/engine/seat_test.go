package engine_test

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
)

// TestASeatThatIsSomebodyElsesNow: the panel calls an operator by another name, and no longer by their address. What the new
// one says and takes is nobody's on the other desk, whether or not the bridge had met the old one.
func TestASeatThatIsSomebodyElsesNow(t *testing.T) {
	t.Parallel()
	for _, met := range []bool{false, true} {
		t.Run(strconv.FormatBool(met), func(t *testing.T) {
			t.Parallel()
			renamed := !met
			front := func(next http.RoundTripper) http.RoundTripper {
				return passed(func(r *http.Request) (*http.Response, error) {
					res, err := next.RoundTrip(r)
					if err != nil || !renamed || r.URL.Host != host(sandbox.DashlyURL) {
						return res, err
					}
					body, err := io.ReadAll(res.Body)
					_ = res.Body.Close()
					body = bytes.ReplaceAll(body, []byte(`"Jane"`), []byte(`"Karl"`))
					body = bytes.ReplaceAll(body, []byte(`"jane@example.org"`), []byte(`"Karl"`))
					res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
					res.Header.Del("Content-Length")
					return res, err
				})
			}
			inWorld(t, setup{front: front}, func(w *world) {
				d := w.dashly.People()
				conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
				if met {
					d.Reply(conv, dashly.Jane, "Jane's own words")
				}
				w.done()
				renamed = true
				w.pause(24 * time.Hour)
				again, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-2", Name: "Zoe"}), "Hello again?")
				d.Reply(again, dashly.Jane, "Karl speaking")
				d.Assign(again, dashly.Jane, dashly.Jane)
				w.done()
				copies := w.intercom.Dump()
				require.Len(t, copies, 2)
				require.Contains(t, strings.Join(lines(copies[1]), "\n"), "Karl (Dashly): Karl speaking")
				require.NotEqual(t, intercom.Jane, copies[1].Assignee)
			})
		})
	}
}
