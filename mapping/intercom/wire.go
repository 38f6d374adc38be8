package intercom

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// Text is a string, or a number written as text without rounding. Anything else reads as empty.
type Text string

// UnmarshalJSON never fails.
func (t *Text) UnmarshalJSON(b []byte) error {
	*t = ""
	if len(b) == 0 {
		return nil
	}
	switch c := b[0]; {
	case c == '"':
		var s string
		if plain := b[1 : len(b)-1]; !bytes.ContainsRune(plain, '\\') && utf8.Valid(plain) {
			*t = Text(plain) // the same, without looking at it again
		} else if json.Unmarshal(b, &s) == nil {
			*t = Text(s)
		}
	case c == '-' || c >= '0' && c <= '9':
		*t = Text(wholeNumber(string(b)))
	}
	return nil
}

// wholeNumber writes a JSON number as an id is written: digits stay as they are, 12.0 and 1.2e1 become 12.
func wholeNumber(s string) string {
	if !strings.ContainsAny(s, ".eE") {
		return s
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && f == float64(int64(f)) && f < 1<<53 && f > -(1<<53) {
		return strconv.FormatInt(int64(f), 10)
	}
	return s
}

// Given is a Text that tells "key absent" from "null".
type Given struct {
	Present bool
	Text    Text
}

// UnmarshalJSON never fails. It is called for null too, which is what Present is made of.
func (g *Given) UnmarshalJSON(b []byte) error {
	g.Present = true
	return g.Text.UnmarshalJSON(b)
}

// Time is a moment in unix seconds, milliseconds, a numeric string or ISO 8601; null, 0, and values beyond the year
// 2200 (the "not waiting" sentinel, intercom-api.md 7.1) read as the zero time.
type Time struct{ time.Time }

// never is the first second of the year 2200.
const never = 7258118400

// UnmarshalJSON never fails.
func (t *Time) UnmarshalJSON(b []byte) error {
	t.Time = time.Time{}
	s := strings.TrimSpace(strings.Trim(string(b), `"`))
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		if f > 1e11 {
			f /= 1000
		}
		if f >= 1 && f < never {
			t.Time = time.Unix(int64(f), 0).UTC()
		}
		return nil
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05", time.DateOnly} {
		if at, err := time.Parse(form, s); err == nil {
			if n := at.Unix(); n >= 1 && n < never {
				t.Time = at.UTC().Truncate(time.Second)
			}
			return nil
		}
	}
	return nil
}

// Unix is 0 for the zero time.
func (t Time) Unix() int64 {
	if t.IsZero() {
		return 0
	}
	return t.Time.Unix()
}

// Flag is a boolean that may be missing.
type Flag struct{ Present, On bool }

// UnmarshalJSON never fails.
func (f *Flag) UnmarshalJSON(b []byte) error {
	switch strings.Trim(string(b), `"`) {
	case "true", "1":
		*f = Flag{Present: true, On: true}
	case "false", "0":
		*f = Flag{Present: true}
	}
	return nil
}

// Count is a number that may be missing.
type Count struct {
	Present bool
	N       int
}

// UnmarshalJSON never fails.
func (c *Count) UnmarshalJSON(b []byte) error {
	if n, err := strconv.Atoi(wholeNumber(strings.Trim(string(b), `"`))); err == nil && n >= 0 {
		*c = Count{Present: true, N: n}
	}
	return nil
}

// Object is one T that may be null, missing, of another type, or the first of an array.
type Object[T any] struct {
	Present bool
	Value   T
}

// UnmarshalJSON never fails.
func (o *Object[T]) UnmarshalJSON(b []byte) error {
	*o = Object[T]{}
	switch first(b) {
	case '{':
		var v T
		if json.Unmarshal(b, &v) == nil {
			*o = Object[T]{Present: true, Value: v}
		}
	case '[':
		var l List[T]
		_ = l.UnmarshalJSON(b)
		if len(l) > 0 {
			*o = Object[T]{Present: true, Value: l[0]}
		}
	}
	return nil
}

// List is many T: an array, an object that wraps one ({type: "tag.list", tags: […]}), a single bare T, null or nothing.
// Elements that are not objects are left out, unless T reads other shapes itself.
type List[T any] []T

var wrappers = []string{"contacts", "customers", "teammates", "admins", "tags", "data", "conversation_parts", "conversations"}

// bare are the members by one of which an object is an element, not a wrapper of none. Attachments have no id.
var bare = []string{"id", "url", "content_type"}

// maxWrappers is how many objects around a list are looked into. No document shows more than one.
const maxWrappers = 4

// UnmarshalJSON never fails. What it is given was found to be valid JSON, so that it may be cut without another look.
func (l *List[T]) UnmarshalJSON(b []byte) error {
	*l = nil
	l.read(b, maxWrappers)
	return nil
}

// read takes what stands within no more than so many wrappers.
func (l *List[T]) read(b []byte, within int) {
	switch first(b) {
	case '[':
		gjson.ParseBytes(b).ForEach(func(_, e gjson.Result) bool {
			l.add([]byte(e.Raw))
			return true
		})
	case '{':
		keys := members(b)
		has := func(key string) bool { return keys[key] != nil }
		if i := slices.IndexFunc(wrappers, has); i >= 0 {
			if within > 0 {
				l.read(keys[wrappers[i]], within-1)
			}
			return
		}
		if slices.ContainsFunc(bare, has) {
			l.add(b)
		}
	}
}

// members cuts a valid JSON object.
func members(b []byte) map[string][]byte {
	keys := map[string][]byte{}
	gjson.ParseBytes(b).ForEach(func(k, v gjson.Result) bool {
		keys[k.Str] = []byte(v.Raw)
		return true
	})
	return keys
}

func (l *List[T]) add(b []byte) {
	var v T
	_, own := any(&v).(json.Unmarshaler)
	if kind := first(b); (kind == '{' || own && kind != 'n') && json.Unmarshal(b, &v) == nil { // n: null
		*l = append(*l, v)
	}
}

func first(b []byte) byte {
	if b = bytes.TrimSpace(b); len(b) > 0 {
		return b[0]
	}
	return 0
}
