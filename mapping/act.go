package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
)

// Act is what an event tells of what a person did, for a line of a note. The zero Act tells nothing: the event has words
// of its own, no person caused it, or no document says what it holds.
type Act struct {
	// Text is one line without the author and the time: "priority changed (from: low, to: high)".
	Text string
	// Mutable is set when the desk may change what the event tells without making a new one. Each state is told once.
	Mutable bool
	// Needs is what a desk must be able to do for a field to carry the event there. Empty: no field carries it. What the
	// event names needs a counterpart there as well, else it is told all the same.
	Needs Ability
	// Agent is the one to whom something was assigned, Nobody where an assignment ended; Team is the team or channel. Both are
	// as their desk has them, empty where the event is about neither. The text ends with what was done, without the agent's
	// name ("opened again, assigned"), as it is without the tags that Entry.Tagged and Untagged have ("tags changed").
	Agent PersonID
	Team  string
}

// actRunes bounds the text of an act, and actValue each value that it takes from a desk. A value may be the words of a
// person, so it is long enough for them; the text fits into one note of every desk.
const actRunes, actValue = 4000, 2000

// NewAct puts a text together from what happened and from the values that documented fields hold, each in the form
// "label: value". Empty values are left out, white space is one space, what is long is cut.
func NewAct(what string, values ...[2]string) Act {
	var told []string
	for _, v := range values {
		if text := actLine(v[1], actValue); text != "" {
			told = append(told, v[0]+": "+text)
		}
	}
	if len(told) > 0 {
		what += " (" + strings.Join(told, ", ") + ")"
	}
	return Act{Text: actLine(what, actRunes)}
}

// actLine is a text in one line of at most n runes, without what is not printed.
func actLine(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// ActCheck stands for an entry, and for the state of what it tells where that may change, in the token of a note. It is a
// frozen function: notes on live desks depend on it.
func (e Entry) ActCheck() string {
	of := "db1 act " + string(e.ID)
	if e.Act.Mutable {
		of += " " + Letters(e.Act.Text)
	}
	sum := sha256.Sum256([]byte(of))
	return hex.EncodeToString(sum[:4])
}

// actsBegin begins the first name in the token of a note that tells acts, in the place of an entry's id. A reader that
// does not know it takes the note for one about the conversation: ours, and no entry's twin.
const actsBegin = "="

// ActsToken is the token of a note that tells the acts of these entries, and of no others.
func ActsToken(pair string, source Ref, told []Entry, part, of int) Token {
	checks := make([]string, len(told))
	for i, e := range told {
		checks[i] = e.ActCheck()
	}
	return Token{Pair: pair, Source: source, First: EntryID(actsBegin + strings.Join(checks, "+")), Last: actsBegin, Part: part, Of: of}
}

// IsActs reports whether the note tells acts. Its First and Last name no entries then.
func (t Token) IsActs() bool {
	return strings.HasPrefix(string(t.First), actsBegin) && t.Last == actsBegin
}

// Tells reports whether the note tells the act of e, in its present state.
func (t Token) Tells(e Entry) bool {
	return t.IsActs() && slices.Contains(strings.Split(string(t.First[len(actsBegin):]), "+"), e.ActCheck())
}
