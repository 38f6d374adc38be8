package dashly

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

const isoTime = "2006-01-02T15:04:05"

// user finds the one of the path, by Dashly's id or, under by_user_id, by the own one; create makes a missing own one.
func (c *call) user(create bool) (*user, error) {
	if app := c.params.Get("app"); app != "" && app != "$self_app" && number(app) != c.d.opt.AppID {
		return nil, errorOf(403)
	}
	if !c.flag("by_user_id", false) {
		return c.known(c.d.users[number(c.path[1])])
	}
	if u := c.d.users[c.d.own[c.path[1]]]; u != nil {
		return c.known(u)
	}
	if !create {
		return nil, lookup("the user")
	}
	return c.d.newUser(c.path[1], c.at), nil
}

func (d *Desk) newUser(own string, at time.Time) *user {
	u := &user{
		id: 13587 + uint64(len(d.users)), own: own, created: at, changed: at, custom: map[string]any{},
		props: map[string]any{"$last_seen": at.UTC().Format(isoTime)},
	}
	d.users[u.id] = u
	d.userIDs = append(d.userIDs, u.id)
	if own != "" {
		d.own[own] = u.id
	}
	return u
}

// getUser is 8.13; its optional fields have no include_ prefix.
func (c *call) getUser() (answer, error) {
	u, err := c.user(c.d.knobs.UnknownUser == "create") // U31
	if err != nil {
		return answer{}, err
	}
	out := c.v.user(u)
	if !c.flag("props", true) {
		out.Props = nil
	}
	if c.flag("props_custom", false) {
		out.PropsCustom = u.custom
	}
	if c.flag("email_status", false) && u.props["$email"] != nil {
		status := "not_confirmed"
		if u.confirmed {
			status = "confirmed"
		}
		out.EmailStatus = &wireEmailStatus{ID: c.v.id(u.id), Status: status}
	}
	if c.flag("notes", false) {
		out.Notes = &[]struct{}{}
	}
	if c.flag("tags", false) {
		out.Tags = &[]struct{}{}
	}
	if !c.flag("convert_props_types", true) {
		out.Props, out.PropsCustom = texts(out.Props), texts(out.PropsCustom)
	}
	return answer{data: out}, nil
}

func texts(props map[string]any) map[string]any {
	if props == nil {
		return nil
	}
	out := map[string]any{}
	for k, v := range props {
		if s, ok := v.(string); ok {
			out[k] = s
			continue
		}
		b, _ := json.Marshal(v)
		out[k] = string(b)
	}
	return out
}

