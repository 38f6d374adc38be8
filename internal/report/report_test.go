package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
)

var update = flag.Bool("update", false, "write the golden files anew")

func directions(e report.Entries) map[string]*report.Direction {
	return map[string]*report.Direction{"dashly_to_intercom": {Entries: e}}
}

func TestConclude(t *testing.T) {
	whole := report.Entries{Read: 3, Mirrored: 2, Skipped: 1}
	parked := report.Entries{Read: 2, Mirrored: 1, Parked: 1}
	pending := report.Entries{Read: 4, Mirrored: 1, Folded: 1, Covered: 1, Pending: 1}
	both := report.Entries{Read: 2, Parked: 1, Pending: 1}
	lost := report.Entries{Read: 2, Mirrored: 1}
	why := &report.Failure{Code: "x", Message: "why", Where: "here"}
	for name, c := range map[string]struct {
		command string
		entries report.Entries
		said    report.Status
		failure *report.Failure
		want    report.Status
		code    int
		error   string
	}{
		"done":                            {"sync", whole, report.Done, nil, report.Done, 0, ""},
		"parked":                          {"sync", parked, report.Done, nil, report.Parked, 2, ""},
		"pending":                         {"sync", pending, report.Done, nil, report.Incomplete, 3, "pending"},
		"pending before parked":           {"sync", both, report.Done, nil, report.Incomplete, 3, "pending"},
		"unbalanced":                      {"sync", lost, report.Done, nil, report.Incomplete, 3, "unbalanced"},
		"a failed direction":              {"sync", whole, report.Incomplete, why, report.Incomplete, 3, "x"},
		"nothing ran":                     {"sync", report.Entries{}, report.Failed, why, report.Failed, 1, "x"},
		"failed is more than incomplete":  {"sync", pending, report.Failed, why, report.Failed, 1, "x"},
		"stopped is more than failed":     {"sync", pending, report.Stopped, nil, report.Stopped, 130, ""},
		"locked":                          {"sync", report.Entries{}, report.Locked, why, report.Locked, 5, "x"},
		"config":                          {"sync", pending, report.Config, why, report.Config, 4, "x"},
		"differences":                     {"verify", whole, report.Differences, nil, report.Differences, 3, ""},
		"a plan is pending by its nature": {"plan", pending, report.Done, nil, report.Done, 0, ""},
		"a plan that loses count":         {"plan", lost, report.Done, nil, report.Incomplete, 3, "unbalanced"},
		"an unknown outcome":              {"sync", whole, "splendid", nil, "splendid", 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := report.Report{Command: c.command, Directions: directions(c.entries)}
			r.Conclude(c.said, c.failure)
			require.Equal(t, c.want, r.Status)
			require.Equal(t, c.code, r.ExitCode)
			if c.error == "" {
				require.Nil(t, r.Error)
				return
			}
			require.NotNil(t, r.Error)
			require.Equal(t, c.error, r.Error.Code)
			require.NotEmpty(t, r.Error.Message)
		})
	}
}

func TestAnOutcomeNeverBecomesWeaker(t *testing.T) {
	order := []report.Status{report.Config, report.Locked, report.Stopped, report.Failed, report.Incomplete, report.Parked, report.Done}
	rapid.Check(t, func(t *rapid.T) {
		said := rapid.SliceOfN(rapid.IntRange(0, len(order)-1), 1, 6).Draw(t, "said")
		r := report.Report{Command: "sync"}
		strongest := len(order)
		for _, i := range said {
			r.Conclude(order[i], &report.Failure{Code: string(order[i])})
			strongest = min(strongest, i)
			require.Equal(t, order[strongest], r.Status)
			require.Equal(t, order[strongest].ExitCode(), r.ExitCode)
			require.Equal(t, string(order[strongest]), r.Error.Code, "the error belongs to the outcome")
		}
	})
}

func TestSumsOfBalancedPassesBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string) int { return rapid.IntRange(0, 9).Draw(t, name) }
		var sum report.Report
		read := 0
		for range rapid.IntRange(1, 4).Draw(t, "passes") {
			e := report.Entries{Mirrored: n("mirrored"), Folded: n("folded"), Covered: n("covered"), Skipped: n("skipped"), Parked: n("parked"), Pending: n("pending"), Written: n("written")}
			e.Read = e.Mirrored + e.Folded + e.Covered + e.Skipped + e.Parked + e.Pending
			read += e.Read
			sum.Merge(report.Report{Directions: directions(e), APICalls: map[string]*report.Calls{"dashly": {Read: 1}}})
		}
		e := sum.Directions["dashly_to_intercom"].Entries
		require.True(t, e.Balanced())
		require.Equal(t, read, e.Read)
	})
}

