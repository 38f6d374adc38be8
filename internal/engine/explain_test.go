package engine_test

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
)

// untouchable is a store that nobody may write to.
type untouchable struct {
	state.Store
	t *testing.T
}

func (s untouchable) Acquire(context.Context, string, time.Duration) (state.Lease, error) {
	s.t.Error("a lease was asked for")
	return state.Lease{}, nil
}

func (s untouchable) Commit(context.Context, state.Lease, state.Pair, state.Change) error {
	s.t.Error("a pair was written")
	return nil
}

func (s untouchable) Put(context.Context, state.Lease, string, []byte) error {
	s.t.Error("a value was written")
	return nil
}

// explain explains a conversation, checks that it is accounted for as the report has it, and that nothing was written.
func (w *world) explain(desk, id string) *report.Explanation {
	w.t.Helper()
	before := [][]sandbox.Thread{w.dashly.Dump(), w.intercom.Dump()}
	kept := w.setup.store
	w.setup.store = func(s state.Store) state.Store { return untouchable{Store: s, t: w.t} }
	rep := w.run(engine.Request{Command: "explain", DryRun: true, Explain: true, Conversations: []mapping.Ref{{Desk: mapping.Desk(desk), ID: mapping.ConversationID(id)}}})
	w.setup.store = kept
	require.Equal(w.t, before, [][]sandbox.Thread{w.dashly.Dump(), w.intercom.Dump()})
	for name, c := range rep.APICalls {
		require.Zero(w.t, c.Write, name)
	}
	require.Equal(w.t, report.Done, rep.Status, "%+v", rep.Error)
	x := rep.Explanation
	require.NotNil(w.t, x)
	require.Len(w.t, x.Sides, 2)
	w.accounted(x, rep)
	return x
}

// accounted demands that the rows sum up to the report, that each entry has one row, and that each one tells its rule.
func (w *world) accounted(x *report.Explanation, rep report.Report) {
	w.t.Helper()
	fates := map[string]map[string]int{"dashly": {}, "intercom": {}}
	seen := map[string]bool{}
	for _, r := range x.Rows {
		key := r.Desk + " " + r.Entry
		require.False(w.t, seen[key], "%s has two rows", key)
		seen[key] = true
		if r.Bridge != "" {
			require.Empty(w.t, r.Fate, key)
			continue
		}
		fates[r.Desk][r.Fate]++
		require.NotEmpty(w.t, r.Rule, "%s is %s", key, r.Fate)
		switch r.Fate {
		case "mirrored", "folded":
			require.NotEmpty(w.t, r.Twins, key)
			if r.Rule == "transcript" {
				require.Equal(w.t, len(r.Files) > 0, slices.Contains(r.Losses, mapping.LossFileNotCarried), "%s: a transcript only names files", key)
			}
		case "covered":
			if r.Rule != "covered by rating" && r.Rule != "covered by tags" { // a tag that goes may never have been given
				require.NotEmpty(w.t, r.Losses, "%s: what a field carries has another time, at best", key)
			}
			require.Empty(w.t, r.Twins, key)
		default:
			require.Empty(w.t, r.Twins, key)
		}
		for _, twin := range r.Twins {
			require.NotEqual(w.t, r.Desk, twin.Desk)
		}
	}
	for i, s := range x.Sides {
		e := s.Entries
		require.True(w.t, e.Balanced())
		require.Equal(w.t, rep.Directions[s.Desk+"_to_"+x.Sides[1-i].Desk].Entries, *e, "as the report counts")
		got := fates[s.Desk]
		require.Equal(w.t, report.Entries{Read: e.Read, Mirrored: got["mirrored"], Folded: got["folded"], Covered: got["covered"], Skipped: got["skipped"], Parked: got["parked"], Pending: got["pending"]}, *e)
	}
}

// told shows what an explanation says of the entries with words.
func told(x *report.Explanation) (out []string) {
	for _, r := range x.Rows {
		if r.Text == "" {
			continue
		}
		text, _, _ := strings.Cut(r.Text, "\n")
		says := []string{r.Desk, text + ":", r.Bridge + r.Fate, r.Rule, r.As, r.Class}
		for _, l := range r.Losses {
			says = append(says, "-"+string(l))
		}
		out = append(out, strings.Join(strings.Fields(strings.Join(says, " ")), " "))
	}
	return out
}

