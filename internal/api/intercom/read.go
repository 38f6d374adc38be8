package intercom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/tidwall/gjson"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	wire "github.com/deskbridge/deskbridge/mapping/intercom"
)

// Me is whom the token belongs to.
type Me struct {
	ID  wire.Text `json:"id"`
	App wire.Object[struct {
		Code wire.Text `json:"id_code"`
		Name wire.Text `json:"name"`
	}] `json:"app"`
}

// Me tells whom the token belongs to.
func (c *Client) Me(ctx context.Context) (Me, error) {
	var me Me
	_, err := c.call(ctx, read("get me", "", "/me"), nil, &me)
	return me, err
}

// Admins lists the teammates; the list is not paged.
func (c *Client) Admins(ctx context.Context) ([]wire.Admin, error) {
	var out struct {
		Admins []*wire.Admin `json:"admins"`
	}
	call := read("list admins", "", "/admins")
	if _, err := c.call(ctx, call, nil, &out); err != nil {
		return nil, err
	}
	var all []wire.Admin
	for _, a := range out.Admins {
		if a != nil {
			all = append(all, *a)
		}
	}
	if out.Admins == nil || slices.ContainsFunc(all, func(a wire.Admin) bool { return a.ID == "" }) {
		return nil, c.t.Unusable(call, errors.New("no list of admins with their ids"))
	}
	if len(all) > 0 && !slices.ContainsFunc(all, func(a wire.Admin) bool { return a.Name+a.Email != "" }) {
		return nil, c.t.Unusable(call, errors.New("a list of admins without any name or address"))
	}
	return all, nil
}

// Conversation reads one conversation whole, bodies as HTML, with the desk's clock of the answer as DeskTime.
func (c *Client) Conversation(ctx context.Context, id string) (mapping.Conversation, error) {
	call := read("get conversation", id, "/conversations/"+seg(id))
	a, err := c.t.Do(ctx, call)
	if err != nil {
		return mapping.Conversation{}, err
	}
	conv, err := wire.Decode(a.Body)
	switch {
	case err != nil:
	case !readable(a.Body):
		err = errors.New("a body that is no text")
	case conv.Created.IsZero() && conv.Updated.IsZero():
		err = errors.New("a conversation without any time")
	}
	if err != nil {
		return conv, c.t.Unusable(call, unread(err))
	}
	conv.DeskTime = a.Time
	conv.Rating, conv.Backlink = attribute(a.Body, c.rating), attribute(a.Body, c.backlink)
	return conv, nil
}

// attribute is a custom attribute of a conversation as text; empty when there is none, or none is named.
func attribute(conversation []byte, name string) (text string) {
	if name == "" {
		return ""
	}
	gjson.GetBytes(conversation, "custom_attributes").ForEach(func(k, v gjson.Result) bool {
		if k.String() == name && !v.IsObject() && !v.IsArray() {
			text = v.String()
		}
		return true
	})
	return text
}

// readable tells whether every body of a conversation is one: a lenient reader would take another value for no text.
func readable(conversation []byte) bool {
	all := gjson.GetManyBytes(conversation, "source", "conversation_parts.conversation_parts")
	ok := true
	look := func(_, e gjson.Result) bool {
		ok = ok && api.Readable([]byte(e.Get("body").Raw))
		return ok
	}
	look(gjson.Result{}, all[0])
	all[1].ForEach(look)
	return ok
}

// unread keeps the kind of a decoding error and leaves out what it may quote.
func unread(err error) error {
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("broken JSON at byte %d", s.Offset)
	}
	return err
}

// Filter is one condition of a search, or a group of them. Value is text, an integer, or []Filter in a group.
type Filter struct {
	Field    string `json:"field,omitempty"`
	Operator string `json:"operator"`
	Value    any    `json:"value"`
}

// All joins conditions. One condition stands alone.
func All(f ...Filter) Filter {
	if len(f) == 1 {
		return f[0]
	}
	return Filter{Operator: "AND", Value: f}
}

// Sort is the order of a search of conversations.
type Sort struct {
	Field string `json:"field"`
	Order string `json:"order"` // ascending, descending
}

