package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/state/sqlite"
)

// tell runs the program for a person and gives its exit code; what it says is in stdout and stderr.
func (w *world) tell(args ...string) int {
	w.stdout.reset()
	w.stderr.reset()
	m := Main{Stdout: &w.stdout, Stderr: &w.stderr, Env: os.LookupEnv, Signals: w.signals, Exit: func(code int) { w.exited <- code }}
	return m.Run(context.Background(), append(args, "--config", w.config))
}

// overwrite damages a table of the store in its first page.
func (w *world) overwrite(t *testing.T, table string) {
	t.Helper()
	path := filepath.Join(w.dir, "deskbridge.db")
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	var root, size int64
	require.NoError(t, db.QueryRow(`SELECT rootpage FROM sqlite_schema WHERE name = ?`, table).Scan(&root))
	require.NoError(t, db.QueryRow(`PRAGMA page_size`).Scan(&size))
	_, err = db.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteAt(make([]byte, size), (root-1)*size)
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

// TestADamagedStore is told in one line, with what to do, by whatever command meets it; the preview of a rebuild, too.
func TestADamagedStore(t *testing.T) {
	for _, table := range []string{"record", "conversation", "agenda"} {
		t.Run(table, func(t *testing.T) {
			w := newWorld(t, 4, "1s")
			require.Equal(t, report.Done, w.run(t, "sync").Status)
			w.overwrite(t, table)
			for _, args := range [][]string{{"sync"}, {"sync", "--sweep"}, {"state", "rebuild"}, {"state", "rebuild", "--yes"}} {
				require.Equal(t, report.ExitFailed, w.tell(args...), args)
				require.Regexp(t, `^deskbridge: [^\n]*the file is damaged: [^\n]*: move it away with its -wal and -shm and run again, see "Losing it" in docs/operating.md\n$`, w.stderr.String(), args)
				require.Empty(t, w.stdout.String(), args)
			}
		})
	}
}

// TestARunThatDidNothingPrintsNoTable: what there is to say stands on stderr.
func TestARunThatDidNothingPrintsNoTable(t *testing.T) {
	w := newWorld(t, 1, "1s")
	require.Equal(t, report.ExitDone, w.tell("sync"))
	require.Contains(t, w.stdout.String(), "No message was delivered to a customer.")

	store, err := sqlite.Open(t.Context(), filepath.Join(w.dir, "deskbridge.db"), "main")
	require.NoError(t, err)
	defer store.Close()
	lease, err := store.Acquire(t.Context(), "run", time.Hour)
	require.NoError(t, err)
	require.Equal(t, report.ExitLocked, w.tell("sync"))
	require.Empty(t, w.stdout.String())
	host, err := os.Hostname()
	require.NoError(t, err)
	require.Regexp(t, `^deskbridge: lease run is held by another process \(`+host+`, process [0-9]+, since [-0-9T:]+Z\): wait until it has ended, or stop it\n$`, w.stderr.String())
	require.NoError(t, store.Release(t.Context(), lease))

	w.dashly.Fail(func(*http.Request) sandbox.Fault { return sandbox.Fault{Kind: stage.Refuse, Status: 401} })
	for _, args := range [][]string{{"sync"}, {"plan"}, {"state", "rebuild"}} {
		require.Equal(t, report.ExitFailed, w.tell(args...))
		require.Empty(t, w.stdout.String(), args)
		require.Contains(t, w.stderr.String(), "dashly.token")
	}
}

// TestListsAreNeverMissing: an empty one is [], so that a reader need not ask whether it is there.
func TestListsAreNeverMissing(t *testing.T) {
	w := newWorld(t, 0, "1s")
	for field, args := range map[string][]string{"parked": {"parked", "list"}, "operations": {"plan"}} {
		w.run(t, args...)
		var object map[string]any
		require.NoError(t, json.Unmarshal([]byte(w.stdout.String()), &object))
		require.Equal(t, []any{}, object[field], args)
	}
	w.run(t, "sync")
	require.NotContains(t, w.stdout.String(), `"operations"`, "it is not about them")
}

// TestWaitsAreWrittenAlike in every line of the log, with their unit.
func TestWaitsAreWrittenAlike(t *testing.T) {
	w := newWorld(t, 4, "1s")
	var once sync.Once
	w.intercom.Fail(func(r *http.Request) (f sandbox.Fault) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/reply") {
			once.Do(func() { f = sandbox.Fault{Kind: stage.CutBefore} })
		}
		return f
	})
	require.Equal(t, report.Done, w.run(t, "sync").Status)
	require.Contains(t, w.stderr.String(), "waiting until unresolved writes have settled")
	require.NotRegexp(t, `"wait":[0-9]`, w.stderr.String())
	require.Regexp(t, `"wait":"[0-9]+s"`, w.stderr.String())
}

// TestDebugShowsEveryCall, once each, without a parameter.
func TestDebugShowsEveryCall(t *testing.T) {
	w := newWorld(t, 2, "1s")
	r := w.run(t, "sync", "--log-level", "debug")
	calls := 0
	for _, c := range r.APICalls {
		calls += c.Read + c.Write
	}
	lines := regexp.MustCompile(`"desk":"(dashly|intercom)","method":"[A-Z]+","path":"/[^"?]*","status":[2-5][0-9]{2},"took_ms":[0-9]+,"try":[1-4],.*"message":"API call"`)
	require.Len(t, lines.FindAllString(w.stderr.String(), -1), calls)
}
