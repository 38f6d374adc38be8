//go:build unix

package sqlite

import (
	"errors"
	"path/filepath"
	"syscall"
)

// forbidden says what the calling user may not do with the file; empty when nothing is in the way. Nothing is opened: to
// close a file again would drop the locks that this process has on it (fcntl(2)).
func forbidden(path string) string {
	const read, write = 4, 2
	denied := func(path string, mode uint32) bool { return errors.Is(syscall.Access(path, mode), syscall.EACCES) }
	switch dir := filepath.Dir(path); {
	case denied(path, read):
		return "this user may not read the file"
	case denied(path, write):
		return "this user may not write the file"
	case denied(dir, write):
		return "this user may not write the directory " + dir + ", where SQLite keeps a -wal and a -shm beside the file, for reading too"
	}
	return ""
}
