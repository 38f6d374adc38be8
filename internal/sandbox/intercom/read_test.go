package intercom

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

func (b *bench) search(query obj, perPage int, order string) []string {
	b.t.Helper()
	body := obj{"query": query, "pagination": obj{"per_page": perPage}, "sort": obj{"field": "updated_at", "order": order}}
	var ids []string
	for range 1000 {
		page := b.ok("POST", "conversations/search", body)
		for _, c := range page["conversations"].([]any) {
			ids = append(ids, c.(obj)["id"].(string))
			require.NotContains(b.t, c, "conversation_parts", "lists have no parts (6.1)")
		}
		next, _ := page["pages"].(obj)["next"].(obj)
		if next == nil {
			return ids
		}
		body["pagination"] = obj{"per_page": perPage, "starting_after": next["starting_after"]}
	}
	b.t.Fatal("the search has no end")
	return nil
}

func one(field, operator string, value any) obj {
	return obj{"field": field, "operator": operator, "value": value}
}

func TestPagesHoldEverythingOnce(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := newBench(t, nil)
		for range rapid.IntRange(0, 30).Draw(r, "threads") {
			b.now = b.now.Add(time.Duration(rapid.IntRange(0, 1).Draw(r, "gap")) * time.Second)
			b.d.People().Open(b.contact, "x")
		}
		var want []string
		for _, t := range b.d.Dump() {
			want = append(want, t.ID)
		}
		order := rapid.SampledFrom([]string{"ascending", "descending"}).Draw(r, "order")
		if order == "descending" {
			slices.Reverse(want)
		}
		count := rapid.IntRange(1, 9).Draw(r, "per page")
		require.Equal(r, want, b.search(one("updated_at", ">", noon.Add(-time.Hour).Unix()), count, order))
	})
}

func TestSearchPredicates(t *testing.T) {
	b := newBench(t, nil)
	b.now = noon.Add(time.Minute)
	h := b.d.People()
	second, _ := h.Open(b.contact, "marker-42 and more")
	h.Assign(second, Jane, Tom)
	h.Tag(second, Jane, "vip")
	h.Close(b.conv, Jane)
	at := noon.Add(time.Minute).Unix()
	all := []string{b.conv, second}
	for _, tc := range []struct {
		query obj
		want  []string
	}{
		{one("created_at", "<", noon.Unix()), []string{b.conv}},
		{one("created_at", ">", at), []string{second}},
		{one("created_at", ">", "1306054154"), all},
		{one("updated_at", ">=", at), all},
		{one("updated_at", ">", at*1000), nil},
		{one("state", "=", "closed"), []string{b.conv}},
		{one("open", "=", true), []string{second}},
		{one("id", "IN", []string{second, "7"}), []string{second}},
		{one("id", "NIN", []string{second, "7"}), []string{b.conv}},
		{one("contact_ids", "=", b.contact), all},
		{one("admin_assignee_id", "=", 26), []string{second}},
		{one("admin_assignee_id", "=", "0"), []string{b.conv}},
		{one("source.body", "=", "marker-42"), []string{second}},
		{one("source.body", "=", "and more"), nil},
		{one("source.author.email", "$", "@example.org"), all},
		{one("source.author.name", "~", "LIC"), all},
		{one("state", "!=", "open"), []string{b.conv}},
		{obj{"operator": "OR", "value": []obj{one("state", "=", "closed"), one("id", "=", second)}}, all},
		{obj{"operator": "AND", "value": []obj{
			{"operator": "OR", "value": []obj{one("state", "=", "closed"), one("state", "=", "open")}}, one("id", "=", second)}}, []string{second}},
	} {
		got := b.search(tc.query, 10, "ascending")
		slices.Sort(got)
		require.Equal(t, tc.want, got, "%v", tc.query)
	}
	b.d.SetKnobs(func(k *Knobs) { k.Bounds = "strict" })
	require.Empty(t, b.search(one("created_at", ">", at), 10, "ascending"))
	require.Equal(t, []string{second}, b.search(one("created_at", ">=", at), 10, "ascending"))
}

