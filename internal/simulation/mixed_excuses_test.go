package simulation_test

import (
	"fmt"
	"slices"
	"strings"
)

// ordeal says what a trouble may change in some scenarios under some quirks, and why: beyond what TestEveryReading and
// TestEveryLostMemory know of each alone.
type ordeal struct {
	kinds     []string   // of the trouble
	scenarios []string   // none: all
	quirks    [][]string // one of each list
	may       []string   // of what is compared, by the words before the colon; none: a promise may not hold, and nobody is hurt
	why       string
}

var forgets = []string{"lost memory"}

// parting are the scenarios in which a contact or a user is merged away or put away.
var parting = slices.Concat(forgetting, []string{"merged-then-another", "merged-twice", "merged-while-writing"})

var ordeals = []ordeal{
	{forgets, parting, [][]string{undated}, nil, "after a merge neither the customer nor the second of the opening is left to know a copy by"},
	{forgets, nil, [][]string{disguised, unechoed}, nil, "an older store knows the copy, so it takes what the bridge has written since as the customer for the customer's own: no sign of it is left"},
	{forgets, []string{"edited-words"}, [][]string{undated}, nil, "of a copy whose original was edited neither the words nor the second are left to know it by"},
}

// suffers reports whether a run with a trouble may change something; "" asks for everything.
func (m mixed) suffers(tr trouble, what string) bool {
	return slices.ContainsFunc(ordeals, func(o ordeal) bool {
		return slices.Contains(o.kinds, tr.kind) && (o.scenarios == nil || slices.Contains(o.scenarios, m.Name)) &&
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
			what = "the " + strings.Join(o.may, ", ")
		}
		var lists []string
		for _, names := range o.quirks {
			lists = append(lists, quoted(names))
		}
		fmt.Fprintf(&b, "- %s, with a %s, under %s: %s. %s.\n", where, strings.Join(o.kinds, " or a "), strings.Join(lists, ", with "), what, sentence(o.why))
	}
	return b.String()
}
