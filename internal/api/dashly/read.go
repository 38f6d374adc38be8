package dashly

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/tidwall/gjson"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping/dashly"
)

// PageMax is the largest page of a list (dashly-api.md 6.1).
const PageMax = 50

// Page is one page of a list, with the desk's clock (zero when it did not tell).
type Page[T any] struct {
	Items []T
	Time  time.Time
	blind string // see page
}

// UserRef names a user, by Dashly's id or by the site owner's own.
type UserRef struct {
	ID  string
	Own bool // ID is the site owner's own id
}

// ref is what messages show of a user. An own id may be an e-mail address, so it never shows.
func (u UserRef) ref() string {
	if u.Own {
		return ""
	}
	return "user " + u.ID
}

func (u UserRef) path(tail string) string { return "/users/" + url.PathEscape(u.ID) + tail }

// usable tells whether the id can stand in a path.
func (u UserRef) usable() bool { return u.ID != "" && u.ID != "." && u.ID != ".." }

// conversationIncludes asks for what versions are made of, alike in the listing and the full read (dashly-api.md 7).
func conversationIncludes() url.Values {
	return url.Values{
		"include_user": {"true"}, "include_channel": {"true"}, "include_part_last": {"true"},
		"include_important_part_last": {"false"}, "include_reply_last": {"false"},
	}
}

// Conversations walks the site's conversations, newest last_update first, closed, unassigned and untagged ones included
// (dashly-api.md 8.1, U17), until visit says false.
func (c *Client) Conversations(ctx context.Context, size int, visit func(Page[dashly.Conversation]) (bool, error)) error {
	list := c.siteList()
	q := conversationIncludes()
	maps.Copy(q, list.query)
	return c.conversations(ctx, "list conversations", "", list.path, q, size, visit)
}

// UserConversations walks a user's conversations, newest last_update first (dashly-api.md 8.13). recipient is "web" or
// "sdk". An unknown user is Refused with NotFound, and not created.
func (c *Client) UserConversations(ctx context.Context, u UserRef, recipient string, size int, visit func(Page[dashly.Conversation]) (bool, error)) error {
	if !u.usable() {
		return c.refuse("list conversations of user", u.ref(), "not an id")
	}
	q := conversationIncludes()
	q.Set("recipient_type", recipient)
	q.Set("by_user_id", boolText(u.Own))
	var blind []string
	more := true
	err := c.conversations(ctx, "list conversations of user", u.ref(), u.path("/conversations"), q, size, func(p Page[dashly.Conversation]) (bool, error) {
		if p.blind != "" {
			blind = append(blind, p.blind)
		}
		var err error
		more, err = visit(p)
		return more, err
	})
	for _, moment := range blind {
		if err != nil || !more {
			break
		}
		err = c.atMoment(ctx, u, moment, visit)
	}
	return err
}

// atMoment walks those conversations of a user that the site's list, whose cursors are whole, has at a moment: an empty page of
// the user's own list told the moment alone, and what else changed then was skipped.
func (c *Client) atMoment(ctx context.Context, u UserRef, moment string, visit func(Page[dashly.Conversation]) (bool, error)) error {
	const name = "list conversations"
	seconds, err := strconv.ParseFloat(moment, 64)
	if err != nil {
		return c.unusable(name, u.ref(), err)
	}
	list := c.siteList()
	q := conversationIncludes()
	maps.Copy(q, list.query)
	q.Set("paginate_position", fmt.Sprintf("[%s,%d]", moment, int64(math.MaxInt64)))
	return c.conversations(ctx, name, u.ref(), list.path, q, PageMax, func(p Page[dashly.Conversation]) (bool, error) {
		older := slices.ContainsFunc(p.Items, func(x dashly.Conversation) bool { return x.LastUpdate.Unix() < int64(seconds) })
		p.Items = slices.DeleteFunc(p.Items, func(x dashly.Conversation) bool {
			return string(x.User.Value.ID) != u.ID && (!u.Own || string(x.User.Value.UserID) != u.ID)
		})
		more, err := visit(p)
		return more && !older, err
	})
}

