package simulation_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/simulation"
)

const head = "A title\n\nA paragraph.\n-- script --\n"

// TestMistakesInAScript: what is not understood is an error with its place and with what is allowed.
func TestMistakesInAScript(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"no comment":            {"-- script --\nsync\n", "x.txtar:1: a scenario begins with a line that names it and a paragraph that tells what it is about"},
		"no paragraph":          {"A title\n-- script --\nsync\n", "x.txtar:1: a scenario begins with a line that names it and a paragraph that tells what it is about"},
		"empty":                 {head, "x.txtar:1: the script is empty"},
		"unknown section":       {head + "sync\n-- end --\n", `x.txtar:6: unknown section "end": there are settings, script, dashly, intercom and delivered`},
		"unknown word":          {head + "sync\nsynch\n", "x.txtar:6: not understood: synch"},
		"allowed is listed":     {head + "restart somewhere\n", "allowed is:\n  restart on another host"},
		"unknown deed":          {head + `dashly: Jane shouts "x"` + "\n", "x.txtar:5: not understood: Jane shouts \"x\"\nallowed is:"},
		"deed of the other":     {head + `intercom: Jane sends article "x"` + "\n", `not understood: Jane sends article "x"`},
		"unknown customer":      {head + `dashly: Alice opens "x"` + "\n", "x.txtar:5: nobody knows Alice; introduce them: customer Alice (crm-1)"},
		"unknown agent":         {head + "dashly: customer Alice (crm-1) opens \"x\"\ndashly: Lena closes\n", `x.txtar:6: no agent "Lena" here; there are Jane, Max, Olga, Tom`},
		"unknown conversation":  {head + "dashly: customer Alice (crm-1) opens \"x\" as a\ndashly: Jane closes in b\n", `x.txtar:6: no conversation "b" here; there are a`},
		"label taken":           {head + "dashly: customer Alice (crm-1) opens \"x\" as a\ndashly: Alice opens \"y\" as a\n", `x.txtar:6: there is a conversation "a" already`},
		"other details":         {head + "dashly: customer Alice (crm-1) opens \"x\"\nintercom: customer Alice (crm-2) opens \"y\"\n", "x.txtar:6: Alice was introduced otherwise before"},
		"wrong detail":          {head + `dashly: customer Alice (two words) opens "x"` + "\n", `"two words" is nothing that a customer has`},
		"open text":             {head + `dashly: customer Alice (crm-1) opens "x` + "\n", "x.txtar:5: a text has no end"},
		"wrong modifier":        {head + `dashly: customer Alice (crm-1) opens "x" as a b` + "\n", "after the sentence may stand: in LABEL, as LABEL, with file"},
		"wrong expectation":     {head + "intercom shows red\n", "x.txtar:5: not understood: shows red\nallowed is:"},
		"wrong repetition":      {head + "repeat often sync\n", `x.txtar:5: write "repeat 700 dashly: …"`},
		"wrong fault":           {head + "fault 418\n", `x.txtar:5: "418" is no fault; write one of: 303 after, 303 before, 403, 429`},
		"wrong death":           {head + "die soon\n", `x.txtar:5: nobody dies or is stopped "soon"; write one of ["before send" "after send"`},
		"wrong stop":            {head + "stop for 60s soon\n", `x.txtar:5: nobody dies or is stopped "soon"; write one of ["before send" "after send"`},
		"wrong knob":            {head + "dashly knob colour red\n", `x.txtar:5: reading knobs: json: unknown field "colour"`},
		"wrong duration":        {head + "wait long\n", "x.txtar:5: not understood: wait long\nallowed is:\n  wait SPAN"},
		"unknown setting":       {"A title\n\nA paragraph.\n-- settings --\n\ncolour: red\n-- script --\nsync\n", `x.txtar:6: unknown setting "colour"; there are: agents.fallback.dashly`},
		"wrong value":           {"A title\n\nA paragraph.\n-- settings --\nhistory.to_dashly: native\n-- script --\nsync\n", `x.txtar:5: setting history.to_dashly: "native" is none of transcript, events, none`},
		"setting without colon": {"A title\n\nA paragraph.\n-- settings --\nworkers 8\n-- script --\nsync\n", `x.txtar:5: a setting is written "key: value", not "workers 8"`},
		"several at once":       {head + "a\nb\n", "x.txtar:6: not understood: b"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := simulation.Parse("x.txtar", []byte(c.file))
			require.ErrorContains(t, err, c.want)
		})
	}
}

// TestALineThatFails names the file, the line and the command that plays it again.
func TestALineThatFails(t *testing.T) {
	s, err := simulation.Parse("some/x.txtar", []byte(head+"dashly: customer Alice (crm-1) opens \"Hello\"\nsync\nintercom shows \"Bye\"\n"))
	require.NoError(t, err)
	res := s.Run(t, simulation.Plan{Seed: 5, DieAt: []int{30, 4}, StopAt: []int{50}, StopFor: time.Minute, Settings: []string{"sync.workers: 2"}})
	require.ErrorContains(t, res.Err, `some/x.txtar:7: intercom shows "Bye": 0 entries say so, not 1`)
	require.ErrorContains(t, res.Err, "DESKBRIDGE_TEST_SCENARIO=x DESKBRIDGE_TEST_SEED=5 DESKBRIDGE_TEST_DIE_AT=30,4 DESKBRIDGE_TEST_STOP_AT=50 DESKBRIDGE_TEST_STOP_FOR=1m0s DESKBRIDGE_TEST_SETTINGS='sync.workers: 2' go test ./internal/simulation -run TestReplay -v")
}

// TestEverySentenceIsUsed: a sentence of the language that no scenario uses is not known to work.
func TestEverySentenceIsUsed(t *testing.T) {
	unused := simulation.UnusedSentences(scenarios(t))
	require.Empty(t, unused)
}

// TestDefaultsAreThoseOfTheProgram compares the bridge of the simulation with the one that an almost empty configuration
// makes.
func TestDefaultsAreThoseOfTheProgram(t *testing.T) {
	file := filepath.Join(t.TempDir(), "deskbridge.yaml")
	require.NoError(t, os.WriteFile(file, []byte(`version: 1
dashly: {token: d}
intercom: {region: us, token: i}
sync: {start: 2026-11-01T00:00:00Z}
agents: {fallback: {dashly: default_admin, intercom: "25"}}
`), 0o600))
	cfg, err := config.Load(file, func(string) (string, bool) { return "", false })
	require.NoError(t, err)
	require.Empty(t, simulation.DefaultsDiff(cfg))
}
