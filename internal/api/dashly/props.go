package dashly

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/tidwall/gjson"
)

// Property is a property of a user that is set only when it has no value yet (dashly-api.md 8.13). Its value is a text, a
// json.Number or a boolean.
type Property struct {
	Key   string
	Value any
}

// SetOnce sets properties that have no value yet. By an own id it creates an unknown user. Repetition changes nothing.
// ignored counts what the desk did not take: that fails no call.
func (c *Client) SetOnce(ctx context.Context, u UserRef, props []Property, w Write) (ignored int, err error) {
	const name = "set properties"
	if !u.usable() || len(props) == 0 {
		return 0, c.refuse(name, u.ref(), "not an id, or no properties")
	}
	type operation struct {
		Op    string `json:"op"`
		Key   string `json:"key"`
		Value any    `json:"value"`
	}
	var ops []operation
	for _, p := range props {
		v := p.Value
		if text, ok := v.(string); ok {
			r := []rune(text)
			v = string(r[:min(len(r), 255)])
		}
		ops = append(ops, operation{"set_once", p.Key, v})
	}
	text, err := json.Marshal(ops)
	if err != nil {
		return 0, c.refuse(name, u.ref(), "a value is no text")
	}
	f := form{{"operations", string(text)}, {"by_user_id", boolText(u.Own)}, {"parse_custom_props_type", "false"}}
	a, err := c.post(ctx, name, u.ref(), http.MethodPost, u.path("/props"), f, fileFields{}, w)
	if err != nil {
		return 0, err
	}
	return len(a.Meta.Ignored), nil
}

// Custom reads the custom properties of a user, each value as JSON, and the own id and name (dashly-api.md 8.13). What a
// desk turned into text is text.
func (c *Client) Custom(ctx context.Context, id string) (own, name string, custom map[string]string, err error) {
	const call = "get properties"
	u := UserRef{ID: id}
	if !u.usable() {
		return "", "", nil, c.refuse(call, u.ref(), "not an id")
	}
	a, err := c.get(ctx, call, u.ref(), u.path(""), url.Values{"props": {"true"}, "props_custom": {"true"}})
	if err != nil {
		return "", "", nil, err
	}
	custom = map[string]string{}
	gjson.GetBytes(a.Data, "props_custom").ForEach(func(k, v gjson.Result) bool {
		custom[k.String()] = v.Raw
		return true
	})
	name = gjson.GetBytes(a.Data, "props").Get(gjson.Escape("$name")).String()
	return gjson.GetBytes(a.Data, "user_id").String(), name, custom, nil
}
