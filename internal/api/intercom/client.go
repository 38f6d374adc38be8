// Package intercom is a typed client of Intercom's REST API: the calls that a bridge needs, each with its reach.
package intercom

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/deskbridge/deskbridge/internal/api"
	wire "github.com/deskbridge/deskbridge/mapping/intercom"
)

// Options of a Client.
type Options struct {
	Region        string // us, eu or au; empty with a BaseURL
	BaseURL       string // instead of a region
	Token         string
	Version       string // "2.7" to "2.16"; sent with every call, because an app's own setting may change (intercom-api.md 1.1)
	AutomationOff bool   // confirms that the automation is off: historic quiet writes may leave
	Rating        string // the attribute of conversations that is read as their rating; empty: none
	Backlink      string // the one that names the copy; empty: none
	HTTP          *http.Client
	Timeout       time.Duration // of one attempt; 0: 60 s
	Attempts      int           // of a call that certainly did not happen; 0: 4
	// Jitter picks a time below n, for the pause before a repetition; nil: at random.
	Jitter func(n time.Duration) time.Duration
	// Seen is told of every request that was made, by several goroutines at once; may be nil.
	Seen func(api.Attempt)
}

// Client speaks to one workspace. Its methods may be called by several goroutines. Every error is an *api.Error.
type Client struct {
	t       *api.Transport
	version string
	// rating and backlink are attributes of conversations; empty: not read.
	rating, backlink string
	minor            int
	address          string
	app              atomic.Int32
	heirs            heirs
}

var regions = map[string]string{"us": "https://api.intercom.io", "eu": "https://api.eu.intercom.io", "au": "https://api.au.intercom.io"}

// New checks the options; it makes no call.
func New(o Options) (*Client, error) {
	refused := func(reason string) error {
		return &api.Error{Class: api.Refused, Desk: string(wire.Desk), Call: "connect", Reason: reason}
	}
	base := o.BaseURL
	switch {
	case base != "" && o.Region != "":
		return nil, refused("region and base URL exclude each other")
	case base == "":
		if base = regions[cmp.Or(o.Region, "us")]; base == "" {
			return nil, refused("unknown region: use us, eu or au")
		}
	}
	if o.Token == "" || strings.ContainsAny(o.Token, " \t\r\n") {
		return nil, refused("the access token is empty or has spaces in it")
	}
	minor, err := wire.Minor(o.Version)
	if err != nil {
		return nil, refused(err.Error())
	}
	t, err := api.NewTransport(api.Options{
		Desk:    string(wire.Desk),
		BaseURL: base,
		Authorize: func(h http.Header) {
			h.Set("Authorization", "Bearer "+o.Token)
			h.Set("Intercom-Version", o.Version)
			h.Set("Accept", "application/json")
		},
		Limiter:       rate.NewLimiter(150, 30), // below the 10,000 a minute of an app; the quota headers do the rest
		Pace:          pace,
		Explain:       explain,
		AutomationOff: o.AutomationOff,
		HTTP:          followable(o.HTTP),
		Timeout:       o.Timeout,
		Attempts:      o.Attempts,
		Jitter:        o.Jitter,
		Seen:          o.Seen,
	})
	if err != nil {
		return nil, err
	}
	return &Client{t: t, version: o.Version, rating: o.Rating, backlink: o.Backlink, minor: minor, address: addressOf(base)}, nil
}

// Count gives the calls made so far.
func (c *Client) Count() api.Counts { return c.t.Count() }

// Host is the host and port that the calls go to.
func (c *Client) Host() string { return c.t.Host() }

// Version is the pinned API version.
func (c *Client) Version() string { return c.version }

// Since reports whether the pinned version is 2.minor or later.
func (c *Client) Since(minor int) bool { return c.minor >= minor }

// What was seen of app_package_code on something that an app, or the bridge, wrote.
const (
	appUnseen int32 = iota
	appNamed
	appUnnamed
)

// NamesApp reports whether the desk was seen to name the app of what an app writes, as is documented (intercom-api.md
// 8.1). Until then a null proves no human.
func (c *Client) NamesApp() bool { return c.app.Load() == appNamed }

// SawApp tells whether something that the bridge wrote bore a code. One that did proves it for good.
func (c *Client) SawApp(named bool) {
	if named {
		c.app.Store(appNamed)
	} else {
		c.app.CompareAndSwap(appUnseen, appUnnamed)
	}
}