type operation struct {
	Op    string `json:"op"`
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// setProps is 8.13: bad operations do not fail the call, they are listed in meta.
func (c *call) setProps() (answer, error) {
	var ops []operation
	if json.Unmarshal([]byte(c.params.Get("operations")), &ops) != nil || len(ops) == 0 || len(ops) > 250 {
		return answer{}, invalid("operations", "a JSON array of 1 to 250 operations")
	}
	u, err := c.user(true)
	if err != nil {
		return answer{}, err
	}
	guess := c.flag("parse_custom_props_type", true)
	old := maps.Clone(u.props)
	changed, same, ignored := []string{}, []string{}, []map[string]any{}
	for _, op := range ops {
		if reason := op.problem(); reason != "" {
			ignored = append(ignored, map[string]any{"operation": op, "reason": reason})
			continue
		}
		props := u.props
		if !strings.HasPrefix(op.Key, "$") {
			props = u.custom
			op.Value = guessed(op.Value, guess)
		}
		if op.apply(props) {
			changed = append(changed, op.Key)
		} else {
			same = append(same, op.Key)
		}
	}
	if len(changed) > 0 {
		if u.changed != c.at {
			u.before = old
		}
		u.changed = c.at
	}
	if slices.Contains(changed, "$email") && c.d.knobs.EmailMerges {
		c.d.mergeByAddress(u, c.at)
	}
	return answer{struct{}{}, map[string]any{"affected_props": changed, "not_changed_props": same, "ignored_operations": ignored}}, nil
}

func (o operation) problem() string {
	if o.Key == "$user_id" { // U35
		return "this property cannot be set"
	}
	switch o.Op {
	case "update_or_create", "set_once", "add", "append", "union", "exclude", "delete":
	default:
		return "no such operation"
	}
	if o.Key == "" {
		return "no key"
	}
	if s, ok := o.Value.(string); ok && len([]rune(s)) > 255 {
		return "longer than 255 characters"
	}
	return ""
}

func guessed(v any, guess bool) any {
	if s, ok := v.(string); ok && guess {
		if n, err := strconv.ParseFloat(s, 64); err == nil {
			return n
		}
	}
	return v
}

func (o operation) apply(props map[string]any) bool {
	old, had := props[o.Key]
	switch o.Op {
	case "delete":
		delete(props, o.Key)
		return had
	case "set_once":
		if had {
			return false
		}
		props[o.Key] = o.Value
	case "add":
		n, _ := old.(float64)
		m, _ := o.Value.(float64)
		props[o.Key] = n + m
	case "append", "union":
		items, _ := old.([]any)
		props[o.Key] = append(items, o.Value)
	case "exclude":
		items, _ := old.([]any)
		props[o.Key] = slices.DeleteFunc(slices.Clone(items), func(x any) bool { return x == o.Value })
	default:
		if had && old == o.Value {
			return false
		}
		props[o.Key] = o.Value
	}
	return true
}

// trackEvent is 8.14: the only write with a time of its own.
func (c *call) trackEvent() (answer, error) {
	name := c.params.Get("event")
	if name == "" || len([]rune(name)) > 255 {
		return answer{}, invalid("event", "1 to 255 characters")
	}
	e := &event{name: name, at: c.at, params: map[string]any{}}
	if s := c.params.Get("params"); s != "" {
		if json.Unmarshal([]byte(s), &e.params) != nil {
			return answer{}, invalid("params", "not a JSON object")
		}
	}
	if s := c.params.Get("created"); s != "" {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil || n < 0 {
			return answer{}, invalid("created", "not a timestamp")
		}
		e.at = time.UnixMicro(int64(n * 1e6))
	}
	u, err := c.user(true)
	if err != nil {
		return answer{}, err
	}
	e.id = c.d.id()
	u.events = append(u.events, e)
	return answer{data: c.event(u, e)}, nil
}

func (c *call) event(u *user, e *event) wireEvent {
	kind := uint64(301)
	for _, r := range e.name {
		kind = kind*31%100003 + uint64(r)
	}
	props := e.params
	if c.flag("props_as_string", false) {
		props = texts(props)
	}
	return wireEvent{ID: c.v.id(e.id), Created: micro{e.at}, Type: wireEventType{ID: c.v.id(kind), Name: e.name, Visible: true, Active: true}, User: c.v.id(u.id), Props: props}
}

// listEvents is 8.14: by event id, newest first.
func (c *call) listEvents() (answer, error) {
	u, err := c.user(false)
	if err != nil {
		return answer{}, err
	}
	q, err := c.paging(false)
	if err != nil {
		return answer{}, err
	}
	items := slices.Clone(u.events)
	if name := c.params.Get("filter_name"); name != "" {
		items = slices.DeleteFunc(items, func(e *event) bool { return e.name != name })
	}
	page, meta := cut(c, q, items, func(e *event) position { return position{id: e.id} })
	out := make([]wireEvent, len(page))
	for i, e := range page {
		out[i] = c.event(u, e)
	}
	return answer{out, meta}, nil
}

// listLeads is 8.13: people with a name, an address, an own id or a conversation, as they were some time ago.
func (c *call) listLeads() (answer, error) {
	if err := c.site(); err != nil {
		return answer{}, err
	}
	match, err := c.leadFilter()
	if err != nil {
		return answer{}, err
	}
	offset, err := c.integer("offset", 0, 0, 1<<30)
	if err != nil {
		return answer{}, err
	}
	limit, err := c.integer("limit", 20, 1, 50)
	if err != nil {
		return answer{}, err
	}
	found, all := []*wireUser{}, 0
	for _, id := range c.d.userIDs {
		u := c.d.users[id]
		props := u.props
		if c.at.Sub(u.changed) < time.Duration(c.d.knobs.LeadsLag) {
			if props = u.before; props == nil {
				continue
			}
		}
		lead := u.own != "" || u.spoke || props["$name"] != nil || props["$email"] != nil || props["$phone"] != nil
		if !lead || u.heir != nil {
			continue
		}
		if all++; match(props) {
			w := c.v.user(u)
			w.Props = props
			found = append(found, w)
		}
	}
	prop := cmp.Or(c.params.Get("sort_prop"), "$last_seen")
	slices.SortStableFunc(found, func(a, b *wireUser) int {
		x, _ := a.Props[prop].(string)
		y, _ := b.Props[prop].(string)
		if c.params.Get("sort_order") == "asc" {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(y, x)
	})
	page := found[min(offset, len(found)):min(offset+limit, len(found))]
	if c.d.knobs.LeadsEnvelope == "array" { // U33
		return answer{data: page}, nil
	}
	if c.d.knobs.LeadsTotal != "site" {
		all = len(found)
	}
	return answer{data: map[string]any{"users": page, "total": all}}, nil
}

func (c *call) integer(name string, fallback, lo, hi int) (int, error) {
	s := c.params.Get(name)
	if s == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < lo || n > hi {
		return 0, invalid(name, "out of range")
	}
	return n, nil
}
