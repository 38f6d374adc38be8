package simulation_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/deskbridge/deskbridge/internal/simulation"
	"github.com/deskbridge/deskbridge/internal/thin"
)

// A sabotage breaks the bridge on purpose, in a copy that only the compiler sees: a file in testdata/sabotage names a
// source file and what stands in the place of what. The program is compiled once with all of them, each asleep until
// the environment wakes it.
type sabotage struct {
	name, title string
	catches     []catch
}

// catch is a scenario that shows the break, and how it is played.
type catch struct{ scenario, manner string }

const (
	sabotageVariable = "DESKBRIDGE_TEST_SABOTAGE"
	catchVariable    = "DESKBRIDGE_TEST_CATCH"
	moduleRoot       = "../.."
)

// fallenOver is what a test prints that shows nothing: it crashed, or it never ended.
var fallenOver = regexp.MustCompile(`(?m)^\s*(panic|fatal error|SIG[A-Z]+): |test timed out|\[recovered\]`)

// shown is what a test prints that sees a difference: to the undisturbed run, to the pictures of the file, to what a line
// of a script expects; or an invariant that does not hold.
var shown = regexp.MustCompile(`the end is not that of the undisturbed run|the picture of \w+ is not that of the file|` +
	`txtar:\d+: (dashly|intercom)( knob)? shows|` +
	`an idle pass made \d+ write calls|there is still something to write|are pending in the end|` +
	`in the end .* (is on the agenda|has \d+ open intents|has not all of its twins)|` +
	`was written \d+ times by people and stands|after the lease of its process had run out|` +
	`is shown to the customer|is history and was delivered|historic entries were delivered|does not account for every entry`)

// TestTheProofCanFail wakes one break after the other and demands that the scenarios that its file names catch it.
func TestTheProofCanFail(t *testing.T) {
	if thin.By > 1 {
		t.Skip("what it starts is built without the race detector: run it without")
	}
	files, err := filepath.Glob("testdata/sabotage/*.txtar")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 10)
	dir := t.TempDir()
	broken := map[string]string{} // sources with all breaks, by path
	var all []sabotage
	for _, file := range files {
		s, err := readSabotage(file, broken)
		require.NoError(t, err)
		all = append(all, s)
	}
	binary := compile(t, dir, broken)
	for _, s := range all {
		for _, c := range s.catches {
			t.Run(s.name+"/"+c.scenario, func(t *testing.T) {
				t.Parallel()
				play := func(wake string) (code int, out string) {
					cmd := exec.CommandContext(t.Context(), binary, "-test.run=^TestCatch$", "-test.v", "-test.timeout=5m")
					cmd.Env = append(os.Environ(), sabotageVariable+"="+wake, catchVariable+"="+c.scenario+": "+c.manner)
					printed, err := cmd.CombinedOutput()
					var exit *exec.ExitError
					if err != nil && !errors.As(err, &exit) {
						require.NoError(t, err)
					}
					require.Contains(t, string(printed), "=== RUN   TestCatch")
					return cmd.ProcessState.ExitCode(), string(printed)
				}
				code, out := play("")
				require.Zero(t, code, "it fails with all breaks asleep, so it shows nothing:\n%s", out)
				code, out = play(s.name)
				require.NotZero(t, code, "%s: %s, %s does not catch it", s.title, c.scenario, c.manner)
				require.Equal(t, 1, code, "it does not fail, it falls over:\n%s", out)
				require.NotRegexp(t, fallenOver, out)
				require.Regexp(t, shown, out, "it fails, but not because it sees what is wrong")
			})
		}
	}
}

// TestCatch plays one scenario in one manner: it is what TestTheProofCanFail starts.
func TestCatch(t *testing.T) {
	name, manner, ok := strings.Cut(os.Getenv(catchVariable), ": ")
	if !ok {
		t.Skip("only for TestTheProofCanFail")
	}
	s, err := simulation.LoadFile("testdata/scenarios/" + name + ".txtar")
	require.NoError(t, err)
	calm := s.Run(t, simulation.Plan{RecordPoints: true})
	require.NoError(t, calm.Err)
	require.NoError(t, s.Drawn(calm))
	plans := manners[manner]
	if fault, ok := strings.CutSuffix(manner, " on every write"); ok {
		plans = func(_ *simulation.Scenario, calm simulation.Result) []simulation.Plan {
			return struck(t, fault, calm.Writes)
		}
	}
	require.NotNil(t, plans, "%q is no manner of playing", manner)
	for _, p := range plans(s, calm) {
		res := s.Run(t, p)
		if p.Before != nil { // which fields a desk refused, and which losses there were, may be forgotten
			res.Essence.Ledger = calm.Essence.Ledger
		}
		require.NoError(t, res.Like(calm))
	}
}

