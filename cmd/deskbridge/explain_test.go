package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
)

var update = flag.Bool("update", false, "write the golden files anew")

// storyExplained is an explanation with a row of each sort.
func storyExplained() report.Report {
	at := func(minute int) time.Time { return time.Date(2026, 11, 21, 6, minute, 0, 0, time.UTC) }
	alice, jane := report.ShownBy{Role: "customer", ID: "7", Name: "Alice <script>"}, report.ShownBy{Role: "agent", ID: "25", Name: "Jane"}
	shown := func(desk, id, native, kind string, by report.ShownBy, minute int, text string) report.ShownEntry {
		return report.ShownEntry{Desk: desk, Entry: id, Native: native, Kind: kind, Author: by, At: at(minute), Text: text}
	}
	greeting := "<script>alert('Hello')</script> my order is late & I am \u202eangry\x1b[31m"
	file := shown("dashly", "3", "reply_user", "message", alice, 3, "")
	file.Files = []string{"photo.jpg"}
	gone := report.ShownEntry{Desk: "intercom", Entry: "99", Missing: true}
	return report.Report{Schema: report.Schema, Command: "explain", Status: report.Done,
		Operations: []report.Operation{
			{Pair: "dashly:1", Desk: "dashly", Kind: "message", Class: "delivered", Entries: []string{"70"}, Text: "It comes tomorrow"},
			{Pair: "dashly:1", Desk: "intercom", Kind: "state", Class: "quiet", Text: "status=closed"},
		},
		Explanation: &report.Explanation{Pair: "dashly:1", Home: "dashly",
			Waiting: &report.Waiting{Parked: true, Reason: "denied", Detail: "HTTP 403", Since: at(0), RetryAt: at(59), Tries: 2},
			Sides: []report.ExplainedSide{
				{Desk: "dashly", Conversation: "1", Began: true, Read: true, Customer: "Alice <script>", State: "closed", Assignee: "Jane", Tags: []string{"bug", "vip"}, Entries: &report.Entries{Read: 5, Mirrored: 2, Folded: 1, Covered: 1, Skipped: 1}},
				{Desk: "intercom", Conversation: "214", Read: true, URL: "https://app.example/214", Customer: "Alice <script>", State: "snoozed", Until: at(30), Title: "Late order", NotGiven: []string{"title"}, Truncated: 3, UnverifiableBefore: at(2), Entries: &report.Entries{Read: 1, Pending: 1}},
			},
			Rows: []report.ExplainedRow{
				{ShownEntry: shown("dashly", "1", "reply_user", "message", alice, 1, greeting), Fate: "mirrored", Rule: "open", As: "customer", Class: "quiet", Home: "dashly",
					Twins: []report.ShownEntry{shown("intercom", "source:5", "source", "message", alice, 1, greeting)}},
				{ShownEntry: shown("intercom", "6", "note", "note", jane, 1, "This conversation continues dashly:1 in Dashly."), Bridge: "back-link"},
				{ShownEntry: shown("dashly", "2", "reply_admin", "message", jane, 2, "東京の天気はどうですか。とても長い文章です、折り返しを確かめるために書いています。\n"+strings.Repeat("A long word or two. ", 60)), Fate: "folded", Rule: "transcript", Historic: true, Home: "dashly",
					Twins: []report.ShownEntry{shown("intercom", "6", "note", "note", jane, 1, "")}},
				{ShownEntry: file, Fate: "mirrored", Rule: "message", As: "customer", Class: "quiet", Losses: []mapping.Loss{mapping.LossTimeNow, mapping.LossFileNotCarried}, Home: "dashly", Twins: []report.ShownEntry{gone}},
				{ShownEntry: shown("dashly", "4", "closed", "event", jane, 4, ""), Fate: "covered", Rule: "covered by status", Home: "dashly"},
				{ShownEntry: shown("dashly", "5", "vote", "event", alice, 5, ""), Fate: "skipped", Rule: "vote_not_carried", Home: "dashly"},
				{ShownEntry: shown("intercom", "70", "comment", "message", jane, 6, "It comes tomorrow"), Fate: "pending", Rule: "message", As: "agent", Class: "delivered", Losses: []mapping.Loss{mapping.LossTimeNow}, Home: "dashly"},
			},
		}}
}

func TestAnExplanationReads(t *testing.T) {
	for name, o := range map[string]explaining{"explain.txt": {width: 100}, "explain-narrow.txt": {width: narrowest}, "explain.html": {html: true}} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, showExplanation(&out, storyExplained(), o))
			golden := filepath.Join("testdata", "explain", name)
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(golden), 0o755))
				require.NoError(t, os.WriteFile(golden, out.Bytes(), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), out.String())
			require.NotContains(t, out.String(), "\x1b")
			require.NotContains(t, out.String(), "\u202e")
			if o.html {
				require.NotContains(t, out.String(), "<script")
				return
			}
			for line := range strings.Lines(out.String()) {
				require.LessOrEqual(t, cells(strings.TrimRight(line, "\n")), o.width, line)
			}
		})
	}
}

func TestAnExplanationOfWhatADeskDoesNotShow(t *testing.T) {
	asked := mapping.Ref{Desk: "dashly", ID: "1"}
	unread := func(side int, reason string) report.Report {
		r := storyExplained()
		x := *r.Explanation
		x.Sides[side].Read, x.Sides[side].Unread = false, &report.Waiting{Reason: reason, Detail: "HTTP 500"}
		x.Ended = x.Sides[side].Unread
		r.Explanation = &x
		return r
	}
	neither := unread(0, "unreachable")
	neither.Explanation.Sides[1].Read = false
	deleted := storyExplained()
	deleted.Explanation.Sides[0].Read, deleted.Explanation.Sides[0].Gone = false, true
	unknown := storyExplained()
	unknown.Explanation = nil
	for name, c := range map[string]struct {
		report report.Report
		shown  bool
		status report.Status
		code   string
	}{
		"both are there":                  {storyExplained(), true, report.Done, ""},
		"the desk does not find it":       {unread(0, "not_found"), true, report.Failed, "not_found"},
		"the desk does not answer":        {unread(0, "unreachable"), true, report.Failed, "unreachable"},
		"it was deleted":                  {deleted, true, report.Failed, "not_found"},
		"neither can be read":             {neither, false, report.Failed, "unreachable"},
		"its twin is not found":           {unread(1, "not_found"), true, report.Done, ""},
		"its twin's desk does not answer": {unread(1, "unreachable"), true, report.Incomplete, "unreachable"},
		"its pair is not found out":       {unknown, false, report.Incomplete, "unfinished"},
	} {
		t.Run(name, func(t *testing.T) {
			a := &app{Main: &Main{}, report: c.report}
			require.Equal(t, c.shown, a.judgeExplanation(asked))
			require.Equal(t, c.status, a.report.Status)
			if c.code == "" {
				require.Nil(t, a.report.Error)
				return
			}
			require.Equal(t, c.code, a.report.Error.Code)
			require.Contains(t, a.report.Error.Message, "dashly:1")
			require.NotContains(t, a.report.Error.Message, "\n")
		})
	}
}
