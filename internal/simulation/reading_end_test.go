package simulation_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/internal/simulation"
)

// An end is what is compared of a run under a reading with the undisturbed run, by the aspect. Of each aspect exactly that
// is left out which the quirks of the reading decide.
type end map[aspect][]string

type aspect string

const (
	// words are what stands in the conversations of both desks, by side and visibility, and the files.
	words aspect = "words"
	// fields are the customer, the state, the agent, the tags, the title and the team of each conversation.
	fields aspect = "fields"
	// deliveries are what customers were sent.
	deliveries aspect = "deliveries"
	// memory is what the bridge remembers of each pair, and how the report counts.
	memory aspect = "memory"
	// story is whether every line of the script does what it says; an excuse for it is one for all that follows.
	story aspect = "story"
)

var aspects = []aspect{words, fields, deliveries, memory}

// What quirks decide, beside their traits.
var (
	restating = []string{
		"a user's reply does not reopen", "an operator's reply reopens", "a note reopens", "a user's reply does not wake", "an operator's reply does not wake", "a note wakes",
		"an assignment reopens", "every reply reopens", "nothing wakes", "a note does not wake", "a comment does not wake", "a note of Intercom reopens", "a comment reopens", "an assignment to a team opens nothing",
	}
	assigning = []string{
		"replies answer with a list", "replies name the assignment", "no external ids, answers name the assignment", "a user's reply assigns", "an operator's reply over the API assigns", "a note assigns",
		"an operator's reply in the panel does not assign", "new conversations are routed", "a team takes the admin away",
		"a reply takes the conversation",
	}
	sorting = []string{"a rule sorts into a channel", "new conversations are routed to a team", "an admin takes the team away", "no channel is shown"}
	routing = []string{"new conversations are routed"}
	// An agent and a team do not stand beside each other under one of each.
	noAgent  = []string{"a team takes the admin away"}
	noTeam   = []string{"an admin takes the team away"}
	noisy    = []string{"a reply leaves an event too"}
	folding  = []string{"tags become lower case"}
	refusing = []string{"a conversation holds eight parts"}
	unsized  = []string{"files have no size", "sizes of files are in kilobytes"}
	resized  = []string{"files are shorter than told"}
)

var (
	// header is the first line of a thread: desk and customer, state, agent, tags and title, team.
	header = regexp.MustCompile(`^(\w+ .*) (open|closed|snoozed) ("(?:[^"\\]|\\.)*") (\[.*\] "(?:[^"\\]|\\.)*") ("[^"]*")$`)
	// author is the line that names the author of a copy.
	author = regexp.MustCompile(`(visible=\w+ |by bridge: )(?:jane|tom|olga|ольга|max)(?:dashly|intercom)`)
	// robots are what the automation of a desk says, on that desk, in a copy or in a transcript.
	robots = regexp.MustCompile(`(?:time)?(?:dashbotdashly|operatorbotintercom|dashbot|operatorbot|ботoperatorintercom|ботdashdashly)?(?:iamdashaabot|iamfinabot|howdidwedo)`)
	// hollow is the head of a transcript of nothing else.
	hollow = regexp.MustCompile(`earlierinthisconversation(?:dashly|intercom)?$`)
	// stub is what stands for an entry, or its file, that a desk refused.
	stub = regexp.MustCompile(`thisdeskrefusedthe(?:text|file)`)
	// size is that of a file, in the line that stands for it.
	size = regexp.MustCompile(`\d+(?:bytes|kb|mb)`)
	// passedBy are the entries that a report skipped, and why.
	passedBy = regexp.MustCompile(`skipped \d+ by map\[[^]]*\]`)
)

// end is what is compared of a run.
func (r reading) end(res simulation.Result) end {
	e := end{}
	for _, thread := range res.Essence.Threads {
		lines := strings.Split(strings.TrimSuffix(thread, "\n"), "\n")
		e[fields] = append(e[fields], r.fields(lines[0]))
		desk, _, _ := strings.Cut(lines[0], " ")
		e[words] = append(e[words], desk+"\n"+strings.Join(r.said(lines[1:]), "\n"))
	}
	for _, line := range res.Essence.Delivered {
		if !r.traits.Speaks || !robots.MatchString(line) {
			e[deliveries] = append(e[deliveries], r.anonymous(line))
		}
	}
	if r.remembers() {
		e[memory] = slices.Clone(res.Essence.Ledger)
		for _, line := range res.Essence.Buckets {
			if r.traits.Campaigns || r.has(slices.Concat(noisy, assigning, sorting)) {
				line = passedBy.ReplaceAllString(line, "")
			}
			e[memory] = append(e[memory], line)
		}
	}
	for _, all := range e {
		slices.Sort(all)
	}
	return e
}

