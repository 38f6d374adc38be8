package dashly

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// position is a place in a list: of the time (microseconds; unused in lists keyed by id) and the id (6.1).
type position struct {
	us int64
	id uint64
}

func (p position) compare(q position) int {
	return cmp.Or(cmp.Compare(p.us, q.us), cmp.Compare(p.id, q.id))
}

// pageQuery is the paging parameters.
type pageQuery struct {
	byTime    bool
	at        *position
	count     int
	direction string
	including bool
	asc       bool
}

var (
	timeCursor = regexp.MustCompile(`^\s*\[\s*([0-9]+)(?:\.([0-9]+))?\s*,\s*"?([0-9]{1,20})"?\s*\]\s*$`)
	idCursor   = regexp.MustCompile(`^\s*\[\s*"?([0-9]{1,20})"?\s*\]\s*$`)
)

// paging reads and checks the parameters of 6.1. An exponent in a cursor is refused: it is the mark of one that was
// rebuilt from floats.
func (c *call) paging(byTime bool) (pageQuery, error) {
	q := pageQuery{byTime: byTime, count: 20, direction: "before", including: c.flag("paginate_including", false)}
	if s := c.params.Get("paginate_count"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 50 {
			return q, invalid("paginate_count", "from 1 to 50")
		}
		q.count = n
	}
	if n := c.d.knobs.PageCap; n > 0 {
		q.count = min(q.count, n)
	}
	if s := c.params.Get("paginate_direction"); s != "" {
		if s != "before" && s != "after" && s != "around" {
			return q, invalid("paginate_direction", "after, before or around")
		}
		q.direction = s
	}
	switch s := c.params.Get("paginate_page_order"); s {
	case "", "desc":
	case "asc":
		q.asc = true
	default:
		return q, invalid("paginate_page_order", "asc or desc")
	}
	s := c.params.Get("paginate_position")
	if s == "" {
		return q, nil
	}
	p, ok := readPosition(s, byTime)
	if !ok {
		return q, invalid("paginate_position", "not a position of this list")
	}
	q.at = &p
	return q, nil
}

func readPosition(s string, byTime bool) (position, bool) {
	if !byTime {
		m := idCursor.FindStringSubmatch(s)
		if m == nil {
			return position{}, false
		}
		return position{id: number(m[1])}, true
	}
	m := timeCursor.FindStringSubmatch(s)
	if m == nil {
		return position{}, false
	}
	seconds, err := strconv.ParseInt(m[1], 10, 64)
	micros, err2 := strconv.ParseInt((m[2] + "000000")[:6], 10, 64)
	return position{us: seconds*1e6 + micros, id: number(m[3])}, err == nil && err2 == nil
}

// cut takes one page out of items, which are in ascending order of their key, and tells what stands in meta.
func cut[T any](c *call, q pageQuery, items []T, key func(T) position) ([]T, map[string]any) {
	lo, hi := len(items), len(items) // items[:lo] are before the position, items[hi:] after it
	if q.at != nil {
		lo, _ = slices.BinarySearchFunc(items, *q.at, func(x T, p position) int { return key(x).compare(p) })
		hi = lo
		if hi < len(items) && key(items[hi]).compare(*q.at) == 0 {
			hi++
		}
		if q.including && q.direction == "after" {
			hi = lo
		} else if q.including {
			lo = hi
		}
	} else if q.direction == "after" {
		lo, hi = 0, 0
	}
	before, after := q.count, q.count
	switch q.direction {
	case "before":
		after = 0
		hi = lo
	case "after":
		before = 0
		lo = hi
	default:
		before, after = (q.count+1)/2, q.count/2
	}
	from, to := max(0, lo-before), min(len(items), hi+after)
	page := slices.Concat(items[from:lo], items[hi:to])
	meta := map[string]any{}
	if q.direction != "after" {
		c.cursor(meta, "next_before_position", q, from > 0, keyAt(page, 0, key))
	}
	if q.direction != "before" {
		c.cursor(meta, "next_after_position", q, to < len(items), keyAt(page, len(page)-1, key))
	}
	if !q.asc {
		slices.Reverse(page)
	}
	return page, meta
}

func keyAt[T any](page []T, i int, key func(T) position) position {
	if len(page) == 0 {
		return position{}
	}
	return key(page[i])
}

// cursor writes the next position; how a list ends is a knob (U12).
func (c *call) cursor(meta map[string]any, name string, q pageQuery, more bool, p position) {
	end := c.d.knobs.EndOfList
	if !more && p == (position{}) && end == "same" && q.at != nil {
		p = *q.at
	}
	if !more && (p == position{} || end != "empty" && end != "same") {
		if end != "missing" {
			meta[name] = nil
		}
		return
	}
	id := text(p.id)
	if c.v.text && c.d.knobs.TextCursors {
		id = `"` + id + `"`
	}
	if q.byTime {
		id = microText(time.UnixMicro(p.us)) + ", " + id
	}
	meta[name] = json.RawMessage("[" + strings.TrimSpace(id) + "]")
}
