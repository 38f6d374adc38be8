package proof_test

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
)

// takeoverWithin is the promise to a standby on another host, with the lease as it is by default.
const takeoverWithin = 15 * time.Second

// places are where a holder may run, and whether others on this host can know that it has died.
var places = map[string]struct {
	apart uintptr // name spaces of its own
	near  bool
}{
	"this host":         {0, true},
	"another host":      {syscall.CLONE_NEWUTS, false},
	"another container": {syscall.CLONE_NEWPID, false},
}

// TestTakeover kills a holder in the midst of a pass. On its own host the next run works at once, however long the lease
// is. For one of another host, with another host name, or of a container that counts its processes anew, the lease has
// to run out: a standby works within 15 s.
func TestTakeover(t *testing.T) {
	for name, store := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fresh := store(t)
			want := seeded(t, setup{state: fresh()}, 4)
			want.gate.watch(nil)
			want.sync(t)
			half := want.gate.count() / 2
			for place, at := range places {
				t.Run(place, func(t *testing.T) {
					t.Parallel()
					separable(t, at.apart)
					s := setup{state: fresh()}
					if at.near {
						s.lease = time.Hour
					}
					w := seeded(t, s, 4)
					holder := w.command("sync").apart(at.apart)
					w.gate.strike(blow{call: half, write: true, when: "served"}, holder, fell(holder))
					require.Negative(t, holder.start(t).wait(t), holder.stderr.String())
					died := time.Now()
					w.gate.watch(nil)
					if at.near {
						w.sync(t)
					} else {
						w.standIn(t, want, died)
					}
					require.Equal(t, want.essence(), w.essence())
					require.Equal(t, want.told(), w.told())
					w.idle(t)
				})
			}
		})
	}
}

// standIn lets a daemon wait for the lease of a holder that nobody here can know to be dead.
func (w *world) standIn(t *testing.T, want *world, died time.Time) {
	t.Helper()
	r := w.run(t, "sync")
	require.Equal(t, report.ExitLocked, r.ExitCode)
	require.Equal(t, "locked", r.Error.Code)
	standby := w.command("serve").start(t)
	eventually(t, "it does not take over", func() bool { return w.gate.count() > 0 })
	took := w.gate.seen()[0].At.Sub(died)
	require.Less(t, took, takeoverWithin)
	t.Logf("taken over after %v", took.Round(100*time.Millisecond))
	eventually(t, "it does not finish", func() bool { return len(w.essence()) == len(want.essence()) })
	w.quietPasses(t, 2)
	standby.signal(t, syscall.SIGTERM)
	require.Zero(t, standby.wait(t), standby.stderr.String())
	w.sync(t) // what the daemon left for its next pass
}

// apart makes the process run in name spaces of its own; with CLONE_NEWUTS under another host name.
func (p *process) apart(spaces uintptr) *process {
	if spaces == 0 {
		return p
	}
	if spaces&syscall.CLONE_NEWUTS != 0 {
		args := append([]string{"sh", "-c", `hostname elsewhere && exec "$0" "$@"`}, p.cmd.Args...)
		p.cmd.Path, p.cmd.Args = "/bin/sh", args
	}
	p.cmd.SysProcAttr = separate(spaces)
	return p
}

func separate(spaces uintptr) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Cloneflags: spaces}
	if os.Getuid() != 0 {
		a.Cloneflags |= syscall.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
	}
	return a
}

// separable skips where this machine does not let the test make name spaces, unless they are required.
func separable(t *testing.T, spaces uintptr) {
	t.Helper()
	if spaces == 0 {
		return
	}
	probe := exec.Command("/bin/true")
	probe.SysProcAttr = separate(spaces)
	err := probe.Run()
	if err != nil && os.Getenv("DESKBRIDGE_TEST_HOSTS") == "required" {
		require.NoError(t, err, "DESKBRIDGE_TEST_HOSTS=required")
	}
	if err != nil {
		t.Skip("no name spaces here: ", err)
	}
}
