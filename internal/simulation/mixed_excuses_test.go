package simulation_test

import (
	"fmt"
	"slices"
	"strings"
)

// ordeal says what a trouble may change in some scenarios under some quirks, and why: beyond what TestEveryReading and
// TestEveryLostMemory know of each alone.
type ordeal struct {
	kinds     []string   // of the trouble; none: all
	scenarios []string   // none: all
	quirks    [][]string // one of each list
	may       []string   // of what is compared, by the words before the colon; works: a pass that the story calls idle may write; none: a promise may not hold, and nobody is hurt
	why       string
}

var forgets = []string{"lost memory"}

// parting are the scenarios in which a contact or a user is merged away or put away.
var parting = []string{"contact-put-away", "merged-copy-on-dashly", "merged-copy-on-intercom", "merged-lead", "merged-visitor", "merged-then-another", "merged-twice", "merged-while-opening", "merged-while-writing"}

// unsaid are the quirks under which a change of a field names nobody.
var unsaid = []string{"system parts by the system", "system parts of people name nobody"}

var ordeals = []ordeal{
	{forgets, parting, [][]string{undated}, nil, "after a merge neither the customer nor the second of the opening is left to know a copy by"},
	{forgets, nil, [][]string{disguised, unechoed}, nil, "an older store knows the copy, so it takes what the bridge has written since as the customer for the customer's own: no sign of it is left"},
	{nil, []string{"chunks-before-the-opening", "cut-before-the-opening"}, [][]string{{"bodies have 700 characters"}}, nil, "a pass does not come to an end while what the desk refuses is parked"},
	{forgets, []string{"edited-words"}, [][]string{undated}, nil, "of a copy whose original was edited neither the words nor the second are left to know it by"},
	{nil, []string{"deleted-and-forgotten"}, [][]string{unnamed, speaking}, nil, "a copy that was deleted is opened again, as nothing proves that the bridge wrote what names it, and what the bot said since stands in both"},
	{forgets, []string{"erase"}, [][]string{unechoed}, []string{"words", "entries"}, "an older store does not know the copy of an erased message, of which only its place is left: it is told in the other desk, silently"},
	{forgets, []string{"burst-of-people"}, [][]string{unechoed, {"the time of admins is not honoured", "no time is honoured", "no time is honoured and no app is named"}}, nil, "all say the same within seconds on both desks, and neither mark nor second tells which of two copies is whose: one is taken for the other's original"},
	{forgets, nil, [][]string{{"repeated replies are dropped"}}, []string{"words", "entries"}, "what the desk dropped is not in the copy, and a bridge that does not know of it writes it"},
	{forgets, nil, [][]string{routing}, []string{"fields", "works"}, "nobody knows any more whom the desk itself had assigned"},
	{forgets, nil, [][]string{unsaid}, []string{"fields"}, "of a change that names nobody nothing tells that it was a person's"},
	{forgets, []string{"restored-in-vain"}, [][]string{{"an assignment reopens"}}, []string{"fields"}, "a store that begins anew cannot tell what the bridge's own assignment has opened from what people did"},
	{forgets, []string{"restored-in-vain"}, [][]string{{"an operator's reply reopens"}}, []string{"fields"}, "nothing tells that it was the reply which opened the conversation: to a store that begins anew the close on the other desk is the last word about the state"},
	{forgets, []string{"three-writes-at-most"}, [][]string{unsaid, speaking}, []string{"words", "delivered", "entries"}, "the same, of a close, after which a bot asks"},
	{forgets, []string{"erase", "erased-opening"}, [][]string{undated, unnamed}, []string{"words", "entries"}, "the desk keeps neither the second nor the app of a copy whose original was erased: nothing tells that it was one"},
	{forgets, []string{"deleted-original"}, nil, []string{"entries"}, "TestEveryLostMemory has the same under the likely reading: nothing tells any more what was copied from an original that is gone"},
	{forgets, []string{"ways-of-answering-away"}, nil, []string{"words", "delivered"}, "TestEveryLostMemory has the same under the likely reading: what came over the API before the memory began stands as a note"},
	{forgets, []string{"same-word-disguised"}, [][]string{undated}, nil, "neither a mark nor a second is left by which the desks' words are told from the bridge's, and the customer says the same on both"},
	{forgets, []string{"same-word-disguised"}, nil, []string{"words", "entries"}, "TestEveryLostMemory has the same under the likely reading: what the customer says on both desks stands on each of them once"},
	{forgets, []string{"deleted", "deleted-copy-on-dashly"}, nil, []string{"words", "fields", "entries"}, "TestEveryLostMemory has the same under the likely reading: the copy that was deleted is opened again, silently"},
	{forgets, []string{"team-conflict", "team-conflict-dashly-rules"}, [][]string{slices.Concat(sorting, unsaid, []string{"lists show no channel", "no key where there is no channel"})}, []string{"fields", "works"}, "nobody knows any more which team was a person's word, a rule's, or the bridge's"},
	{forgets, []string{"bots"}, [][]string{{"an operator's reply reopens"}}, []string{"fields"}, "a store that begins anew cannot tell what the bridge's own reply has opened from what people did"},
	{forgets, []string{"contact-blocked", "deleted-original", "texts-in-russian"}, [][]string{undated, unnamed}, nil, "an older store takes what the bridge has written as the customer for the customer's own: the desk keeps neither the second nor the app"},
	{forgets, []string{"one-address-typed"}, [][]string{{"an address merges users"}, undated, unnamed}, nil, "the desk makes one user of two who say the same, and neither second nor app tells the copy of one from the other's original"},
	{nil, []string{"match-by-nothing", "one-address-typed"}, [][]string{{"an address merges users"}, {"the list of leads lags"}}, []string{"fields", "words"}, "the desk makes one of two users with the same address, and who is shown as the customer depends on when the other desk is written to"},
	{forgets, []string{"edited-words"}, [][]string{skewed, unnamed}, nil, "of a copy whose original was edited neither the words nor the app are left to know it by, and the clocks differ"},
	{forgets, []string{"conflict-dashly-rules"}, [][]string{speaking}, []string{"words", "delivered", "entries"}, "a bot asks after each close, and how often the bridge had closed is not remembered"},
	{forgets, []string{"states-set-apart"}, [][]string{{"a bot of Intercom asks after a close"}, {"nobody has voted yet", "nobody has voted yet, which is zero"}}, []string{"words", "delivered", "entries"}, "a note moves no time, so a store that begins anew may find it sooner: the copy that it opens is closed again, after which the desk's bot asks"},
	{forgets, []string{"states-set-apart"}, [][]string{{"a note wakes"}, {"a bot of Intercom answers"}}, []string{"fields"}, "the note that tells the bot's answer ends a delay that no call of Dashly sets again: a store that remembers leaves the copy closed, one that begins anew opens it"},
	{forgets, []string{"team-changed-on-intercom"}, [][]string{{"a rule sorts into a channel"}}, []string{"fields"}, "a rule had sorted it there before a person did, whose word therefore changed nothing; to a store that begins anew it is the newest"},
	{forgets, []string{"version-2-14"}, [][]string{{"a bot of Intercom asks after a close"}, {"every reply reopens"}}, []string{"fields"}, "the bot's question opens once more what the bridge has closed again already, and nothing but the memory tells that the desks are left apart"},
	{nil, []string{"second-bridge-behind"}, [][]string{unechoed}, []string{"entries", "ledger"}, "no sign tells which of two bridges wrote, so a delay decides which of them counts a word"},
	{nil, []string{"odd-ways"}, [][]string{{"only comments move updated_at"}}, []string{"fields"}, "a close that moves no time is found before the conversation is opened again, or not"},
	{[]string{"bad write"}, []string{"odd-ways"}, [][]string{{"a note assigns"}, {"own system parts are by the site", "own system parts are by nobody"}}, []string{"fields"}, "of two assignments, the note's and one whose answer was lost, nothing tells whose is left"},
	{forgets, []string{"deleted-copy-on-dashly"}, [][]string{{"a removed conversation is forbidden"}}, []string{"parked"}, "what the desk forbids to read is set aside as long as it is known, where no other conversation shows that the desk may be read"},
	{forgets, []string{"deleted-copy-on-dashly"}, [][]string{unnamed, {"a bot of Dashly answers"}}, []string{"delivered"}, "the copy is opened again, as nothing proves that the bridge wrote what names it, and the desk's own bot answers in it"},
	{forgets, []string{"odd-ways"}, [][]string{{"a bot of Intercom asks after a close"}}, []string{"words", "delivered", "entries"}, "TestEveryLostMemory has the same of the state: an older store takes for somebody's word that Dashly could not be opened, and closes, after which the bot asks again"},
	{nil, []string{"participant-taken-out"}, [][]string{skewed, unechoed}, []string{"entries", "ledger"}, "the story loses the memory, the clocks differ and no mark is left: of two equal words the copy is told from the original only where a delay lies between them"},
	{nil, []string{"straddles-the-start"}, [][]string{skewed}, []string{"words", "entries", "ledger"}, "how far a clock is off is known to some seconds: what was said so near to the start is history to one pass and live to another, and is not delivered by either"},
	{forgets, []string{"merged-threads"}, [][]string{speaking}, []string{"fields"}, "a store that begins anew cannot tell the close of the merge from one before the bot's answer"},
	{forgets, []string{"merged-threads"}, [][]string{{"a merge copies the messages"}, speaking}, nil, "the desk copies what the bridge wrote in the name of a bot, and nothing tells the two apart"},
	{nil, []string{"merged-while-writing"}, [][]string{{"a merged contact keeps its conversations"}}, []string{"words", "entries", "ledger"}, "after the merge the desk names nobody who could speak: what a death delays beyond it is a note"},
}

