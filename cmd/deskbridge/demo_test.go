package main

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/contract/contracttest"
	"github.com/deskbridge/deskbridge/internal/report"
)

// TestTheDemoKeepsItsPromises runs the whole demo with the published contracts in front of both desks: every promise of
// the project's main job, and not one request or answer that breaks a contract.
func TestTheDemoKeepsItsPromises(t *testing.T) {
	suite := contracttest.Suite(t)
	var stdout, stderr lockedBuffer
	m := &Main{Stdout: &stdout, Stderr: &stderr, Env: os.LookupEnv, Watch: func(desk string, h http.Handler) http.Handler {
		if desk == "dashly" {
			return suite.Dashly(h)
		}
		return suite.Intercom(h)
	}}
	require.Zero(t, m.Run(t.Context(), []string{"demo", "--conversations", "60", "--seed", "7", "--json"}), stderr.String())

	var r report.Report
	require.NoError(t, json.NewDecoder(strings.NewReader(stdout.String())).Decode(&r))
	require.Equal(t, report.Done, r.Status)
	require.Len(t, r.Directions, 2)
	for name, d := range r.Directions {
		require.True(t, d.Entries.Balanced(), name)
		require.NotZero(t, d.Entries.Mirrored, name)
		require.Zero(t, d.Entries.Parked+d.Entries.Pending, name)
	}
	require.Zero(t, r.Visible.History)
	require.Equal(t, "idle", r.Passes[2].Name)
	for desk, c := range r.Passes[2].APICalls {
		require.Zero(t, c.Write, desk)
	}
	require.NoError(t, suite.Err())
	require.Zero(t, suite.Skipped())
}
