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

// forgotten is a pair whose ledger is new: a conversation of Dashly and its copy on Intercom, where the entries follow the
// openings.
func forgotten(t require.TestingT, original, written []mapping.Entry) *scene {
	start := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	to, err := intercom.Features("2.15")
	require.NoError(t, err)
	from, err := dashly.Features("")
	require.NoError(t, err)
	opening := mapping.Entry{ID: "o", Kind: mapping.Message, Author: mapping.Person{Role: mapping.Customer, ID: "alice"}, At: start, Body: mapping.PlainBody("Hello"), Opening: true}
	conv := func(desk mapping.Desk, made mapping.Provenance, entries []mapping.Entry) *mapping.Conversation {
		c := &mapping.Conversation{Ref: mapping.Ref{Desk: desk, ID: "1"}, Customer: mapping.Contact{ID: "alice"}, Entries: append([]mapping.Entry{opening}, entries...)}
		for i := range c.Entries {
			c.Entries[i].Made = made
			if c.Entries[i].At.IsZero() {
				c.Entries[i].At = start.Add(time.Duration(i) * time.Second)
			}
		}
		return c
	}
	ref := mapping.Ref{Desk: dashly.Desk, ID: "1"}
	ledger, _ := state.ReadLedger(state.PairOf(ref), nil)
	ledger.SetMeta(state.Meta{Origin: ref, Twin: mapping.Ref{Desk: intercom.Desk, ID: "1"}, Opened: "o", Since: start.Add(time.Hour)})
	opts := &Options{Name: "main", Start: start.Add(-time.Hour), Sides: [2]Side{{Settle: time.Minute}, {Settle: time.Minute, Fallback: "fallback", History: "native"}}}
	return &scene{opts: opts, people: NewPeople(nil), ledger: ledger, now: start.Add(2 * time.Hour), sides: [2]sideView{
		{side: &opts.Sides[0], desk: dashly.Desk, features: from, conv: conv(dashly.Desk, mapping.ByHuman, original)},
		{side: &opts.Sides[1], desk: intercom.Desk, features: to, conv: conv(intercom.Desk, mapping.ByAPI, written)},
	}}
}

// adoptedAs gives the entry and part that something written is recognised as.
func adoptedAs(s *scene, written mapping.EntryID) (mapping.EntryID, int) {
	for _, f := range s.adopt(0, 1) {
		if f.written == written {
			return f.entry, f.part
		}
	}
	return "", 0
}

// TestACopyIsKnownAsItIsShown: a customer's words are sent as plain text, with the addresses of their links and the
// numbers of their lists written out.
func TestACopyIsKnownAsItIsShown(t *testing.T) {
	said, _ := mapping.HTMLBody(`<p>See <a href="https://example.org/a?b=1">the page</a>:</p><ol><li>first</li><li>second</li></ol><blockquote>[quoted]</blockquote><p>Thanks</p>`)
	customer := mapping.Person{Role: mapping.Customer, ID: "alice"}
	s := forgotten(t, []mapping.Entry{{ID: "1", Kind: mapping.Message, Author: customer, Body: said}},
		[]mapping.Entry{{ID: "w", Kind: mapping.Message, Author: customer, Body: mapping.PlainBody(said.Guarded())}})
	entry, part := adoptedAs(s, "w")
	require.Equal(t, mapping.EntryID("1"), entry)
	require.Equal(t, 1, part)
}

// TestATokenIsKnownAboveLinesForFiles, which once stood below it, and in a human's note it is theirs.
func TestATokenIsKnownAboveLinesForFiles(t *testing.T) {
	agent := mapping.Person{Role: mapping.Agent, ID: "jane"}
	tok := mapping.Token{Pair: "main", Source: mapping.Ref{Desk: dashly.Desk, ID: "1"}, First: "1", Last: "1", Part: 1, Of: 1}
	said := mapping.PlainBody("Look into it")
	note := said.Append(line("%s", tok))
	reason := fileLine(mapping.File{Name: "a.png"}, "could not be fetched")
	require.Equal(t, said.Append(reason, line("%s", tok)).Text(), aboveToken(note, reason).Text())
	require.Equal(t, said.Append(reason).Text(), aboveToken(said, reason).Text())
	original := []mapping.Entry{{ID: "1", Kind: mapping.Note, Author: agent, Body: said}}
	for name, c := range map[string]struct {
		body mapping.Body
		made mapping.Provenance
		want mapping.EntryID
	}{
		"as it is written now":    {aboveToken(note, reason), mapping.ByAPI, "1"},
		"as it was once written":  {note.Append(reason, reason), mapping.ByAPI, "1"},
		"in one line":             {mapping.PlainBody("Look into it " + tok.String() + " [a.png: could not be fetched]"), mapping.ByAPI, "1"},
		"quoted by a human":       {note.Append(reason), mapping.ByHuman, ""},
		"with words of an answer": {note.Append(mapping.PlainBody("I did")), mapping.ByAPI, ""},
	} {
		s := forgotten(t, original, []mapping.Entry{{ID: "w", Kind: mapping.Note, Author: agent, Body: c.body}})
		s.sides[1].conv.Entries[1].Made = c.made
		entry, _ := adoptedAs(s, "w")
		require.Equal(t, c.want, entry, name)
	}
}

// TestACopyMayNameNobody: a desk names nobody as the author of what a deleted contact has said. Equal words are paired one to
// one, in their order; what is not among the originals, or was provably made by hand, is nobody's copy.
func TestACopyMayNameNobody(t *testing.T) {
	says := func(id mapping.EntryID, words string) mapping.Entry {
		return mapping.Entry{ID: id, Kind: mapping.Message, Author: mapping.Person{Role: mapping.Customer, ID: "alice"}, Body: mapping.PlainBody(words)}
	}
	unsigned := func(id mapping.EntryID, words string) mapping.Entry {
		return mapping.Entry{ID: id, Kind: mapping.Note, Doubt: true, Authorless: true, Author: mapping.Person{Role: mapping.System}, Body: mapping.PlainBody(words)}
	}
	originals := []mapping.Entry{says("1", "Anybody?"), says("2", "Anybody?")}
	s := forgotten(t, originals, []mapping.Entry{unsigned("a", "Anybody?"), unsigned("b", "Anybody?"), unsigned("c", "Anybody?"), unsigned("d", "Hurry")})
	for written, entry := range map[mapping.EntryID]mapping.EntryID{"a": "1", "b": "2", "c": "", "d": ""} {
		known, _ := adoptedAs(s, written)
		require.Equal(t, entry, known, written)
	}
	require.Equal(t, mapping.Note, s.sides[1].conv.Entries[1].Kind, "what is not ours stays as it was read")
	for name, other := range map[string]func(*mapping.Entry){
		"made by hand":              func(e *mapping.Entry) { e.Made = mapping.ByHuman },
		"no deleted contact's word": func(e *mapping.Entry) { e.Authorless = false },
	} {
		s := forgotten(t, originals, []mapping.Entry{unsigned("a", "Anybody?")})
		other(&s.sides[1].conv.Entries[1])
		known, _ := adoptedAs(s, "a")
		require.Empty(t, known, name)
	}
}
