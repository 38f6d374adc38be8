package proof_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/redis"
	"github.com/deskbridge/deskbridge/state/sqlite"
)

// stores make the URL of a fresh store.
var stores = map[string]func(t *testing.T) (fresh func() string){
	"sqlite": func(*testing.T) func() string { return func() string { return "" } },
	"redis":  func(t *testing.T) func() string { return startRedis(t, "always").fresh },
}

// redisServer is a real redis-server. Each store is a database of it.
type redisServer struct {
	dir, socket string
	args        []string
	process     *exec.Cmd
	used        atomic.Int64
}

// startRedis starts a server; with fsync "always" it syncs before it answers.
func startRedis(t *testing.T, fsync string) *redisServer {
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
	s := &redisServer{dir: t.TempDir(), socket: filepath.Join(sockets, "s")}
	s.args = []string{path, "--port", "0", "--unixsocket", s.socket, "--dir", s.dir, "--save", "", "--databases", "10000",
		"--appendonly", "yes", "--appendfsync", fsync, "--no-appendfsync-on-rewrite", "no", "--loglevel", "warning"}
	require.NoError(t, s.start())
	t.Cleanup(func() { s.stop(syscall.SIGTERM) }) // a killed one leaves a child that still writes to the directory
	return s
}

// fresh gives the URL of a store that nobody has used.
func (s *redisServer) fresh() string { return fmt.Sprintf("unix://%s?db=%d", s.socket, s.used.Add(1)) }

// start runs the server on what is in its directory, until it answers.
func (s *redisServer) start() error {
	s.process = exec.Command(s.args[0], s.args[1:]...)
	if err := s.process.Start(); err != nil {
		return err
	}
	client := goredis.NewClient(&goredis.Options{Network: "unix", Addr: s.socket, MaxRetries: -1})
	defer func() { _ = client.Close() }()
	var err error
	for until := time.Now().Add(15 * time.Second); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
		if err = client.Ping(context.Background()).Err(); err == nil {
			return nil
		}
	}
	return fmt.Errorf("it does not answer: %w", err)
}

// stop ends the server by a signal, and returns when it has ended.
func (s *redisServer) stop(by syscall.Signal) {
	_ = s.process.Process.Signal(by)
	_ = s.process.Wait()
}

// open opens the world's store beside the program, if there is one yet.
func (w *world) open(t *testing.T) (s state.Store, ok bool) {
	t.Helper()
	var err error
	if w.store == "" {
		s, err = sqlite.OpenReadOnly(t.Context(), filepath.Join(filepath.Dir(w.config), "deskbridge.db"), "main")
	} else {
		s, err = redis.Open(context.WithoutCancel(t.Context()), w.store, "main")
	}
	if err != nil {
		return nil, false
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, true
}
