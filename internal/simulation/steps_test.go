package simulation_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/internal/simulation"
	"github.com/deskbridge/deskbridge/internal/thin"
)

// flow is a story in which each step of the flow is taken: things to carry, nothing to do, work to be recognised.
const flow = `The nine steps

One conversation, one worker.
-- settings --
sync.workers: 1
-- script --
dashly: customer Alice (crm-1) opens "Hello"
sync
wait 3m
dashly: Jane replies "Hi"
intercom: Jane tags "vip"
sync
wait 3m
idle
forget everything
wait 3m
sync
idle
`

// Passes of the flow, by the lines before which they end.
const (
	carrying   = "carrying"   // it carries a reply and a tag
	idling     = "idling"     // nothing has happened
	adopting   = "adopting"   // the store is empty, everything stands
	everywhere = "everywhere" // in each of them
)

var (
	overHTTP = []simulation.Kind{simulation.BeforeSend, simulation.AfterSend, simulation.AtAnswer, simulation.HalfRead}
	inStore  = []simulation.Kind{simulation.BeforeStore, simulation.AfterStore}
)

// steps are the rows of docs/failures.md: where a process can die in each step, and in which pass of the flow. Each kind
// of point has to be there.
var steps = []struct {
	step, pass, subject string
	kinds               []simulation.Kind
}{
	{"before a pass", everywhere, `^(take lease|acquire) run$`, inStore},
	{"before a pass", everywhere, `^put term/open$`, inStore},
	{"1 poll", everywhere, `^get cursor/dashly$`, inStore},
	{"1 poll", everywhere, `^dashly GET /v2/apps/`, overHTTP},
	{"1 poll", everywhere, `^intercom POST /conversations/search$`, overHTTP},
	{"2 skip", idling, `^load dashly:#$`, inStore},
	{"3 read", carrying, `^dashly GET /v2/conversations/#\?`, overHTTP},
	{"3 read", carrying, `^dashly GET /v2/conversations/#/parts`, overHTTP},
	{"3 read", carrying, `^intercom GET /conversations/#$`, overHTTP},
	{"4 adopt", adopting, `^commit dashly:#$`, inStore},
	{"7 write", carrying, `^commit dashly:#$`, inStore},
	{"7 write", carrying, `^intercom POST /conversations/#/reply$`, overHTTP},
	{"7 write", carrying, `^dashly POST /v2/conversations/#/tag$`, overHTTP},
	{"8 settle", carrying, `^(give back lease|release) dashly:#$`, inStore},
	{"9 advance", everywhere, `^put cursor/dashly$`, inStore},
	{"9 advance", everywhere, `^put cursor/intercom$`, inStore},
}

// order is what the carrying pass changes, in this order, with the step in which it does.
const order = `
before a pass: take lease run
before a pass: put term/open
3 read: take lease dashly:#
3 read: put agent/dashly/14709
7 write, promise: commit dashly:#
7 write, send: intercom POST /conversations/#/reply
7 write, record: commit dashly:#
7 write, promise: commit dashly:#
7 write, send: dashly POST /v2/conversations/#/tag
7 write, record: commit dashly:#
7 write, promise: commit dashly:#
7 write, send: intercom POST /conversations/#/parts
7 write, record: commit dashly:#
8 settle: commit dashly:#
8 settle: give back lease dashly:#
9 advance: put cursor/dashly
9 advance: put cursor/intercom
after a pass: put run/001
after a pass: put term/runs
after a pass: put term/open
after a pass: give back lease run
`

var longNumber = regexp.MustCompile(`\d{9,}`)

