package mapping

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Marker is the bridge's own id of one written entry. It is what a desk's caller-owned slot holds, and it names the
// operation in the journal. Its text is a stored contract: it never changes.
type Marker struct {
	Pair     string // the configuration's name
	Source   Ref
	Entry    EntryID
	Revision int
	Part, Of int // 1-based
}

const (
	markerPrefix = "db1:"
	markerMax    = 200
	// mostParts bounds what is believed of a part's number: a text of so many parts is larger than any answer of a desk. Tokens are
	// lines that anybody of a team can write.
	mostParts = 10000
)

// isPart reports whether a number of a part, and of how many, are ones that the bridge writes.
func isPart(part, of int) bool { return 1 <= part && part <= of && of <= mostParts }

// String gives "db1:<pair>:<desk>:<conversation>:<entry>:<revision>:<part>/<of>"; ASCII, colons inside ids are
// escaped as %3A. A text that would be longer than 200 bytes keeps prefix, pair and the position, with a hash between.
func (m Marker) String() string {
	esc := func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			if c := s[i]; c <= ' ' || c > '~' || c == ':' || c == '%' || c == '/' {
				fmt.Fprintf(&b, "%%%02X", c)
			} else {
				b.WriteByte(c)
			}
		}
		return b.String()
	}
	middle := esc(string(m.Source.Desk)) + ":" + esc(string(m.Source.ID)) + ":" + esc(string(m.Entry))
	tail := ":" + strconv.Itoa(m.Revision) + ":" + strconv.Itoa(m.Part) + "/" + strconv.Itoa(m.Of)
	s := markerPrefix + esc(m.Pair) + ":" + middle + tail
	if len(s) > markerMax {
		sum := sha256.Sum256([]byte(middle))
		s = markerPrefix + esc(m.Pair) + ":#:" + hex.EncodeToString(sum[:16]) + ":" + tail
	}
	return s
}

// ParseMarker reads a marker of the bridge with this pair name. Markers of other pairs are foreign: an entry that
// bears one is mirrored like a human's. A hashed marker gives the position only, with an empty source.
func ParseMarker(pair, text string) (Marker, bool) {
	f := strings.Split(text, ":")
	if len(f) < 5 || f[0]+":" != markerPrefix || unescape(f[1]) != pair {
		return Marker{}, false
	}
	m := Marker{Pair: pair}
	rest := f[2:]
	if rest[0] == "#" {
		rest = rest[2:]
		if len(rest) == 3 && rest[0] == "" {
			rest = rest[1:]
		}
	} else if len(rest) == 5 {
		m.Source = Ref{Desk: Desk(unescape(rest[0])), ID: ConversationID(unescape(rest[1]))}
		m.Entry = EntryID(unescape(rest[2]))
		rest = rest[3:]
	}
	if len(rest) != 2 {
		return Marker{}, false
	}
	part, of, _ := strings.Cut(rest[1], "/")
	var err [3]error
	m.Revision, err[0] = strconv.Atoi(rest[0])
	m.Part, err[1] = strconv.Atoi(part)
	m.Of, err[2] = strconv.Atoi(of)
	if err != [3]error{} || !isPart(m.Part, m.Of) {
		return Marker{}, false
	}
	return m, true
}

func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(v))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Token is the readable last line of every note that the bridge writes. It names the entries that the note stands for,
// so that a note is recognised wherever its desk keeps no caller-owned id.
type Token struct {
	Pair        string
	Source      Ref
	First, Last EntryID // equal when the note stands for one entry; First empty for a note about the conversation itself
	Part, Of    int     // 1-based; chunks of one long note
	// Fold tells that the note is a transcript of the entries First to Last, not the twin of one.
	Fold bool
	// Stub tells that the note stands for an entry that the desk refused, in whole or in part.
	Stub bool
	// Copy is the conversation that the note was written into, if the note makes that the copy of Source: it does so nowhere
	// else, wherever somebody pastes it.
	Copy ConversationID
}

