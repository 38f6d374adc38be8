package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/state"
)

func TestEachFilterHasItsRule(t *testing.T) {
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	by := func(kind mapping.Kind, role mapping.Role) mapping.Entry {
		return mapping.Entry{ID: mapping.EntryID(string(kind) + string(role)), Kind: kind, Author: mapping.Person{Role: role}, At: began, Body: mapping.PlainBody("x")}
	}
	question, answer := by(mapping.Message, mapping.Customer), by(mapping.Message, mapping.Bot)
	tags := func(only, except []string) Filters {
		return Filters{Tags: Choice[string]{Only: only, Except: except}}
	}
	teams := func(only, except []Team) Filters { return Filters{Teams: Choice[Team]{Only: only, Except: except}} }
	channels := func(only, except []string) Filters {
		return Filters{Channels: Choice[string]{Only: only, Except: except}}
	}
	byMail := func(c *mapping.Conversation) { c.Channel = "email" }
	team := Team{dashly.Desk, "7"}
	for name, c := range map[string]struct {
		filters Filters
		change  func(c *mapping.Conversation)
		want    string
	}{
		"no filters":                        {Filters{}, nil, ""},
		"it has one of the tags":            {tags([]string{"gold", "VIP"}, nil), nil, ""},
		"it has none of the tags":           {tags([]string{"gold"}, nil), nil, ruleByTag},
		"it has an excepted tag":            {tags(nil, []string{"v*"}), nil, ruleByTag},
		"it has another excepted tag":       {tags([]string{"vip"}, []string{"LATE"}), nil, ruleByTag},
		"nothing excepts a tagless one":     {tags(nil, []string{"*"}), func(c *mapping.Conversation) { c.Fields.Tags = nil }, ""},
		"it is in the team":                 {teams([]Team{{intercom.Desk, "9"}, team}, nil), nil, ""},
		"it is in another team":             {teams([]Team{{dashly.Desk, "8"}}, nil), nil, ruleByTeam},
		"it is in an excepted team":         {teams(nil, []Team{team}), nil, ruleByTeam},
		"the team is another desk's":        {teams(nil, []Team{{intercom.Desk, "7"}}), nil, ""},
		"and so it is in none":              {teams([]Team{{intercom.Desk, "7"}}, nil), nil, ruleByTeam},
		"it is in no team":                  {teams([]Team{team, {dashly.Desk, ""}}, nil), func(c *mapping.Conversation) { c.Fields.Team = "" }, ruleByTeam},
		"no team is excepted":               {teams(nil, []Team{team, {dashly.Desk, ""}}), func(c *mapping.Conversation) { c.Fields.Team = "" }, ""},
		"any team of the desk":              {teams([]Team{{dashly.Desk, AnyTeam}}, nil), func(c *mapping.Conversation) { c.Fields.Team = "" }, ""},
		"any team of the desk is excepted":  {teams(nil, []Team{{dashly.Desk, AnyTeam}}), nil, ruleByTeam},
		"its state fits":                    {Filters{Status: []mapping.State{mapping.Closed, mapping.Open}}, nil, ""},
		"its state does not":                {Filters{Status: []mapping.State{mapping.Closed, mapping.Snoozed}}, nil, ruleByStatus},
		"it began at that time":             {Filters{CreatedAfter: began}, nil, ""},
		"it began before":                   {Filters{CreatedAfter: began.Add(time.Second)}, nil, ruleByAge},
		"it began when its first entry was": {Filters{CreatedAfter: began.Add(time.Second)}, func(c *mapping.Conversation) { c.Created = time.Time{} }, ruleByAge},
		"an hour ahead is the desk's clock": {Filters{CreatedAfter: began.Add(-time.Minute)}, func(c *mapping.Conversation) { c.DeskTime = began.Add(time.Hour) }, ruleByAge},
		"it came by one of the channels":    {channels([]string{"whatsapp", "Email"}, nil), byMail, ""},
		"it came by another channel":        {channels([]string{"whatsapp", OwnChat}, nil), byMail, ruleByChannel},
		"it came by an excepted channel":    {channels(nil, []string{"EMAIL"}), byMail, ruleByChannel},
		"it came by no excepted channel":    {channels(nil, []string{"e-mail", OwnChat, ""}), byMail, ""},
		"it came by the desk's own chat":    {channels([]string{"Chat"}, nil), nil, ""},
		"no chat is wanted":                 {channels([]string{"email", ""}, nil), nil, ruleByChannel},
		"the chat is excepted":              {channels(nil, []string{OwnChat}), nil, ruleByChannel},
		"it began before that time":         {Filters{CreatedBefore: began.Add(time.Second)}, nil, ""},
		"it began at the end of the time":   {Filters{CreatedBefore: began}, nil, ruleByAge},
		"it began within the time":          {Filters{CreatedAfter: began, CreatedBefore: began.Add(time.Second)}, nil, ""},
		"no time lies between the two":      {Filters{CreatedAfter: began, CreatedBefore: began}, nil, ruleByAge},
		"the end is by the other clock":     {Filters{CreatedBefore: began.Add(-time.Minute)}, func(c *mapping.Conversation) { c.DeskTime = began.Add(time.Hour) }, ""},
		"nobody has answered yet":           {Filters{WithPeople: true}, nil, ""},
		"a bot has":                         {Filters{WithPeople: true}, func(c *mapping.Conversation) { c.Entries = append(c.Entries, answer) }, ruleByBotsAlone},
		"a bot and a teammate have": {Filters{WithPeople: true}, func(c *mapping.Conversation) {
			c.Entries = append(c.Entries, answer, by(mapping.Message, mapping.Agent))
		}, ""},
		"a teammate has noted something": {Filters{WithPeople: true}, func(c *mapping.Conversation) {
			c.Entries = append(c.Entries, answer, by(mapping.Note, mapping.Agent))
		}, ""},
		"a teammate has closed it": {Filters{WithPeople: true}, func(c *mapping.Conversation) {
			c.Entries = append(c.Entries, answer, by(mapping.Event, mapping.Agent))
		}, ruleByBotsAlone},
		"a bot has done something":                         {Filters{WithPeople: true}, func(c *mapping.Conversation) { c.Entries = append(c.Entries, by(mapping.Event, mapping.Bot)) }, ""},
		"a teammate may have, longer ago than can be read": {Filters{WithPeople: true}, func(c *mapping.Conversation) { c.Entries, c.Truncated = append(c.Entries, answer), 3 }, ""},
		"the first that does not hold is named":            {Filters{Tags: Choice[string]{Except: []string{"vip"}}, Status: []mapping.State{mapping.Closed}}, nil, ruleByTag},
		"all must hold":                                    {Filters{Tags: Choice[string]{Only: []string{"vip"}}, Status: []mapping.State{mapping.Closed}}, nil, ruleByStatus},
	} {
		t.Run(name, func(t *testing.T) {
			conv := mapping.Conversation{Ref: mapping.Ref{Desk: dashly.Desk, ID: "1"}, Created: began, Customer: mapping.Contact{ID: "a"},
				Fields: mapping.Fields{State: mapping.Open, Team: "7", Tags: []string{"Late", "vip"}}, Entries: []mapping.Entry{question}}
			v := sideView{desk: dashly.Desk, side: &Side{Send: true}}
			if c.change != nil {
				c.change(&conv)
			}
			if !conv.DeskTime.IsZero() {
				v.skew = skewOf(conv.DeskTime, began)
			}
			v.conv = &conv
			ledger, err := state.ReadLedger(state.PairOf(conv.Ref), nil)
			require.NoError(t, err)
			ledger.SetMeta(state.Meta{Origin: conv.Ref})
			s := scene{opts: &Options{Name: "main", Filters: c.filters}, people: NewPeople(nil), ledger: ledger, now: began.Add(time.Hour),
				sides: [2]sideView{v, {desk: intercom.Desk, side: &Side{Send: true}}}}
			require.Equal(t, c.want, s.filteredBy())
			require.Equal(t, c.want != "", s.planEntries(0, 1).filtered)
			require.False(t, s.planEntries(1, 0).filtered, "the other side has nothing")
		})
	}
}