// manners are the ways in which a scenario is played to catch a break.
var manners = map[string]func(s *simulation.Scenario, calm simulation.Result) []simulation.Plan{
	"undisturbed": func(*simulation.Scenario, simulation.Result) []simulation.Plan { return []simulation.Plan{{}} },
	"dying at every point": func(_ *simulation.Scenario, calm simulation.Result) (all []simulation.Plan) {
		for n := range calm.Count {
			all = append(all, simulation.Plan{DieAt: []int{n + 1}})
		}
		return all
	},
	"stopped for 20s at every third point": func(_ *simulation.Scenario, calm simulation.Result) (all []simulation.Plan) {
		for n := 1; n <= calm.Count; n += 3 {
			all = append(all, simulation.Plan{StopAt: []int{n}, StopFor: 20 * time.Second})
		}
		return all
	},
	"refusing each command to the store": func(_ *simulation.Scenario, calm simulation.Result) []simulation.Plan {
		return refused(calm)
	},
	"forgetting everything between any two lines": func(s *simulation.Scenario, _ simulation.Result) (all []simulation.Plan) {
		for n := range s.Lines() + 1 {
			all = append(all, simulation.Plan{Before: func(w *simulation.World, line int) error {
				if line == n {
					w.Disk.Wipe()
				}
				return nil
			}})
		}
		return all
	},
}

// refused lets the store refuse one command after the other.
func refused(calm simulation.Result) (all []simulation.Plan) {
	for _, c := range calm.StoreCalls {
		if s, err := simulation.ParseStoreStrike(fmt.Sprintf("refused on the %dth command", len(all)+1)); err == nil && !c.Done {
			all = append(all, simulation.Plan{StoreStrikes: []simulation.StoreStrike{s}})
		}
	}
	return all
}

// struck lets one write after the other go wrong.
func struck(t *testing.T, fault string, writes int) (all []simulation.Plan) {
	t.Helper()
	for n := range writes {
		f, err := simulation.ParseFault(fmt.Sprintf("%s on the %dth write", fault, n+1))
		require.NoError(t, err)
		all = append(all, simulation.Plan{Faults: []simulation.Fault{f}})
	}
	return all
}

// readSabotage adds the breaks of a file to the broken sources. Its comment is a title, a paragraph, and a line "caught
// by <scenario>: <manner>" for each catch; each section is a source file with blocks of <<<<, ====, >>>>.
func readSabotage(file string, broken map[string]string) (sabotage, error) {
	a, err := txtar.ParseFile(file)
	if err != nil {
		return sabotage{}, err
	}
	s := sabotage{name: strings.TrimSuffix(filepath.Base(file), ".txtar")}
	for _, line := range strings.Split(string(a.Comment), "\n") {
		s.title = cmp.Or(s.title, line)
		if rest, ok := strings.CutPrefix(line, "caught by "); ok {
			scenario, manner, _ := strings.Cut(rest, ": ")
			s.catches = append(s.catches, catch{scenario, manner})
		}
	}
	if len(s.catches) == 0 || len(a.Files) == 0 {
		return s, fmt.Errorf("%s: no line \"caught by <scenario>: <manner>\", or no source file", file)
	}
	for _, f := range a.Files {
		text, ok := broken[f.Name]
		if !ok {
			source, err := os.ReadFile(filepath.Join(moduleRoot, f.Name))
			if err != nil {
				return s, fmt.Errorf("%s: %w", file, err)
			}
			text = string(source)
		}
		for _, block := range strings.Split(string(f.Data), "<<<<\n")[1:] {
			before, after, ok := strings.Cut(block, "====\n")
			after, _, closed := strings.Cut(after, ">>>>\n")
			if !ok || !closed || strings.Count(text, before) != 1 {
				return s, fmt.Errorf("%s: %s has this %d times, not once:\n%s", file, f.Name, strings.Count(text, before), before)
			}
			text = strings.Replace(text, before, after, 1)
		}
		broken[f.Name] = text
	}
	return s, nil
}

// compile builds this test with the broken sources laid over the true ones.
func compile(t *testing.T, dir string, broken map[string]string) string {
	t.Helper()
	root, err := filepath.Abs(moduleRoot)
	require.NoError(t, err)
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	lay := func(path, text string) {
		file := filepath.Join(dir, fmt.Sprintf("%d.go", len(overlay.Replace)))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		overlay.Replace[filepath.Join(root, path)] = file
	}
	var packages []string
	for path, text := range broken {
		lay(path, text)
		if pkg := filepath.Dir(path); !slices.Contains(packages, pkg) {
			packages = append(packages, pkg)
		}
	}
	for _, pkg := range packages {
		lay(filepath.Join(pkg, "sabotaged.go"), fmt.Sprintf(`package %s

import "os"

var awake = os.Getenv(%q)

func sabotaged(name string) bool { return awake == name }
`, filepath.Base(pkg), sabotageVariable))
	}
	text, err := json.Marshal(overlay)
	require.NoError(t, err)
	file, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "broken.test")
	require.NoError(t, os.WriteFile(file, text, 0o600))
	out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-overlay", file, "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	return binary
}
