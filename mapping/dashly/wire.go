package dashly

import (
	"bytes"
	"cmp"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The types of this file never fail to decode: a value of a wrong type reads as absent, so that one odd field never
// costs a whole document (dashly-api.md 9, U15, U42).

// ID is a primary key as text, because ids go up to 2^64-1 (dashly-api.md 3). It reads a string, a number or an object
// that has an id; 0 and null are no id.
type ID string

func (d *ID) UnmarshalJSON(raw []byte) error {
	*d = readID(raw, true)
	return nil
}

func readID(raw []byte, object bool) ID {
	switch begin(raw) {
	case '"':
		if s := strings.TrimSpace(readText(raw)); s != "0" {
			return ID(s)
		}
	case '{':
		var o struct {
			ID json.RawMessage `json:"id"`
		}
		if object && json.Unmarshal(raw, &o) == nil {
			return readID(o.ID, false)
		}
	default:
		if s := string(bytes.TrimSpace(raw)); isDigits(s) && s != "0" {
			return ID(s)
		}
	}
	return ""
}

// maxDigits is how many an id may have: a number of 64 bits has no more.
const maxDigits = 20

func isDigits(s string) bool {
	return s != "" && len(s) <= maxDigits && strings.Trim(s, "0123456789") == ""
}

// IsNumber reports whether the id has the form that the API takes in its parameters.
func (d ID) IsNumber() bool { return isDigits(string(d)) && d[0] != '0' }

// compareIDs orders ids by their number, and what is no number after them.
func compareIDs(a, b ID) int {
	if a.IsNumber() != b.IsNumber() {
		if a.IsNumber() {
			return -1
		}
		return 1
	}
	if a.IsNumber() && len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return strings.Compare(string(a), string(b))
}

// Text reads a string, or a number as it is spelled.
type Text string

func (t *Text) UnmarshalJSON(raw []byte) error {
	*t = Text(readText(raw))
	return nil
}

func readText(raw []byte) string {
	switch c := begin(raw); {
	case c == '"':
		var s string
		if json.Unmarshal(raw, &s) == nil {
			return s
		}
	case c == '-' || c >= '0' && c <= '9':
		return string(bytes.TrimSpace(raw))
	}
	return ""
}

// Flag reads a boolean, 0 or 1, or their texts.
type Flag bool

func (f *Flag) UnmarshalJSON(raw []byte) error {
	s := strings.ToLower(strings.Trim(string(bytes.TrimSpace(raw)), `"`))
	*f = s == "true" || s == "1"
	return nil
}

// Mark tells whether something happened: null, false, 0 and the empty text are no, everything else (a time) is yes.
type Mark bool

func (m *Mark) UnmarshalJSON(raw []byte) error {
	switch strings.ToLower(strings.Trim(string(bytes.TrimSpace(raw)), `"`)) {
	case "null", "false", "0", "0.0", "":
		*m = false
	default:
		*m = true
	}
	return nil
}

// Count reads a number that is not negative.
type Count int

func (c *Count) UnmarshalJSON(raw []byte) error {
	n, err := strconv.ParseUint(strings.TrimSpace(readText(raw)), 10, 31)
	if err != nil {
		n = 0
	}
	*c = Count(n)
	return nil
}

// Time reads seconds since 1970 (whole, decimal or as text) and ISO dates. A date without a zone is read as UTC, and Local
// until In tells what it means (U40). null, 0 and what lies outside of the years 1970 to 9999 is the zero time.
type Time struct {
	time.Time
	Local bool // it was told without a zone
}

func (t *Time) UnmarshalJSON(raw []byte) error {
	t.Time, t.Local = parseTime(strings.TrimSpace(readText(raw)))
	return nil
}

// In moves a time without a zone to one whose clocks are so far ahead of UTC. It changes no other time.
func (t *Time) In(ahead time.Duration) {
	if t.Local {
		t.Time, t.Local = t.Add(-ahead), false
	}
}

var (
	decimal    = regexp.MustCompile(`^([0-9]{1,12})(?:\.([0-9]*))?$`)
	isoLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z0700"}
	isoLocal   = []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02"}
)

const lastSecond = 253402300799 // of the year 9999

func parseTime(s string) (at time.Time, local bool) {
	if m := decimal.FindStringSubmatch(s); m != nil {
		sec, _ := strconv.ParseInt(m[1], 10, 64)
		nsec, _ := strconv.ParseInt((m[2] + "000000000")[:9], 10, 64)
		return inRange(time.Unix(sec, nsec)), false
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		if f > 0 && f <= lastSecond {
			return inRange(time.UnixMicro(int64(f * 1e6))), false
		}
		return time.Time{}, false
	}
	for _, layout := range isoLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return inRange(t), false
		}
	}
	for _, layout := range isoLocal {
		if t, err := time.Parse(layout, s); err == nil {
			at = inRange(t)
			return at, !at.IsZero()
		}
	}
	return time.Time{}, false
}

func inRange(t time.Time) time.Time {
	if t.Unix() < 1 || t.Unix() > lastSecond {
		return time.Time{}
	}
	return t.UTC()
}

// Maybe is an object that may be null, missing, an empty list, or only its id.
type Maybe[T any] struct {
	Value T
	OK    bool // there is an object
	Shown bool // the key was there, even if null
}

func (m *Maybe[T]) UnmarshalJSON(raw []byte) error {
	*m = Maybe[T]{Shown: true}
	var v T
	if begin(raw) == '{' {
		if json.Unmarshal(raw, &v) == nil {
			m.Value, m.OK = v, true
		}
		return nil
	}
	if id := readID(raw, false); id != "" {
		if o, ok := any(&v).(interface{ setID(ID) }); ok {
			o.setID(id)
			m.Value, m.OK = v, true
		}
	}
	return nil
}

// List reads an array; a single value stands for a list of one, null and {} for none. An element that cannot be read
// is there with its zero value.
type List[T any] []T

func (l *List[T]) UnmarshalJSON(raw []byte) error {
	*l = nil
	var items []json.RawMessage
	if begin(raw) == '[' {
		if err := json.Unmarshal(raw, &items); err != nil {
			return nil
		}
	} else if s := string(bytes.TrimSpace(raw)); s != "null" && s != "{}" && s != `""` {
		items = append(items, raw)
	}
	for _, item := range items {
		if begin(item) == 'n' {
			continue
		}
		var v T
		if json.Unmarshal(item, &v) != nil {
			v = *new(T)
		}
		*l = append(*l, v)
	}
	return nil
}

// Props are system properties of a user, their values as text.
type Props map[string]Text

func (p *Props) UnmarshalJSON(raw []byte) error {
	*p = nil
	if begin(raw) != '{' {
		return nil
	}
	m := map[string]Text{}
	if json.Unmarshal(raw, &m) == nil {
		*p = m
	}
	return nil
}

// begin gives the first character of a JSON value, 0 for none.
func begin(raw []byte) byte {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	if len(raw) == 0 {
		return 0
	}
	return raw[0]
}
