package dashly

import (
	"errors"
	"fmt"
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
	status  int
	name    string
	message string
	fields  map[string]string
}

func (e *apiError) Error() string { return e.name + ": " + e.message }

func lookup(what string) *apiError {
	return &apiError{status: 400, name: "LookupError", message: what + " does not exist"}
}

func invalid(field, why string) *apiError {
	return &apiError{status: 400, name: "ValidationError", message: field + ": " + why, fields: map[string]string{field: why}}
}

// errorOf is the general error of a status (section 4).
func errorOf(status int) *apiError {
	names := map[int]string{
		400: "BadRequest", 401: "NotAuthenticated", 403: "PermissionDeniedError", 404: "Error404", 405: "MethodNotAllowed",
		429: "TooManyRequests",
	}
	name, ok := names[status]
	if !ok {
		name = fmt.Sprintf("Error%d", status)
	}
	return &apiError{status: status, name: name, message: http.StatusText(status)}
}

func writeError(w http.ResponseWriter, e *apiError) {
	meta := map[string]any{"status": e.status, "error": e.name, "error_message": e.message}
	if e.fields != nil {
		meta["error_fields"] = e.fields
	}
	stage.WriteJSON(w, e.status, map[string]any{"meta": meta, "data": struct{}{}})
}

// answer is what a method gives: data and what stands in meta besides the status.
type answer struct {
	data any
	meta map[string]any
}

// call is one request, taken apart.
type call struct {
	d      *Desk
	r      *http.Request
	path   []string
	params url.Values
	file   *stage.Upload
	at     time.Time
	v      view
}

// endpoint is a row of section 8.
type endpoint struct {
	method, path string // * matches one segment
	allowed      string // parameters, besides those that every call takes
	body         bool   // parameters travel in a body
	do           func(*call) (answer, error)
}

const (
	paging = "paginate_position paginate_count paginate_direction paginate_including paginate_page_order "
	convIn = "include_user include_channel include_part_last include_important_part_last include_reply_last "
	partIn = "include_conversation include_assignee include_tag include_channel include_inbound_email include_read include_first include_attachments include_random_id "
	person = "by_user_id app "
)

var endpoints = []endpoint{
	{"GET", "apps/*/conversations", paging + convIn + "closed answered delayed assigned tags channel assistant_type include_no_tags include_not_assigned", false, (*call).listConversations},
	{"GET", "apps/*/users", "filters sort_prop sort_order offset limit convert_props_types", false, (*call).listLeads},
	{"GET", "apps/*/channels", paging, false, (*call).listChannels},
	{"GET", "conversations/*", convIn, false, (*call).getConversation},
	{"GET", "conversations/*/parts", paging + partIn, false, (*call).listParts},
	{"POST", "conversations/*/reply", partIn + "body body_json attachment attachment_file_name from_user from_admin type external_id random_id auto_assign auto_assign_random_id referrer actions", true, (*call).reply},
	{"POST", "conversations/*/assign", "admin from_admin random_id", true, (*call).assign},
	{"POST", "conversations/*/close", "from_admin random_id", true, (*call).close},
	{"POST", "conversations/*/tag", "tag from_admin random_id action", true, (*call).tag},
	{"DELETE", "conversations/*/tag", "tag from_admin random_id", true, (*call).untag},
	{"POST", "conversations/*/settyping", "body from_user from_admin", true, (*call).setTyping},
	{"GET", "users/*", person + "props props_events props_custom presence_details events segments notes tags email_status timezone_offset convert_props_types", false, (*call).getUser},
	{"GET", "users/*/conversations", paging + convIn + person + "with_user_replies_only recipient_type", false, (*call).listUserConversations},
	{"POST", "users/*/startconversation", person + "body file filename random_id referrer", true, (*call).startConversation},
	{"POST", "users/*/sendmessage", person + "body type", true, (*call).sendMessage},
	{"POST", "users/*/props", person + "operations double_subscribe parse_custom_props_type source", true, (*call).setProps},
	{"GET", "users/*/events", paging + person + "filter_name props_as_string", false, (*call).listEvents},
	{"POST", "users/*/events", person + "event params created", true, (*call).trackEvent},
}