func TestSearchRefusals(t *testing.T) {
	b := newBench(t, nil)
	deep := one("id", "=", "1")
	for range 3 {
		deep = obj{"operator": "AND", "value": []obj{deep}}
	}
	wide := obj{"operator": "AND", "value": slices.Repeat([]obj{one("id", "=", "1")}, 16)}
	for _, tc := range []struct {
		code string
		body obj
	}{
		{"parameter_invalid", obj{"query": deep}},
		{"parameter_invalid", obj{"query": wide}},
		{"invalid_field", obj{"query": one("custom_attributes.twin", "=", "x")}},
		{"type_mismatch", obj{"query": one("created_at", ">", "foobar")}},
		{"type_mismatch", obj{"query": one("id", "IN", "1")}},
		{"parameter_invalid", obj{"query": one("id", "LIKE", "1")}},
		{"parameter_invalid", obj{"query": one("id", "=", "1"), "pagination": obj{"per_page": 151}}},
		{"client_error", obj{"query": one("id", "=", "1"), "pagination": obj{"starting_after": "zzz"}}},
		{"invalid_sort_order", obj{"query": one("id", "=", "1"), "sort": obj{"field": "updated_at", "order": "up"}}},
		{"parameter_not_found", obj{"pagination": obj{"per_page": 1}}},
	} {
		b.refused(400, tc.code, "POST", "conversations/search", tc.body)
	}
}

func TestTheIndexLagsBehind(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.IndexDelay = stage.Duration(time.Minute) })
	closedOnes := func() []string { return b.search(one("state", "=", "closed"), 10, "ascending") }
	openOnes := func() []string { return b.search(one("state", "=", "open"), 10, "ascending") }
	require.Empty(t, openOnes())
	b.now = noon.Add(time.Minute)
	require.Equal(t, []string{b.conv}, openOnes())
	b.d.People().Close(b.conv, Jane)
	require.Equal(t, "closed", b.state(), "reading one does not go through the index")
	require.Equal(t, []string{b.conv}, openOnes())
	b.now = noon.Add(2 * time.Minute)
	require.Equal(t, []string{b.conv}, closedOnes())
	require.Empty(t, openOnes())
}

func TestOnlyTheNewestPartsAreReadable(t *testing.T) {
	b := newBench(t, nil)
	for range 503 {
		b.d.People().Write(b.conv, "x")
	}
	all := b.parts()
	require.Len(t, all, 500)
	conversation := b.ok("GET", b.on(""), nil)
	require.EqualValues(t, 503, conversation["conversation_parts"].(obj)["total_count"])
	b.d.SetKnobs(func(k *Knobs) { k.TotalCountsAll, k.PartOrder = false, "desc" })
	require.Equal(t, all[499]["id"], b.parts()[0]["id"])
	conversation = b.ok("GET", b.on(""), nil)
	require.EqualValues(t, 500, conversation["conversation_parts"].(obj)["total_count"])
	require.EqualValues(t, 503, conversation["statistics"].(obj)["count_conversation_parts"])
}

func TestVersions(t *testing.T) {
	b := newBench(t, nil)
	b.d.People().Prioritise(b.conv, Jane, true)
	b.d.People().Tag(b.conv, Jane, "x")
	for version, want := range map[string]struct{ code, metadata, linked bool }{
		"1.4": {}, "2.9": {}, "2.10": {linked: true}, "2.12": {linked: true}, "2.13": {code: true, linked: true},
		"2.14": {true, true, true}, "2.16": {true, true, true}, "Preview": {true, true, true},
	} {
		b.version = version
		p := b.last()
		_, code := p["app_package_code"]
		_, metadata := p["metadata"]
		_, linked := b.ok("GET", b.on(""), nil)["linked_objects"]
		require.Equal(t, want, struct{ code, metadata, linked bool }{code, metadata, linked}, version)
	}
	b.version = "2.16"
	require.Equal(t, "high", b.ok("GET", b.on(""), nil)["priority"])
	b.version = "2.15"
	require.Equal(t, "priority", b.ok("GET", b.on(""), nil)["priority"])
	require.Nil(t, b.last()["app_package_code"], "null on what people typed (8.1)")
	for _, bad := range []string{"3.0", "2.17", "2", "2.07", "1.5", "x"} {
		b.version = bad
		b.refused(400, "intercom_version_invalid", "GET", "me", nil)
	}
}

