package schedule

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAClockThatIsPutRight, ahead or back, while serve is at work: the turns come as far apart as before.
func TestAClockThatIsPutRight(t *testing.T) {
	for _, spec := range []string{"*/2 * * * *", "@every 2m"} {
		for _, wrong := range []time.Duration{10 * time.Hour, 90 * time.Second, -90 * time.Second, -10 * time.Hour} {
			t.Run(spec+" "+wrong.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					times, err := Parse(spec)
					require.NoError(t, err)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					var shift, passes atomic.Int64
					shift.Store(int64(wrong))
					go turns(ctx, times, func() time.Time { return time.Now().Add(time.Duration(shift.Load())).UTC() }, func() { passes.Add(1) })
					time.Sleep(20*time.Minute + time.Second)
					synctest.Wait()
					require.InDelta(t, 10, passes.Load(), 1)
					shift.Store(0)
					passes.Store(0)
					time.Sleep(time.Hour)
					synctest.Wait()
					require.InDelta(t, 30, passes.Load(), 2)
				})
			})
		}
	}
}
