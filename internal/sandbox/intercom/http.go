package intercom

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// apiError is an error of section 4.
type apiError struct {
	status        int
	code, message string
	field         string
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

func notFound(message string) *apiError { return &apiError{404, "not_found", message, ""} }

func invalid(field, message string) *apiError {
	return &apiError{400, "parameter_invalid", message, field}
}

// errorOf is the usual error of a status.
func errorOf(status int) *apiError {
	codes := map[int]string{
		400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 406: "not_acceptable",
		429: "rate_limit_exceeded", 500: "server_error", 503: "service_unavailable",
	}
	message := http.StatusText(status)
	switch status {
	case 401:
		message = "Access Token Invalid"
	case 404:
		message = "Resource Not Found"
	}
	code, ok := codes[status]
	if !ok {
		code = "server_error"
	}
	return &apiError{status, code, message, ""}
}

type errorList struct {
	Type      string      `json:"type"`
	RequestID string      `json:"request_id"`
	Errors    []wireError `json:"errors"`
}

type wireError struct {
	Code    string  `json:"code"`
	Message string  `json:"message"`
	Field   *string `json:"field,omitempty"`
}

func writeError(w http.ResponseWriter, e *apiError, n int64) {
	stage.WriteJSON(w, e.status, errorList{
		Type: "error.list", RequestID: fmt.Sprintf("00000000-0000-4000-8000-%012d", n),
		Errors: []wireError{{e.code, e.message, some(e.field)}},
	})
}

// call is one request, taken apart.
type call struct {
	d    *Desk
	r    *http.Request
	path []string
	body []byte
	at   time.Time
	v    view
	// header is that of the answer.
	header http.Header
}

type endpoint struct {
	method, path string
	since        int    // minor version of 2.x that brought it
	query        string // parameters it takes
	do           func(*call) (any, error)
}

var endpoints = []endpoint{
	{"GET", "me", 0, "", (*call).me},
	{"GET", "admins", 0, "display_avatar", (*call).listAdmins},
	{"GET", "teams", 0, "", (*call).listTeams},
	{"GET", "tags", 0, "", (*call).listTags},
	{"POST", "tags", 0, "", (*call).createTag},
	{"GET", "conversations", 0, "per_page starting_after", (*call).listConversations},
	{"POST", "conversations", 0, "", (*call).createConversation},
	{"POST", "conversations/search", 0, "starting_after per_page", (*call).searchConversations},
	{"GET", "conversations/attributes", 16, "include_archived", (*call).listConversationAttributes},
	{"GET", "conversations/*", 0, "display_as include_translations", (*call).getConversation},
	{"PUT", "conversations/*", 0, "display_as", (*call).updateConversation},
	{"POST", "conversations/*/reply", 0, "display_as", (*call).reply},
	{"POST", "conversations/*/parts", 0, "display_as", (*call).manage},
	{"POST", "conversations/*/tags", 0, "", (*call).attachTag},
	{"DELETE", "conversations/*/tags/*", 0, "", (*call).detachTag},
	{"GET", "data_attributes", 0, "model include_archived", (*call).listAttributes},
	{"GET", "contacts", 0, "per_page starting_after", (*call).listContacts},
	{"POST", "contacts", 0, "", (*call).createContact},
	{"POST", "contacts/search", 0, "starting_after per_page", (*call).searchContacts},
	{"GET", "contacts/find_by_external_id/*", 13, "", (*call).findContact},
	{"GET", "contacts/*", 0, "", (*call).getContact},
	{"PUT", "contacts/*", 0, "", (*call).updateContact},
}

// serve is the API.
func (d *Desk) serve(w http.ResponseWriter, r *http.Request) {
	path := segments(r.URL)
	if len(path) > 0 && path[0] == "downloads" {
		d.download(w, r, path)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		writeError(w, errorOf(400), 0)
		return
	}
	at := d.TimeOf(r)
	prepared, err := d.prefetch(path, body)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lastReq++
	var out any
	if err == nil {
		out, err = d.dispatch(w, &call{d: d, r: r, path: path, body: prepared, at: at, header: w.Header()})
	}
	if err != nil {
		var e *apiError
		if !errors.As(err, &e) {
			e = errorOf(500)
		}
		writeError(w, e, d.lastReq)
		return
	}
	stage.WriteJSON(w, http.StatusOK, out)
}

func (d *Desk) dispatch(w http.ResponseWriter, c *call) (any, error) {
	if err := d.authorise(c.r); err != nil {
		return nil, err
	}
	if err := d.limit(w, c.at, slices.Equal(c.path, []string{"conversations", "search"})); err != nil {
		return nil, err
	}
	if n := d.knobs.MaxRequest; n > 0 && len(c.body) > n { // 20.9
		return nil, &apiError{http.StatusRequestEntityTooLarge, "payload_too_large", "the request is too large", ""}
	}
	minor, err := d.version(c.r)
	if err != nil {
		return nil, err
	}
	e, err := find(c.r.Method, c.path)
	if err != nil {
		return nil, err
	}
	if e.since > minor {
		return nil, &apiError{400, "intercom_version_invalid", "The requested resource is not available in current API version", ""}
	}
	if accept := c.r.Header.Get("Accept"); accept != "" && !strings.Contains(accept, "json") && !strings.Contains(accept, "*/*") {
		return nil, errorOf(http.StatusNotAcceptable) // 1
	}
	for name := range c.r.URL.Query() {
		if !slices.Contains(strings.Fields(e.query), name) && !d.knobs.Lax {
			return nil, invalid(name, "unknown parameter "+name)
		}
	}
	c.v = view{d: d, minor: minor, base: baseOf(c.r), now: c.at, plain: c.r.URL.Query().Get("display_as") == "plaintext"}
	return e.do(c)
}

// authorise accepts Bearer tokens only (1).
func (d *Desk) authorise(r *http.Request) error {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || scheme != "Bearer" || token == "" || d.opt.Token != "" && token != d.opt.Token {
		return errorOf(http.StatusUnauthorized)
	}
	return nil
}

// limit counts calls in windows of ten seconds and writes the headers (3).
func (d *Desk) limit(w http.ResponseWriter, at time.Time, search bool) error {
	if d.knobs.RateLimit <= 0 && d.knobs.SearchLimit <= 0 {
		return nil
	}
	window := at.Unix() / 10 * 10
	if window != d.window {
		d.window, d.used, d.searches = window, 0, 0
	}
	if search {
		d.searches++
	}
	if n := d.knobs.SearchLimit; search && n > 0 && d.searches > n { // 20.7; the headers tell of the other limit only
		return &apiError{429, "rate_limit_exceeded", fmt.Sprintf("Exceeded rate limit of %d in 10_seconds", n), ""}
	}
	if d.knobs.RateLimit <= 0 {
		return nil
	}
	d.used++
	h := w.Header()
	h.Set("X-RateLimit-Limit", strconv.Itoa(d.knobs.RateLimit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, d.knobs.RateLimit-d.used)))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(window+10, 10))
	if d.used <= d.knobs.RateLimit {
		return nil
	}
	if d.knobs.RetryAfter {
		h.Set("Retry-After", strconv.FormatInt(window+10-at.Unix(), 10))
	}
	return &apiError{429, "rate_limit_exceeded", fmt.Sprintf("Exceeded rate limit of %d in 10_seconds", d.knobs.RateLimit), ""}
}

