package dashly

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"time"

	"github.com/deskbridge/deskbridge/mapping/dashly"
)

// zone is how far the clocks of a desk are ahead of UTC that tells times as text without a zone (dashly-api.md 9, U40).
type zone struct {
	busy  chan struct{} // holds one: who asks has it
	known bool
	ahead time.Duration
	until time.Time // then it is asked for again: clocks are changed twice a year
}

const (
	zoneStep  = 15 * time.Minute // all zones lie on a quarter of an hour
	zoneWest  = -12 * time.Hour
	zoneEast  = 14 * time.Hour
	zoneFresh = time.Hour
)

// timeline is a list that goes by last_update: its positions are seconds since 1970, whatever texts it shows.
type timeline struct {
	path  string
	query url.Values
}

// siteList is the list of the site's conversations, of those too that nobody is assigned to or that bear no tag (dashly-api.md
// 8.1, U17).
func (c *Client) siteList() timeline {
	return timeline{"/apps/" + c.app + "/conversations", url.Values{"include_not_assigned": {"true"}, "include_no_tags": {"true"}}}
}

// conversationTimes are all times of a conversation.
func conversationTimes(c *dashly.Conversation) []*dashly.Time {
	last := &c.PartLast.Value
	return []*dashly.Time{&c.Created, &c.LastUpdate, &c.DelayedUntil, &last.Created, &last.Edited}
}

// partTimes are all times of a part.
func partTimes(p *dashly.Part) []*dashly.Time { return []*dashly.Time{&p.Created, &p.Edited} }

// settleTimes makes times without a zone what they mean.
func (c *Client) settleTimes(ctx context.Context, lists []timeline, times []*dashly.Time) error {
	for _, t := range times {
		if !t.Local {
			continue
		}
		ahead, err := c.ahead(ctx, lists)
		if err != nil {
			return err
		}
		t.In(ahead)
	}
	return nil
}

// ahead finds the zone from what a list says itself: whether a conversation comes before a position tells what the text of
// its last_update means (dashly-api.md 6.1). It takes about ten reads, and five when nothing has changed since. While it
// cannot be told it is an error, so that no time is believed: one that is hours off would make live what is history.
func (c *Client) ahead(ctx context.Context, lists []timeline) (time.Duration, error) {
	z := &c.zone
	select {
	case z.busy <- struct{}{}:
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	defer func() { <-z.busy }()
	if z.known && time.Now().Before(z.until) {
		return z.ahead, nil
	}
	for _, l := range lists {
		for _, age := range []time.Duration{0, 0, 10 * time.Minute, time.Hour, 24 * time.Hour} { // the top may move all the time
			ahead, found, err := c.aheadOf(ctx, l, age)
			if err != nil {
				return 0, err
			}
			if found {
				z.known, z.ahead, z.until = true, ahead, time.Now().Add(zoneFresh)
				return ahead, nil
			}
		}
	}
	return 0, c.unusable("list conversations", "", errors.New("times without a zone, and no list tells which it is"))
}

// aheadOf asks a list about the newest of its conversations that is at least so old.
func (c *Client) aheadOf(ctx context.Context, l timeline, age time.Duration) (ahead time.Duration, found bool, err error) {
	var at time.Time
	if age > 0 {
		at = time.Now().Add(-age)
	}
	ref, err := c.newestBefore(ctx, l, at)
	if err != nil || !ref.LastUpdate.Local {
		return 0, false, err
	}
	ahead, found, err = c.bisect(ctx, l, ref.LastUpdate.Time)
	if err != nil || !found {
		return 0, false, err
	}
	again, err := c.newestBefore(ctx, l, at)
	return ahead, again.ID == ref.ID && again.LastUpdate == ref.LastUpdate, err // it has not moved meanwhile
}

// bisect finds by how much a text is ahead of the position at which its conversation stands in the list.
func (c *Client) bisect(ctx context.Context, l timeline, text time.Time) (ahead time.Duration, found bool, err error) {
	atLeast := func(ahead time.Duration) (bool, error) { // the conversation, or a newer one, stands before the position
		got, err := c.newestBefore(ctx, l, text.Add(-ahead+zoneStep/2))
		return got.LastUpdate.Local && !got.LastUpdate.Before(text), err
	}
	low, high := zoneWest, zoneEast+zoneStep // ahead by low at least, and by less than high
	if c.zone.known {
		low, high = c.zone.ahead, c.zone.ahead+zoneStep
	}
	c.zone.known = false
	above, err := atLeast(low)
	if err != nil || !above {
		return 0, false, err
	}
	if above, err = atLeast(high); err != nil || above { // another zone by now, or the list does not go by positions
		return 0, false, err
	}
	for high-low > zoneStep {
		middle := low + (high-low)/2/zoneStep*zoneStep
		if above, err = atLeast(middle); err != nil {
			return 0, false, err
		}
		if above {
			low = middle
		} else {
			high = middle
		}
	}
	// A page that left the conversation out looks like one before it: what says "less than that" is asked once more.
	above, err = atLeast(high)
	return low, !above, err
}

// newestBefore gives the newest conversation of a list, or the newest before a moment; none has no id. Its times are as the
// desk tells them.
func (c *Client) newestBefore(ctx context.Context, l timeline, at time.Time) (newest dashly.Conversation, err error) {
	const name = "list conversations"
	q := maps.Clone(l.query)
	if !at.IsZero() {
		q.Set("paginate_position", fmt.Sprintf("[%d.000000,1]", at.Unix()))
	}
	err = c.pages(ctx, name, "", l.path, q, 1, func(p page) (bool, error) {
		if len(p.items) == 0 {
			return true, nil
		}
		if newest, err = dashly.ParseConversation(p.items[0]); err != nil {
			return false, c.unusable(name, "", err)
		}
		return false, nil
	})
	return newest, err
}
