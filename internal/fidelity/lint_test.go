package fidelity

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

// TestAValueWithoutARowIsFound takes the rows of each value of each list away.
func TestAValueWithoutARowIsFound(t *testing.T) {
	all := lists()
	require.Len(t, all, 4+len(dashly.Documented())+len(intercom.Documented()))
	for i, l := range all {
		require.NotEmpty(t, l.values, l.what)
		for _, v := range l.values {
			without := slices.Clone(all)
			without[i].named = slices.DeleteFunc(slices.Clone(l.named), func(n string) bool { return n == v })
			require.Equal(t, []string{fmt.Sprintf("%s %q has no row", l.what, v)}, lint(without))
		}
	}
}

// TestARowThatIsTakenAwayIsMissed does so at the tables that the page is written from.
func TestARowThatIsTakenAwayIsMissed(t *testing.T) {
	for _, d := range []struct {
		desk   mapping.Desk
		lists  []mapping.Documented
		fields []field
		values []mapping.Value
	}{{dashly.Desk, dashly.Documented(), fromDashly, dashly.Values()}, {intercom.Desk, intercom.Documented(), fromIntercom, intercom.Values()}} {
		require.Empty(t, lint(against(d.desk, d.lists, natives(d.fields, d.values))))
		for i, v := range d.values {
			rest := slices.Delete(slices.Clone(d.values), i, i+1)
			require.Equal(t, []string{fmt.Sprintf("%s: %s %q has no row", d.desk, v.Field, v.Value)}, lint(against(d.desk, d.lists, natives(d.fields, rest))))
		}
	}
	rest := slices.DeleteFunc(slices.Clone(fromIntercom), func(f field) bool { return f.native == "state: snoozed, snoozed_until" })
	require.Equal(t, []string{`intercom: state "snoozed" has no row`}, lint(against(intercom.Desk, intercom.Documented(), natives(rest, nil))[:1]))
}
