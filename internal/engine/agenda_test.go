package engine_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/sources"
)

// TestBackfillWaitsForItsPromises: a write whose call never arrived is sent in the same run, as by sync.
func TestBackfillWaitsForItsPromises(t *testing.T) {
	for name, req := range map[string]engine.Request{
		"sync":     {Command: "sync"},
		"backfill": {Command: "backfill", Window: &sources.Window{}},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, setup{}, func(w *world) {
				d := w.dashly.People()
				conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
				w.done()
				w.pause(3 * time.Minute)
				d.Write(conv, "Anybody there?")
				cut := 0
				w.intercom.Fail(func(r *http.Request) sandbox.Fault {
					if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/reply") || cut > 0 {
						return sandbox.Fault{}
					}
					cut++
					return sandbox.Fault{Kind: stage.HangBefore}
				})
				rep := w.run(req)
				require.Equal(t, 1, cut)
				require.Equal(t, report.Done, rep.Status, "%+v", rep.Error)
				require.Equal(t, "customer says: Anybody there?", last(lines(w.thread(w.intercom.Dump()))))
			})
		})
	}
}

// TestEntriesOfACopyAreCountedOnce: what stood under the copy's own name while the original could not be read is no longer
// open when the copy has found it.
func TestEntriesOfACopyAreCountedOnce(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		w.done()
		w.pause(3 * time.Minute)
		for _, people := range []stage.Human{w.dashly.People(), w.intercom.People()} {
			people.Open(people.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Please call me back")
		}
		w.pause(20 * time.Second)
		until := time.Now().Add(45 * time.Second)
		w.dashly.Fail(func(r *http.Request) sandbox.Fault {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/conversations/") && time.Now().Before(until) {
				return sandbox.Fault{Kind: stage.Refuse, Status: 500}
			}
			return sandbox.Fault{}
		})
		w.done()
		w.idle()
	})
}

// TestTheTriesOfAnOutageAreNotThoseOfAFile: the desk was away for a while; then the server of a file fails for a moment, and the
// file is waited for all the same.
func TestTheTriesOfAnOutageAreNotThoseOfAFile(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		i := w.intercom.People()
		conv, _ := i.Open(i.Customer(sandbox.Customer{Own: "crm-1", Name: "Carol"}), "My log")
		w.done()
		w.pause(3 * time.Minute)
		i.Write(conv, "Here it is", stage.Upload{Name: "log.txt", Content: []byte("all well")})
		away, files := true, 2
		w.intercom.Fail(func(r *http.Request) sandbox.Fault {
			file := strings.HasPrefix(r.URL.Path, "/files/") || strings.HasPrefix(r.URL.Path, "/downloads/")
			switch {
			case file && files > 0, !file && away && strings.HasPrefix(r.URL.Path, "/conversations/"+conv):
				if file {
					files--
				}
				return sandbox.Fault{Kind: stage.Refuse, Status: 500}
			}
			return sandbox.Fault{}
		})
		for range 4 {
			w.run(engine.Request{Command: "serve"})
			w.pause(20 * time.Minute)
		}
		away = false
		for range 4 {
			w.run(engine.Request{Command: "serve"})
			w.pause(20 * time.Minute)
		}
		w.done()
		require.Zero(t, files)
		require.NotContains(t, w.picture(), "could not be fetched")
		w.idle()
	})
}

// TestTheTriesOfAFileOutlastOtherWrites: the server of a file fails for good, while before each try an agent's words, or an
// agent's file, are carried the other way. After some tries a line stands for the file all the same.
func TestTheTriesOfAFileOutlastOtherWrites(t *testing.T) {
	t.Parallel()
	for name, files := range map[string][]stage.Upload{"words": nil, "files": {{Name: "how.txt", Content: []byte("like this")}}} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, setup{}, func(w *world) {
				i := w.intercom.People()
				conv, _ := i.Open(i.Customer(sandbox.Customer{Own: "crm-1", Name: "Carol"}), "My log")
				w.done()
				w.pause(3 * time.Minute)
				i.Write(conv, "Here it is", stage.Upload{Name: "log.txt", Content: []byte("all well")})
				w.intercom.Fail(func(r *http.Request) sandbox.Fault {
					if strings.HasPrefix(r.URL.Path, "/files/") || strings.HasPrefix(r.URL.Path, "/downloads/") {
						return sandbox.Fault{Kind: stage.Refuse, Status: 500}
					}
					return sandbox.Fault{}
				})
				for range 10 {
					w.dashly.People().Reply(w.thread(w.dashly.Dump()).ID, dashly.Jane, "One moment", files...)
					w.run(engine.Request{Command: "serve"})
					w.pause(20 * time.Minute)
				}
				require.Contains(t, w.picture(), "could not be fetched")
			})
		})
	}
}
