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

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/redis"
)

func TestAddress(t *testing.T) {
	for url, want := range map[string]struct {
		hosts                  []string
		user, password, master string
		db                     int
		secure                 bool
	}{
		"redis://127.0.0.1:6379/0":                     {hosts: []string{"127.0.0.1:6379"}},
		"redis://h":                                    {hosts: []string{"h:6379"}},
		"redis://h/?db=2":                              {hosts: []string{"h:6379"}, db: 2},
		"redis://[::1]:6380/3":                         {hosts: []string{"[::1]:6380"}, db: 3},
		"redis://[::1]":                                {hosts: []string{"[::1]:6379"}},
		"rediss://me:p%40ss:w/?@h:1":                   {hosts: []string{"h:1"}, user: "me", password: "p@ss:w/?", secure: true},
		"redis://:secret@h:1/4":                        {hosts: []string{"h:1"}, password: "secret", db: 4},
		"redis+sentinel://a:1,b/main?db=5":             {hosts: []string{"a:1", "b:26379"}, master: "main", db: 5},
		"rediss+sentinel://:x@a:1,[fe80::1]:2,c/mymas": {hosts: []string{"a:1", "[fe80::1]:2", "c:26379"}, password: "x", master: "mymas", secure: true},
		"redis+cluster://a:1,b:2,c":                    {hosts: []string{"a:1", "b:2", "c:6379"}},
		"rediss+cluster://a:1/":                        {hosts: []string{"a:1"}, secure: true},
		"unix:///run/redis.sock?db=1":                  {hosts: []string{"/run/redis.sock"}, db: 1},
	} {
		t.Run(url, func(t *testing.T) {
			hosts, user, password, master, db, secure, err := redis.Address(url)
			require.NoError(t, err)
			require.Equal(t, want.hosts, hosts)
			require.Equal(t, want.user, user)
			require.Equal(t, want.password, password)
			require.Equal(t, want.master, master)
			require.Equal(t, want.db, db)
			require.Equal(t, want.secure, secure)
		})
	}
}