// rowOf gives the row of the entry with these words.
func rowOf(t *testing.T, x *report.Explanation, text string) report.ExplainedRow {
	t.Helper()
	for _, r := range x.Rows {
		if r.Text == text {
			return r
		}
	}
	require.FailNow(t, "no row", text)
	return report.ExplainedRow{}
}

func TestAnExplanationTellsWhatWouldBeWrittenAndThenWhatWas(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello, my order is late")
		w.pause(time.Minute)
		d.Reply(conv, dashly.Jane, "Let me look")
		d.Note(conv, dashly.Jane, "It is at the customs")
		d.Tag(conv, dashly.Jane, "vip")
		x := w.explain("dashly", conv)
		require.Equal(t, []string{
			"dashly Hello, my order is late: pending open customer quiet",
			"dashly Let me look: pending message agent silent",
			"dashly It is at the customs: pending note agent silent",
		}, told(x))
		require.Equal(t, "dashly", x.Home)
		require.Empty(t, x.Sides[1].Conversation)
		require.Equal(t, "Alice", x.Sides[0].Customer)

		w.done()
		w.pause(time.Minute)
		copied := w.thread(w.intercom.Dump())
		w.intercom.People().Reply(copied.ID, intercom.Jane, "It will arrive tomorrow")
		x = w.explain("dashly", conv)
		require.Equal(t, []string{
			"dashly Hello, my order is late: mirrored open customer quiet",
			"intercom This conversation continues dashly:" + conv + " in Dashly.: back-link",
			"dashly Let me look: mirrored message agent silent",
			"dashly It is at the customs: mirrored note agent silent",
			"intercom It will arrive tomorrow: pending message agent delivered -time_now",
		}, told(x), "the customer is at home in Dashly: the reply reaches them there")
		require.Equal(t, "Let me look", rowOf(t, x, "Let me look").Twins[0].Text)
		require.Equal(t, []string{"vip"}, x.Sides[1].Tags)
		require.Equal(t, x, w.explain("intercom", copied.ID), "the copy's name leads to the same pair")

		w.done()
		x = w.explain("dashly", conv)
		require.Equal(t, "intercom It will arrive tomorrow: mirrored message agent delivered -time_now", told(x)[4])
		w.forget("") // a lost store: the desks tell it all again
		require.Equal(t, told(x), told(w.explain("intercom", copied.ID)))
	})
}

func TestAnExplanationOfHistoryPointsToTheNotes(t *testing.T) {
	inWorld(t, setup{start: time.Hour, all: true, automation: true}, func(w *world) {
		_, conv := old(w)
		w.done()
		x := w.explain("intercom", conv)
		require.Equal(t, []string{
			"intercom An old question: mirrored open customer quiet -time_now",
			"intercom An old answer: folded transcript",
		}, told(x)[:2])
		answer := rowOf(t, x, "An old answer")
		require.True(t, answer.Historic)
		require.Len(t, answer.Twins, 1)
		require.Empty(t, answer.Twins[0].Text, "the note has its own row")
		for _, r := range x.Rows {
			if r.Entry == answer.Twins[0].Entry {
				require.Equal(t, "back-link and transcript", r.Bridge)
				require.Contains(t, r.Text, "An old answer")
				return
			}
		}
		require.FailNow(t, "the note has no row")
	})
}

// TestAnExplanationOfHistoryTellsWhichEntryLosesItsFile: one of three lines of a note, before it is written and after.
func TestAnExplanationOfHistoryTellsWhichEntryLosesItsFile(t *testing.T) {
	inWorld(t, setup{start: time.Hour, all: true, automation: true}, func(w *world) {
		_, conv := old(w)
		i := w.intercom.At(time.Now().Add(-47 * time.Hour))
		i.Write(conv, "My old invoice", sandbox.Upload{Name: "invoice.pdf", Content: []byte("%PDF-1.4 invoice")})
		i.Reply(conv, intercom.Jane, "Another old answer")
		lines := func(how string) []string {
			return []string{
				"intercom An old answer: " + how,
				"intercom My old invoice: " + how + " -file_not_carried",
				"intercom Another old answer: " + how,
			}
		}
		require.Equal(t, lines("pending transcript agent silent"), told(w.explain("intercom", conv))[1:4])
		require.Equal(t, 1, w.done().Directions["intercom_to_dashly"].Losses[mapping.LossFileNotCarried])
		x := w.explain("intercom", conv)
		require.Equal(t, lines("folded transcript"), foldedOf(x))
		w.forget("") // a lost store: the desks tell it all again
		require.Equal(t, lines("folded transcript"), foldedOf(w.explain("intercom", conv)))
	})
}

