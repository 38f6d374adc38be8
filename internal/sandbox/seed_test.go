package sandbox

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

func seeded(seed uint64) (*DashlyDesk, *IntercomDesk) {
	clock := func() time.Time { return noon.Add(7 * time.Hour) }
	d, i := NewPair(Options{Now: clock})
	Seed(d, i, 200, seed, noon)
	Live(d, i, 50, seed, clock())
	return d, i
}

func TestSeedingIsDeterministic(t *testing.T) {
	d1, i1 := seeded(1)
	d2, i2 := seeded(1)
	require.Empty(t, cmp.Diff(d1.Dump(), d2.Dump()))
	require.Empty(t, cmp.Diff(i1.Dump(), i2.Dump()))
	require.Equal(t, d1.Log.Notifications(), d2.Log.Notifications())
	d3, i3 := seeded(2)
	require.NotEqual(t, d1.Dump(), d3.Dump())
	require.NotEqual(t, i1.Dump(), i3.Dump())
}

// What the seed is good for: it must hold every kind of thing that the bridge has rules about.
func TestTheSeedHasEverything(t *testing.T) {
	d, i := NewPair(Options{Now: func() time.Time { return noon.Add(7 * time.Hour) }})
	Seed(d, i, 1000, 1, noon)
	for desk, c := range map[string]struct {
		threads []Thread
		kinds   string
	}{
		"dashly": {d.Dump(), "reply_user reply_admin auto_reply note article chat_bot_admin chat_bot_user vote tag_added tag_deleted assigned closed final_closed delayed channel_changed service reply_django_user opened"},
		"intercom": {i.Dump(), "source comment note open close assignment assign_and_reopen snoozed unsnoozed conversation_tags_updated conversation_rating_changed " +
			"priority_changed note_and_unsnooze operator_workflow_event timer_unsnooze"},
	} {
		s := survey(c.threads)
		for kind := range strings.FieldsSeq(c.kinds) {
			require.Positive(t, s.kinds[kind], "%s has no %s", desk, kind)
		}
		require.InDelta(t, 500, len(c.threads), 5)
		require.InDelta(t, 0.1, float64(s.old)/float64(len(c.threads)), 0.05, desk)
		require.Positive(t, s.anonymous, desk)
		require.Positive(t, s.known, desk)
		require.Positive(t, s.files, desk)
		require.Positive(t, s.twins, "%s: equal texts in one second", desk)
		require.Positive(t, s.wordless, "%s: threads in which the customer never spoke", desk)
		require.Equal(t, 1, s.shortest)
		require.Greater(t, s.longest, 25)
		require.False(t, s.last.After(d.Now()), "%s: nothing happens in the future", desk)
	}
}

type counts struct {
	kinds                                         map[string]int
	old, anonymous, known, files, twins, wordless int
	shortest, longest                             int
	last                                          time.Time
}

func survey(threads []Thread) counts {
	s := counts{kinds: map[string]int{}, shortest: 1000}
	for _, t := range threads {
		spoke := false
		seen := map[string]bool{}
		for _, e := range t.Entries {
			s.kinds[e.Native]++
			s.files += len(e.Files)
			spoke = spoke || e.Side == stage.SideCustomer
			key := e.Side + e.Text + e.At.String()
			if e.Side == stage.SideCustomer && seen[key] {
				s.twins++
			}
			seen[key] = true
			if e.At.After(s.last) {
				s.last = e.At
			}
		}
		if !spoke {
			s.wordless++
		}
		if t.Entries[0].At.Before(noon) {
			s.old++
		}
		if strings.HasPrefix(t.Customer, "crm-") {
			s.known++
		} else {
			s.anonymous++
		}
		s.shortest, s.longest = min(s.shortest, len(t.Entries)), max(s.longest, len(t.Entries))
	}
	return s
}

func TestManyAtOnce(t *testing.T) {
	d, i := NewPair(Options{})
	Seed(d, i, 20, 3, time.Now().Add(-24*time.Hour))
	servers := []*httptest.Server{httptest.NewServer(d), httptest.NewServer(i)}
	defer servers[0].Close()
	defer servers[1].Close()
	before := len(d.Log.Requests())
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			desk, human := servers[n%2], Human(d.People())
			if n%2 == 1 {
				human = i.People()
			}
			conv, _ := human.Open(human.Customer(Customer{Own: fmt.Sprint("racer-", n)}), "go")
			for range 4 {
				human.Write(conv, "again")
				for _, path := range []string{"/conversations/" + conv, "/conversations/" + conv + "/parts", "/_sandbox/dump", "/_sandbox/log", "/conversations"} {
					req, err := http.NewRequest("GET", desk.URL+path, nil)
					if err != nil {
						panic(err)
					}
					req.Header.Set("Authorization", "Bearer t")
					resp, err := http.DefaultClient.Do(req)
					if err != nil {
						panic(err)
					}
					_ = resp.Body.Close()
				}
			}
		})
	}
	d.SetKnobs(func(k *dashly.Knobs) { k.LastUpdate = "everything" })
	i.Fail(func(*http.Request) Fault { return Fault{} })
	wg.Wait()
	require.Len(t, d.Log.Requests(), before+8*4*3, "calls to /_sandbox/ are no calls to the desk")
}

func TestTheClientWorksInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, i := NewPair(Options{})
		client := Client(d, i)
		for _, target := range []string{DashlyURL + "/v2/apps/$self_app/channels?auth_token=t", IntercomURL + "/me"} {
			req, err := http.NewRequest("GET", target, nil)
			require.NoError(t, err)
			req.Header.Set("Authorization", "Bearer t")
			resp, err := client.Do(req)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, http.StatusOK, resp.StatusCode)
			require.Equal(t, time.Now().UTC().Format(http.TimeFormat), resp.Header.Get("Date"))
		}
	})
}

func TestAClockThatIsWrong(t *testing.T) {
	d, _ := NewPair(Options{Now: func() time.Time { return noon }})
	d.SetKnobs(func(k *dashly.Knobs) { k.ClockSkew = stage.Duration(5 * time.Minute) })
	conv, _ := d.People().Open(d.People().Customer(Customer{}), "x")
	require.Equal(t, noon.Add(5*time.Minute), d.Dump()[0].Entries[0].At, conv)
}
