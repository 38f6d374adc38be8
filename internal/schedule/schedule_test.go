package schedule_test

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/schedule"
)

func TestParse(t *testing.T) {
	for spec, want := range map[string]string{
		"*/2 * * * *":                "",
		"17 3 * * *":                 "",
		"@every 90s":                 "",
		"@every 1s":                  "",
		"@every 0s":                  "a second is the shortest that there is",
		"@every -5m":                 "a second is the shortest that there is",
		"@every 1ms":                 "a second is the shortest that there is",
		"@daily":                     "",
		"0 0 29 2 *":                 "",
		"TZ=UTC":                     "it names a time zone",
		"CRON_TZ=":                   "it names a time zone",
		"tz=UTC */2 * * * *":         "it names a time zone",
		"CRON_TZ=Asia/Tokyo 0 6 * *": "it names a time zone",
		"":                           "empty spec string",
		"61 * * * *":                 "end of range (61) above maximum (59): 61",
		"0 0 31 2 *":                 "these times never come",
		"@reboot":                    "unrecognized descriptor: @reboot",
		"* * * * * *":                "expected exactly 5 fields, found 6: [* * * * * *]",
	} {
		_, err := schedule.Parse(spec)
		if want == "" {
			require.NoError(t, err, spec)
			continue
		}
		require.EqualError(t, err, want, spec)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"TZ=UTC", "*/0 * * * *", "@every", "@every -1s", "1-0 * * * *", "? ? ? ? ?"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		if s, err := schedule.Parse(spec); err == nil {
			require.NotNil(t, s)
		}
	})
}

func TestJobsRunAtTheirTimesInTheirZone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // begins at midnight UTC, 2000-01-01
		tokyo := time.FixedZone("Tokyo", 9*60*60)
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Hour)
		defer cancel()
		var syncs int
		var sweeps []time.Time
		require.NoError(t, schedule.Run(ctx, tokyo, zerolog.Nop(),
			schedule.Job{Name: "sync", Spec: "*/2 * * * *", Do: func(context.Context) { syncs++ }},
			schedule.Job{Name: "sweep", Spec: "17 3 * * *", Do: func(context.Context) { sweeps = append(sweeps, time.Now().UTC()) }},
		))
		require.InDelta(t, 25*30, syncs, 1)
		require.Equal(t, []time.Time{time.Date(2000, 1, 1, 18, 17, 0, 0, time.UTC)}, sweeps)
	})
}

func TestALongJobMissesItsTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute+time.Second)
		defer cancel()
		var log bytes.Buffer
		var at, most, turns atomic.Int32
		require.NoError(t, schedule.Run(ctx, time.UTC, zerolog.New(zerolog.SyncWriter(&log)), schedule.Job{Name: "sync", Spec: "* * * * *", Do: func(context.Context) {
			turns.Add(1)
			most.Store(max(most.Load(), at.Add(1)))
			time.Sleep(150 * time.Second)
			at.Add(-1)
		}}))
		synctest.Wait() // the scheduler's own last line
		require.EqualValues(t, 1, most.Load())
		require.EqualValues(t, 4, turns.Load(), "minutes 1, 4, 7 and 10")
		require.Contains(t, log.String(), `"job":"sync"`)
		require.Contains(t, log.String(), "still at work")
	})
}

func TestAPanicDoesNotEndTheSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute+time.Second)
		defer cancel()
		var log bytes.Buffer
		turns := 0
		require.NoError(t, schedule.Run(ctx, time.UTC, zerolog.New(zerolog.SyncWriter(&log)), schedule.Job{Name: "sync", Spec: "* * * * *", Do: func(context.Context) {
			turns++
			panic("words of a customer")
		}}))
		synctest.Wait()
		require.Equal(t, 3, turns)
		require.Contains(t, log.String(), "TestAPanicDoesNotEndTheSchedule", "the stack tells where")
		require.NotContains(t, log.String(), "words of a customer")
	})
}

func TestTheEndWaitsForTheJobAtWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		finished := false
		require.NoError(t, schedule.Run(ctx, time.UTC, zerolog.Nop(), schedule.Job{Name: "sync", Spec: "* * * * *", Do: func(ctx context.Context) {
			<-ctx.Done()
			time.Sleep(20 * time.Second) // the write in hand
			finished = true
		}}))
		require.True(t, finished)
	})
}

func TestABadSpecRunsNothing(t *testing.T) {
	err := schedule.Run(t.Context(), time.UTC, zerolog.Nop(),
		schedule.Job{Name: "sync", Spec: "* * * * *", Do: func(context.Context) { t.Error("it ran") }},
		schedule.Job{Name: "sweep", Spec: "TZ=UTC"})
	require.EqualError(t, err, "schedule of sweep: it names a time zone")
}
