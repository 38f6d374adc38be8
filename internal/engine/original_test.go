package engine_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/internal/thin"
	"github.com/deskbridge/deskbridge/state"
)

// diesAt ends the process when a call that a test names has taken effect, before its answer arrives.
type diesAt struct {
	*reaper
	next http.RoundTripper
	at   func(r *http.Request) bool
}

func (d diesAt) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := d.next.RoundTrip(r)
	if err == nil && d.at(r) {
		d.mu.Lock()
		d.dead = true
		d.mu.Unlock()
		return nil, errors.Join(errDead, res.Body.Close())
	}
	return res, err
}

// halfOpen is a world in which a copy of a conversation of Dashly stands in Intercom, and the process died before it knew so and
// before anything in the copy named the original.
func halfOpen(w *world) (original string) {
	w.done()
	w.pause(3 * time.Minute)
	d := w.dashly.People()
	original, _ = d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Delete me")
	w.reaper = &reaper{}
	w.setup.front = func(next http.RoundTripper) http.RoundTripper {
		return diesAt{w.reaper, next, func(r *http.Request) bool {
			return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/conversations")
		}}
	}
	w.sync()
	require.True(w.t, w.reaper.revive())
	w.setup.front = nil
	require.Len(w.t, lines(w.thread(w.intercom.Dump())), 1, "it died before the back-link")
	return original
}

// TestTheCopyOfADeletedOriginalIsNotOpenedBack although nothing in the copy names it: the promise does. The process may die
// anywhere in the passes that find that out.
func TestTheCopyOfADeletedOriginalIsNotOpenedBack(t *testing.T) {
	for _, wait := range []time.Duration{20 * time.Second, 10 * time.Minute} {
		story := func(die int) (died bool) {
			inWorld(t, setup{}, func(w *world) {
				d := halfOpen(w)
				w.pause(wait)
				w.dashly.People().Delete(d)
				w.reaper.steps, w.reaper.at = 0, die
				for n := range 5 {
					w.sync()
					died = w.reaper.revive() || died
					if n == 2 {
						w.reaper.at = 0
					}
					w.pause(3 * time.Minute)
				}
				require.Empty(t, w.dashly.Dump(), "deleted by the team, and not opened again: died at %d", die)
				require.Len(t, w.intercom.Dump(), 1)
				w.idle()
			})
			return died
		}
		require.False(t, story(0))
		for n := 1; story(n); n += thin.By + n/3 {
		}
	}
}

// TestACopyIsToldByThePromiseOnly in the name of the same contact: what somebody else says in the same words is theirs.
func TestACopyIsToldByThePromiseOnly(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		d := halfOpen(w)
		i := w.intercom.People()
		i.Open(i.Customer(sandbox.Customer{Own: "crm-9", Name: "Bob"}), "Delete me")
		w.dashly.People().Delete(d)
		for range 4 {
			w.sync()
			w.pause(3 * time.Minute)
		}
		require.Equal(t, "customer says: Delete me", lines(w.thread(w.dashly.Dump()))[0])
		require.Equal(t, "crm-9", w.thread(w.intercom.Dump()[1:]).Customer)
		w.idle()
	})
}

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
			for n := 1; story(n); n += thin.By + n/3 {
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