func TestAddressTellsWhyAndKeepsSecrets(t *testing.T) {
	for url, says := range map[string]string{
		"file:state.db":                        "must begin with redis://",
		"http://:hunter2@h":                    "must begin with redis://",
		"redis://:hunter2@":                    "host:port",
		"redis://:hunter2@h:port":              "host:port",
		"redis://:hunter2@h:70000":             "host:port",
		"redis://:hunter2@a:1,b:2":             "several hosts",
		"redis://hunter2@h:1":                  "no ':' before it",
		"redis://:hunter2%zz@h:1":              "%25",
		"redis://:hunter2@h:1/x":               "not a number",
		"redis://:hunter2@h:1/-1":              "not a number",
		"redis://:hunter2@h:1/0?wait=1":        `unknown option "wait"`,
		"redis://:hunter2@h:1/?a=%zz":          "cannot be read",
		"redis+sentinel://:hunter2@h:1":        "name of the master",
		"redis+cluster://:hunter2@h:1/2":       "a cluster has only 0",
		"unix://:hunter2@run/redis.sock":       "whole path",
		"redis+cluster://:hunter2@h:1,,b:2":    "host:port",
		"redis+sentinel://:hunter2@h:1/m?db=x": "not a number",
	} {
		t.Run(url, func(t *testing.T) {
			_, err := redis.Open(t.Context(), url, "main")
			require.ErrorContains(t, err, says)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
	for _, name := range []string{"", "a:b", "a}b", "{"} {
		_, err := redis.Open(t.Context(), "redis://127.0.0.1:1", name)
		require.ErrorContains(t, err, "cannot be a name")
	}
}

func TestOpenOfWhatDoesNotAnswer(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, says nothing
	require.NoError(t, err)
	t.Cleanup(func() { _ = silent.Close() })

	for name, url := range map[string]string{
		"nobody there":        "redis://:hunter2@" + closed.Addr().String(),
		"nobody there, TLS":   "rediss://:hunter2@" + closed.Addr().String(),
		"silent":              "redis://:hunter2@" + silent.Addr().String(),
		"silent, TLS":         "rediss://:hunter2@" + silent.Addr().String(),
		"no sentinel":         "redis+sentinel://:hunter2@" + closed.Addr().String() + "/main",
		"no cluster":          "redis+cluster://:hunter2@" + closed.Addr().String(),
		"silent cluster":      "redis+cluster://:hunter2@" + silent.Addr().String(),
		"silent sentinel":     "redis+sentinel://:hunter2@" + silent.Addr().String() + "/main",
		"no socket":           "unix://:hunter2@" + filepath.Join(t.TempDir(), "none"),
		"not where it may go": "redis://:hunter2@192.0.2.1:6379", // RFC 5737: nobody's
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			_, err := redis.Open(t.Context(), url, "main")
			require.ErrorContains(t, err, "open the store: Redis at ")
			require.NotContains(t, err.Error(), "hunter2")
			require.NotContains(t, err.Error(), "\n")
			require.Less(t, time.Since(begun), 7*time.Second)
		})
	}
}

func TestOpenTellsWhy(t *testing.T) {
	t.Run("password", func(t *testing.T) {
		m := miniredis.RunT(t)
		m.RequireAuth("right")
		_, err := redis.Open(t.Context(), "redis://:hunter2@"+m.Addr(), "main")
		require.ErrorContains(t, err, "WRONGPASS")
		require.NotContains(t, err.Error(), "hunter2")
		s, err := redis.Open(t.Context(), "redis://:right@"+m.Addr(), "main")
		require.NoError(t, err)
		require.NoError(t, s.Close())
	})
	t.Run("newer", func(t *testing.T) {
		m := miniredis.RunT(t)
		require.NoError(t, m.Set("db1:{main}:layout", "9"))
		_, err := redis.Open(t.Context(), "redis://"+m.Addr(), "main")
		require.ErrorContains(t, err, "newer deskbridge (layout 9, this one knows 1)")
		s, err := redis.Open(t.Context(), "redis://"+m.Addr(), "other")
		require.NoError(t, err)
		require.NoError(t, s.Close())
	})
}

// TestReadOnly: who only reads writes nothing, also where nothing has been at work, and asks for no right to.
func TestReadOnly(t *testing.T) {
	m := miniredis.RunT(t)
	read := func() *redis.Store {
		s, err := redis.OpenReadOnly(t.Context(), "redis://"+m.Addr(), "main")
		require.NoError(t, err)
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	items, err := read().Agenda(t.Context())
	require.NoError(t, err)
	require.Empty(t, items)
	require.Empty(t, m.Keys())
	s, err := redis.Open(t.Context(), "redis://"+m.Addr(), "main")
	require.NoError(t, err)
	defer func() { _ = s.Close() }()
	l, err := s.Acquire(t.Context(), "run", time.Hour)
	require.NoError(t, err)
	require.NoError(t, s.Put(t.Context(), l, "cursor", []byte("7")))
	got, ok, err := read().Get(t.Context(), "cursor")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "7", string(got))
	require.NoError(t, m.Set("db1:{main}:layout", "9"))
	_, err = redis.OpenReadOnly(t.Context(), "redis://"+m.Addr(), "main")
	require.ErrorContains(t, err, "newer deskbridge")
	m.SetError("ERR down")
	_, err = redis.OpenReadOnly(t.Context(), "redis://"+m.Addr(), "main")
	require.ErrorContains(t, err, "open the store: Redis at ")
}

func TestKeys(t *testing.T) {
	m := miniredis.RunT(t)
	s, err := redis.Open(t.Context(), "redis://"+m.Addr(), "main")
	require.NoError(t, err)
	defer func() { _ = s.Close() }()
	l, err := s.Acquire(t.Context(), "dashly:1", time.Hour)
	require.NoError(t, err)
	r, err := s.Acquire(t.Context(), "run", time.Hour)
	require.NoError(t, err)
	require.NoError(t, s.Put(t.Context(), r, "cursor", nil))
	require.NoError(t, s.Commit(t.Context(), l, "dashly:1", state.Change{
		Put: map[string][]byte{"a": nil}, Index: []mapping.Ref{{Desk: "intercom", ID: "9"}}, Agenda: &state.Item{},
	}))
	require.ElementsMatch(t, []string{
		"db1:{main:dashly:1}:lease", "db1:{main:dashly:1}:fence", "db1:{main:dashly:1}:records",
		"db1:{main}:lease:run", "db1:{main}:fence:run", "db1:{main}:values", "db1:{main}:keys",
		"db1:{main}:pairs", "db1:{main}:index", "db1:{main}:agenda", "db1:{main}:layout",
	}, m.Keys())
	for _, key := range m.Keys() {
		if key == "db1:{main:dashly:1}:lease" || key == "db1:{main}:lease:run" {
			require.Equal(t, time.Hour, m.TTL(key))
		} else {
			require.Zero(t, m.TTL(key), "%s never expires", key)
		}
	}
}

// An answer that is lost on the way is asked for again: the second time it is the same lease, not a competitor's.
func TestAcquireAskedTwice(t *testing.T) {
	m := miniredis.RunT(t)
	s, err := redis.Open(t.Context(), "redis://"+m.Addr(), "main")
	require.NoError(t, err)
	defer func() { _ = s.Close() }()
	for range 2 {
		fence, _, err := s.Asked(t.Context(), "run", `{"token":"a"}`)
		require.NoError(t, err)
		require.EqualValues(t, 1, fence)
	}
	fence, present, err := s.Asked(t.Context(), "run", `{"token":"b"}`)
	require.NoError(t, err)
	require.Zero(t, fence)
	require.Equal(t, `{"token":"a"}`, present)
}

// A commit takes off the item that it found, not one that came while it was at work.
func TestItemReplacedMeanwhile(t *testing.T) {
	m := miniredis.RunT(t)
	s, err := redis.Open(t.Context(), "redis://"+m.Addr(), "main")
	require.NoError(t, err)
	defer func() { _ = s.Close() }()
	l, err := s.Acquire(t.Context(), "dashly:1", time.Hour)
	require.NoError(t, err)
	require.NoError(t, s.Commit(t.Context(), l, "dashly:1", state.Change{Agenda: &state.Item{Reason: "first"}}))
	found := m.HGet("db1:{main}:agenda", "dashly:1")
	require.NoError(t, s.Commit(t.Context(), l, "dashly:1", state.Change{Agenda: &state.Item{Reason: "second"}}))
	off, err := s.TakeOff(t.Context(), "dashly:1", found)
	require.NoError(t, err)
	require.False(t, off)
	items, err := s.Agenda(t.Context())
	require.NoError(t, err)
	require.Len(t, items, 1)
	require.Equal(t, "second", items[0].Reason)
}

func TestDurable(t *testing.T) {
	srv := startServer(t, t.TempDir())
	s, err := redis.Open(t.Context(), srv.url, "main")
	require.NoError(t, err)
	defer func() { _ = s.Close() }()
	require.True(t, s.Durable(t.Context()))
	for _, c := range [][2]string{{"appendfsync", "everysec"}, {"appendonly", "no"}, {"no-appendfsync-on-rewrite", "yes"}} {
		was, err := srv.client.ConfigGet(t.Context(), c[0]).Result()
		require.NoError(t, err)
		require.NoError(t, srv.client.ConfigSet(t.Context(), c[0], c[1]).Err())
		require.False(t, s.Durable(t.Context()), c[0])
		require.NoError(t, srv.client.ConfigSet(t.Context(), c[0], was[c[0]]).Err())
		require.True(t, s.Durable(t.Context()))
	}
	// Switched on, the log is written by a child, which outlives a server that is killed, and goes on writing to the directory.
	require.Eventually(t, func() bool {
		info, err := srv.client.Info(t.Context(), "persistence").Result()
		return err == nil && strings.Contains(info, "aof_rewrite_in_progress:0") && strings.Contains(info, "aof_rewrite_scheduled:0")
	}, 15*time.Second, 10*time.Millisecond)
	require.NoError(t, srv.client.ConfigSet(t.Context(), "maxmemory-policy", "allkeys-lru").Err())
	require.True(t, s.Durable(t.Context()), "without a limit nothing is thrown away")
	require.NoError(t, srv.client.ConfigSet(t.Context(), "maxmemory", "1gb").Err())
	require.False(t, s.Durable(t.Context()))
	require.NoError(t, srv.client.ConfigSet(t.Context(), "maxmemory-policy", "noeviction").Err())
	require.True(t, s.Durable(t.Context()))

	m := miniredis.RunT(t) // has no CONFIG, as where it is denied
	s2, err := redis.Open(t.Context(), "redis://"+m.Addr(), "main")
	require.NoError(t, err)
	defer func() { _ = s2.Close() }()
	require.False(t, s2.Durable(t.Context()))
}

// A Redis without memory refuses a commit as a whole, one that deletes too.
func TestOutOfMemory(t *testing.T) {
	srv := startServer(t, t.TempDir())
	s, err := redis.Open(t.Context(), srv.url, "main")
	require.NoError(t, err)
	defer func() { _ = s.Close() }()
	l, err := s.Acquire(t.Context(), "dashly:1", time.Hour)
	require.NoError(t, err)
	require.NoError(t, s.Commit(t.Context(), l, "dashly:1", state.Change{Put: map[string][]byte{"a": nil, "b": nil}}))
	require.NoError(t, srv.client.ConfigSet(t.Context(), "maxmemory", "1mb").Err())
	for _, del := range [][]string{nil, {"a"}} {
		err := s.Commit(t.Context(), l, "dashly:1", state.Change{Put: map[string][]byte{"c": nil}, Del: del})
		got, loadErr := s.Load(t.Context(), "dashly:1")
		require.NoError(t, loadErr)
		if del == nil {
			require.ErrorContains(t, err, "OOM")
		}
		if err != nil {
			require.Equal(t, state.Records{"a": {}, "b": {}}, got, "whole or absent")
		} else {
			require.NotContains(t, got, "a")
			require.Contains(t, got, "c")
		}
	}
}

func TestSentinel(t *testing.T) {
	master := startServer(t, t.TempDir(), "--port", strconv.Itoa(freePort(t)), "--bind", "127.0.0.1")
	port, err := master.client.ConfigGet(t.Context(), "port").Result()
	require.NoError(t, err)
	own := freePort(t)
	conf := filepath.Join(t.TempDir(), "sentinel.conf")
	require.NoError(t, os.WriteFile(conf, []byte("port "+strconv.Itoa(own)+"\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 "+port["port"]+" 1\n"), 0o600))
	s := &server{process: exec.Command(binary(t), conf, "--sentinel")}
	require.NoError(t, s.process.Start())
	t.Cleanup(s.kill)
	address := "127.0.0.1:" + strconv.Itoa(own)
	s.client = goredis.NewClient(&goredis.Options{Addr: address})
	t.Cleanup(func() { _ = s.client.Close() })
	s.answers(t)

	store, err := redis.Open(t.Context(), "redis+sentinel://"+address+"/main?db=3", "main")
	require.NoError(t, err)
	defer func() { _ = store.Close() }()
	_, err = store.Acquire(t.Context(), "run", time.Hour)
	require.NoError(t, err)
	require.False(t, store.Durable(t.Context()), "a replica that takes over may lag")
	in3 := goredis.NewClient(&goredis.Options{Network: "unix", Addr: master.client.Options().Addr, DB: 3})
	defer func() { _ = in3.Close() }()
	require.EqualValues(t, 1, in3.Exists(t.Context(), "db1:{main}:lease:run").Val())
}
