package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/deskbridge/deskbridge/internal/api"
)

// Pace is the largest number of reads a second.
const Pace = 10

// Options of the reads of one desk.
type Options struct {
	Desk      string
	BaseURL   string
	Authorize func(http.Header)
	Explain   func(status int, body []byte) (code, message string)
	Searches  []string     // paths whose POST only reads
	PerSecond float64      // Pace at most; 0: Pace
	HTTP      *http.Client // nil: a client of our own
}

// Reads makes calls that change nothing, Bound at most, each once and never repeated. After a 401 or 429, or three calls
// without an answer, it makes no more.
type Reads struct {
	opts     Options
	t        *api.Transport
	limiter  *rate.Limiter
	client   *http.Client
	made     int
	silences int
	over     error
}

const patience = 20 * time.Second

// NewReads checks the base URL. It makes no call.
func NewReads(o Options) (*Reads, error) {
	limiter := rate.NewLimiter(rate.Limit(min(cmp.Or(o.PerSecond, Pace), Pace)), 1)
	limiter.Allow() // check has called this desk just now
	t, err := api.NewTransport(api.Options{
		Desk: o.Desk, BaseURL: o.BaseURL, Authorize: o.Authorize, Explain: o.Explain, Limiter: limiter, OneAtOnce: true,
		HTTP: o.HTTP, Timeout: patience, Attempts: 1,
	})
	if err != nil {
		return nil, err
	}
	client := &http.Client{}
	if o.HTTP != nil {
		*client = *o.HTTP
	}
	client.Timeout = patience
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Reads{opts: o, t: t, limiter: limiter, client: client}, nil
}

// Made is the number of reads so far.
func (r *Reads) Made() int { return r.made }

// Throttled is the number of reads that were answered 429.
func (r *Reads) Throttled() int { return r.t.Count().Throttled }

// Get reads.
func (r *Reads) Get(ctx context.Context, name, path string, query url.Values) (*api.Answer, error) {
	return r.do(ctx, api.Call{Name: name, Method: http.MethodGet, Path: path, Query: query})
}

// Search reads by a POST of one of the paths of Options.Searches.
func (r *Reads) Search(ctx context.Context, name, path string, body []byte) (*api.Answer, error) {
	return r.do(ctx, api.Call{Name: name, Method: http.MethodPost, Path: path, Body: body, ContentType: "application/json"})
}

func (r *Reads) do(ctx context.Context, c api.Call) (*api.Answer, error) {
	if err := r.permit(c); err != nil {
		return nil, err
	}
	r.made++
	a, err := r.t.Do(ctx, c)
	if err != nil {
		return nil, r.learn(err)
	}
	r.silences = 0
	return a, nil
}

// permit keeps back what is no read, and what is beyond the bound. To ask for a user by the site owner's id may create
// one (dashly-api.md U31).
func (r *Reads) permit(c api.Call) error {
	read := c.Method == http.MethodGet || c.Method == http.MethodPost && slices.Contains(r.opts.Searches, c.Path)
	switch {
	case r.over != nil:
		return r.over
	case !read || c.Write || c.Query.Has("by_user_id"):
		return fmt.Errorf("%s: %s: not a read that changes nothing", r.opts.Desk, c.Name)
	case r.made >= Bound:
		return fmt.Errorf("%s: %s: the bound of %d reads is reached", r.opts.Desk, c.Name, Bound)
	}
	return nil
}

// learn decides whether a failure ends the reading, and puts it into words.
func (r *Reads) learn(err error) error {
	e, ok := errors.AsType[*api.Error](err)
	if !ok {
		return err
	}
	switch {
	case e.Status == http.StatusTooManyRequests:
		r.over = fmt.Errorf("%w: too many calls; run check --probe again later", err)
	case e.Status == http.StatusUnauthorized:
		r.over = fmt.Errorf("%w: the token is not accepted", err)
	case e.Class == api.Stopped:
		r.over = err
	case e.Class == api.TryLater:
		if r.silences++; r.silences >= 3 {
			r.over = fmt.Errorf("%w: the desk fails again and again; run check --probe again later", err)
		}
	}
	return cmp.Or(r.over, err)
}

// ErrStranger says that a link leads to a host that is not the desk's own.
var ErrStranger = errors.New("the link leads to a host that check does not call")

// Open asks for the first byte of a file at one of the desk's own hosts, without the token, and gives the HTTP status.
func (r *Reads) Open(ctx context.Context, link string) (int, error) {
	u, err := url.Parse(link)
	if err != nil || !sameSite(u.Host, r.t.Host()) || u.Scheme != "http" && u.Scheme != "https" {
		return 0, ErrStranger
	}
	if err := r.permit(api.Call{Name: "open file", Method: http.MethodGet}); err != nil {
		return 0, err
	}
	if err := r.limiter.Wait(ctx); err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return 0, ErrStranger
	}
	req.Header.Set("Range", "bytes=0-0")
	req.Header.Set("User-Agent", "deskbridge")
	r.made++
	res, err := r.client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("%s: open file: no answer", r.opts.Desk) // the address may hold a signature
	}
	return res.StatusCode, res.Body.Close()
}

// sameSite tells whether two hosts are one, or have the same name in the same domain: files.dashly.app, api.dashly.app.
func sameSite(a, b string) bool {
	if a == "" || a == b {
		return a != ""
	}
	domain := func(host string) string {
		labels := strings.Split(strings.ToLower(host), ".")
		if len(labels) < 2 || strings.Contains(host, ":") || strings.Trim(host, "0123456789.") == "" {
			return host
		}
		return strings.Join(labels[len(labels)-2:], ".")
	}
	return domain(a) == domain(b)
}
