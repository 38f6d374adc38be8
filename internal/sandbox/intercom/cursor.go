package intercom

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// key is the place of a record in a sorted list; the cursor is made of it and keeps no snapshot (5).
type key struct {
	at   int64
	id   string
	page int // of a cursor: how many pages came before it
}

func (k key) compare(o key) int {
	return cmp.Or(cmp.Compare(k.at, o.at), cmp.Compare(len(k.id), len(o.id)), strings.Compare(k.id, o.id))
}

// cursor holds the place, the number of the next page and, where cursors die, when it was given (20.16).
func (c *call) cursor(k key, page int) string {
	v := []any{k.at * 1000, k.id, page}
	if c.d.knobs.CursorLife > 0 {
		v = append(v, c.at.Unix())
	}
	b, _ := json.Marshal(v)
	return base64.StdEncoding.EncodeToString(b)
}

var badCursor = &apiError{400, "client_error", "starting_after is not a cursor", "starting_after"}

func (c *call) readCursor(s string) (*key, error) {
	if s == "" {
		return nil, nil
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil, badCursor
	}
	var v []json.RawMessage
	var k key
	var page int
	if json.Unmarshal(b, &v) != nil || len(v) < 3 || json.Unmarshal(v[0], &k.at) != nil || json.Unmarshal(v[1], &k.id) != nil || json.Unmarshal(v[2], &page) != nil {
		return nil, badCursor
	}
	if life := time.Duration(c.d.knobs.CursorLife); life > 0 {
		var given int64
		if len(v) < 4 || json.Unmarshal(v[3], &given) != nil || c.at.Sub(time.Unix(given, 0)) >= life {
			return nil, badCursor
		}
	}
	k.at /= 1000
	k.page = page - 1
	return &k, nil
}

// capped is the length of a page: as asked for, unless the knob has it shorter (5).
func (c *call) capped(perPage int) int {
	if n := c.d.knobs.PageCap; n > 0 {
		return min(perPage, n)
	}
	return perPage
}

// paginate sorts, finds the place behind the cursor and cuts a page.
func paginate[T any](c *call, items []T, perPage int, after *key, desc bool, keyOf func(T) key) ([]T, wirePages) {
	sign := 1
	if desc {
		sign = -1
	}
	slices.SortFunc(items, func(a, b T) int { return sign * keyOf(a).compare(keyOf(b)) })
	total := len(items)
	from := 0
	if after != nil {
		from, _ = slices.BinarySearchFunc(items, *after, func(x T, k key) int { return sign * keyOf(x).compare(k) })
		for from < total && keyOf(items[from]).compare(*after) == 0 {
			from++
		}
	}
	to := min(total, from+perPage)
	pages := wirePages{Type: "pages", Page: from/perPage + 1, PerPage: perPage, TotalPages: (total + perPage - 1) / perPage}
	if to < total && to > from {
		pages.Next = wireNext{PerPage: perPage, StartingAfter: c.cursor(keyOf(items[to-1]), pages.Page+1)}
		return items[from:to], pages
	}
	switch c.d.knobs.LastPage { // 5
	case "null":
		pages.Next = jsonNull
	case "bare":
		pages.Next = wireNext{PerPage: perPage}
	case "cursor":
		pages.Next = wireNext{PerPage: perPage, StartingAfter: jsonNull}
	}
	return items[from:to], pages
}

func (c *call) conversationPage(found []*conversation, perPage int, after *key, desc bool, keyOf func(*conversation) key) (any, error) {
	total := len(found)
	page, pages := paginate(c, found, perPage, after, desc, keyOf)
	out := make([]wireConversation, len(page))
	for i, x := range page {
		out[i] = c.v.item(x)
	}
	answer := map[string]any{"type": "conversation.list", "conversations": out, "total_count": total, "pages": pages}
	switch c.d.knobs.TotalCount { // 20.7
	case "less":
		answer["total_count"] = max(0, total-1)
	case "none":
		delete(answer, "total_count")
	}
	return answer, nil
}
