package intercom

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/tidwall/gjson"

	"github.com/deskbridge/deskbridge/internal/api"
	wire "github.com/deskbridge/deskbridge/mapping/intercom"
)

// Attributes reads the custom attributes of a contact, each value as JSON, and the external_id and name.
func (c *Client) Attributes(ctx context.Context, id string) (external, name string, custom map[string]string, err error) {
	call := read("get attributes", id, "/contacts/"+seg(id))
	a, err := c.call(ctx, call, nil, nil)
	if err != nil {
		return "", "", nil, err
	}
	contact := gjson.ParseBytes(a.Body)
	if contact.Get("id").String() == "" {
		return "", "", nil, c.t.Unusable(call, errors.New("contact without an id"))
	}
	custom = map[string]string{}
	contact.Get("custom_attributes").ForEach(func(k, v gjson.Result) bool {
		custom[k.String()] = v.Raw
		return true
	})
	return contact.Get("external_id").String(), contact.Get("name").String(), custom, nil
}

// Filling is what a contact is given that it lacks; empty fields are not sent.
type Filling struct {
	Name       string         `json:"name,omitempty"`
	Attributes map[string]any `json:"custom_attributes,omitempty"`
}

// FillContact sets a name and custom attributes: a quiet call that addresses nobody.
func (c *Client) FillContact(ctx context.Context, id string, f Filling) error {
	_, err := c.call(ctx, write("fill contact", id, http.MethodPut, "/contacts/"+seg(id), Act{Reach: api.Quiet}), f, nil)
	return err
}

// Attribute is a custom attribute of contacts or conversations that the workspace has (intercom-api.md 12).
type Attribute struct {
	Name     wire.Text `json:"name"`
	Type     wire.Text `json:"data_type"` // string, integer, float, boolean, date; of conversations in 2.16 also list, decimal, datetime and others
	Archived wire.Flag `json:"archived"`
	Writable wire.Flag `json:"api_writable"`
	Custom   wire.Flag `json:"custom"`
}

// ContactAttributes lists the attributes of contacts, with one call.
func (c *Client) ContactAttributes(ctx context.Context) ([]Attribute, error) {
	return c.attributes(ctx, "/data_attributes", url.Values{"model": {"contact"}})
}

// ConversationAttributes lists those of conversations, with one call. 2.16 has a list of their own, which names neither Custom
// nor Writable (intercom-api.md 12; List all conversation attributes in Intercom's reference of 2.16).
func (c *Client) ConversationAttributes(ctx context.Context) ([]Attribute, error) {
	if c.Since(16) {
		return c.attributes(ctx, "/conversations/attributes", nil)
	}
	return c.attributes(ctx, "/data_attributes", url.Values{"model": {"conversation"}})
}

func (c *Client) attributes(ctx context.Context, path string, query url.Values) ([]Attribute, error) {
	call := read("list attributes", "", path)
	call.Query = query
	var out struct {
		Data []Attribute `json:"data"`
	}
	if _, err := c.call(ctx, call, nil, &out); err != nil {
		return nil, err
	}
	if out.Data == nil {
		return nil, c.t.Unusable(call, errors.New("no list of attributes"))
	}
	return out.Data, nil
}
