package intercom

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// searchRequest is the body of a search (6.2). sort is not in the OpenAPI file but implemented.
type searchRequest struct {
	Query      json.RawMessage `json:"query"`
	Pagination struct {
		Page          int    `json:"page"` // has no effect (5)
		PerPage       *int   `json:"per_page"`
		StartingAfter string `json:"starting_after"`
	} `json:"pagination"`
	Sort struct {
		Field string `json:"field"`
		Order string `json:"order"`
	} `json:"sort"`
}

type filter struct {
	Field    string          `json:"field"`
	Operator string          `json:"operator"`
	Value    json.RawMessage `json:"value"`
}

// fields gives a searchable field of a record: its values, and whether it is a number or time. ok is false for fields
// that cannot be searched.
type fields func(name string) (values []string, isNumber, ok bool)

type predicate func(fields) bool

// compile reads a query: at most two levels of AND and OR, at most 15 filters in each (6.2).
func (c *call) compile(raw json.RawMessage, depth int, known fields, check func(filter) error) (predicate, error) {
	var f filter
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return nil, invalid("query", "not a query")
	}
	if f.Operator != "AND" && f.Operator != "OR" {
		if err := check(f); err != nil {
			return nil, err
		}
		return c.single(f, known)
	}
	if depth >= 2 {
		return nil, invalid("query", "queries nest two levels deep at most")
	}
	var raws []json.RawMessage
	if err := json.Unmarshal(f.Value, &raws); err != nil || len(raws) == 0 || len(raws) > 15 {
		return nil, invalid("query", "1 to 15 filters in a group")
	}
	var all []predicate
	for _, r := range raws {
		p, err := c.compile(r, depth+1, known, check)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return func(x fields) bool {
		for _, p := range all {
			if p(x) != (f.Operator == "AND") {
				return f.Operator == "OR"
			}
		}
		return f.Operator == "AND"
	}, nil
}

func (c *call) single(f filter, known fields) (predicate, error) {
	_, isNumber, ok := known(f.Field)
	if !ok {
		return nil, &apiError{400, "invalid_field", "cannot search " + f.Field, "query"}
	}
	want, err := valuesOf(f.Value)
	if err != nil || (f.Operator == "IN" || f.Operator == "NIN") == (len(want) == 1 && f.Value[0] != '[') {
		return nil, &apiError{400, "type_mismatch", "the value does not fit the operator", f.Field}
	}
	if isNumber {
		for _, w := range want {
			if _, err := strconv.ParseFloat(w, 64); err != nil && w != "null" {
				return nil, &apiError{400, "type_mismatch", "a number is expected", f.Field}
			}
		}
	}
	var test func(have, want string) bool
	inclusive := c.d.knobs.Bounds == "inclusive"
	switch f.Operator {
	case "=", "!=", "IN", "NIN":
		test = func(have, want string) bool { return same(have, want, isNumber) }
	case ">":
		test = func(have, want string) bool {
			return order(have, want, isNumber) > 0 || inclusive && order(have, want, isNumber) == 0
		}
	case "<":
		test = func(have, want string) bool {
			return order(have, want, isNumber) < 0 || inclusive && order(have, want, isNumber) == 0
		}
	case ">=":
		test = func(have, want string) bool { return order(have, want, isNumber) >= 0 }
	case "<=":
		test = func(have, want string) bool { return order(have, want, isNumber) <= 0 }
	case "~", "!~":
		test = func(have, want string) bool { return strings.Contains(strings.ToLower(have), strings.ToLower(want)) }
	case "^":
		test = func(have, want string) bool {
			return strings.HasPrefix(strings.ToLower(have), strings.ToLower(want))
		}
	case "$":
		test = func(have, want string) bool {
			return strings.HasSuffix(strings.ToLower(have), strings.ToLower(want))
		}
	default:
		return nil, invalid("query", "no operator "+f.Operator)
	}
	negative := f.Operator == "!=" || f.Operator == "NIN" || f.Operator == "!~"
	return func(x fields) bool {
		have, _, _ := x(f.Field)
		hit := slices.ContainsFunc(have, func(h string) bool {
			return slices.ContainsFunc(want, func(w string) bool { return test(h, w) })
		})
		if len(have) == 0 && slices.Contains(want, "null") {
			hit = f.Operator == "=" || f.Operator == "!="
		}
		return hit != negative
	}, nil
}

func valuesOf(raw json.RawMessage) ([]string, error) {
	var v any
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out []string
	for _, x := range list {
		switch x := x.(type) {
		case nil:
			out = append(out, "null")
		case string, json.Number, bool:
			out = append(out, fmt.Sprint(x))
		default:
			return nil, fmt.Errorf("a value of another type")
		}
	}
	return out, nil
}

func same(have, want string, isNumber bool) bool {
	if isNumber {
		return order(have, want, true) == 0
	}
	return have == want
}

func order(have, want string, isNumber bool) int {
	if !isNumber {
		return strings.Compare(have, want)
	}
	a, _ := strconv.ParseFloat(have, 64)
	b, _ := strconv.ParseFloat(want, 64)
	return cmp.Compare(a, b)
}

