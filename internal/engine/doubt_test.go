package engine_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// TestOneForeignRefusalDecidesNothing: somebody between the bridge and Intercom refuses one call in words that are not the
// desk's. What it was to write stands in the end as if nobody had: by whom, at what time, in which state.
func TestOneForeignRefusalDecidesNothing(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		tell func(p dashly.Hand, conv string)
		path string // how that of the call ends
	}{
		"the customer's words": {func(p dashly.Hand, conv string) { p.Write(conv, "Anybody?") }, "/reply"},
		"an agent's reply":     {func(p dashly.Hand, conv string) { p.Reply(conv, dashly.Jane, "Here I am") }, "/reply"},
		"an agent's note":      {func(p dashly.Hand, conv string) { p.Note(conv, dashly.Jane, "late again") }, "/reply"},
		"a close":              {func(p dashly.Hand, conv string) { p.Close(conv, dashly.Jane) }, "/parts"},
		"an assignment":        {func(p dashly.Hand, conv string) { p.Assign(conv, dashly.Jane, dashly.Jane) }, "/parts"},
		"a tag":                {func(p dashly.Hand, conv string) { p.Tag(conv, dashly.Jane, "late") }, "/tags"},
		"an opening": {func(p dashly.Hand, conv string) {
			p.Open(p.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Me too")
		}, "/conversations"},
	} {
		for _, status := range []int{400, 404, 410, 422} {
			for _, reads := range []bool{false, true} { // the call that tells why is refused, too
				t.Run(fmt.Sprint(name, " ", status, " ", reads), func(t *testing.T) {
					t.Parallel()
					play := func(refuse bool) (picture string) {
						inWorld(t, setup{}, func(w *world) {
							w.intercom.People().Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"})
							w.pause(2 * time.Hour) // who is not new may have been put away, should the desk say so
							conv := carriedOver(w)
							row.tell(w.dashly.People(), conv)
							w.pause(time.Minute)
							struck := 0
							w.intercom.Fail(func(r *http.Request) sandbox.Fault {
								write := r.Method != http.MethodGet && strings.HasSuffix(r.URL.Path, row.path)
								if !refuse || struck == 0 && !write || struck == 1 && !reads || struck > 1 {
									return sandbox.Fault{}
								}
								struck++
								return sandbox.Fault{Kind: stage.Refuse, Status: status, HTML: true}
							})
							w.persist()
							require.Equal(t, refuse, struck > 0)
							w.idle()
							for _, thread := range w.intercom.Dump() {
								picture += fmt.Sprintln(thread.Customer, thread.State, thread.Assignee, thread.Tags)
								for _, e := range thread.Entries {
									text, _, _ := strings.Cut(e.Text, "[db1 ")
									at := ""
									if e.Visible { // what is not has the time of the call
										at = e.At.Format("15:04:05")
									}
									picture += fmt.Sprintln(e.Side, e.Visible, at, idless.ReplaceAllString(text, ""))
								}
							}
						})
						return picture
					}
					require.Equal(t, play(false), play(true))
				})
			}
		}
	}
}

// TestAForeignRefusalThatStaysEnds: what is refused for ever is not tried for ever, whoever refuses it.
func TestAForeignRefusalThatStaysEnds(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		conv := carriedOver(w)
		p := w.dashly.People()
		p.Close(conv, dashly.Jane)
		p.Tag(conv, dashly.Jane, "late")
		w.pause(time.Minute)
		tried := 0
		w.intercom.Fail(func(r *http.Request) sandbox.Fault {
			if r.Method == http.MethodGet || strings.HasSuffix(r.URL.Path, "/search") {
				return sandbox.Fault{}
			}
			tried++
			return sandbox.Fault{Kind: stage.Refuse, Status: 404, HTML: true}
		})
		var rep report.Report
		for range 6 {
			rep = w.sync()
			w.pause(3 * time.Minute)
		}
		require.Contains(t, []report.Status{report.Parked, report.Done}, rep.Status)
		require.LessOrEqual(t, tried, 6)
		w.intercom.Fail(nil)
		w.pause(61 * time.Minute)
		w.done()
	})
}
