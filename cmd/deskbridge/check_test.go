package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
)

// TestCheckFindsOutThatTheStoreCannotBeMade: sync would end there, so all is not well.
func TestCheckFindsOutThatTheStoreCannotBeMade(t *testing.T) {
	w := newWorld(t, 1, "1s")
	require.Equal(t, report.Done, w.run(t, "check").Status)
	places := map[string]string{"nowhere/deskbridge.db": "its directory does not exist"}
	if runtime.GOOS == "linux" {
		places["/proc/deskbridge.db"] = "open the store /proc/deskbridge.db"
	}
	if os.Geteuid() != 0 { // who may write everywhere
		require.NoError(t, os.Mkdir(filepath.Join(w.dir, "sealed"), 0o555))
		places["sealed/deskbridge.db"] = "it cannot be written"
	}
	for place, says := range places {
		w.configure(t, "state: {url: \"file:"+place+"\"}")
		r := w.run(t, "check")
		require.Equal(t, 1, r.ExitCode, place)
		require.Equal(t, "store", r.Error.Where, place)
		require.Contains(t, r.Error.Message, says)
		require.NotEmpty(t, saidOf(r, "next sync"), "the rest is looked at all the same")
		require.Equal(t, 1, w.run(t, "sync").ExitCode, place)
	}
	left, err := os.ReadDir(w.dir)
	require.NoError(t, err)
	for _, f := range left {
		require.NotContains(t, f.Name(), ".deskbridge-")
	}
}

func saidOf(r report.Report, about string) (said []string) {
	for _, f := range r.Findings {
		if f.About == about {
			said = append(said, f.Message)
		}
	}
	return said
}

// TestCheckWarnsOfPlainHTTP: also where the desk cannot be reached; not of this machine and of private addresses.
func TestCheckWarnsOfPlainHTTP(t *testing.T) {
	w := newWorld(t, 1, "1s")
	const plain = "the address is plain http: the token and everything else can be read on the way"
	require.NotContains(t, saidOf(w.run(t, "check"), "dashly account"), plain)
	text, err := os.ReadFile(w.config)
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(text), "\n")
	require.NoError(t, os.WriteFile(w.config, []byte("dashly: {token: t, base_url: \"http://desk.invalid\"}\n"+rest), 0o600))
	r := w.run(t, "check")
	require.Equal(t, 1, r.ExitCode)
	require.Contains(t, saidOf(r, "dashly account"), plain)
	for host, in := range map[string]bool{"localhost": true, "127.0.0.9": true, "::1": true, "10.1.2.3": true, "192.168.0.7": true, "fd00::1": true, "169.254.1.1": true,
		"192.0.2.1": false, "api.dashly.app": false, "2001:db8::1": false, "172.32.0.1": false} {
		require.Equal(t, in, inside(host), host)
	}
}
