package main

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// cells is how many columns of a terminal a text takes: letters of East Asia and pictures take two, accents that stand
// on a letter take none.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n += cellsOf(r)
	}
	return n
}

func cellsOf(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// fitting is how many runes fit into so many columns.
func fitting(r []rune, columns int) int {
	taken := 0
	for i := range r {
		if taken += cellsOf(r[i]); taken > columns {
			return i
		}
	}
	return len(r)
}

// wrap breaks a text into lines of a width, at most so many; the last one tells that there is more.
func wrap(s string, width, most int) []string {
	var out []string
	for r := []rune(s); len(r) > 0; {
		if len(out) == most {
			last := []rune(out[most-1])
			out[most-1] = string(last[:fitting(last, max(0, min(width, cells(out[most-1]))-1))]) + "…"
			return out
		}
		n := max(1, fitting(r, width))
		if n < len(r) {
			for i := n; i > n/2; i-- {
				if r[i] == ' ' {
					n = i
					break
				}
			}
		}
		out = append(out, strings.TrimSpace(string(r[:n])))
		if r = r[n:]; len(r) > 0 {
			r = append([]rune("  "), []rune(strings.TrimSpace(string(r)))...)
		}
	}
	return out
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-cells(s)))
}

// printable takes out of a stranger's text what would steer a terminal: control characters, and marks that turn the
// direction of what follows. So is the space that nobody sees, of which terminals disagree how wide it is. Line ends stay.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u200b':
			return -1
		}
		return r
	}, s)
}
