package dashly

import "time"

// thinks is how long a customer takes to answer the question for a vote, where that is played (U45).
const thinks = 5 * time.Minute

// meta is what meta_data shows of a part; of a vote, in the form of the knob Votes.
func (v view) meta(p *part) map[string]any {
	how, n := v.d.knobs.Votes, p.meta["vote"]
	early := v.now.Sub(p.at) < thinks
	switch {
	case p.kind != vote || how == "number":
	case how == "object":
		return map[string]any{"vote": map[string]any{"value": n, "comment": p.meta["comment"]}}
	case how == "list":
		return map[string]any{"votes": []any{n, p.meta["comment"]}}
	case early && how == "null":
		return map[string]any{"vote": nil, "comment": nil}
	case early && how == "zero":
		return map[string]any{"vote": 0, "comment": ""}
	}
	return or(p.meta)
}
