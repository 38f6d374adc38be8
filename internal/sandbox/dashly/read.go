package dashly

import (
	"cmp"
	"encoding/json"
	"slices"
)

// listConversations is 8.1.
func (c *call) listConversations() (answer, error) {
	if err := c.site(); err != nil {
		return answer{}, err
	}
	keep, err := c.filter()
	if err != nil {
		return answer{}, err
	}
	return c.conversations(false, func(x *conversation) bool {
		return (x.removed.IsZero() || c.d.knobs.ListRemoved) && (x.replied || c.d.knobs.ListUnanswered) && keep(x) // U18
	})
}

// conversations pages over those that pass. Lists leave channel out unless it is asked for (7).
func (c *call) conversations(channelToo bool, keep func(*conversation) bool) (answer, error) {
	q, err := c.paging(true)
	if err != nil {
		return answer{}, err
	}
	sparse := c.d.knobs.SparsePages
	var items []*conversation
	for _, x := range c.d.sorted() {
		x.wake(c.at)
		if sparse || keep(x) {
			items = append(items, x)
		}
	}
	page, meta := cut(c, q, items, func(x *conversation) position { return position{x.updated.UnixMicro(), x.id} })
	if sparse {
		page = slices.DeleteFunc(page, func(x *conversation) bool { return !keep(x) })
	}
	out := make([]wireConversation, len(page))
	for i, x := range page {
		out[i] = c.v.conversation(x, channelToo)
	}
	return answer{out, meta}, nil
}

// site checks the app of the path: an id or $self_app (2); a foreign one is 403.
func (c *call) site() error {
	app := c.path[1]
	if app == "$self_app" && c.d.knobs.SelfApp == "accept" || number(app) == c.d.opt.AppID { // U4
		return nil
	}
	return errorOf(403)
}

// filter reads the filters of 8.1.
func (c *call) filter() (func(*conversation) bool, error) {
	p := c.params
	var tests []func(*conversation) bool
	is := func(name string, get func(*conversation) bool) {
		if p.Has(name) {
			want := truth(p.Get(name))
			tests = append(tests, func(x *conversation) bool { return get(x) == want })
		}
	}
	is("closed", func(x *conversation) bool { return x.closed })
	is("delayed", func(x *conversation) bool { return !x.until.IsZero() })
	is("answered", func(x *conversation) bool { return c.v.core(x).ReplyLastType == replyAdmin })
	unassignedToo := c.flag("include_not_assigned", false)
	if s := p.Get("assigned"); s != "" {
		id := number(s)
		if id == 0 && s != "0" {
			return nil, invalid("assigned", "an id or 0")
		}
		tests = append(tests, func(x *conversation) bool {
			return x.assignee == 0 && unassignedToo || x.assignee != 0 && x.assignee == id
		})
	} else if c.d.knobs.UnassignedHidden && !unassignedToo { // U17
		tests = append(tests, func(x *conversation) bool { return x.assignee != 0 })
	}
	untaggedToo := c.flag("include_no_tags", false)
	if s := p.Get("tags"); s != "" {
		want := list(s)
		tests = append(tests, func(x *conversation) bool {
			if len(x.tags) == 0 && untaggedToo {
				return true
			}
			return !slices.ContainsFunc(want, func(t string) bool { return !slices.Contains(x.tags, t) })
		})
	} else if c.d.knobs.UntaggedHidden && !untaggedToo { // 8.1
		tests = append(tests, func(x *conversation) bool { return len(x.tags) > 0 })
	}
	if s := p.Get("channel"); s != "" {
		tests = append(tests, func(x *conversation) bool { return x.channel == number(s) })
	}
	if s := p.Get("assistant_type"); s != "" {
		tests = append(tests, func(x *conversation) bool { return x.assistant == s })
	}
	return func(x *conversation) bool {
		for _, t := range tests {
			if !t(x) {
				return false
			}
		}
		return true
	}, nil
}

// conversation finds the one of the path. A missing one is LookupError with status 400, not 404 (4, U19).
func (c *call) conversation() (*conversation, error) {
	id := number(c.path[1])
	if id == 0 {
		return nil, invalid("id", "not an id")
	}
	x := c.d.convs[id]
	if x == nil {
		return nil, absent(c.d.knobs.MissingConversation)
	}
	if how := c.d.knobs.RemovedConversation; !x.removed.IsZero() && (how != "object" || c.r.Method != "GET") {
		return nil, absent(how)
	}
	x.wake(c.at)
	return x, nil
}

// absent is the answer for a conversation that is not there (U19).
func absent(how string) error {
	switch how {
	case "denied":
		return errorOf(403)
	case "not_found":
		return errorOf(404)
	}
	return lookup("the conversation")
}

// getConversation is 8.2.
func (c *call) getConversation() (answer, error) {
	x, err := c.conversation()
	if err != nil {
		return answer{}, err
	}
	return answer{data: c.v.conversation(x, true)}, nil
}

// listParts is 8.3: keyed by part id, all kinds.
func (c *call) listParts() (answer, error) {
	x, err := c.conversation()
	if err != nil {
		return answer{}, err
	}
	q, err := c.paging(false)
	if err != nil {
		return answer{}, err
	}
	parts := slices.Clone(x.parts)
	slices.SortFunc(parts, func(a, b *part) int { return cmp.Compare(a.id, b.id) })
	page, meta := cut(c, q, parts, func(p *part) position { return position{id: p.id} })
	out := make([]wirePart, len(page))
	for i, p := range page {
		out[i] = c.v.part(x, p, false)
		if c.asked("random_id", false) {
			out[i].RandomID = p.random
		}
	}
	return answer{out, meta}, nil
}

// listChannels is 8.15.
func (c *call) listChannels() (answer, error) {
	if err := c.site(); err != nil {
		return answer{}, err
	}
	channels, meta := c.d.channels, map[string]any(nil)
	switch c.d.knobs.ChannelList { // U36
	case "denied":
		return answer{}, errorOf(403)
	case "paged":
		q, err := c.paging(false)
		if err != nil {
			return answer{}, err
		}
		q.count = 1
		channels, meta = cut(c, q, channels, func(ch channel) position { return position{id: ch.id} })
	}
	out := make([]wireChannel, len(channels))
	for i, ch := range channels {
		out[i] = c.v.channel(ch)
	}
	return answer{out, meta}, nil
}

// listUserConversations is 8.13; recipient_type web is the default and hides those of mobile users.
func (c *call) listUserConversations() (answer, error) {
	u, err := c.user(false)
	if err != nil {
		return answer{}, err
	}
	recipient := c.params.Get("recipient_type")
	switch recipient {
	case "":
		recipient = "web"
	case "web", "sdk":
	default:
		return answer{}, invalid("recipient_type", "web or sdk")
	}
	repliesOnly := c.flag("with_user_replies_only", false)
	a, err := c.conversations(false, func(x *conversation) bool {
		if x.user != u || !x.removed.IsZero() && !c.d.knobs.ListRemoved || x.recipient != recipient && x.recipient != "all" {
			return false
		}
		return !repliesOnly || slices.ContainsFunc(x.parts, func(p *part) bool { return p.kind == replyUser })
	})
	if err == nil && c.d.knobs.OldUserCursor { // U13
		a.meta["next_after"] = nil
		var position []json.RawMessage // of the page as it was cut
		if raw, ok := a.meta["next_before_position"].(json.RawMessage); ok && json.Unmarshal(raw, &position) == nil && len(position) == 2 {
			a.meta["next_after"] = position[0]
		}
		delete(a.meta, "next_before_position")
	}
	return a, err
}
