package simulation_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/simulation"
)

// excuse says what of some scenarios may differ under some quirks, and why. The promises hold all the same, and unless it
// names the deliveries nothing is delivered that is not delivered otherwise.
type excuse struct {
	scenarios, quirks []string
	may               []aspect // none: words, fields and memory
	why               string
}

var (
	undated   = []string{"no time is honoured", "no time is honoured and no app is named", "the time of contacts is not honoured", "the time of openings is not honoured"}
	skewed    = []string{"clocks differ", "clocks differ and no time lies in the future", "the clock of Dashly is ahead", "the clock of Intercom is behind"}
	disguised = []string{"own user replies look like the web"}
	unnamed   = []string{"no app is named", "no time is honoured and no app is named"}
	unechoed  = []string{"external ids of replies are not echoed", "external ids are not echoed", "no external ids, answers name the assignment"}
	speaking  = []string{"a bot of Dashly answers", "a bot of Intercom answers", "a bot of Intercom asks after a close"}
	nameless  = []string{"no app is named", "no time is honoured and no app is named", "parts of people have no app field"}
	mute      = []string{"the app must be named by its id"}
)

var excuses = []excuse{
	{[]string{"erased-copy"}, undated, nil, "the memory is lost after copies were erased: neither their words nor their second is left to know them by"},
	{[]string{"form-to-both", "unread-before-known"}, skewed, nil, "the desks do not say the same second, so two threads that people began are not one and its copy"},
	{[]string{"buried-copy"}, []string{"two hundred parts can be read", "total_count ends at what is shown"}, nil, "what cannot be read is not carried"},
	{[]string{"parts-499", "parts-500", "parts-502", "parts-700-forgotten"}, []string{"two hundred parts can be read"}, nil, "what cannot be read is not carried"},
	{[]string{"parts-500"}, []string{"new conversations are routed", "new conversations are routed to a team"}, nil, "the desk's own entry makes the oldest one unreadable"},
	{[]string{"merged-threads"}, []string{"a merge copies the messages"}, nil, "what was said in the other conversation stands here too, an agent's reply as a note"},
	{[]string{"contact-put-away"}, []string{"archived contacts may write"}, nil, "words are the customer's, not a note"},
	{[]string{"contact-put-away-twice"}, []string{"nobody may write as who was put away"}, []aspect{story}, "an opening that is forbidden waits, for it may be the token that may not"},
	{[]string{"merged-copy-on-intercom", "merged-twice", "merged-while-writing"}, []string{"a merged contact keeps its conversations"}, nil, "the desk names nobody who could speak: words are a note"},
	{[]string{"activities", "activities-forgotten", "activities-without-counterpart"}, []string{"no channel is shown", "system parts by the system", "system parts of people name nobody"}, nil, "whose act it was, or what the channel is called, is not told"},
	{[]string{"activities-without-counterpart"}, []string{"tags leave no parts"}, []aspect{words, memory}, "nothing tells who set a tag"},
	{[]string{"activities-of-fields"}, []string{"an assignment to a team opens nothing"}, nil, "a team that wakes nothing leaves the snooze, and another kind of event"},
	{[]string{"filtered-by-team"}, []string{"no channel is shown", "a rule sorts into a channel"}, nil, "a conversation of which the desk tells no channel is in none, and one that a rule moves into it is"},
	{[]string{"deleted-and-forgotten"}, slices.Concat(unnamed, unechoed), nil, "nothing proves that the bridge wrote what names the deleted copy: it is opened again"},
	{[]string{"activities", "activities-forgotten", "activities-history", "activities-wake", "texts-in-russian"}, []string{"a vote is an object", "votes are a list"}, nil, "what the desk keeps with a vote is told as it stands"},
	{[]string{"backlinks", "ratings"}, []string{"an attribute exists"}, nil, "another attribute exists than the one that is to be written"},
	{[]string{"straddles-the-start"}, []string{"clocks differ", "clocks differ and no time lies in the future", "the clock of Dashly is ahead"}, nil, "how far a clock is off is known to some seconds: what lies so near to the start is not delivered"},
	{[]string{"answers-interleaved", "burst-of-people"}, nameless, nil, "two who say the same within seconds on both desks cannot be told apart: each stands there once"},
	{[]string{"same-word-disguised"}, []string{"clocks differ", "clocks differ and no time lies in the future", "the clock of Intercom is behind", "no time is honoured and no app is named"}, nil, "what the customer says in the same words on both desks is known by neither second nor app: each stands there once"},
	{[]string{"second-bridge", "second-bridge-behind"}, slices.Concat(disguised, unechoed), []aspect{story}, "no sign tells that a bridge wrote, so the second one is not noticed, and each word stands once all the same"},
	{[]string{"tags-given-again"}, []string{"tags leave no parts"}, []aspect{fields}, "where nothing tells when a tag was given and taken away, what is gone on one desk only is taken away, unless the other one shows that it was given again"},
	{[]string{"long-bodies"}, []string{"bodies have 700 characters"}, nil, "an opening that the desk refuses is parked"},
	{[]string{"chunks-before-the-opening", "cut-before-the-opening", "parts-499", "parts-500", "parts-502"}, []string{"bodies have 700 characters"}, []aspect{story}, "a note of what was said before that the desk refuses is parked, and what people say in the copy waits behind it"},
	{[]string{"parts-499", "parts-500", "parts-502"}, []string{"a bot of Intercom answers"}, []aspect{words}, "with what the bot says a part of a transcript is full one entry sooner"},
	{[]string{"fields"}, []string{"system parts by the system", "system parts of people name nobody"}, []aspect{fields}, "where nobody is named who assigned, an assignment beside the bridge's own writes does not count as somebody's word"},
	{[]string{"team-conflict", "team-conflict-dashly-rules"}, []string{"no key where there is no channel"}, []aspect{fields}, "a missing key does not tell that there was no channel, so that the first one is no change to hold against the other desk's"},
	{[]string{"agents-alike-away"}, []string{"a note assigns"}, []aspect{fields}, "the desk assigns by itself an agent who has no counterpart, so that nobody can tell whether a person did"},
	{[]string{"merged-then-another"}, []string{"a merged user is the successor"}, []aspect{fields}, "which of two users is left when the other desk merges is told only by who is shown"},
	{[]string{"intercom-thread"}, []string{"an operator's reply in the panel does not assign"}, []aspect{fields}, "an agent whom the desk shows only after the assignment cannot be assigned when it is carried, and it is carried once"},
	{[]string{"team-follows-the-channel", "team-forgotten"}, []string{"no key where there is no channel"}, []aspect{fields}, "where a missing key is all that tells of no channel, a channel that is taken away leaves the team"},
	{[]string{"buried-copy", "parts-499", "parts-500"}, []string{"a reply leaves an event too"}, []aspect{memory}, "the desk's own entries push one more below what can be read"},
	{[]string{"parts-499", "parts-500"}, []string{"a note assigns"}, []aspect{memory}, "the desk's own entries push one more below what can be read"},
	{[]string{"buried-copy"}, []string{"new conversations are routed"}, []aspect{memory}, "the desk's own entry pushes one more below what can be read"},
	{[]string{"taken-out-and-forgotten"}, slices.Concat([]string{"the token may not write as the user"}, mute), []aspect{story}, "what is opened when the customer was taken out already is opened in the name of whoever is left"},
	{[]string{"answer-for-who-is-left"}, slices.Concat([]string{"the token may not write as the user"}, mute), []aspect{story, deliveries}, "what is opened when the customer was taken out already is opened in the name of whoever is left, and an answer is for them"},
	{[]string{"deleted-original", "filtered-by-tag"}, []string{"the token may not write as the user"}, []aspect{story}, "what people took away before it could be carried has no copy in which somebody could act"},
	{[]string{"deleted-original", "erased-opening", "filtered-by-tag"}, mute, []aspect{story}, "what people took away before it could be carried has no copy in which somebody could act"},
	{[]string{"deleted-contact-named-nowhere"}, slices.Concat([]string{"the token may not write as the user"}, mute), []aspect{words, fields}, "nobody can be deleted in a copy before there is one, and by then what the other one said is carried in their name"},
	{[]string{"asked-after-a-close"}, mute, nil, "of two closes of which none could be carried one is, when it can be, and the desk asks once"},
	{[]string{"fallback-agent-leaves"}, mute, nil, "who was to write for agents has left before anything could be carried, so the desk refuses it"},
	{[]string{"refused-text"}, mute, nil, "what the desk refused for a while it takes when it can be carried"},
	{[]string{"refused-text"}, []string{"comments have 700 characters"}, []aspect{words, memory}, "the desk takes more than the story lets it take"},
	{[]string{"file-too-large"}, unsized, []aspect{words, memory}, "how large a file is shows when it is read, after its words were written: the line that stands for it is a message of its own"},
	{[]string{"long-words-with-files"}, []string{"line breaks are joined"}, []aspect{words, memory}, "a letter that is one line is cut in other places"},
	{[]string{"file-of-unknown-size"}, resized, []aspect{words, memory}, "its size is told, so that the line that stands for it is written with its words"},
	{[]string{"match-by-address", "one-address-identified"}, []string{"the list of leads lags"}, []aspect{fields}, "who else has the address is not known yet, so the customer is somebody new in the copy"},
	{[]string{"bots-alone"}, []string{"a bot of Dashly answers"}, nil, "the desk's bot answers everybody, so nobody waits for people any more, and what only a bot has answered is left alone"},
	{[]string{"a-day-apart", "a-day-apart-turned", "crowd", "dashly-behind"}, []string{"the token may not write as the user"}, nil, "a reply that is a day old is not delivered any more, a note stands for it"},
	{[]string{"crowd"}, mute, nil, "a reply that is a day old is not delivered any more, a note stands for it"},
	{[]string{"activities-forgotten", "bots-alone", "edited-words", "erase", "filtered-by-team", "filtered-one-way-forgotten", "history-that-arrives-late", "parts-502", "parts-700-forgotten"}, mute, nil, "what is read but once, when it can be carried, is carried as it stands then"},
	{[]string{"activities-forgotten", "filtered-by-team", "parts-502"}, []string{"the token may not write as the user"}, nil, "what is read but once, when it can be carried, is carried as it stands then"},
	{[]string{"agent-leaves", "conflict-intercom-rules", "contact-put-away-anew", "filtered-by-status", "odd-ways", "snooze-with-its-end", "team-conflict-dashly-rules"}, mute, []aspect{fields}, "a change that comes so late meets another state: a snooze is over, an agent has left, two changes are not at once"},
	{[]string{"conflict-intercom-rules", "contact-put-away-anew", "filtered-by-status", "odd-ways", "snooze-with-its-end"}, []string{"the token may not write as the user"}, []aspect{fields}, "a change that comes so late meets another state: a snooze is over, an agent has left, two changes are not at once"},
	{[]string{"fields", "snooze-with-its-end"}, []string{"a conversation holds eight parts"}, []aspect{fields}, "a change that comes so late meets another state: a snooze is over, an agent has left, two changes are not at once"},
}