type search struct {
	Query      Filter     `json:"query"`
	Pagination pagination `json:"pagination"`
	Sort       *Sort      `json:"sort,omitempty"`
}

type pagination struct {
	PerPage       int    `json:"per_page"`
	StartingAfter string `json:"starting_after,omitempty"`
}

const (
	perPage         = 150
	contactsPerPage = 50
)

// Page is one page of a listing of conversations.
type Page struct {
	Items []wire.Conversation
	Total wire.Count // of all pages, as far as the desk tells
	Next  string     // cursor of the next page; empty on the last
	Time  time.Time  // the desk's clock
}

// SearchConversations reads one page of a search. after is the cursor of the page before, or empty.
func (c *Client) SearchConversations(ctx context.Context, query Filter, sort Sort, after string) (Page, error) {
	call := api.Call{Name: "search conversations", Method: http.MethodPost, Path: "/conversations/search"}
	var out struct {
		Conversations []json.RawMessage `json:"conversations"`
		Total         wire.Count        `json:"total_count"`
		Pages         pages             `json:"pages"`
	}
	a, err := c.call(ctx, call, search{Query: query, Pagination: pagination{PerPage: perPage, StartingAfter: after}, Sort: &sort}, &out)
	if err != nil {
		return Page{}, err
	}
	if out.Conversations == nil {
		return Page{}, c.t.Unusable(call, errors.New("no list of conversations"))
	}
	p := Page{Total: out.Total, Next: out.Pages.next, Time: a.Time}
	for _, raw := range out.Conversations {
		if string(raw) == "null" {
			continue
		}
		item, err := wire.Parse(raw)
		if err == nil && item.CreatedAt.IsZero() && item.UpdatedAt.IsZero() {
			err = errors.New("a conversation without any time")
		}
		if err != nil {
			return Page{}, c.t.Unusable(call, unread(err))
		}
		p.Items = append(p.Items, item)
	}
	if out.Pages.odd || p.Next != "" && p.Next == after {
		return Page{}, c.t.Unusable(call, errors.New("the paging is of an unknown form"))
	}
	return p, nil
}

// SearchPages walks the pages of a search until the last, or until visit says no. A cursor that was there before leads to
// pages that were there before: that is an answer of no use, and not an end.
func (c *Client) SearchPages(ctx context.Context, query Filter, sort Sort, visit func(Page) (more bool, err error)) error {
	seen := map[string]bool{}
	for after := ""; ; {
		p, err := c.SearchConversations(ctx, query, sort, after)
		if err != nil {
			return err
		}
		if seen[p.Next] {
			return c.t.Unusable(api.Call{Name: "search conversations"}, errors.New("the paging leads in a circle"))
		}
		if more, err := visit(p); err != nil || !more || p.Next == "" {
			return err
		}
		seen[p.Next], after = true, p.Next
	}
}

// pages reads pages.next, which is an object, a URL, null or missing (intercom-api.md 5). At the end the object may have no
// cursor.
type pages struct {
	next string
	odd  bool
}

// UnmarshalJSON never fails; what it cannot follow is odd, so that no page is taken for the last by mistake.
func (p *pages) UnmarshalJSON(b []byte) error {
	*p = pages{}
	var list struct {
		Next json.RawMessage `json:"next"`
	}
	if json.Unmarshal(b, &list) != nil || len(list.Next) == 0 || string(list.Next) == "null" {
		return nil
	}
	var link string
	if json.Unmarshal(list.Next, &link) == nil {
		if link == "" {
			return nil
		}
		if u, err := url.Parse(link); err == nil {
			p.next = u.Query().Get("starting_after")
		}
		p.odd = p.next == ""
		return nil
	}
	var cursor struct {
		After json.RawMessage `json:"starting_after"`
	}
	if p.odd = json.Unmarshal(list.Next, &cursor) != nil; p.odd {
		return nil
	}
	switch string(cursor.After) {
	case "", "null", `""`: // the contract lets it be null: an end
		return nil
	}
	var after wire.Text
	_ = json.Unmarshal(cursor.After, &after)
	p.next, p.odd = string(after), after == ""
	return nil
}

