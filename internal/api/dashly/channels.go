package dashly

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"

	"github.com/deskbridge/deskbridge/mapping/dashly"
)

// Channels lists the channels of the site (dashly-api.md 8.15). Whether the list is paged is not documented (U36): it is
// followed while there is a cursor, and no length of a page is asked for.
func (c *Client) Channels(ctx context.Context) ([]dashly.Channel, error) {
	const name = "list channels"
	var out []dashly.Channel
	err := c.pages(ctx, name, "", "/apps/"+c.app+"/channels", url.Values{}, 0, func(p page) (bool, error) {
		for _, raw := range p.items {
			var ch dashly.Channel
			if json.Unmarshal(raw, &ch) != nil || ch.ID == "" {
				return false, c.unusable(name, "", errors.New("a channel without an id"))
			}
			out = append(out, ch)
		}
		return true, nil
	})
	return out, err
}