// together are excuses for two quirks at once, the second one of another list.
var together = []struct {
	excuse
	with []string
}{
	{excuse{[]string{"agent-leaves-dashly"}, []string{"who left is nobody"}, []aspect{fields}, "the note has assigned who is nobody by now"}, []string{"a note assigns"}},
	{excuse{[]string{"merged-copy-on-intercom", "merged-twice", "merged-while-writing"}, []string{"a new contact cannot write"}, []aspect{words, memory}, "who has just become the customer cannot speak yet, so that words are a note"}, []string{"a merge of contacts changes the authors"}},
	{excuse{[]string{"contact-put-away-anew"}, []string{"nobody may write as who was put away"}, []aspect{story}, "an opening that is forbidden waits, for it may be the token that may not"}, []string{"archived contacts are found"}},
	{excuse{[]string{"contact-put-away-anew", "contact-put-away-twice"}, []string{"archived contacts may write"}, []aspect{fields}, "who was archived is shown, and may go on speaking"}, []string{"archived contacts are found"}},
	{excuse{[]string{"match-by-nothing", "one-address-of-many", "one-address-typed"}, []string{"the list of leads lags"}, []aspect{fields}, "the desk makes one of two users with the same address, and which of them is shown depends on who was found"}, []string{"an address merges users"}},
	{excuse{[]string{"same-word-disguised"}, []string{"ids do not grow"}, []aspect{words, memory}, "what the customer says in the same words on both desks stands on each of them once or twice"}, []string{"a bot of Dashly answers"}},
	{excuse{[]string{"same-word-disguised"}, []string{"no time is honoured", "no time is honoured and no app is named", "the time of contacts is not honoured"}, []aspect{words, memory}, "neither a mark, nor a second, nor the app is left by which the desks' words are told from the bridge's, and the customer says the same on both"}, unnamed},
	{excuse{[]string{"texts-in-russian"}, []string{"a note assigns"}, []aspect{fields}, "the desk assigns by itself an agent who has no counterpart, so that nobody can tell whether a person did"}, []string{"an operator's reply in the panel does not assign"}},
}