// Act is what every write states: whom it reaches, and whether it is history. The transport refuses what would hurt.
type Act struct {
	Reach    api.Reach
	Historic bool
}

// pace spends the whole budget of a window and waits for the next one when nothing remains. The headers may be absent.
// The end of the window is told by the desk's clock, so it is taken relative to the answer's Date (intercom-api.md 3).
func pace(h http.Header, now time.Time) time.Time {
	left, err := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	if err != nil || left > 0 {
		return time.Time{}
	}
	reset, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil {
		return time.Time{}
	}
	desk := now
	if at, err := http.ParseTime(h.Get("Date")); err == nil {
		desk = at
	}
	wait := time.Unix(reset, 0).Sub(desk)
	if wait <= 0 {
		return time.Time{}
	}
	return now.Add(min(wait, time.Minute))
}

// explain reads an error.list; very old payloads say "type" for "code". Anything else explains nothing.
func explain(_ int, body []byte) (code, message string) {
	var list struct {
		Errors []struct {
			Code    wire.Text `json:"code"`
			Type    wire.Text `json:"type"`
			Message wire.Text `json:"message"`
		} `json:"errors"`
	}
	if json.Unmarshal(body, &list) != nil || len(list.Errors) == 0 {
		return "", ""
	}
	e := list.Errors[0]
	return string(cmp.Or(e.Code, e.Type)), string(e.Message)
}

// followable makes the canonical id of a merged contact, which the desk names in a Link header only, part of the error
// body, where Explain finds it (intercom-api.md 11).
func followable(c *http.Client) *http.Client {
	if c == nil {
		c = &http.Client{}
	}
	own := *c
	next := c.Transport
	if next == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 16 // many pairs are worked on at once
		next = t
	}
	own.Transport = canonical{next: next}
	return &own
}

type canonical struct{ next http.RoundTripper }

var canonicalLink = regexp.MustCompile(`<[^>]*/contacts/([0-9A-Za-z_-]+)>;\s*rel="?canonical"?`)

func (c canonical) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := c.next.RoundTrip(r)
	if err != nil || res.StatusCode != http.StatusGone {
		return res, err
	}
	if m := canonicalLink.FindStringSubmatch(res.Header.Get("Link")); m != nil {
		res.Body.Close()
		body := []byte(`{"type":"error.list","errors":[{"code":"contact_merged","message":"id=` + m[1] + `"}]}`)
		res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		res.Header.Del("Content-Length")
	}
	return res, nil
}

// call sends one call and decodes a JSON answer into out, when out is not nil. Of a write whose answer is not looked at it has to
// be an object all the same, or nothing: somebody else's page tells nothing of what was done.
func (c *Client) call(ctx context.Context, call api.Call, in, out any) (*api.Answer, error) {
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, &api.Error{Class: api.Refused, Desk: string(wire.Desk), Call: call.Name, Ref: call.Ref, Err: err}
		}
		call.Body, call.ContentType = b, "application/json"
	}
	a, err := c.t.Do(ctx, call)
	if err != nil {
		return nil, err
	}
	understood := true
	switch {
	case out != nil: // the parser's message quotes what it could not read: it stays here
		understood = json.Unmarshal(a.Body, out) == nil
	case call.Write:
		text := bytes.TrimSpace(a.Body)
		understood = len(text) == 0 || text[0] == '{' && json.Valid(text)
	}
	if !understood {
		return nil, c.t.Unusable(call, fmt.Errorf("%d bytes are not the JSON expected", len(a.Body)))
	}
	return a, nil
}

func write(name, ref, method, path string, act Act) api.Call {
	return api.Call{Name: name, Ref: ref, Method: method, Path: path, Write: true, Reach: act.Reach, Historic: act.Historic}
}

func read(name, ref, path string) api.Call {
	return api.Call{Name: name, Ref: ref, Method: http.MethodGet, Path: path}
}

func seg(id string) string { return url.PathEscape(id) }

// refused is an error of a call that was never made.
func refused(call, ref, code, reason string) error {
	return &api.Error{Class: api.Refused, Desk: string(wire.Desk), Call: call, Ref: ref, Code: code, Reason: reason}
}

// addressOf completes a base URL's host with the port that its scheme implies.
func addressOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// Address is the base URL's "host:port", which a file fetcher may allow.
func (c *Client) Address() string { return c.address }
