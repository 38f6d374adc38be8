package simulation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// How long an HTTP call is on its way there, and its answer on the way back. The spans are wide against a nanosecond.
const (
	wayThere  = 8 * time.Millisecond
	wayBack   = 4 * time.Millisecond
	waySpread = 24 * time.Millisecond
)

// wire is a process's way to the desks. Each call arrives at a moment of its own and its answer comes back at another.
type wire struct{ *process }

// parcel is a call on its way.
type parcel struct {
	r          *http.Request
	host, path string
	body       []byte
	what, draw uint64
	write      bool
}

func (c *parcel) name() string {
	return strings.TrimSuffix(c.host, ".sandbox") + " " + c.r.Method + " " + c.path
}

// RoundTrip implements http.RoundTripper.
func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.isDead() {
		return nil, errDead
	}
	ctx := r.Context()
	hooks := hooksOf(ctx)
	hooks.GetConn(r.URL.Host)
	world, began := w.world, time.Now()
	c, err := w.pack(r)
	if err != nil {
		return nil, err
	}
	if c.write {
		world.change() // it is on its way
	}
	arrival := world.pace.moment(began, c.draw, wayThere, waySpread)
	if err := w.sleep(ctx, arrival); err != nil {
		if w.underWay(c, arrival) {
			hooks.WroteHeaders()
		}
		return nil, err
	}
	if now, stopped := w.pausing(); !stopped || !now.from.After(began) || !c.hadLeft() {
		if err := w.hold(); err != nil {
			return nil, err
		}
		if err := w.point(BeforeSend, c.write, c.name); err != nil {
			return nil, err
		}
	}
	hooks.GotConn(httptrace.GotConnInfo{Conn: line{}})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w.leaves(c)
	hooks.WroteHeaders()
	if c.write {
		w.sent.Add(1)
	}
	res, err := world.deliver(ctx, c)
	if died := w.point(AfterSend, c.write, c.name); died != nil {
		return nil, died
	}
	if err != nil {
		if ctx.Err() != nil { // a desk that hangs ends when the caller gives up
			err = ctx.Err()
		}
		return nil, err
	}
	if c.write && res.StatusCode == http.StatusTooManyRequests {
		w.sent.Add(-1) // no write, and made again
	}
	if err := w.nap(ctx, world.pace.moment(time.Now(), mix(c.draw), wayBack, waySpread)); err != nil {
		return nil, err
	}
	if err := w.point(AtAnswer, c.write, c.name); err != nil {
		return nil, err
	}
	world.trace.add("answer", c.what, uint64(res.StatusCode), c.name)
	res.Request = r
	res.Body = &halves{wire: w, parcel: c, body: res.Body, left: res.ContentLength / 2}
	return res, nil
}

// hooksOf gives the hooks by which a client learns how far its call came, none of them nil.
func hooksOf(ctx context.Context) httptrace.ClientTrace {
	hooks := httptrace.ClientTrace{GetConn: func(string) {}, GotConn: func(httptrace.GotConnInfo) {}, WroteHeaders: func() {}}
	if t := httptrace.ContextClientTrace(ctx); t != nil {
		if t.GetConn != nil {
			hooks.GetConn = t.GetConn
		}
		if t.GotConn != nil {
			hooks.GotConn = t.GotConn
		}
		if t.WroteHeaders != nil {
			hooks.WroteHeaders = t.WroteHeaders
		}
	}
	return hooks
}

// pack takes a call apart into what it is.
func (w wire) pack(r *http.Request) (*parcel, error) {
	c := &parcel{r: r, host: r.URL.Host, path: r.URL.RequestURI(), write: isWrite(r)}
	if r.Body != nil && r.Body != http.NoBody {
		var err error
		if c.body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	what := newDigest("http").text(r.Method).text(c.host).text(c.path).bytes(withoutBorder(r.Header.Get("Content-Type"), c.body))
	c.what, c.draw = what.sum(), w.inTurn(r.Context(), what)
	return c, nil
}

// withoutBorder is the body of a form without its random border.
func withoutBorder(contentType string, body []byte) []byte {
	if !strings.HasPrefix(contentType, "multipart/") {
		return body
	}
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" {
		return body
	}
	return bytes.ReplaceAll(body, []byte(params["boundary"]), nil)
}

// isWrite tells whether a call changes a desk.
func isWrite(r *http.Request) bool {
	return r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/search")
}

// hadLeft decides about a call whose sender died, gave up or was stopped while it was on its way.
func (c *parcel) hadLeft() bool { return mix(c.draw^0x5bd1e995)&1 != 0 }

// underWay lets a call whose sender is gone arrive at its moment, if it had left, whoever is still there to hear of it.
func (w wire) underWay(c *parcel, arrival time.Time) bool {
	if !c.hadLeft() {
		return false
	}
	if c.write {
		w.sent.Add(1)
	}
	w.world.under.Go(func() {
		<-time.After(time.Until(arrival))
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // for a desk that hangs
		defer cancel()
		if res, err := w.world.deliver(ctx, c); err == nil {
			_ = res.Body.Close()
		}
	})
	return true
}

// deliver has the desk do the work.
func (w *World) deliver(ctx context.Context, c *parcel) (*http.Response, error) {
	h, ok := w.hosts[c.host]
	if !ok {
		return nil, errors.New("no such host: " + c.host)
	}
	if c.write {
		w.change()
		w.took(c)
	}
	in := c.r.WithContext(ctx)
	in.Host, in.Body = c.host, io.NopCloser(bytes.NewReader(c.body))
	res, content := stage.Answer(h, in)
	var outcome uint64
	if res != nil {
		outcome = newDigest("answer").number(int64(res.StatusCode)).bytes(content).sum()
	}
	w.trace.add("call", c.what, outcome, func() string {
		if res == nil {
			return c.name() + " -> no answer"
		}
		return fmt.Sprintf("%s -> %d", c.name(), res.StatusCode)
	})
	if res == nil {
		return nil, io.ErrUnexpectedEOF
	}
	return res, nil
}

// jitter is what the clients add to their pauses: it is drawn from the seed.
func (p *process) jitter(n time.Duration) time.Duration {
	return time.Duration(p.draw(newDigest("jitter")) % uint64(n))
}

// halves is the body of an answer with a point in its middle.
type halves struct {
	wire
	*parcel
	body   io.ReadCloser
	left   int64 // until the middle
	passed bool
}

func (h *halves) Read(p []byte) (int, error) {
	if h.isDead() {
		return 0, errDead
	}
	if !h.passed {
		if h.left > 0 {
			n, err := h.body.Read(p[:min(int64(len(p)), h.left)])
			h.left -= int64(n)
			return n, err
		}
		h.passed = true
		if err := h.point(HalfRead, h.write, h.name); err != nil {
			return 0, err
		}
	}
	return h.body.Read(p)
}

func (h *halves) Close() error { return nil }
