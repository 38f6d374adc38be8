package dashly

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping/dashly"
)

// OwnFile downloads a file of the desk with the token, for links that answer 401 or 403 without one (U39). It is Refused
// for any host but the API's own and, over https, its sisters (files.dashly.app of api.dashly.app), and it follows no
// redirect, so that the token goes to nobody else.
func (c *Client) OwnFile(ctx context.Context, link string) (content []byte, mediaType string, err error) {
	const name = "fetch file"
	u, err := url.Parse(link)
	if err != nil || !c.owns(u) {
		return nil, "", c.refuse(name, "", "the token goes to the desk's own hosts only")
	}
	t, err := api.NewTransport(api.Options{
		Desk: string(dashly.Desk), BaseURL: u.Scheme + "://" + u.Host,
		Authorize: func(h http.Header) { h.Set("Authorization", "Token "+c.token) },
		HTTP:      c.http, Attempts: 2,
	})
	if err != nil {
		return nil, "", err
	}
	a, err := t.Do(ctx, api.Call{Name: name, Method: http.MethodGet, Path: u.EscapedPath(), Query: u.Query()})
	if err != nil {
		return nil, "", err
	}
	return a.Body, a.Header.Get("Content-Type"), nil
}

func (c *Client) owns(u *url.URL) bool {
	if u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	if u.Host == c.Host() {
		return u.Scheme == c.scheme
	}
	host, _, err := net.SplitHostPort(c.Host())
	if err != nil {
		host = c.Host()
	}
	labels := strings.Split(host, ".")
	if net.ParseIP(host) != nil || len(labels) < 3 || u.Scheme != "https" || u.Port() != "" {
		return false
	}
	return strings.HasSuffix(u.Host, "."+strings.Join(labels[len(labels)-2:], "."))
}