// remembers reports whether the memory is comparable. What the desk itself says is carried and counted; and where it does
// not tell people from apps, or the clocks differ and the bridge died, nobody knows who said first what both say.
func (r reading) remembers() bool {
	return !r.traits.Speaks && !r.traits.Nameless && (r.dieAt == 0 || !r.has(skewed))
}

// fields is the first line of a thread without what the desk decides by itself.
func (r reading) fields(line string) string {
	parts := header.FindStringSubmatch(line)
	if parts == nil {
		return line
	}
	if r.has(restating) {
		parts[2] = "?"
	}
	if r.has(assigning) || r.traits.Introduces { // an agent who is known sooner can be assigned sooner
		parts[3] = "?"
	}
	if r.has(sorting) {
		parts[5] = "?"
	}
	if r.has(folding) {
		parts[4] = strings.ToLower(parts[4])
	}
	return strings.Join(parts[1:], " ")
}

// anonymous is a line without the name of its author, where the reading tells sooner or later who that was, and without the
// size of a file, where it is not told, or told otherwise.
func (r reading) anonymous(line string) string {
	if r.has(unsized) || r.has(resized) {
		line = size.ReplaceAllString(line, "")
	}
	if r.traits.Introduces || r.traits.Blocks {
		return author.ReplaceAllString(line, "$1")
	}
	return line
}

// said are the lines of a thread, without what the desk's own automation said, and without an order where that is the
// reading's.
func (r reading) said(lines []string) (said []string) {
	for _, line := range lines {
		if r.traits.Speaks {
			if line = hollow.ReplaceAllString(robots.ReplaceAllString(line, ""), ""); strings.HasSuffix(line, " ") {
				continue
			}
		}
		said = append(said, r.anonymous(line))
	}
	said = gathered(said)
	if r.unordered() {
		for i := range said {
			said[i] = unordered(said[i])
		}
		slices.Sort(said)
	}
	return said
}

// unordered reports whether the order of entries is the reading's.
func (r reading) unordered() bool {
	return r.traits.Reorders || r.traits.Shuffles || r.traits.Nameless || r.traits.Blocks
}

// gathered makes one line of the notes that tell activities: which of them one pass finds, and in which order, is the
// reading's.
func gathered(said []string) []string {
	var told []string
	rest := slices.DeleteFunc(slices.Clone(said), func(line string) bool {
		_, acts, ok := strings.Cut(line, "meanwhilein")
		if ok {
			acts = strings.TrimPrefix(strings.TrimPrefix(acts, "dashly"), "intercom")
			told = append(told, strings.Split(acts, "")...)
		}
		return ok
	})
	if len(told) == 0 {
		return said
	}
	slices.Sort(told)
	return append(rest, "meanwhile "+strings.Join(told, ""))
}

// unordered is a line of an essence; of a transcript, whose entries may stand in another order, only its letters.
func unordered(line string) string {
	if !strings.Contains(line, "earlierinthisconversation") {
		return line
	}
	letters := strings.Split(line, "")
	slices.Sort(letters)
	return strings.Join(letters, "")
}

// softened reports whether a desk that may refuse has refused something.
func (r reading) softened(got end) bool {
	return (r.traits.Softens || r.traits.Loses || r.has(refusing)) && slices.ContainsFunc(got[words], stub.MatchString)
}

// extent tells how much of a run is compared with the undisturbed one.
func (r reading) extent(got end) string {
	excused := 0
	for _, a := range aspects {
		if r.excused(a) {
			excused++
		}
	}
	switch {
	case excused >= len(aspects)-1: // of the deliveries that there are no more
		return "not at all"
	case excused > 0 || !r.remembers() || r.softened(got) || r.has(slices.Concat(restating, assigning, sorting, noisy)):
		return "in part"
	case r.unordered():
		return "without the order of the words"
	}
	return "wholly"
}

