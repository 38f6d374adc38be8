package api

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/deskbridge/deskbridge/internal/host"
	"github.com/deskbridge/deskbridge/mapping"
)

// Fetcher downloads files that desks point at. It follows links of strangers, so it fetches only http(s) from public
// addresses, checks each redirect, and bounds size and time. Credentials never travel with it.
type Fetcher struct {
	client *http.Client
	allow  map[string]bool // "host:port", by plain names
}

// NewFetcher allows the given hosts besides the public ones: a desk's own, and those of files.allow. Each is written as
// host.Parse reads it, and one that it cannot read allows nothing. A host is allowed by the name that a link gives it,
// whatever address that name has; no other name of the same address is.
func NewFetcher(allow ...string) *Fetcher {
	f := &Fetcher{allow: map[string]bool{}}
	for _, text := range allow {
		addresses, _ := host.Parse(text)
		for _, a := range addresses {
			f.allow[a] = true
		}
	}
	dial := &net.Dialer{Timeout: 10 * time.Second, ControlContext: func(ctx context.Context, _, address string, _ syscall.RawConn) error {
		if ctx.Value(allowedHost{}) != nil {
			return nil
		}
		if ap, err := netip.ParseAddrPort(address); err != nil || !public(ap.Addr()) {
			return errPrivate
		}
		return nil
	}}
	f.client = &http.Client{
		Timeout:   2 * time.Minute,
		Transport: &http.Transport{DialContext: f.dialer(dial), Proxy: nil, DisableKeepAlives: true, ResponseHeaderTimeout: 30 * time.Second},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > 5 || (r.URL.Scheme != "http" && r.URL.Scheme != "https") || r.URL.Host == "" {
				return errRedirect
			}
			return f.admits(r.URL)
		},
	}
	return f
}

var (
	errPrivate  = errors.New("not a public address")
	errRedirect = errors.New("redirect refused")
)

// admits refuses, before anything leaves, a host that is written as an address which is not public, in whatever spelling.
// What a name resolves to is seen when the connection is made.
func (f *Fetcher) admits(u *url.URL) error {
	name := host.Plain(u.Hostname())
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	switch a, err := netip.ParseAddr(name); {
	case f.allow[net.JoinHostPort(name, port)]:
		return nil
	case err == nil && !public(a), err != nil && host.Numeric(name), name == "localhost", strings.HasSuffix(name, ".localhost"):
		return errPrivate
	}
	return nil
}

// Via replaces the way to the hosts, checks of resolved addresses included: for desks that live in the same process.
func (f *Fetcher) Via(rt http.RoundTripper) { f.client.Transport = rt }

type allowedHost struct{}

func (f *Fetcher) dialer(d *net.Dialer) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if name, port, err := net.SplitHostPort(address); err == nil && f.allow[net.JoinHostPort(host.Plain(name), port)] {
			ctx = context.WithValue(ctx, allowedHost{}, true)
		}
		return d.DialContext(ctx, network, address)
	}
}

// special are ranges that are no public hosts, or that lead to IPv4 addresses which need not be (RFC 6890 and the
// registries of special-purpose addresses at IANA).
var special = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10",
)

func prefixes(texts ...string) (out []netip.Prefix) {
	for _, t := range texts {
		out = append(out, netip.MustParsePrefix(t))
	}
	return out
}

func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast() &&
		!slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) })
}

// TooLarge is why a file was not read to its end: it has more bytes than whoever asked for it can use. The Error around it
// is Refused; a new link or another try would not help.
type TooLarge struct {
	Most int64 // the bytes that were asked for at most
	Size int64 // the bytes of the file, as its server tells; 0: it does not
}

func (e *TooLarge) Error() string { return fmt.Sprintf("larger than %d bytes", e.Most) }

// NewTooLarge is the Error about a file of a desk that has more than most bytes; of how many is size, 0 where nobody tells.
func NewTooLarge(desk string, most, size int64) *Error {
	return &Error{Class: Refused, Desk: desk, Call: "fetch file", Err: &TooLarge{Most: most, Size: size}}
}

