package contract

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
)

// Dashly puts the validation of Dashly's description in front of next. The traffic passes unchanged, whatever is
// found; paths beside the API (`/_sandbox`, `/files`, `/downloads`) are not looked at. An answer that is cut off, by a
// panic, a taken-over connection or a request whose body does not arrive, is not judged.
func (s *Suite) Dashly(next http.Handler) http.Handler { return s.guard(s.dashly, next) }

// Intercom does for Intercom what [Suite.Dashly] does for Dashly. Requests for another API version than the described
// one pass unvalidated and count as [Suite.Skipped].
func (s *Suite) Intercom(next http.Handler) http.Handler { return s.guard(s.intercom, next) }

func (s *Suite) guard(d *desk, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !covers(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		if d.version.foreign(r) {
			s.skip()
			next.ServeHTTP(w, r)
			return
		}
		body, whole := takeBody(r)
		tell := func(side Side, status int, faults []string) {
			for _, fault := range faults {
				s.report(Violation{
					Desk: d.name, Method: r.Method, Path: r.URL.Path, Status: status, Side: side, Detail: fault,
				})
			}
		}
		found, err := d.find(r)
		switch {
		case err != nil:
			tell(Request, 0, []string{err.Error()})
		case whole:
			tell(Request, 0, found.checkRequest(r, body))
			s.count(found.key(), Count{Requests: 1})
		}

		rec := &recorder{ResponseWriter: w}
		next.ServeHTTP(rec, r)
		if rec.taken || !whole {
			return
		}
		a := rec.answer()
		switch {
		case err != nil:
			tell(Response, a.status, d.checkStray(a))
		case a.status >= http.StatusBadRequest:
			s.count(found.key(), Count{Errors: 1})
			tell(Response, a.status, found.checkResponse(a))
		default:
			s.count(found.key(), Count{Successes: 1})
			tell(Response, a.status, found.checkResponse(a))
		}
	})
}

// takeBody reads the body and puts it back, with the error that ended it, if there was one.
func takeBody(r *http.Request) (body []byte, whole bool) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, true
	}
	body, err := io.ReadAll(r.Body)
	rest := io.Reader(bytes.NewReader(body))
	if err != nil {
		rest = io.MultiReader(rest, failing{err})
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{rest, r.Body}
	return body, err == nil
}

// failing repeats the error with which a body ended.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// recorder copies an answer while it passes.
type recorder struct {
	http.ResponseWriter
	status int
	header http.Header // as it was when the status went out
	body   bytes.Buffer
	taken  bool // the handler took the connection over
}

func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 && status >= http.StatusOK {
		rec.status, rec.header = status, rec.Header().Clone()
	}
	rec.ResponseWriter.WriteHeader(status)
}

func (rec *recorder) Write(p []byte) (int, error) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	if rec.header == nil {
		rec.header = rec.Header().Clone()
	}
	rec.body.Write(p)
	return rec.ResponseWriter.Write(p)
}

// Flush, Hijack and Unwrap pass on what the real writer can do, for handlers that cut an answer on purpose.
func (rec *recorder) Flush() { _ = http.NewResponseController(rec.ResponseWriter).Flush() }

func (rec *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(rec.ResponseWriter).Hijack()
	rec.taken = rec.taken || err == nil
	return conn, buffered, err
}

func (rec *recorder) Unwrap() http.ResponseWriter { return rec.ResponseWriter }

func (rec *recorder) answer() answer {
	if rec.status == 0 {
		rec.status, rec.header = http.StatusOK, rec.Header().Clone()
	}
	return answer{status: rec.status, header: rec.header, body: rec.body.Bytes()}
}