// serve is the API. It answers under /v2 and without prefix (1).
func (d *Desk) serve(w http.ResponseWriter, r *http.Request) {
	path := segments(r.URL)
	if len(path) > 0 && path[0] == "files" {
		d.serveFile(w, r, path)
		return
	}
	if len(path) > 0 && path[0] == "v2" {
		path = path[1:]
	}
	at := d.TimeOf(r)
	d.mu.Lock()
	defer d.mu.Unlock()
	a, err := d.dispatch(r, path, at)
	if err != nil {
		e, ok := errors.AsType[*apiError](err)
		if !ok {
			e = errorOf(500)
		}
		if e.status == http.StatusTooManyRequests && d.knobs.RetryAfter {
			w.Header().Set("Retry-After", fmt.Sprint(max(1, int(time.Duration(d.knobs.RateWindow).Seconds()))))
		}
		writeError(w, e)
		return
	}
	meta := map[string]any{"status": http.StatusOK}
	for k, v := range a.meta {
		meta[k] = v
	}
	stage.WriteJSON(w, http.StatusOK, map[string]any{"meta": meta, "data": a.data})
}

func (d *Desk) dispatch(r *http.Request, path []string, at time.Time) (answer, error) {
	e, err := find(r.Method, path)
	if err != nil {
		return answer{}, err
	}
	c := &call{d: d, r: r, path: path, at: at}
	if err := c.parse(e); err != nil {
		return answer{}, err
	}
	if err := d.authorise(r, c.params); err != nil {
		return answer{}, err
	}
	if d.over(at) {
		return answer{}, errorOf(http.StatusTooManyRequests)
	}
	if err := c.check(e); err != nil {
		return answer{}, err
	}
	c.v = view{d: d, text: truth(c.params.Get("id_as_string")), base: baseOf(r), now: at, asked: c.asked}
	return e.do(c)
}

// find tells an unknown path (404 Error404) from a wrong verb (405 MethodNotAllowed).
func find(method string, path []string) (endpoint, error) {
	known := false
	for _, e := range endpoints {
		if !matches(strings.Split(e.path, "/"), path) {
			continue
		}
		known = true
		if e.method == method {
			return e, nil
		}
	}
	if known {
		return endpoint{}, errorOf(http.StatusMethodNotAllowed)
	}
	return endpoint{}, errorOf(http.StatusNotFound)
}

func matches(pattern, path []string) bool {
	if len(pattern) != len(path) {
		return false
	}
	for i, p := range pattern {
		if p != "*" && p != path[i] {
			return false
		}
	}
	return true
}

// segments are the parts of the path, unescaped one by one, so that an own id may hold a slash. A trailing slash is
// harmless (3).
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

// authorise takes the token from the header, the query or the body (2).
func (d *Desk) authorise(r *http.Request, params url.Values) error {
	token := params.Get("auth_token")
	if token == "" {
		token = r.URL.Query().Get("auth_token")
	}
	if scheme, t, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && (scheme == "Token" || scheme == "Bearer") {
		token = t
	}
	if token == "" || d.opt.Token != "" && token != d.opt.Token {
		return errorOf(http.StatusUnauthorized)
	}
	return nil
}

// over counts the call and reports whether it is one too many (5, U10).
func (d *Desk) over(at time.Time) bool {
	if d.knobs.RateLimit <= 0 {
		return false
	}
	from := at.Add(-time.Duration(d.knobs.RateWindow))
	d.hits = slices.DeleteFunc(d.hits, func(t time.Time) bool { return !t.After(from) })
	if len(d.hits) >= d.knobs.RateLimit {
		return true
	}
	d.hits = append(d.hits, at)
	return false
}

func (d *Desk) serveFile(w http.ResponseWriter, r *http.Request, path []string) {
	at := d.TimeOf(r)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.knobs.FilesNeedToken {
		if err := d.authorise(r, url.Values{}); err != nil {
			writeError(w, errorOf(http.StatusUnauthorized))
			return
		}
	}
	var f *file
	if len(path) == 3 {
		f = d.files[number(path[1])]
	}
	if f == nil || f.name != path[2] {
		writeError(w, errorOf(http.StatusNotFound))
		return
	}
	if d.knobs.FileLifetime > 0 { // U39
		until, err := strconv.ParseInt(r.URL.Query().Get("expires"), 10, 64)
		if err != nil || at.Unix() >= until {
			writeError(w, errorOf(http.StatusForbidden))
			return
		}
	}
	w.Header().Set("Content-Type", f.media)
	_, _ = w.Write(f.content)
}

func baseOf(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || r.URL.Scheme == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