// ContactByExternalID finds the contact with a site owner's id. None is a Refused error with NotFound. Below 2.13 the
// call does not exist and a search, which may lag behind, takes its place.
func (c *Client) ContactByExternalID(ctx context.Context, externalID string) (wire.Contact, error) {
	notFound := &api.Error{Class: api.Refused, Desk: string(wire.Desk), Call: "find contact", Reason: "no contact has this external_id", NotFound: true}
	if !c.Since(13) {
		found, err := c.SearchContacts(ctx, "external_id", externalID)
		found = slices.DeleteFunc(found, func(f wire.Contact) bool { return string(f.ExternalID) != externalID })
		if err == nil && len(found) == 0 {
			err = notFound
		}
		if err != nil {
			return wire.Contact{}, err
		}
		return found[0], nil
	}
	var out wire.Contact
	call := read("find contact", "", "/contacts/find_by_external_id/"+seg(externalID))
	a, err := c.call(ctx, call, nil, &out)
	if next := heirIn(err); next != "" {
		return c.Contact(ctx, next)
	}
	if err == nil && out.ID == "" {
		if answer := gjson.ParseBytes(a.Body); answer.Raw != "null" && len(answer.Map()) > 0 {
			return out, c.t.Unusable(call, errors.New("contact without an id"))
		}
		return out, notFound
	}
	return out, err
}

// SearchContacts finds the contacts whose field (external_id, email or phone) has this value exactly, merged ones excluded. One page is enough to
// tell one from many.
func (c *Client) SearchContacts(ctx context.Context, field, value string) ([]wire.Contact, error) {
	call := api.Call{Name: "search contacts", Method: http.MethodPost, Path: "/contacts/search"}
	var out struct {
		Data []wire.Contact `json:"data"`
	}
	in := search{Query: Filter{Field: field, Operator: "=", Value: value}, Pagination: pagination{PerPage: contactsPerPage}}
	if _, err := c.call(ctx, call, in, &out); err != nil {
		return nil, err
	}
	searched := func(f wire.Contact) wire.Text {
		return map[string]wire.Text{"external_id": f.ExternalID, "email": f.Email, "phone": f.Phone}[field]
	}
	if out.Data == nil || slices.ContainsFunc(out.Data, func(f wire.Contact) bool { return f.ID == "" || searched(f) == "" }) {
		return nil, c.t.Unusable(call, errors.New("no list of contacts with their ids and what was searched for"))
	}
	return out.Data, nil
}

// Tags lists the tags of the workspace; the list is not paged.
func (c *Client) Tags(ctx context.Context) ([]wire.Tag, error) {
	var out struct {
		Data []wire.Tag `json:"data"`
	}
	call := read("list tags", "", "/tags")
	if _, err := c.call(ctx, call, nil, &out); err != nil {
		return nil, err
	}
	if out.Data == nil || slices.ContainsFunc(out.Data, func(t wire.Tag) bool { return t.ID == "" || t.Name == "" }) {
		return nil, c.t.Unusable(call, errors.New("no list of tags with their ids and names"))
	}
	return out.Data, nil
}

// ConversationTags reads the tags that a conversation bears, which may be newer than the list of the workspace's.
func (c *Client) ConversationTags(ctx context.Context, id string) ([]wire.Tag, error) {
	call := read("get conversation", id, "/conversations/"+seg(id))
	a, err := c.t.Do(ctx, call)
	if err != nil {
		return nil, err
	}
	conv, err := wire.Parse(a.Body)
	if err == nil && slices.ContainsFunc(conv.Tags, func(t wire.Tag) bool { return t.ID == "" || t.Name == "" }) {
		err = errors.New("a tag without its id or name")
	}
	if err == nil && conv.CreatedAt.IsZero() && conv.UpdatedAt.IsZero() {
		err = errors.New("a conversation without any time")
	}
	if err != nil {
		return nil, c.t.Unusable(call, unread(err))
	}
	return conv.Tags, nil
}
