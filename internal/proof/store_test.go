package proof_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// stores make the URL of a fresh store.
var stores = map[string]func(t *testing.T) (fresh func() string){
	"sqlite": func(*testing.T) func() string { return func() string { return "" } },
	"redis":  realRedis,
}

// realRedis starts a redis-server that syncs before it answers. Each store is a database of it.
func realRedis(t *testing.T) func() string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil && os.Getenv("DESKBRIDGE_TEST_REDIS") == "required" {
		require.NoError(t, err, "DESKBRIDGE_TEST_REDIS=required")
	}
	if err != nil {
		t.Skip("no redis-server on PATH")
	}
	// A socket's path has little room (unix(7): 108 bytes), less than a test's own directory may take.
	sockets, err := os.MkdirTemp("", "db")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(sockets) })
	socket := filepath.Join(sockets, "s")
	server := exec.Command(path, "--port", "0", "--unixsocket", socket, "--dir", t.TempDir(), "--save", "", "--databases", "10000",
		"--appendonly", "yes", "--appendfsync", "always", "--no-appendfsync-on-rewrite", "no", "--loglevel", "warning")
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	client := goredis.NewClient(&goredis.Options{Network: "unix", Addr: socket})
	t.Cleanup(func() { _ = client.Close() })
	require.Eventually(t, func() bool { return client.Ping(t.Context()).Err() == nil }, 15*time.Second, 10*time.Millisecond)
	var used atomic.Int64
	return func() string { return fmt.Sprintf("unix://%s?db=%d", socket, used.Add(1)) }
}
