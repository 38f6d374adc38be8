package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// counted is a sink whose searches are counted, and fail while they are to.
type counted struct {
	sinks.Sink
	finds int
	fail  bool
}

func (c *counted) Find(ctx context.Context, from mapping.Desk, who mapping.Contact) (sinks.Found, error) {
	if c.finds++; c.fail {
		return sinks.Found{}, &api.Error{Class: api.TryLater, Desk: "intercom", Call: "find contact", Status: 503}
	}
	return c.Sink.Find(ctx, from, who)
}

// without filters out what has the tag "private", and counts the searches on Intercom.
func without(c *counted, oneWay bool) func(o *engine.Options) {
	return func(o *engine.Options) {
		o.Filters.Tags.Except = []string{"private"}
		c.Sink = o.Sides[1].Sink
		o.Sides[1].Sink, o.Sides[1].Send = c, !oneWay
	}
}

func private(w *world) (conv string) {
	d := w.dashly.People()
	conv, _ = d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "A word in private")
	d.Tag(conv, dashly.Jane, "private")
	w.pause(time.Minute)
	return conv
}

func TestAFilteredConversationIsAccountedFor(t *testing.T) {
	c := &counted{}
	inWorld(t, setup{adjust: without(c, false)}, func(w *world) {
		conv := private(w)
		rep := w.done()
		d := rep.Directions["dashly_to_intercom"]
		require.Equal(t, report.Entries{Read: 2, Skipped: 2}, d.Entries, "the tag's entry too: nothing covers it")
		require.Equal(t, map[string]int{"filtered_by_tag": 2}, d.SkippedBy)
		require.Zero(t, c.finds, "the lists of both desks show every copy")
		require.Empty(t, w.intercom.Dump())
		x := w.explain("dashly", conv)
		require.Equal(t, []string{"dashly A word in private: skipped filtered_by_tag"}, told(x))
		w.idle()

		w.dashly.People().Untag(conv, dashly.Jane, "private")
		w.dashly.People().Write(conv, "Not any more")
		w.pause(time.Minute)
		w.done()
		require.Equal(t, []string{
			"customer says: A word in private",
			"team note: This conversation continues dashly:" + conv + " in Dashly.",
			"customer says: Not any more",
		}, lines(w.thread(w.intercom.Dump())))
	})
}

func TestOneDirectionLooksForACopyOnce(t *testing.T) {
	c := &counted{}
	inWorld(t, setup{adjust: without(c, true)}, func(w *world) {
		conv := private(w)
		began := time.Now()
		w.done()
		require.GreaterOrEqual(t, time.Since(began), settle, "what an earlier bridge sent may not show before")
		for n := range 2 {
			require.Equal(t, 1, c.finds)
			w.dashly.People().Write(conv, "Still in private")
			w.pause(time.Minute)
			require.Equal(t, map[string]int{"filtered_by_tag": 3 + n}, w.done().Directions["dashly_to_intercom"].SkippedBy)
		}
		require.Equal(t, 1, c.finds)
		w.idle()
	})
}

func TestWhileNobodyKnowsOfACopyTheEntriesArePending(t *testing.T) {
	c := &counted{fail: true}
	inWorld(t, setup{adjust: without(c, true)}, func(w *world) {
		conv := private(w)
		rep := w.sync()
		require.Equal(t, report.Incomplete, rep.Status)
		require.Equal(t, report.Entries{Read: 2, Pending: 2}, rep.Directions["dashly_to_intercom"].Entries)
		c.fail = false
		w.pause(2 * time.Minute)
		rep = w.done()
		require.Equal(t, report.Entries{Read: 2, Skipped: 2}, rep.Directions["dashly_to_intercom"].Entries)
		before := c.finds
		w.dashly.People().Write(conv, "Still in private")
		w.pause(time.Minute)
		w.done()
		require.Equal(t, before, c.finds)
	})
}

