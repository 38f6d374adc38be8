package proof_test

import (
	"sync"
	"testing"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// hold makes the first call to a desk wait until release; held tells that it has come.
func (w *world) hold(t *testing.T) (release func(), held <-chan struct{}) {
	return w.holdAt(t, func(n int, _ stage.Request) bool { return n == 1 })
}

// holdAt makes the first call that is wanted wait until release.
func (w *world) holdAt(t *testing.T, wanted func(n int, call stage.Request) bool) (release func(), held <-chan struct{}) {
	t.Helper()
	came, opened := make(chan struct{}), make(chan struct{})
	release = sync.OnceFunc(func() { close(opened) })
	t.Cleanup(release)
	done := false
	w.gate.watch(func(n int, call stage.Request) deed {
		if done || !wanted(n, call) {
			return deed{}
		}
		done = true
		close(came)
		return deed{before: func() bool {
			<-opened
			return true
		}}
	})
	return release, came
}