// talkative are scenarios in which a desk says more or less by itself under some quirks than it does without them.
var talkative = []struct{ scenarios, quirks []string }{
	{[]string{"asked-after-a-close"}, []string{"a user's reply does not reopen"}}, // how often it is closed, and the desk asks
}

// excuses reports whether an aspect of a reading may differ for this.
func (e excuse) excuses(r reading, a aspect) bool {
	return slices.Contains(e.scenarios, r.Name) && r.has(e.quirks) && (slices.Contains(e.may, a) || a != deliveries && (len(e.may) == 0 || slices.Contains(e.may, story)) && a != story)
}

// excused reports whether an aspect may differ.
func (r reading) excused(a aspect) bool {
	if slices.ContainsFunc(excuses, func(e excuse) bool { return e.excuses(r, a) }) {
		return true
	}
	for _, e := range together {
		if e.excuses(r, a) && r.has(e.with) {
			return true
		}
	}
	return false
}

// has reports whether one of some quirks is one of the reading's.
func (r reading) has(names []string) bool {
	return slices.ContainsFunc(r.quirks, func(q sandbox.Quirk) bool { return slices.Contains(names, q.Name) })
}

// page is what docs/unknowns.md says of excuses.
func page() string {
	var b strings.Builder
	b.WriteString("Of these scenarios that may differ which is named, under one of the quirks, and unless the deliveries are named nothing more is delivered:\n\n")
	for _, e := range excuses {
		what := e.may
		if len(what) == 0 || slices.Contains(what, story) {
			what = slices.DeleteFunc([]aspect{words, fields, memory, deliveries}, func(a aspect) bool { return a == deliveries && !slices.Contains(e.may, a) })
		}
		fmt.Fprintf(&b, "- %s, under %s: the %s. %s.\n", strings.Join(e.scenarios, ", "), quoted(e.quirks), listed(what), sentence(e.why))
	}
	for _, e := range together {
		fmt.Fprintf(&b, "- %s, under %s with %s: the %s. %s.\n", strings.Join(e.scenarios, ", "), quoted(e.quirks), quoted(e.with), listed(e.may), sentence(e.why))
	}
	return b.String() + ordealsPage() + oblivionsPage()
}

