// Package schedule runs jobs at the times of a crontab, one of a kind at a time, until it is told to end.
package schedule

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/robfig/cron/v3"
	"github.com/rs/zerolog"
)

// Job is a piece of work with its times.
type Job struct {
	Name string // for the log: "sync", "sweep"
	Spec string // five fields of a crontab, or @hourly, @every 30m and the like; see Parse
	Do   func(ctx context.Context)
}

// Parse reads the times of a job: five fields (minute, hour, day, month, weekday) or a descriptor such as @daily. A
// zone inside the text is refused: it belongs to the schedule as a whole, and the parser of robfig/cron v3.0.1 panics
// on "TZ=UTC" with nothing behind it (its issue 470). Times that never come, such as 31 February, are refused too, and so is
// @every with less than a second, of which that parser makes a second.
func Parse(spec string) (s cron.Schedule, err error) {
	defer func() {
		if r := recover(); r != nil {
			s, err = nil, errors.New("it cannot be read")
		}
	}()
	if upper := strings.ToUpper(spec); strings.Contains(upper, "TZ=") {
		return nil, errors.New("it names a time zone")
	}
	if s, err = cron.ParseStandard(spec); err != nil {
		return nil, err
	}
	if text, ok := strings.CutPrefix(spec, "@every "); ok {
		if every, err := time.ParseDuration(text); err == nil && every < time.Second {
			return nil, errors.New("a second is the shortest that there is")
		}
	}
	// Next gives up after five years. Leap days are at most eight years apart.
	for from := 2096; from <= 2101; from += 5 {
		if !s.Next(time.Date(from, 3, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
			return s, nil
		}
	}
	return nil, errors.New("these times never come")
}

// Run does the jobs at their times in the given zone until ctx ends, then waits for those at work and returns nil. The
// jobs get ctx: it is theirs to end soon after it. A job whose previous turn is still at work misses its turn. A job
// that panics is logged and gets its next turn. Nothing runs before every spec has been read.
func Run(ctx context.Context, zone *time.Location, log zerolog.Logger, jobs ...Job) error {
	schedules := make([]cron.Schedule, len(jobs))
	for i, j := range jobs {
		var err error
		if schedules[i], err = Parse(j.Spec); err != nil {
			return fmt.Errorf("schedule of %s: %w", j.Name, err)
		}
	}
	var working sync.WaitGroup
	for i, j := range jobs {
		named := adapter{log.With().Str("job", j.Name).Logger()}
		job := cron.NewChain(cron.SkipIfStillRunning(named), recovered(named)).Then(cron.FuncJob(func() { j.Do(ctx) }))
		working.Go(func() {
			turns(ctx, schedules[i], func() time.Time { return time.Now().In(zone) }, func() { working.Go(job.Run) })
		})
	}
	working.Wait()
	return nil
}

// turns calls do at the times of a schedule until ctx ends. It looks at the clock once a minute at least, and when that was put
// back the next turn is the next one by the clock as it is: robfig/cron's own loop would wait until it has come there again.
func turns(ctx context.Context, times cron.Schedule, clock func() time.Time, do func()) {
	last := clock()
	next := times.Next(last)
	for {
		wait := time.Minute
		if !next.IsZero() { // else none in the next five years
			wait = min(wait, next.Sub(last))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		now := clock()
		due := !next.IsZero() && !now.Before(next)
		if due {
			do()
		}
		if due || next.IsZero() || now.Before(last) {
			next = times.Next(now)
		}
		last = now
	}
}

// recovered keeps the daemon alive over a job that panics. The value of the panic may hold what was being written, so
// only where it came from is logged. It stands inside SkipIfStillRunning, which would else keep its place for ever.
func recovered(log adapter) cron.JobWrapper {
	return func(j cron.Job) cron.Job {
		return cron.FuncJob(func() {
			defer func() {
				if r := recover(); r != nil {
					stack := make([]byte, 16<<10)
					stack = stack[:runtime.Stack(stack, false)]
					log.z.Error().Type("panic", r).Bytes("stack", stack).Msg("the job panicked; it gets its next turn")
				}
			}()
			j.Run()
		})
	}
}

// adapter tells a zerolog logger what SkipIfStillRunning says, which is only that it skips a turn.
type adapter struct{ z zerolog.Logger }

func (a adapter) Info(string, ...any) {
	a.z.Warn().Msg("the last turn is still at work: this one is skipped")
}

func (a adapter) Error(err error, msg string, kv ...any) {
	a.z.Error().Err(err).Fields(kv).Msg("scheduler: " + msg)
}