// compare tells how a run differs from the undisturbed one, by the aspect.
func (r reading) compare(res simulation.Result) map[aspect]string {
	want, got := r.end(r.calm), r.end(res)
	diffs := map[aspect]string{}
	for _, a := range aspects {
		diffs[a] = cmp.Diff(want[a], got[a])
	}
	if r.softened(got) {
		diffs[words] = replaced(want[words], got[words])
		diffs[deliveries] = more(want[deliveries], got[deliveries])
		delete(diffs, memory)
	}
	if r.excused(words) { // what does not stand there is not delivered; people may say something else
		diffs[deliveries] = more(byBridge(want[deliveries]), byBridge(got[deliveries]))
	}
	if diffs[fields] == "" {
		diffs[fields] = r.apart(res)
	}
	return diffs
}

// replaced tells what stands in threads that stood not in the undisturbed run and is no stub, and whether there are more
// stubs than lines that they stand for.
func replaced(want, got []string) string {
	flat := func(threads []string) (lines []string) {
		for _, t := range threads {
			lines = append(lines, strings.Split(t, "\n")...)
		}
		return lines
	}
	lost, gained := without(flat(want), flat(got)), without(flat(got), flat(want))
	stubs := len(gained)
	gained = slices.DeleteFunc(gained, func(line string) bool {
		if text, ok := strings.CutPrefix(line, "  team visible=false replied"); ok && slices.Contains(lost, "  team visible=true "+text) {
			return true // it is too late to deliver what a desk takes at last
		}
		return stub.MatchString(line)
	})
	if len(gained) > 0 || stubs > len(lost) {
		return fmt.Sprintf("%d stubs stand for %q, and beside them %q", stubs, lost, gained)
	}
	return ""
}

// more tells what is in a list oftener than in another.
func more(want, got []string) string {
	if extra := without(got, want); len(extra) > 0 {
		return fmt.Sprintf("%q more than %q", extra, want)
	}
	return ""
}

// byBridge are those of some deliveries that the bridge caused.
func byBridge(list []string) (own []string) {
	for _, line := range list {
		if strings.Contains(line, " by bridge: ") {
			own = append(own, line)
		}
	}
	return own
}

// without is a list without the elements of another one, each as often as it is there.
func without(list, other []string) (rest []string) {
	left := map[string]int{}
	for _, s := range other {
		left[s]++
	}
	for _, s := range list {
		if left[s]--; left[s] < 0 {
			rest = append(rest, s)
		}
	}
	return rest
}

// apart tells whether the halves of more pairs disagree on a field than in the undisturbed run.
func (r reading) apart(res simulation.Result) string {
	for _, field := range []struct {
		name string
		of   func(stage.Thread) string
	}{
		{"state", func(t stage.Thread) string { return t.State }},
		{"agent", func(t stage.Thread) string { return t.Agent }},
		{"tags", func(t stage.Thread) string { return strings.ToLower(strings.Join(t.Tags, ", ")) }},
	} {
		if field.name == "agent" && (r.has(routing) || r.has(noAgent) && r.has(noTeam)) { // it is open whose word that is
			continue
		}
		disagree := func(halves [][2]stage.Thread) (all []string) {
			for _, pair := range halves {
				one, other := field.of(pair[0]), field.of(pair[1])
				if one > other {
					one, other = other, one
				}
				if one == "closed" && other == "open" && r.has(restating) { // no call opens a conversation of Dashly
					continue
				}
				if one != other {
					all = append(all, fmt.Sprintf("%q and %q", one, other))
				}
			}
			return all
		}
		was, is := disagree(r.calm.Halves), disagree(res.Halves)
		more := is
		if field.name == "agent" { // such as agents.map makes one are one in every conversation
			more = slices.DeleteFunc(slices.Clone(is), func(pair string) bool { return slices.Contains(was, pair) })
		}
		if len(is) > len(was) && len(more) > 0 {
			return fmt.Sprintf("the halves of pairs do not agree on the %s: %v; in the undisturbed run %v", field.name, is, was)
		}
	}
	return ""
}