// String gives "[db1 <pair> <desk>:<conversation> <first>–<last> <part>/<of> <check>]"; a transcript has "~" before part, a stub "!", and a
// back-link has "in <copy>" before the check.
func (t Token) String() string {
	first, last := string(t.First), string(t.Last)
	if first == "" {
		first, last = "-", "-"
	}
	sort := ""
	switch {
	case t.Fold:
		sort = "~"
	case t.Stub:
		sort = "!"
	}
	inner := fmt.Sprintf("%s %s %s–%s %s%d/%d", t.Pair, t.Source, first, last, sort, t.Part, t.Of)
	if t.Copy != "" {
		inner += " in " + string(t.Copy)
	}
	return "[db1 " + inner + " " + tokenCheck(inner) + "]"
}

func tokenCheck(inner string) string {
	sum := sha256.Sum256([]byte("db1 token " + inner))
	return hex.EncodeToString(sum[:4])
}

var tokenForm = regexp.MustCompile(`\[db1 (\S+) ([a-z0-9_]+:\S+) (\S+?)–(\S+) ([~!]?)(\d+)/(\d+)( in (\S+))? ([0-9a-f]{8})\]\s*$`)

// FindToken reads the token at the end of a note's text. A token whose check does not fit is none.
func FindToken(text string) (Token, bool) {
	m := tokenForm.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return Token{}, false
	}
	inner := fmt.Sprintf("%s %s %s–%s %s%s/%s%s", m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8])
	ref, err := ParseRef(m[2])
	if err != nil || tokenCheck(inner) != m[10] {
		return Token{}, false
	}
	part, err1 := strconv.Atoi(m[6])
	of, err2 := strconv.Atoi(m[7])
	if err1 != nil || err2 != nil || !isPart(part, of) {
		return Token{}, false
	}
	t := Token{Pair: m[1], Source: ref, First: EntryID(m[3]), Last: EntryID(m[4]), Part: part, Of: of, Fold: m[5] == "~", Stub: m[5] == "!", Copy: ConversationID(m[9])}
	if t.First == "-" {
		t.First, t.Last = "", ""
	}
	return t, true
}

// Print is the fingerprint of an entry where there is no slot for a marker. It is a frozen function: stored prints and
// the entries of live desks depend on it. See TestPrintIsFrozen.
type Print string

// PrintOf gives the fingerprint of a text: who speaks (customer or team), who may see it, the second that was chosen
// (zero when the desk does not let us choose), and the letters and digits of the text in their order. White space,
// punctuation, mark-up and letter case do not count, because desks rewrite them.
func PrintOf(customer, visible bool, at time.Time, text string) Print {
	side, sight := "team", "internal"
	if customer {
		side = "customer"
	}
	if visible {
		sight = "visible"
	}
	var sec int64
	if !at.IsZero() {
		sec = at.Unix()
	}
	sum := sha256.Sum256([]byte(fmt.Sprintf("db1 print %s %s %d %s", side, sight, sec, Letters(text))))
	return Print(hex.EncodeToString(sum[:16]))
}

// Letters keeps the letters and digits of s, lower case.
func Letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r > 0x2000 && unicode.IsSymbol(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// ChosenTimes gives each entry the second under which it is written where a desk lets us choose: its own second, or the
// one after that of the entry before it, whichever is later. So the copies stand in the order of their originals, which
// entries of one second would not do by their own time alone. It depends on the source alone, so that a second bridge
// without memory chooses alike. entries may come in any order; those of one second are taken in the order given.
func ChosenTimes(entries []Entry) map[EntryID]time.Time {
	ordered := slices.Clone(entries)
	slices.SortStableFunc(ordered, func(a, b Entry) int { return cmp.Compare(a.At.Unix(), b.At.Unix()) })
	out := make(map[EntryID]time.Time, len(entries))
	free := int64(math.MinInt64)
	for _, e := range ordered {
		second := max(e.At.Unix(), free)
		out[e.ID] = time.Unix(second, 0).UTC()
		free = second + 1
	}
	return out
}
