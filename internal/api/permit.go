package api

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
)

type permitKey struct{}

// WithPermit gives a context whose calls ask may right before each request leaves: after every wait for a turn, for the
// pace and between repetitions. An error of may keeps the request back; it is then the cause of an *Error of class
// Stopped. What an outer context asks is asked first.
func WithPermit(ctx context.Context, may func() error) context.Context {
	outer, _ := ctx.Value(permitKey{}).(func() error)
	return context.WithValue(ctx, permitKey{}, func() error {
		if outer != nil {
			if err := outer(); err != nil {
				return err
			}
		}
		return may()
	})
}

func permitted(ctx context.Context) error {
	if may, ok := ctx.Value(permitKey{}).(func() error); ok {
		return may()
	}
	return nil
}

type stopKey struct{}

// WithStop gives a context whose calls do not wait (for the end of a throttling, or before a repetition) once stop is
// closed: they fail as Stopped and are not sent. A call that need not wait, or is under way, is not touched.
func WithStop(ctx context.Context, stop <-chan struct{}) context.Context {
	return context.WithValue(ctx, stopKey{}, stop)
}

// stopOf is nil, which never comes, where nobody may ask to stop.
func stopOf(ctx context.Context) <-chan struct{} {
	stop, _ := ctx.Value(stopKey{}).(<-chan struct{})
	return stop
}

func askedToStop(ctx context.Context) bool {
	select {
	case <-stopOf(ctx):
		return true
	default:
		return false
	}
}

// guarded gives a context for one request that asks the permit once more when the request has its connection: to get one
// may have taken long, and net/http may do it again. A refusal, which why tells, ends the context. end is called when
// the answer was read.
func guarded(ctx context.Context) (_ context.Context, why func() error, end func()) {
	ctx, cancel := context.WithCancel(ctx)
	var refused atomic.Pointer[error]
	why = func() error {
		if err := refused.Load(); err != nil {
			return *err
		}
		return nil
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		if err := permitted(ctx); err != nil {
			refused.Store(&err)
			cancel()
			if !multiplexed(got.Conn) {
				_ = got.Conn.Close() // so that nothing can leave on it
			}
		}
	}}), why, cancel
}
