package intercom

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
)

// spoken is an entry of a customer.
func spoken(id string, opening bool) mapping.Entry {
	return mapping.Entry{ID: mapping.EntryID("e" + id), Kind: mapping.Message, Opening: opening, Author: mapping.Person{Role: mapping.Customer, ID: mapping.PersonID(id)}, Body: mapping.PlainBody("hi")}
}

// TestWhoAFormerContactIs: b is the contact of a conversation that a began, and nobody knows a any more.
func TestWhoAFormerContactIs(t *testing.T) {
	known := map[string]string{"b": `{"id":"b","role":"user","name":"Bob"}`, "c": `{"id":"c","role":"user"}`, "x": `{"id":"b","role":"user"}`}
	for name, row := range map[string]struct {
		change func(c *mapping.Conversation)
		former []mapping.PersonID
	}{
		"it must be the heir":           {func(*mapping.Conversation) {}, []mapping.PersonID{"a"}},
		"somebody was added":            {func(c *mapping.Conversation) { c.Entries = append(c.Entries, mapping.Entry{Native: added}) }, nil},
		"there is another contact":      {func(c *mapping.Conversation) { c.Others = []mapping.Contact{{ID: "c"}} }, nil},
		"not all can be read":           {func(c *mapping.Conversation) { c.Truncated = 1 }, nil},
		"it began with somebody else":   {func(c *mapping.Conversation) { c.Entries[0] = spoken("b", true); c.Entries[1] = spoken("a", false) }, nil},
		"the desk says so":              {func(c *mapping.Conversation) { c.Entries[0] = spoken("x", true); c.Truncated = 1 }, []mapping.PersonID{"x"}},
		"a third one who is there":      {func(c *mapping.Conversation) { c.Entries[1] = spoken("c", false) }, []mapping.PersonID{"a"}},
		"a team's words are the team's": {func(c *mapping.Conversation) { c.Entries[1].Author.Role = mapping.Agent }, []mapping.PersonID{"a"}},
	} {
		s := open(t, &workspace{contacts: known})
		c := mapping.Conversation{Customer: mapping.Contact{ID: "b"}, Entries: []mapping.Entry{spoken("a", true), spoken("b", false)}}
		row.change(&c)
		require.NoError(t, s.former(t.Context(), &c), name)
		require.Equal(t, row.former, c.Customer.Former, name)
		for _, e := range c.Entries {
			if e.Author.Role == mapping.Customer {
				require.NotContains(t, row.former, e.Author.ID, name)
			}
		}
	}
}

// TestWhoSucceedsAContactThatIsShown: the conversation goes on showing a, whom nobody knows any more.
func TestWhoSucceedsAContactThatIsShown(t *testing.T) {
	known := map[string]string{"b": `{"id":"b","role":"user","name":"Bob"}`, "c": `{"id":"c","role":"user"}`}
	for name, row := range map[string]struct {
		entries []mapping.Entry
		others  []mapping.Contact
		want    mapping.PersonID
	}{
		"the only one who speaks": {entries: []mapping.Entry{spoken("a", true), spoken("b", false)}, want: "b"},
		"nobody else":             {entries: []mapping.Entry{spoken("a", true)}, want: "a"},
		"two others":              {entries: []mapping.Entry{spoken("a", true), spoken("b", false), spoken("c", false)}, want: "a"},
		"somebody was added":      {entries: []mapping.Entry{spoken("a", true), {Native: added}, spoken("b", false)}, want: "a"},
		"there is another":        {entries: []mapping.Entry{spoken("a", true), spoken("b", false)}, others: []mapping.Contact{{ID: "b"}}, want: "a"},
		"one who is gone too":     {entries: []mapping.Entry{spoken("a", true), spoken("z", false)}, want: "a"},
	} {
		s := open(t, &workspace{contacts: known})
		c := mapping.Conversation{Customer: mapping.Contact{ID: "a"}, Others: row.others, Entries: row.entries}
		require.NoError(t, s.describe(t.Context(), &c), name)
		require.Equal(t, row.want, c.Customer.ID, name)
		require.Equal(t, row.want == "b", c.Entries[0].Author.ID == "b", name)
	}
}
