package mapping

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// PropertyType is what the values of a custom property of contacts are.
type PropertyType string

const (
	TextProperty    PropertyType = "text"
	NumberProperty  PropertyType = "number"
	BooleanProperty PropertyType = "boolean"
	DateProperty    PropertyType = "date"
)

// PropertyTypes are all of them.
var PropertyTypes = []PropertyType{TextProperty, NumberProperty, BooleanProperty, DateProperty}

// Property is a custom property that two desks know, each by a name of its own.
type Property struct {
	Names map[Desk]string
	Type  PropertyType
}

// PropertyValue is a value by the name that one desk has for it. Text is text as it is, a number in digits, true or
// false, or an RFC 3339 time in UTC.
type PropertyValue struct {
	Name string
	Type PropertyType
	Text string
}

const (
	longestProperty = 255     // characters of a text (dashly-api.md 8.13)
	largestProperty = 1 << 53 // of a number (dashly-api.md 8.13)
)

// CarriedProperties gives what one desk has of the properties as the other is to have it, in the order of the rules.
// has is by the names of the first, each value as JSON; what is absent, null or blank is nothing. lost counts values that
// do not fit their type or the limits of a desk.
func CarriedProperties(rules []Property, from, to Desk, has map[string]string) (out []PropertyValue, lost int) {
	for _, r := range rules {
		raw := strings.TrimSpace(has[r.Names[from]])
		if raw == "" || raw == "null" || r.Names[to] == "" {
			continue
		}
		text, ok := propertyText(r.Type, raw)
		switch {
		case !ok:
			lost++
		case text != "":
			out = append(out, PropertyValue{Name: r.Names[to], Type: r.Type, Text: text})
		}
	}
	return out, lost
}

// propertyText reads a value of a type from JSON; a blank text is nothing.
func propertyText(t PropertyType, raw string) (string, bool) {
	var v any
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return "", false
	}
	s, isText := v.(string)
	if s = strings.TrimSpace(s); isText && s == "" {
		return "", true
	}
	n, isNumber := v.(json.Number)
	if isNumber {
		s = n.String()
	}
	b, isBool := v.(bool)
	switch {
	case t == BooleanProperty && isBool:
		return strconv.FormatBool(b), true
	case !isText && !isNumber:
		return "", false
	case t == TextProperty:
		return s, utf8.RuneCountInString(s) <= longestProperty
	case t == NumberProperty:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(f) || math.Abs(f) > largestProperty {
			return "", false
		}
		return strconv.FormatFloat(f, 'f', -1, 64), true
	case t == BooleanProperty && isText:
		s = strings.ToLower(s)
		return s, s == "true" || s == "false"
	case t == DateProperty:
		return dateText(s, isNumber)
	}
	return "", false
}

// dateText reads a moment in seconds since 1970, or in ISO 8601; without a zone it is UTC.
func dateText(s string, number bool) (string, bool) {
	if number {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil || n < 0 || n > 253402300799 {
			return "", false
		}
		return time.Unix(int64(n), 0).UTC().Format(time.RFC3339), true
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly} {
		if at, err := time.Parse(form, s); err == nil && at.Year() >= 1 && at.Year() <= 9999 {
			return at.UTC().Format(time.RFC3339), true
		}
	}
	return "", false
}

// Spelt is the value as JSON holds it, a date as the desk spells a moment in UTC.
func (v PropertyValue) Spelt(date func(time.Time) any) any {
	switch v.Type {
	case NumberProperty:
		return json.Number(v.Text)
	case BooleanProperty:
		return v.Text == "true"
	case DateProperty:
		if at, err := time.Parse(time.RFC3339, v.Text); err == nil {
			return date(at.UTC())
		}
	}
	return v.Text
}