// Fetch downloads one file of at most so many bytes, without credentials. Each redirect is judged as the link was.
// Refused: the link is dead or private, or the file is TooLarge, of which one byte too many is read at most.
// TryLater: anything that may pass.
func (f *Fetcher) Fetch(ctx context.Context, desk, link string, most int64) ([]byte, string, error) {
	fail := func(class Class, reason string) error {
		return &Error{Class: class, Desk: desk, Call: "fetch file", Reason: reason}
	}
	u, err := url.Parse(link)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, "", fail(Refused, "not an http(s) address")
	}
	if err := f.admits(u); err != nil {
		return nil, "", fail(Refused, err.Error())
	}
	stopped := func(err error) error { return &Error{Class: Stopped, Desk: desk, Call: "fetch file", Err: err} }
	if err := permitted(ctx); err != nil {
		return nil, "", stopped(err)
	}
	ctx, refused, end := guarded(ctx)
	defer end()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, "", fail(Refused, "not an http(s) address")
	}
	res, err := f.client.Do(req)
	if err != nil {
		if why := refused(); why != nil {
			return nil, "", stopped(why)
		}
		if ctx.Err() != nil {
			return nil, "", stopped(ctx.Err())
		}
		for _, why := range []error{errPrivate, errRedirect} {
			if errors.Is(err, why) {
				return nil, "", fail(Refused, why.Error())
			}
		}
		if e, ok := errors.AsType[*net.DNSError](err); ok && e.IsNotFound {
			return nil, "", fail(Refused, "there is no such host")
		}
		return nil, "", fail(TryLater, plain(err).Error())
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusTooManyRequests || res.StatusCode >= 500:
		return nil, "", fail(TryLater, fmt.Sprintf("HTTP %d", res.StatusCode))
	case res.StatusCode != http.StatusOK:
		return nil, "", fail(Refused, fmt.Sprintf("HTTP %d", res.StatusCode))
	}
	if res.ContentLength > most {
		return nil, "", NewTooLarge(desk, most, res.ContentLength)
	}
	switch body, err := io.ReadAll(io.LimitReader(res.Body, most+1)); {
	case err != nil:
		return nil, "", fail(TryLater, plain(err).Error())
	case int64(len(body)) > most:
		return nil, "", NewTooLarge(desk, most, 0)
	default:
		return body, res.Header.Get("Content-Type"), nil
	}
}

// isPage reports whether a download is a web page although the file is none: a sign-in page, or one that says that the
// link is dead.
func isPage(f mapping.File, content []byte, kind string) bool {
	if isHTML(f.Type) || strings.HasPrefix(strings.ToLower(path.Ext(f.Name)), ".htm") {
		return false
	}
	return looksLikePage(content, kind)
}

func looksLikePage(content []byte, kind string) bool {
	return isHTML(kind) && isHTML(http.DetectContentType(content))
}

func isHTML(kind string) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(kind)), "text/html")
}

// Whole fetches a file, or reads one that is its own address (RFC 2397), if that has at most so many bytes.
// A download may be cut off in a way that no error shows. One of the size that the desk has told is whole. Of any other
// size downloads count only when they are alike, for two that end at the same byte cannot be told from a whole one: two of
// up to three where the desk tells no size, as of images in a text, and where they are longer than told, three of up to
// four where they are shorter. What a size counts is not documented everywhere (intercom-api.md 8.5), and a server may
// compress an image anew. Of a web page only the told size counts: a sign-in page may come in its place.
// Refused: it is not so, a web page came in place of the file, or it is TooLarge.
func Whole(desk string, f mapping.File, most int64, fetch func() (content []byte, kind string, err error)) ([]byte, string, error) {
	refused := func(reason string) error {
		return &Error{Class: Refused, Desk: desk, Call: "fetch file", Reason: reason}
	}
	if isInline(f.URL) {
		return inline(desk, f.URL, most)
	}
	var sizes []string
	seen := map[[sha256.Size]byte]int{}
	for tries := 3; len(sizes) < tries; {
		content, kind, err := fetch()
		sum := sha256.Sum256(content)
		size, alike := int64(len(content)), 2
		if !looksLikePage(content, kind) {
			seen[sum]++
		}
		if size < f.Size {
			alike, tries = 3, 4
		}
		switch {
		case err != nil:
			return nil, "", err
		case isPage(f, content, kind):
			return nil, "", refused("the link leads to a web page")
		case f.Size > 0 && size == f.Size, seen[sum] == alike:
			return content, kind, nil
		}
		sizes = append(sizes, strconv.Itoa(len(content)))
	}
	reason := fmt.Sprintf("downloads of %s bytes, not enough of them alike", strings.Join(sizes, ", "))
	if f.Size > 0 {
		reason += fmt.Sprintf(" and none of %d", f.Size)
	}
	return nil, "", refused(reason)
}
