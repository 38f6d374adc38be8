package simulation

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
)

// TestTheInvariantsCanFail gives the comparison of two halves what it must not let pass, and the like that is right.
func TestTheInvariantsCanFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, err := newWorld(&Scenario{}, Plan{}, defaults())
		require.NoError(t, err)
		says := func(text string, back time.Duration) stage.Entry {
			return stage.Entry{Side: stage.SideTeam, Visible: true, Text: text, At: w.began.Add(-back)}
		}
		notes := func(text string) stage.Entry {
			return stage.Entry{Side: stage.SideTeam, Text: text, At: w.began}
		}
		copied := func(id, text string, visible bool) stage.Entry {
			return stage.Entry{ID: id, Side: stage.SideTeam, Visible: visible, Text: text, At: w.began, ByBridge: true}
		}
		token := func(fold bool) string {
			return "\n\n" + mapping.Token{Pair: pairName, Source: mapping.Ref{Desk: dashlyDesk, ID: "1"}, First: "1", Last: "1", Part: 1, Of: 1, Fold: fold}.String()
		}
		elsewhere := "\n\n" + mapping.Token{Pair: pairName, Source: mapping.Ref{Desk: dashlyDesk, ID: "0"}, First: "1", Last: "1", Part: 1, Of: 1}.String()
		w.Log.Notify(stage.Notification{Desk: "intercom", Conversation: "9", Entry: "sent", By: stage.ByBridge})
		for name, c := range map[string]struct {
			from, to []stage.Entry
			want     string
		}{
			"once":                   {[]stage.Entry{says("ok", 0)}, []stage.Entry{copied("1", "ok", true)}, ""},
			"twice by people":        {[]stage.Entry{says("ok", 0), says("ok", 0)}, []stage.Entry{copied("1", "ok", true), copied("2", "ok", true)}, ""},
			"twice by the bridge":    {[]stage.Entry{says("ok", 0)}, []stage.Entry{copied("1", "ok", true), copied("2", "Jane (Dashly):\n\nok", true)}, `"ok" was written 1 times by people and stands 2 times in the copy`},
			"of another text":        {[]stage.Entry{says("ok", 0), says("It is ok", 0)}, []stage.Entry{copied("1", "ok", true), copied("2", "It is ok", true)}, ""},
			"in a transcript":        {[]stage.Entry{says("ok", 0)}, []stage.Entry{copied("1", "ok", true), copied("2", "Earlier:\n\nok"+token(true), false)}, ""},
			"as a note, twice":       {[]stage.Entry{says("ok", 0)}, []stage.Entry{copied("1", "ok", true), copied("2", "Jane replied: ok"+token(false), false)}, `"ok" was written 1 times by people and stands 2 times in the copy`},
			"as a note, of another":  {[]stage.Entry{says("ok", 0)}, []stage.Entry{copied("1", "ok", true), copied("2", "Jane replied: ok"+elsewhere, false)}, ""},
			"a note":                 {[]stage.Entry{notes("rude")}, []stage.Entry{copied("1", "Jane:\nrude", false)}, ""},
			"a note in the open":     {[]stage.Entry{notes("rude")}, []stage.Entry{copied("1", "rude", true)}, `a customer was hurt: the note "rude" is shown to the customer`},
			"a note that was said":   {[]stage.Entry{notes("fine"), says("fine", 0)}, []stage.Entry{copied("1", "fine", true), copied("2", "fine", false)}, ""},
			"live, delivered":        {[]stage.Entry{says("now", 0)}, []stage.Entry{copied("sent", "now", true)}, ""},
			"history, delivered":     {[]stage.Entry{says("then", 48*time.Hour)}, []stage.Entry{copied("sent", "then", true)}, `a customer was hurt: "then" is history and was delivered`},
			"history, not delivered": {[]stage.Entry{says("then", 48*time.Hour)}, []stage.Entry{copied("1", "then", true)}, ""},
			"people on both desks":   {[]stage.Entry{says("hi", 0)}, []stage.Entry{says("hi", 0), says("hi", 0)}, ""},
		} {
			err := w.carried(dashlyDesk, stage.Thread{Entries: c.from}, stage.Thread{ID: "9", Entries: c.to}, func(r mapping.Ref) bool { return r.ID == "1" })
			if c.want == "" {
				require.NoError(t, err, name)
			} else {
				require.EqualError(t, err, c.want, name)
			}
		}
	})
}

func TestReportsAreExamined(t *testing.T) {
	good := report.Report{Directions: map[string]*report.Direction{"x": {Entries: report.Entries{Read: 2, Mirrored: 1, Skipped: 1}}}}
	require.NoError(t, examine(good))
	good.Visible.History = 1
	require.ErrorContains(t, examine(good), "1 historic entries were delivered")
	good.Visible.History = 0
	good.Directions["x"].Entries.Read = 3
	require.ErrorContains(t, examine(good), "does not account for every entry")
}

// TestTheEssenceTellsTheDifference: what must count counts, what must not does not.
func TestTheEssenceTellsTheDifference(t *testing.T) {
	thread := func(change func(*stage.Thread)) string {
		th := stage.Thread{ID: "1", Customer: "crm-1", State: "open", Agent: "Jane", Tags: []string{"vip"}, Entries: []stage.Entry{
			{ID: "2", Side: stage.SideCustomer, Visible: true, Text: "Hello, you!", Files: []stage.File{{Name: "a", SHA256: "00"}}},
			{ID: "3", Side: stage.SideSystem, Native: "assigned"},
		}}
		if change != nil {
			change(&th)
		}
		return essenceOf(dashlyDesk, th)
	}
	for name, change := range map[string]func(*stage.Thread){
		"ids":            func(t *stage.Thread) { t.ID, t.Entries[0].ID = "7", "8" },
		"times":          func(t *stage.Thread) { t.Entries[0].At = time.Unix(1, 0) },
		"marks":          func(t *stage.Thread) { t.Entries[0].Text = "hello you" },
		"system entries": func(t *stage.Thread) { t.Entries = t.Entries[:1] },
	} {
		require.Equal(t, thread(nil), thread(change), name)
	}
	for name, change := range map[string]func(*stage.Thread){
		"letters":    func(t *stage.Thread) { t.Entries[0].Text = "Hello, your!" },
		"side":       func(t *stage.Thread) { t.Entries[0].Side = stage.SideTeam },
		"visibility": func(t *stage.Thread) { t.Entries[0].Visible = false },
		"files":      func(t *stage.Thread) { t.Entries[0].Files[0].SHA256 = "01" },
		"state":      func(t *stage.Thread) { t.State = "closed" },
		"agent":      func(t *stage.Thread) { t.Agent = "" },
		"tags":       func(t *stage.Thread) { t.Tags = nil },
		"title":      func(t *stage.Thread) { t.Title = "x" },
		"customer":   func(t *stage.Thread) { t.Customer = "crm-2" },
		"more":       func(t *stage.Thread) { t.Entries = append(t.Entries, t.Entries[0]) },
	} {
		require.NotEqual(t, thread(nil), thread(change), name)
	}
}
