package engine_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/state"
)

// TestAnUnreadableOriginalHoldsNothingUp: a copy whose original cannot be read, after the store was lost, waits for it and for
// nothing else; when it can be read again the two are one. The process may die anywhere.
func TestAnUnreadableOriginalHoldsNothingUp(t *testing.T) {
	for name, fault := range map[string]sandbox.Fault{
		"errors":  {Kind: stage.Refuse, Status: 500},
		"nothing": {Kind: stage.Nulls},
	} {
		t.Run(name, func(t *testing.T) {
			story := func(die int) (died bool) {
				inWorld(t, setup{}, func(w *world) {
					d := w.dashly.People()
					conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello")
					w.done()
					w.pause(3 * time.Minute)
					w.forget("")
					reads := 0
					w.dashly.Fail(func(r *http.Request) sandbox.Fault {
						if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/conversations/"+conv) {
							return sandbox.Fault{}
						}
						reads++
						return fault
					})
					w.reaper = &reaper{at: die}
					for n := range 12 {
						w.sync()
						died = w.reaper.revive() || died
						if n == 1 {
							w.reaper.at = 0
						}
						w.pause(10 * time.Minute)
					}
					rep := w.sync()
					require.Equal(t, report.Parked, rep.Status, "died at %d: %+v", die, rep.Error)
					require.Equal(t, "0", w.stored("term/unsure"), "everything else was looked at")
					require.NotEmpty(t, w.stored("cursor/dashly"))
					require.NotEmpty(t, w.stored("cursor/intercom"))
					before := reads
					w.sync()
					require.Equal(t, before, reads, "it is tried at its time, not in every pass")
					i := w.intercom.People()
					i.Open(i.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Do you ship?")
					i.Reply(w.intercom.Dump()[0].ID, intercomAgent, "We look into it")
					w.sync()
					require.Len(t, w.dashly.Dump(), 2, "the other conversation goes on, the copy is not opened back")
					require.Len(t, w.intercom.Dump(), 2)
					w.dashly.Fail(nil)
					w.pause(2 * time.Hour)
					w.persist()
					require.Len(t, w.dashly.Dump(), 2)
					require.Len(t, w.intercom.Dump(), 2)
					require.Contains(t, allWords(w.dashly.Dump()), "We look into it")
					w.idle()
				})
				return died
			}
			require.False(t, story(0))
			for n := 1; story(n); n += 1 + n/3 {
			}
		})
	}
}

// stored is what the store holds under a key.
func (w *world) stored(key string) (value string) {
	w.inStore(func(ctx context.Context, s state.Store) {
		v, _, err := s.Get(ctx, key)
		require.NoError(w.t, err)
		value = string(v)
	})
	return value
}
