package fidelity

import (
	"fmt"
	"slices"

	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

// documented are the values that the documents of a desk name, and those that rows of a table name.
type documented struct {
	what          string
	values, named []string
}

// Lint lists the documented values that no row of a table names.
func Lint() []string {
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
	return lint([]documented{
		{"dashly: type", dashly.Kinds(), types},
		{"dashly: sent_via", dashly.SentVia(), vias},
		{"intercom: part_type", intercom.PartTypes(), parts},
		{"intercom: delivered_as", intercom.DeliveredAs(), openings},
	})
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
