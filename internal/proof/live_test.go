package proof_test

import (
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// passes splits the log into the passes of a bridge: each begins with the question whose token it is. The last one may
// still be at work.
func (w *world) passes() (out [][]stage.Request) {
	for _, r := range w.log.Requests() {
		if r.Method == http.MethodGet && r.Path == "/me" {
			out = append(out, nil)
		}
		if len(out) > 0 { // a pass asks Dashly before
			out[len(out)-1] = append(out[len(out)-1], r)
		}
	}
	return out
}

// quietPasses waits for so many whole passes after the last write.
func (w *world) quietPasses(t *testing.T, n int) (since [][]stage.Request) {
	t.Helper()
	eventually(t, "the bridge keeps writing, or makes no passes", func() bool {
		all := w.passes()
		last := len(all) - 1
		for last >= 0 && !slices.ContainsFunc(all[last], writes) {
			last--
		}
		since = all[last+1:]
		return len(since) > n // one may be at work
	})
	return since
}

// TestLiveMessagesCrossOnce lets people talk on both desks beside the daemon: every word crosses once, and its echo
// costs no call.
func TestLiveMessagesCrossOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	daemon := w.command("serve").start(t)
	eventually(t, "the daemon makes no pass", func() bool { return len(w.passes()) > 0 })

	d, i := w.dashly.People(), w.intercom.People()
	first, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "My parcel is late")
	second, _ := i.Open(i.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Do you ship to Peru?")
	crossed := func(text string) {
		t.Helper()
		eventually(t, text, func() bool { return saying(w.dashly.Dump(), text) == 1 && saying(w.intercom.Dump(), text) == 1 })
	}
	crossed("My parcel is late")
	crossed("Do you ship to Peru?")
	echoless(t, w)

	twins := map[string]string{} // of first and second
	for _, c := range w.intercom.Dump() {
		twins[c.Entries[0].Text] = c.ID
	}
	for _, c := range w.dashly.Dump() {
		if c.ID != first {
			twins["Do you ship to Peru?"] = c.ID
		}
	}
	d.Write(first, "It was due on Monday")
	i.Reply(twins["My parcel is late"], intercom.Jane, "It left our house today")
	i.Note(second, intercom.Tom, "Ask the warehouse")
	d.Reply(twins["Do you ship to Peru?"], dashly.Jane, "Next year we will")
	words := []string{
		"My parcel is late", "Do you ship to Peru?", "It was due on Monday", "It left our house today", "Ask the warehouse", "Next year we will",
	}
	for _, text := range words {
		crossed(text)
	}
	echoless(t, w)
	for _, text := range words {
		require.Equal(t, 1, saying(w.dashly.Dump(), text), text)
		require.Equal(t, 1, saying(w.intercom.Dump(), text), text)
	}
	told := w.told()
	require.Len(t, told, 2)
	require.Regexp(t, "^dashly reply .*itleftourhousetoday$", told[0])
	require.Regexp(t, "^intercom reply .*nextyearwewill$", told[1])

	for _, reading := range [][]string{{"status"}, {"parked", "list"}, {"plan"}} {
		require.Equal(t, report.Done, w.run(t, reading...).Status, "%v beside the daemon", reading)
	}
	require.NotNil(t, w.run(t, "status").State.LastSuccess)

	daemon.signal(t, syscall.SIGTERM)
	began := time.Now()
	r := daemon.report(t)
	require.Zero(t, r.ExitCode)
	require.Less(t, time.Since(began), 10*time.Second)
	require.Equal(t, 2, r.Visible.Live)
}

// echoless asks that the passes after the last write only list, and read no conversation.
func echoless(t *testing.T, w *world) {
	t.Helper()
	for n, pass := range w.quietPasses(t, 3) {
		for _, r := range pass {
			conversation := strings.Contains(r.Path, "/conversations/") && !strings.HasSuffix(r.Path, "/search")
			require.False(t, conversation, "pass %d after the last write: %s %s %s", n+1, r.Desk, r.Method, r.Path)
		}
	}
}

// TestOneWorksAtATime holds a pass of the daemon by a slow desk: a sync beside it steps back, and works afterwards.
func TestOneWorksAtATime(t *testing.T) {
	t.Parallel()
	w := seeded(t, setup{}, 2)
	release, held := w.hold(t)
	daemon := w.command("serve").start(t)
	<-held
	second := w.command("sync").start(t)
	require.Equal(t, 5, second.wait(t), second.stderr.String())
	require.Equal(t, report.Locked, second.report(t).Status)
	require.Equal(t, 1, w.gate.count(), "who steps back calls no desk")
	release()
	w.quietPasses(t, 1)
	daemon.signal(t, syscall.SIGINT)
	require.Zero(t, daemon.wait(t), daemon.stderr.String())
	w.idle(t)
}
