// Package sqlite remembers in one local file that several processes of one host may use at once.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/deskbridge/deskbridge/state"
)

// Store is a state.Store in a SQLite file. The file has to be on a local disk: its locks and its shared memory do not
// work over a network.
type Store struct {
	path   string
	name   string
	file   os.FileInfo // as opened: a file that was replaced since is another store
	reader *sql.DB
	writer *sql.DB // one connection; nil when opened for reading only
}

var (
	_ state.Store   = (*Store)(nil)
	_ state.Watcher = (*Store)(nil)
	_ state.Shared  = (*Store)(nil)
)

// page is how many rows are read at once while a caller is fed: none of the file's connections is kept meanwhile.
const page = 500

// Open opens the store of a configuration in a file, and makes the file (mode 0600) if there is none. Several names may
// share a file. The error names the cause when the directory is missing, the file is not a database or not one of ours,
// was written by a newer schema, cannot be written, or the disk is full.
func Open(ctx context.Context, path, name string) (*Store, error) {
	s, err := open(ctx, path, name)
	if err != nil {
		return nil, fmt.Errorf("open the store %s: %w", path, openly(path, err))
	}
	return s, nil
}

// OpenReadOnly opens the store for reading beside whoever writes it. It never makes the file: the error is
// fs.ErrNotExist when there is none. All writing methods of the store fail.
func OpenReadOnly(ctx context.Context, path, name string) (*Store, error) {
	s, err := openReadOnly(ctx, path, name)
	if err != nil {
		return nil, fmt.Errorf("open the store %s for reading: %w", path, openly(path, err))
	}
	return s, nil
}

// Creatable tells why Open could not make a file that is not there; of one that is, nothing.
func Creatable(path, name string) error {
	if err := creatable(path, name); err != nil {
		return fmt.Errorf("open the store %s: %w", path, plain(err))
	}
	return nil
}

// Durable is true: every commit is on the disk, by its own word, before it returns.
func (s *Store) Durable(ctx context.Context) bool {
	db := s.writer
	if db == nil {
		db = s.reader
	}
	var journal string
	var level int
	err := errors.Join(
		db.QueryRowContext(ctx, `PRAGMA journal_mode`).Scan(&journal),
		db.QueryRowContext(ctx, `PRAGMA synchronous`).Scan(&level),
	)
	const full = 2
	return err == nil && journal == "wal" && level >= full
}

// Close gives the file back. Leases that are held stay held until their ttl, or until the process ends.
func (s *Store) Close() error {
	var err error
	if s.writer != nil {
		err = s.writer.Close()
	}
	return errors.Join(s.reader.Close(), err)
}

// write runs f in one transaction that nobody else writes beside, and makes it durable.
func (s *Store) write(ctx context.Context, doing string, f func(*sql.Tx) error) error {
	if s.writer == nil {
		return fmt.Errorf("%s: the store was opened for reading only", doing)
	}
	if err := s.inPlace(); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, plain(err))
	}
	defer func() { _ = tx.Rollback() }()
	if err := f(tx); err != nil {
		if held := (*state.HeldError)(nil); errors.As(err, &held) {
			return held
		}
		return fmt.Errorf("%s: %w", doing, plain(err))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: %w", doing, plain(err))
	}
	return nil
}

// inPlace finds out when the file was removed or put back from a copy under a running process. Its writes would go to
// a file that nobody else sees, beside a second holder of the same leases.
func (s *Store) inPlace() error {
	now, err := os.Stat(s.path)
	if err != nil || !os.SameFile(now, s.file) {
		return fmt.Errorf("the file %s %w", s.path, state.ErrReplaced)
	}
	return nil
}