// suffers reports whether a run with a trouble may change something; "" asks for everything.
func (m mixed) suffers(tr trouble, what string) bool {
	return slices.ContainsFunc(ordeals, func(o ordeal) bool {
		return (o.kinds == nil || slices.Contains(o.kinds, tr.kind)) && (o.scenarios == nil || slices.Contains(o.scenarios, m.Name)) &&
			!slices.ContainsFunc(o.quirks, func(names []string) bool { return !m.has(names) }) &&
			(what == "" && len(o.may) == 0 || slices.Contains(o.may, what))
	})
}

// ordealsPage is what docs/unknowns.md says of them.
func ordealsPage() string {
	var b strings.Builder
	b.WriteString("\nUnder a mixture, with something that goes wrong beside it (`TestTroubleUnderReadings`), these may differ:\n\n")
	for _, o := range ordeals {
		where, what := "every scenario", "anything, and no customer is hurt"
		if o.scenarios != nil {
			where = strings.Join(o.scenarios, ", ")
		}
		if len(o.may) > 0 {
			what = "the " + strings.ReplaceAll(strings.Join(o.may, ", "), "works", "writes of a pass that was to be idle")
		}
		var lists []string
		for _, names := range o.quirks {
			lists = append(lists, quoted(names))
		}
		trouble, under := "anything that goes wrong", "any mixture"
		if o.kinds != nil {
			trouble = "a " + strings.Join(o.kinds, " or a ")
		}
		if o.quirks != nil {
			under = strings.Join(lists, ", with ")
		}
		fmt.Fprintf(&b, "- %s, with %s, under %s: %s. %s.\n", where, trouble, under, what, sentence(o.why))
	}
	return b.String()
}