// foldedOf shows what an explanation says of the entries that a note holds.
func foldedOf(x *report.Explanation) []string {
	return slices.DeleteFunc(told(x), func(says string) bool { return !strings.Contains(says, ": folded ") })
}

func TestAnExplanationGoesByRealTime(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		w.intercom.SetKnobs(func(k *intercom.Knobs) { k.ClockSkew = stage.Duration(-time.Hour) })
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "One")
		w.done()
		w.pause(time.Minute)
		w.intercom.People().Reply(w.thread(w.intercom.Dump()).ID, intercom.Jane, "Two")
		w.pause(time.Minute)
		d.Write(conv, "Three")
		var own []string
		for _, r := range w.explain("dashly", conv).Rows {
			if r.Bridge == "" && r.Text != "" {
				own = append(own, r.Text)
			}
		}
		require.Equal(t, []string{"One", "Two", "Three"}, own)
	})
}

func TestAnExplanationOfHalfAPairShowsTheOtherHalf(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		p := w.intercom.People()
		conv, _ := p.Open(p.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Do you ship to Peru?")
		w.done()
		w.dashly.Fail(func(r *http.Request) sandbox.Fault {
			if strings.Contains(r.URL.Path, "/conversations/") {
				return sandbox.Fault{Kind: stage.Refuse, Status: 404}
			}
			return sandbox.Fault{}
		})
		x := w.explain("intercom", conv)
		require.Equal(t, "not_found", x.Ended.Reason)
		require.False(t, x.Sides[0].Read)
		require.Equal(t, "not_found", x.Sides[0].Unread.Reason)
		require.True(t, x.Sides[1].Read)
		require.Nil(t, x.Waiting, "looking puts nothing on the agenda")
		require.True(t, rowOf(t, x, "Do you ship to Peru?").Twins[0].Missing)
	})
}

func TestAnExplanationTellsWhatAPairWaitsFor(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.intercom.Fail(func(r *http.Request) sandbox.Fault {
			if r.Method == http.MethodPost && r.URL.Path == "/conversations" {
				return sandbox.Fault{Kind: stage.Refuse, Status: 403}
			}
			return sandbox.Fault{}
		})
		require.Equal(t, report.Parked, w.sync().Status)
		w.intercom.Fail(nil)
		x := w.explain("dashly", conv)
		require.True(t, x.Waiting.Parked)
		require.Equal(t, "denied", x.Waiting.Reason)
		require.Equal(t, []string{"dashly Hello?: parked open customer quiet"}, told(x))
	})
}

// TestEveryConversationOfASeededWorldIsExplained holds for each thread of a realistic world, before and after a pass.
func TestEveryConversationOfASeededWorldIsExplained(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{start: 5 * 24 * time.Hour, all: true, automation: true}, func(w *world) {
		sandbox.Seed(w.dashly, w.intercom, 16, 3, time.Now().Add(-w.setup.start))
		all := func() map[string]map[mapping.Loss]int {
			lost := map[string]map[mapping.Loss]int{"dashly": {}, "intercom": {}}
			for desk, threads := range map[string][]sandbox.Thread{"dashly": w.dashly.Dump(), "intercom": w.intercom.Dump()} {
				for _, thread := range threads {
					x := w.explain(desk, thread.ID)
					for from, codes := range lost {
						maps.Copy(codes, losses(x, from))
					}
				}
			}
			return lost
		}
		all()
		rep := w.done()
		lost := all()
		for from, d := range map[string]*report.Direction{"dashly": rep.Directions["dashly_to_intercom"], "intercom": rep.Directions["intercom_to_dashly"]} {
			delete(d.Losses, mapping.LossEventTimeNow) // a change that both desks show already is not written
			delete(lost[from], mapping.LossEventTimeNow)
			require.ElementsMatch(t, slices.Collect(maps.Keys(d.Losses)), slices.Collect(maps.Keys(lost[from])), "as the report counts, from %s", from)
		}
		w.idle()
	})
}

func TestWithoutBeingAskedNothingIsExplained(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		only := []mapping.Ref{{Desk: "dashly", ID: mapping.ConversationID(conv)}}
		require.Nil(t, w.run(engine.Request{Command: "plan", DryRun: true, Conversations: only}).Explanation)
		require.Nil(t, w.run(engine.Request{Command: "sync", Conversations: only}).Explanation)
	})
}
