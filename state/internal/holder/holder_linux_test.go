package holder_test

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/internal/holder"
)

func TestGone(t *testing.T) {
	me := holder.New()
	require.Equal(t, os.Getpid(), me.PID)
	require.NotZero(t, me.Started)

	child := exec.Command("true")
	require.NoError(t, child.Run())

	for name, c := range map[string]struct {
		change func(*state.Holder)
		gone   bool
	}{
		"living process":           {func(*state.Holder) {}, false},
		"process that has ended":   {func(h *state.Holder) { h.PID = child.Process.Pid }, true},
		"number is in use again":   {func(h *state.Holder) { h.Started-- }, true},
		"another host":             {func(h *state.Holder) { h.Host, h.PID = "elsewhere", child.Process.Pid }, false},
		"beginning is not known":   {func(h *state.Holder) { h.Started, h.PID = 0, child.Process.Pid }, false},
		"no process":               {func(h *state.Holder) { h.PID = 0 }, false},
		"a group of processes":     {func(h *state.Holder) { h.PID = -child.Process.Pid }, false},
		"process of somebody else": {func(h *state.Holder) { h.PID = 1 }, true}, // began at another tick than we
	} {
		t.Run(name, func(t *testing.T) {
			h := me
			c.change(&h)
			require.Equal(t, c.gone, holder.Gone(h))
		})
	}
}

func TestGoneWhileNobodyWaitsForIt(t *testing.T) {
	child := exec.Command("cat")
	in, err := child.StdinPipe()
	require.NoError(t, err)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	t.Cleanup(func() { _ = child.Wait() })

	h := holder.New()
	h.PID = child.Process.Pid
	h.Started = holder.StartOf(h.PID)
	require.False(t, holder.Gone(h))

	require.NoError(t, in.Close())
	_, err = out.Read(make([]byte, 1)) // its end closes the pipe, but it stays in the table until Wait
	require.Error(t, err)
	require.Eventually(t, func() bool { return holder.Gone(h) }, 5*time.Second, time.Millisecond)
}

func TestTokensDiffer(t *testing.T) {
	require.NotEqual(t, holder.New().Token, holder.New().Token)
}