func (c *Client) conversations(ctx context.Context, name, ref, path string, q url.Values, size int, visit func(Page[dashly.Conversation]) (bool, error)) error {
	lists := []timeline{c.siteList(), {path, maps.Clone(q)}}
	return c.pages(ctx, name, ref, path, q, size, func(p page) (bool, error) {
		out := Page[dashly.Conversation]{Time: p.time, blind: p.blind}
		for _, raw := range p.items {
			conv, err := dashly.ParseConversation(raw)
			if err != nil {
				return false, c.unusable(name, ref, err)
			}
			if err := c.settleTimes(ctx, lists, conversationTimes(&conv)); err != nil {
				return false, err
			}
			out.Items = append(out.Items, conv)
		}
		return visit(out)
	})
}

// Conversation reads one header, and the desk's clock (dashly-api.md 8.2).
func (c *Client) Conversation(ctx context.Context, id string) (dashly.Conversation, time.Time, error) {
	const name = "get conversation"
	a, err := c.get(ctx, name, id, "/conversations/"+url.PathEscape(id), conversationIncludes())
	if err != nil {
		return dashly.Conversation{}, time.Time{}, err
	}
	conv, err := dashly.ParseConversation(a.Data)
	if err == nil && string(conv.ID) != id {
		err = errors.New("it is another conversation")
	}
	if err == nil {
		err = nameless(a.Data, "user.")
	}
	if err != nil {
		return dashly.Conversation{}, time.Time{}, c.unusable(name, id, err)
	}
	if conv.Removed {
		return conv, a.time, nil // nobody asks for its times, and no list may be left that tells their zone
	}
	if err := c.settleTimes(ctx, []timeline{c.siteList()}, conversationTimes(&conv)); err != nil {
		return dashly.Conversation{}, time.Time{}, err
	}
	return conv, a.time, nil
}

// nameless is an error when what tells who a user is is no text: a lenient reader would take it for a user without.
func nameless(raw []byte, user string) error {
	for _, path := range []string{"user_id", "props.$name", "props.$email", "props.$phone"} {
		if v := gjson.GetBytes(raw, user+path); v.IsArray() || v.IsObject() {
			return errors.New("a user whose " + path + " is no text")
		}
	}
	return nil
}

// wordless is an error when an answer about a user shows null in the place of what every user has, the app and the presence,
// and says nothing beside the id: it does not tell that nobody merged the user away, or that they have no name.
func wordless(raw []byte) error {
	for _, path := range []string{"app", "presence"} {
		if v := gjson.GetBytes(raw, path); !v.Exists() || v.Type != gjson.Null {
			return nil
		}
	}
	for _, path := range []string{"user_id", "removed"} {
		if gjson.GetBytes(raw, path).Type != gjson.Null {
			return nil
		}
	}
	said := false
	gjson.GetBytes(raw, "props").ForEach(func(_, v gjson.Result) bool {
		said = v.Type != gjson.Null
		return !said
	})
	if said {
		return nil
	}
	return errors.New("a user of whom nothing is told")
}

// Parts reads all parts of a conversation, newest first (dashly-api.md 8.3).
func (c *Client) Parts(ctx context.Context, id string) ([]dashly.Part, error) {
	var out []dashly.Part
	err := c.PartPages(ctx, id, func(p Page[dashly.Part]) (bool, error) {
		out = append(out, p.Items...)
		return true, nil
	})
	return out, err
}

// PartPages walks the parts of a conversation, newest first, until visit says false.
func (c *Client) PartPages(ctx context.Context, id string, visit func(Page[dashly.Part]) (bool, error)) error {
	const name = "get parts"
	q := url.Values{"include_assignee": {"true"}, "include_tag": {"true"}, "include_channel": {"true"}, "include_first": {"true"}, "include_attachments": {"true"}}
	return c.pages(ctx, name, id, "/conversations/"+url.PathEscape(id)+"/parts", q, PageMax, func(p page) (bool, error) {
		out := Page[dashly.Part]{Time: p.time}
		for _, raw := range p.items {
			part, err := dashly.ParsePart(raw)
			var text struct {
				Body json.RawMessage `json:"body"`
			}
			if err == nil && json.Unmarshal(raw, &text) == nil && !api.Readable(text.Body) {
				err = errors.New("a body that is no text")
			}
			if err != nil {
				return false, c.unusable(name, id, err)
			}
			if err := c.settleTimes(ctx, []timeline{c.siteList()}, partTimes(&part)); err != nil {
				return false, err
			}
			out.Items = append(out.Items, part)
		}
		return visit(out)
	})
}

