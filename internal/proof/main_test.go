package proof_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
)

var (
	program    string // the path of the binary
	buildFlags []string
)

// TestMain builds the program once.
func TestMain(m *testing.M) { os.Exit(withProgram(m)) }

func withProgram(m *testing.M) int {
	flag.Parse()
	_ = flag.Set("test.parallel", "6") // they mostly wait
	dir, err := os.MkdirTemp("", "deskbridge-proof-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program = filepath.Join(dir, "deskbridge")
	args := append([]string{"build", "-o", program}, buildFlags...)
	if out, err := exec.Command("go", append(args, "github.com/deskbridge/deskbridge/cmd/deskbridge")...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// patience is how long anything may take that should happen soon; a run that waits for a lease or a settle included.
const patience = 90 * time.Second

// process is one run of the program.
type process struct {
	id             int // by which the gate knows its calls
	cmd            *exec.Cmd
	args           string
	stdout, stderr buffer
	started        chan struct{}
	done           chan struct{} // closed when it has ended and all its output is there
}

// runs counts the processes, so that each has a number of its own.
var runs atomic.Int64

// command prepares a run of the program under --json; start starts it.
func command(args ...string) *process {
	p := &process{id: int(runs.Add(1)), args: strings.Join(args, " "), started: make(chan struct{}), done: make(chan struct{})}
	p.cmd = exec.Command(program, append(args, "--json")...)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	p.setenv(callerVariable, strconv.Itoa(p.id))
	p.setenv(rateVariable, "1000")
	return p
}

func (p *process) setenv(name, value string) *process {
	p.cmd.Env = append(p.cmd.Environ(), name+"="+value)
	return p
}

func (p *process) start(t *testing.T) *process {
	t.Helper()
	require.NoError(t, p.cmd.Start())
	close(p.started)
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.kill()
		<-p.done
	})
	return p
}

// kill ends the process as the machine would, without a word. It may be called before start has returned.
func (p *process) kill() {
	<-p.started
	_ = p.cmd.Process.Kill()
}

func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(s))
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// wait waits for the end and gives the exit code, or -1 after a kill.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		_ = p.cmd.Process.Signal(syscall.SIGQUIT) // tells what it is at
		<-p.done
		t.Fatalf("deskbridge %s has not ended:\n%s", p.args, p.stderr.String())
	}
	return p.cmd.ProcessState.ExitCode()
}

// report gives the final object, which is all of stdout.
func (p *process) report(t *testing.T) report.Report {
	t.Helper()
	code := p.wait(t)
	var r report.Report
	d := json.NewDecoder(strings.NewReader(p.stdout.String()))
	require.NoError(t, d.Decode(&r), "deskbridge %s ended with %d:\n%s\n%s", p.args, code, p.stdout.String(), p.stderr.String())
	require.False(t, d.More(), "one object only")
	require.Equal(t, code, r.ExitCode)
	for name, direction := range r.Directions {
		require.True(t, direction.Entries.Balanced(), "%s: %+v", name, direction.Entries)
	}
	require.Zero(t, r.Visible.History)
	return r
}

// crew does rounds as subtests while more says so, some at a time: the program mostly waits until its writes have settled.
// It gives the number of rounds.
func crew(t *testing.T, hands int, more func(round int) bool, do func(t *testing.T, round int)) (rounds int) {
	t.Helper()
	next := make(chan int)
	var all sync.WaitGroup
	for range hands {
		all.Go(func() {
			for round := range next {
				t.Run(strconv.Itoa(round), func(t *testing.T) { do(t, round) })
			}
		})
	}
	for more(rounds) && !t.Failed() {
		next <- rounds
		rounds++
	}
	close(next)
	all.Wait()
	return rounds
}

// buffer is output that is read while it grows.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
