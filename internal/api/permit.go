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
