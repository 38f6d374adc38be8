package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// TestStatusShowsWhoIsAtWork while a run is, and that one did not come to its end after it was killed.
func TestStatusShowsWhoIsAtWork(t *testing.T) {
	w := newWorld(t, 2, "1s")
	require.Equal(t, report.Done, w.run(t, "sync").Status)
	s := w.run(t, "status").State
	require.Nil(t, s.AtWork)
	require.False(t, s.Unfinished)

	asked := make(chan struct{})
	var once sync.Once
	w.dashly.Fail(func(*http.Request) sandbox.Fault {
		once.Do(func() { close(asked) })
		return sandbox.Fault{Kind: stage.HangBefore}
	})
	self, err := os.Executable()
	require.NoError(t, err)
	run := exec.CommandContext(t.Context(), self)
	run.Args = []string{"deskbridge", "sync", "--config", w.config} // see TestMain
	require.NoError(t, run.Start())
	<-asked
	s = w.run(t, "status").State
	host, err := os.Hostname()
	require.NoError(t, err)
	require.NotNil(t, s.AtWork)
	require.Equal(t, report.Worker{Since: s.AtWork.Since, Host: host, Process: run.Process.Pid}, *s.AtWork)
	require.False(t, s.Unfinished)
	require.Equal(t, report.ExitDone, w.tell("status"))
	require.Regexp(t, fmt.Sprintf(`(?m)^at work +since [-0-9T:]+Z on %s \(process %d\)$`, host, run.Process.Pid), w.stdout.String())

	require.NoError(t, run.Process.Kill())
	require.Error(t, run.Wait())
	s = w.run(t, "status").State
	require.Nil(t, s.AtWork)
	require.True(t, s.Unfinished)
	require.Equal(t, report.ExitDone, w.tell("status"))
	require.Regexp(t, `(?m)^unfinished +a run was killed, or failed`, w.stdout.String())
	w.dashly.Fail(nil)
	require.Equal(t, report.Done, w.run(t, "sync").Status)
	require.False(t, w.run(t, "status").State.Unfinished)
}
