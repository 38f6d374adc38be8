package mapping

import "strings"

// TagKey is what two spellings of one tag have in common: desks trim and fold as they like (dashly-api.md U27).
func TagKey(tag string) string { return strings.ToLower(strings.TrimSpace(tag)) }

// TagMatches reports whether a tag is what a pattern names. Each * stands for any text, also for none; letter case and
// outer blanks do not count.
func TagMatches(pattern, tag string) bool {
	pieces, rest := strings.Split(TagKey(pattern), "*"), TagKey(tag)
	last := len(pieces) - 1
	if last == 0 {
		return rest == pieces[0]
	}
	rest, ok := strings.CutPrefix(rest, pieces[0])
	if !ok || !strings.HasSuffix(rest, pieces[last]) {
		return false
	}
	rest = rest[:len(rest)-len(pieces[last])]
	for _, p := range pieces[1:last] {
		if _, rest, ok = strings.Cut(rest, p); !ok {
			return false
		}
	}
	return true
}
