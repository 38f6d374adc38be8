package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// toldBy gives what the bridge wrote that ends in some words: all of its parts as one text, and whether a customer sees them.
func toldBy(t *testing.T, thread sandbox.Thread, words string) (text string, visible, found bool) {
	for _, e := range thread.Entries {
		if !e.ByBridge || !strings.Contains(e.Text, words) {
			continue
		}
		require.NotEqual(t, stage.SideCustomer, e.Side, "nobody of the team speaks as the customer")
		text, visible, found = text+e.Text, visible || e.Visible, true
	}
	return text, visible, found
}

// TestEverybodyIsNamedOnce: words of an agent without a counterpart, or with one who has left, and of a bot, name their author
// and desk exactly once, over all parts of a long text; a counterpart's words name nobody, a bot's are a note, and nobody
// else's name stands before them.
func TestEverybodyIsNamedOnce(t *testing.T) {
	for _, version := range []string{"2.9", "2.15"} {
		t.Run(version, func(t *testing.T) {
			inWorld(t, setup{version: version, adjust: whoIsWho}, func(w *world) {
				d, i := w.dashly.People, w.intercom.People
				w.intercom.Dismiss(intercom.Tom) // departed: Dashly's Tom is mapped to him
				w.dashly.Dismiss(dashly.Olga)
				long := strings.Repeat("lengthy ", 3000)
				ann := d().Customer(stage.Customer{Own: "crm-1", Name: "Ann"})
				conv, _ := d().Open(ann, "Hello")
				d().Reply(conv, dashly.Jane, "jane says so")
				d().Reply(conv, dashly.Tom, "tom says so")
				d().Reply(conv, dashly.Max, "max says so "+long)
				d().Note(conv, dashly.Max, "max notes so")
				d().Bot(conv, "dash says so")
				bob := i().Customer(stage.Customer{Own: "crm-2", Name: "Bob"})
				other, _ := i().Open(bob, "Hello too")
				i().Reply(other, intercom.Jane, "jane answers so")
				i().Reply(other, intercom.Olga, "olga answers so")
				i().Reply(other, intercom.Lena, "lena answers so "+long)
				i().Note(other, intercom.Lena, "lena remarks so")
				i().Bot(other, "operator answers so")
				i().WriteAs(other, i().Customer(stage.Customer{Own: "crm-3", Name: "Carl"}), "carl answers so")
				w.done()
				w.pause(3 * time.Minute)
				w.idle()

				names := []string{"Jane", "Tom", "Max", "Lena", "Ольга", "Dash (", "Operator", "Carl"}
				for _, row := range []struct {
					thread             sandbox.Thread
					words, name, label string
					bot                bool
				}{
					{w.intercom.Dump()[1], "jane says so", "", "", false},
					{w.intercom.Dump()[1], "tom says so", "Tom", "Tom (Dashly)", false},
					{w.intercom.Dump()[1], "max says so", "Max", "Max (Dashly)", false},
					{w.intercom.Dump()[1], "max notes so", "Max", "Max (Dashly)", false},
					{w.intercom.Dump()[1], "dash says so", "Dash (", "Dash (bot, Dashly)", true},
					{w.dashly.Dump()[1], "lena answers so", "Lena", "Lena (Intercom)", false},
					{w.dashly.Dump()[1], "lena remarks so", "Lena", "Lena (Intercom)", false},
					{w.dashly.Dump()[1], "operator answers so", "Operator", "Operator (bot, Intercom)", true},
					{w.dashly.Dump()[1], "carl answers so", "Carl", "Carl (Intercom), another participant", true},
				} {
					text, visible, found := toldBy(t, row.thread, row.words)
					require.True(t, found, "%s\n%s", row.words, w.picture())
					for _, n := range names {
						want := 0
						if n == row.name {
							want = 1
						}
						if row.label == "" && version == "2.9" {
							continue // a note for a reply names its author, whoever that is
						}
						require.Equal(t, want, strings.Count(text, n), "%s in %q", n, text[:min(len(text), 200)])
					}
					require.Contains(t, text, row.label)
					require.False(t, row.bot && visible, "%s: a note", row.words)
				}
				// The rest of a long text bears no name at all.
				for _, thread := range []sandbox.Thread{w.intercom.Dump()[1], w.dashly.Dump()[1]} {
					for _, e := range thread.Entries {
						if e.ByBridge && strings.HasPrefix(strings.TrimSpace(e.Text), "lengthy") {
							require.NotContains(t, e.Text, "(Dashly)")
							require.NotContains(t, e.Text, "(Intercom)")
						}
					}
				}
			})
		})
	}
}
