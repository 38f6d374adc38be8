package engine

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/state"
)

// TestWhatBecomesOfFilesIsCounted: a transcript only names them, and an image keeps no place within a text.
func TestWhatBecomesOfFilesIsCounted(t *testing.T) {
	can, err := intercom.Features("2.15")
	require.NoError(t, err)
	file := mapping.File{Name: "bill.pdf", URL: "https://files.example.com/bill.pdf"}
	words := mapping.PlainBody("The bill")
	chunks := transcript([]mapping.Entry{{ID: "1", Body: words, Files: []mapping.File{file, file}}, {ID: "2", Body: words}, {ID: "3", Files: []mapping.File{file}}}, intercom.Desk, can, 1000)
	require.Len(t, chunks, 1)
	require.Equal(t, []mapping.Loss{mapping.LossFileNotCarried, mapping.LossFileNotCarried, mapping.LossFileNotCarried}, chunks[0].losses)

	_, losses := pieces(words, []mapping.File{file}, can, can.BodyRunes, false)
	require.Empty(t, losses)
	image := mapping.File{Name: "shot.png", URL: "https://files.example.com/shot.png", Within: true}
	parts, losses := pieces(words, []mapping.File{image, image}, can, can.BodyRunes, false)
	require.Len(t, parts, 1)
	require.Equal(t, []mapping.Loss{mapping.LossImageMoved}, losses, "once for an entry")
}

// TestWhatBecomesOfTheFormIsCounted: whatever is written as plain text, a message, a note, a line of a transcript or an event,
// tells that its form was lost, once for an entry, and nothing else does.
func TestWhatBecomesOfTheFormIsCounted(t *testing.T) {
	onIntercom, err := intercom.Features("2.15")
	require.NoError(t, err)
	older, err := intercom.Features("2.9") // replies are notes there
	require.NoError(t, err)
	onDashly, err := dashly.Features("")
	require.NoError(t, err)
	bold := mapping.Body{Blocks: []mapping.Block{{Runs: []mapping.Run{{Text: "Never", Bold: true}, {Text: " again"}}}}}
	entry := func(kind mapping.Kind, author mapping.Role, adjust ...func(*mapping.Entry)) mapping.Entry {
		e := mapping.Entry{Kind: kind, Native: "any", Author: mapping.Person{Role: author}, Body: bold}
		for _, f := range adjust {
			f(&e)
		}
		return e
	}
	live := func(to mapping.Features, desk, from mapping.Desk) Circumstances {
		return Circumstances{From: from, To: desk, Features: to, History: "transcript", Home: from}
	}
	past := func(c Circumstances, history string) Circumstances {
		c.Historic, c.History = true, history
		return c
	}
	toDashly, toIntercom, toOlder := live(onDashly, dashly.Desk, intercom.Desk), live(onIntercom, intercom.Desk, dashly.Desk), live(older, intercom.Desk, dashly.Desk)
	flat := func(e *mapping.Entry) { e.Losses = []mapping.Loss{mapping.LossFormatting} }
	doubt := func(e *mapping.Entry) { e.Doubt = true }
	for name, c := range map[string]struct {
		in     Circumstances
		entry  mapping.Entry
		folded bool
		kind   sinks.Kind
		lost   int
	}{
		"a customer's message, to Dashly":        {toDashly, entry(mapping.Message, mapping.Customer), false, sinks.PostMessage, 1},
		"a customer's message, to Intercom":      {toIntercom, entry(mapping.Message, mapping.Customer), false, sinks.PostMessage, 1},
		"a note, to Dashly":                      {toDashly, entry(mapping.Note, mapping.Agent), false, sinks.PostNote, 1},
		"a note, to Intercom":                    {toIntercom, entry(mapping.Note, mapping.Agent), false, sinks.PostNote, 0},
		"a reply, as a note, to Dashly":          {toDashly, entry(mapping.Message, mapping.Agent), false, sinks.PostNote, 1},
		"a reply, to Intercom":                   {toIntercom, entry(mapping.Message, mapping.Agent), false, sinks.PostMessage, 0},
		"a reply, as a note, to an old Intercom": {toOlder, entry(mapping.Message, mapping.Agent), false, sinks.PostNote, 0},
		"a bot, to Dashly":                       {toDashly, entry(mapping.Message, mapping.Bot), false, sinks.PostNote, 1},
		"a bot, to Intercom":                     {toIntercom, entry(mapping.Message, mapping.Bot), false, sinks.PostNote, 0},
		"what is doubtful, to Dashly":            {toDashly, entry(mapping.Message, mapping.Customer, doubt), false, sinks.PostNote, 1},
		"a doubtful customer's, to Intercom":     {toIntercom, entry(mapping.Message, mapping.Customer, doubt), false, sinks.PostNote, 0},
		"a line of a transcript, to Dashly":      {past(toDashly, "transcript"), entry(mapping.Message, mapping.Agent), true, sinks.PostNote, 1},
		"a line of a transcript, to Intercom":    {past(toOlder, "transcript"), entry(mapping.Message, mapping.Customer), true, sinks.PostNote, 0},
		"a dated event":                          {past(toDashly, "events"), entry(mapping.Message, mapping.Customer), false, sinks.RecordEvent, 1},
		"without a form":                         {toDashly, entry(mapping.Note, mapping.Agent, func(e *mapping.Entry) { e.Body = mapping.PlainBody("Never again") }), false, sinks.PostNote, 0},
		"what had lost its form, to Intercom":    {toIntercom, entry(mapping.Message, mapping.Agent, flat), false, sinks.PostMessage, 1},
		"what had lost its form, to Dashly":      {toDashly, entry(mapping.Note, mapping.Agent, flat), false, sinks.PostNote, 1},
	} {
		got := Carry(c.in, c.entry)
		require.Empty(t, got.Rule, name)
		require.Equal(t, c.kind, got.Kind, name)
		require.Equal(t, c.folded, got.Folded, name)
		lost := 0
		for _, l := range got.Losses {
			if l == mapping.LossFormatting {
				lost++
			}
		}
		require.Equal(t, c.lost, lost, name)
	}
}

