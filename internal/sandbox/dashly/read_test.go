package dashly

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// walk follows a list to its end and returns the ids in order.
func (b *bench) walk(path, cursor string) []string {
	b.t.Helper()
	var ids []string
	position := ""
	for range 1000 {
		target := path
		if position != "" {
			target += "&paginate_position=" + url.QueryEscape(position)
		}
		var page []struct {
			ID json.RawMessage `json:"id"`
		}
		out := b.ok("GET", target, nil, &page)
		for _, x := range page {
			ids = append(ids, strings.Trim(string(x.ID), `"`))
		}
		next, ok := out.Meta[cursor]
		if !ok || string(next) == "null" {
			return ids
		}
		position = string(next)
	}
	b.t.Fatal("the list has no end")
	return nil
}

// Whatever the page size, the direction and the way in which lists end: every part comes exactly once.
func TestPagesHoldEverythingOnce(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := newBench(t, func(k *Knobs) {
			k.EndOfList = rapid.SampledFrom([]string{"null", "missing", "empty"}).Draw(r, "end")
			k.TextCursors = rapid.Bool().Draw(r, "text cursors")
		})
		n := rapid.IntRange(0, 30).Draw(r, "parts")
		for range n {
			b.d.People().Write(b.conv, "x")
		}
		for range rapid.IntRange(0, 20).Draw(r, "threads") { // many of them in one microsecond
			b.d.People().Open(b.user, "y")
		}
		count := rapid.IntRange(1, 12).Draw(r, "count")
		text := rapid.Bool().Draw(r, "id_as_string")
		direction := rapid.SampledFrom([]string{"before", "after"}).Draw(r, "direction")
		query := fmt.Sprintf("?paginate_count=%d&id_as_string=%t&paginate_direction=%s", count, text, direction)
		if direction == "after" {
			query += "&paginate_page_order=asc"
		}
		cursor := "next_" + direction + "_position"
		var want []string
		for _, e := range b.thread().Entries {
			want = append(want, e.ID)
		}
		if direction == "before" {
			slices.Reverse(want)
		}
		require.Equal(r, want, b.walk(b.on("parts")+query, cursor))
		got := b.walk("apps/$self_app/conversations"+query, cursor)
		require.Len(r, got, len(b.d.Dump()))
		slices.Sort(got)
		require.Len(r, slices.Compact(got), len(b.d.Dump()), "nothing twice")
	})
}

func TestIDsAndCursorsKeepEveryDigit(t *testing.T) {
	b := newBench(t, nil)
	b.now = noon.Add(123456 * time.Microsecond)
	b.d.People().Write(b.conv, "x")
	b.d.People().Open(b.user, "second")
	status, out := b.request("GET", "apps/$self_app/conversations?paginate_count=1", nil)
	require.Equal(t, http.StatusOK, status)
	require.Regexp(t, `^\[1793620800\.123456, ?11604060043246306\d\d\]$`, string(out.Meta["next_before_position"]))
	require.Contains(t, string(out.Data), `"last_update":1793620800,`)
	_, out = b.request("GET", "conversations/"+b.conv+"?id_as_string=true", nil)
	require.Contains(t, string(out.Data), `"id":"`+b.conv+`"`)
}

func TestTheListFeedsTheInbox(t *testing.T) {
	b := newBench(t, nil)
	h := b.d.People()
	silent := h.Campaign(b.user, "Ten percent off")
	answered := h.Campaign(b.user, "And now?")
	h.Write(answered, "yes")
	h.Close(answered, Jane)
	h.Assign(b.conv, Jane, Tom)
	h.Tag(b.conv, Jane, "vip")
	list := func(query string) []string {
		got := b.walk("apps/12/conversations?id_as_string=1&"+query, "next_before_position")
		slices.Sort(got)
		return got
	}
	all := []string{b.conv, answered}
	require.Equal(t, all, list(""), "what nobody answered is not in the inbox (8.12)")
	require.Equal(t, []string{answered}, list("closed=true"))
	require.Equal(t, []string{b.conv}, list("closed=False"))
	require.Equal(t, []string{b.conv}, list("assigned="+Tom))
	require.Equal(t, all, list("include_not_assigned=true&assigned="+Tom))
	require.Equal(t, []string{answered}, list("include_not_assigned=true&assigned=0"))
	require.Equal(t, []string{b.conv}, list("tags=vip"))
	require.Equal(t, []string{b.conv}, list(`tags=["vip"]`))
	require.Equal(t, all, list("tags=vip&include_no_tags=yes"))
	require.Equal(t, all, list("answered=FALSE"))
	require.Empty(t, list("answered=no"), "all texts but false, 0 and empty are true (3)")
	b.d.SetKnobs(func(k *Knobs) { k.ListUnanswered, k.UnassignedHidden = true, true })
	require.Equal(t, []string{b.conv}, list(""))
	require.Contains(t, list("include_not_assigned=true"), silent)
	b.d.SetKnobs(func(k *Knobs) { k.UnassignedHidden, k.UntaggedHidden = false, true })
	require.Equal(t, []string{b.conv}, list(""))
	require.Contains(t, list("include_no_tags=true"), silent)
}

