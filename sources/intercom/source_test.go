package intercom

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

const settle = 120 * time.Second

// workspace is a stand-in desk for the odd cases: its search is inclusive or strict, its paging is by position.
type workspace struct {
	updated   map[string]int64
	inclusive bool
	noClock   bool
	perPage   int
	total     int               // what the search claims; 0: the truth
	depth     int               // so many are shown by one search; 0: all
	newest    bool              // first, whatever is asked for
	afterPage func(page int)    // lets the world change between pages
	contacts  map[string]string // JSON by id
	asked     atomic.Int64      // contacts
	queries   []string
	orders    []string
}

func (w *workspace) ServeHTTP(res http.ResponseWriter, r *http.Request) {
	res.Header().Set("Date", noon.Format(http.TimeFormat))
	if w.noClock {
		res.Header()["Date"] = nil
	}
	switch {
	case r.URL.Path == "/me":
		fmt.Fprint(res, `{"type":"admin","id":"25","app":{"type":"app","id_code":"ws1","name":"Acme"}}`)
	case r.URL.Path == "/admins":
		fmt.Fprint(res, `{"type":"admin.list","admins":[{"type":"admin","id":25,"name":"Jane","email":"jane@example.org"},null,{"type":"team","id":"7","name":"T"}]}`)
	case r.URL.Path == "/conversations/search":
		w.search(res, r)
	case strings.HasPrefix(r.URL.Path, "/conversations/"):
		fmt.Fprint(res, `{"id":"1","created_at":1,"updated_at":2,"contacts":{"contacts":[{"type":"contact","id":"a","external_id":"70"}]},
			"source":{"id":"9","body":"<p>hi</p>","author":{"type":"lead","id":"a","name":"Typed","email":"typed@example.org"}}}`)
	case strings.HasPrefix(r.URL.Path, "/contacts/"):
		w.asked.Add(1)
		c, ok := w.contacts[strings.TrimPrefix(r.URL.Path, "/contacts/")]
		if !ok {
			res.WriteHeader(404)
			fmt.Fprint(res, `{"type":"error.list","errors":[{"code":"not_found","message":"User Not Found"}]}`)
			return
		}
		if c == "" {
			res.WriteHeader(503)
			return
		}
		fmt.Fprint(res, c)
	default:
		res.WriteHeader(404)
	}
}

func (w *workspace) search(res http.ResponseWriter, r *http.Request) {
	var in struct {
		Query      json.RawMessage
		Pagination struct {
			PerPage int    `json:"per_page"`
			After   string `json:"starting_after"`
		}
		Sort struct{ Field, Order string }
	}
	_ = json.NewDecoder(r.Body).Decode(&in)
	w.queries, w.orders = append(w.queries, string(in.Query)), append(w.orders, in.Sort.Field+" "+in.Sort.Order)
	var one struct {
		Operator string
		Value    json.RawMessage
	}
	_ = json.Unmarshal(in.Query, &one)
	bounds := []json.RawMessage{in.Query}
	if one.Operator == "AND" {
		_ = json.Unmarshal(one.Value, &bounds)
	}
	var ids []string
	for id, at := range w.updated {
		if w.within(at, bounds) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		d := int(w.updated[a] - w.updated[b])
		if in.Sort.Order == "descending" || w.newest {
			d = -d
		}
		if d == 0 {
			d = strings.Compare(a, b)
		}
		return d
	})
	total := len(ids)
	if w.total != 0 {
		total = w.total
	}
	page, _ := strconv.Atoi(in.Pagination.After)
	size := in.Pagination.PerPage
	if w.perPage != 0 {
		size = w.perPage
	}
	if w.depth > 0 && page*size >= w.depth {
		res.WriteHeader(400)
		fmt.Fprint(res, `{"type":"error.list","errors":[{"code":"client_error","message":"starting_after"}]}`)
		return
	}
	rest := ids[min(page*size, len(ids)):]
	next := "null"
	if len(rest) > size {
		rest, next = rest[:size], fmt.Sprintf(`{"starting_after":"%d"}`, page+1)
	}
	var items []string
	for _, id := range rest {
		items = append(items, fmt.Sprintf(`{"id":%q,"updated_at":%d,"state":"open"}`, id, w.updated[id]))
	}
	fmt.Fprintf(res, `{"type":"conversation.list","total_count":%d,"conversations":[%s],"pages":{"next":%s}}`, total, strings.Join(items, ","), next)
	if w.afterPage != nil {
		w.afterPage(page + 1)
	}
}

