package stage

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// Transport is an http.RoundTripper that serves requests from handlers in the same process, keyed by host. It opens no
// socket, so it works inside testing/synctest, where network I/O would keep the clock from moving. A handler that
// cuts the connection gives io.ErrUnexpectedEOF; a host without a handler gives an error.
type Transport map[string]http.Handler

// RoundTrip implements http.RoundTripper. It returns the context's error when the caller gives up; handlers must end then.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	h, ok := t[r.URL.Host]
	if !ok {
		return nil, errors.New("sandbox: no such host: " + r.URL.Host)
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	in := r.Clone(r.Context())
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	in.Body = io.NopCloser(bytes.NewReader(nil))
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		_ = r.Body.Close()
		in.Body = io.NopCloser(bytes.NewReader(body))
	}
	done := make(chan *buffer, 1)
	go func() { done <- serve(h, in) }()
	select {
	case a := <-done:
		if a == nil {
			if err := r.Context().Err(); err != nil {
				return nil, err
			}
			return nil, io.ErrUnexpectedEOF
		}
		return response(r, a), nil
	case <-r.Context().Done():
		<-done // what the handler does, it has done when the caller learns of the end: tests need no waiting
		return nil, r.Context().Err()
	}
}

// Answer has h serve r in the caller's goroutine and gives the answer with its body, for a transport of one's own. The
// answer is nil when the connection was cut. A handler that hangs returns when r's context ends.
func Answer(h http.Handler, r *http.Request) (*http.Response, []byte) {
	a := serve(h, r)
	if a == nil {
		return nil, nil
	}
	return response(r, a), a.body.Bytes()
}

func serve(h http.Handler, r *http.Request) (a *buffer) {
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			a = nil
		}
	}()
	a = newBuffer()
	h.ServeHTTP(a, r)
	return a
}

func response(r *http.Request, a *buffer) *http.Response {
	return &http.Response{
		Status: http.StatusText(a.status), StatusCode: a.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body.Bytes())),
		ContentLength: int64(a.body.Len()), Request: r,
	}
}
