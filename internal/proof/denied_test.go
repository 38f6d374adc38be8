package proof_test

import (
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// TestDenied: a token that a desk does not accept ends the run before anything is written, and says which one it is.
func TestDenied(t *testing.T) {
	t.Parallel()
	for _, desk := range []string{"dashly", "intercom"} {
		t.Run(desk, func(t *testing.T) {
			w := seeded(t, setup{forbidden: desk}, 4)
			p := w.command("sync").start(t)
			r := p.report(t)
			require.Equal(t, 1, r.ExitCode)
			require.Equal(t, report.Failed, r.Status)
			require.Equal(t, desk+".token", r.Error.Where)
			require.Empty(t, w.written())
			require.NotContains(t, p.stdout.String()+p.stderr.String(), "secret-of")
		})
	}
}

// TestDeniedInTheMiddle: a token that is revoked at a write ends the run there, and with a new one the next run completes.
func TestDeniedInTheMiddle(t *testing.T) {
	t.Parallel()
	want := seeded(t, setup{}, 6)
	want.sync(t)
	for _, desk := range []string{"dashly", "intercom"} {
		t.Run(desk, func(t *testing.T) {
			w := seeded(t, setup{workers: 1}, 6) // one after another, so that no other write is in hand
			var writesSoFar, revoked atomic.Int64
			refuse := func(r *http.Request) sandbox.Fault {
				call := stage.Request{Desk: desk, Method: r.Method, Path: r.URL.Path}
				if writes(call) && writesSoFar.Add(1) >= 3 {
					revoked.CompareAndSwap(0, int64(len(w.written())))
				}
				if revoked.Load() > 0 {
					return sandbox.Fault{Kind: stage.Refuse, Status: http.StatusUnauthorized}
				}
				return sandbox.Fault{}
			}
			fail := map[string]func(func(*http.Request) sandbox.Fault){"dashly": w.dashly.Fail, "intercom": w.intercom.Fail}[desk]
			fail(refuse)
			r := w.run(t, "sync")
			require.Contains(t, []int{1, 3}, r.ExitCode)
			require.Equal(t, desk+".token", r.Error.Where)
			require.NotZero(t, revoked.Load())
			require.Len(t, w.written(), int(revoked.Load())+1, "nothing is written after the refusal")

			fail(nil)
			w.sync(t)
			require.Equal(t, want.essence(), w.essence())
			require.Equal(t, want.told(), w.told())
			w.idle(t)
		})
	}
}