// User reads one user, with the status of the e-mail address when asked (dashly-api.md 8.13). By an own id it may
// create an unknown user (U31): ask so only for a user that is known to exist. Who was merged into another may be
// answered for by that one (U32): the id tells.
func (c *Client) User(ctx context.Context, u UserRef, emailStatus bool) (dashly.User, error) {
	const name = "get user"
	if !u.usable() {
		return dashly.User{}, c.refuse(name, u.ref(), "not an id")
	}
	q := url.Values{"by_user_id": {boolText(u.Own)}, "props": {"true"}, "email_status": {boolText(emailStatus)}, "convert_props_types": {"false"}}
	a, err := c.get(ctx, name, u.ref(), u.path(""), q)
	if err != nil {
		return dashly.User{}, err
	}
	user, err := dashly.ParseUser(a.Data)
	if err == nil {
		err = cmp.Or(nameless(a.Data, ""), wordless(a.Data))
	}
	if err != nil {
		return dashly.User{}, c.unusable(name, u.ref(), err)
	}
	if !u.Own && string(user.ID) != u.ID {
		c.learnHeir(u.ID, string(user.ID))
	}
	return user, nil
}

// Leads finds the leads with a system property of exactly this text, letter case aside (dashly-api.md 8.13). The list
// lags several minutes. more tells that there are more than the page shows: it is full, or total is greater. What total counts is not
// documented, the hits of the filter or the leads of the site (U33): an empty page behind a short one shows that this was all. A list whose every user shows null in the place of the
// property that was asked for contradicts the question: it is not understood, and does not tell that nobody has it.
func (c *Client) Leads(ctx context.Context, property, value string) (users []dashly.User, more bool, err error) {
	const name = "find leads"
	type valueOf struct {
		Value string `json:"value"`
	}
	type filter struct {
		Type     string  `json:"type"`
		Property string  `json:"property_name"`
		Value    valueOf `json:"value"`
	}
	group, err := json.Marshal(struct {
		Type    string   `json:"type"`
		Filters []filter `json:"filters"`
	}{"and", []filter{{"str_eq", property, valueOf{value}}}})
	if err != nil {
		return nil, false, c.refuse(name, "", "the value is no text")
	}
	q := url.Values{"filters": {string(group)}, "limit": {strconv.Itoa(PageMax)}, "offset": {"0"}, "convert_props_types": {"false"}}
	raws, total, err := c.leads(ctx, name, q)
	if err != nil {
		return nil, false, err
	}
	nulls := 0
	for _, raw := range raws {
		u, err := dashly.ParseUser(raw)
		if err != nil {
			return nil, false, c.unusable(name, "", err)
		}
		users = append(users, u)
		if v := gjson.GetBytes(raw, "props."+property); v.Exists() && v.Type == gjson.Null {
			nulls++
		}
	}
	if nulls > 0 && nulls == len(users) {
		return nil, false, c.unusable(name, "", errors.New("users without the property that was asked for"))
	}
	if len(users) == 0 || len(users) >= PageMax || total <= len(users) {
		return users, len(users) >= PageMax, nil
	}
	q.Set("offset", strconv.Itoa(len(users)))
	rest, _, err := c.leads(ctx, name, q)
	if err != nil {
		return nil, false, err
	}
	return users, len(rest) > 0, nil
}

// leads reads one page of the list of leads: a bare array, or an object around it with a total (U33).
func (c *Client) leads(ctx context.Context, name string, q url.Values) (items []json.RawMessage, total int, err error) {
	a, err := c.get(ctx, name, "", "/apps/"+c.app+"/users", q)
	if err != nil {
		return nil, 0, err
	}
	list := a.Data
	var wrapped struct {
		Users json.RawMessage `json:"users"`
		Total dashly.Count    `json:"total"`
	}
	if json.Unmarshal(a.Data, &wrapped) == nil {
		list = wrapped.Users
	}
	if items, err = elements(list); err != nil {
		return nil, 0, c.unusable(name, "", err)
	}
	return items, int(wrapped.Total), nil
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
