package probe_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/probe"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/internal/thin"
)

var busy = map[string]func(*world){"dashly": (*world).busyDashly, "intercom": (*world).busyIntercom}

// fail lets calls from the nth on go wrong, so many of them, and counts those that came.
func (w *world) fail(nth, many int, f sandbox.Fault) *int {
	calls := 0
	decide := func(*http.Request) sandbox.Fault {
		calls++
		if calls >= nth && calls < nth+many {
			return f
		}
		return sandbox.Fault{}
	}
	w.dashly.Fail(decide)
	w.intercom.Fail(decide)
	return &calls
}

// TestAFailureLeavesOpenWhatHangsOnIt: whichever call goes wrong, and however, the other answers are right, and the
// line says why.
func TestAFailureLeavesOpenWhatHangsOnIt(t *testing.T) {
	faults := map[string]sandbox.Fault{
		"500": {Kind: stage.Refuse, Status: 500}, "a gateway's page": {Kind: stage.Refuse, Status: 502, HTML: true},
		"403": {Kind: stage.Refuse, Status: 403}, "404": {Kind: stage.Refuse, Status: 404},
		"a cut": {Kind: stage.CutBefore}, "half": {Kind: stage.TruncateAfter}, "silence": {Kind: stage.HangBefore},
	}
	// What a status means is the very question of these, and of the delay it is what is found at all.
	free := map[string]bool{"$self_app in paths": true, "undocumented parameters": true, "a conversation that does not exist": true, "files": true,
		"delay of the index": true}
	for desk, fill := range busy {
		for name, f := range thin.Sample(faults) {
			t.Run(desk+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, sandbox.Quirk{})
					fill(w)
					for nth := 1; ; nth++ {
						calls := w.fail(nth, 1, f)
						all := w.ask(desk)
						if *calls < nth {
							require.Greater(t, nth, 10)
							return
						}
						for what, r := range all {
							if !free[what] {
								agree(t, likely[desk][what], r)
							}
						}
					}
				})
			})
		}
	}
}

// TestTheDeskIsLeftAlone: after a token that is not accepted, or too many calls, no other call is made.
func TestTheDeskIsLeftAlone(t *testing.T) {
	for desk, fill := range busy {
		for status, words := range map[int]string{401: "the token is not accepted", 429: "too many calls"} {
			t.Run(fmt.Sprint(desk, status), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, sandbox.Quirk{})
					fill(w)
					for _, nth := range []int{1, 5} {
						calls := w.fail(nth, 1, sandbox.Fault{Kind: stage.Refuse, Status: status})
						all := w.ask(desk)
						require.Equal(t, nth, *calls)
						said := 0
						for what, r := range all {
							agree(t, likely[desk][what], r)
							if strings.Contains(r.String(), words) && strings.Contains(r.String(), fmt.Sprint("HTTP ", status)) {
								said++
							}
						}
						require.Positive(t, said)
					}
				})
			})
		}
	}
}

// TestADeskThatIsDownIsAskedThreeTimes, so that check ends soon.
func TestADeskThatIsDownIsAskedThreeTimes(t *testing.T) {
	for desk := range busy {
		for name, kind := range map[string]sandbox.Fault{"500": {Kind: stage.Refuse, Status: 500}, "silence": {Kind: stage.HangBefore}} {
			t.Run(desk+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, sandbox.Quirk{})
					began := time.Now()
					calls := w.fail(1, 100, kind)
					for what, r := range w.ask(desk) {
						require.Empty(t, r.Is, what)
					}
					require.LessOrEqual(t, *calls, 3)
					require.Less(t, time.Since(began), 2*time.Minute)
				})
			})
		}
	}
}

// TestOddAnswers: answers of other types than documented give no wrong reading of what they do not show.
func TestOddAnswers(t *testing.T) {
	for desk, fill := range busy {
		for _, kind := range []stage.FaultKind{stage.Nulls, stage.WrongTypes, stage.Doubled} {
			t.Run(desk+" "+string(kind), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, sandbox.Quirk{})
					fill(w)
					w.fail(1, 100, sandbox.Fault{Kind: kind})
					require.NotEmpty(t, w.ask(desk)) // which holds it to one answer or a reason each
				})
			})
		}
	}
}

// TestOnlyReadsLeave: nothing but a GET and a search passes, and no more than the bound.
func TestOnlyReadsLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sandbox.Quirk{})
		r, err := probe.NewReads(probe.Options{Desk: "intercom", BaseURL: sandbox.IntercomURL, PerSecond: 2, HTTP: w.client(),
			Searches: []string{"/conversations/search"}, Authorize: func(h http.Header) { h.Set("Authorization", "Bearer i") },
			Explain: func(int, []byte) (string, string) { return "", "" }})
		require.NoError(t, err)
		_, err = r.Search(t.Context(), "reply", "/conversations/1/reply", []byte(`{}`))
		require.ErrorContains(t, err, "not a read")
		_, err = r.Get(t.Context(), "get user", "/users/crm-1", url.Values{"by_user_id": {"true"}})
		require.ErrorContains(t, err, "not a read")
		require.Empty(t, w.log.Requests())
		_, err = r.Open(t.Context(), "https://elsewhere.example/a.txt")
		require.ErrorIs(t, err, probe.ErrStranger)
		began := time.Now()
		for range probe.Bound {
			_, err = r.Get(t.Context(), "get me", "/me", url.Values{})
			require.NoError(t, err)
		}
		require.GreaterOrEqual(t, time.Since(began), probe.Bound*time.Second/2, "two a second")
		_, err = r.Get(t.Context(), "get me", "/me", url.Values{})
		require.ErrorContains(t, err, "the bound of 20 reads")
		require.Len(t, w.log.Requests(), probe.Bound)
		require.Zero(t, r.Throttled())
	})
}
