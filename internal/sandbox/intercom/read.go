package intercom

import (
	"strconv"
)

// me is the admin of the token with its workspace (1).
func (c *call) me() (any, error) {
	out := c.v.admin(c.d.mustAdmin(Jane))
	out.EmailProven = ptr(true)
	out.App = map[string]any{
		"type": "app", "id_code": c.d.opt.IDCode, "name": "Example", "region": "US", "timezone": "America/Los_Angeles",
		"created_at": 1577836800, "identity_verification": false,
	}
	return out, nil
}

// listAdmins is 12: no bots, nobody who left.
func (c *call) listAdmins() (any, error) {
	out := []wireAdmin{}
	for _, a := range c.d.admins {
		if !a.bot && !a.gone {
			out = append(out, c.v.admin(a))
		}
	}
	return map[string]any{"type": "admin.list", "admins": out}, nil
}

// listTeams is 12.
func (c *call) listTeams() (any, error) {
	out := []map[string]any{}
	for _, t := range c.d.teams {
		out = append(out, map[string]any{"type": "team", "id": strconv.FormatInt(t.id, 10), "name": t.name, "admin_ids": t.admins})
	}
	return map[string]any{"type": "team.list", "teams": out}, nil
}

// listTags is 12: unpaged.
func (c *call) listTags() (any, error) {
	out := []wireTag{}
	for _, t := range c.d.tags {
		out = append(out, wireTag{Type: "tag", ID: t.id, Name: t.name})
	}
	return map[string]any{"type": "list", "data": out}, nil
}

func (c *call) perPage(fallback int) (int, error) {
	s := c.r.URL.Query().Get("per_page")
	if s == "" {
		return c.capped(fallback), nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 150 {
		return 0, invalid("per_page", "from 1 to 150")
	}
	return c.capped(n), nil
}

// listConversations is 6.1: most recently updated first.
func (c *call) listConversations() (any, error) {
	perPage, err := c.perPage(20)
	if err != nil {
		return nil, err
	}
	after, err := c.readCursor(c.r.URL.Query().Get("starting_after"))
	if err != nil {
		return nil, err
	}
	var found []*conversation
	for _, x := range c.d.threads {
		if x.deleted {
			continue
		}
		c.d.wake(x, c.at)
		if seen := c.d.indexed(x, c.at); seen != nil {
			found = append(found, seen)
		}
	}
	return c.conversationPage(found, perPage, after, true, func(x *conversation) key { return x.key("updated_at") })
}

// conversation finds the one of the path. "last" is ambiguous (9.2) and not served.
func (c *call) conversation() (*conversation, error) {
	if x := c.d.find(c.path[1], c.at); x != nil {
		return x, nil
	}
	return nil, errorOf(404)
}

// getConversation is 6.3. It reads the database, not the index.
func (c *call) getConversation() (any, error) {
	x, err := c.conversation()
	if err != nil {
		return nil, err
	}
	return c.v.conversation(x), nil
}
