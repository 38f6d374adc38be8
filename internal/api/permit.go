package api

import "context"

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
