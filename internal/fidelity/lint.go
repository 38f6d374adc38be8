package fidelity

import (
	"fmt"
	"slices"

	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

// Lint lists the documented values that no row of a table names.
func Lint() (missing []string) {
	look := func(what string, values []string, named []string) {
		for _, v := range values {
			if !slices.Contains(named, v) {
				missing = append(missing, fmt.Sprintf("%s %q has no row", what, v))
			}
		}
	}
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
	look("dashly: type", dashly.Kinds(), types)
	look("dashly: sent_via", dashly.SentVia(), vias)
	look("intercom: part_type", intercom.PartTypes(), parts)
	look("intercom: delivered_as", intercom.DeliveredAs(), openings)
	return missing
}
