package stage

import (
	"bytes"
	"encoding/json"
	"time"
)

// FaultKind is a way in which a call goes wrong.
type FaultKind string

const (
	// None: the call is served as usual.
	None FaultKind = ""
	// Refuse answers Status instead of doing anything.
	Refuse FaultKind = "refuse"
	// CutBefore closes the connection without an answer; nothing happens.
	CutBefore FaultKind = "cut_before"
	// CutAfter does the work and then closes the connection without an answer.
	CutAfter FaultKind = "cut_after"
	// FailAfter does the work and then answers Status (500 when zero).
	FailAfter FaultKind = "fail_after"
	// TruncateAfter does the work and answers 200 with half of the JSON.
	TruncateAfter FaultKind = "truncate_after"
	// HangBefore answers nothing until the client gives up; nothing happens.
	HangBefore FaultKind = "hang_before"
	// HangAfter does the work, then answers nothing until the client gives up.
	HangAfter FaultKind = "hang_after"
	// Late closes the connection at once; the work is done Delay later, at that time of the desk's clock.
	Late FaultKind = "late"
	// Nulls answers with null in place of every value but ids, types and the status.
	Nulls FaultKind = "nulls"
	// WrongTypes answers with values of other types than documented, ids and types included.
	WrongTypes FaultKind = "wrong_types"
	// Doubled answers with the JSON twice in a row.
	Doubled FaultKind = "doubled"
	// Omit leaves the last item out of a list, as when items move between two pages. What is no list is left alone.
	Omit FaultKind = "omit"
	// Repeat has the last item of a list twice.
	Repeat FaultKind = "repeat"
)

// Fault tells how one call goes wrong. The zero value is no fault.
type Fault struct {
	Kind   FaultKind
	Status int // for Refuse and FailAfter
	// RetryAfter is sent as the Retry-After header; empty sends none.
	RetryAfter string
	// HTML makes the body of a refusal a gateway's page in place of the desk's JSON.
	HTML bool
	// Location is where a refusal with a status of redirection leads.
	Location string
	Delay    time.Duration // for Late
}

const gatewayPage = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n"

// distort rewrites a JSON answer. What is no JSON is left alone.
func distort(body []byte, kind FaultKind) []byte {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return body
	}
	switch kind {
	case Doubled:
		return append(bytes.Clone(body), body...)
	case Omit, Repeat:
		relist(v, kind)
	case Nulls:
		v = walk(v, "", nullLeaf)
	case WrongTypes:
		v = walk(v, "", wrongLeaf)
	}
	out, err := json.Marshal(v)
	if err != nil {
		return body
	}
	return out
}

// relist changes the list of things with ids that an answer is.
func relist(v any, kind FaultKind) {
	answer, ok := v.(map[string]any)
	if !ok {
		return
	}
	for key, x := range answer {
		list, ok := x.([]any)
		if !ok || len(list) == 0 {
			continue
		}
		last, ok := list[len(list)-1].(map[string]any)
		if !ok || last["id"] == nil {
			continue
		}
		if kind == Omit {
			answer[key] = list[:len(list)-1]
		} else {
			answer[key] = append(list, last)
		}
	}
}

func walk(v any, key string, leaf func(key string, v any) any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = walk(x, k, leaf)
		}
		return v
	case []any:
		for i, x := range v {
			v[i] = walk(x, key, leaf)
		}
		return v
	default:
		return leaf(key, v)
	}
}

func nullLeaf(key string, v any) any {
	switch key {
	case "id", "type", "status":
		return v
	}
	return nil
}

func wrongLeaf(key string, v any) any {
	switch v := v.(type) {
	case json.Number:
		if key == "status" {
			return v
		}
		return v.String()
	case bool:
		return "yes"
	case string:
		if key == "type" || key == "part_type" {
			return v
		}
		if json.Valid([]byte(v)) {
			return json.Number(v)
		}
		return []any{v}
	}
	return v
}
