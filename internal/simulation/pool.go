package simulation

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
)

// Each does n independent pieces of work, as many at a time as there are processors, and ends early after a failure.
// A piece runs many scenarios in a row if it likes; do gets the test that its bubbles and its failures belong to. The
// pieces are done by a few subtests, because a subtest for each would cost more than the runs.
func Each(t *testing.T, n int, do func(t *testing.T, i int)) {
	t.Helper()
	var next atomic.Int64
	t.Run("all", func(t *testing.T) {
		for p := range min(n, runtime.GOMAXPROCS(0)) {
			t.Run(fmt.Sprint(p), func(t *testing.T) {
				t.Parallel()
				defer func() {
					if t.Failed() {
						next.Store(int64(n))
					}
				}()
				for i := next.Add(1) - 1; i < int64(n) && !t.Failed(); i = next.Add(1) - 1 {
					do(t, int(i))
				}
			})
		}
	})
}
