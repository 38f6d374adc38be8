package dashly_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
)

// localDesk tells times as text without a zone, as clocks show them that are so far ahead of UTC.
type localDesk struct {
	ahead time.Duration
	at    []time.Time // when each conversation changed last, newest first
	deaf  bool        // positions mean nothing
	moves bool        // the newest changes with every call
	calls int
	blank int // the number of the call that is answered by an empty page
}

func (d *localDesk) client(t *testing.T) *apidashly.Client {
	t.Helper()
	c, err := apidashly.New(apidashly.Options{BaseURL: "https://desk.example", Token: token, MaxRate: 10, HTTP: &http.Client{Transport: roundTrip(d.answer)}})
	require.NoError(t, err)
	return c
}

func (d *localDesk) answer(r *http.Request) (*http.Response, error) {
	d.calls++
	if d.moves {
		d.at[0] = time.Now()
	}
	text := func(n int) string {
		at := d.at[n].UTC().Add(d.ahead).Format("2006-01-02T15:04:05")
		return fmt.Sprintf(`{"id":"%d","created":%q,"last_update":%q}`, n+1, at, at)
	}
	if strings.Contains(r.URL.Path, "/conversations/") {
		return reply(200, `{"meta":{"status":200},"data":`+text(0)+`}`), nil
	}
	before := []float64{float64(time.Now().Add(time.Hour).Unix()), 0}
	if s := r.URL.Query().Get("paginate_position"); s != "" && !d.deaf {
		if err := json.Unmarshal([]byte(s), &before); err != nil {
			return nil, err
		}
	}
	for n, at := range d.at {
		if d.calls != d.blank && float64(at.Unix()) < before[0] {
			return reply(200, `{"meta":{"status":200,"next_before_position":null},"data":[`+text(n)+`]}`), nil
		}
	}
	return reply(200, `{"meta":{"status":200,"next_before_position":null},"data":[]}`), nil
}

// TestAnEmptyPageMovesNoZone lets each of the calls that find the zone be answered once by a page that leaves the
// conversation out.
func TestAnEmptyPageMovesNoZone(t *testing.T) {
	for blank := 1; blank <= 14; blank++ {
		synctest.Test(t, func(t *testing.T) {
			d := &localDesk{ahead: 3 * time.Hour, at: []time.Time{time.Now().Add(-90 * time.Second).Truncate(time.Second), time.Now().Add(-90 * time.Minute)}, blank: blank}
			got, _, err := d.client(t).Conversation(t.Context(), "1")
			require.NoError(t, err)
			require.Equal(t, d.at[0].UTC(), got.LastUpdate.Time, blank)
		})
	}
}

func TestTheZoneOfTimesWithoutOne(t *testing.T) {
	for _, ahead := range []time.Duration{0, 3 * time.Hour, -12 * time.Hour, 14 * time.Hour, 5*time.Hour + 45*time.Minute, -(9*time.Hour + 30*time.Minute)} {
		synctest.Test(t, func(t *testing.T) {
			d := &localDesk{ahead: ahead, at: []time.Time{time.Now().Add(-90 * time.Second).Truncate(time.Second), time.Now().Add(-90 * time.Minute)}}
			c := d.client(t)
			for range 2 {
				got, _, err := c.Conversation(t.Context(), "1")
				require.NoError(t, err)
				require.Equal(t, d.at[0].UTC(), got.LastUpdate.Time, ahead)
				require.Equal(t, d.at[0].UTC(), got.Created.Time)
			}
			asked := d.calls
			require.LessOrEqual(t, asked, 14)

			time.Sleep(2 * time.Hour) // in between the clocks are changed
			d.ahead, d.at[0] = min(ahead+time.Hour, 14*time.Hour), time.Now()
			got, _, err := c.Conversation(t.Context(), "1")
			require.NoError(t, err)
			require.Equal(t, d.at[0].Unix(), got.LastUpdate.Unix())
		})
	}
}

func TestTheZoneOfADeskWhoseNewestChangesAllTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &localDesk{ahead: 3 * time.Hour, at: []time.Time{time.Now(), time.Now().Add(-20 * time.Minute).Truncate(time.Second)}, moves: true}
		got, _, err := d.client(t).Conversation(t.Context(), "1")
		require.NoError(t, err)
		require.WithinDuration(t, time.Now(), got.LastUpdate.Time, time.Minute)
	})
}

func TestAZoneThatNothingTellsIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &localDesk{ahead: 3 * time.Hour, at: []time.Time{time.Now()}, deaf: true}
		_, _, err := d.client(t).Conversation(t.Context(), "1")
		require.Equal(t, api.TryLater, api.ClassOf(err), "no time is believed: %v", err)
		require.ErrorContains(t, err, "without a zone")
	})
}
