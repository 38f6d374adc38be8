package dashly

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
)

// VersionOf gives the canonical text of what both the listing and the full read show of a conversation's state: two
// equal texts mean that nothing has changed that a listing can show. last_update alone may move on replies only (U41).
// channel is false where listings do not show the channel.
func VersionOf(c Conversation, channel bool) mapping.Version {
	tags, _ := json.Marshal(tagsOf(c)) // strings always encode
	ch := ID("")
	if channel {
		ch = c.Channel.Value.ID
	}
	last := c.PartLast.Value
	return mapping.Version(fmt.Sprintf("d1 u=%s n=%d p=%s e=%s x=%t c=%t d=%s a=%s w=%s ch=%s t=%s",
		micros(c.LastUpdate), c.PartsCount, last.ID, micros(last.Edited), bool(c.Removed || last.Removed), bool(c.Closed),
		micros(c.DelayedUntil), c.Assignee.Value.ID, c.User.Value.ID, ch, tags))
}

func micros(t Time) string {
	if t.IsZero() {
		return ""
	}
	return fmt.Sprint(t.UnixMicro())
}

// fieldsOf gives the synchronised state. A delay that is over no longer counts; now is the desk's clock.
func fieldsOf(c Conversation, now time.Time) mapping.Fields {
	f := mapping.Fields{State: mapping.Open, Assignee: mapping.PersonID(c.Assignee.Value.ID), Team: string(c.Channel.Value.ID), Tags: tagsOf(c)}
	// A key that is not there, or an object without a readable id, is no channel that was taken away: only null, 0 and the
	// like are (dashly-api.md 7: channel is an optional field).
	f.TeamHidden = !c.Channel.Shown || c.Channel.OK && c.Channel.Value.ID == ""
	switch {
	case bool(c.Closed):
		f.State = mapping.Closed
	case !c.DelayedUntil.IsZero() && c.DelayedUntil.After(now):
		f.State, f.Until = mapping.Snoozed, c.DelayedUntil.Truncate(time.Second)
	}
	return f.Normal()
}

// tagsOf gives the tags as the desk spells them, outer white space included (U27): only so can they be taken away.
func tagsOf(c Conversation) []string {
	tags := []string{}
	for _, t := range c.Tags {
		if strings.TrimSpace(string(t)) != "" {
			tags = append(tags, string(t))
		}
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}