// TestADoubtIsCountedOnce: that nobody knows who would see an entry is counted wherever it is the reason for a note, or beside it.
func TestADoubtIsCountedOnce(t *testing.T) {
	to, err := intercom.Features("2.15")
	require.NoError(t, err)
	for _, e := range []mapping.Entry{
		{Kind: mapping.Note, Author: mapping.Person{Role: mapping.System}, Doubt: true},
		{Kind: mapping.Note, Author: mapping.Person{Role: mapping.Agent}, Doubt: true},
		{Kind: mapping.Message, Author: mapping.Person{Role: mapping.Customer}, Doubt: true},
		{Kind: mapping.Note, Author: mapping.Person{Role: mapping.Agent}},
	} {
		e.Native, e.Body = "any", mapping.PlainBody("Words")
		got := Carry(Circumstances{From: dashly.Desk, To: intercom.Desk, Features: to, History: "transcript", Home: dashly.Desk}, e)
		n := 0
		for _, l := range got.Losses {
			if l == mapping.LossDoubtAsNote {
				n++
			}
		}
		require.Equal(t, e.Doubt, n == 1, "%+v: %v", e, got.Losses)
	}
}

// TestTheExampleNamesWhatStaysEnglish: what no text of the configuration replaces stands in it.
func TestTheExampleNamesWhatStaysEnglish(t *testing.T) {
	raw, err := os.ReadFile("../../config.example.yaml")
	require.NoError(t, err)
	text := regexp.MustCompile(`\n#\s+`).ReplaceAllString(string(raw), " ")
	var english []string
	for _, role := range []mapping.Role{mapping.Customer, mapping.Agent, mapping.Bot, mapping.System} {
		english = append(english, personLabel(mapping.Person{Role: role}))
	}
	english = append(english, personLabel(mapping.Person{Role: mapping.Agent, ID: "14709"}), strings.Trim(fileLine(mapping.File{}, "").Text(), "[]"))
	body, files := mapping.HTMLBody(strings.Repeat("<img src=https://x.org/>", 600))
	english = append(english, body.Text(), files[0].Name)
	for _, r := range dashly.Table() {
		if r.Stead != "" {
			english = append(english, r.Stead)
		}
	}
	parts, fits := numbered([]mapping.Body{{}, {}, {}}, 100)
	require.True(t, fits)
	for _, what := range append(english, parts[0].Text()) {
		require.Contains(t, text, `"`+what+`"`)
	}
}

// TestFilesBeforeTheCustomersFirstWordsAreNamed: what precedes them in a thread that the team began is told in a transcript,
// live as well.
func TestFilesBeforeTheCustomersFirstWordsAreNamed(t *testing.T) {
	s := ratedScene(t, 0)
	ledger, err := state.ReadLedger(state.PairOf(s.sides[0].conv.Ref), nil)
	require.NoError(t, err)
	ledger.SetMeta(state.Meta{Origin: s.sides[0].conv.Ref, Since: s.ledger.Meta.Since})
	s.ledger, s.sides[1].conv = ledger, nil
	hello := s.sides[0].conv.Entries[0]
	hello.ID, hello.Native, hello.Opening = "2", "comment", false
	offer := mapping.Entry{ID: "source:1", Kind: mapping.Message, Native: "source", Opening: true, At: hello.At.Add(-time.Minute), Author: mapping.Person{Role: mapping.Agent, ID: "1", Name: "Jane"},
		Body: mapping.PlainBody("Our offer"), Files: []mapping.File{{Name: "offer.pdf", URL: "https://files.example.com/offer.pdf", Attached: true}}}
	s.sides[0].conv.Entries = []mapping.Entry{offer, hello}
	require.False(t, s.historic(0, offer))
	p := s.planEntries(0, 1)
	require.Len(t, p.drafts, 2)
	require.Equal(t, sinks.OpenConversation, p.drafts[0].op.Kind)
	require.True(t, p.drafts[1].fold)
	require.Empty(t, p.drafts[1].files)
	require.Contains(t, p.drafts[1].op.Body.Text(), "[offer.pdf: see the original conversation]")
	require.Equal(t, []mapping.Loss{mapping.LossFileNotCarried}, p.drafts[1].losses)
}
