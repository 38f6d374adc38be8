package dashly

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"

	"github.com/deskbridge/deskbridge/mapping/dashly"
)

// Channels lists the site's channels, each once (dashly-api.md 8.15). Whether the list is paged is not documented (U36):
// no size is asked for, and a cursor that is there is followed.
func (c *Client) Channels(ctx context.Context) (out []dashly.Channel, err error) {
	const name = "list channels"
	err = c.pages(ctx, name, "", "/apps/"+c.app+"/channels", url.Values{}, 0, func(p page) (bool, error) {
		for _, raw := range p.items {
			var ch dashly.Channel
			if json.Unmarshal(raw, &ch) != nil || ch.ID == "" {
				return false, c.unusable(name, "", errors.New("a channel without an id"))
			}
			if !slices.ContainsFunc(out, func(o dashly.Channel) bool { return o.ID == ch.ID }) {
				out = append(out, ch)
			}
		}
		return true, nil
	})
	return out, err
}
