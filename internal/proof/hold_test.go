package proof_test

import (
	"sync"
	"testing"
)

// hold makes the first call to a desk wait until release; held tells that it has come.
func (w *world) hold(t *testing.T) (release func(), held <-chan struct{}) {
	return w.holdAt(t, func(n int, _ call) bool { return n == 1 })
}

// holdAll makes every call to a desk wait until release.
func (w *world) holdAll(t *testing.T) (release func(), held <-chan struct{}) {
	return w.holdFrom(t, func(int, call) bool { return true })
}

// holdAt makes the first call that is wanted wait until release.
func (w *world) holdAt(t *testing.T, wanted func(n int, c call) bool) (release func(), held <-chan struct{}) {
	done := false
	return w.holdFrom(t, func(n int, c call) bool {
		if done || !wanted(n, c) {
			return false
		}
		done = true
		return true
	})
}

// holdFrom makes the calls that are wanted wait until release; held tells that the first of them has come.
func (w *world) holdFrom(t *testing.T, wanted func(n int, c call) bool) (release func(), held <-chan struct{}) {
	t.Helper()
	came, opened := make(chan struct{}), make(chan struct{})
	release = sync.OnceFunc(func() { close(opened) })
	t.Cleanup(release)
	come := sync.OnceFunc(func() { close(came) })
	w.gate.watch(func(n int, c call) deed {
		if !wanted(n, c) {
			return deed{}
		}
		come()
		return deed{before: func() bool {
			<-opened
			return true
		}}
	})
	return release, came
}