// TestAFilterUndoesNothing: what was carried without a copy of the conversation stays carried, and what an operator gave up
// stays given up.
func TestAFilterUndoesNothing(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	conv := mapping.Conversation{Ref: mapping.Ref{Desk: dashly.Desk, ID: "1"}, Fields: mapping.Fields{State: mapping.Open}}
	for i, id := range []mapping.EntryID{"1", "2", "3"} {
		conv.Entries = append(conv.Entries, mapping.Entry{ID: id, Kind: mapping.Message, Author: mapping.Person{Role: mapping.Customer}, At: at.Add(time.Duration(i) * time.Minute), Body: mapping.PlainBody("x")})
	}
	conv.Entries = append(conv.Entries, mapping.Entry{ID: "4", Kind: mapping.Event, Covers: mapping.Tags, At: at.Add(time.Hour)})
	ledger, err := state.ReadLedger(state.PairOf(conv.Ref), nil)
	require.NoError(t, err)
	ledger.SetMeta(state.Meta{Origin: conv.Ref, DroppedAt: at.Add(time.Minute)})
	ledger.SetEntry(state.EntryKey{Desk: dashly.Desk, ID: "1"}, state.EntryRecord{Outcome: state.Mirrored, Twins: []mapping.EntryID{"event"}})
	s := scene{opts: &Options{Name: "main", Filters: Filters{Status: []mapping.State{mapping.Closed}}}, people: NewPeople(nil), ledger: ledger, now: at,
		sides: [2]sideView{{desk: dashly.Desk, side: &Side{Send: true}, conv: &conv}, {desk: intercom.Desk, side: &Side{Send: true}}}}
	require.Equal(t, []fate{{bucket: fateMirrored}, {bucket: fateSkipped, rule: ruleByOperator}, {bucket: fateSkipped, rule: ruleByStatus}, {bucket: fateSkipped, rule: ruleByStatus}},
		s.planEntries(0, 1).fates, "the tag that covers nothing is left out with the rest")
}