func (w *workspace) within(at int64, bounds []json.RawMessage) bool {
	for _, b := range bounds {
		var f struct {
			Operator string
			Value    int64
		}
		_ = json.Unmarshal(b, &f)
		over := at > f.Value || w.inclusive && at == f.Value
		under := at < f.Value || w.inclusive && at == f.Value
		if f.Operator == ">" && !over || f.Operator == "<" && !under {
			return false
		}
	}
	return true
}

func open(t *testing.T, w *workspace) *Source {
	t.Helper()
	srv := httptest.NewServer(w)
	t.Cleanup(srv.Close)
	c, err := apiintercom.New(apiintercom.Options{BaseURL: srv.URL, Token: "t", Version: "2.15", Attempts: 1})
	require.NoError(t, err)
	return New(c, Options{Settle: settle, Now: func() time.Time { return noon.Add(time.Hour) }})
}

func poll(t *testing.T, s *Source, since sources.Cursor, floor time.Time) ([]string, sources.Cursor) {
	t.Helper()
	var ids []string
	next, err := s.Changed(t.Context(), since, floor, func(l sources.Listing) error {
		ids = append(ids, string(l.Ref.ID))
		return nil
	})
	require.NoError(t, err)
	return ids, next
}

func cursor(at time.Time) sources.Cursor { return sources.Cursor(strconv.FormatInt(at.Unix(), 10)) }

func TestChangedIsRightForBothKindsOfBounds(t *testing.T) {
	mark := noon.Add(-time.Hour)
	edge := mark.Add(-settle - time.Minute).Unix()
	for _, inclusive := range []bool{true, false} {
		w := &workspace{inclusive: inclusive, updated: map[string]int64{"long ago": edge - 2, "edge": edge, "in the overlap": edge + 30, "at the mark": mark.Unix(), "new": mark.Unix() + 60, "just now": noon.Unix() - 1}}
		ids, next := poll(t, open(t, w), cursor(mark), time.Time{})
		require.Subset(t, ids, []string{"edge", "in the overlap", "at the mark", "new", "just now"})
		require.NotContains(t, ids, "long ago")
		require.Equal(t, cursor(noon.Add(-settle)), next, "no later than the desk's clock less settle")
		require.Equal(t, []string{"updated_at ascending"}, w.orders)
		require.NotContains(t, w.queries[0], "<", "no upper bound")
	}
}

func TestTheCursorNeverGoesBackAndStaysWhereNothingHappened(t *testing.T) {
	mark := noon.Add(-time.Hour)
	w := &workspace{updated: map[string]int64{"old": mark.Unix() - 30}}
	s := open(t, w)
	_, next := poll(t, s, cursor(mark), time.Time{})
	require.Equal(t, cursor(mark), next)
	w.updated["new"] = mark.Unix() + 7
	_, next = poll(t, s, next, time.Time{})
	require.Equal(t, cursor(mark.Add(7*time.Second)), next, "the newest that was seen")
	_, next = poll(t, s, cursor(noon), time.Time{})
	require.Equal(t, cursor(noon), next)
	_, next = poll(t, s, "", noon.Add(-24*time.Hour))
	require.Equal(t, cursor(mark.Add(7*time.Second)), next)

	_, err := s.Changed(t.Context(), "garbage", time.Time{}, nil)
	require.Equal(t, api.Refused, api.ClassOf(err))
}

func TestWithoutADeskClockOurOwnCounts(t *testing.T) {
	w := &workspace{noClock: true, updated: map[string]int64{"a": noon.Add(2 * time.Hour).Unix()}}
	_, next := poll(t, open(t, w), cursor(noon.Add(-time.Hour)), time.Time{})
	require.Equal(t, cursor(noon.Add(time.Hour-settle)), next)
}

// TestACursorAheadOfTheDesksClockCountsAsNone, but not where the desk tells no time: our own clock may be the one that is wrong.
func TestACursorAheadOfTheDesksClockCountsAsNone(t *testing.T) {
	w := &workspace{updated: map[string]int64{"a": noon.Add(-time.Hour).Unix()}}
	ids, next := poll(t, open(t, w), cursor(noon.Add(time.Hour)), noon.Add(-24*time.Hour))
	require.Equal(t, []string{"a"}, ids)
	require.Equal(t, cursor(noon.Add(-time.Hour)), next)
	w.noClock = true
	ids, next = poll(t, open(t, w), cursor(noon.Add(4*time.Hour)), noon.Add(-24*time.Hour))
	require.Empty(t, ids)
	require.Equal(t, cursor(noon.Add(4*time.Hour)), next)
}

