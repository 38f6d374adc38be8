package api

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"time"
)

// LongestPause is the longest that a call waits before it leaves. A desk that wants to be left alone for longer makes
// calls fail as TryLater, with RetryAfter, and nothing is sent to it before.
const LongestPause = 2 * time.Minute

// CodeThrottled is the code of calls that did not leave because of that.
const CodeThrottled = "throttled"

// hold lets no call leave before a moment.
func (t *Transport) hold(until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if until.After(t.notBefore) {
		t.notBefore = until
	}
}

// wait returns when the next call may leave. One that would wait for longer than LongestPause does not leave at all.
func (t *Transport) wait(ctx context.Context, c Call) *Error {
	t.mu.Lock()
	until := t.notBefore
	t.mu.Unlock()
	d := time.Until(until)
	if d > LongestPause {
		return &Error{Class: TryLater, Desk: t.opts.Desk, Call: c.Name, Ref: c.Ref, Code: CodeThrottled, RetryAfter: d,
			Reason: "the desk wants no call before " + until.UTC().Format(time.RFC3339)}
	}
	if d > 0 && !sleep(ctx, d) {
		return t.fail(c, Stopped, cmp.Or(ctx.Err(), context.Canceled))
	}
	err := ctx.Err()
	if t.opts.Limiter != nil {
		err = t.opts.Limiter.Wait(ctx)
	}
	if err != nil {
		return t.fail(c, Stopped, err)
	}
	return nil
}

// untoldUnit is half of the longest first pause after a 429 that tells no time. Three pauses outlast a window of ten
// seconds.
const untoldUnit = 2500 * time.Millisecond

func (t *Transport) backoff(unit time.Duration, attempt int) time.Duration {
	d := unit << min(attempt, 6)
	return d/2 + t.opts.Jitter(d/2)
}

// sleep reports whether the time has passed: not when ctx ended or the caller was asked to stop before.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-stopOf(ctx):
	}
	return false
}

// longestRetry bounds what is believed of Retry-After: who has to wait longer asks again then.
const longestRetry = 24 * time.Hour

// RetryAfter reads Retry-After (seconds, or a date by the desk's clock) or X-RateLimit-Reset (unix seconds); 0 when there
// is neither.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	if v := h.Get("Retry-After"); v != "" {
		if n, err := strconv.ParseFloat(v, 64); err == nil && n >= 0 {
			return time.Duration(min(n, longestRetry.Seconds()) * float64(time.Second))
		}
		if at, err := http.ParseTime(v); err == nil {
			if desk, err := http.ParseTime(h.Get("Date")); err == nil {
				now = desk
			}
			return min(max(at.Sub(now), 0), longestRetry)
		}
	}
	if n, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
		return min(max(time.Unix(n, 0).Sub(now), 0), time.Minute)
	}
	return 0
}