func text(t time.Time) []string {
	if t.IsZero() {
		return nil
	}
	return []string{strconv.FormatInt(t.Unix(), 10)}
}

func texts(s ...string) []string {
	return slices.DeleteFunc(s, func(x string) bool { return x == "" })
}

func idsOf[T any](items []T, id func(T) string) []string {
	var out []string
	for _, x := range items {
		out = append(out, id(x))
	}
	return out
}

// fieldsOf are the searchable fields of a conversation (6.2). Custom attributes and parts are not among them.
func (c *call) fieldsOf(x *conversation) fields {
	return func(name string) ([]string, bool, bool) {
		switch name {
		case "id":
			return texts(x.id), false, true
		case "created_at":
			return text(x.created), true, true
		case "updated_at":
			return text(x.updated), true, true
		case "waiting_since":
			return text(x.waiting), true, true
		case "snoozed_until":
			return text(x.until), true, true
		case "statistics.count_conversation_parts":
			return texts(strconv.Itoa(len(x.parts))), true, true
		case "source.type":
			return texts("conversation"), false, true
		case "source.id":
			return texts(x.sourceID), false, true
		case "source.delivered_as":
			return texts(x.delivered), false, true
		case "source.subject", "source.url":
			return nil, false, true
		case "source.body": // matched word by word: a phrase never matches
			return strings.FieldsFunc(stage.Plain(x.source.body), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) && r != '-' && r != ':' }), false, true
		case "source.author.id":
			return texts(x.source.author.id), false, true
		case "source.author.type":
			return texts(x.source.author.kind), false, true
		case "source.author.name":
			return texts(x.source.author.name), false, true
		case "source.author.email":
			return texts(x.source.author.email), false, true
		case "contact_ids":
			return idsOf(c.v.shown(x), func(p *contact) string { return p.id }), false, true
		case "teammate_ids":
			return teammates(x), false, true
		case "admin_assignee_id":
			return texts(strconv.FormatInt(x.admin, 10)), true, true
		case "team_assignee_id":
			return texts(strconv.FormatInt(x.team, 10)), true, true
		case "open":
			return texts(strconv.FormatBool(x.state != closed)), false, true
		case "read":
			return texts(strconv.FormatBool(x.read)), false, true
		case "state":
			return texts(x.state), false, true
		case "priority":
			return texts(c.v.priority(x.priority)), false, true
		case "tag_ids":
			return idsOf(x.tags, func(t appliedTag) string { return t.tag.id }), false, true
		}
		return nil, false, false
	}
}

// searchConversations is 6.2.
func (c *call) searchConversations() (any, error) {
	req, perPage, after, err := c.searchRequest(20)
	if err != nil {
		return nil, err
	}
	match, err := c.compile(req.Query, 0, c.fieldsOf(&conversation{}), func(filter) error { return nil })
	if err != nil {
		return nil, err
	}
	by, desc, err := sorting(req, "created_at", "updated_at", "waiting_since", "id")
	if err != nil {
		return nil, err
	}
	if c.d.knobs.SortIgnored { // 20.16
		by, desc = "updated_at", true
	}
	var found []*conversation
	for _, x := range c.d.threads {
		if x.deleted {
			continue
		}
		c.d.wake(x, c.at)
		if seen := c.d.indexed(x, c.at); seen != nil && match(c.fieldsOf(seen)) {
			found = append(found, seen)
		}
	}
	if n := c.d.knobs.SearchDepth; n > 0 && after != nil && after.page*perPage >= n { // 20.7
		return nil, badCursor
	}
	return c.conversationPage(found, perPage, after, desc, func(x *conversation) key { return x.key(by) })
}

func (x *conversation) key(by string) key {
	k := key{id: x.id}
	switch by {
	case "created_at":
		k.at = x.created.Unix()
	case "waiting_since":
		k.at = x.waiting.Unix()
	case "updated_at":
		k.at = x.updated.Unix()
	}
	return k
}

func (c *call) searchRequest(perPage int) (searchRequest, int, *key, error) {
	var req searchRequest
	if err := c.decode(&req); err != nil {
		return req, 0, nil, err
	}
	if len(req.Query) == 0 {
		return req, 0, nil, &apiError{400, "parameter_not_found", "query is required", "query"}
	}
	if p := req.Pagination.PerPage; p != nil {
		if perPage = *p; perPage < 1 || perPage > 150 {
			return req, 0, nil, invalid("per_page", "from 1 to 150")
		}
	}
	// A cursor in the query of the URL is ignored: the first page again (5).
	after, err := c.readCursor(req.Pagination.StartingAfter)
	return req, c.capped(perPage), after, err
}

func sorting(req searchRequest, allowed ...string) (by string, desc bool, err error) {
	by = cmp.Or(req.Sort.Field, "updated_at")
	if !slices.Contains(allowed, by) {
		return "", false, &apiError{400, "invalid_field", "cannot sort by " + by, "sort"}
	}
	switch req.Sort.Order {
	case "", "descending", "desc":
		return by, true, nil
	case "ascending", "asc":
		return by, false, nil
	}
	return "", false, &apiError{400, "invalid_sort_order", "ascending or descending", "sort"}
}
