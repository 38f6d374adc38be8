package dashly

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping/dashly"
)

// OwnFile downloads an attachment of at most so many bytes with the token, for links that answer 401 or 403 without one (U39).
// The link must be one that the desk itself gave: links out of texts are anybody's. It is Refused, and nothing leaves, for any
// host but those of the desk's files and for any path that may be one of the API. No redirect is followed, so that the token
// goes to nobody else. An answer that says no is about this file: it is Refused, never Denied. So is a file that is
// api.TooLarge, of which one byte too many is read.
func (c *Client) OwnFile(ctx context.Context, link string, most int64) (content []byte, mediaType string, err error) {
	const name = "fetch file"
	u, err := url.Parse(link)
	if err != nil || !c.owns(u) {
		return nil, "", c.refuse(name, "", "the token goes to the desk's own files only")
	}
	t, err := api.NewTransport(api.Options{
		Desk: string(dashly.Desk), BaseURL: u.Scheme + "://" + u.Host,
		Authorize: func(h http.Header) { h.Set("Authorization", "Token "+c.token) },
		HTTP:      c.http, Attempts: 2, Most: most + 1,
	})
	if err != nil {
		return nil, "", err
	}
	a, err := t.Do(ctx, api.Call{Name: name, Method: http.MethodGet, Path: u.EscapedPath(), Query: u.Query()})
	if e, ok := errors.AsType[*api.Error](err); ok && (e.Status/100 == 3 || slices.Contains(final, e.Status)) {
		refused := *e
		refused.Class, refused.Reason = api.Refused, fmt.Sprintf("HTTP %d", e.Status)
		return nil, "", &refused
	}
	if err != nil {
		return nil, "", err
	}
	if int64(len(a.Body)) > most {
		return nil, "", api.NewTooLarge(string(dashly.Desk), most, 0)
	}
	return a.Body, a.Header.Get("Content-Type"), nil
}

// final are the statuses that say no to a file.
var final = []int{http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusNotFound, http.StatusGone}

// fileHosts are the hosts of files that the documents name (dashly-api.md 8.17), by the domains of the brands (1). The hosts of
// their APIs serve no files.
var fileHosts = map[string][]string{
	"dashly.app":     {"files.dashly.app"},
	"dashly.io":      {"files.dashly.app"},
	"carrotquest.io": {"files.carrotquest.io", "files.carrotquest.app"}, "carrotquest.app": {"files.carrotquest.io", "files.carrotquest.app"},
}

// ownFolders are where files are looked for on a configured host that is neither brand's: one stands in for the API.
var ownFolders = []string{"files", "attachments"}

// owns reports whether a link is one that the token may go to. With a base URL of either brand these are the documented hosts
// of files, over https; with any other one, which may be a proxy on a domain that strangers share, folders of files on exactly
// that host.
func (c *Client) owns(u *url.URL) bool {
	first, rest := filePath(u)
	if u.User != nil || first == "" {
		return false
	}
	own := c.hostname()
	for domain, files := range fileHosts {
		if own == domain || strings.HasSuffix(own, "."+domain) {
			return u.Scheme == "https" && slices.Contains(files, u.Host)
		}
	}
	return u.Scheme == c.scheme && u.Host == c.Host() && slices.Contains(ownFolders, first) && rest != ""
}

// hostname is the host of the base URL in its plain spelling, without a port.
func (c *Client) hostname() string {
	name := c.Host()
	if h, _, err := net.SplitHostPort(name); err == nil {
		name = h
	}
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

var (
	// apiPath is a first element below which the API is, or may be (dashly-api.md 1, 8): a version, or what its paths begin with.
	apiPath = regexp.MustCompile(`^(v[0-9][0-9.]*|api|apps|auth|conversations|users)$`)
	plain   = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]*$`)
	// coded is what a second decoding would change.
	coded = regexp.MustCompile(`(?i)%([0-9a-f]{2}|u)`)
)

// filePath is the path of a file, as its first element, in small letters, and what follows. An empty one: the path is one of
// the API, or another server may read it as another one, for it has dots, doubled, hidden or reversed slashes, or codes within
// codes.
func filePath(u *url.URL) (first, rest string) {
	p := u.Path
	switch {
	case u.Opaque != "", path.Clean(p) != p, strings.Count(p, "/") != strings.Count(u.EscapedPath(), "/"),
		strings.Contains(p, `\`), strings.ContainsFunc(p, unicode.IsControl), coded.MatchString(p):
		return "", ""
	}
	first, rest, _ = strings.Cut(strings.TrimPrefix(p, "/"), "/")
	if first = strings.ToLower(first); !plain.MatchString(first) || apiPath.MatchString(first) {
		return "", ""
	}
	return first, rest
}
