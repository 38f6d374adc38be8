package sqlite_test

import (
	"database/sql"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/sqlite"
)

func TestOpenTellsWhy(t *testing.T) {
	other := func(t *testing.T, path, do string) {
		db, err := sql.Open("sqlite", path)
		require.NoError(t, err)
		_, err = db.Exec(do)
		require.NoError(t, err)
		require.NoError(t, db.Close())
	}
	for name, c := range map[string]struct {
		prepare func(t *testing.T, path string) string
		says    string
	}{
		"directory missing": {
			func(_ *testing.T, path string) string { return filepath.Join(path, "state.db") },
			"its directory does not exist",
		},
		"directory is a file": {
			func(t *testing.T, path string) string {
				require.NoError(t, os.WriteFile(path, nil, 0o600))
				return filepath.Join(path, "state.db")
			},
			"what should be its directory is a file",
		},
		"a directory": {
			func(t *testing.T, path string) string { require.NoError(t, os.Mkdir(path, 0o700)); return path },
			"it is not a file",
		},
		"not a database": {
			func(t *testing.T, path string) string {
				require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("version: 1\n", 100)), 0o600))
				return path
			},
			"it is not a database",
		},
		"of another program": {
			func(t *testing.T, path string) string { other(t, path, `CREATE TABLE t (a)`); return path },
			"it is the database of another program",
		},
		"newer": {
			func(t *testing.T, path string) string {
				s, err := sqlite.Open(t.Context(), path, "main")
				require.NoError(t, err)
				require.NoError(t, s.Close())
				other(t, path, `PRAGMA user_version = 7`)
				return path
			},
			"it was written by a newer deskbridge (schema 7, this one knows 1)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := c.prepare(t, filepath.Join(t.TempDir(), "state.db"))
			before, _ := os.ReadFile(path)
			_, err := sqlite.Open(t.Context(), path, "main")
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, path)
			require.NotContains(t, err.Error(), "\n")
			_, err = sqlite.OpenReadOnly(t.Context(), path, "main")
			require.ErrorContains(t, err, c.says)
			after, _ := os.ReadFile(path)
			require.Equal(t, before, after, "what is not ours stays as it is")
		})
	}
	t.Run("no name", func(t *testing.T) {
		_, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), "")
		require.ErrorContains(t, err, "has no name")
	})
}

func TestDiskFull(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), "main")
	require.NoError(t, err)
	defer func() { _ = s.Close() }()
	l, err := s.Acquire(t.Context(), "dashly:1", time.Hour)
	require.NoError(t, err)
	require.NoError(t, s.LimitPages(t.Context()))

	err = s.Commit(t.Context(), l, "dashly:1", state.Change{Put: map[string][]byte{"a": nil, "b": make([]byte, 1<<20)}})
	require.ErrorContains(t, err, "commit dashly:1: the disk is full")
	got, err := s.Load(t.Context(), "dashly:1")
	require.NoError(t, err)
	require.Empty(t, got, "one that failed is absent")
}

func TestOnlyItsOwnerMayRead(t *testing.T) {
	dir := t.TempDir()
	s, err := sqlite.Open(t.Context(), filepath.Join(dir, "state.db"), "main")
	require.NoError(t, err)
	defer func() { _ = s.Close() }()
	require.True(t, s.Durable(t.Context()))
	_, err = s.Acquire(t.Context(), "run", time.Hour)
	require.NoError(t, err)
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 3, "file, log, shared memory")
	for _, f := range files {
		i, err := f.Info()
		require.NoError(t, err)
		require.Equal(t, fs.FileMode(0o600), i.Mode().Perm(), f.Name())
	}
}

func TestReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	_, err := sqlite.OpenReadOnly(t.Context(), path, "main")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "nothing has been stored yet")
	require.NoFileExists(t, path)

	require.NoError(t, os.WriteFile(path, nil, 0o600)) // a process that makes one has come so far
	_, err = sqlite.OpenReadOnly(t.Context(), path, "main")
	require.ErrorContains(t, err, "nothing has been stored yet")

	w, err := sqlite.Open(t.Context(), path, "main")
	require.NoError(t, err)
	l, err := w.Acquire(t.Context(), "dashly:1", time.Hour)
	require.NoError(t, err)
	put := func(v string) {
		require.NoError(t, w.Commit(t.Context(), l, "dashly:1", state.Change{Put: map[string][]byte{"a": []byte(v)}, Agenda: &state.Item{}}))
	}
	put("1")

	r, err := sqlite.OpenReadOnly(t.Context(), path, "main")
	require.NoError(t, err)
	defer func() { _ = r.Close() }()
	for _, v := range []string{"2", "3"} { // it sees what is written beside it
		put(v)
		got, err := r.Load(t.Context(), "dashly:1")
		require.NoError(t, err)
		require.Equal(t, v, string(got["a"]))
	}
	_, err = r.Acquire(t.Context(), "run", time.Hour)
	require.ErrorContains(t, err, "for reading only")
	_, err = r.Reschedule(t.Context(), "dashly:1", time.Now())
	require.ErrorContains(t, err, "for reading only")
	require.ErrorContains(t, r.Commit(t.Context(), l, "dashly:1", state.Change{}), "for reading only")

	require.NoError(t, r.Close())
	require.NoError(t, w.Close())
	r, err = sqlite.OpenReadOnly(t.Context(), path, "main") // nobody else has it open
	require.NoError(t, err)
	got, err := r.Load(t.Context(), "dashly:1")
	require.NoError(t, err)
	require.Equal(t, "3", string(got["a"]))
	require.NoError(t, r.Close())
}

func TestManyMakeTheFileAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	const many = 6
	failed := make(chan error, 2*many)
	var all sync.WaitGroup
	for range many {
		all.Go(func() {
			s, err := sqlite.Open(t.Context(), path, "main")
			failed <- err
			if err == nil {
				failed <- s.Close()
			}
		})
	}
	all.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
}

func TestFileTakenAway(t *testing.T) {
	for name, away := range map[string]func(t *testing.T, path string){
		"removed":  func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) },
		"replaced": func(t *testing.T, path string) { require.NoError(t, os.Rename(path+".other", path)) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.db")
			require.NoError(t, os.WriteFile(path+".other", nil, 0o600))
			s, err := sqlite.Open(t.Context(), path, "main")
			require.NoError(t, err)
			defer func() { _ = s.Close() }()
			l, err := s.Acquire(t.Context(), "run", time.Hour)
			require.NoError(t, err)
			away(t, path)
			require.ErrorContains(t, s.Put(t.Context(), l, "cursor", nil), "removed or replaced while it was in use")
		})
	}
}

func TestViews(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s, err := sqlite.Open(t.Context(), path, "main")
	require.NoError(t, err)
	defer func() { _ = s.Close() }()
	l, err := s.Acquire(t.Context(), "dashly:1", time.Hour)
	require.NoError(t, err)
	require.NoError(t, s.Commit(t.Context(), l, "dashly:1", state.Change{
		Put:    map[string][]byte{"head": []byte(`{"a":1}`)},
		Index:  []mapping.Ref{{Desk: "intercom", ID: "9"}, {Desk: "dashly", ID: "1"}},
		Agenda: &state.Item{Parked: true, Reason: "rate_limited", RetryAt: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)},
	}))
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	for query, want := range map[string]string{
		`SELECT origin || ' ' || twin FROM twins`:                                      "dashly:1 intercom:9",
		`SELECT value ->> 'a' FROM ledgers WHERE pair = 'dashly:1'`:                    "1",
		`SELECT state || ' ' || reason || ' ' || retry_at FROM unfinished`:             "parked rate_limited 2026-11-01T00:00:00Z",
		`SELECT lease || ' ' || fence FROM holders WHERE pid > 0 AND expires > '2020'`: "dashly:1 1",
	} {
		var got string
		require.NoError(t, db.QueryRow(query).Scan(&got), query)
		require.Equal(t, want, got)
	}
}

func TestLeaseRunsOutToTheMillisecond(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	synctest.Test(t, func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), path, "main")
		require.NoError(t, err)
		defer func() { _ = s.Close() }()
		l, err := s.Acquire(t.Context(), "run", 10*time.Second)
		require.NoError(t, err)
		time.Sleep(10*time.Second - time.Millisecond)
		require.NoError(t, s.Put(t.Context(), l, "cursor", nil))
		_, err = s.Acquire(t.Context(), "run", 10*time.Second)
		require.ErrorAs(t, err, new(*state.HeldError))
		time.Sleep(time.Millisecond)
		require.ErrorIs(t, s.Put(t.Context(), l, "cursor", nil), state.ErrLost)
		_, err = s.Renew(t.Context(), l)
		require.ErrorIs(t, err, state.ErrLost)
		_, err = s.Acquire(t.Context(), "run", 10*time.Second)
		require.NoError(t, err)
	})
}

func TestClockPutBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s, err := sqlite.Open(t.Context(), path, "main") // by the clock of the world: a quarter of a century ahead
	require.NoError(t, err)
	_, err = s.Acquire(t.Context(), "run", 10*time.Second)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	synctest.Test(t, func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), path, "main")
		require.NoError(t, err)
		defer func() { _ = s.Close() }()
		_, err = s.Acquire(t.Context(), "run", 10*time.Second)
		require.ErrorAs(t, err, new(*state.HeldError))
		time.Sleep(10 * time.Second)
		_, err = s.Acquire(t.Context(), "run", 10*time.Second)
		require.NoError(t, err)
	})
}
