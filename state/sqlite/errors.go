package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// primary gives the primary result code of SQLite (sqlite.org/rescode.html), 0 when the error is not SQLite's.
func primary(err error) int {
	if e := (*driver.Error)(nil); errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

func busy(err error) bool { return primary(err) == lib.SQLITE_BUSY }

// anew is what to do about a file that cannot be used any more.
const anew = `: move it away with its -wal and -shm and run again, see "Losing it" in docs/operating.md`

// openly is plain for a file that cannot be opened: what SQLite calls by several names may be a permission that is missing.
func openly(path string, err error) error {
	switch code := primary(err); {
	case code == lib.SQLITE_CANTOPEN, code == lib.SQLITE_READONLY, code == lib.SQLITE_PERM, errors.Is(err, fs.ErrPermission):
		if why := forbidden(path); why != "" {
			return fmt.Errorf("permission is missing: %s: run it as the user of the bridge: %w", why, err)
		}
	}
	return plain(err)
}

// plain puts the cause before an error whose own words say little, and what to do behind it.
func plain(err error) error {
	cause, advice := "", ""
	switch primary(err) {
	case lib.SQLITE_NOTADB:
		cause, advice = "it is not a database", anew
	case lib.SQLITE_CORRUPT:
		cause, advice = "the file is damaged", anew
	case lib.SQLITE_READONLY, lib.SQLITE_PERM:
		cause = "it cannot be written"
	case lib.SQLITE_FULL:
		cause = "the disk is full"
	case lib.SQLITE_BUSY:
		cause = "another process has been writing for too long"
	case lib.SQLITE_CANTOPEN:
		cause = "it or a file beside it cannot be opened"
	case lib.SQLITE_IOERR:
		cause = "the disk does not work"
	}
	switch {
	case cause != "":
	case errors.Is(err, syscall.ENOSPC):
		cause = "the disk is full"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		cause = "it cannot be written"
	default:
		return err
	}
	return fmt.Errorf("%s: %w%s", cause, err, advice)
}
