package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed schema/*.sql
var schema embed.FS

// applicationID marks a file as ours in its header: "db1" and a zero.
const applicationID = 'd'<<24 | 'b'<<16 | '1'<<8

// patience is how long a writer waits for another process, in milliseconds. Reading never waits.
const patience = 5000

func open(ctx context.Context, path, name string) (*Store, error) {
	path, err := locate(path, name)
	if err != nil {
		return nil, err
	}
	if err := create(path); err != nil {
		return nil, err
	}
	s := &Store{path: path, name: name}
	if s.file, err = os.Stat(path); err != nil {
		return nil, err
	}
	s.writer, err = sql.Open("sqlite", dsn(path, "rw")+"&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	s.writer.SetMaxOpenConns(1)
	s.reader, err = sql.Open("sqlite", dsn(path, "rw")+"&_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(err, s.writer.Close())
	}
	s.reader.SetMaxOpenConns(4)
	// It looks before it touches: another program's database stays as it is.
	if _, err = version(ctx, s.reader); err == nil {
		err = migrate(ctx, s.writer)
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func openReadOnly(ctx context.Context, path, name string) (*Store, error) {
	path, err := locate(path, name)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, name: name}
	s.file, err = os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("nothing has been stored yet: %w", fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	s.reader, err = sql.Open("sqlite", dsn(path, "ro")+"&_pragma=query_only(1)")
	if err != nil {
		return nil, err
	}
	s.reader.SetMaxOpenConns(4)
	have, err := version(ctx, s.reader)
	if err == nil && have == 0 {
		err = fmt.Errorf("nothing has been stored yet: %w", fs.ErrNotExist)
	}
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// creatable finds out whether a file that is not there can be made, by making another one beside it for a moment.
func creatable(path, name string) error {
	path, err := locate(path, name)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".deskbridge-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func locate(path, name string) (string, error) {
	if name == "" {
		return "", errors.New("the configuration has no name")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	switch dir, err := os.Stat(filepath.Dir(path)); {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("its directory does not exist: %w", fs.ErrNotExist)
	case err != nil:
		return "", err
	case !dir.IsDir():
		return "", errors.New("what should be its directory is a file")
	}
	if file, err := os.Stat(path); err == nil && !file.Mode().IsRegular() {
		return "", errors.New("it is not a file")
	}
	return path, nil
}

// creating keeps a second store of this process from opening the file before create has closed it: closing any
// descriptor of a file drops all the locks that the process has on it (fcntl(2)).
var creating sync.Mutex

// create makes an empty file that only its owner may read; SQLite gives its companions the same mode. A file that is
// there already is not touched.
func create(path string) error {
	creating.Lock()
	defer creating.Unlock()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	// The name has to survive a loss of power as much as the content. Where a directory cannot be synced there is
	// nothing that could be done about it.
	_ = dir.Sync()
	return dir.Close()
}

func dsn(path, mode string) string {
	u := url.URL{Path: filepath.ToSlash(path)}
	return "file:" + u.EscapedPath() + "?mode=" + mode +
		"&_pragma=busy_timeout(" + strconv.Itoa(patience) + ")&_pragma=synchronous(FULL)"
}

// version reads the schema of the file, 0 for an empty one. It is an error when the file is another program's, or was
// written by a later version of this one.
func version(ctx context.Context, db *sql.DB) (int, error) {
	tx, err := db.BeginTx(ctx, nil) // all three numbers of one moment: another process may be making the file
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback() }()
	var app, have, tables int
	for _, q := range []struct {
		query string
		into  *int
	}{
		{`PRAGMA application_id`, &app},
		{`PRAGMA user_version`, &have},
		{`SELECT count(*) FROM sqlite_schema`, &tables},
	} {
		if err := tx.QueryRowContext(ctx, q.query).Scan(q.into); err != nil {
			return 0, err
		}
	}
	if app == 0 && have == 0 && tables == 0 {
		return 0, nil
	}
	if app != applicationID {
		return 0, errors.New("it is the database of another program: name another file in state.url, or move this one away with its -wal and -shm, and run again")
	}
	steps, err := migrations()
	if err != nil {
		return 0, err
	}
	return have, tooNew(have, len(steps))
}

func tooNew(have, known int) error {
	if have > known {
		return fmt.Errorf("it was written by a newer deskbridge (schema %d, this one knows %d)", have, known)
	}
	return nil
}

// migrations gives the numbered scripts; the first brings an empty file to schema 1.
func migrations() ([]string, error) {
	files, err := fs.Glob(schema, "schema/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	var steps []string
	for i, f := range files {
		if !strings.HasPrefix(filepath.Base(f), fmt.Sprintf("%04d_", i+1)) {
			return nil, fmt.Errorf("schema script %s is out of order", f)
		}
		text, err := schema.ReadFile(f)
		if err != nil {
			return nil, err
		}
		steps = append(steps, string(text))
	}
	return steps, nil
}

// migrate brings the file to the present schema, whole or not at all.
func migrate(ctx context.Context, db *sql.DB) error {
	if err := writeAhead(ctx, db); err != nil {
		return err
	}
	steps, err := migrations()
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	var have int
	if err := tx.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&have); err != nil {
		return err
	}
	if err := tooNew(have, len(steps)); err != nil { // another process may have been quicker
		return err
	}
	for n := have; n < len(steps); n++ {
		if _, err := tx.ExecContext(ctx, steps[n]); err != nil {
			return fmt.Errorf("schema %d: %w", n+1, err)
		}
	}
	// Written also when nothing changes: a file that cannot be written, or a full disk, is to be found out now.
	_, err = tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id = %d; PRAGMA user_version = %d`, applicationID, len(steps)))
	if err != nil {
		return err
	}
	return tx.Commit()
}

// writeAhead changes the journal so that readers and a writer do not wait for each other. SQLite does not wait by
// itself while another process makes the same change.
func writeAhead(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, patience*time.Millisecond)
	defer cancel()
	for {
		var mode string
		err := db.QueryRowContext(ctx, `PRAGMA journal_mode = WAL`).Scan(&mode)
		if err == nil && mode != "wal" {
			return errors.New("its file system does not allow a write-ahead log")
		}
		if !busy(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}
