package fidelity

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

// documented are the values that the documents of a desk name, and those that rows of a table name.
type documented struct {
	what          string
	values, named []string
}

// Lint lists the documented values that no row of a table names.
func Lint() []string { return lint(lists()) }

// lists are all documented lists of values, with what the rows name of each.
func lists() []documented {
	var types, vias, parts, openings []string
	for _, r := range dashly.Table() {
		types = append(types, r.Native)
	}
	for _, o := range dashly.Origins() {
		vias = append(vias, o.SentVia)
	}
	for _, r := range intercom.Table() {
		parts = append(parts, r.Native)
	}
	for _, o := range intercom.Openings() {
		openings = append(openings, o.DeliveredAs)
	}
	lists := []documented{
		{"dashly: type of a part", dashly.Kinds(), types},
		{"dashly: sent_via", dashly.SentVia(), vias},
		{"intercom: part_type", intercom.PartTypes(), parts},
		{"intercom: delivered_as", intercom.DeliveredAs(), openings},
	}
	lists = append(lists, against(dashly.Desk, dashly.Documented(), natives(fromDashly, dashly.Values()))...)
	return append(lists, against(intercom.Desk, intercom.Documented(), natives(fromIntercom, intercom.Values()))...)
}

// natives are the rows of the fields and of the other values of a desk, as they are spelt.
func natives(list []field, others []mapping.Value) (all []string) {
	for _, f := range list {
		all = append(all, f.native)
	}
	for _, r := range values(others) {
		all = append(all, r.Native)
	}
	return all
}

// against holds documented lists against rows: "state: open" names a value, and "state: snoozed, snoozed_until" does.
func against(desk mapping.Desk, lists []mapping.Documented, rows []string) (all []documented) {
	for _, l := range lists {
		d := documented{what: string(desk) + ": " + l.Field, values: l.Values}
		for _, r := range rows {
			if value, ok := strings.CutPrefix(r, l.Field+": "); ok {
				value, _, _ = strings.Cut(value, ",")
				d.named = append(d.named, value)
			}
		}
		all = append(all, d)
	}
	return all
}

func lint(lists []documented) (missing []string) {
	for _, l := range lists {
		for _, v := range l.values {
			if !slices.Contains(l.named, v) {
				missing = append(missing, fmt.Sprintf("%s %q has no row", l.what, v))
			}
		}
	}
	return missing
}
