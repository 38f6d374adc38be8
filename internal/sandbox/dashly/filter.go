package dashly

import (
	"encoding/json"
	"fmt"
	"strings"
)

type leadGroup struct {
	Type    string       `json:"type"`
	Filters []leadFilter `json:"filters"`
}

type leadFilter struct {
	Type     string         `json:"type"`
	Property string         `json:"property_name"`
	Value    map[string]any `json:"value"`
}

// leadFilter reads the filters parameter (8.13). Groups do not nest here (U34). Comparisons ignore letter case.
func (c *call) leadFilter() (func(map[string]any) bool, error) {
	s := c.params.Get("filters")
	if s == "" {
		return func(map[string]any) bool { return true }, nil
	}
	var g leadGroup
	dec := json.NewDecoder(strings.NewReader(s))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&g); err != nil || g.Type != "and" && g.Type != "or" || len(g.Filters) == 0 {
		return nil, invalid("filters", "not a filter group")
	}
	for _, f := range g.Filters {
		if f.Property == "" || f.Value == nil || !knownFilters[f.Type] {
			return nil, invalid("filters", "not a filter of the kinds that this sandbox knows")
		}
	}
	return func(props map[string]any) bool {
		for _, f := range g.Filters {
			if f.match(props) != (g.Type == "and") {
				return g.Type == "or"
			}
		}
		return g.Type == "and"
	}, nil
}

var knownFilters = map[string]bool{"known": true, "unknown": true, "str_eq": true, "str_neq": true, "str_contains": true, "str_notcontains": true}

func (f leadFilter) match(props map[string]any) bool {
	v, known := props[f.Property]
	have, want := strings.ToLower(fmt.Sprint(v)), strings.ToLower(fmt.Sprint(f.Value["value"]))
	switch f.Type {
	case "known":
		return known
	case "unknown":
		return !known
	case "str_eq":
		return known && have == want
	case "str_neq":
		return !known || have != want
	case "str_contains":
		return known && strings.Contains(have, want)
	default:
		return !known || !strings.Contains(have, want)
	}
}
