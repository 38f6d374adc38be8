package dashly

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/api"
)

// conversation is what the probes look at of a header.
type conversation struct {
	ID            text            `json:"id"`
	Created       json.RawMessage `json:"created"`
	LastUpdate    json.RawMessage `json:"last_update"`
	Replied       *bool           `json:"replied"`
	Removed       json.RawMessage `json:"removed"`
	PartsCount    int             `json:"parts_count"`
	Assignee      json.RawMessage `json:"assignee"`
	User          json.RawMessage `json:"user"`
	Channel       json.RawMessage `json:"channel"`
	Tags          []string        `json:"tags"`
	RecipientType string          `json:"recipient_type"`
	PartLast      *part           `json:"part_last"`
	ReplyLast     *part           `json:"reply_last"`
}

// part is what the probes look at of a part.
type part struct {
	ID          text            `json:"id"`
	Created     json.RawMessage `json:"created"`
	Type        string          `json:"type"`
	From        json.RawMessage `json:"from"`
	SentVia     string          `json:"sent_via"`
	Body        string          `json:"body"`
	ExternalID  text            `json:"external_id"`
	Attachments []struct {
		URL string `json:"url"`
	} `json:"attachments"`
	own   bool // the store knows it as the bridge's
	first bool // of the oldest second that was read: it may be an opening
}

// text is an id: a string or a number, with all its digits. Anything else is empty.
type text string

// UnmarshalJSON never fails.
func (t *text) UnmarshalJSON(b []byte) error {
	*t = ""
	if s := strings.Trim(string(b), `"`); s != "null" && !strings.ContainsAny(s, "{[") {
		*t = text(s)
	}
	return nil
}

// stamp reads a time, and tells its form: seconds, microseconds or text (dashly-api.md 9, U40).
func stamp(raw json.RawMessage) (time.Time, string) {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999"} {
			if at, err := time.Parse(layout, s); err == nil {
				return at, "text"
			}
		}
		raw = json.RawMessage(s)
	}
	n, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || n <= 0 {
		return time.Time{}, ""
	}
	form := "seconds"
	if strings.Contains(string(raw), ".") {
		form = "microseconds"
	}
	return time.UnixMicro(int64(n * 1e6)), form
}

// shape is what an author looks like.
func shape(raw json.RawMessage) string {
	var who struct {
		ID text `json:"id"`
	}
	switch s := strings.TrimSpace(string(raw)); {
	case s == "" || s == "null":
		return "nobody"
	case !strings.HasPrefix(s, "{"):
		return "a bare id"
	case json.Unmarshal(raw, &who) == nil && who.ID != "":
		return "the person"
	}
	return "the site"
}

// status is the HTTP status of a refusal, 0 of anything else.
func status(err error) (int, string) {
	if e, ok := errors.AsType[*api.Error](err); ok {
		return e.Status, e.Code
	}
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.code, ""
	}
	return 0, ""
}

// nameless tells who is shown without a name: nobody at all, or an id alone. It is empty where there is a name.
func nameless(raw json.RawMessage) string {
	var who struct {
		Name string `json:"name"`
	}
	if _ = json.Unmarshal(raw, &who); who.Name != "" {
		return ""
	}
	if is := shape(raw); is != "the person" {
		return is
	}
	return "a bare id"
}
