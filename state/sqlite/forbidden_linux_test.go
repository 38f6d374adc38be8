package sqlite_test

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/state/sqlite"
)

// asStranger runs something as a user who owns nothing, if this one is root. The thread ends with it.
func asStranger(t *testing.T, do func() error) (err error) {
	t.Helper()
	if os.Geteuid() != 0 {
		return do()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		const nobody = 65534
		if _, _, code := syscall.RawSyscall(syscall.SYS_SETRESUID, nobody, nobody, nobody); code != 0 {
			err = code
			return
		}
		err = do()
	}()
	<-done
	return err
}

// TestPermissionsThatAreMissing are told as that, with what to do.
func TestPermissionsThatAreMissing(t *testing.T) {
	open := func(path string) func() error {
		return func() error { _, err := sqlite.Open(t.Context(), path, "main"); return err }
	}
	read := func(path string) func() error {
		return func() error { _, err := sqlite.OpenReadOnly(t.Context(), path, "main"); return err }
	}
	for name, c := range map[string]struct {
		file, dir os.FileMode
		do        func(path string) func() error
		says      string
	}{
		"a file of somebody else's, to write":    {0o000, 0o777, open, "this user may not read the file"},
		"a file of somebody else's, to read":     {0o000, 0o777, read, "this user may not read the file"},
		"a file that may be read":                {0o444, 0o777, open, "this user may not write the file"},
		"a directory that cannot be written":     {0o666, 0o555, read, "this user may not write the directory "},
		"no file, in such a directory":           {0, 0o555, open, "this user may not write the directory "},
		"a directory that cannot be looked into": {0o666, 0o000, read, "this user may not read the file"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
			path := filepath.Join(dir, "state.db")
			if c.file != 0 || c.dir == 0o777 {
				s, err := sqlite.Open(t.Context(), path, "main")
				require.NoError(t, err)
				require.NoError(t, s.Close())
				require.NoError(t, os.Chmod(path, c.file))
			}
			require.NoError(t, os.Chmod(dir, c.dir))
			t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
			err := asStranger(t, c.do(path))
			require.ErrorContains(t, err, "permission is missing: "+c.says)
			require.ErrorContains(t, err, "run it as the user of the bridge")
		})
	}
}