func TestOptionalFields(t *testing.T) {
	b := newBench(t, nil)
	b.d.People().Write(b.conv, "x", stage.Upload{Name: "a b.txt", Content: []byte("content")})
	keys := func(path string) map[string]json.RawMessage {
		out := b.ok("GET", path, nil, nil)
		var list []map[string]json.RawMessage
		if json.Unmarshal(out.Data, &list) == nil {
			return list[0]
		}
		var one map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(out.Data, &one))
		return one
	}
	require.Contains(t, keys("conversations/"+b.conv), "channel", "on by default for one (7)")
	require.NotContains(t, keys("apps/12/conversations"), "channel", "off in the list (7)")
	require.Contains(t, keys("apps/12/conversations?include_channel=1"), "channel")
	require.NotContains(t, keys("apps/12/conversations?include_user=0"), "user")
	require.Contains(t, keys(b.on("parts")), "attachments")
	b.d.SetKnobs(func(k *Knobs) { k.OptionalPartFields = "asked" })
	require.NotContains(t, keys(b.on("parts")), "attachments")
	got := keys(b.on("parts?include_attachments=true"))
	var files []struct{ URL, Filename string }
	require.NoError(t, json.Unmarshal(got["attachments"], &files))
	rec := httptest.NewRecorder()
	b.d.ServeHTTP(rec, httptest.NewRequest("GET", files[0].URL, nil))
	require.Equal(t, "content", rec.Body.String())
	require.Equal(t, "text/plain", rec.Header().Get("Content-Type"))
	require.NotEmpty(t, rec.Header().Get("Date"))
	b.d.SetKnobs(func(k *Knobs) { k.FilesNeedToken = true })
	rec = httptest.NewRecorder()
	b.d.ServeHTTP(rec, httptest.NewRequest("GET", files[0].URL, nil))
	require.Equal(t, http.StatusUnauthorized, rec.Code)
}

func TestLeads(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.LeadsLag = stage.Duration(5 * time.Minute) })
	find := func(email string) int {
		filter := `{"type":"and","filters":[{"type":"str_eq","property_name":"$email","value":{"value":"` + email + `"}}]}`
		var out struct{ Total int }
		b.ok("GET", "apps/$self_app/users?filters="+url.QueryEscape(filter), nil, &out)
		return out.Total
	}
	require.Zero(t, find("alice@example.org"), "the list lags behind (8.13)")
	b.now = b.now.Add(6 * time.Minute)
	require.Equal(t, 1, find("ALICE@example.org"), "letter case does not count")
	b.ok("POST", "users/crm-1/props", form("by_user_id", "true", "operations", `[{"op":"update_or_create","key":"$email","value":"new@example.org"}]`), nil)
	require.Equal(t, 1, find("alice@example.org"))
	b.now = b.now.Add(6 * time.Minute)
	require.Zero(t, find("alice@example.org"))
	require.Equal(t, 1, find("new@example.org"))
	b.d.SetKnobs(func(k *Knobs) { k.LeadsTotal = "site" })
	require.Equal(t, 1, find("alice@example.org"), "the leads of the site, whoever fits (U33)")
	b.d.SetKnobs(func(k *Knobs) { k.LeadsEnvelope = "array" })
	var list []json.RawMessage
	b.ok("GET", "apps/$self_app/users", nil, &list)
	require.Len(t, list, 1)
}

