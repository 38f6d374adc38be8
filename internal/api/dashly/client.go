// Package dashly is the typed client of the Dashly (Carrot quest) Web API, version 2.
package dashly

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping/dashly"
)

// Options of a client.
type Options struct {
	BaseURL string // without a version path it gets /v2 (dashly-api.md 1)
	Token   string
	App     string  // the site's id; empty: SelfApp
	MaxRate float64 // calls a second; 0: 2 (dashly-api.md 5)
	// AutomationOff confirms that the desk's automation is switched off: historic quiet writes are allowed.
	AutomationOff bool
	HTTP          *http.Client
	Timeout       time.Duration // of one attempt; 0: 60 s
	Attempts      int           // for calls that certainly did not happen; 0: 4
	// Jitter picks a time below n, for the pause before a repetition; nil: at random.
	Jitter func(n time.Duration) time.Duration
	// Seen is told of every request that was made, by several goroutines at once; may be nil.
	Seen func(api.Attempt)
}

// Client calls Dashly, one call at a time (dashly-api.md 5). It is safe for concurrent use.
type Client struct {
	transport *api.Transport
	token     string
	scheme    string
	http      *http.Client
	app       string
	answered  atomic.Bool // some call succeeded: the base URL is right

	mu    sync.Mutex
	heirs map[string]string
	zone  zone
}

var (
	versionPath = regexp.MustCompile(`/v([0-9]+)(\.[0-9]+)*$`)
	appForm     = regexp.MustCompile(`^(\$self_app|[1-9][0-9]{0,19})$`)
)

// New checks the options. It makes no call.
func New(o Options) (*Client, error) {
	wrong := func(reason string) error {
		return &api.Error{Class: api.Refused, Desk: string(dashly.Desk), Call: "connect", Code: "config", Reason: reason}
	}
	if o.App == "" {
		o.App = SelfApp
	}
	base := strings.TrimRight(o.BaseURL, "/")
	switch m := versionPath.FindStringSubmatch(base); {
	case m == nil:
		base += "/v2"
	case m[1] != "2":
		return nil, wrong("the bridge speaks version 2: leave the version out of the base URL, or end it in /v2")
	}
	switch {
	case strings.TrimSpace(o.Token) == "" || strings.ContainsAny(o.Token, " \t\r\n"):
		return nil, wrong("the token is empty or has white space in it")
	case !appForm.MatchString(o.App):
		return nil, wrong("app_id is neither $self_app nor a number")
	}
	if o.MaxRate <= 0 {
		o.MaxRate = 2
	}
	token := o.Token
	t, err := api.NewTransport(api.Options{
		Desk: string(dashly.Desk), BaseURL: base,
		Authorize: func(h http.Header) { h.Set("Authorization", "Token "+token) },
		Limiter:   rate.NewLimiter(rate.Limit(o.MaxRate), 1), OneAtOnce: true,
		Explain:       func(_ int, body []byte) (string, string) { return explain(body, token) },
		AutomationOff: o.AutomationOff, HTTP: o.HTTP, Timeout: o.Timeout, Attempts: o.Attempts, Jitter: o.Jitter, Seen: o.Seen,
	})
	if err != nil {
		return nil, err
	}
	scheme, _, _ := strings.Cut(base, "://")
	return &Client{transport: t, token: token, scheme: scheme, http: o.HTTP, app: o.App, zone: zone{busy: make(chan struct{}, 1)}}, nil
}

// SelfApp stands for the site of the token, where paths take it (U4).
const SelfApp = "$self_app"

// App is the configured site.
func (c *Client) App() string { return c.app }

// Host is the host (and port, where the base URL has one) that the calls go to.
func (c *Client) Host() string { return c.transport.Host() }

// Count gives the calls made so far.
func (c *Client) Count() api.Counts { return c.transport.Count() }

