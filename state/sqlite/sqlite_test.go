package sqlite_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/state/sqlite"
	"github.com/deskbridge/deskbridge/state/statetest"
)

func TestMain(m *testing.M) { statetest.Main(m, sqlite.Open) }

func TestStore(t *testing.T) {
	statetest.Run(t, sqlite.Open, func(t *testing.T) statetest.Place {
		return place(filepath.Join(t.TempDir(), "state ü?#%20.db"))
	})
}

func place(path string) statetest.Place {
	return statetest.Place{Address: path, Copy: func(t *testing.T) statetest.Place {
		to := filepath.Join(t.TempDir(), "copy.db")
		// What a loss of power would leave: the file and its log. By another process, because a file that this one
		// closes has lost its locks.
		require.NoError(t, exec.Command("cp", path, to).Run())
		require.NoError(t, exec.Command("cp", path+"-wal", to+"-wal").Run())
		return place(to)
	}}
}
