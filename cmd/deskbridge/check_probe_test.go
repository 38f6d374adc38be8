package main

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/probe"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// probesOf are the findings of the probes of a desk: each message by the name of its question.
func probesOf(r report.Report, desk string) map[string]string {
	out := map[string]string{}
	for _, f := range r.Findings {
		if strings.HasPrefix(f.About, desk+" probe ") {
			name, rest, _ := strings.Cut(f.Message, ": ")
			out[name] = rest
		}
	}
	return out
}

func TestCheckProbesTheDesks(t *testing.T) {
	w := newWorld(t, 20, "1s")
	plain := w.run(t, "check")
	require.Empty(t, probesOf(plain, "dashly"))
	before := w.run(t, "check", "--probe")
	require.Equal(t, report.Done, before.Status)
	require.Contains(t, probesOf(before, "dashly")["external_id of replies"], "cannot be seen here")
	require.Equal(t, report.Done, w.run(t, "sync").Status)
	w.log.Reset()
	pictures := [2][]sandbox.Thread{w.dashly.Dump(), w.intercom.Dump()}

	r := w.run(t, "check", "--probe")
	require.Equal(t, report.Done, r.Status)
	require.Zero(t, r.ExitCode)
	for name, is := range map[string]string{
		"external_id of replies": "is echoed: ", "sent_via of customers' replies over the API": "api: ", "times": "seconds: ",
		"a conversation that does not exist": "400 (LookupError): ",
	} {
		require.True(t, strings.HasPrefix(probesOf(r, "dashly")[name], is), "%s: %s", name, probesOf(r, "dashly")[name])
	}
	for name, is := range map[string]string{
		"app_package_code of what the bridge wrote": "names the app: ", "time of customers' replies": "honoured: ",
		"bounds of a search": "inclusive: ", "sort ascending": "honoured: ",
	} {
		require.True(t, strings.HasPrefix(probesOf(r, "intercom")[name], is), "%s: %s", name, probesOf(r, "intercom")[name])
	}
	for desk, calls := range r.APICalls {
		require.Zero(t, calls.Write, desk)
	}
	for _, c := range w.log.Requests() {
		require.True(t, c.Method == http.MethodGet || strings.HasPrefix(c.Path, "/conversations/search"), "%s %s", c.Method, c.Path)
	}
	require.Equal(t, len(w.log.Requests()), r.APICalls["dashly"].Read+r.APICalls["intercom"].Read)
	require.Empty(t, w.log.Notifications())
	require.Equal(t, pictures, [2][]sandbox.Thread{w.dashly.Dump(), w.intercom.Dump()})
	w.log.Reset()
	w.run(t, "check")
	without := len(w.log.Requests())
	require.LessOrEqual(t, r.APICalls["dashly"].Read+r.APICalls["intercom"].Read-without, 2*probe.Bound)
}

// TestAProbeThatFailsBreaksNothing: the calls of check go well, those of the probes do not.
func TestAProbeThatFailsBreaksNothing(t *testing.T) {
	w := newWorld(t, 6, "1s")
	require.Equal(t, report.Done, w.run(t, "sync").Status)
	for status, words := range map[int]string{401: "the token is not accepted", 429: "too many calls", 500: "HTTP 500"} {
		w.dashly.Fail(func(r *http.Request) sandbox.Fault {
			if r.URL.Query().Has("include_deskbridge") { // no other call asks for it
				return sandbox.Fault{Kind: stage.Refuse, Status: status}
			}
			return sandbox.Fault{}
		})
		r := w.run(t, "check", "--probe")
		require.Equal(t, report.Done, r.Status, status)
		require.Contains(t, probesOf(r, "dashly")["undocumented parameters"], words)
		require.True(t, strings.HasPrefix(probesOf(r, "dashly")["user of a conversation"], "an object"))
		require.Contains(t, probesOf(r, "intercom")["the pinned version"], "served")
	}
	// A desk that is down at all is told by check, and its probes are left out.
	w.dashly.Fail(func(*http.Request) sandbox.Fault { return sandbox.Fault{Kind: stage.Refuse, Status: 401} })
	r := w.run(t, "check", "--probe")
	require.Equal(t, 1, r.ExitCode)
	require.Empty(t, probesOf(r, "dashly"))
	require.NotEmpty(t, probesOf(r, "intercom"))
}

func TestProbesForPeople(t *testing.T) {
	w := newWorld(t, 6, "1s")
	m := Main{Stdout: &w.stdout, Stderr: &w.stderr, Env: os.LookupEnv, Exit: func(int) {}}
	require.Zero(t, m.Run(context.Background(), []string{"check", "--probe", "--config", w.config}))
	require.Regexp(t, `(?m)^dashly, what its documents leave open \(\d+ reads, no write; docs/unknowns.md\):$`, w.stdout.String())
	require.Regexp(t, `(?m)^  U40    times: seconds: all three forms are read$`, w.stdout.String())
	require.Regexp(t, `(?m)^  20\.16  sort ascending: honoured: `, w.stdout.String())
	require.Regexp(t, `(?m)^  8\.16   external_id of replies: cannot be seen here: .* needs a first sync$`, w.stdout.String())
}
