package dashly_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	"github.com/deskbridge/deskbridge/mapping/dashly"
)

func TestPaging(t *testing.T) {
	page := func(next string, ids ...int) string {
		var items []string
		for _, id := range ids {
			items = append(items, fmt.Sprintf(`{"id":%d}`, id))
		}
		return fmt.Sprintf(`{"meta":{"status":200%s},"data":[%s]}`, next, strings.Join(items, ","))
	}
	cursor := `,"next_before_position":[1684739969.358085, 1160406004324630614]`
	for name, row := range map[string]struct {
		pages []string
		calls int
		ids   int
	}{
		"null":      {[]string{page(cursor, 1, 2), page(`,"next_before_position":null`, 3)}, 2, 3},
		"missing":   {[]string{page(cursor, 1, 2), page(``, 3)}, 2, 3},
		"empty":     {[]string{page(cursor, 1, 2), page(cursor)}, 2, 2},
		"unchanged": {[]string{page(cursor, 1, 2), page(cursor, 3), page(cursor, 4)}, 2, 3},
		"wrong":     {[]string{page(`,"next_before_position":{"a":1}`, 1)}, 1, 1},
		"hollow":    {[]string{page(`,"next_before_position":[]`, 1)}, 1, 1},
		// Input positions may carry the id as text (6.1, U7), and so may the desk's own, and their time, too.
		"the id as text": {[]string{page(`,"next_before_position":[1684739969.358085,"1160406004324630614"]`, 1, 2), page(``, 3)}, 2, 3},
		"both as text":   {[]string{page(`,"next_before_position":["1684739969.358085","1160406004324630614"]`, 1, 2), page(``, 3)}, 2, 3},
		"old name":       {[]string{page(`,"next_after":1447339319.900966`, 1, 2), page(`,"next_after":null`, 3)}, 2, 3},
		// Which of that second the page ended with is not told: the site's list tells who else is of it.
		"old name on an empty page": {[]string{page(`,"next_after":1447339319.900966`), page(`,"next_after":null`, 3),
			`{"meta":{"status":200` + cursor + `},"data":[{"id":4,"last_update":1447339319,"user":{"id":13587}},{"id":5,"last_update":1447339319,"user":{"id":13588}},{"id":6,"last_update":1447339318,"user":{"id":13588}}]}`}, 3, 2},
	} {
		t.Run(name, func(t *testing.T) {
			var d *desk
			d = newDesk(t, func(w http.ResponseWriter, r *http.Request) { says(200, row.pages[d.count()-1])(w, r) })
			ids := 0
			err := d.client(t).UserConversations(t.Context(), apidashly.UserRef{ID: "13587"}, "web", 50, func(p apidashly.Page[dashly.Conversation]) (bool, error) {
				ids += len(p.Items)
				return true, nil
			})
			require.NoError(t, err)
			require.Equal(t, row.ids, ids)
			require.Equal(t, row.calls, d.count())
			if row.calls > 1 {
				q, err := url.ParseQuery(d.last().query)
				require.NoError(t, err)
				want := "[1684739969.358085, 1160406004324630614]"
				switch name {
				case "the id as text":
					want = `[1684739969.358085,"1160406004324630614"]`
				case "both as text":
					want = `[1684739969.358085,"1160406004324630614"]`
				case "old name":
					want = "[1447339319.900966,2]"
				case "old name on an empty page":
					require.Contains(t, d.asked[1].query, url.QueryEscape("[1447339319.900966,0]"))
					want = "[1447339319.900966,9223372036854775807]"
				}
				require.Equal(t, want, q.Get("paginate_position"), "the cursor goes back as it came")
			}
		})
	}
	c := newDesk(t, says(200, `{"meta":{"status":200},"data":[{"id":null}]}`)).client(t)
	_, err := c.Parts(t.Context(), "5")
	require.Equal(t, api.TryLater, failure(t, err).Class, "a part without identity is no part that may be skipped")
}

func TestLeadsInBothEnvelopes(t *testing.T) {
	for body, more := range map[string]bool{`{"users":[{"id":1},{"id":2}],"total":2}`: false, `[{"id":1},{"id":2}]`: false, `{"users":[{"id":1},{"id":2}],"total":70}`: true} {
		users, got, err := newDesk(t, says(200, `{"meta":{"status":200},"data":`+body+`}`)).client(t).Leads(t.Context(), "$email", "a@example.org")
		require.NoError(t, err)
		require.Len(t, users, 2)
		require.Equal(t, more, got)
	}
}

// TestATotalOfTheWholeSite: total may count the leads of the site, not those that the filter lets through. An empty page behind
// a short one shows that it was all.
func TestATotalOfTheWholeSite(t *testing.T) {
	const alice, bob = `{"id":7,"props":{"$email":"a@example.org"}}`, `{"id":8,"props":{"$email":"a@example.org"}}`
	for name, row := range map[string]struct {
		pages []string // of users
		more  bool
		asked []string // offsets
	}{
		"one of the site":   {[]string{alice, ""}, false, []string{"0", "1"}},
		"two of the site":   {[]string{alice + "," + bob, ""}, false, []string{"0", "2"}},
		"more than shown":   {[]string{alice, bob}, true, []string{"0", "1"}},
		"no heed of offset": {[]string{alice, alice}, true, []string{"0", "1"}},
		"nobody":            {[]string{""}, false, []string{"0"}},
		"a full page":       {[]string{strings.Repeat(alice+",", 49) + alice}, true, []string{"0"}},
	} {
		t.Run(name, func(t *testing.T) {
			var d *desk
			var offsets []string
			d = newDesk(t, func(w http.ResponseWriter, r *http.Request) {
				offsets = append(offsets, r.URL.Query().Get("offset"))
				says(200, `{"meta":{"status":200},"data":{"users":[`+row.pages[d.count()-1]+`],"total":52310}}`)(w, r)
			})
			_, more, err := d.client(t).Leads(t.Context(), "$email", "a@example.org")
			require.NoError(t, err)
			require.Equal(t, row.more, more)
			require.Equal(t, row.asked, offsets)
		})
	}
}

