package intercom

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/mapping"
	wire "github.com/deskbridge/deskbridge/mapping/intercom"
	"github.com/deskbridge/deskbridge/sources"
)

// errEnough ends a listing whose limit is reached.
var errEnough = errors.New("enough")

// Changed searches by updated_at without an upper bound, so that nothing that changes meanwhile can hide. The cursor is
// the watermark in unix seconds: the newest change that was seen, but no later than the desk's clock before the first
// page minus settle. What the search shows late is found by the overlap of the next poll. A cursor that lies ahead of the
// desk's clock counts as none: that was put back, and what is said until it has come there again would be below the watermark.
func (s *Source) Changed(ctx context.Context, since sources.Cursor, floor time.Time, yield func(sources.Listing) error) (sources.Cursor, error) {
	var mark int64
	switch {
	case since != "":
		n, err := strconv.ParseInt(string(since), 10, 64)
		if err != nil {
			return "", &api.Error{Class: api.Refused, Desk: string(wire.Desk), Call: "search conversations", Code: "bad_cursor", Reason: "the stored cursor is not a time"}
		}
		mark = n
	case !floor.IsZero():
		mark = floor.Unix()
	}
	overlap := int64((s.opts.Settle + indexDelay) / time.Second)
	newest, began := mark, s.opts.Now()
	clock, err := s.list(ctx, span{since: max(mark-1-overlap, 0)}, "ascending", func(l sources.Listing) error {
		newest = max(newest, l.Updated.Unix())
		return yield(l)
	})
	if err != nil {
		return "", err
	}
	switch {
	case clock.IsZero(): // the desk told no time
		clock = began
	case since != "" && clock.Unix() < mark:
		return s.Changed(ctx, "", floor, yield)
	}
	next := max(mark, min(newest, clock.Add(-s.opts.Settle).Unix()))
	return sources.Cursor(strconv.FormatInt(next, 10)), nil
}

// Between yields the newest first. Both bounds are inclusive.
func (s *Source) Between(ctx context.Context, w sources.Window, yield func(sources.Listing) error) error {
	var bounds span
	if !w.Since.IsZero() {
		bounds.since = max(w.Since.Unix()-1, 0)
	}
	if !w.Until.IsZero() {
		bounds.until = w.Until.Unix() + 1
	}
	n := 0
	_, err := s.list(ctx, bounds, "descending", func(l sources.Listing) error {
		if outside(l.Updated, w) {
			return nil // an inclusive bound gave one second more
		}
		if !wire.Telling(l.Version) {
			l.Version = "" // a part that moved no time cannot be told from the list
		}
		if err := yield(l); err != nil {
			return err
		}
		if n++; w.Limit > 0 && n >= w.Limit {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func outside(at time.Time, w sources.Window) bool {
	return !at.IsZero() && (!w.Since.IsZero() && at.Unix() < w.Since.Unix() || !w.Until.IsZero() && at.Unix() > w.Until.Unix())
}

// span is a stretch of updated_at in unix seconds. What lies on its bounds may be listed or not, so each is a second
// further than what is wanted.
type span struct{ since, until int64 } // until 0: no bound

func (b span) query() apiintercom.Filter {
	filters := []apiintercom.Filter{{Field: "updated_at", Operator: ">", Value: b.since}}
	if b.until > 0 {
		filters = append(filters, apiintercom.Filter{Field: "updated_at", Operator: "<", Value: b.until})
	}
	return apiintercom.All(filters...)
}

// rest is what is left of the span after a listing from first to last; false when nothing was won. The order is as asked
// for unless the listing shows another.
func (b span) rest(first, last int64, order string) (span, bool) {
	old := b
	if last > first || last == first && order == "ascending" {
		b.since = max(b.since, last-1)
	} else {
		b.until = last + 1
	}
	return b, b != old
}

// list reads all pages of a search and yields each conversation once. The paging keeps no snapshot (intercom-api.md 5):
// a conversation that moves while pages are turned can push another over a border. When fewer came than the desk
// counts, the pages are read once more. Where the desk follows a cursor no further, because it died or a search shows only
// so many (unknowns 7 and 16), a new search goes on from there. The clock is that of the first answer; zero when it told none.
func (s *Source) list(ctx context.Context, whole span, order string, yield func(sources.Listing) error) (time.Time, error) {
	var clock time.Time
	answered := false
	seen := map[mapping.Ref]mapping.Version{}
	for round := 1; ; round++ {
		bounds, pages, total := whole, 0, 0
		var first, last int64
		for over := false; !over; {
			turned := false
			var failed error // of who listens
			err := s.client.SearchPages(ctx, bounds.query(), apiintercom.Sort{Field: "updated_at", Order: order}, func(p apiintercom.Page) (bool, error) {
				if !answered {
					clock, answered = p.Time, true
				}
				for n, item := range p.Items {
					if last = item.UpdatedAt.Unix(); n == 0 && !turned {
						first = last
					}
					l := sources.Listing{Ref: mapping.Ref{Desk: wire.Desk, ID: mapping.ConversationID(item.ID)}, Version: item.Version(), Updated: item.UpdatedAt.Time}
					if old, ok := seen[l.Ref]; ok && old == l.Version {
						continue
					}
					seen[l.Ref] = l.Version
					if failed = yield(l); failed != nil {
						return false, failed
					}
				}
				pages, total, turned = pages+1, max(total, p.Total.N), true
				return true, nil
			})
			next, more := bounds.rest(first, last, order)
			switch {
			case err == nil:
				over = true
			case failed == nil && turned && last > 0 && more && lostPlace(err):
				bounds = next
			default:
				return clock, err
			}
		}
		if pages == 1 || round == 2 || len(seen) >= total {
			return clock, nil
		}
	}
}

// lostPlace reports whether the desk refuses a cursor.
func lostPlace(err error) bool {
	e, ok := errors.AsType[*api.Error](err)
	return ok && e.Class == api.Refused && e.Status == http.StatusBadRequest
}