func TestNothingIsLostWhenConversationsMoveWhilePagesAreTurned(t *testing.T) {
	w := &workspace{perPage: 2, updated: map[string]int64{}}
	for i := range 6 {
		w.updated[string(rune('a'+i))] = noon.Unix() - 1000 + int64(i)
	}
	moved := false
	w.afterPage = func(int) {
		if !moved {
			moved = true
			w.updated["a"] = noon.Unix() // "c" slides over the border to the first page
		}
	}
	ids, _ := poll(t, open(t, w), cursor(noon.Add(-time.Hour)), time.Time{})
	slices.Sort(ids)
	require.Equal(t, []string{"a", "a", "b", "c", "d", "e", "f"}, ids, "a moved and is told again")
}

func TestAWrongTotalDoesNotKeepThePollBusy(t *testing.T) {
	w := &workspace{perPage: 2, total: 99, updated: map[string]int64{"a": noon.Unix(), "b": noon.Unix(), "c": noon.Unix()}}
	ids, _ := poll(t, open(t, w), cursor(noon.Add(-time.Hour)), time.Time{})
	require.ElementsMatch(t, []string{"a", "b", "c"}, ids)
	require.Len(t, w.queries, 4, "two rounds of two pages")
}

func TestARefusedCursorIsNotTheEnd(t *testing.T) {
	for _, newest := range []bool{false, true} {
		for _, inclusive := range []bool{false, true} {
			w := &workspace{perPage: 2, depth: 8, newest: newest, inclusive: inclusive, updated: map[string]int64{}}
			var want []string
			for i := range 19 {
				want = append(want, string(rune('a'+i)))
				w.updated[want[i]] = noon.Unix() - 1000 + int64(i/2) // two in a second
			}
			s := open(t, w)
			ids, next := poll(t, s, cursor(noon.Add(-time.Hour)), time.Time{})
			require.ElementsMatch(t, want, ids)
			require.Equal(t, cursor(time.Unix(noon.Unix()-991, 0)), next)
			ids = nil
			require.NoError(t, s.Between(t.Context(), sources.Window{Since: time.Unix(1, 0)}, func(l sources.Listing) error {
				ids = append(ids, string(l.Ref.ID))
				return nil
			}))
			require.ElementsMatch(t, want, ids)
		}
	}
	w := &workspace{perPage: 2, depth: 6, updated: map[string]int64{}}
	for i := range 7 {
		w.updated[string(rune('a'+i))] = noon.Unix()
	}
	_, err := open(t, w).Changed(t.Context(), cursor(noon), time.Time{}, func(sources.Listing) error { return nil })
	require.Error(t, err, "more in one second than a search shows: better nothing than a gap")
}

func TestNobodyIsAHumanWhereNoAppIsNamed(t *testing.T) {
	app, made := "null", func(s *Source) (out []mapping.Provenance) {
		c, err := s.Read(t.Context(), "2")
		require.NoError(t, err)
		for _, e := range c.Entries {
			out = append(out, e.Made)
		}
		return out
	}
	token := mapping.Token{Pair: "main", Source: mapping.Ref{Desk: "dashly", ID: "7"}, Part: 1, Of: 1}.String()
	srv := httptest.NewServer(http.HandlerFunc(func(res http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(res, `{"id":"2","created_at":1,"conversation_parts":{"conversation_parts":[
			{"id":"3","part_type":"note","body":"<p>%s</p>","created_at":2,"author":{"type":"admin","id":"25"},"app_package_code":%s},
			{"id":"4","part_type":"comment","body":"<p>Hi</p>","created_at":3,"author":{"type":"admin","id":"25"},"app_package_code":null}]}}`, token, app)
	}))
	t.Cleanup(srv.Close)
	c, err := apiintercom.New(apiintercom.Options{BaseURL: srv.URL, Token: "t", Version: "2.15", Attempts: 1})
	require.NoError(t, err)
	s := New(c, Options{})
	require.Equal(t, []mapping.Provenance{mapping.Unknown, mapping.Unknown}, made(s), "our own note bears no code")
	app = `"bridge-app"`
	require.Equal(t, []mapping.Provenance{mapping.ByAPI, mapping.ByHuman}, made(s))
	app = "null"
	require.Equal(t, []mapping.Provenance{mapping.ByHuman, mapping.ByHuman}, made(s), "seen once, it holds: somebody has pasted a token")
}

func TestAFailureOfTheReceiverStopsThePoll(t *testing.T) {
	w := &workspace{updated: map[string]int64{"a": noon.Unix(), "b": noon.Unix()}}
	stop := errors.New("store is down")
	next, err := open(t, w).Changed(t.Context(), cursor(noon), time.Time{}, func(sources.Listing) error { return stop })
	require.ErrorIs(t, err, stop)
	require.Empty(t, next)
}