// version reads the header (1.1). Versions before 2.7 are accepted and served in the shape of 2.7; Preview is 2.16.
func (d *Desk) version(r *http.Request) (int, error) {
	v := r.Header.Get("Intercom-Version")
	if v == "" {
		v = d.opt.Version
	}
	if v == "Preview" || v == "Unstable" {
		return 16, nil
	}
	major, minor, ok := strings.Cut(v, ".")
	n, err := strconv.Atoi(minor)
	valid := ok && err == nil && strconv.Itoa(n) == minor && (major == "1" && n >= 0 && n <= 4 || major == "2" && n >= 0 && n <= 16)
	if !valid {
		return 0, &apiError{400, "intercom_version_invalid", "The requested version could not be found", ""}
	}
	if major == "1" {
		n = 7
	}
	return max(n, 7), nil
}

func find(method string, path []string) (endpoint, error) {
	known := false
	for _, e := range endpoints {
		pattern := strings.Split(e.path, "/")
		if len(pattern) != len(path) {
			continue
		}
		match := true
		for i, p := range pattern {
			match = match && (p == "*" || p == path[i])
		}
		if match && e.method == method {
			return e, nil
		}
		known = known || match
	}
	if known {
		return endpoint{}, errorOf(http.StatusMethodNotAllowed)
	}
	return endpoint{}, errorOf(http.StatusNotFound)
}

func segments(u *url.URL) []string {
	var out []string
	for s := range strings.SplitSeq(strings.Trim(u.EscapedPath(), "/"), "/") {
		if plain, err := url.PathUnescape(s); err == nil {
			s = plain
		}
		out = append(out, s)
	}
	return out
}

// download serves attachments until their URL dies (8.5). It needs no token.
func (d *Desk) download(w http.ResponseWriter, r *http.Request, path []string) {
	at := d.TimeOf(r)
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	if len(path) == 3 {
		n, _ = strconv.Atoi(path[1])
	}
	if n < 1 || n > len(d.files) || d.files[n-1].name != path[2] {
		writeError(w, errorOf(http.StatusNotFound), d.lastReq)
		return
	}
	if s := r.URL.Query().Get("expires"); s != "" || d.knobs.FileLifetime > 0 {
		until, err := strconv.ParseInt(s, 10, 64)
		if err != nil || at.Unix() >= until {
			writeError(w, errorOf(http.StatusForbidden), d.lastReq)
			return
		}
	}
	f := d.files[n-1]
	w.Header().Set("Content-Type", f.media)
	_, _ = w.Write(f.content)
}

// decode reads the body into v. Keys that v does not have are refused, unless Lax.
func (c *call) decode(v any) error {
	dec := json.NewDecoder(bytes.NewReader(c.body))
	if !c.d.knobs.Lax {
		dec.DisallowUnknownFields()
	}
	if err := dec.Decode(v); err != nil {
		return invalid("", "the body is not what this call takes: "+err.Error())
	}
	return nil
}

func baseOf(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || r.URL.Scheme == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
