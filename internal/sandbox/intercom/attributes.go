package intercom

import "strings"

// attributeTypes are the custom attributes of contacts, by name.
func (d *Desk) attributeTypes() map[string]string {
	out := map[string]string{}
	for _, a := range d.knobs.ContactAttributes {
		name, kind, _ := strings.Cut(a, ":")
		out[name] = kind
	}
	return out
}

// checkAttributes refuses or drops what no attribute of contacts holds (11, 12).
func (c *call) checkAttributes(custom map[string]any) error {
	types := c.d.attributeTypes()
	for name, v := range custom {
		_, isText := v.(string)
		number, isNumber := v.(float64)
		_, isBool := v.(bool)
		fits := map[string]bool{"string": isText, "integer": isNumber && number == float64(int64(number)), "float": isNumber, "date": isNumber, "boolean": isBool}
		if v == nil || fits[types[name]] {
			continue
		}
		if c.d.knobs.UnknownAttribute == "refuse" {
			return invalid("custom_attributes", "no attribute "+name+" for such a value")
		}
		delete(custom, name)
	}
	return nil
}

// listAttributes is 12: contacts and, below 2.16, conversations.
func (c *call) listAttributes() (any, error) {
	model := c.r.URL.Query().Get("model")
	if model == "conversation" && c.v.minor >= 16 {
		return nil, &apiError{422, "unprocessable_entity", "use /conversations/attributes", "model"}
	}
	list := []map[string]any{}
	add := func(name, kind string, custom bool) {
		list = append(list, map[string]any{"type": "data_attribute", "model": model, "name": name, "full_name": name, "label": name, "data_type": kind,
			"api_writable": true, "ui_writable": true, "custom": custom, "archived": false})
	}
	switch model {
	case "contact":
		add("name", "string", false)
		for _, a := range c.d.knobs.ContactAttributes {
			name, kind, _ := strings.Cut(a, ":")
			add(name, kind, true)
		}
	case "conversation":
		for _, name := range c.d.knobs.Attributes {
			add(name, "string", true)
		}
	}
	return map[string]any{"type": "list", "data": list}, nil
}

// listConversationAttributes is 12, since 2.16.
func (c *call) listConversationAttributes() (any, error) {
	list := []map[string]any{}
	for i, name := range c.d.knobs.Attributes {
		list = append(list, map[string]any{"type": "conversation_attribute", "id": i + 1, "name": name, "description": "", "data_type": "string",
			"required": false, "visible_to_team_ids": []string{}, "archived": false, "multiline": false})
	}
	return map[string]any{"type": "list", "data": list}, nil
}

// Attributes gives custom attributes of a contact, as somebody at the desk sets them.
func (h Hand) Attributes(contact string, custom map[string]any) {
	h.enter()
	defer h.d.mu.Unlock()
	p := h.contact(contact)
	for k, v := range custom {
		p.custom[k] = v
	}
}

// AttributesOf is what a contact has.
func (d *Desk) AttributesOf(contact string) (name string, custom map[string]any) {
	h := d.People()
	h.enter()
	defer d.mu.Unlock()
	p := h.contact(contact)
	return p.name, p.custom
}