func TestTheRateWindow(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.RateLimit, k.RetryAfter = 2, true })
	b.now = noon.Add(4 * time.Second)
	rec := b.send("GET", "me", nil)
	require.Equal(t, "1", rec.Header().Get("X-RateLimit-Remaining"))
	b.send("GET", "me", nil)
	rec = b.send("GET", "me", nil)
	require.Equal(t, http.StatusTooManyRequests, rec.Code)
	require.Contains(t, rec.Body.String(), "Exceeded rate limit of 2 in 10_seconds")
	require.Equal(t, "6", rec.Header().Get("Retry-After"))
	b.now = noon.Add(10 * time.Second)
	require.Equal(t, http.StatusOK, b.send("GET", "me", nil).Code)
}

func TestTokens(t *testing.T) {
	b := newBench(t, nil)
	for _, header := range []string{"", "Token t", "Bearer ", "Basic dDp0"} {
		req := httptest.NewRequest("GET", "http://intercom.test/me", nil)
		req.Header.Set("Authorization", header)
		rec := httptest.NewRecorder()
		b.d.ServeHTTP(rec, req)
		require.Equal(t, http.StatusUnauthorized, rec.Code, header)
	}
	b.d.opt.Token = "other"
	b.refused(401, "unauthorized", "GET", "me", nil)
}

func TestStaff(t *testing.T) {
	b := newBench(t, nil)
	b.d.Dismiss(Lena)
	var names []string
	for _, a := range b.ok("GET", "admins", nil)["admins"].([]any) {
		names = append(names, a.(obj)["name"].(string))
	}
	require.Equal(t, "Jane Tom Ольга", strings.Join(names, " "), "no bots, nobody who left")
	require.Equal(t, "abcd1234", b.ok("GET", "me", nil)["app"].(obj)["id_code"])
	require.Len(t, b.ok("GET", "teams", nil)["teams"], 2)
}

func TestPeopleAndThePictureOfTheDesk(t *testing.T) {
	b := newBench(t, nil)
	h := b.d.People()
	h.CloseWith(b.conv, Tom, "bye")
	h.Write(b.conv, "wait")
	h.AssignWith(b.conv, Tom, "admin", Jane, "she knows")
	h.Note(b.conv, Jane, "hm")
	h.Bot(b.conv, "beep")
	h.Vote(b.conv, 5, "good")
	h.Title(b.conv, Jane, "A title")
	erased := h.Reply(b.conv, Jane, "oops")
	h.Erase(b.conv, erased)
	got := b.d.Dump()[0]
	var lines []string
	for _, e := range got.Entries {
		line := e.Side + " " + e.Native + " " + e.Text
		if !e.Visible {
			line = "(" + line + ")"
		}
		lines = append(lines, line)
	}
	require.Equal(t, []string{
		"customer source Hello", "team close bye", "customer open wait", "team assignment she knows", "(team note hm)",
		"bot comment beep", "(system conversation_rating_changed )", "team comment This message was deleted",
	}, lines)
	require.Equal(t, "A title", got.Title)
	require.Equal(t, "Jane", got.Agent)
	require.Equal(t, true, b.last()["redacted"])
	h.Delete(b.conv)
	require.Empty(t, b.d.Dump())
	b.refused(404, "not_found", "GET", b.on(""), nil)
}
