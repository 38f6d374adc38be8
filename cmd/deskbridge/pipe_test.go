package main

import (
	"bytes"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
)

// deafened runs the program as a process of its own, of which nobody reads the output that is named any more.
func deafened(t *testing.T, stream string, args ...string) (code int, said string) {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, r.Close())
	defer func() { _ = w.Close() }()
	self, err := os.Executable()
	require.NoError(t, err)
	var out, log bytes.Buffer
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Args = append([]string{"deskbridge"}, args...) // see TestMain
	cmd.Stdout, cmd.Stderr = &out, &log
	if stream == "stdout" {
		cmd.Stdout = w
	} else {
		cmd.Stderr = w
	}
	err = cmd.Run()
	require.NotNil(t, cmd.ProcessState, "%v", err)
	require.True(t, cmd.ProcessState.Exited(), "no signal may end it: %v", err)
	require.NotContains(t, log.String(), "panic")
	return cmd.ProcessState.ExitCode(), log.String()
}

// TestAReaderWhoGoesAway does not end a run in the middle; who asked for an object and cannot get it hears of a failure.
func TestAReaderWhoGoesAway(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"mapping"}, {"mapping", "--json"}, {"version", "--json"}, {"--version"}, {"--help"}, {"help", "sync"}, {"parked"}} {
		code, said := deafened(t, "stdout", args...)
		require.Equal(t, report.ExitFailed, code, args)
		require.Contains(t, said, "the output could not be written", args)
	}
	w := newWorld(t, 4, "1s")
	code, _ := deafened(t, "stderr", "sync", "--log-level", "trace", "--json", "--config", w.config)
	require.Equal(t, report.ExitDone, code)
	require.Zero(t, w.run(t, "sync").APICalls["intercom"].Write, "everything was written before")
	code, _ = deafened(t, "stdout", "sync", "--json", "--config", w.config)
	require.Equal(t, report.ExitFailed, code)
	code, _ = deafened(t, "stdout", "demo", "--conversations", "2")
	require.Equal(t, report.ExitFailed, code)
}