// TestLeadsThatContradictTheQuestion: who was found by an address has one. A list of users who all show null in its place says
// nothing about who has it. A user without the key, or one of many, is one whom a desk shows that looks at no filter.
func TestLeadsThatContradictTheQuestion(t *testing.T) {
	leads := func(users string) error {
		_, _, err := newDesk(t, says(200, `{"meta":{"status":200},"data":`+users+`}`)).client(t).Leads(t.Context(), "$email", "a@example.org")
		return err
	}
	for _, users := range []string{`[{"id":1,"props":{"$email":null}}]`, `{"users":[{"id":1,"props":{"$email":null,"$name":null}},{"id":2,"props":{"$email":null}}],"total":null}`} {
		require.Equal(t, api.TryLater, failure(t, leads(users)).Class, users)
	}
	for _, users := range []string{`[{"id":1,"props":{"$email":null}},{"id":2,"props":{"$email":"b@example.org"}}]`, `[{"id":1,"props":{"$name":null}}]`, `[{"id":1,"props":{}}]`} {
		require.NoError(t, leads(users), users)
	}
}

// TestAUserOfWhomNothingIsTold: null in the place of what every user has does not tell that a user was not merged away. One
// with little to tell, or without those keys, is a user.
func TestAUserOfWhomNothingIsTold(t *testing.T) {
	read := func(user string) error {
		_, err := newDesk(t, says(200, `{"meta":{"status":200},"data":`+user+`}`)).client(t).User(t.Context(), apidashly.UserRef{ID: "13588"}, true)
		return err
	}
	for _, user := range []string{
		`{"id":13588,"user_id":null,"removed":null,"app":null,"presence":null,"props":{"$name":null},"email_status":{"id":13588,"status":"unknown"}}`,
		`{"id":13588,"removed":null,"app":null,"presence":null,"props":null}`,
	} {
		require.Equal(t, api.TryLater, failure(t, read(user)).Class, user)
	}
	for _, user := range []string{
		`{"id":13588}`, `{"id":13588,"presence":null,"props":{}}`, `{"id":13588,"app":null}`, `{"id":13588,"user_id":null,"removed":null,"props":{"$name":null}}`, `{"id":13588,"app":1,"presence":null}`,
		`{"id":13588,"app":null,"presence":null,"removed":946684800}`, `{"id":13588,"app":null,"presence":null,"props":{"$email":null,"$name":"Ann"}}`,
	} {
		require.NoError(t, read(user), user)
	}
}

// TestAnAnswerWithoutAListIsNoEnd: a page whose data is missing or no array says nothing about what there is.
func TestAnAnswerWithoutAListIsNoEnd(t *testing.T) {
	user := apidashly.UserRef{ID: "13587"}
	for what, data := range map[string]string{"null": `,"data":null`, "missing": ``, "an object": `,"data":{}`, "text": `,"data":""`} {
		for name, walk := range map[string]func(*apidashly.Client) error{
			"conversations": func(c *apidashly.Client) error {
				return c.Conversations(t.Context(), 50, func(apidashly.Page[dashly.Conversation]) (bool, error) { return true, nil })
			},
			"conversations of a user": func(c *apidashly.Client) error {
				return c.UserConversations(t.Context(), user, "web", 50, func(apidashly.Page[dashly.Conversation]) (bool, error) { return true, nil })
			},
			"parts":    func(c *apidashly.Client) error { _, err := c.Parts(t.Context(), "5"); return err },
			"channels": func(c *apidashly.Client) error { _, err := c.Channels(t.Context()); return err },
			"events": func(c *apidashly.Client) error {
				_, _, err := c.FindEvent(t.Context(), user.ID, "x", "k", "v")
				return err
			},
		} {
			position := `[9.5,1]`
			if !strings.HasPrefix(name, "conversations") {
				position = `[1]` // lists that go by id
			}
			first := `{"meta":{"status":200,"next_before_position":` + position + `},"data":[{"id":1}]}`
			for _, pages := range [][]string{{`{"meta":{"status":200}` + data + `}`}, {first, `{"meta":{"status":200,"next_before_position":null}` + data + `}`}} {
				t.Run(fmt.Sprint(name, ", ", what, ", page ", len(pages)), func(t *testing.T) {
					var d *desk
					d = newDesk(t, func(w http.ResponseWriter, r *http.Request) { says(200, pages[d.count()-1])(w, r) })
					require.Equal(t, api.TryLater, failure(t, walk(d.client(t))).Class)
				})
			}
		}
		_, _, err := newDesk(t, says(200, `{"meta":{"status":200}`+data+`}`)).client(t).Leads(t.Context(), "$email", "a@example.org")
		require.Equal(t, api.TryLater, failure(t, err).Class, what)
	}
	for _, body := range []string{`{"users":null}`, `{"total":0}`} {
		_, _, err := newDesk(t, says(200, `{"meta":{"status":200},"data":`+body+`}`)).client(t).Leads(t.Context(), "$email", "a@example.org")
		require.Equal(t, api.TryLater, failure(t, err).Class, body)
	}
	for _, body := range []string{`{"users":[]}`, `[]`} {
		users, more, err := newDesk(t, says(200, `{"meta":{"status":200},"data":`+body+`}`)).client(t).Leads(t.Context(), "$email", "a@example.org")
		require.NoError(t, err)
		require.False(t, more)
		require.Empty(t, users)
	}
}