func TestBetween(t *testing.T) {
	for _, inclusive := range []bool{true, false} {
		w := &workspace{inclusive: inclusive, perPage: 2, updated: map[string]int64{"a": 10, "b": 20, "c": 30, "d": 40, "e": 50}}
		s := open(t, w)
		ask := func(win sources.Window) string {
			var ids []string
			require.NoError(t, s.Between(t.Context(), win, func(l sources.Listing) error {
				ids = append(ids, string(l.Ref.ID))
				return nil
			}))
			return strings.Join(ids, "")
		}
		require.Equal(t, "edcba", ask(sources.Window{}))
		require.Equal(t, "dcb", ask(sources.Window{Since: time.Unix(20, 0), Until: time.Unix(40, 0)}))
		require.Equal(t, "edc", ask(sources.Window{Limit: 3}))
		require.Equal(t, "", ask(sources.Window{Since: time.Unix(51, 0)}))
		require.Equal(t, "c", ask(sources.Window{Since: time.Unix(21, 0), Until: time.Unix(39, 0)}))
	}
}

func TestReadCompletesTheCustomerOnce(t *testing.T) {
	w := &workspace{contacts: map[string]string{"a": `{"type":"contact","id":"a","external_id":"70","role":"user","name":"Ann","email":"ann@example.org","phone":"+15550100"}`}}
	s := open(t, w)
	for range 3 {
		c, err := s.Read(t.Context(), "1")
		require.NoError(t, err)
		require.Equal(t, mapping.Contact{ID: "a", ExternalID: "70", Name: "Ann", Email: "ann@example.org", Phone: "+15550100", Identified: true}, c.Customer)
		require.Equal(t, noon, c.DeskTime)
	}
	require.EqualValues(t, 1, w.asked.Load())
}

func TestReadOfACustomerWho(t *testing.T) {
	t.Run("is gone", func(t *testing.T) {
		c, err := open(t, &workspace{}).Read(t.Context(), "1")
		require.NoError(t, err)
		require.Equal(t, mapping.Contact{ID: "a", ExternalID: "70", Name: "Typed", Email: "typed@example.org"}, c.Customer)
	})
	t.Run("cannot be read now", func(t *testing.T) {
		_, err := open(t, &workspace{contacts: map[string]string{"a": ""}}).Read(t.Context(), "1")
		require.Equal(t, api.TryLater, api.ClassOf(err), "half a customer would find the wrong counterpart")
	})
	t.Run("was merged", func(t *testing.T) {
		c, err := open(t, &workspace{contacts: map[string]string{"a": `{"id":"b","role":"user"}`}}).Read(t.Context(), "1")
		require.NoError(t, err)
		require.Equal(t, mapping.PersonID("b"), c.Customer.ID)
		require.Equal(t, mapping.PersonID("b"), c.Entries[0].Author.ID)
	})
}

func TestAccountAndAgents(t *testing.T) {
	s := open(t, &workspace{})
	a, err := s.Account(t.Context())
	require.NoError(t, err)
	require.Equal(t, "ws1", a.ID)
	require.Equal(t, "Acme", a.Name)
	require.NotEmpty(t, a.Host)
	people, err := s.Agents(t.Context())
	require.NoError(t, err)
	require.Equal(t, []mapping.Person{{Role: mapping.Agent, ID: "25", Name: "Jane", Email: "jane@example.org"}}, people)
}

func TestFiles(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			w.WriteHeader(500)
			return
		}
		fmt.Fprint(w, "abc")
	}))
	t.Cleanup(srv.Close)
	c, err := apiintercom.New(apiintercom.Options{BaseURL: srv.URL, Token: "t", Version: "2.15", Attempts: 1})
	require.NoError(t, err)
	s := New(c, Options{})
	body, err := s.File(t.Context(), mapping.File{URL: srv.URL + "/f", Type: "text/csv"}, 1000)
	require.NoError(t, err)
	require.Equal(t, sources.FileBody{Content: []byte("abc"), Type: "text/csv"}, body)
	_, err = s.File(t.Context(), mapping.File{Name: "signature"}, 1000)
	require.Equal(t, api.Refused, api.ClassOf(err))
	_, err = s.File(t.Context(), mapping.File{URL: "http://127.0.0.1:1/private"}, 1000)
	require.Equal(t, api.Refused, api.ClassOf(err), "no private addresses but the desk's own")
}