func quoted(names []string) string { return `"` + strings.Join(names, `" or "`) + `"` }

func listed(all []aspect) string {
	var names []string
	for _, a := range all {
		names = append(names, string(a))
	}
	return strings.Join(names, ", ")
}

func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// TestThePageNamesEveryExcuse holds docs/unknowns.md against the tables, and the tables against scenarios and quirks. With
// -update it writes the page's part.
func TestThePageNamesEveryExcuse(t *testing.T) {
	for _, e := range append(slices.Clone(excuses), excuse{quirks: slices.Concat(restating, assigning, sorting, routing, noisy, folding, refusing, unsized, resized)}) {
		known(t, e.scenarios, e.quirks)
	}
	for _, e := range together {
		known(t, e.scenarios, slices.Concat(e.quirks, e.with))
	}
	for _, o := range ordeals {
		known(t, o.scenarios, slices.Concat(o.quirks...))
	}
	for _, o := range oblivions {
		known(t, o.scenarios, nil)
	}
	const file, begin, end = "../../docs/unknowns.md", "<!-- excuses -->\n", "<!-- end of excuses -->\n"
	doc, err := os.ReadFile(file)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(doc), begin)
	said, after, ends := strings.Cut(rest, end)
	require.True(t, ok && ends)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(before+begin+page()+end+after), 0o600))
		return
	}
	require.Equal(t, page(), said)
}

