package redis_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/state/statetest"
)

// server is a real redis-server of this test, that syncs before it answers.
type server struct {
	dir, url string
	args     []string
	client   *goredis.Client
	process  *exec.Cmd
}

// binary finds redis-server. Its absence is a failure where it is required.
func binary(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil && os.Getenv("DESKBRIDGE_TEST_REDIS") == "required" {
		require.NoError(t, err, "DESKBRIDGE_TEST_REDIS=required")
	}
	if err != nil {
		t.Skip("no redis-server on PATH")
	}
	return path
}

// startServer starts a server on what is in a directory.
func startServer(t *testing.T, dir string, more ...string) *server {
	t.Helper()
	// A socket's path has little room (unix(7): 108 bytes), less than a test's own directory may take.
	sockets, err := os.MkdirTemp("", "db")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(sockets) })
	socket := filepath.Join(sockets, "s")
	s := &server{dir: dir, url: "unix://" + socket, args: append([]string{
		"--port", "0", "--unixsocket", socket, "--dir", dir, "--save", "", "--appendonly", "yes",
		"--appendfsync", "always", "--no-appendfsync-on-rewrite", "no", "--loglevel", "warning",
	}, more...)}
	s.client = goredis.NewClient(&goredis.Options{Network: "unix", Addr: socket})
	t.Cleanup(func() { _ = s.client.Close() })
	s.start(t)
	return s
}

func (s *server) start(t *testing.T) {
	t.Helper()
	s.process = exec.Command(binary(t), s.args...)
	require.NoError(t, s.process.Start())
	t.Cleanup(func() { s.kill() })
	s.answers(t)
}

func (s *server) answers(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return s.client.Ping(t.Context()).Err() == nil }, 15*time.Second, 10*time.Millisecond)
}

func (s *server) kill() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
}

func (s *server) place() statetest.Place {
	return statetest.Place{
		Address: s.url,
		Kill: func(t *testing.T) {
			s.kill()
			s.start(t)
		},
		Copy: func(t *testing.T) statetest.Place {
			to := t.TempDir()
			require.NoError(t, os.CopyFS(to, os.DirFS(s.dir)))
			return startServer(t, to).place()
		},
	}
}

// startCluster starts a cluster of one: it has all slots, and refuses what it would refuse of many.
func startCluster(t *testing.T) *server {
	t.Helper()
	var why error
	for range 5 { // somebody else may be quicker to take the port
		port := freePort(t)
		s := &server{dir: t.TempDir(), url: "redis+cluster://127.0.0.1:" + strconv.Itoa(port)}
		s.args = []string{
			"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", s.dir, "--save", "", "--loglevel", "warning",
			"--cluster-enabled", "yes",
		}
		if port > 55535 { // the cluster's own port is 10000 higher
			continue
		}
		s.process = exec.Command(binary(t), s.args...)
		require.NoError(t, s.process.Start())
		t.Cleanup(s.kill)
		s.client = goredis.NewClient(&goredis.Options{Addr: strings.TrimPrefix(s.url, "redis+cluster://")})
		t.Cleanup(func() { _ = s.client.Close() })
		s.answers(t)
		if why = s.client.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); why == nil {
			require.Eventually(t, func() bool {
				info, err := s.client.ClusterInfo(t.Context()).Result()
				return err == nil && strings.Contains(info, "cluster_state:ok")
			}, 15*time.Second, 10*time.Millisecond)
			return s
		}
	}
	require.NoError(t, why)
	t.Fatal("no port that a cluster could use")
	return nil
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().(*net.TCPAddr).Port
}