func TestMergeLeavesThePassAlone(t *testing.T) {
	pass := report.Report{Directions: directions(report.Entries{Read: 1, Mirrored: 1})}
	var sum report.Report
	sum.Merge(pass)
	sum.Merge(pass)
	require.Equal(t, 2, sum.Directions["dashly_to_intercom"].Entries.Read)
	require.Equal(t, 1, pass.Directions["dashly_to_intercom"].Entries.Read)
}

func TestADaemonThatWasEndedIsDone(t *testing.T) {
	r := report.Report{Command: "serve", Directions: directions(report.Entries{Read: 1, Pending: 1}), Error: &report.Failure{}}
	r.Ended()
	require.Equal(t, report.Done, r.Status)
	require.Zero(t, r.ExitCode)
	require.Nil(t, r.Error)
}

// full is a report with something in every field that a run fills.
func full() report.Report {
	r := report.Report{
		Schema: report.Schema, Run: "20261121T060000-abcdef", Command: "sync", StartedAt: time.Date(2026, 11, 21, 6, 0, 0, 0, time.UTC), DurationS: 1.234,
		Directions: map[string]*report.Direction{
			"dashly_to_intercom": {
				Conversations: 12, Entries: report.Entries{Read: 90, Mirrored: 70, Folded: 12, Covered: 5, Skipped: 2, Parked: 1, Written: 4},
				SkippedBy: map[string]int{"awaiting_customer": 2}, ParkedBy: map[string]int{"rate_limited": 1}, Losses: map[mapping.Loss]int{mapping.LossEventTimeNow: 5},
			},
			"intercom_to_dashly": {Conversations: 9, Entries: report.Entries{Read: 1041, Mirrored: 1041}, Conflicts: 3},
		},
		APICalls: map[string]*report.Calls{"intercom": {Read: 13, Write: 82, Throttled: 1}, "dashly": {Read: 40, Write: 9}},
		Visible:  report.Visible{Live: 3},
	}
	r.Conclude(report.Done, nil)
	return r
}

func TestTheTableForPeople(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, full().WriteTable(&out))
	failed := full()
	failed.Visible = report.Visible{History: 1}
	failed.Conclude(report.Incomplete, &report.Failure{Code: "denied", Message: "the token is not accepted", Where: "intercom.token"})
	out.WriteString("--\n")
	require.NoError(t, failed.WriteTable(&out))
	const golden = "testdata/table.golden"
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(golden, out.Bytes(), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), out.String())
}

func TestTheObjectHasOneShape(t *testing.T) {
	var out bytes.Buffer
	empty := report.Report{Command: "sync", Directions: map[string]*report.Direction{"dashly_to_intercom": {}}}
	empty.Conclude(report.Failed, &report.Failure{Code: "store", Message: "<gone>", Where: "state.url"})
	require.NoError(t, empty.WriteJSON(&out))
	require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("\n")), "one line")
	require.JSONEq(t, `{"schema": 1, "run": "", "command": "sync", "status": "failed", "exit_code": 1, "started_at": "0001-01-01T00:00:00Z", "duration_s": 0,
		"error": {"code": "store", "message": "<gone>", "where": "state.url"},
		"directions": {"dashly_to_intercom": {"conversations": 0,
			"entries": {"read": 0, "mirrored": 0, "folded": 0, "covered": 0, "skipped": 0, "parked": 0, "pending": 0, "written": 0},
			"skipped_by": {}, "parked_by": {}, "losses": {}, "conflicts": 0}},
		"api_calls": {}, "customer_visible_writes": {"live": 0, "history": 0}}`, out.String())

	out.Reset()
	require.NoError(t, full().WriteJSON(&out))
	var again report.Report
	require.NoError(t, json.Unmarshal(out.Bytes(), &again))
	var second bytes.Buffer
	require.NoError(t, again.WriteJSON(&second))
	require.Equal(t, out.String(), second.String())
}

func TestAPassOfTheDemoIsAReportWithAName(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, report.Report{Passes: []report.Pass{{Name: "idle", Report: full()}}}.WriteJSON(&out))
	var got struct {
		Passes []struct {
			Name      string `json:"name"`
			ExitCode  int    `json:"exit_code"`
			SkippedBy any    `json:"skipped_by"`
		} `json:"passes"`
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	require.Equal(t, "idle", got.Passes[0].Name)
	require.Equal(t, 2, got.Passes[0].ExitCode)
}
