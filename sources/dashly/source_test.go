package dashly_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
	"github.com/deskbridge/deskbridge/sources/dashly"
)

// desk plays the listed answers, by "path" or by "path position" for later pages, and keeps what it was asked.
type desk struct {
	mu      sync.Mutex
	answers map[string]string
	once    map[string]string // in place of the next answer
	asked   []string
	date    time.Time // the desk's clock; zero: it tells none
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := strings.TrimPrefix(r.URL.Path, "/v2")
	if p := r.URL.Query().Get("paginate_position"); p != "" {
		key += " " + p
	}
	d.asked = append(d.asked, key)
	w.Header()["Date"] = nil
	if !d.date.IsZero() {
		w.Header().Set("Date", d.date.UTC().Format(http.TimeFormat))
	}
	answer, ok := d.answers[key]
	if first, other := d.once[key]; other {
		answer = first
		delete(d.once, key)
	}
	switch {
	case strings.HasPrefix(key, "/open/"):
		_, _ = w.Write([]byte("content"))
	case strings.HasPrefix(key, "/files/"), strings.HasSuffix(key, "/users"):
		if r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = w.Write([]byte("content"))
	case !ok:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"meta":{"status":400,"error":"LookupError","error_message":"no such object"},"data":{}}`))
	default:
		_, _ = w.Write([]byte(answer))
	}
}

const listPath = "/apps/$self_app/conversations"

func list(next string, items ...string) string {
	return `{"meta":{"status":200,"next_before_position":` + next + `},"data":[` + strings.Join(items, ",") + `]}`
}

func one(item string) string { return `{"meta":{"status":200},"data":` + item + `}` }

func start(t *testing.T, d *desk, o dashly.Options) (*dashly.Source, string) {
	t.Helper()
	srv := httptest.NewServer(d)
	t.Cleanup(srv.Close)
	c, err := apidashly.New(apidashly.Options{BaseURL: srv.URL, Token: "token", MaxRate: 1e6, Attempts: 1})
	require.NoError(t, err)
	return dashly.New(c, o), srv.URL
}

func collect(into *[]string) func(sources.Listing) error {
	return func(l sources.Listing) error {
		*into = append(*into, string(l.Ref.ID))
		return nil
	}
}

const settle = 120 * time.Second

func TestPollingGoesDownToTheWatermark(t *testing.T) {
	d := &desk{date: time.Unix(10000, 0), answers: map[string]string{
		listPath:                  list(`[9000.5, 3]`, `{"id":1,"last_update":9990}`, `{"id":2,"last_update":9500}`, `{"id":3,"last_update":9000}`),
		listPath + " [9000.5, 3]": list(`[7000.5, 5]`, `{"id":4,"last_update":8900}`, `{"id":5,"last_update":7000}`),
	}}
	s, _ := start(t, d, dashly.Options{Settle: settle})
	var ids []string
	next, err := s.Changed(t.Context(), `{"t":9000}`, time.Time{}, collect(&ids))
	require.NoError(t, err)
	require.Equal(t, []string{"1", "2", "3", "4"}, ids, "settle and a minute below the watermark, and no page more")
	require.Equal(t, sources.Cursor(`{"t":9880}`), next, "settle behind the desk's clock")
	require.Len(t, d.asked, 2)
}

func TestTheWatermark(t *testing.T) {
	for name, row := range map[string]struct {
		since, want sources.Cursor
		items       []string
		date        time.Time
	}{
		"behind the newest":        {"", `{"t":5000}`, []string{`{"id":1,"last_update":5000.9}`}, time.Unix(10000, 0)},
		"never backwards":          {`{"t":6000}`, `{"t":6000}`, []string{`{"id":1,"last_update":5000}`}, time.Unix(10000, 0)},
		"ahead of the clock":       {`{"t":10001}`, `{"t":5000}`, []string{`{"id":1,"last_update":5000}`}, time.Unix(10000, 0)},
		"ahead, all is later":      {`{"t":10001}`, `{"t":9880}`, []string{`{"id":1,"last_update":10001}`}, time.Unix(10000, 0)},
		"ahead, no clock":          {`{"t":10001}`, `{"t":10001}`, []string{`{"id":1,"last_update":5000}`}, time.Time{}},
		"no clock":                 {"", `{"t":4880}`, []string{`{"id":1,"last_update":5000}`}, time.Time{}},
		"nothing there":            {`{"t":6000}`, `{"t":6000}`, nil, time.Unix(10000, 0)},
		"nothing there, first":     {"", "", nil, time.Unix(10000, 0)},
		"no times":                 {"", "", []string{`{"id":1}`}, time.Unix(10000, 0)},
		"a cursor of another kind": {"rubbish", `{"t":5000}`, []string{`{"id":1,"last_update":5000}`}, time.Unix(10000, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := start(t, &desk{date: row.date, answers: map[string]string{listPath: list("null", row.items...)}}, dashly.Options{Settle: settle})
			var ids []string
			next, err := s.Changed(t.Context(), row.since, time.Time{}, collect(&ids))
			require.NoError(t, err)
			require.Equal(t, row.want, next)
		})
	}
}

func TestTheFloorHoldsWithoutACursorOnly(t *testing.T) {
	d := &desk{date: time.Unix(10000, 0), answers: map[string]string{listPath: list(`[1,2]`, `{"id":1,"last_update":5000}`, `{"id":2}`, `{"id":3,"last_update":4819}`)}}
	s, _ := start(t, d, dashly.Options{Settle: settle})
	var ids []string
	_, err := s.Changed(t.Context(), "", time.Unix(5000, 0), collect(&ids))
	require.NoError(t, err)
	require.Equal(t, []string{"1", "2"}, ids, "a conversation without a time may have changed")
	ids = nil
	_, err = s.Changed(t.Context(), `{"t":4000}`, time.Unix(5000, 0), collect(&ids))
	require.Error(t, err, "below the floor the next page is wanted, which this desk refuses")
	require.Equal(t, []string{"1", "2", "3"}, ids)
}

func TestAFailedPollMovesNoCursor(t *testing.T) {
	s, _ := start(t, &desk{date: time.Unix(10000, 0), answers: map[string]string{listPath: list("null", `{"id":1,"last_update":5000}`)}}, dashly.Options{})
	full := errors.New("no room")
	next, err := s.Changed(t.Context(), "", time.Time{}, func(sources.Listing) error { return full })
	require.ErrorIs(t, err, full)
	require.Empty(t, next)
}

func TestBetween(t *testing.T) {
	d := &desk{answers: map[string]string{
		listPath:              list(`[80, 3]`, `{"id":1,"last_update":100}`, `{"id":2,"last_update":90}`, `{"id":3,"last_update":80}`),
		listPath + " [80, 3]": list(`null`, `{"id":4,"last_update":70}`, `{"id":5,"last_update":60}`),
	}}
	s, _ := start(t, d, dashly.Options{})
	for _, row := range []struct {
		window sources.Window
		want   []string
		calls  int
	}{
		{sources.Window{}, []string{"1", "2", "3", "4", "5"}, 3}, // two pages, and the top once more
		{sources.Window{Since: time.Unix(85, 0)}, []string{"1", "2"}, 1},
		{sources.Window{Since: time.Unix(65, 0), Until: time.Unix(90, 0)}, []string{"2", "3", "4"}, 2},
		{sources.Window{Limit: 2}, []string{"1", "2"}, 1},
		{sources.Window{Limit: 4}, []string{"1", "2", "3", "4"}, 2},
	} {
		d.asked = nil
		var ids []string
		require.NoError(t, s.Between(t.Context(), row.window, collect(&ids)))
		require.Equal(t, row.want, ids)
		require.Len(t, d.asked, row.calls)
	}
}

const header = `{"id":7,"last_update":50,"parts_count":1,"user":{"id":13587,"user_id":null,"props":{"$name":"Alice","$email":"alice@example.org"}},"part_last":{"id":71}%s}`

func TestListingAndReadAgreeOnTheVersion(t *testing.T) {
	for name, shown := range map[string][2]string{
		"both show the channel":   {`,"channel":{"id":75}`, `,"channel":{"id":75}`},
		"listing shows none":      {``, `,"channel":{"id":75}`},
		"there is no channel":     {`,"channel":null`, ``},
		"spelling does not count": {`,"channel":{"id":75},"tags":["a","b"]`, `,"tags":["b","a"],"channel":{"id":"75"}`},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := start(t, &desk{answers: map[string]string{
				listPath: list("null", fmt.Sprintf(header, shown[0])), "/conversations/7": one(fmt.Sprintf(header, shown[1])),
				"/conversations/7/parts": list("null", `{"id":71,"created":50,"type":"reply_user","from":13587,"body":"Hello"}`),
			}}, dashly.Options{})
			var listed sources.Listing
			require.NoError(t, s.Between(t.Context(), sources.Window{}, func(l sources.Listing) error { listed = l; return nil }))
			c, err := s.Read(t.Context(), "7")
			require.NoError(t, err)
			require.Equal(t, listed.Version, c.Version)
			require.Equal(t, listed.Ref, c.Ref)
		})
	}
}

func TestReadingFindsOutWhoTheCustomerIs(t *testing.T) {
	now := time.Unix(1000, 0)
	d := &desk{answers: map[string]string{
		"/conversations/7":            one(fmt.Sprintf(header, "")),
		"/conversations/7/parts":      list("[72]", `{"id":73,"created":50,"type":"reply_user","from":44,"body":"c"}`, `{"id":72,"created":49,"type":"reply_user","from":33,"body":"b"}`),
		"/conversations/7/parts [72]": list("null", `{"id":71,"created":48,"type":"reply_user","from":22,"body":"a"}`, `{"id":70,"created":47,"type":"reply_user","from":13587,"body":"0"}`),
		"/users/13587":                one(`{"id":13587,"props":{"$email":"alice@example.org"},"email_status":{"status":"confirmed"}}`),
		"/users/22":                   one(`{"id":13587}`), // merged, the answer is the survivor
		"/users/44":                   one(`{"id":44,"user_id":"crm-44","props":{"$name":"Bob"}}`),
	}}
	s, _ := start(t, d, dashly.Options{Now: func() time.Time { return now }})
	c, err := s.Read(t.Context(), "7")
	require.NoError(t, err)
	require.Equal(t, mapping.Contact{ID: "13587", Name: "Alice", Email: "alice@example.org", Identified: true, Former: []mapping.PersonID{"22", "33"}}, c.Customer)
	var authors []mapping.PersonID
	for _, e := range c.Entries {
		authors = append(authors, e.Author.ID)
	}
	require.Equal(t, []mapping.PersonID{"13587", "13587", "13587", "44"}, authors, "33 is gone and 22 was merged: both were this customer")
	require.Equal(t, []mapping.Contact{{ID: "44", ExternalID: "crm-44", Name: "Bob", Identified: true}}, c.Others)
	calls := len(d.asked)
	_, err = s.Read(t.Context(), "7")
	require.NoError(t, err)
	require.Len(t, d.asked, calls+3, "users are remembered for a while")
	now = now.Add(time.Hour)
	_, err = s.Read(t.Context(), "7")
	require.NoError(t, err)
	require.Len(t, d.asked, 2*calls+3)
}

// TestAnAuthorWithoutAnID is asked for nowhere, and the conversation is read all the same.
func TestAnAuthorWithoutAnID(t *testing.T) {
	d := &desk{answers: map[string]string{
		"/conversations/7":       one(fmt.Sprintf(header, "")),
		"/conversations/7/parts": list("null", `{"id":71,"created":50,"type":"reply_user","from":{"type":"user","user_id":"crm-9","props":{"$name":"Eve"}},"body":"Hello"}`),
		"/users/13587":           one(`{"id":13587,"props":{"$email":"alice@example.org"},"email_status":{"status":"confirmed"}}`),
	}}
	s, _ := start(t, d, dashly.Options{})
	c, err := s.Read(t.Context(), "7")
	require.NoError(t, err)
	require.Equal(t, "Eve", c.Entries[0].Author.Name)
	require.NotEqual(t, c.Customer.ID, c.Entries[0].Author.ID)
}

func TestAnAddressThatIsNotConfirmedIdentifiesNobody(t *testing.T) {
	d := &desk{answers: map[string]string{
		"/conversations/7":       one(fmt.Sprintf(header, "")),
		"/conversations/7/parts": list("null", `{"id":71,"created":50,"type":"reply_user","from":13587,"body":"Hello"}`),
		"/users/13587":           one(`{"id":13587,"props":{"$email":"other@example.org"},"email_status":{"status":"confirmed"}}`),
	}}
	s, _ := start(t, d, dashly.Options{})
	c, err := s.Read(t.Context(), "7")
	require.NoError(t, err)
	require.False(t, c.Customer.Identified, "the confirmed address is another one by now")
	d.answers["/conversations/7"] = one(`{"id":7,"created":50,"user":13587,"parts_count":1}`)
	s, _ = start(t, d, dashly.Options{})
	c, err = s.Read(t.Context(), "7")
	require.NoError(t, err)
	require.Equal(t, "other@example.org", c.Customer.Email, "a header that shows only the id costs one more call")
}

// TestAGapInOneConversationCostsNoOther: of one conversation the desk counts a part that it never shows, of another a list leaves
// one out, once.
func TestAGapInOneConversationCostsNoOther(t *testing.T) {
	const gap, whole = "/conversations/7", "/conversations/8"
	header := `{"id":%d,"created":50,"last_update":50,"parts_count":%d,"user":{"id":13587,"props":{"$name":"Alice"}}}`
	part := func(id int) string {
		return fmt.Sprintf(`{"id":%d,"created":%d,"type":"reply_user","body":"Hi"}`, id, id)
	}
	d := &desk{once: map[string]string{}, answers: map[string]string{
		gap: one(fmt.Sprintf(header, 7, 3)), gap + "/parts": list("null", part(71), part(72)),
		whole: one(fmt.Sprintf(header, 8, 2)), whole + "/parts": list("null", part(81), part(82)),
	}}
	s, _ := start(t, d, dashly.Options{})
	read := func(id mapping.ConversationID) (entries, lists int) {
		d.asked = nil
		c, err := s.Read(t.Context(), id)
		require.NoError(t, err)
		for _, key := range d.asked {
			if strings.HasSuffix(key, "/parts") {
				lists++
			}
		}
		return len(c.Entries), lists
	}
	for n := range 5 {
		entries, lists := read("7")
		require.Equal(t, 2, entries)
		require.Equal(t, n == 0, lists == 2, "asked again the first time only")
	}
	d.once[gap+"/parts"] = list("null", part(71))
	entries, _ := read("7")
	require.Equal(t, 2, entries, "one more is missing than is known to be")
	d.once[whole+"/parts"] = list("null", part(81))
	entries, _ = read("8")
	require.Equal(t, 2, entries)
}

func TestWhatIsGone(t *testing.T) {
	s, _ := start(t, &desk{answers: map[string]string{"/conversations/8": one(`{"id":8,"removed":1748613412}`)}}, dashly.Options{})
	for _, id := range []mapping.ConversationID{"7", "8"} {
		_, err := s.Read(t.Context(), id)
		require.True(t, api.IsNotFound(err), id)
	}
}

// TestWhatIsForbiddenIsGoneOnlyAlone: a 403 means that one conversation is gone where the desk itself says it, does not list that
// one, and shows another.
func TestWhatIsForbiddenIsGoneOnlyAlone(t *testing.T) {
	const own, foreign = `{"meta":{"status":403,"error":"PermissionDeniedError"},"data":{}}`, `{"meta":{"status":403},"data":{}}`
	for name, row := range map[string]struct {
		answer string
		list   string
		other  string // what the desk answers for conversation 9
		class  api.Class
		calls  int
	}{
		"another one can be read":            {own, list("null", `{"id":9,"last_update":100}`), one(`{"id":9}`), api.Refused, 3},
		"there is no other":                  {own, list("null"), foreign, api.Refused, 2},
		"it is listed as removed":            {own, list("null", `{"id":7,"last_update":100,"removed":99}`), foreign, api.Refused, 2},
		"a removed one is no other":          {own, list("null", `{"id":8,"last_update":101,"removed":99}`, `{"id":9,"last_update":100}`), one(`{"id":9}`), api.Refused, 3},
		"it is listed":                       {own, list("null", `{"id":9,"last_update":101}`, `{"id":7,"last_update":100}`), one(`{"id":9}`), api.Denied, 2},
		"the other is forbidden, too":        {own, list("null", `{"id":9,"last_update":100}`), own, api.Denied, 3},
		"the other is kept back by somebody": {own, list("null", `{"id":9,"last_update":100}`), foreign, api.Denied, 3},
		"the other is not found, though":     {own, list("null", `{"id":9,"last_update":100}`), "", api.TryLater, 3},
		"the list is forbidden":              {own, own, one(`{"id":9}`), api.Denied, 2},
		"these are not the desk's own words": {foreign, list("null", `{"id":9,"last_update":100}`), one(`{"id":9}`), api.Denied, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := &desk{answers: map[string]string{listPath: row.list, "/conversations/7": row.answer}}
			if row.other != "" {
				d.answers["/conversations/9"] = row.other
			}
			s, _ := start(t, d, dashly.Options{})
			_, err := s.Read(t.Context(), "7")
			require.Equal(t, row.class, api.ClassOf(err), "%v", err)
			require.Equal(t, row.class == api.Refused, api.IsNotFound(err))
			require.Len(t, d.asked, row.calls)
		})
	}
}

func TestAccountAndAgents(t *testing.T) {
	s, url := start(t, &desk{answers: map[string]string{listPath: list("null")}}, dashly.Options{})
	a, err := s.Account(t.Context())
	require.NoError(t, err)
	require.Equal(t, sources.Account{ID: "$self_app", Host: strings.TrimPrefix(url, "http://")}, a)
	agents, err := s.Agents(t.Context())
	require.NoError(t, err)
	require.Nil(t, agents)
}

func TestFiles(t *testing.T) {
	s, url := start(t, &desk{}, dashly.Options{})
	b, err := s.File(t.Context(), mapping.File{URL: url + "/open/1"}, 1000)
	require.NoError(t, err)
	require.Equal(t, "content", string(b.Content))
	for _, link := range []string{"", "file:///etc/passwd", "http://127.0.0.1:1/x"} {
		_, err := s.File(t.Context(), mapping.File{URL: link}, 1000)
		require.Equal(t, api.Refused, api.ClassOf(err), link)
	}
}

// TestOnlyAttachmentsAreAskedForWithTheToken, and of those only files: an image that a visitor has typed into a text may lead
// into the API, and what that answers would be attached to the visitor's own message on the other desk.
func TestOnlyAttachmentsAreAskedForWithTheToken(t *testing.T) {
	d := &desk{}
	s, url := start(t, d, dashly.Options{})
	for _, c := range []struct {
		path     string
		attached bool
		asked    int // each time without the token, and with it where it may go
		reason   string
	}{
		{"/files/1", true, 4, ""},
		{"/files/1", false, 1, "HTTP 401"},
		{"/v2/apps/$self_app/users?limit=50", false, 1, "HTTP 401"},
		{"/v2/apps/$self_app/users?limit=50", true, 1, "the token goes to the desk's own files only"},
		{"/files/%2e%2e/v2/apps/$self_app/users", true, 1, "the token goes to the desk's own files only"},
	} {
		d.asked = nil
		b, err := s.File(t.Context(), mapping.File{URL: url + c.path, Attached: c.attached}, 1000)
		require.Len(t, d.asked, c.asked, c.path)
		if c.reason == "" {
			require.NoError(t, err)
			require.Equal(t, "content", string(b.Content))
			continue
		}
		e, ok := errors.AsType[*api.Error](err)
		require.True(t, ok, c.path)
		require.Equal(t, api.Refused, e.Class)
		require.Equal(t, c.reason, e.Reason)
	}
}