// TestEveryStepHasItsPoints: in each of the nine steps a process can die before and after each thing that it does, the
// changes are made in the order that the rows of docs/failures.md rely on, planning changes nothing and has no point of
// its own, and a death at each of these points ends like none.
func TestEveryStepHasItsPoints(t *testing.T) {
	s, err := simulation.Parse("flow.txtar", []byte(flow))
	require.NoError(t, err)
	at := map[int]int{} // points before each line of the script
	calm := s.Run(t, simulation.Plan{RecordPoints: true, Before: func(w *simulation.World, line int) error {
		at[line] = w.Points()
		return nil
	}})
	require.NoError(t, calm.Err)
	within := func(line int) []simulation.Point { return calm.Points[at[line]:at[line+1]] }
	passes := map[string][]simulation.Point{carrying: within(5), idling: within(7), adopting: within(10)}

	var done []string
	for _, p := range passes[carrying] {
		subject := longNumber.ReplaceAllString(p.Subject, "#")
		if p.Write && (p.Kind == simulation.BeforeSend || p.Kind == simulation.BeforeStore) && !strings.HasPrefix(subject, "renew") {
			done = append(done, subject)
		}
	}
	var want []string
	for _, line := range strings.Split(strings.TrimSpace(order), "\n") {
		_, subject, _ := strings.Cut(line, ": ")
		want = append(want, subject)
	}
	require.Equal(t, want, done)
	for _, pass := range []string{idling, adopting} {
		for _, p := range passes[pass] {
			require.False(t, p.Write && p.Kind == simulation.BeforeSend, "%s: %s", pass, p)
		}
	}

	deaths := map[int]simulation.Point{}
	named := map[string]bool{"5–6 plan": true, "any": true}
	for _, row := range steps {
		named[row.step] = true
		subject := regexp.MustCompile(row.subject)
		for pass, points := range passes {
			if pass != row.pass && row.pass != everywhere {
				continue
			}
			seen := map[simulation.Kind]int{}
			for _, p := range points {
				if subject.MatchString(longNumber.ReplaceAllString(p.Subject, "#")) {
					seen[p.Kind]++
					deaths[p.N] = p
				}
			}
			for _, kind := range row.kinds {
				require.Positive(t, seen[kind], "%s, %s: no point %q %s", row.step, pass, kind, row.subject)
			}
		}
	}
	text, err := os.ReadFile("../../docs/failures.md")
	require.NoError(t, err)
	rows := regexp.MustCompile(`(?m)^\| (before a pass|any|[1-9][^|]*?) \|`).FindAllStringSubmatch(string(text), -1)
	told := map[string]bool{}
	for _, m := range rows {
		told[m[1]] = true
	}
	require.Equal(t, told, named, "the steps of docs/failures.md and those that are looked at here")

	var all []simulation.Point
	for n := range calm.Count {
		if p, ok := deaths[n+1]; ok {
			all = append(all, p)
		}
	}
	simulation.Each(t, len(all)/thin.By, func(t *testing.T, i int) {
		p := all[i*thin.By]
		res := s.Run(t, simulation.Plan{DieAt: []int{p.N}})
		require.NoError(t, res.Like(calm), "killed at %s", p)
		require.Equal(t, []int{p.N}, res.Lives)
	})
	t.Logf("%d deaths in %d steps", len(all), len(named)-2)
}

// TestPlanningChangesNothing: between the last thing that a look reads and the first promise there is no point of a
// write, and a pass that only plans has none at all.
func TestPlanningChangesNothing(t *testing.T) {
	s := scenario(t, "dashly-thread")
	var from, to int
	res := s.Run(t, simulation.Plan{RecordPoints: true, Before: func(w *simulation.World, line int) error {
		if line != s.Lines() {
			return nil
		}
		d := w.Dashly.At(w.Dashly.Now())
		for _, thread := range w.Dashly.Dump() {
			d.Reply(thread.ID, "14709", "One thing more")
		}
		from = w.Points()
		rep, err := w.Pass(engine.Request{Command: "plan", DryRun: true})
		to = w.Points()
		require.NotEmpty(t, rep.Operations)
		if err != nil {
			return err
		}
		return w.Sync(engine.Request{Command: "sync"}, false)
	}})
	require.NoError(t, res.Err)
	require.Greater(t, to, from)
	for _, p := range res.Points[from:to] {
		require.False(t, p.Write, "%s", p)
	}
}

// TestALostSecondIsWaitedFor: after a death, a store that may have lost its last second is not trusted: no write leaves
// until settle has passed since the next run began. A store that keeps what it confirmed needs no such wait.
func TestALostSecondIsWaitedFor(t *testing.T) {
	s := scenario(t, "last-second-lost")
	const settle = 2 * time.Minute
	for lossy, least := range map[string]time.Duration{"true": settle, "false": 0} {
		var died, next time.Duration
		res := s.Run(t, simulation.Plan{Settings: []string{"state.lossy: " + lossy}, Desk: func(w *simulation.World, c simulation.Call) stage.Fault {
			if c.Write && w.Deaths() > 0 && next == 0 {
				next = w.Now()
			}
			return stage.Fault{}
		}, Before: func(w *simulation.World, _ int) error {
			if w.Deaths() > 0 && died == 0 {
				died = w.Now()
			}
			return nil
		}})
		require.NoError(t, res.Err)
		require.NotZero(t, died)
		require.GreaterOrEqual(t, next-died, least, "lossy: %s", lossy)
		require.Less(t, next-died, least+time.Minute, "lossy: %s", lossy)
	}
}
