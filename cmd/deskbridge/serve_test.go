package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/state/sqlite"
)

// TestAStandbySaysSo once when it begins to leave the work to another process, and once when it takes it up.
func TestAStandbySaysSo(t *testing.T) {
	w := newWorld(t, 0, "1s")
	text, err := os.ReadFile(w.config)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(w.config, []byte(strings.Replace(string(text), "sync: {", `sync: {schedule: "@every 1s", `, 1)), 0o600))
	store, err := sqlite.Open(t.Context(), filepath.Join(w.dir, "deskbridge.db"), "main")
	require.NoError(t, err)
	defer store.Close()
	lease, err := store.Acquire(t.Context(), "run", time.Hour)
	require.NoError(t, err)

	ended := make(chan int)
	m := Main{Stdout: &w.stdout, Stderr: &w.stderr, Env: os.LookupEnv, Signals: w.signals, Exit: func(int) {}}
	go func() {
		ended <- m.Run(context.Background(), []string{"serve", "--log-level", "debug", "--config", w.config})
	}()
	says := func(words string, times int) func() bool {
		return func() bool { return strings.Count(w.stderr.String(), words) >= times }
	}
	require.Eventually(t, says(`"status":"locked"`, 2), 20*time.Second, 10*time.Millisecond)
	require.Equal(t, 1, strings.Count(w.stderr.String(), "standing by"), "not at every pass")
	require.Regexp(t, `"level":"info","error":"lease run is held by [^"]*","time":"[^"]*","message":"standing by`, w.stderr.String())
	require.NoError(t, store.Release(t.Context(), lease))
	require.Eventually(t, says("no longer standing by", 1), 20*time.Second, 10*time.Millisecond)
	w.signals <- syscall.SIGTERM
	require.Equal(t, report.ExitDone, <-ended)
}
