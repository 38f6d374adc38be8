package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// TestMain makes this test binary the program itself, for the scripts that run it as a process.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"deskbridge": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			for _, name := range []string{"DASHLY_ADDR", "INTERCOM_ADDR", "NOBODY"} {
				address, err := freeAddress()
				if err != nil {
					return err
				}
				e.Setenv(name, address)
				e.Setenv(strings.TrimSuffix(name, "_ADDR")+"_PORT", address[strings.LastIndexByte(address, ':')+1:])
			}
			e.Setenv("DASHLY_TOKEN", "secret-of-dashly")
			e.Setenv("INTERCOM_TOKEN", "secret-of-intercom")
			e.Setenv("TMPDIR", filepath.Join(e.WorkDir, "tmp"))
			return os.Mkdir(filepath.Join(e.WorkDir, "tmp"), 0o755)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "object": object, "listening": listening, "untouched": untouched, "eventually": eventually, "human": act, "keep": keep,
		},
	})
}

// freeAddress finds a port that nobody listens on at this moment.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// exits runs deskbridge and asks for an exit code: exits 4 sync --json.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits code [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec("deskbridge", args[1:]...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("deskbridge %s: exit code %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// object asks that stdout is exactly one JSON object with these fields: object status=config exit_code=4 error.code=usage.
func object(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile("stdout")
	var one map[string]any
	d := json.NewDecoder(strings.NewReader(text))
	ts.Check(d.Decode(&one))
	if d.More() {
		ts.Fatalf("more than one value on stdout: %s", text)
	}
	for _, field := range []string{"schema", "run", "command", "status", "exit_code", "started_at", "duration_s", "error", "directions", "api_calls", "customer_visible_writes"} {
		if _, ok := one[field]; !ok {
			ts.Fatalf("the object lacks %s: %s", field, text)
		}
	}
	for _, a := range args {
		path, want, _ := strings.Cut(a, "=")
		var v any = one
		for _, key := range strings.Split(path, ".") {
			m, _ := v.(map[string]any)
			v = m[key]
		}
		if got := fmt.Sprint(v); (got == want) == neg {
			ts.Fatalf("%s is %s, want %s: %s", path, got, want, text)
		}
	}
}

// listening waits until somebody answers at each address.
func listening(ts *testscript.TestScript, _ bool, args []string) {
	for _, address := range args {
		for {
			c, err := net.Dial("tcp", address)
			if err == nil {
				ts.Check(c.Close())
				break
			}
		}
	}
}

// untouched asks that a directory holds exactly these files: untouched dir file...
func untouched(ts *testscript.TestScript, _ bool, args []string) {
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	var names []string
	for _, e := range entries {
		if e.Name() != ".tmp" { // testscript's own
			names = append(names, e.Name())
		}
	}
	if got, want := strings.Join(names, " "), strings.Join(args[1:], " "); got != want {
		ts.Fatalf("%s holds %q, want %q", args[0], got, want)
	}
}

// eventually repeats deskbridge until its output matches: eventually regexp args...
func eventually(ts *testscript.TestScript, _ bool, args []string) {
	want := regexp.MustCompile(args[0])
	for {
		ts.Check(ts.Exec("deskbridge", args[1:]...))
		if want.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
}

// act lets a person act at a stand-in desk, and keeps what came of it: human address act [VAR=field...].
func act(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: human address act [VAR=field...]")
	}
	r, err := http.Post("http://"+args[0]+"/_sandbox/human", "application/json", strings.NewReader(args[1]))
	ts.Check(err)
	defer r.Body.Close()
	answer, err := io.ReadAll(r.Body)
	ts.Check(err)
	if r.StatusCode != http.StatusOK {
		ts.Fatalf("%s: %s", args[1], answer)
	}
	var made map[string]string
	ts.Check(json.Unmarshal(answer, &made))
	for _, a := range args[2:] {
		name, field, _ := strings.Cut(a, "=")
		ts.Setenv(name, made[field])
	}
}

// keep sets a variable to what the group of a regular expression finds on stdout: keep VAR regexp.
func keep(ts *testscript.TestScript, _ bool, args []string) {
	found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) != 2 {
		ts.Fatalf("stdout has no %s", args[1])
	}
	ts.Setenv(args[0], found[1])
}

func TestTheHelpOfEveryCommandEndsWithItsExitCodes(t *testing.T) {
	a := &app{Main: &Main{}}
	root := a.root()
	commands := append(root.Commands(), root)
	for _, c := range root.Commands() {
		commands = append(commands, c.Commands()...)
	}
	require.Greater(t, len(commands), 10)
	for _, c := range commands {
		var out strings.Builder
		c.SetOut(&out)
		require.NoError(t, c.Help())
		_, codes, ok := strings.Cut(out.String(), "\nExit codes:\n")
		require.True(t, ok, c.Name())
		for line := range strings.Lines(codes) {
			require.Regexp(t, `^  (0|1|2|3|4|5|130) +\S`, line, c.Name())
		}
	}
}
