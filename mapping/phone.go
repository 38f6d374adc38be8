package mapping

import (
	"regexp"
	"slices"
	"strings"
)

// trunkZero is the zero within brackets that follows a country's code: one dials it within the country only.
var trunkZero = regexp.MustCompile(`^([\s\p{Zs}\d]{1,4})\(0\)`)

// telScheme begins a number that was copied from a link.
const telScheme = "tel:"

// phoneSigns stand between the digits: blanks, those that do not break among them, brackets, dots, hyphens, dashes.
const phoneSigns = " \u00a0\u2007\u202f().-\u2010\u2011–"

// E164 gives a phone number as "+" and 7 to 15 digits (ITU-T E.164), without "tel:", the blanks, brackets, dots and
// dashes of its spelling, and without the "(0)" that is left out abroad. It is empty for what is none, for a number without
// a country, which begins with neither "+" nor "00", and for what may be more than one: with a slash, or brackets at its end.
func E164(spelt string) string {
	s := withoutScheme(spelt)
	rest, ok := strings.CutPrefix(s, "+")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "00"); !ok {
			return ""
		}
	}
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(phoneSigns, r) {
			return -1
		}
		return r
	}, trunkZero.ReplaceAllString(rest, "$1"))
	if len(digits) < 7 || len(digits) > 15 || strings.HasSuffix(rest, ")") || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	return "+" + digits
}

func withoutScheme(phone string) string {
	s := strings.TrimSpace(phone)
	if len(s) >= len(telScheme) && strings.EqualFold(s[:len(telScheme)], telScheme) {
		s = strings.TrimSpace(s[len(telScheme):])
	}
	return s
}

// SpellingsOf are the ways in which a phone number may be looked for: as E.164, and as it is spelt, without "tel:" too.
func SpellingsOf(phone string) (all []string) {
	for _, s := range []string{E164(phone), withoutScheme(phone), strings.TrimSpace(phone)} {
		if s != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// SamePhone reports whether two spellings are of one number.
func SamePhone(a, b string) bool {
	x, y := E164(a), E164(b)
	return strings.EqualFold(a, b) || x != "" && x == y
}
