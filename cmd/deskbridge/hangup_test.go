package main

import (
	"bufio"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
)

// process is the program as a process of its own.
type process struct {
	*exec.Cmd
	log *bufio.Scanner // of what it says
}

func start(t *testing.T, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	p := &process{Cmd: exec.CommandContext(t.Context(), self)}
	p.Args = append([]string{"deskbridge"}, args...) // see TestMain
	said, err := p.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, p.Start())
	p.log = bufio.NewScanner(said)
	return p
}

// says waits for a line.
func (p *process) says(t *testing.T, words string) {
	t.Helper()
	for p.log.Scan() {
		if strings.Contains(p.log.Text(), words) {
			return
		}
	}
	t.Fatalf("it ended without saying %q", words)
}

// ends gives the exit code; -1 when a signal ended it.
func (p *process) ends(t *testing.T) int {
	t.Helper()
	for p.log.Scan() {
	}
	_ = p.Wait()
	return p.ProcessState.ExitCode()
}

// TestAHangupEndsInOrder: a terminal that is closed ends a pass after the write in hand, but not what nohup started.
func TestAHangupEndsInOrder(t *testing.T) {
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGHUP) // the tests may have been started by nohup, whose children inherit that it is ignored
	t.Cleanup(func() { signal.Stop(heard) })
	w := newWorld(t, 2, "10m") // a new store: nothing is written for so long
	p := start(t, "sync", "--config", w.config)
	p.says(t, "new or unsure store")
	require.NoError(t, p.Process.Signal(syscall.SIGHUP))
	require.Equal(t, report.ExitStopped, p.ends(t))

	w = newWorld(t, 2, "1s")
	p = start(t, "serve", "--config", w.config)
	p.says(t, "pass ended")
	require.NoError(t, p.Process.Signal(syscall.SIGHUP))
	require.Equal(t, report.ExitDone, p.ends(t))

	signal.Ignore(syscall.SIGHUP)
	t.Cleanup(func() { signal.Reset(syscall.SIGHUP) })
	w.configure(t, `sync: {start: 2026-11-01T00:00:00Z, schedule: "@every 1s", sweep: "off"}`)
	p = start(t, "serve", "--config", w.config)
	p.says(t, "pass ended")
	require.NoError(t, p.Process.Signal(syscall.SIGHUP))
	p.says(t, "pass ended")
	p.says(t, "pass ended")
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	require.Equal(t, report.ExitDone, p.ends(t))
}
