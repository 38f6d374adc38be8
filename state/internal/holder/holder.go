// Package holder tells who takes a lease and whether the process that has one is still there.
package holder

import (
	"crypto/rand"
	"time"

	"github.com/deskbridge/deskbridge/state"
)

// New describes the calling process as a holder with a fresh random token.
func New() state.Holder {
	h := self()
	h.Token = rand.Text()
	h.Since = time.Now().UTC()
	return h
}

// Gone reports whether the holder was a process of this host that certainly does not run any more. In doubt, which
// includes every other host, container and boot, it is false: such a lease has to run out.
func Gone(h state.Holder) bool {
	me := self()
	if me.Started == 0 || h.Started == 0 || h.PID <= 0 || h.Host != me.Host {
		return false
	}
	return !running(h.PID, h.Started)
}
