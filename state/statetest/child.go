package statetest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// errand is what a second process is started for. It tells the fence of its lease, then each step that is stored.
type errand struct {
	Address, Name string
	Lease         string
	// Commit: commit numbered steps until killed. Else: take the lease and end without giving it back.
	Commit bool
}

const errandVariable = "DESKBRIDGE_STATETEST_ERRAND"

// Main runs the tests, or the errand that this process was started for by one of them.
func Main[S state.Store](m *testing.M, open Opener[S]) {
	text := os.Getenv(errandVariable)
	if text == "" {
		os.Exit(m.Run())
	}
	var e errand
	err := json.Unmarshal([]byte(text), &e)
	if err == nil {
		var s S
		if s, err = open(context.Background(), e.Address, e.Name); err == nil {
			err = e.run(context.Background(), s, func(n int) { fmt.Println(n) })
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0) // without closing the store: the process is to die with everything that it has
}

func (e errand) run(ctx context.Context, s state.Store, tell func(int)) error {
	l, err := s.Acquire(ctx, e.Lease, long)
	if err != nil {
		return err
	}
	tell(int(l.Fence))
	for n := 1; e.Commit; n++ {
		if err := s.Commit(ctx, l, state.Pair(l.Name), numbered(n)); err != nil {
			return err
		}
		tell(n)
	}
	return nil
}

// numbered is a step that is easy to recognise half done: two records, an index entry and an agenda item of the same
// number, the two records of the step before removed.
func numbered(n int) state.Change {
	no := strconv.Itoa(n)
	c := state.Change{
		Put:    map[string][]byte{"a" + no: []byte(no), "b" + no: []byte(no), "last": []byte(no)},
		Index:  []mapping.Ref{stepRef(n)},
		Agenda: &state.Item{Reason: "step", Tries: n},
	}
	if n > 1 {
		c.Del = []string{"a" + strconv.Itoa(n-1), "b" + strconv.Itoa(n-1)}
	}
	return c
}

func stepRef(n int) mapping.Ref {
	return mapping.Ref{Desk: "intercom", ID: mapping.ConversationID("step" + strconv.Itoa(n))}
}

// process is another process on its errand.
type process struct {
	next func() (n int, ok bool) // what it tells next; not ok when it has ended
	kill func() error
	wait func() error // nil when it came to its end by itself
}

// start starts another process for an errand.
func (x *exam) start(t *testing.T, e errand) process {
	t.Helper()
	if x.place.Process != nil {
		return x.simulate(t, e)
	}
	e.Address = x.place.Address
	text, err := json.Marshal(e)
	require.NoError(t, err)
	me, err := os.Executable()
	require.NoError(t, err)
	c := exec.CommandContext(t.Context(), me)
	c.Env = append(os.Environ(), errandVariable+"="+string(text))
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	lines := bufio.NewScanner(out)
	return process{
		next: func() (int, bool) {
			if !lines.Scan() {
				return 0, false
			}
			n, err := strconv.Atoi(lines.Text())
			require.NoError(t, err)
			return n, true
		},
		kill: func() error { return c.Process.Kill() },
		wait: c.Wait,
	}
}

// simulate has a process of the place's own do an errand.
func (x *exam) simulate(t *testing.T, e errand) process {
	s, kill := x.place.Process(t, e.Name)
	told := make(chan int, 64) // it may be ahead of what is heard of it, as with a pipe
	ended := make(chan error, 1)
	go func() {
		err := e.run(t.Context(), s, func(n int) {
			select {
			case told <- n:
			case <-t.Context().Done(): // nobody listens any more
			}
		})
		kill()
		close(told)
		ended <- err
	}()
	return process{
		next: func() (int, bool) { n, ok := <-told; return n, ok },
		kill: func() error { kill(); return nil },
		wait: func() error { return <-ended },
	}
}

// leaveHeld has another process take a lease and die with it. It gives the fence.
func (x *exam) leaveHeld(t *testing.T, name, lease string) int64 {
	t.Helper()
	other := x.start(t, errand{Name: name, Lease: lease})
	fence, ok := other.next()
	require.True(t, ok, "the other process could not take the lease")
	require.NoError(t, other.wait())
	return int64(fence)
}