func TestPropsAndEvents(t *testing.T) {
	b := newBench(t, nil)
	out := b.ok("POST", "users/crm-9/props", form("by_user_id", "true", "operations",
		`[{"op":"update_or_create","key":"$name","value":"Nine"},{"op":"set_once","key":"$name","value":"Ten"},{"op":"bad","key":"x","value":1},{"op":"update_or_create","key":"n","value":"12"}]`), nil)
	require.JSONEq(t, `["$name","n"]`, string(out.Meta["affected_props"]))
	require.JSONEq(t, `["$name"]`, string(out.Meta["not_changed_props"]))
	require.Contains(t, string(out.Meta["ignored_operations"]), "no such operation")
	var u struct {
		Props  map[string]any `json:"props"`
		Custom map[string]any `json:"props_custom"`
	}
	b.ok("GET", "users/crm-9?by_user_id=true&props_custom=true", nil, &u)
	require.Equal(t, "Nine", u.Props["$name"])
	require.EqualValues(t, 12, u.Custom["n"], "texts of digits become numbers unless told otherwise (8.13)")
	for i := range 3 {
		b.ok("POST", "users/crm-9/events", form("by_user_id", "true", "event", fmt.Sprint("e", i), "created", "1600000000.25"), nil)
	}
	var events []struct {
		Created json.Number
		Type    struct{ Name string }
	}
	b.ok("GET", "users/crm-9/events?by_user_id=true", nil, &events)
	require.Equal(t, "e2", events[0].Type.Name, "newest first (8.14)")
	require.Equal(t, "1600000000.250000", events[0].Created.String())
	b.ok("GET", "users/crm-9/events?by_user_id=true&filter_name=e1", nil, &events)
	require.Len(t, events, 1)
}

func TestUnknownOwnIDCanCreateAUser(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.UnknownUser = "create" })
	b.ok("GET", "users/fresh?by_user_id=true", nil, nil)
	var list []json.RawMessage
	b.ok("GET", "users/fresh/conversations?by_user_id=true", nil, &list)
	require.Empty(t, list)
}

func TestTheOldCursorOfAUsersList(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.OldUserCursor = true })
	b.d.People().Open(b.user, "two")
	out := b.ok("GET", "users/"+b.user+"/conversations?paginate_count=1", nil, nil)
	require.Contains(t, out.Meta, "next_after")
	require.NotContains(t, out.Meta, "next_before_position")
}

func TestBodiesAsHTML(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.BodyAs = "html" })
	b.d.People().Reply(b.conv, Jane, "1 < 2\nok")
	b.ok("POST", b.on("reply"), form("body", "<b>x</b><script>y</script>", "from_admin", Jane), nil)
	var parts []struct{ Body string }
	b.ok("GET", b.on("parts"), nil, &parts)
	require.Equal(t, "<p><b>x</b></p>", parts[0].Body)
	require.Equal(t, "<p>1 &lt; 2<br>ok</p>", parts[1].Body)
	require.Equal(t, "1 < 2\nok", b.thread().Entries[2].Text)
}

func TestThePathMayHaveNoVersion(t *testing.T) {
	b := newBench(t, nil)
	for _, path := range []string{"/v2/apps/$self_app/channels/", "/apps/$self_app/channels"} {
		req := httptest.NewRequest("GET", "http://dashly.test"+path+"?auth_token=t", nil)
		rec := httptest.NewRecorder()
		b.d.ServeHTTP(rec, req)
		require.Equal(t, http.StatusOK, rec.Code, path)
	}
	require.NotContains(t, fmt.Sprint(b.d.Log.Requests()), "auth_token=t")
}

func TestPeopleOverHTTP(t *testing.T) {
	b := newBench(t, nil)
	do := func(body string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		b.d.ServeHTTP(rec, httptest.NewRequest("POST", "http://dashly.test/_sandbox/human", bytes.NewReader([]byte(body))))
		return rec
	}
	require.Equal(t, http.StatusOK, do(`{"do":"reply","conversation":"`+b.conv+`","agent":"14709","text":"typed"}`).Code)
	require.Equal(t, http.StatusBadRequest, do(`{"do":"reply","conversation":"1","agent":"14709","text":"typed"}`).Code)
	require.Equal(t, http.StatusBadRequest, do(`{"do":"sing"}`).Code)
	rec := httptest.NewRecorder()
	b.d.ServeHTTP(rec, httptest.NewRequest("GET", "http://dashly.test/_sandbox/log", nil))
	require.JSONEq(t, `"typed"`, string(jsonPath(t, rec.Body.Bytes(), "notifications", "text")))
	rec = httptest.NewRecorder()
	b.d.ServeHTTP(rec, httptest.NewRequest("POST", "http://dashly.test/_sandbox/knobs", strings.NewReader(`{"leads_lag":"3m","auto_bot":"hi"}`)))
	require.Equal(t, http.StatusOK, rec.Code)
	require.Contains(t, rec.Body.String(), `"leads_lag":"3m0s"`)
	require.Contains(t, rec.Body.String(), `"body_as":"text"`, "other knobs stay")
}

func jsonPath(t *testing.T, raw []byte, list, field string) json.RawMessage {
	var v map[string][]map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(raw, &v))
	require.NotEmpty(t, v[list])
	return v[list][0][field]
}