// known fails for a name of no scenario or quirk.
// TestEveryExcuseIsNeeded plays what each excuse names alone, in each of its scenarios: something that it excuses differs, or
// a line of the story fails.
func TestEveryExcuseIsNeeded(t *testing.T) {
	type excused struct {
		excuse
		reading
	}
	var set []excused
	for _, s := range all(t) {
		read := func(e excuse, with []string) {
			for _, name := range e.quirks {
				if slices.Contains(e.scenarios, s.Name) {
					set = append(set, excused{e, s.read(0, quirksNamed(t, append([]string{name}, with...)...)...)})
				}
			}
		}
		for _, e := range excuses {
			read(e, nil)
		}
		for _, e := range together {
			for _, name := range e.with {
				read(e.excuse, []string{name})
			}
		}
	}
	enumerate(t, "excuses", wanted(t, len(set), len(set)), set, func(t *testing.T, e excused) error {
		failed := false
		plan := e.plan()
		goOn := plan.Failed
		plan.Failed = func(w *simulation.World, line int, err error) (bool, error) {
			again, wrong := goOn(w, line, err)
			failed = failed || !again && wrong == nil && !looksAt.MatchString(e.Line(line))
			return again, wrong
		}
		res := e.Scenario.Run(t, plan)
		if res.Err != nil {
			return fmt.Errorf("%s: %w", e.reading, res.Err)
		}
		diffs := e.compare(res)
		for _, a := range aspects {
			if diffs[a] != "" && e.excuses(e.reading, a) {
				return nil
			}
		}
		if failed && slices.Contains(e.may, story) {
			return nil
		}
		return fmt.Errorf("%s: nothing differs that is excused because %s", e.reading, e.why)
	})
}

// quirksNamed are quirks by their names, each once.
func quirksNamed(t *testing.T, names ...string) (some []sandbox.Quirk) {
	t.Helper()
	for _, q := range sandbox.Quirks() {
		if slices.Contains(names, q.Name) {
			some = append(some, q)
		}
	}
	slices.Sort(names)
	require.Len(t, some, len(slices.Compact(names)), "%q", names)
	return some
}

func known(t *testing.T, stories, quirks []string) {
	t.Helper()
	for _, name := range quirks {
		require.True(t, slices.ContainsFunc(sandbox.Quirks(), func(q sandbox.Quirk) bool { return q.Name == name }), name)
	}
	for _, name := range stories {
		require.True(t, slices.ContainsFunc(scenarios(t), func(s *simulation.Scenario) bool { return s.Name == name }), name)
	}
}