// meta is the head of every answer (dashly-api.md 4). The cursors stay raw JSON text (dashly-api.md 6.1).
type meta struct {
	Status     dashly.Count    `json:"status"`
	Error      dashly.Text     `json:"error"`
	Message    dashly.Text     `json:"error_message"`
	NextBefore json.RawMessage `json:"next_before_position"`
	NextAfter  json.RawMessage `json:"next_after"` // U13
	// Ignored are operations on properties that were not made, with their reasons (dashly-api.md 8.13).
	Ignored dashly.List[struct{}] `json:"ignored_operations"`
}

type envelope struct {
	Meta *meta           `json:"meta"`
	Data json.RawMessage `json:"data"`
}

// answer is a successful answer.
type answer struct {
	envelope
	time time.Time // the desk's clock, zero when it did not tell
}

// explain reads the desk's own name and words of an error; a body that is not JSON tells nothing (U9).
func explain(body []byte, token string) (code, message string) {
	var e envelope
	if json.Unmarshal(body, &e) != nil || e.Meta == nil {
		return "", ""
	}
	if codeForm.MatchString(string(e.Meta.Error)) && !strings.Contains(string(e.Meta.Error), token) {
		code = string(e.Meta.Error)
	}
	return code, strings.ReplaceAll(string(e.Meta.Message), token, "…")
}

var codeForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,59}$`)

// do sends a call and checks the status of the envelope as well as that of HTTP.
func (c *Client) do(ctx context.Context, call api.Call) (*answer, error) {
	raw, err := c.transport.Do(ctx, call)
	if err != nil {
		return nil, c.sharpen(err)
	}
	var e envelope
	if err := json.Unmarshal(raw.Body, &e); err != nil {
		return nil, c.transport.Unusable(call, fmt.Errorf("no JSON of %d bytes", len(raw.Body)))
	}
	if e.Meta == nil || e.Meta.Status == 0 {
		return nil, c.transport.Unusable(call, errors.New("no status in it"))
	}
	if e.Meta.Status != http.StatusOK {
		return nil, c.sharpen(c.disguised(call, raw, e))
	}
	c.answered.Store(true)
	return &answer{envelope: e, time: raw.Time}, nil
}

// disguised makes an error of an answer whose envelope contradicts its HTTP status.
func (c *Client) disguised(call api.Call, raw *api.Answer, e envelope) *api.Error {
	out := &api.Error{Class: api.Refused, Desk: string(dashly.Desk), Call: call.Name, Ref: call.Ref, Status: int(e.Meta.Status)}
	out.Code, out.Reason = explain(raw.Body, c.token)
	out.Reason = api.Redact(out.Reason)
	switch s := out.Status; {
	case s == http.StatusTooManyRequests:
		out.Class, out.RetryAfter = api.TryLater, api.RetryAfter(raw.Header, time.Now())
	case s == http.StatusUnauthorized || s == http.StatusForbidden:
		out.Class = api.Denied
	case s < 400 || s >= 500:
		out.Class = api.TryLater
		if call.Write {
			out.Class = api.MayHaveHappened
		}
	}
	return out
}

// sharpen tells a missing object from a missing path. An unknown id is LookupError with status 400 (dashly-api.md 4);
// 404 means that the path is wrong, unless another call has shown that the paths are right (U19).
func (c *Client) sharpen(err error) error {
	e, ok := errors.AsType[*api.Error](err)
	if !ok || e.Class != api.Refused || e.Status == 0 {
		return err
	}
	e.NotFound = e.Code == "LookupError" || e.Status == http.StatusGone ||
		e.Status == http.StatusNotFound && c.answered.Load()
	return e
}

func (c *Client) get(ctx context.Context, name, ref, path string, query url.Values) (*answer, error) {
	query.Set("id_as_string", "true")
	return c.do(ctx, api.Call{Name: name, Ref: ref, Method: http.MethodGet, Path: path, Query: query})
}

// page is one page of a list.
type page struct {
	items []json.RawMessage
	next  string // raw JSON text of the cursor; empty at the end
	time  time.Time
	blind string // the bare time that an empty page has for a cursor: what else changed at that moment is not listed
}

// maxEmpty is how many empty pages in a row a list may have before its end.
const maxEmpty = 200

// pages walks a list from its top. It stops at the end of the list (a null or missing cursor, a cursor that was there
// before: U12), or when visit says so. An empty page with a new cursor is not the end: the desk may filter pages after it
// has cut them. size bounds a page, at most 50; 0 asks for no length.
func (c *Client) pages(ctx context.Context, name, ref, path string, query url.Values, size int, visit func(page) (bool, error)) error {
	seen, empty := map[string]bool{"": true}, 0
	if size > 0 {
		query.Set("paginate_count", fmt.Sprint(size))
	}
	for {
		a, err := c.get(ctx, name, ref, path, query)
		if err != nil {
			return err
		}
		p := page{time: a.time}
		if p.items, err = elements(a.Data); err != nil {
			return c.unusable(name, ref, err)
		}
		if empty++; len(p.items) > 0 {
			empty = 0
		}
		if p.next, err = cursor(a.Meta, p.items); err != nil {
			return c.unusable(name, ref, err)
		}
		if moment, ok := strings.CutSuffix(p.next, noID); ok && len(p.items) == 0 {
			p.blind = moment[1:]
		}
		more, err := visit(p)
		if err != nil || !more || seen[p.next] {
			return err
		}
		if empty > maxEmpty {
			return c.unusable(name, ref, errors.New("the list does not end"))
		}
		seen[p.next] = true
		query.Set("paginate_position", p.next)
	}
}

// elements are those of a list. One without any is an array, too: what is missing or null in its place is no answer about
// what there is, and not the end of a list, however that is shown in meta (dashly-api.md 6.1, U12).
func elements(data json.RawMessage) (items []json.RawMessage, err error) {
	if json.Unmarshal(data, &items) != nil || items == nil {
		return nil, errors.New("no list in it")
	}
	return items, nil
}

// noID ends a position that is made of a bare time where no element tells an id.
const noID = ",0]"

// cursor finds the position of the next page. A bare time, the cursor of version 1 that still stands in one sample
// (U13), is made complete with the id of the last element, or with none where the page is empty. What is no position is
// an error, so that no page is taken for the last by mistake.
func cursor(m *meta, items []json.RawMessage) (string, error) {
	for _, raw := range []json.RawMessage{m.NextBefore, m.NextAfter} {
		s := string(bytes.TrimSpace(raw))
		if strings.HasPrefix(s, "[") {
			if strings.TrimSpace(strings.Trim(s, "[]")) == "" {
				continue
			}
			form := positionForm.FindStringSubmatch(s)
			if form == nil {
				return "", errors.New("the paging is of an unknown form")
			}
			if form[1] != "" { // a time as text goes back as the number that is documented
				s = strings.Replace(s, `"`+form[1]+`"`, form[1], 1)
			}
			return s, nil
		}
		s = strings.Trim(s, `"`)
		if bareTime.MatchString(s) && len(items) == 0 {
			return "[" + s + noID, nil
		}
		if bareTime.MatchString(s) {
			if last, err := dashly.ParseConversation(items[len(items)-1]); err == nil && last.ID.IsNumber() {
				return "[" + s + "," + string(last.ID) + "]", nil
			}
		}
	}
	return "", nil
}

var (
	bareTime = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
	// positionForm has a time and an id, or an id alone (dashly-api.md 6.1); either may be text (U7).
	positionForm = regexp.MustCompile(`^\[\s*(?:(?:"([0-9.eE+-]+)"|[0-9.eE+-]+)\s*,\s*)?"?[0-9]+"?\s*\]$`)
)

func (c *Client) unusable(name, ref string, err error) error {
	return c.transport.Unusable(api.Call{Name: name, Ref: ref}, err)
}
