package dashly

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/deskbridge/deskbridge/mapping/dashly"
)

// Event is a dated event of a user (dashly-api.md 8.14). With a time of creation it triggers no automation.
type Event struct {
	Name    string // 1 to 255 characters
	Created time.Time
	Params  map[string]string
}

// RecordEvent records an event and gives its id, empty when the answer names none. Nothing makes a repetition one event:
// look with FindEvent before.
func (c *Client) RecordEvent(ctx context.Context, user string, e Event, w Write) (string, error) {
	const name = "record event"
	if e.Name == "" || e.Created.IsZero() {
		return "", c.refuse(name, UserRef{ID: user}.ref(), "it needs a name and a time")
	}
	params, err := json.Marshal(e.Params)
	if err != nil {
		return "", c.refuse(name, UserRef{ID: user}.ref(), "a parameter is no text")
	}
	f := form{{"event", e.Name}, {"params", string(params)}, {"created", strconv.FormatInt(e.Created.Unix(), 10)}}
	a, err := c.post(ctx, name, UserRef{ID: user}.ref(), http.MethodPost, UserRef{ID: user}.path("/events"), f, fileFields{}, w)
	if ids := receipt(a); len(ids) > 0 {
		return ids[0], err
	}
	return "", err
}

// FindEvent looks among a user's events of one name for the one with the given parameter, and gives its id.
func (c *Client) FindEvent(ctx context.Context, user, event, key, value string) (id string, found bool, err error) {
	const name = "list events"
	q := url.Values{"filter_name": {event}, "props_as_string": {"true"}}
	err = c.pages(ctx, name, UserRef{ID: user}.ref(), UserRef{ID: user}.path("/events"), q, PageMax, func(p page) (bool, error) {
		for _, raw := range p.items {
			var e struct {
				ID    dashly.ID       `json:"id"`
				Props json.RawMessage `json:"props"`
			}
			if err := json.Unmarshal(raw, &e); err != nil || e.ID == "" {
				return false, c.unusable(name, UserRef{ID: user}.ref(), errors.New("an event without an id"))
			}
			var props map[string]any
			if json.Unmarshal(e.Props, &props) == nil && props[key] == value {
				id, found = string(e.ID), true
				return false, nil
			}
		}
		return true, nil
	})
	return id, found, err
}
