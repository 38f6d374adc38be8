package simulation_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/simulation"
	"github.com/deskbridge/deskbridge/internal/thin"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sources"
)

// spy notes which entries the bridge reads.
type spy struct {
	sources.Source
	note func(mapping.Desk, mapping.Entry)
}

func (s spy) Read(ctx context.Context, id mapping.ConversationID) (mapping.Conversation, error) {
	c, err := s.Source.Read(ctx, id)
	for _, e := range c.Entries {
		s.note(s.Desk(), e)
	}
	return c, err
}

// sort is an entry as the tables of both desks tell entries apart.
type sort struct {
	desk   mapping.Desk
	kind   string
	author mapping.Role
	full   bool // it has a text or a file
}

// rule is a row of a table for one kind: several authors may share it.
type rule struct {
	desk      mapping.Desk
	kind, row string
}

// sorts are all kinds of both desks, by each author, with and without content, and by which row they go.
func sorts() map[sort]rule {
	all := map[sort]rule{}
	for _, author := range []mapping.Role{mapping.Customer, mapping.Agent, mapping.Bot, mapping.System} {
		for _, full := range []bool{true, false} {
			for _, kind := range dashly.Kinds() {
				r, _ := dashly.RowFor(kind, author, full)
				all[sort{dashly.Desk, kind, author, full}] = rule{dashly.Desk, kind, r.Native + ", " + string(r.Author) + ", " + r.When}
			}
			for _, kind := range intercom.PartTypes() {
				r := intercom.RowOf(kind, author, full)
				all[sort{intercom.Desk, kind, author, full}] = rule{intercom.Desk, kind, r.Native + ", " + string(r.Author) + ", " + string(r.Content)}
			}
		}
	}
	return all
}

// unwritten tells why no scenario has an entry of a row; empty when one must have it. What internal/fidelity plans for
// each of them stands in docs/fidelity.md.
func unwritten(r rule) string {
	switch r {
	case rule{dashly.Desk, "article", "article, bot, "}, rule{dashly.Desk, "note", "note, bot, "}, rule{dashly.Desk, "reply_django_user", "reply_django_user, bot, "}:
		return "the documents let a bot write this; the stand-in's bots write reply_admin, chat_bot_admin and auto_reply"
	case rule{dashly.Desk, "vote", "vote, customer, text"}, rule{dashly.Desk, "vote", "vote, , empty"}:
		return "the stand-in's votes are asked for and named by its bot"
	case rule{dashly.Desk, "article", "article, agent, empty"}:
		return "an article without a text is read with what stands for it, so that none is seen here"
	case rule{intercom.Desk, "close", "close, system, text"}:
		return "nobody is named as the author: the stand-in lets teammates close alone, and names them"
	case rule{intercom.Desk, "note", "note, , no text"}, rule{intercom.Desk, "note_and_reopen", "note_and_reopen, , no text"}, rule{intercom.Desk, "note_and_unsnooze", "note_and_unsnooze, , no text"}:
		return "a note without a word is refused"
	case rule{intercom.Desk, "quick_reply", "quick_reply, , text"}:
		return "the stand-in's quick replies have no text"
	}
	switch {
	case r.desk == dashly.Desk && r.row == "* (known kind, unexpected author or text), , text":
		return "a text where the documents show none, or by somebody who does not write this kind: one row for all kinds"
	case r.desk == dashly.Desk && r.row == "* (message or note), , empty" && r.kind != "reply_user":
		return "a message without text or file: one row for all kinds, and the customer's is in scenarios"
	case r.desk == intercom.Desk && r.row == r.kind+", , text" && !slices.Contains([]string{"comment", "note", "note_and_reopen", "note_and_unsnooze", "open", "close", "assignment"}, r.kind):
		return "a text on a kind that the documents show without: the text is a note, as that on an assignment, which is in scenarios"
	}
	return ""
}

// TestEveryKindIsInAScenario: each row of the tables of both desks is that of an entry which the bridge reads in a
// scenario, or there is a reason why none is. A kind without any entry has no excuse.
func TestEveryKindIsInAScenario(t *testing.T) {
	if thin.By > 1 {
		t.Skip("it takes all scenarios, of which the race detector sees a sample")
	}
	list := scenarios(t)
	var mu sync.Mutex
	read := map[sort]bool{}
	simulation.Each(t, len(list), func(t *testing.T, i int) {
		res := list[i].Run(t, simulation.Plan{Engine: func(o *engine.Options) {
			for n := range o.Sides {
				o.Sides[n].Source = spy{o.Sides[n].Source, func(d mapping.Desk, e mapping.Entry) {
					mu.Lock()
					defer mu.Unlock()
					read[sort{d, e.Native, e.Author.Role, e.HasText()}] = true
				}}
			}
		}})
		require.NoError(t, res.Err)
	})
	seen, kinds := map[rule]bool{}, map[string]bool{}
	for s, r := range sorts() {
		if read[s] {
			seen[r], kinds[string(s.desk)+" "+s.kind] = true, true
		}
	}
	rules := slices.Collect(maps.Values(sorts()))
	for _, r := range rules {
		require.True(t, kinds[string(r.desk)+" "+r.kind], "no scenario has an entry of the kind %s of %s", r.kind, r.desk)
		if why := unwritten(r); why == "" {
			require.True(t, seen[r], "no scenario has an entry of %s: %s", r.desk, r.row)
		} else {
			require.False(t, seen[r], "a scenario has an entry of %s: %s, which was excused: %s", r.desk, r.row, why)
		}
	}
	t.Logf("%d kinds, %d rows of kinds in scenarios", len(kinds), len(seen))
}
