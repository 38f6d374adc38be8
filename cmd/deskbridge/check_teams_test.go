package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
)

// teamsOf are the findings about teams and channels: level and message, by what they are about.
func teamsOf(r report.Report) map[string]string {
	out := map[string]string{}
	for _, f := range r.Findings {
		if strings.HasPrefix(f.About, "teams.map") || strings.HasSuffix(f.About, " teams") {
			out[f.About] = string(f.Level) + " " + f.Message
		}
	}
	return out
}

func TestCheckComparesTheMapOfTeams(t *testing.T) {
	w := newWorld(t, 0, "1s")
	r := w.run(t, "check")
	require.Empty(t, teamsOf(r), "no map, no question")
	for _, c := range w.log.Requests() {
		require.NotContains(t, c.Path, "/channels")
		require.NotContains(t, c.Path, "/teams")
	}
	text, err := os.ReadFile(w.config)
	require.NoError(t, err)
	mapped := func(list string) {
		require.NoError(t, os.WriteFile(w.config, append(text, "\nteams: {map: ["+list+"]}\n"...), 0o600))
	}
	mapped(`{dashly: "75", intercom: "5017691"}, {dashly: "78", intercom: "5017692"}`)
	for _, setting := range []string{"whole", "paged"} {
		w.dashly.SetKnobs(func(k *dashly.Knobs) { k.ChannelList = setting })
		r = w.run(t, "check")
		require.Equal(t, report.Done, r.Status)
		require.Equal(t, map[string]string{
			"dashly teams": "ok the desk lists every one of teams.map, 2 in all", "intercom teams": "ok the desk lists every one of teams.map, 2 in all",
		}, teamsOf(r), setting)
	}
	w.dashly.SetKnobs(func(k *dashly.Knobs) { k.ChannelList = "denied" })
	mapped(`{dashly: "75", intercom: "1"}, {dashly: "76", intercom: "5017692"}`)
	r = w.run(t, "check")
	require.Equal(t, report.Done, r.Status, "warnings only")
	got := teamsOf(r)
	require.Len(t, got, 2)
	require.Contains(t, got["dashly teams"], "warning teams.map could not be checked: the token may not list them")
	require.Equal(t, "warning intercom does not list 1: write the id of one that exists", got["teams.map[0].intercom"])
	w.dashly.SetKnobs(func(k *dashly.Knobs) { k.ChannelList = "whole" })
	require.Equal(t, "warning dashly does not list 76: write the id of one that exists", teamsOf(w.run(t, "check"))["teams.map[1].dashly"])
}