// TestAnExplanationKnowsOfACopyThatTheStoreForgot: the other desk is asked, because no list of this run shows the copy.
func TestAnExplanationKnowsOfACopyThatTheStoreForgot(t *testing.T) {
	for _, oneWay := range []bool{false, true} {
		inWorld(t, setup{adjust: without(&counted{}, oneWay)}, func(w *world) {
			d := w.dashly.People()
			conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello")
			w.pause(time.Minute)
			w.done()
			d.Tag(conv, dashly.Jane, "private")
			d.Write(conv, "Are you there?")
			w.forget("")
			rep := w.run(engine.Request{Command: "explain", DryRun: true, Explain: true, Conversations: []mapping.Ref{{Desk: "dashly", ID: mapping.ConversationID(conv)}}})
			require.Contains(t, told(rep.Explanation), "dashly Are you there?: pending message customer quiet")
			require.Empty(t, rep.Directions["dashly_to_intercom"].SkippedBy)
		})
	}
}

// TestAFilterLooksWhereTheConversationBegan: names are those of that desk, and a filter of the other one is none of them.
func TestAFilterLooksWhereTheConversationBegan(t *testing.T) {
	inWorld(t, setup{adjust: func(o *engine.Options) {
		o.Filters.Teams.Except = []engine.Team{{Desk: "intercom", ID: engine.AnyTeam}}
	}}, func(w *world) {
		d, i := w.dashly.People(), w.intercom.People()
		d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "From Dashly")
		there, _ := i.Open(i.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "From Intercom")
		i.Reply(there, intercom.Jane, "Hello Bob")
		w.pause(time.Minute)
		rep := w.done()
		require.Equal(t, map[string]int{"filtered_by_team": rep.Directions["intercom_to_dashly"].Entries.Read}, rep.Directions["intercom_to_dashly"].SkippedBy)
		require.Empty(t, rep.Directions["dashly_to_intercom"].SkippedBy)
		require.Len(t, w.dashly.Dump(), 1)
		require.Len(t, w.intercom.Dump(), 2)
	})
}

// TestAFilterKnowsHowAConversationCame: and forgets it once there is a copy.
func TestAFilterKnowsHowAConversationCame(t *testing.T) {
	var filters engine.Filters
	inWorld(t, setup{adjust: func(o *engine.Options) { o.Filters = filters }}, func(w *world) {
		d, i := w.dashly.People(), w.intercom.People()
		mail := d.OpenVia(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "By e-mail", "email_user")
		d.Open(d.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "In the chat")
		i.Open(i.Customer(sandbox.Customer{Own: "crm-3", Name: "Carol"}), "In the other chat")
		w.pause(time.Minute)
		filters.Channels.Only = []string{"email"}
		rep := w.done()
		require.Equal(t, map[string]int{"filtered_by_channel": 1}, rep.Directions["dashly_to_intercom"].SkippedBy)
		require.Equal(t, map[string]int{"filtered_by_channel": 1}, rep.Directions["intercom_to_dashly"].SkippedBy)
		require.Len(t, w.intercom.Dump(), 2)
		require.Len(t, w.dashly.Dump(), 2)
		require.Equal(t, []string{
			"customer says: By e-mail",
			"team note: This conversation continues dashly:" + mail + " in Dashly, where it came by email.",
		}, lines(w.intercom.Dump()[1]))

		filters.Channels = engine.Choice[string]{Except: []string{"email"}}
		d.Write(mail, "One more thing")
		w.pause(time.Minute)
		require.Empty(t, w.done().Directions["dashly_to_intercom"].SkippedBy)
		require.Contains(t, lines(w.intercom.Dump()[1]), "customer says: One more thing", "what has its copy goes on")
	})
}

// TestAnOlderStoreForgetsNoCopyOfWhatAFilterLeftOut: at the time of the backup the filter left the conversation out; it has its copy
// since, and is left out again. What has its copy goes on.
func TestAnOlderStoreForgetsNoCopyOfWhatAFilterLeftOut(t *testing.T) {
	for _, oneWay := range []bool{false, true} {
		inWorld(t, setup{adjust: without(&counted{}, oneWay)}, func(w *world) {
			d := w.dashly.People()
			conv := private(w)
			w.done()
			w.rest()
			w.copyFile("bridge.db", "older.db")
			d.Untag(conv, dashly.Jane, "private")
			d.Write(conv, "Not any more")
			w.pause(time.Minute)
			w.done()
			w.rest()
			d.Tag(conv, dashly.Jane, "private")
			w.pause(time.Minute)
			w.done()
			w.rest()
			w.forget("older.db")
			d.Write(conv, "Are you there?")
			w.pause(time.Minute)
			w.done()
			require.Contains(t, lines(w.thread(w.intercom.Dump())), "customer says: Are you there?")
			w.idle()
		})
	}
}
